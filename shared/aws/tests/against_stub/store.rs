//! JSON in a bucket.

use std::collections::BTreeMap;

use aws::Store;
use stub::{Options, Stub};

use crate::session;

fn store(stub: &Stub, bucket: &str) -> Store {
    Store::new(&session(&stub.url), bucket)
}

fn value(text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("text".to_owned(), text.to_owned())])
}

#[tokio::test]
async fn what_is_written_is_read() {
    let stub = Stub::start(Options::default());
    let store = store(&stub, "reports");
    assert_eq!(
        store.get::<BTreeMap<String, String>>("a/b.json").await,
        Ok(None)
    );
    assert_eq!(store.exists("a/b.json").await, Ok(false));
    store.put("a/b.json", &value("one")).await.unwrap();
    assert_eq!(store.get("a/b.json").await, Ok(Some(value("one"))));
    assert_eq!(store.exists("a/b.json").await, Ok(true));
}

#[tokio::test]
async fn only_the_first_of_two_writers_wins() {
    let stub = Stub::start(Options::default());
    let store = store(&stub, "reports");
    assert_eq!(store.put_if_absent("seen", &value("first")).await, Ok(true));
    assert_eq!(
        store.put_if_absent("seen", &value("second")).await,
        Ok(false)
    );
    assert_eq!(
        store.put_if_absent("seen", &value("first")).await,
        Ok(false),
        "the same content, but not lost on the way"
    );
    assert_eq!(store.get("seen").await, Ok(Some(value("first"))));
}

#[tokio::test]
async fn nobody_writes_over_what_he_has_not_read() {
    let stub = Stub::start(Options::default());
    let store = store(&stub, "reports");
    let write = async |text: &str, version: Option<&aws::Version>| {
        let value = value(text);
        store.put_if_unchanged("known", &value, version).await
    };
    let read = async || {
        let found = store.get_versioned::<BTreeMap<String, String>>("known");
        found.await.unwrap().unwrap()
    };
    assert_eq!(write("first", None).await, Ok(true));
    let (found, first) = read().await;
    assert_eq!(found, value("first"));
    assert_eq!(write("second", Some(&first)).await, Ok(true));
    assert_eq!(write("third", Some(&first)).await, Ok(false), "not read");
    let (found, second) = read().await;
    assert_eq!(found, value("second"));
    assert_ne!(first, second);
}

#[tokio::test]
async fn what_goes_wrong_names_the_object() {
    let stub = Stub::start(Options::default());
    let error = store(&stub, "no-such-bucket")
        .put("a", &value("x"))
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(error, "the S3 bucket no-such-bucket does not exist");

    let reports = store(&stub, "reports");
    reports
        .put_text("page.html", "<p>", "text/html")
        .await
        .unwrap();
    let error = reports
        .get::<BTreeMap<String, String>>("page.html")
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "s3://reports/page.html cannot be read: expected value at line 1 column 1"
    );

    let denied = Stub::start(Options {
        deny: ["GetObject".to_owned()].into(),
        ..Options::default()
    });
    let error = store(&denied, "reports")
        .get::<BTreeMap<String, String>>("a")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("AccessDenied on s3:GetObject of s3://reports/a: "),
        "{error}"
    );
}
