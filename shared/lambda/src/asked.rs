//! What `design` accepts.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::Fault;

/// Bytes of an object that are read: a requirements file says little.
const LARGEST: u64 = 1 << 20;

const ACCEPTED: &str = "design takes {\"requirements\": TEXT or OBJECT}, a notification of S3, or its event from EventBridge";

/// What `design` accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DesignInput {
    /// Requirements, YAML or JSON.
    Text(String),
    /// Where they are.
    Object(Object),
    /// An event that needs no work, and why.
    Ignored(String),
}

/// An object in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its bucket.
    pub bucket: String,
    /// Its key, as it is.
    pub key: String,
}

impl DesignInput {
    /// Reads the event; `own` is the bucket that designs are written to, and what their keys begin with.
    pub fn parse(event: &Value, own: (&str, &str)) -> Result<Self, Fault> {
        if let Some(requirements) = event.get("requirements") {
            return match requirements {
                Value::String(text) => Ok(Self::Text(text.clone())),
                Value::Object(_) => Ok(Self::Text(format!("{requirements:#}"))),
                _ => bad("`requirements` takes a text or an object"),
            };
        }
        if let Some(records) = event.get("Records") {
            return match records.as_array().map(Vec::as_slice) {
                Some([record]) => notified(record, own),
                // S3 sends one at a time; more would need more than one answer.
                _ => bad("a notification has one record"),
            };
        }
        if event.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
            return Ok(Self::Ignored(
                "S3 tells that it will send notifications".to_owned(),
            ));
        }
        match (
            event.get("source").and_then(Value::as_str),
            event.get("detail"),
        ) {
            (Some("aws.s3"), Some(detail)) => {
                let key = text(detail, &["object", "key"]);
                object(detail, key.map(str::to_owned), own)
            }
            _ => bad("this is none of them"),
        }
    }
}

fn bad<T>(why: &str) -> Result<T, Fault> {
    Err(Fault::BadEvent(format!("{ACCEPTED}: {why}")))
}

/// A record of a notification: its keys are written as in the query of a URL.
fn notified(record: &Value, own: (&str, &str)) -> Result<DesignInput, Fault> {
    let Some(about) = record.get("s3") else {
        return bad("the record is none of S3");
    };
    let key = text(about, &["object", "key"]).map(|key| key.replace('+', " "));
    let key = match key
        .as_deref()
        .map(|key| percent_decode_str(key).decode_utf8())
    {
        Some(Ok(key)) => Some(key.into_owned()),
        _ => None,
    };
    object(about, key, own)
}

fn object(about: &Value, key: Option<String>, own: (&str, &str)) -> Result<DesignInput, Fault> {
    let (Some(bucket), Some(key)) = (text(about, &["bucket", "name"]), key) else {
        return bad("the bucket or the key is missing");
    };
    let is_requirements = [".yaml", ".yml", ".json"]
        .iter()
        .any(|ending| key.to_ascii_lowercase().ends_with(ending));
    if !is_requirements {
        return Ok(DesignInput::Ignored(
            "the object is neither YAML nor JSON".to_owned(),
        ));
    }
    // What is written there must not start the next design.
    let (own, prefix) = own;
    let below = key.strip_prefix(prefix);
    if bucket == own && below.is_some_and(|rest| rest.starts_with('/')) {
        return Ok(DesignInput::Ignored(
            "the object is where designs are written to: put requirements elsewhere".to_owned(),
        ));
    }
    let size = about.get("object").and_then(|it| it.get("size"));
    if let Some(size) = size.and_then(Value::as_u64).filter(|size| *size > LARGEST) {
        return Err(Fault::BadEvent(format!(
            "s3://{bucket}/{key} has {size} bytes, {LARGEST} are the most"
        )));
    }
    Ok(DesignInput::Object(Object {
        bucket: bucket.to_owned(),
        key,
    }))
}

fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    let found = path.iter().try_fold(value, |value, name| value.get(name))?;
    found.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(event: &Value) -> Result<DesignInput, String> {
        DesignInput::parse(event, ("bucket", "designs")).map_err(|fault| {
            assert_eq!(fault.name(), "BadEvent");
            fault.to_string()
        })
    }

    fn notification(bucket: &str, key: &str, size: u64) -> Value {
        json!({"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": size}}}]})
    }

    #[test]
    fn requirements_come_as_text_or_as_an_object() {
        let text = parse(&json!({"requirements": "version: 1"}));
        assert_eq!(text, Ok(DesignInput::Text("version: 1".to_owned())));
        let object = parse(&json!({"requirements": {"version": 1}}));
        assert_eq!(
            object,
            Ok(DesignInput::Text("{\n  \"version\": 1\n}".to_owned()))
        );
    }

    #[test]
    fn keys_of_notifications_are_decoded_and_those_of_events_are_not() {
        let object = |key: &str| {
            Ok(DesignInput::Object(Object {
                bucket: "in".to_owned(),
                key: key.to_owned(),
            }))
        };
        assert_eq!(
            parse(&notification("in", "a+b%2Bc/%C3%A9.yaml", 10)),
            object("a b+c/é.yaml")
        );
        let event = json!({"source": "aws.s3", "detail": {"bucket": {"name": "in"}, "object": {"key": "a+b%2B.json", "size": 1}}});
        assert_eq!(parse(&event), object("a+b%2B.json"));
    }

    #[test]
    fn what_is_written_starts_no_design() {
        let ignored = |event: &Value| matches!(parse(event), Ok(DesignInput::Ignored(_)));
        let own = notification("bucket", "designs/order/1/decisions.json", 10);
        assert!(ignored(&own));
        assert!(!ignored(&notification(
            "bucket",
            "designs-wanted/order.json",
            10
        )));
        assert!(!ignored(&notification("in", "designs/order.yaml", 10)));
        assert!(ignored(&notification("in", "order.png", 10)));
        assert!(ignored(
            &json!({"Service": "Amazon S3", "Event": "s3:TestEvent"})
        ));
    }

    #[test]
    fn other_events_are_told_what_is_accepted() {
        let twice = [
            notification("in", "a.yaml", 1),
            notification("in", "b.yaml", 1),
        ];
        let twice: Vec<&Value> = twice.iter().map(|it| &it["Records"][0]).collect();
        for event in [
            json!({}),
            json!([]),
            json!("x"),
            json!({"requirements": 7}),
            json!({"Records": []}),
            json!({"Records": twice}),
            json!({"Records": [{"sns": {}}]}),
            json!({"source": "aws.states", "detail": {}}),
            json!({"source": "aws.s3", "detail": {"bucket": {"name": "in"}}}),
            notification("in", "%FF.yaml", 1),
        ] {
            let told = parse(&event).unwrap_err();
            assert!(told.starts_with(ACCEPTED), "{event}: {told}");
        }
        let large = parse(&notification("in", "a.yaml", 2 << 20)).unwrap_err();
        assert!(large.contains("are the most"), "{large}");
    }
}
