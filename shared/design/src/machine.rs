//! A state machine as types, and its text in Amazon States Language.
//!
//! States refer to each other by [`Label`]s, which only a [`Scope`] gives out, together with the state: there is no way to write a
//! `Next` that names nothing. What cannot be reached is not written.

pub mod condition;
pub mod expr;
pub mod json;
mod walk;
pub(crate) mod write;

use std::collections::BTreeSet;

pub use condition::{Condition, Operand, Operator};
pub use expr::Expr;
pub use json::Json;

use crate::requirements::QueryLanguage;

/// A state machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// For people.
    pub comment: String,
    /// Language of its states. A state that only JSONata can write is a JSONata state in a JSONPath machine.
    pub language: QueryLanguage,
    /// How long an execution may take.
    pub timeout_seconds: Option<u64>,
    /// Its states.
    pub scope: Scope,
}

/// Names that are taken in a machine: AWS wants them unique over all its scopes.
#[derive(Clone, Debug, Default)]
pub struct Names {
    taken: BTreeSet<String>,
    scopes: u32,
}

/// AWS takes names up to this many characters.
const LONGEST: usize = 80;

impl Names {
    /// This name, or one like it that is free; at most 80 characters.
    fn take(&mut self, wanted: &str) -> String {
        let clean: String = wanted
            .chars()
            .filter(|letter| !letter.is_control())
            .take(LONGEST)
            .collect();
        let clean = if clean.trim().is_empty() {
            "State".to_owned()
        } else {
            clean
        };
        let mut name = clean.clone();
        let mut number = 2u32;
        while !self.taken.insert(name.clone()) {
            let suffix = format!(" {number}");
            let short: String = clean.chars().take(LONGEST - suffix.len()).collect();
            name = format!("{short}{suffix}");
            number += 1;
        }
        name
    }
}

/// States that lead to each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    id: u32,
    start: Option<Label>,
    states: Vec<State>,
}

/// A state in its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    scope: u32,
    at: usize,
}

impl Scope {
    /// Without states.
    pub fn new(names: &mut Names) -> Self {
        names.scopes += 1;
        Self {
            id: names.scopes,
            start: None,
            states: Vec::new(),
        }
    }

    /// A new state of this name, or of one like it where that is taken. It ends the scope with success until it is set.
    pub fn add(&mut self, names: &mut Names, name: &str) -> Label {
        let label = Label {
            scope: self.id,
            at: self.states.len(),
        };
        self.states.push(State::new(names.take(name)));
        self.start.get_or_insert(label);
        label
    }

    /// The state that is entered first.
    pub fn start_at(&mut self, label: Label) {
        self.start = Some(label);
    }

    /// The state to change.
    pub fn state(&mut self, label: Label) -> Option<&mut State> {
        let at = self.own(label)?;
        self.states.get_mut(at)
    }

    /// The state.
    pub fn get(&self, label: Label) -> Option<&State> {
        self.states.get(self.own(label)?)
    }

    /// Its name; empty for a label of another scope.
    pub fn name(&self, label: Label) -> &str {
        self.get(label).map_or("", |state| state.name.as_str())
    }

    fn own(&self, label: Label) -> Option<usize> {
        (label.scope == self.id).then_some(label.at)
    }
}

/// A state.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    name: String,
    /// For people.
    pub comment: Option<String>,
    /// What it does.
    pub kind: Kind,
    /// What it hands on.
    pub output: Output,
    /// Which errors are tried again.
    pub retry: Vec<Retrier>,
    /// Which errors lead where.
    pub catch: Vec<Catcher>,
    /// Where it goes on; the end where there is none.
    pub next: Option<Label>,
    /// How long it takes at the worst, with all retries.
    pub worst_seconds: u64,
    /// For tests of the workflow: what the call is answered when it works.
    pub sample: Option<serde_json::Value>,
}

/// What a state does.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Calls something.
    Task {
        /// `Resource`
        resource: String,
        /// `Arguments`, `Parameters`.
        arguments: Expr,
        /// `TimeoutSeconds`
        timeout: u64,
        /// `HeartbeatSeconds`
        heartbeat: Option<u64>,
    },
    /// Nothing, but for what it hands on.
    Pass,
    /// Goes one of several ways.
    Choice {
        /// Conditions with where they lead.
        ways: Vec<(Condition, Label)>,
        /// Where it goes in all other cases.
        otherwise: Label,
    },
    /// Waits for so many seconds.
    Wait(Expr),
    /// Waits until a point in time.
    WaitUntil(Expr),
    /// Several things at a time.
    Parallel(Vec<Scope>),
    /// The same for many items.
    Map(Box<Map>),
    /// Ends with success.
    Succeed,
    /// Ends with an error.
    Fail {
        /// Its name.
        error: Expr,
        /// What is said of it.
        cause: Expr,
    },
}

impl Kind {
    /// How long one try may take; nothing for what calls nothing.
    pub fn timeout(&self) -> u64 {
        match self {
            Self::Task { timeout, .. } => *timeout,
            _ => 0,
        }
    }
}

/// What a Map does.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// The items; none where a reader gets them.
    pub items: Option<Expr>,
    /// `ItemReader`: resource, arguments, `ReaderConfig`.
    pub reader: Option<(String, Expr, Expr)>,
    /// `ItemSelector`: what stands for an item.
    pub selector: Option<Expr>,
    /// `MaxItemsPerBatch`
    pub batch: Option<u64>,
    /// `MaxConcurrency`
    pub concurrency: u32,
    /// Express children, or Standard ones; none for an inline Map.
    pub children: Option<Children>,
    /// `ToleratedFailurePercentage`
    pub tolerated_percentage: Option<String>,
    /// `ResultWriter`: resource and arguments.
    pub writer: Option<(String, Expr)>,
    /// What is done with an item.
    pub processor: Scope,
}

/// Children of a Distributed Map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Children {
    /// `STANDARD`
    Standard,
    /// `EXPRESS`
    Express,
}

/// What a state hands on.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// What it got.
    Input,
    /// Its result.
    Result,
    /// What it got, and beside it this, or the whole result where there is nothing, under a path.
    Beside(Vec<String>, Option<Expr>),
    /// This.
    Value(Expr),
}

/// `Retry`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrier {
    /// `ErrorEquals`
    pub errors: Vec<String>,
    /// `IntervalSeconds`
    pub interval: u64,
    /// `MaxAttempts`
    pub attempts: u64,
    /// `BackoffRate`, in tenths.
    pub rate_tenths: u64,
    /// `MaxDelaySeconds`
    pub max_delay: u64,
}

/// `Catch`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catcher {
    /// `ErrorEquals`
    pub errors: Vec<String>,
    /// Where the error is put; it is dropped where there is nothing.
    pub path: Option<Vec<String>>,
    /// `Next`
    pub next: Label,
}

impl Retrier {
    /// The waits one after the other, without jitter, which only makes them shorter.
    pub fn longest_wait(&self) -> u64 {
        let mut delay = self.interval.saturating_mul(10);
        let mut total = 0u64;
        for attempt in 0..self.attempts {
            let seconds = delay.div_ceil(10).min(self.max_delay.max(1));
            total = total.saturating_add(seconds);
            if seconds == self.max_delay.max(1) {
                let left = self.attempts - attempt - 1;
                return total.saturating_add(seconds.saturating_mul(left));
            }
            delay = delay.saturating_mul(self.rate_tenths) / 10;
        }
        total
    }
}

impl State {
    fn new(name: String) -> Self {
        Self {
            name,
            comment: None,
            kind: Kind::Succeed,
            output: Output::Input,
            retry: Vec::new(),
            catch: Vec::new(),
            next: None,
            worst_seconds: 0,
            sample: None,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The language that it is written in.
    pub fn language(&self, of_machine: QueryLanguage) -> QueryLanguage {
        if self.needs_jsonata() {
            QueryLanguage::Jsonata
        } else {
            of_machine
        }
    }

    fn needs_jsonata(&self) -> bool {
        let own = match &self.kind {
            Kind::Task { arguments, .. } => arguments.needs_jsonata(),
            Kind::Choice { ways, .. } => ways.iter().any(|(when, _)| when.needs_jsonata()),
            Kind::Wait(expr) | Kind::WaitUntil(expr) => expr.needs_jsonata(),
            Kind::Fail { error, cause } => error.needs_jsonata() || cause.needs_jsonata(),
            Kind::Map(map) => {
                let exprs = map.items.iter().chain(&map.selector);
                let readers = map
                    .reader
                    .iter()
                    .flat_map(|(_, arguments, config)| [arguments, config]);
                let writers = map.writer.iter().map(|(_, arguments)| arguments);
                exprs.chain(readers).chain(writers).any(Expr::needs_jsonata)
            }
            Kind::Pass | Kind::Parallel(_) | Kind::Succeed => false,
        };
        let output = match &self.output {
            Output::Input | Output::Result => false,
            Output::Beside(_, value) => value.as_ref().is_some_and(Expr::needs_jsonata),
            // What JSONPath puts together as a whole, it does for a Pass only.
            Output::Value(value) => value.needs_jsonata() || !matches!(self.kind, Kind::Pass),
        };
        own || output
    }
}
