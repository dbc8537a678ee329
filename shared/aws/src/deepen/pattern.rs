//! Whether an EventBridge event pattern lets the execution status events of a state machine through.

use facts::MachineArn;
use serde_json::{Map, Value};

const SOURCE: &str = "aws.states";
const DETAIL_TYPE: &str = "Step Functions Execution Status Change";

/// How a pattern listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listens {
    /// Not to this state machine.
    No,
    /// To all state machines, or many.
    ToAny,
    /// To this one by name.
    ToThis,
}

/// Judges a pattern. What it cannot judge counts as let through: a listener that is missed would break unannounced.
pub(super) fn listens(pattern: &str, arn: &MachineArn) -> Listens {
    let Ok(Value::Object(pattern)) = serde_json::from_str::<Value>(pattern) else {
        return Listens::No;
    };
    let (source, detail_type) = (pattern.get("source"), pattern.get("detail-type"));
    // A pattern that asks for neither takes everything of the account, and is not about executions.
    let about = source.is_some() || detail_type.is_some();
    let passes = |matchers: Option<&Value>, value: &str| {
        matchers.is_none_or(|matchers| any(matchers, |one| matches(one, value)))
    };
    if !about
        || !passes(source, SOURCE)
        || !passes(detail_type, DETAIL_TYPE)
        || !passes(pattern.get("account"), &arn.account)
        || !passes(pattern.get("region"), &arn.region)
    {
        return Listens::No;
    }
    let by_arn = by_machine_arn(pattern.get("detail").and_then(Value::as_object), arn);
    let by_resource = pattern
        .get("resources")
        .map_or(Listens::ToAny, |matchers| by_execution_arn(matchers, arn));
    match (by_arn, by_resource) {
        (Listens::No, _) | (_, Listens::No) => Listens::No,
        (Listens::ToThis, _) | (_, Listens::ToThis) => Listens::ToThis,
        (Listens::ToAny, Listens::ToAny) => Listens::ToAny,
    }
}

fn by_machine_arn(detail: Option<&Map<String, Value>>, arn: &MachineArn) -> Listens {
    let Some(matchers) = detail.and_then(|detail| detail.get("stateMachineArn")) else {
        return Listens::ToAny;
    };
    let own = arn.unqualified();
    if any(matchers, |one| names(one, &arn.name) && matches(one, &own)) {
        Listens::ToThis
    } else if any(matchers, |one| matches(one, &own)) {
        Listens::ToAny
    } else {
        Listens::No
    }
}

/// The resource of such an event is the execution, whose name is not known.
fn by_execution_arn(matchers: &Value, arn: &MachineArn) -> Listens {
    let prefix = format!(
        "arn:{}:states:{}:{}:execution:{}:",
        arn.partition, arn.region, arn.account, arn.name
    );
    let may_match = |one: &Value| match (one, one.get("prefix")) {
        (Value::String(text), _) => text.starts_with(&prefix),
        (_, Some(Value::String(text))) => text.starts_with(&prefix) || prefix.starts_with(text),
        _ => true,
    };
    if any(matchers, |one| may_match(one) && names(one, &arn.name)) {
        Listens::ToThis
    } else if any(matchers, may_match) {
        Listens::ToAny
    } else {
        Listens::No
    }
}

fn any(matchers: &Value, test: impl Fn(&Value) -> bool) -> bool {
    match matchers {
        Value::Array(matchers) => matchers.iter().any(test),
        _ => false,
    }
}

/// True where the name of the state machine stands in a matcher that asks for it.
fn names(matcher: &Value, name: &str) -> bool {
    match matcher {
        Value::String(text) => text.contains(name),
        Value::Object(matcher) => ["prefix", "suffix", "wildcard", "equals-ignore-case"]
            .iter()
            .any(|kind| {
                matcher
                    .get(*kind)
                    .and_then(Value::as_str)
                    .is_some_and(|text| text.contains(name))
            }),
        _ => false,
    }
}

fn matches(matcher: &Value, value: &str) -> bool {
    let Value::Object(matcher) = matcher else {
        return matcher.as_str() == Some(value);
    };
    matcher
        .iter()
        .all(|(kind, wanted)| match (kind.as_str(), wanted) {
            ("prefix" | "suffix", Value::Object(inner)) => {
                let wanted = inner
                    .get("equals-ignore-case")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                text_matches(kind, &wanted.to_lowercase(), &value.to_lowercase())
            }
            ("anything-but", Value::Object(_)) => !matches(wanted, value),
            ("anything-but", Value::Array(wanted)) => {
                !wanted.iter().any(|one| one.as_str() == Some(value))
            }
            ("anything-but", wanted) => wanted.as_str() != Some(value),
            ("exists", wanted) => wanted.as_bool() != Some(false),
            (kind, Value::Array(wanted)) => wanted
                .iter()
                .filter_map(Value::as_str)
                .any(|one| text_matches(kind, one, value)),
            (kind, Value::String(wanted)) => text_matches(kind, wanted, value),
            _ => true,
        })
}

fn text_matches(kind: &str, wanted: &str, value: &str) -> bool {
    match kind {
        "prefix" => value.starts_with(wanted),
        "suffix" => value.ends_with(wanted),
        "equals-ignore-case" => value.to_lowercase() == wanted.to_lowercase(),
        "wildcard" => wildcard(wanted, value),
        _ => true,
    }
}

/// `*` stands for any characters.
fn wildcard(wanted: &str, value: &str) -> bool {
    let mut parts = wanted.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = value.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(pattern: &str) -> Listens {
        let arn =
            MachineArn::parse("arn:aws:states:eu-west-1:111122223333:stateMachine:orders").unwrap();
        listens(pattern, &arn)
    }

    /// A pattern on execution status events with that filter on the ARN.
    fn by_arn(matcher: &str) -> Listens {
        judge(&format!(
            r#"{{"source": ["aws.states"], "detail": {{"stateMachineArn": [{matcher}], "status": ["FAILED"]}}}}"#
        ))
    }

    #[test]
    fn source_and_type_decide_whether_it_is_about_executions() {
        use Listens::{No, ToAny};
        for (expected, pattern) in [
            (ToAny, r#"{"source": ["aws.states"]}"#),
            (
                ToAny,
                r#"{"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}"#,
            ),
            (
                ToAny,
                r#"{"detail-type": ["Step Functions Execution Status Change"]}"#,
            ),
            (
                ToAny,
                r#"{"source": [{"prefix": "aws."}], "account": ["111122223333"], "region": ["eu-west-1"]}"#,
            ),
            (ToAny, r#"{"source": [{"anything-but": ["aws.ec2"]}]}"#),
            (ToAny, r#"{"source": [{"unheard-of": 1}]}"#),
            (
                No,
                r#"{"source": ["aws.states"], "detail-type": ["AWS API Call via CloudTrail"]}"#,
            ),
            (No, r#"{"source": ["aws.ec2"]}"#),
            (No, r#"{"source": [{"anything-but": {"prefix": "aws."}}]}"#),
            (No, r#"{"source": ["aws.states"], "region": ["us-east-1"]}"#),
            (
                No,
                r#"{"source": ["aws.states"], "account": ["999999999999"]}"#,
            ),
            (No, r#"{"account": ["111122223333"]}"#),
            (No, r#"{"source": "aws.states"}"#),
            (No, "[]"),
            (No, ""),
        ] {
            assert_eq!(judge(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn a_filter_on_the_arn_names_a_state_machine() {
        use Listens::{No, ToAny, ToThis};
        for (expected, matcher) in [
            (
                ToThis,
                r#""arn:aws:states:eu-west-1:111122223333:stateMachine:orders""#,
            ),
            (
                ToThis,
                r#""other", {"prefix": "arn:aws:states:eu-west-1:111122223333:stateMachine:ord"}, {"suffix": ":orders"}"#,
            ),
            (ToThis, r#"{"wildcard": "*:stateMachine:orders*"}"#),
            (
                ToThis,
                r#"{"equals-ignore-case": "ARN:aws:states:eu-west-1:111122223333:stateMachine:orders"}"#,
            ),
            (ToAny, r#"{"prefix": "arn:aws:states:"}"#),
            (ToAny, r#"{"wildcard": "arn:*:stateMachine:o*s"}"#),
            (
                ToAny,
                r#"{"anything-but": ["arn:aws:states:eu-west-1:111122223333:stateMachine:other"]}"#,
            ),
            (
                ToAny,
                r#"{"anything-but": {"prefix": "arn:aws:states:us-east-1"}}"#,
            ),
            (ToAny, r#"{"exists": true}"#),
            (
                No,
                r#""arn:aws:states:eu-west-1:111122223333:stateMachine:orders2""#,
            ),
            (
                No,
                r#"{"anything-but": "arn:aws:states:eu-west-1:111122223333:stateMachine:orders"}"#,
            ),
            (No, r#"{"wildcard": "arn:*:stateMachine:x*s"}"#),
            (
                No,
                r#"{"prefix": {"equals-ignore-case": "ARN:AWS:LAMBDA"}}"#,
            ),
            (No, r#"{"exists": false}"#),
            (No, "null, 1"),
        ] {
            assert_eq!(by_arn(matcher), expected, "{matcher}");
        }
    }

    #[test]
    fn a_filter_on_resources_is_one_on_executions() {
        use Listens::{No, ToAny, ToThis};
        for (expected, matcher) in [
            (
                ToThis,
                r#"{"prefix": "arn:aws:states:eu-west-1:111122223333:execution:orders:"}"#,
            ),
            (
                ToThis,
                r#""arn:aws:states:eu-west-1:111122223333:execution:orders:run-1""#,
            ),
            (ToAny, r#"{"prefix": "arn:aws:states:"}"#),
            (
                No,
                r#"{"prefix": "arn:aws:states:eu-west-1:111122223333:execution:other:"}"#,
            ),
            (
                No,
                r#""arn:aws:states:eu-west-1:111122223333:stateMachine:orders""#,
            ),
        ] {
            let pattern = format!(r#"{{"source": ["aws.states"], "resources": [{matcher}]}}"#);
            assert_eq!(judge(&pattern), expected, "{matcher}");
        }
    }

    #[test]
    fn stars_match_any_text() {
        for (wanted, value, expected) in [
            ("*", "", true),
            ("a*b*c", "a-b-c", true),
            ("a*b", "a-c", false),
            ("a*a", "a", false),
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("*c", "abc", true),
        ] {
            assert_eq!(wildcard(wanted, value), expected, "{wanted} {value}");
        }
    }
}
