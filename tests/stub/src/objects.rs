//! S3 objects, path style: PUT with `If-None-Match: *`, GET, HEAD.

use std::collections::BTreeMap;
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
            "PUT"
                if request.header("if-none-match") == "*"
                    && objects.contains_key(&request.path) =>
            {
                error(
                    412,
                    "PreconditionFailed",
                    "At least one of the pre-conditions you specified did not hold",
                )
            }
            "PUT" => {
                objects.insert(request.path.clone(), request.body.clone());
                Response {
                    headers: "etag: \"0\"\r\n".to_owned(),
                    ..Response::new(200, "application/xml", "")
                }
            }
            "GET" | "HEAD" => match objects.get(&request.path) {
                Some(body) => Response::new(200, "application/json", body.clone()),
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

pub(crate) fn error(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Response::new(status, "application/xml", body)
}
