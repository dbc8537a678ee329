//! What SNS is really sent.

use std::collections::{BTreeMap, BTreeSet};

use aws::{AttributeValue, Message, publish};
use serde_json::Value;
use stub::{Options, Stub};

use crate::session;

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:findings";

fn message() -> Message {
    let bodies = [
        ("default", "{\"version\":1}"),
        ("email", "Audit of 22 Nov 2026\n2 new findings\n"),
    ];
    let attributes = [
        ("severity", AttributeValue::Text("high".to_owned())),
        ("empty", AttributeValue::Text(String::new())),
        (
            "usd_per_month",
            AttributeValue::Number("1346.67".to_owned()),
        ),
        (
            "category",
            AttributeValue::List(BTreeSet::from([
                "cost".to_owned(),
                "reliability".to_owned(),
            ])),
        ),
    ];
    Message {
        subject: "[sfn-advisor] 2 new findings\r\nBcc: everybody".to_owned(),
        bodies: bodies
            .map(|(protocol, body)| (protocol.to_owned(), body.to_owned()))
            .into(),
        attributes: attributes
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
    }
}

#[tokio::test]
async fn each_protocol_has_its_body_and_filters_their_attributes() {
    let stub = Stub::start(Options::default());
    let id = publish(&session(&stub.url), TOPIC, &message())
        .await
        .unwrap();
    assert_eq!(id, "message-1");
    let sent = stub.published().remove(0);
    let field = |name: &str| sent.get(name).map_or("", String::as_str);
    assert_eq!(
        (field("TopicArn"), field("MessageStructure")),
        (TOPIC, "json")
    );
    assert_eq!(
        field("Subject"),
        "[sfn-advisor] 2 new findings Bcc: everybody"
    );
    let bodies: Value = serde_json::from_str(field("Message")).unwrap();
    assert_eq!(bodies["email"], "Audit of 22 Nov 2026\n2 new findings\n");
    assert_eq!(bodies["default"], "{\"version\":1}");
    let attribute = |number: usize| {
        let part =
            |part: &str| field(&format!("MessageAttributes.entry.{number}.{part}")).to_owned();
        (
            part("Name"),
            (part("Value.DataType"), part("Value.StringValue")),
        )
    };
    let attributes: BTreeMap<_, _> = [1, 2, 3].map(attribute).into();
    let expected = [
        ("category", "String.Array", "[\"cost\",\"reliability\"]"),
        ("severity", "String", "high"),
        ("usd_per_month", "Number", "1346.67"),
    ];
    let expected =
        expected.map(|(name, kind, value)| (name.to_owned(), (kind.to_owned(), value.to_owned())));
    assert_eq!(attributes, expected.into());
    assert_eq!(attribute(4).0, "", "an empty value is not sent");
}

#[tokio::test]
async fn what_sns_would_refuse_is_not_sent() {
    let stub = Stub::start(Options::default());
    let session = session(&stub.url);
    let mut large = message();
    large
        .bodies
        .insert("email".to_owned(), "x".repeat(Message::LIMIT));
    let error = publish(&session, TOPIC, &large)
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        format!(
            "the message has {} bytes, SNS takes 262144: leave something out",
            large.size()
        )
    );
    let mut bare = message();
    bare.bodies.remove("default");
    let error = publish(&session, TOPIC, &bare)
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the message has no `default` body, which SNS needs for protocols without one"
    );
    let error = publish(&session, "findings", &message())
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(error, "`findings` is not the ARN of an SNS topic");
    assert!(stub.published().is_empty());
}

#[tokio::test]
async fn a_message_of_exactly_the_limit_is_sent() {
    let stub = Stub::start(Options::default());
    let mut message = message();
    message.attributes.remove("empty");
    let room = Message::LIMIT - message.size();
    message.bodies.insert(
        "default".to_owned(),
        "y".repeat(room + "{'version':1}".len() + 2),
    );
    assert_eq!(message.size(), Message::LIMIT);
    publish(&session(&stub.url), TOPIC, &message).await.unwrap();
    assert_eq!(stub.published().len(), 1);
}

#[tokio::test]
async fn a_topic_that_is_not_there_or_not_allowed_is_named() {
    let stub = Stub::start(Options::default());
    let missing = "arn:aws:sns:eu-west-1:111122223333:no-such-topic";
    let error = publish(&session(&stub.url), missing, &message())
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(error, format!("the SNS topic {missing} does not exist"));
    let denied = Stub::start(Options {
        deny: ["Publish".to_owned()].into(),
        ..Options::default()
    });
    let error = publish(&session(&denied.url), TOPIC, &message())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("AccessDenied on sns:Publish to {TOPIC}: ")),
        "{error}"
    );
}

#[tokio::test]
async fn a_message_survives_a_server_that_fails() {
    let stub = Stub::start(Options {
        fail_every: 2,
        ..Options::default()
    });
    let session = session(&stub.url);
    for _ in 0..3 {
        publish(&session, TOPIC, &message()).await.unwrap();
    }
    assert_eq!(stub.published().len(), 3);
}
