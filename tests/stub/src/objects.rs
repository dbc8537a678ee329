//! S3 objects, path style: PUT with `If-None-Match: *` and `If-Match`, GET, HEAD.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

use crate::http::{Request, Response};

#[derive(Default)]
pub(crate) struct Objects(Mutex<BTreeMap<String, Vec<u8>>>);

impl Objects {
    pub(crate) fn answer(&self, request: &Request) -> Response {
        let mut objects = self.0.lock().expect("no thread panicked");
        if request.path.starts_with("/no-such-bucket/") {
            return error(404, "NoSuchBucket", "The specified bucket does not exist");
        }
        match request.method.as_str() {
            "PUT" if !is_met(request, objects.get(&request.path)) => error(
                412,
                "PreconditionFailed",
                "At least one of the pre-conditions you specified did not hold",
            ),
            "PUT" => {
                objects.insert(request.path.clone(), request.body.clone());
                Response {
                    headers: format!("etag: {}\r\n", tag(&request.body)),
                    ..Response::new(200, "application/xml", "")
                }
            }
            "GET" | "HEAD" => match objects.get(&request.path) {
                Some(body) => Response {
                    headers: format!("etag: {}\r\n", tag(body)),
                    ..Response::new(200, "application/json", body.clone())
                },
                None => error(404, "NoSuchKey", "The specified key does not exist."),
            },
            _ => error(
                405,
                "MethodNotAllowed",
                "The specified method is not allowed",
            ),
        }
    }
}

/// Whether the object is as the request wants it to be.
fn is_met(request: &Request, found: Option<&Vec<u8>>) -> bool {
    let wanted = request.header("if-match");
    let absent = request.header("if-none-match") == "*";
    !(absent && found.is_some())
        && (wanted.is_empty() || found.is_some_and(|body| tag(body) == wanted))
}

/// An entity tag: the same for the same content.
fn tag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Response::new(status, "application/xml", body)
}
