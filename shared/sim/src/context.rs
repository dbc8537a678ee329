//! The Context Object.

use std::rc::Rc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::program::Kind;
use crate::run::{Engine, Visit};
use crate::scope::Scope;

impl<'d> Engine<'d, '_> {
    /// The Context Object, where a field of the state may read it. What is not needed any more is given back with
    /// [`Engine::give_back`], and made into the next one.
    pub(crate) fn context(&mut self, visit: &Visit<'_, 'd>, scope: &Scope) -> Value {
        if !visit.step.reads_context {
            return Value::Null;
        }
        let same = |of: &Option<Rc<_>>| match (of, &scope.child) {
            (None, None) => true,
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            _ => false,
        };
        let spare = self.spare_context.take().filter(|(_, of)| same(of));
        let mut context = match spare {
            Some((spare, _)) => spare,
            None => self.new_context(scope),
        };
        let Some(members) = context.as_object_mut() else {
            return context;
        };
        let mut state = Map::new();
        state.insert("Name".to_owned(), visit.step.name.into());
        let entered = self.instant(visit.entered_at);
        state.insert("EnteredTime".to_owned(), entered.into());
        if matches!(
            visit.step.kind,
            Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_)
        ) {
            state.insert("RetryCount".to_owned(), visit.tries.into());
        }
        members.insert("State".to_owned(), state.into());
        // They are the last ones, in this order, so that the order of the others stays.
        members.remove("Task");
        members.remove("Map");
        if let Some(item) = &scope.item {
            members.insert("Map".to_owned(), json!({"Item": **item}));
        }
        if let Kind::Task(task) = &visit.step.kind
            && (task.resource.ends_with(".waitForTaskToken") || task.resource.contains(".sync"))
        {
            let token = json!({"Token": "simulated-task-token"});
            members.insert("Task".to_owned(), token);
        }
        context
    }

    pub(crate) fn give_back(&mut self, context: Value, scope: &Scope) {
        if !context.is_null() {
            self.spare_context = Some((context, scope.child.clone()));
        }
    }

    /// What is the same for all states of an execution.
    fn new_context(&self, scope: &Scope) -> Value {
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
            "State": null,
            "StateMachine": {
                "Id": "arn:aws:states:us-east-1:123456789012:stateMachine:simulated",
                "Name": "simulated",
            },
        });
        if !self.options.express
            && let Some(execution) = context.get_mut("Execution").and_then(Value::as_object_mut)
        {
            execution.insert("RedriveCount".to_owned(), 0.into());
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
