//! The price list: all pages, the right Region, and what goes wrong.

use aws::{Pace, price_list};
use stub::{Options, Stub, prices};

use super::session;

#[tokio::test]
async fn all_pages_are_read() {
    let stub = Stub::start(Options {
        price_page: 4,
        ..Options::default()
    });
    let items = price_list(&session(&stub.url), Pace::unlimited()).await;
    assert_eq!(items.unwrap(), prices::published());
    let calls = stub.counts()["GetProducts"];
    // Thirteen items, four on a page.
    assert_eq!((prices::published().len(), calls.served), (13, 4));
}

#[tokio::test]
async fn a_throttled_page_is_asked_for_again() {
    let stub = Stub::start(Options {
        price_page: 1,
        quotas: [("GetProducts".to_owned(), (2.0, 20.0))].into(),
        ..Options::default()
    });
    let items = price_list(&session(&stub.url), Pace::unlimited()).await;
    assert_eq!(items.unwrap(), prices::published());
    assert!(stub.counts()["GetProducts"].throttled > 0);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let stub = Stub::start(Options {
        deny: ["GetProducts".to_owned()].into(),
        ..Options::default()
    });
    let error = price_list(&session(&stub.url), Pace::default()).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "AccessDenied on pricing:GetProducts"
    );
}

#[tokio::test]
async fn it_is_asked_where_it_is() {
    // Only us-east-1 is answered: a session of another Region of the Americas goes there, one of Europe does not.
    let stub = Stub::start(Options {
        deny_regions: ["sa-east-1".to_owned(), "eu-central-1".to_owned()].into(),
        ..Options::default()
    });
    let keys = || aws::Keys {
        id: "AKIDEXAMPLE".to_owned(),
        secret: "secret".to_owned(),
        token: None,
    };
    let of = |region| aws::Session::from_keys(keys(), region, Some(&stub.url));
    let pace = Pace::unlimited();
    assert!(price_list(&of("sa-east-1"), pace).await.is_ok());
    assert!(price_list(&of("eu-west-1"), pace).await.is_err());
    let error = price_list(&of("us-gov-west-1"), pace).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no AWS Price List API is known")
    );
}
