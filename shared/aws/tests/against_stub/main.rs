//! The crate against a stand-in for AWS that counts, throttles, denies and fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod collect;
mod deepen;
mod faults;
#[cfg(feature = "deep")]
mod logs;
#[cfg(feature = "deep")]
mod maps;
mod pace;
#[cfg(feature = "price-list")]
mod price_list;
mod publish;
#[cfg(feature = "resume")]
mod resume;
mod session;
#[cfg(feature = "statistics")]
mod statistics;
#[cfg(feature = "store")]
mod store;

use std::collections::BTreeMap;

use aws::{Collect, CollectError, Keys, Pace, Progress, Scope, Session, collect_account};
use facts::{AccountFacts, MachineFacts};
use jiff::Timestamp;
use stub::Stub;

const REGION: &str = "us-east-1";

fn now() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn session(url: &str) -> Session {
    let keys = Keys {
        id: "AKIDEXAMPLE".to_owned(),
        secret: "secret".to_owned(),
        token: None,
    };
    Session::from_keys(keys, REGION, Some(url))
}

fn quiet(_: Progress<'_>) {}

/// As fast as it goes.
fn unlimited() -> Collect {
    Collect {
        pace: Pace::unlimited(),
        ..Collect::default()
    }
}

async fn audit(stub: &Stub, how: Collect) -> Result<AccountFacts, CollectError> {
    let scope = Scope {
        regions: Vec::new(),
        how,
    };
    collect_account(&session(&stub.url), &scope, now(), &quiet).await
}

/// The state machine of that number.
fn machine(facts: &AccountFacts, number: usize) -> &MachineFacts {
    let name = format!("machine-{number:05}");
    let found = facts.machines.iter().find(|machine| machine.name == name);
    found.unwrap_or_else(|| panic!("{name} was not read"))
}

/// Answered calls, by operation.
fn served(stub: &Stub) -> BTreeMap<String, u64> {
    let counts = stub.counts().into_iter();
    counts
        .map(|(operation, calls)| (operation, calls.served))
        .collect()
}

/// Calls that were refused for being one too many.
fn throttled(stub: &Stub) -> u64 {
    stub.counts().values().map(|calls| calls.throttled).sum()
}
