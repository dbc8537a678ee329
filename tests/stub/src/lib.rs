//! A stand-in for the AWS services that an audit reads, fast enough never to be what limits a client: thread per
//! connection, answers made on the fly, no state but counts, token buckets and what was published or stored.
//!
//! It knows Step Functions (`awsJson1_0`), CloudWatch (`rpc-v2-cbor`), the Resource Groups Tagging API, EventBridge and
//! CloudWatch Logs and the AWS Price List (`awsJson1_1`), SNS (query) and S3 objects (path style). Signatures are not checked; the
//! Region is read from them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::missing_panics_doc,
    reason = "a server for tests and measurements: it may stop on a request that it does not understand"
)]

mod account;
pub mod cbor;
mod http;
mod logs;
mod maps;
mod monitoring;
mod objects;
mod options;
pub mod prices;
mod quota;
mod server;
mod states;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

pub use options::{Fault, Options, Search, Shape};
pub use quota::documented;
pub use server::Calls;

use server::Server;

/// A running server on 127.0.0.1. It ends with the process.
pub struct Stub {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    server: Arc<Server>,
}

impl Stub {
    /// Starts a server; port 0 takes a free one.
    pub fn start(options: Options) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Arc::new(Server::new(options));
        let shared = Arc::clone(&server);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = Arc::clone(&shared);
                std::thread::spawn(move || http::serve(stream, |request| server.answer(request)));
            }
        });
        Self { url, server }
    }

    /// Calls so far, by operation.
    pub fn counts(&self) -> BTreeMap<String, Calls> {
        self.server.counts()
    }

    /// Forgets the calls so far.
    pub fn forget(&self) {
        self.server.forget();
    }

    /// The form fields of every `Publish` so far.
    pub fn published(&self) -> Vec<BTreeMap<String, String>> {
        self.server.published()
    }

    /// ARN of a state machine, by its number.
    pub fn arn(region: &str, number: usize) -> String {
        account::machine_arn(region, &account::machine_name(number))
    }
}
