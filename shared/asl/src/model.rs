//! The model: what a definition says, state by state. Payload templates stay trees; what drives control flow is typed.

use std::sync::{Arc, OnceLock};

use crate::{Graph, LineIndex, Member, Node, Position, Problem, Resource, Span};

/// How a definition is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML 1.2.
    Yaml,
}

/// What was read of one definition.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The text; spans are offsets into it. Bytes that are not UTF-8 are replaced (and reported). For a definition that is
    /// a part of a file, this is the file.
    pub text: Arc<str>,
    /// Which part of the text is the definition.
    pub part: Span,
    /// True where the definition is JSON written in place, so that changes of the text can be offered.
    pub editable: bool,
    /// The machine, as far as it could be read.
    pub machine: Machine,
    /// What is wrong, in the order of the text.
    pub problems: Vec<Problem>,
    /// Made when the first position is asked for; most definitions never need it.
    pub(crate) lines: Arc<OnceLock<LineIndex>>,
}

impl Definition {
    /// The text of the definition alone, as it is written.
    pub fn own_text(&self) -> &str {
        self.part.of(&self.text)
    }

    /// Line and column, both from 1, columns counted in characters, of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        self.lines
            .get_or_init(|| LineIndex::new(&self.text))
            .position(&self.text, offset)
    }

    /// All states of all scopes, outer before inner, in the order of the text.
    pub fn states(&self) -> Vec<&State> {
        let mut states = Vec::new();
        let mut scopes = vec![&self.machine.scope];
        while let Some(scope) = scopes.pop() {
            states.extend(&scope.states);
            scopes.extend(scope.states.iter().flat_map(State::scopes));
        }
        states.sort_by_key(|state| state.span.start);
        states
    }
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// The language of paths and expressions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryLanguage {
    /// JSONPath, the default.
    #[default]
    JsonPath,
    /// JSONata.
    Jsonata,
}

/// A state machine.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// `Comment`
    pub comment: Option<Spanned<String>>,
    /// `QueryLanguage` of the machine.
    pub query_language: QueryLanguage,
    /// `TimeoutSeconds` of the machine.
    pub timeout_seconds: Option<Spanned<Amount>>,
    /// The top-level states.
    pub scope: Scope,
    /// Members that the language does not know; [`Scope::unknown`] of the top level stays empty.
    pub unknown: Vec<Member>,
}

/// What holds a scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScopeKind {
    /// The machine.
    #[default]
    Root,
    /// A branch of a Parallel state, counted from 0.
    Branch(usize),
    /// The processor of a Map state.
    Processor,
}

/// States that may name each other.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// What holds it.
    pub kind: ScopeKind,
    /// JSON pointer of the object that has `StartAt` and `States`; empty for the machine.
    pub pointer: String,
    /// That object.
    pub span: Span,
    /// `StartAt`
    pub start_at: Option<Spanned<String>>,
    /// The states, in the order of the text. A duplicate name is there twice.
    pub states: Vec<State>,
    /// Every member as written that the language knows (`Comment`, `ProcessorConfig`, …), but for `States`.
    pub fields: Vec<Member>,
    /// Members that the language does not know.
    pub unknown: Vec<Member>,
    /// Made when it is first asked for.
    pub(crate) graph: OnceLock<Graph>,
}

impl Scope {
    /// The control flow among the states of this scope.
    pub fn graph(&self) -> &Graph {
        self.graph.get_or_init(|| Graph::of(self))
    }

    /// The first state of that name.
    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|state| state.name.value == name)
    }

    /// The first member of that name.
    pub fn field(&self, name: &str) -> Option<&Node> {
        let member = self.fields.iter().find(|member| member.key == name);
        member.map(|member| &member.node)
    }
}

/// A number that is written down, or computed when the state runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// Written down.
    Number(f64),
    /// From a reference path (`…Path` fields).
    Path(String),
    /// From a JSONata expression, `{% … %}`.
    Expression(String),
}

impl Amount {
    /// The number, where it is written down.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Path(_) | Self::Expression(_) => None,
        }
    }
}

/// One state.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name, with the place of the name.
    pub name: Spanned<String>,
    /// JSON pointer of the state.
    pub pointer: String,
    /// The state's object.
    pub span: Span,
    /// The query language in force in this state.
    pub query_language: QueryLanguage,
    /// `Next`
    pub next: Option<Spanned<String>>,
    /// `End`
    pub end: Option<Spanned<bool>>,
    /// `Retry`
    pub retry: Vec<Retrier>,
    /// `Catch`
    pub catch: Vec<Catcher>,
    /// What only this type of state has.
    pub kind: StateKind,
    /// Every member as written (`Type`, `Comment`, `InputPath`, `Parameters`, …), but for `Branches`, `Iterator` and
    /// `ItemProcessor`, whose states are in [`State::scopes`].
    pub fields: Vec<Member>,
    /// Names of the members that the language does not know on this type of state.
    pub unknown: Vec<String>,
}

impl State {
    /// The first member of that name.
    pub fn field(&self, name: &str) -> Option<&Node> {
        self.member(name).map(|member| &member.node)
    }

    /// The first member of that name, with the place of its name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.fields.iter().find(|member| member.key == name)
    }

    /// True where the state has a member of that name.
    pub fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// The scopes inside: branches of a Parallel, the processor of a Map.
    pub fn scopes(&self) -> &[Scope] {
        match &self.kind {
            StateKind::Parallel(branches) => branches,
            StateKind::Map(map) => map.processor.as_slice(),
            _ => &[],
        }
    }

    /// The value of `Type`, as written.
    pub fn type_name(&self) -> &str {
        self.field("Type")
            .and_then(Node::as_str)
            .unwrap_or_default()
    }

    /// True where an execution of the scope can end in this state.
    pub fn is_terminal(&self) -> bool {
        matches!(self.kind, StateKind::Succeed | StateKind::Fail)
            || self.end.as_ref().is_some_and(|end| end.value)
    }
}

/// What only one type of state has.
#[derive(Clone, Debug)]
pub enum StateKind {
    /// `Task`
    Task(TaskState),
    /// `Pass`
    Pass,
    /// `Choice`
    Choice {
        /// `Choices`, in order.
        rules: Vec<ChoiceRule>,
        /// `Default`
        default: Option<Spanned<String>>,
    },
    /// `Wait`
    Wait(WaitState),
    /// `Succeed`
    Succeed,
    /// `Fail`
    Fail,
    /// `Parallel`: its branches.
    Parallel(Vec<Scope>),
    /// `Map`
    Map(MapState),
    /// No `Type`, or one that the language does not know.
    Unknown,
}

/// What a Task has.
#[derive(Clone, Debug, Default)]
pub struct TaskState {
    /// `Resource`
    pub resource: Option<Spanned<Resource>>,
    /// `TimeoutSeconds` or `TimeoutSecondsPath`
    pub timeout_seconds: Option<Spanned<Amount>>,
    /// `HeartbeatSeconds` or `HeartbeatSecondsPath`
    pub heartbeat_seconds: Option<Spanned<Amount>>,
}

/// What a Wait has; one of the two in a correct definition.
#[derive(Clone, Debug, Default)]
pub struct WaitState {
    /// `Seconds` or `SecondsPath`
    pub seconds: Option<Spanned<Amount>>,
    /// `Timestamp` or `TimestampPath`, as written.
    pub timestamp: Option<Spanned<String>>,
}

/// One rule of a Choice.
#[derive(Clone, Debug)]
pub struct ChoiceRule {
    /// JSON pointer of the rule.
    pub pointer: String,
    /// The rule as written: its comparison (JSONPath) or `Condition` (JSONata), `Next`, `Assign`, `Output`.
    pub node: Node,
    /// `Next`
    pub next: Option<Spanned<String>>,
}

/// How a Map runs its items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapMode {
    /// In the same execution.
    #[default]
    Inline,
    /// As child executions of their own.
    Distributed {
        /// True where the children are Express executions.
        express: bool,
    },
}

/// What a Map has.
#[derive(Clone, Debug, Default)]
pub struct MapState {
    /// `ItemProcessor`, or the older `Iterator`.
    pub processor: Option<Scope>,
    /// From `ProcessorConfig`.
    pub mode: MapMode,
    /// `MaxConcurrency` or `MaxConcurrencyPath`
    pub max_concurrency: Option<Spanned<Amount>>,
}

/// One retrier.
#[derive(Clone, Debug)]
pub struct Retrier {
    /// JSON pointer of the retrier.
    pub pointer: String,
    /// The retrier as written.
    pub span: Span,
    /// `ErrorEquals`
    pub errors: Vec<Spanned<String>>,
    /// `IntervalSeconds`, 1 where absent.
    pub interval_seconds: f64,
    /// `MaxAttempts`, 3 where absent.
    pub max_attempts: f64,
    /// `BackoffRate`, 2 where absent.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`
    pub max_delay_seconds: Option<f64>,
    /// True for `JitterStrategy: FULL`.
    pub jitter: bool,
}

/// One catcher.
#[derive(Clone, Debug)]
pub struct Catcher {
    /// JSON pointer of the catcher.
    pub pointer: String,
    /// The catcher as written: `ResultPath`, `Assign`, `Output`, `Comment`.
    pub node: Node,
    /// `ErrorEquals`
    pub errors: Vec<Spanned<String>>,
    /// `Next`
    pub next: Option<Spanned<String>>,
}
