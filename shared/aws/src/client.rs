//! Sessions: credentials, the HTTP client, and the clients of each Region.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::CollectError;
use crate::call::Line;
use crate::error::{CallError, credentials};
use crate::pace::{Pace, Pacers};

/// Long enough for another continent, short enough to fail while somebody watches.
const CONNECT: Duration = Duration::from_millis(3100);
/// The SDK waits for an answer for ever unless told otherwise.
const ATTEMPT: Duration = Duration::from_secs(10);
const OPERATION: Duration = Duration::from_secs(30);

/// Access to one AWS account. Cheap to clone; clones share connections, cached credentials and pacers.
#[derive(Clone, Debug)]
pub struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: SdkConfig,
    region: String,
    clients: Mutex<BTreeMap<String, Arc<Clients>>>,
    pacers: Pacers,
}

/// Keys for a session that brings its own.
#[derive(Clone)]
pub struct Keys {
    /// Access key id.
    pub id: String,
    /// Secret access key.
    pub secret: String,
    /// Session token, for temporary keys.
    pub token: Option<String>,
}

impl Session {
    /// For a Lambda function: the credentials that its environment holds, and nothing else is asked. An `endpoint`
    /// takes the place of AWS's.
    pub fn from_environment(region: &str, endpoint: Option<&str>) -> Self {
        let provider = EnvironmentVariableCredentialsProvider::new();
        Self::with_provider(SharedCredentialsProvider::new(provider), region, endpoint)
    }

    /// With keys of one's own: those of an assumed role, or of a local server.
    pub fn from_keys(keys: Keys, region: &str, endpoint: Option<&str>) -> Self {
        let keys =
            aws_credential_types::Credentials::new(keys.id, keys.secret, keys.token, None, "given");
        Self::with_provider(SharedCredentialsProvider::new(keys), region, endpoint)
    }

    fn with_provider(
        provider: SharedCredentialsProvider,
        region: &str,
        endpoint: Option<&str>,
    ) -> Self {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .credentials_provider(provider)
            .identity_cache(IdentityCache::lazy().build())
            .http_client(http_client())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .timeout_config(timeouts());
        config.set_endpoint_url(endpoint.map(ToOwned::to_owned));
        Self::new(config.build(), region.to_owned())
    }

    /// For a terminal: credentials and Region are found as the AWS CLI finds them. A `profile` is used even where the
    /// environment holds keys; a `region` and an `endpoint` take precedence over what is configured.
    ///
    /// Fails where there are no credentials, no such profile, no Region, or a Region or an endpoint that is none.
    pub async fn from_profile(
        profile: Option<&str>,
        region: Option<&str>,
        endpoint: Option<&str>,
    ) -> Result<Self, CollectError> {
        let http = http_client();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http.clone())
            .sleep_impl(TokioSleep::new())
            .timeout_config(timeouts());
        if let Some(region) = region {
            check_region(region)?;
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(endpoint) = endpoint {
            check_endpoint(endpoint)?;
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(profile) = profile {
            let found = region.map(|region| Region::new(region.to_owned()));
            let config = ProviderConfig::without_region()
                .with_http_client(http)
                .with_region(found);
            let provider = ProfileFileCredentialsProvider::builder()
                .configure(&config)
                .profile_name(profile);
            loader = loader
                .profile_name(profile)
                .credentials_provider(provider.build());
        }
        let config = loader.load().await;
        // Now, and not in the middle of the first call: the message is about credentials and nothing else.
        match config.credentials_provider() {
            Some(provider) => {
                _ = provider
                    .provide_credentials()
                    .await
                    .map_err(|error| unusable(&error))?;
            }
            None => return Err(CallError::NoCredentials.into()),
        }
        let region = config.region().ok_or(CollectError::NoRegion)?.to_string();
        check_region(&region)?;
        Ok(Self::new(config, region))
    }

    fn new(config: SdkConfig, region: String) -> Self {
        Self(Arc::new(Inner {
            config,
            region,
            clients: Mutex::default(),
            pacers: Pacers::default(),
        }))
    }

    /// The Region that is used where none is asked for.
    pub fn region(&self) -> &str {
        &self.0.region
    }

    /// Takes all token buckets for empty that long ago, because another process of one's own called until then. To be said
    /// before the first call.
    pub fn buckets_spent(&self, ago: Duration) {
        self.0.pacers.spent(ago);
    }

    /// The clients of a Region.
    pub(crate) fn clients(&self, region: &str) -> Arc<Clients> {
        let mut clients = self
            .0
            .clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = clients.get(region) {
            return Arc::clone(found);
        }
        let config = self
            .0
            .config
            .to_builder()
            .region(Region::new(region.to_owned()))
            .build();
        let made = Arc::new(Clients::new(config, region));
        clients.insert(region.to_owned(), Arc::clone(&made));
        made
    }

    /// The objects of a bucket of the session's Region.
    #[cfg(feature = "store")]
    pub(crate) fn objects(&self, bucket: &str) -> crate::store::Objects {
        let region = &self.0.region;
        crate::store::Objects::new(&self.0.config, region, &host(region, "s3:"), bucket)
    }

    /// An action in a Region, paced.
    pub(crate) fn line(&self, region: &str, action: &'static str, pace: Pace) -> Line {
        let endpoint = match self.0.config.endpoint_url() {
            Some(url) => Arc::from(url),
            None => Arc::from(format!("https://{}", host(region, action))),
        };
        Line {
            action,
            endpoint,
            pacer: self.0.pacers.of(region, action, pace),
        }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn unusable(error: &aws_credential_types::provider::error::CredentialsError) -> CollectError {
    credentials(error)
        .unwrap_or(CallError::NoCredentials)
        .into()
}

/// Domains of the partitions that have one of their own, by how their Regions begin.
///
/// Source: `partitions.json` of the AWS SDKs, read 2026-11-22.
const DOMAINS: [(&str, &str); 6] = [
    ("cn-", "amazonaws.com.cn"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
];

/// The host that an action is sent to.
fn host(region: &str, action: &str) -> String {
    let service = match action.split(':').next().unwrap_or_default() {
        "cloudwatch" => "monitoring",
        "pricing" => "api.pricing",
        "tag" => "tagging",
        service => service,
    };
    let domain = DOMAINS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("amazonaws.com", |(_, domain)| domain);
    format!("{service}.{region}.{domain}")
}

/// A Region looks like `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`; whether it exists is for AWS to say.
pub(crate) fn check_region(region: &str) -> Result<(), CollectError> {
    let parts: Vec<&str> = region.split('-').collect();
    let fits = match parts.as_slice() {
        [words @ .., number] if words.len() >= 2 => {
            let word = |word: &&str| {
                !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
            };
            words.iter().all(word)
                && !number.is_empty()
                && number.len() <= 2
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(CollectError::Region(crate::error::one_line(region)))
    }
}

/// A URL of a server: `http` or `https`, and a host.
fn check_endpoint(endpoint: &str) -> Result<(), CollectError> {
    let host = endpoint
        .strip_prefix("http://")
        .or_else(|| endpoint.strip_prefix("https://"));
    let fits =
        host.is_some_and(|host| host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['));
    if fits && endpoint.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(CollectError::Endpoint(crate::error::one_line(endpoint)))
}

/// TLS by ring: the default needs tens of milliseconds of entropy in a new process.
fn http_client() -> aws_sdk_sfn::config::SharedHttpClient {
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}

/// The clients of one Region, each made when it is first used: a function needs two of them.
#[derive(Debug)]
pub(crate) struct Clients {
    config: SdkConfig,
    states: OnceLock<aws_sdk_sfn::Client>,
    cloudwatch: OnceLock<aws_sdk_cloudwatch::Client>,
    events: OnceLock<aws_sdk_eventbridge::Client>,
    tagging: OnceLock<aws_sdk_resourcegroupstagging::Client>,
    #[cfg(feature = "deep")]
    logs: OnceLock<aws_sdk_cloudwatchlogs::Client>,
}

/// A client of a service without retries of its own.
macro_rules! client {
    ($name:ident, $service:ident) => {
        pub(crate) fn $name(&self) -> &$service::Client {
            self.$name.get_or_init(|| {
                let config = $service::config::Builder::from(&self.config);
                $service::Client::from_conf(config.retry_config(RetryConfig::disabled()).build())
            })
        }
    };
}

impl Clients {
    fn new(config: SdkConfig, _region: &str) -> Self {
        Self {
            config,
            states: OnceLock::new(),
            cloudwatch: OnceLock::new(),
            events: OnceLock::new(),
            tagging: OnceLock::new(),
            #[cfg(feature = "deep")]
            logs: OnceLock::new(),
        }
    }

    client!(states, aws_sdk_sfn);
    client!(cloudwatch, aws_sdk_cloudwatch);
    client!(events, aws_sdk_eventbridge);
    client!(tagging, aws_sdk_resourcegroupstagging);
    #[cfg(feature = "deep")]
    client!(logs, aws_sdk_cloudwatchlogs);

    #[cfg(feature = "price-list")]
    pub(crate) fn pricing(&self) -> aws_sdk_pricing::Client {
        let config = aws_sdk_pricing::config::Builder::from(&self.config);
        aws_sdk_pricing::Client::from_conf(config.retry_config(RetryConfig::disabled()).build())
    }

    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        let config = aws_sdk_sns::config::Builder::from(&self.config);
        aws_sdk_sns::Client::from_conf(config.retry_config(RetryConfig::disabled()).build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_checked_by_their_looks() {
        for region in [
            "us-east-1",
            "us-gov-west-1",
            "eusc-de-east-1",
            "ap-southeast-7",
            "cn-northwest-1",
        ] {
            assert!(check_region(region).is_ok(), "{region}");
        }
        for region in [
            "",
            "us",
            "us-east",
            "US-EAST-1",
            "us-east-one",
            "us-east-1.evil.example",
            "us east 1",
            "-1",
            "a--1",
            "us-east-123",
        ] {
            let error = check_region(region).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("`{region}` is not a Region: give one like us-east-1")
            );
        }
    }

    #[test]
    fn hosts_are_named_as_they_are_called() {
        assert_eq!(
            host("us-east-1", "states:ListStateMachines"),
            "states.us-east-1.amazonaws.com"
        );
        assert_eq!(
            host("cn-north-1", "cloudwatch:GetMetricData"),
            "monitoring.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(
            host("eu-west-1", "tag:GetResources"),
            "tagging.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            host("cn-northwest-1", "pricing:GetProducts"),
            "api.pricing.cn-northwest-1.amazonaws.com.cn"
        );
    }

    #[test]
    fn keys_do_not_show_their_secret() {
        let keys = Keys {
            id: "AKIA".to_owned(),
            secret: "hidden".to_owned(),
            token: None,
        };
        assert_eq!(format!("{keys:?}"), "Keys { id: \"AKIA\", .. }");
    }
}
