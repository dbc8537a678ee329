//! The Context Object.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::program::Kind;
use crate::run::{Engine, Visit};
use crate::scope::Scope;

impl<'d> Engine<'d, '_> {
    /// The Context Object, where something may read it.
    pub(crate) fn context(&self, visit: &Visit<'_, 'd>, scope: &Scope) -> Value {
        if !self.reads_context {
            return Value::Null;
        }
        let id = if self.options.express {
            "express:simulated:run:1"
        } else {
            "execution:simulated:run"
        };
        let (input, started) = match scope.child.as_deref() {
            Some((input, started)) => (input, *started),
            None => (&self.options.input, 0),
        };
        let mut context = json!({
            "Execution": {
                "Id": format!("arn:aws:states:us-east-1:123456789012:{id}"),
                "Input": input,
                "Name": "run",
                "RoleArn": "arn:aws:iam::123456789012:role/simulated",
                "StartTime": self.instant(started),
            },
            "State": {
                "Name": visit.step.name,
                "EnteredTime": self.instant(visit.entered_at),
            },
            "StateMachine": {
                "Id": "arn:aws:states:us-east-1:123456789012:stateMachine:simulated",
                "Name": "simulated",
            },
        });
        if let Some(context) = context.as_object_mut() {
            if let Some(execution) = context.get_mut("Execution").and_then(Value::as_object_mut)
                && !self.options.express
            {
                execution.insert("RedriveCount".to_owned(), 0.into());
            }
            if matches!(
                visit.step.kind,
                Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_)
            ) && let Some(state) = context.get_mut("State").and_then(Value::as_object_mut)
            {
                state.insert("RetryCount".to_owned(), visit.tries.into());
            }
            if let Some(item) = &scope.item {
                context.insert("Map".to_owned(), json!({"Item": item}));
            }
            if let Kind::Task(task) = &visit.step.kind
                && (task.resource.ends_with(".waitForTaskToken") || task.resource.contains(".sync"))
            {
                context.insert("Task".to_owned(), json!({"Token": "simulated-task-token"}));
            }
        }
        context
    }

    /// An instant as the Context Object writes it.
    pub(crate) fn instant(&self, at_ms: u64) -> String {
        let ms = i64::try_from(at_ms).unwrap_or(i64::MAX);
        let at = self.options.start.as_millisecond().saturating_add(ms);
        Timestamp::from_millisecond(at).map_or_else(
            |_| String::new(),
            |at| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        )
    }
}
