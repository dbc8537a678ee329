//! What the members of a state say: transitions, retriers, catchers, rules, times.

use super::{ChoiceRule, Lower, Place, filled_in};
use crate::{
    Amount, Catcher, MapState, Node, Resource, Retrier, Spanned, State, StateKind, TaskState,
    Value, WaitState, pointer_push,
};

impl Lower {
    /// Fills the model of a state from its members.
    pub(super) fn read_fields(&mut self, state: &mut State) {
        state.next = self.text_of(state, "Next");
        state.end = state
            .field("End")
            .and_then(|node| self.boolean(node, Place::of(state, "End")));
        state.retry = self.list(state, "Retry", Self::retrier);
        state.catch = self.list(state, "Catch", Self::catcher);
        let kind = std::mem::replace(&mut state.kind, StateKind::Unknown);
        state.kind = match kind {
            StateKind::Task(_) => StateKind::Task(self.task(state)),
            StateKind::Wait(_) => StateKind::Wait(self.wait(state)),
            StateKind::Choice { .. } => StateKind::Choice {
                rules: self.list(state, "Choices", Self::rule),
                default: self.text_of(state, "Default"),
            },
            StateKind::Map(map) => StateKind::Map(MapState {
                max_concurrency: self.amount_of(state, "MaxConcurrency", "MaxConcurrencyPath"),
                ..map
            }),
            other => other,
        };
    }

    fn text_of(&mut self, state: &State, field: &str) -> Option<Spanned<String>> {
        let node = state.field(field)?;
        self.text(node, Place::of(state, field))
    }

    fn amount_of(&mut self, state: &State, field: &str, path: &str) -> Option<Spanned<Amount>> {
        if let Some(node) = state.field(field) {
            return self.amount(node, Place::of(state, field));
        }
        let node = state.field(path)?;
        self.path(node, Place::of(state, path))
    }

    fn task(&mut self, state: &State) -> TaskState {
        TaskState {
            resource: self.text_of(state, "Resource").map(|text| Spanned {
                value: Resource::parse(&text.value),
                span: text.span,
            }),
            timeout_seconds: self.amount_of(state, "TimeoutSeconds", "TimeoutSecondsPath"),
            heartbeat_seconds: self.amount_of(state, "HeartbeatSeconds", "HeartbeatSecondsPath"),
        }
    }

    fn wait(&mut self, state: &State) -> WaitState {
        let path = || state.has("TimestampPath").then_some("TimestampPath");
        let timestamp = if state.has("Timestamp") {
            Some("Timestamp")
        } else {
            path()
        };
        WaitState {
            seconds: self.amount_of(state, "Seconds", "SecondsPath"),
            timestamp: timestamp.and_then(|field| self.text_of(state, field)),
        }
    }

    /// The items of an array of objects.
    fn list<T>(
        &mut self,
        state: &State,
        field: &str,
        read: fn(&mut Self, &Node, Place<'_>) -> T,
    ) -> Vec<T> {
        let Some(node) = state.field(field) else {
            return Vec::new();
        };
        let Some(items) = node.items() else {
            self.structure(node, Place::of(state, field), "an array");
            return Vec::new();
        };
        let pointer = pointer_push(&state.pointer, field);
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let index = index.to_string();
            let place = Place {
                pointer: &pointer,
                field: &index,
                state: &state.name.value,
            };
            if item.members().is_some() && filled_in(item).is_none() {
                list.push(read(self, item, place));
            } else {
                self.structure(item, place, "an object");
            }
        }
        list
    }

    fn rule(&mut self, node: &Node, place: Place<'_>) -> ChoiceRule {
        let pointer = place.pointer();
        ChoiceRule {
            next: self.inner_text(node, &pointer, "Next", place.state),
            node: node.clone(),
            pointer,
        }
    }

    fn catcher(&mut self, node: &Node, place: Place<'_>) -> Catcher {
        let pointer = place.pointer();
        Catcher {
            next: self.inner_text(node, &pointer, "Next", place.state),
            errors: self.errors(node, &pointer, place.state),
            node: node.clone(),
            pointer,
        }
    }

    fn retrier(&mut self, node: &Node, place: Place<'_>) -> Retrier {
        let pointer = place.pointer();
        let mut number = |field: &str| {
            let place = Place {
                pointer: &pointer,
                field,
                state: place.state,
            };
            let amount = self.amount(node.get(field)?, place)?;
            amount.value.number()
        };
        Retrier {
            interval_seconds: number("IntervalSeconds").unwrap_or(1.0),
            max_attempts: number("MaxAttempts").unwrap_or(3.0),
            backoff_rate: number("BackoffRate").unwrap_or(2.0),
            max_delay_seconds: number("MaxDelaySeconds"),
            jitter: node.get("JitterStrategy").and_then(Node::as_str) == Some("FULL"),
            errors: self.errors(node, &pointer, place.state),
            span: node.span,
            pointer,
        }
    }

    fn inner_text(
        &mut self,
        node: &Node,
        pointer: &str,
        field: &str,
        state: &str,
    ) -> Option<Spanned<String>> {
        let node = node.get(field)?;
        self.text(
            node,
            Place {
                pointer,
                field,
                state,
            },
        )
    }

    /// `ErrorEquals`
    fn errors(&mut self, node: &Node, pointer: &str, state: &str) -> Vec<Spanned<String>> {
        const FIELD: &str = "ErrorEquals";
        let Some(node) = node.get(FIELD) else {
            return Vec::new();
        };
        let Value::Array(items) = &node.value else {
            let stands_for = filled_in(node);
            if stands_for.is_none() {
                let field = FIELD;
                self.wrong_type(
                    node,
                    Place {
                        pointer,
                        field,
                        state,
                    },
                    "an array",
                );
            }
            let span = node.span;
            let text = node.as_str().map(str::to_owned).or(stands_for);
            return text
                .map(|value| Spanned { value, span })
                .into_iter()
                .collect();
        };
        let own = pointer_push(pointer, FIELD);
        let mut errors = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let field = &index.to_string();
            errors.extend(self.text(
                item,
                Place {
                    pointer: &own,
                    field,
                    state,
                },
            ));
        }
        errors
    }
}
