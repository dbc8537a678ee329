//! Events as `GetExecutionHistory` writes them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::history::{Detail, Event};

impl Event {
    /// The event as an entry of `events` in the answer of `GetExecutionHistory`, of an execution that was started then.
    /// Members stand in the order of their names.
    pub fn to_json(&self, start: Timestamp) -> Value {
        let ms = i64::try_from(self.at_ms).unwrap_or(i64::MAX);
        let at = start.as_millisecond().saturating_add(ms);
        let timestamp = Timestamp::from_millisecond(at).map_or_else(
            |_| String::new(),
            |at| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        );
        let mut event = Map::new();
        event.insert("id".to_owned(), self.id.into());
        event.insert("previousEventId".to_owned(), self.previous.into());
        event.insert("type".to_owned(), self.kind.into());
        event.insert("timestamp".to_owned(), timestamp.into());
        if let Some((name, details)) = self.details() {
            event.insert(name, Value::Object(details));
        }
        Value::Object(event)
    }

    /// Name and members of what the event tells besides its type; none where it tells nothing more.
    fn details(&self) -> Option<(String, Map<String, Value>)> {
        let kind = self.kind;
        let mut details = Map::new();
        let name = if kind.ends_with("StateEntered") {
            "stateEnteredEventDetails".to_owned()
        } else if kind.ends_with("StateExited") {
            "stateExitedEventDetails".to_owned()
        } else if has_details(kind) {
            let (first, rest) = kind.split_at_checked(1)?;
            format!("{}{rest}EventDetails", first.to_ascii_lowercase())
        } else {
            return None;
        };
        if let Some(state) = &self.state {
            let member = if kind == "EvaluationFailed" {
                "state"
            } else {
                "name"
            };
            details.insert(member.to_owned(), state.as_ref().into());
        }
        if let Some((member, about)) = carries(kind) {
            if let Some(payload) = &self.payload {
                details.insert(member.to_owned(), payload.as_ref().into());
            }
            if let Some(about) = about {
                let truncated = self.payload.is_none();
                details.insert(about.to_owned(), json!({"truncated": truncated}));
            }
        }
        for (member, text) in [("error", &self.error), ("cause", &self.cause)] {
            if let Some(text) = text {
                details.insert(member.to_owned(), text.as_ref().into());
            }
        }
        self.detail.write(kind, &mut details);
        Some((name, details))
    }
}

impl Detail {
    fn write(&self, kind: &str, details: &mut Map<String, Value>) {
        match self {
            Self::Nothing => {}
            Self::Call {
                resource,
                timeout_seconds,
                heartbeat_seconds,
            } => {
                if kind.starts_with("Task") {
                    let (of, name) = service(resource);
                    details.insert("resourceType".to_owned(), of.into());
                    details.insert("resource".to_owned(), name.into());
                    if kind == "TaskScheduled" {
                        details.insert("region".to_owned(), "us-east-1".into());
                    }
                } else if kind.ends_with("Scheduled") {
                    details.insert("resource".to_owned(), resource.as_ref().into());
                }
                let limits = [
                    ("timeoutInSeconds", timeout_seconds),
                    ("heartbeatInSeconds", heartbeat_seconds),
                ];
                for (member, seconds) in limits {
                    if let Some(seconds) = seconds {
                        details.insert(member.to_owned(), (*seconds).into());
                    }
                }
            }
            Self::Length(length) => {
                details.insert("length".to_owned(), (*length).into());
            }
            Self::Iteration(index) => {
                details.insert("index".to_owned(), (*index).into());
            }
            Self::MapRun(arn) => {
                details.insert("mapRunArn".to_owned(), arn.as_ref().into());
            }
            Self::Location(field) => {
                details.insert("location".to_owned(), field.as_ref().into());
            }
            Self::Assigned(values) => {
                let values: Map<String, Value> = values
                    .iter()
                    .map(|(name, value)| (name.clone(), value.as_ref().into()))
                    .collect();
                details.insert("assignedVariables".to_owned(), Value::Object(values));
                details.insert(
                    "assignedVariablesDetails".to_owned(),
                    json!({"truncated": false}),
                );
            }
        }
    }
}

/// True for what has members of its own: not what started or was aborted without more to say.
fn has_details(kind: &str) -> bool {
    !matches!(
        kind,
        "LambdaFunctionStarted"
            | "ParallelStateStarted"
            | "ParallelStateSucceeded"
            | "ParallelStateFailed"
            | "MapStateSucceeded"
            | "MapStateFailed"
            | "MapRunSucceeded"
    ) && (kind.starts_with("MapIteration") || !kind.ends_with("Aborted"))
}

/// The member that holds the input or output of such an event, and the one that says whether it is whole.
fn carries(kind: &str) -> Option<(&'static str, Option<&'static str>)> {
    const INPUT: (&str, Option<&str>) = ("input", Some("inputDetails"));
    const OUTPUT: (&str, Option<&str>) = ("output", Some("outputDetails"));
    if kind == "TaskScheduled" {
        return Some(("parameters", None));
    }
    if kind.ends_with("StateEntered")
        || matches!(
            kind,
            "ExecutionStarted" | "LambdaFunctionScheduled" | "ActivityScheduled"
        )
    {
        return Some(INPUT);
    }
    let gives = kind.ends_with("StateExited")
        || matches!(
            kind,
            "ExecutionSucceeded"
                | "TaskSucceeded"
                | "TaskSubmitted"
                | "LambdaFunctionSucceeded"
                | "ActivitySucceeded"
        );
    gives.then_some(OUTPUT)
}

/// `resourceType` and `resource` of an ARN such as `arn:aws:states:::aws-sdk:s3:getObject`: `aws-sdk:s3` and `getObject`.
pub(crate) fn service(resource: &str) -> (&str, &str) {
    let mut colons = resource.match_indices(':').skip(4);
    let named = colons
        .next()
        .and_then(|(at, _)| resource.get(at + 1..))
        .unwrap_or(resource);
    let parts = match named.strip_prefix("aws-sdk:") {
        None => named.split_once(':'),
        Some(sdk) => sdk.split_once(':').and_then(|(of, name)| {
            let of = named.get(.."aws-sdk:".len() + of.len())?;
            Some((of, name))
        }),
    };
    parts.unwrap_or((named, ""))
}
