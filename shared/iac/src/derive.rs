//! The stack of a definition that is there already: its role, from what each state calls, and what it is watched by.
//!
//! A role holds what the definition shows to be needed and nothing else. What the definition does not say, because it is known only
//! when it runs, becomes a parameter; what cannot be told at all is a [`Review`] and no permission.

mod calls;
mod limit;
mod map;
mod names;
mod payload;
mod role;
mod special;
mod written;

use std::collections::BTreeMap;

use asl::{Definition, MapMode, State, StateKind};

use crate::stack::{Attribute, LogLevel, Logging, Stack, StateMachine, Statement, Value};
use crate::watch;
use names::Names;
pub(crate) use written::string;

/// How a stack is made of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct DeriveOptions {
    /// What it is called, in lower case with hyphens: `order-saga`.
    pub name: String,
    /// True for Express.
    pub express: bool,
    /// What it logs.
    pub logging: Logging,
    /// Whether X-Ray traces it.
    pub tracing: bool,
    /// Whether it is encrypted with a key of the customer's own.
    pub key: bool,
    /// The key that buckets of a Distributed Map are encrypted with, where it is one of the customer's own.
    pub data_key: Option<Value>,
}

impl DeriveOptions {
    /// A name, and what a state machine has if nothing else is said.
    pub fn new(name: &str, express: bool) -> Self {
        Self {
            name: stack_name(name),
            express,
            logging: Logging {
                level: if express {
                    LogLevel::Error
                } else {
                    LogLevel::All
                },
                data: false,
                retention_days: 30,
            },
            tracing: true,
            key: false,
            data_key: None,
        }
    }
}

/// A name in lower case with hyphens, as short as names of resources have to be.
pub fn stack_name(name: &str) -> String {
    let name = crate::text::first_chars(&crate::text::identifier(name, '-'), 40);
    let name = name.trim_matches('-');
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name.to_owned()
    } else {
        format!("workflow-{name}").trim_end_matches('-').to_owned()
    }
}

/// What a person has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Name of the state.
    pub state: String,
    /// JSON pointer of the state.
    pub pointer: String,
    /// What is left open: `the tables that the query reads`.
    pub what: String,
    /// Why it is not known from the definition.
    pub why: String,
    /// True where the state has no permission because of it; false where the role is complete but for this.
    pub blocking: bool,
}

/// The stack of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// It, with one state machine, its alarms and its parameters.
    pub stack: Stack,
    /// What a person has to look at, in the order of the states.
    pub review: Vec<Review>,
    /// Tasks, Distributed Maps, readers and writers.
    pub points: usize,
    /// Those of them that the role permits completely, as far as the definition can tell.
    pub covered: usize,
}

/// Derives the stack of a definition.
pub fn derive(definition: &Definition, options: &DeriveOptions) -> Derived {
    let mut deriver = Deriver {
        options,
        names: Names::of(definition.own_text()),
        statements: Vec::new(),
        review: Vec::new(),
        points: 0,
        covered: 0,
    };
    let text = written::written(definition, &mut deriver.names);
    for state in definition.states() {
        deriver.state(state);
    }
    let substitutions = deriver.substitutions();
    let machine = StateMachine {
        id: MACHINE.to_owned(),
        suffix: String::new(),
        express: options.express,
        definition: text,
        file_name: "workflow.asl.json".to_owned(),
        substitutions,
        role: role::merged(deriver.statements),
        logging: options.logging,
        tracing: options.tracing,
        key: options.key,
    };
    let comment = definition.machine.comment.as_ref();
    let mut stack = Stack {
        name: options.name.clone(),
        description: comment
            .map_or(options.name.as_str(), |comment| &comment.value)
            .to_owned(),
        parameters: deriver.names.parameters,
        machine,
        children: Vec::new(),
        queues: Vec::new(),
        topics: Vec::new(),
        tables: Vec::new(),
        buckets: Vec::new(),
        triggers: Vec::new(),
        alarms: Vec::new(),
        alarm_topic: None,
        environments: Vec::new(),
        tags: BTreeMap::new(),
    };
    watch::watch(&mut stack, &watch::Limits::default());
    Derived {
        stack,
        review: deriver.review,
        points: deriver.points,
        covered: deriver.covered,
    }
}

/// `id` of the state machine itself.
pub const MACHINE: &str = "machine";

struct Deriver<'a> {
    options: &'a DeriveOptions,
    names: Names,
    statements: Vec<Statement>,
    review: Vec<Review>,
    points: usize,
    covered: usize,
}

impl Deriver<'_> {
    fn state(&mut self, state: &State) {
        match &state.kind {
            StateKind::Task(_) => self.point(|deriver| deriver.task(state)),
            StateKind::Map(map) => {
                if matches!(map.mode, MapMode::Distributed { .. }) {
                    self.point(|deriver| deriver.distributed(state, map));
                    if state.has("ItemReader") {
                        self.point(|deriver| deriver.reader(state));
                    }
                    if state.has("ResultWriter") {
                        self.point(|deriver| deriver.writer(state));
                    }
                }
            }
            _ => {}
        }
    }

    fn point(&mut self, derive: impl FnOnce(&mut Self)) {
        let before = self.review.len();
        derive(self);
        self.points += 1;
        let new = self.review.iter().skip(before);
        self.covered += usize::from(!new.into_iter().any(|review| review.blocking));
    }

    fn substitutions(&self) -> BTreeMap<String, Value> {
        let named = |(_, value): (&String, &Value)| match value {
            Value::Parameter(name) => Some((name.clone(), value.clone())),
            _ => None,
        };
        let own = [
            ("aws_region", Value::Region),
            ("aws_partition", Value::Partition),
            ("aws_account_id", Value::Account),
        ];
        let mut all: BTreeMap<String, Value> =
            self.names.placeholders.iter().filter_map(named).collect();
        all.extend(
            own.into_iter()
                .filter(|(name, _)| self.names.uses(name))
                .map(|(name, value)| (name.to_owned(), value)),
        );
        all
    }

    fn look(&mut self, state: &State, blocking: bool, what: String, why: &str) {
        self.review.push(Review {
            state: state.name.value.clone(),
            pointer: state.pointer.clone(),
            what,
            why: why.to_owned(),
            blocking,
        });
    }

    fn allow(&mut self, actions: &[&str], resources: Vec<Value>, why: String) {
        self.statements
            .push(role::statement(actions, resources, Vec::new(), why));
    }
}

/// Something of the state machine itself.
fn own(attribute: Attribute) -> Value {
    Value::Attribute {
        id: MACHINE.to_owned(),
        attribute,
    }
}
