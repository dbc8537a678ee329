//! From a request to the service that it is for: quotas, faults, counts.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use crate::http::{Request, Response};
use crate::objects::Objects;
use crate::options::Options;
use crate::quota::Bucket;
use crate::{monitoring, objects, states};

/// Calls of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Answered, errors of the caller included.
    pub served: u64,
    /// Refused, because the bucket was empty.
    pub throttled: u64,
    /// Answered with HTTP 500, or not at all, on purpose.
    pub failed: u64,
}

/// The protocols, as far as their errors differ.
#[derive(Clone, Copy)]
enum Protocol {
    Json,
    Cbor,
    Query,
    Rest,
}

pub(crate) struct Server {
    options: Options,
    buckets: Mutex<BTreeMap<(String, String), Bucket>>,
    calls: Mutex<BTreeMap<String, Calls>>,
    total: AtomicU64,
    published: Mutex<Vec<BTreeMap<String, String>>>,
    objects: Objects,
}

impl Server {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            buckets: Mutex::default(),
            calls: Mutex::default(),
            total: AtomicU64::new(0),
            published: Mutex::default(),
            objects: Objects::default(),
        }
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, Calls> {
        self.calls.lock().expect("no thread panicked").clone()
    }

    pub(crate) fn forget(&self) {
        self.calls.lock().expect("no thread panicked").clear();
    }

    pub(crate) fn published(&self) -> Vec<BTreeMap<String, String>> {
        self.published.lock().expect("no thread panicked").clone()
    }

    pub(crate) fn answer(&self, request: &Request) -> Option<Response> {
        if request.path == "/_local/calls" {
            return Some(self.report());
        }
        if !self.options.delay.is_zero() {
            std::thread::sleep(self.options.delay);
        }
        let (protocol, operation) = operation(request);
        let count = self.total.fetch_add(1, Ordering::Relaxed) + 1;
        if self.options.hang_up_every > 0 && count.is_multiple_of(self.options.hang_up_every) {
            self.count(&operation, |calls| calls.failed += 1);
            return None;
        }
        if self.options.fail_every > 0 && count.is_multiple_of(self.options.fail_every) {
            self.count(&operation, |calls| calls.failed += 1);
            return Some(error(protocol, 500, "InternalFailure", "something broke"));
        }
        if !self.take(request.region(), &operation) {
            self.count(&operation, |calls| calls.throttled += 1);
            return Some(error(protocol, 400, throttled(&operation), "Rate exceeded"));
        }
        self.count(&operation, |calls| calls.served += 1);
        if self.options.deny.contains(&operation)
            || self.options.deny_regions.contains(request.region())
        {
            return Some(error(
                protocol,
                if matches!(protocol, Protocol::Json) {
                    400
                } else {
                    403
                },
                "AccessDenied",
                "not authorized",
            ));
        }
        Some(self.dispatch(protocol, &operation, request))
    }

    fn dispatch(&self, protocol: Protocol, operation: &str, request: &Request) -> Response {
        match protocol {
            Protocol::Json => {
                states::answer(&self.options, request.region(), operation, &request.body)
            }
            Protocol::Cbor => {
                monitoring::answer(&self.options, request.region(), operation, &request.body)
            }
            Protocol::Query => self.publish(request),
            Protocol::Rest => self.objects.answer(request),
        }
    }

    fn publish(&self, request: &Request) -> Response {
        let fields = form(&request.body);
        let topic = fields.get("TopicArn").map_or("", String::as_str);
        if topic.contains("no-such-topic") {
            return error(Protocol::Query, 404, "NotFound", "Topic does not exist");
        }
        self.published
            .lock()
            .expect("no thread panicked")
            .push(fields);
        let body = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>message-1</MessageId></PublishResult></PublishResponse>";
        Response::new(200, "text/xml", body)
    }

    /// Takes a token of the operation's bucket in that Region.
    fn take(&self, region: &str, operation: &str) -> bool {
        let Some(quota) = self.options.quotas.get(operation) else {
            return true;
        };
        let mut buckets = self.buckets.lock().expect("no thread panicked");
        buckets
            .entry((region.to_owned(), operation.to_owned()))
            .or_insert_with(|| Bucket::new(*quota))
            .take()
    }

    fn count(&self, operation: &str, change: impl FnOnce(&mut Calls)) {
        let mut calls = self.calls.lock().expect("no thread panicked");
        if !calls.contains_key(operation) {
            calls.insert(operation.to_owned(), Calls::default());
        }
        change(calls.get_mut(operation).expect("just made"));
    }

    fn report(&self) -> Response {
        let rows = self.counts().into_iter().map(|(operation, calls)| {
            (operation, json!({"served": calls.served, "throttled": calls.throttled, "failed": calls.failed}))
        });
        Response::new(
            200,
            "application/json",
            json!(rows.collect::<BTreeMap<_, _>>()).to_string(),
        )
    }
}

fn operation(request: &Request) -> (Protocol, String) {
    let target = request.header("x-amz-target");
    if let Some((_, operation)) = target.rsplit_once('.') {
        return (Protocol::Json, operation.to_owned());
    }
    if let Some((_, operation)) = request.path.rsplit_once("/operation/") {
        return (Protocol::Cbor, operation.to_owned());
    }
    if request
        .header("content-type")
        .starts_with("application/x-www-form-urlencoded")
    {
        return (
            Protocol::Query,
            form(&request.body).remove("Action").unwrap_or_default(),
        );
    }
    let operation = match request.method.as_str() {
        "PUT" => "PutObject",
        "HEAD" => "HeadObject",
        _ => "GetObject",
    };
    (Protocol::Rest, operation.to_owned())
}

fn throttled(operation: &str) -> &'static str {
    match operation {
        "GetResources" => "ThrottledException",
        "GetMetricData" | "GetMetricStatistics" | "DescribeAlarms" | "Publish" => "Throttling",
        _ => "ThrottlingException",
    }
}

fn error(protocol: Protocol, status: u16, code: &str, message: &str) -> Response {
    match protocol {
        Protocol::Json if code == "AccessDenied" => {
            states::error(status, "AccessDeniedException", message)
        }
        Protocol::Json => states::error(status, code, message),
        Protocol::Cbor => monitoring::error(status, code, message),
        Protocol::Rest => objects::error(status, code, message),
        Protocol::Query => {
            let code = if code == "AccessDenied" {
                "AuthorizationError"
            } else {
                code
            };
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
            );
            Response::new(status, "text/xml", body)
        }
    }
}

/// The fields of a form.
fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}

/// Undoes the percent-encoding.
fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
