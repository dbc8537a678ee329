//! `GetObject`, `HeadObject` and `PutObject` of S3.
//!
//! On the SDK's own signer, transport and error types, and without `aws-sdk-s3`: of its 1.4 MB in each function most are
//! tables for 100 kinds of checksum. What is used of S3 here is three requests.

use std::fmt;
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SystemTimeSource, TimeSource};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in a path as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The objects of a bucket.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    config: SdkConfig,
    region: String,
    endpoint: String,
    /// What stands before the key: the bucket, where it is not in the name of the host.
    prefix: String,
}

/// What to ask of an object.
pub(super) struct Ask<'a> {
    pub(super) method: &'static str,
    pub(super) key: &'a str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

/// What S3 answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) etag: Option<String>,
    pub(super) body: Vec<u8>,
}

/// What S3 refuses.
#[derive(Debug)]
pub(super) struct Refusal(ErrorMetadata);

impl Objects {
    /// A server that stands in for AWS has no host name for a bucket: there it is part of the path, and for a name with
    /// dots too, which no certificate covers.
    pub(crate) fn new(config: &SdkConfig, region: &str, host: &str, bucket: &str) -> Self {
        let in_path = || format!("/{}", utf8_percent_encode(bucket, PLAIN));
        let (endpoint, prefix) = match config.endpoint_url() {
            Some(url) => (url.trim_end_matches('/').to_owned(), in_path()),
            None if bucket.contains('.') => (format!("https://{host}"), in_path()),
            None => (format!("https://{bucket}.{host}"), String::new()),
        };
        Self {
            config: config.clone(),
            region: region.to_owned(),
            endpoint,
            prefix,
        }
    }

    /// The page of an object in the AWS console; none for a server that stands in for AWS, and for partitions whose
    /// console is not known.
    pub(super) fn page(&self, bucket: &str, key: &str) -> Option<String> {
        let region = &self.region;
        let console = match region.split('-').collect::<Vec<_>>().as_slice() {
            ["cn", ..] => "console.amazonaws.cn",
            ["us", "gov", ..] => "console.amazonaws-us-gov.com",
            [_, area, _] if !area.starts_with("iso") && !region.starts_with("eusc") => {
                "console.aws.amazon.com"
            }
            _ => return None,
        };
        let key = utf8_percent_encode(key, PLAIN);
        self.config.endpoint_url().is_none().then(|| {
            format!("https://{region}.{console}/s3/object/{bucket}?region={region}&prefix={key}")
        })
    }

    pub(super) async fn send(
        &self,
        ask: &Ask<'_>,
    ) -> Result<Answer, SdkError<Refusal, HttpResponse>> {
        let request = self
            .signed(ask, SystemTimeSource::new().now())
            .await
            .map_err(SdkError::construction_failure)?;
        let operation = Operation::builder()
            .service_name("s3")
            .operation_name(ask.method)
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.config.http_client().ok_or_else(no_client)?)
            .endpoint_url(&self.endpoint)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SystemTimeSource::new())
            .timeout_config(self.config.timeout_config().cloned().unwrap_or_else(none))
            .no_auth()
            .no_retry()
            .serializer(|signed: Signed| signed.request())
            .deserializer(answer)
            .build();
        operation.invoke(request).await
    }

    async fn signed(&self, ask: &Ask<'_>, now: SystemTime) -> Result<Signed, BoxError> {
        let path = format!("{}/{}", self.prefix, utf8_percent_encode(ask.key, PLAIN));
        let provider = self.config.credentials_provider();
        let provider = provider.ok_or("there are no credentials")?;
        let identity = provider.provide_credentials().await?.into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(now)
            .settings(settings)
            .build()?
            .into();
        let headers = ask
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let url = format!("{}{path}", self.endpoint);
        let body = SignableBody::Bytes(&ask.body);
        let request = SignableRequest::new(ask.method, url, headers.clone(), body)?;
        let (instructions, _) = sign(request, &parameters)?.into_parts();
        let headers = headers
            .chain(instructions.headers())
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Signed {
            method: ask.method,
            path,
            headers: headers.collect(),
            body: ask.body.clone(),
        })
    }
}

fn no_client() -> SdkError<Refusal, HttpResponse> {
    SdkError::construction_failure("the session has no HTTP client")
}

fn none() -> aws_config::timeout::TimeoutConfig {
    aws_config::timeout::TimeoutConfig::disabled()
}

/// A request with its signature; without a `Debug` that shows it.
struct Signed {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Signed {
    fn request(self) -> Result<HttpRequest, BoxError> {
        let length = self.body.len();
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method(self.method)?;
        request.set_uri(self.path)?;
        for (name, value) in self.headers {
            request.headers_mut().try_insert(name, value)?;
        }
        if self.method == "PUT" {
            let length = length.to_string();
            request.headers_mut().try_insert("content-length", length)?;
        }
        Ok(request)
    }
}

fn answer(response: &HttpResponse) -> Result<Answer, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(refusal(body)));
    }
    Ok(Answer {
        etag: response.headers().get("etag").map(ToOwned::to_owned),
        body: body.to_vec(),
    })
}

/// `<Error><Code>…</Code><Message>…</Message></Error>`; an answer to HEAD has none.
fn refusal(body: &[u8]) -> Refusal {
    let mut error = ErrorMetadata::builder();
    let text = String::from_utf8_lossy(body);
    let mut document = aws_smithy_xml::decode::Document::new(&text);
    if let Ok(mut root) = document.root_element() {
        while let Some(mut tag) = root.next_tag() {
            let name = tag.start_el().local().to_owned();
            let Ok(value) = aws_smithy_xml::decode::try_data(&mut tag) else {
                continue;
            };
            match name.as_str() {
                "Code" => error = error.code(value),
                "Message" => error = error.message(value),
                _ => {}
            }
        }
    }
    Refusal(error.build())
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;

    use super::*;

    fn at(endpoint: Option<&str>, bucket: &str) -> String {
        let mut config = SdkConfig::builder();
        config.set_endpoint_url(endpoint.map(ToOwned::to_owned));
        let host = "s3.eu-west-1.amazonaws.com";
        let objects = Objects::new(&config.build(), "eu-west-1", host, bucket);
        format!("{}{}", objects.endpoint, objects.prefix)
    }

    #[test]
    fn a_bucket_is_in_the_host_where_it_can_be() {
        let aws = "https://advice.s3.eu-west-1.amazonaws.com";
        assert_eq!(at(None, "advice"), aws);
        let dotted = "https://s3.eu-west-1.amazonaws.com/our.advice";
        assert_eq!(at(None, "our.advice"), dotted);
        let local = "http://127.0.0.1:4566/advice";
        assert_eq!(at(Some("http://127.0.0.1:4566/"), "advice"), local);
    }

    /// The two examples of the Amazon S3 API Reference, "Signature Calculations for the Authorization Header".
    #[tokio::test]
    async fn signatures_are_those_of_the_reference() {
        let keys = Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            None,
            None,
            "example",
        );
        let config = SdkConfig::builder()
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build();
        let bucket = Objects::new(&config, "us-east-1", "s3.amazonaws.com", "examplebucket");
        let may_24 = SystemTime::UNIX_EPOCH + Duration::from_hours(380_376);
        for (method, key, headers, body, signature) in [
            (
                "GET",
                "test.txt",
                vec![("range", "bytes=0-9")],
                "",
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
            (
                "PUT",
                "test$file.text",
                vec![
                    ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                    ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ],
                "Welcome to Amazon S3.",
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            ),
        ] {
            let headers = headers
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()));
            let ask = Ask {
                method,
                key,
                headers: headers.collect(),
                body: body.as_bytes().to_vec(),
            };
            let signed = bucket.signed(&ask, may_24).await.unwrap();
            let authorization = signed
                .headers
                .iter()
                .find(|(name, _)| name == "authorization")
                .unwrap();
            assert!(
                authorization.1.ends_with(&format!("Signature={signature}")),
                "{method}: {}",
                authorization.1
            );
        }
    }

    #[test]
    fn a_person_finds_an_object_in_the_console() {
        let page = |region: &str, endpoint: Option<&str>| {
            let mut config = SdkConfig::builder();
            config.set_endpoint_url(endpoint.map(ToOwned::to_owned));
            Objects::new(&config.build(), region, "host", "advice")
                .page("advice", "reports/a b.json")
        };
        let ireland = "https://eu-west-1.console.aws.amazon.com/s3/object/advice?region=eu-west-1&prefix=reports/a%20b.json";
        assert_eq!(page("eu-west-1", None).as_deref(), Some(ireland));
        let console =
            |region| page(region, None).and_then(|url| Some(url.split('/').nth(2)?.to_owned()));
        let gov = "us-gov-west-1.console.amazonaws-us-gov.com";
        assert_eq!(console("us-gov-west-1").as_deref(), Some(gov));
        assert_eq!(
            console("cn-north-1").as_deref(),
            Some("cn-north-1.console.amazonaws.cn")
        );
        assert_eq!(console("us-isob-east-1"), None);
        assert_eq!(console("eusc-de-east-1"), None);
        assert_eq!(page("eu-west-1", Some("http://127.0.0.1:1")), None);
    }

    #[test]
    fn keys_are_encoded_but_for_their_slashes() {
        let path = utf8_percent_encode("a b/ü+%/x-1_.~", PLAIN).to_string();
        assert_eq!(path, "a%20b/%C3%BC%2B%25/x-1_.~");
    }

    #[test]
    fn refusals_are_read() {
        let read = |body: &str| {
            let error = refusal(body.as_bytes());
            let (code, message) = (error.code(), error.message());
            (code.map(ToOwned::to_owned), message.map(ToOwned::to_owned))
        };
        let words = |text: &str| Some(text.to_owned());
        let xml = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>a &lt; b</Message><Key>k</Key></Error>";
        assert_eq!(read(xml), (words("NoSuchKey"), words("a < b")));
        assert_eq!(read(""), (None, None));
        assert_eq!(read("<html>gateway"), (None, None));
    }
}
