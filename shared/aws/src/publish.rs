//! One SNS message, with a body for each protocol.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sns::types::MessageAttributeValue;
use thiserror::Error;

use crate::Session;
use crate::call::call;
use crate::error::CallError;
use crate::pace::Pace;

/// A message attribute, which subscriptions filter by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// `String`
    Text(String),
    /// `Number`: its digits. Filters compare it with numbers from -1,000,000,000 to 1,000,000,000, to five decimals.
    Number(String),
    /// `String.Array`: a filter matches any of them.
    List(BTreeSet<String>),
}

impl AttributeValue {
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "String",
            Self::Number(_) => "Number",
            Self::List(_) => "String.Array",
        }
    }

    fn value(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::List(items) => serde_json::to_string(items).unwrap_or_default(),
        }
    }
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Subject, as a person reads it; [`publish`] makes it fit for SNS.
    pub subject: String,
    /// Bodies by protocol: `email`, `https`, `sqs`, …; `default` has to be among them.
    pub bodies: BTreeMap<String, String>,
    /// Attributes by name. One with an empty value is not sent: SNS refuses it.
    pub attributes: BTreeMap<String, AttributeValue>,
}

impl Message {
    /// SNS takes so many bytes, unless the topic was given more.
    pub const LIMIT: usize = 262_144;

    /// What counts against [`Message::LIMIT`]: all bodies, as JSON, and names, types and values of the attributes.
    pub fn size(&self) -> usize {
        let attribute = |(name, value): (&String, &AttributeValue)| {
            name.len() + value.kind().len() + value.value().len()
        };
        self.json().len() + self.attributes.iter().map(attribute).sum::<usize>()
    }

    fn json(&self) -> String {
        serde_json::to_string(&self.bodies).unwrap_or_default()
    }
}

/// Why a message was not published.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// SNS would refuse it.
    #[error("the message has {size} bytes, SNS takes {limit}: leave something out", limit = Message::LIMIT)]
    TooLarge {
        /// [`Message::size`]
        size: usize,
    },
    /// SNS would refuse it.
    #[error("the message has no `default` body, which SNS needs for protocols without one")]
    NoDefault,
    /// It is not the ARN of one.
    #[error("`{0}` is not the ARN of an SNS topic")]
    NotATopic(String),
    /// There is none.
    #[error("the SNS topic {0} does not exist")]
    NoTopic(String),
    /// The caller may not.
    #[error(
        "AccessDenied on sns:Publish to {0}: allow it in the role and in the policy of the topic, and the KMS key of the topic if it has one"
    )]
    Denied(String),
    /// The call failed.
    #[error("cannot publish to {topic}: {}", .error.in_full())]
    Call {
        /// ARN of the topic.
        topic: String,
        /// Why.
        error: CallError,
    },
}

/// Publishes a message and gives its id. A call whose answer was lost is repeated: a message may come twice.
pub async fn publish(
    session: &Session,
    topic_arn: &str,
    message: &Message,
) -> Result<String, PublishError> {
    if !message.bodies.contains_key("default") {
        return Err(PublishError::NoDefault);
    }
    let size = message.size();
    if size > Message::LIMIT {
        return Err(PublishError::TooLarge { size });
    }
    let region =
        region_of(topic_arn).ok_or_else(|| PublishError::NotATopic(topic_arn.to_owned()))?;
    let client = session.clients(region).sns();
    let line = session.line(region, "sns:Publish", Pace::unlimited());
    let (body, subject) = (message.json(), subject(&message.subject));
    let send = || {
        let mut request = client
            .publish()
            .topic_arn(topic_arn)
            .message_structure("json")
            .message(&body);
        request = request.set_subject((!subject.is_empty()).then(|| subject.clone()));
        for (name, value) in &message.attributes {
            let (kind, value) = (value.kind(), value.value());
            let built = MessageAttributeValue::builder()
                .data_type(kind)
                .string_value(&value)
                .build();
            if let Some(built) = built.ok().filter(|_| !value.is_empty()) {
                request = request.message_attributes(name, built);
            }
        }
        request.send()
    };
    let topic = || topic_arn.to_owned();
    match call(&line, send).await {
        Ok(answer) => Ok(answer.message_id.unwrap_or_default()),
        Err(error) if error.has_code("NotFound") => Err(PublishError::NoTopic(topic())),
        Err(error) if error.has_code("AccessDenied") => Err(PublishError::Denied(topic())),
        Err(error) => Err(PublishError::Call {
            topic: topic(),
            error,
        }),
    }
}

/// The Region of a topic; none where the ARN is not one of a topic.
fn region_of(topic_arn: &str) -> Option<&str> {
    match topic_arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "sns", region, _, name] if !region.is_empty() && !name.is_empty() => {
            Some(region)
        }
        _ => None,
    }
}

/// SNS takes fewer than this many characters.
const SUBJECT: usize = 100;

/// A subject that every edition of SNS takes: ASCII on one line, shorter than 100 characters, no space in front.
fn subject(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => plain.push(c),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            '\u{2018}' | '\u{2019}' => plain.push('\''),
            '\u{201c}' | '\u{201d}' => plain.push('"'),
            '\u{2026}' => plain.push_str("..."),
            _ if c.is_whitespace() || c.is_control() => plain.push(' '),
            _ => plain.push('?'),
        }
    }
    let mut line = plain
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if line.len() >= SUBJECT {
        line.truncate(SUBJECT - 4);
        line.push_str("...");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_fit_every_edition_of_sns() {
        for (text, expected) in [
            (
                "[sfn-advisor] 2 new findings – prod",
                "[sfn-advisor] 2 new findings - prod",
            ),
            (
                "a\r\nBcc: b@example.com\u{1b}[31m",
                "a Bcc: b@example.com [31m",
            ),
            ("  Zürich “x” 3 €", "Z?rich \"x\" 3 ?"),
            ("", ""),
        ] {
            assert_eq!(subject(text), expected);
        }
        let long = subject(&"abcdefghi ".repeat(30));
        assert_eq!(long.len(), 99);
        assert!(long.ends_with("..."));
        assert_eq!(subject(&"x".repeat(99)).len(), 99);
    }

    #[test]
    fn the_size_counts_bodies_as_json_and_attributes() {
        let mut message = Message::default();
        message
            .bodies
            .insert("default".to_owned(), "a\"b".to_owned());
        assert_eq!(message.size(), r#"{"default":"a\"b"}"#.len());
        message.attributes.insert(
            "severity".to_owned(),
            AttributeValue::Text("high".to_owned()),
        );
        let list = BTreeSet::from(["cost".to_owned(), "reliability".to_owned()]);
        message
            .attributes
            .insert("categories".to_owned(), AttributeValue::List(list));
        message
            .attributes
            .insert("new".to_owned(), AttributeValue::Number("2".to_owned()));
        let attributes = "newNumber2".len()
            + "severityStringhigh".len()
            + r#"categoriesString.Array["cost","reliability"]"#.len();
        assert_eq!(message.size(), r#"{"default":"a\"b"}"#.len() + attributes);
    }

    #[test]
    fn topics_are_told_from_other_arns() {
        assert_eq!(
            region_of("arn:aws:sns:eu-west-1:111122223333:findings"),
            Some("eu-west-1")
        );
        for arn in [
            "",
            "findings",
            "arn:aws:sqs:eu-west-1:111122223333:findings",
            "arn:aws:sns:eu-west-1:111122223333:findings:subscription",
            "arn:aws:sns::1:x",
        ] {
            assert_eq!(region_of(arn), None, "{arn}");
        }
    }
}
