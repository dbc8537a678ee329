//! What the fields of a definition may hold: kinds, ranges, words, and which fields belong together.
//!
//! Sources: Amazon States Language specification (states-language.net/spec.html); Step Functions Developer Guide, chapters
//! on the state types, on error handling and on processing data; service quotas; 2026-11-22.

mod choice;
mod errors;
mod exhaustive;
mod kinds;
mod map;
mod tables;
mod time;

use crate::{
    Machine, Member, Node, Problem, QueryLanguage, Scope, Span, State, StateKind, Value, nearest,
    pointer_push, problem::quoted,
};
use kinds::Kind;
use tables::{Field, Pair};

/// Unknown words that are compared with the known ones: a text of nothing else would take long.
const MAX_PROPOSALS: usize = 50;

/// Checks the fields of all states.
pub(crate) fn check(machine: &Machine) -> Vec<Problem> {
    let mut scopes = vec![&machine.scope];
    let mut next = 0;
    while let Some(scope) = scopes.get(next).copied() {
        next += 1;
        scopes.extend(scope.states.iter().flat_map(State::scopes));
    }
    let states = || scopes.iter().flat_map(|scope| &scope.states);
    let mut shape = Shape {
        raised: states().filter_map(errors::raised).collect(),
        problems: Vec::new(),
        proposals: 0,
    };
    shape.machine(machine);
    for state in states() {
        shape.state(state);
    }
    shape.labels(&scopes);
    shape.problems
}

struct Shape<'a> {
    /// Errors that Fail states of the machine raise.
    raised: Vec<&'a str>,
    problems: Vec<Problem>,
    proposals: usize,
}

/// An object under check.
#[derive(Clone, Copy)]
struct Owner<'a> {
    /// JSON pointer of the object.
    pointer: &'a str,
    /// For messages: `state`, `retrier 1 of state`; with the name behind it.
    what: &'a str,
    /// Name of the state.
    state: &'a str,
    language: QueryLanguage,
}

impl<'a> Owner<'a> {
    fn of(state: &'a State) -> Self {
        Self {
            pointer: &state.pointer,
            what: "state",
            state: &state.name.value,
            language: state.query_language,
        }
    }

    /// What and whose, for messages.
    fn named(&self) -> String {
        match self.state {
            "" => self.what.to_owned(),
            name => format!("{} {}", self.what, quoted(name)),
        }
    }

    fn at(&self, field: &str) -> String {
        pointer_push(self.pointer, field)
    }
}

impl Shape<'_> {
    fn machine(&mut self, machine: &Machine) {
        let owner = Owner {
            pointer: "",
            what: "the machine",
            state: "",
            language: machine.query_language,
        };
        let fields = &machine.scope.fields;
        if let Some(node) = machine.scope.field("Version")
            && node
                .as_str()
                .is_some_and(|version| version != "1.0" && !version.contains("${"))
        {
            self.value("version-unknown", owner, "Version", node, "`1.0`");
        }
        for name in ["TimeoutSeconds", "Comment"] {
            if let Some(member) = fields.iter().find(|member| member.key == name)
                && let Some(kind) = tables::machine(name)
            {
                self.kind(owner, member, kind);
            }
        }
    }

    fn state(&mut self, state: &State) {
        const LONGEST_NAME: usize = 80;
        let length = state.name.value.chars().count();
        if length > LONGEST_NAME && !state.name.value.contains("${") {
            let message = format!(
                "the name of state {} has {length} characters, AWS takes {LONGEST_NAME}",
                quoted(&state.name.value)
            );
            self.problems.push(
                Problem::error("state-name-too-long", state.name.span, message)
                    .aws("INVALID_STATE_NAME")
                    .at(&*state.pointer),
            );
        }
        let owner = Owner::of(state);
        for member in &state.fields {
            if let Some(kind) = tables::state(&member.key) {
                self.kind(owner, member, kind);
            }
        }
        self.pairs(owner, &state.fields, tables::PAIRS);
        match &state.kind {
            StateKind::Task(_) => self.task(state),
            StateKind::Choice { .. } => self.choice(state),
            StateKind::Wait(_) => self.wait(state),
            StateKind::Parallel(branches) => self.parallel(state, branches),
            StateKind::Map(_) => self.map(state),
            _ => {}
        }
        self.retriers(state);
        self.catchers(state);
    }

    fn task(&mut self, state: &State) {
        if !state.has("Resource") {
            self.missing_field(Owner::of(state), state.name.span, "Resource");
        }
        let seconds = |name: &str| state.field(name).and_then(kinds::number);
        if let (Some(heartbeat), Some(timeout)) =
            (seconds("HeartbeatSeconds"), seconds("TimeoutSeconds"))
            && heartbeat >= timeout
            && let Some(node) = state.field("HeartbeatSeconds")
        {
            let owner = Owner::of(state);
            let wanted = format!("smaller than `TimeoutSeconds`, which is {timeout}");
            self.value(
                "field-out-of-range",
                owner,
                "HeartbeatSeconds",
                node,
                &wanted,
            );
        }
    }

    fn wait(&mut self, state: &State) {
        const DURATIONS: [&str; 4] = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        let owner = Owner::of(state);
        let found: Vec<&Member> = state
            .fields
            .iter()
            .filter(|member| DURATIONS.contains(&member.key.as_str()))
            .collect();
        let problem = match found.as_slice() {
            [_] => None,
            [] => Some(format!("{} does not say how long it waits", owner.named())),
            [first, second, ..] => Some(format!(
                "{} has {} and {}: one says how long it waits",
                owner.named(),
                quoted(&first.key),
                quoted(&second.key)
            )),
        };
        if let Some(message) = problem {
            let id = if found.is_empty() {
                "field-missing"
            } else {
                "fields-exclusive"
            };
            self.schema(id, state.name.span, message, &state.pointer)
                .help = Some(
                "set one of `Seconds`, `SecondsPath`, `Timestamp`, `TimestampPath`".to_owned(),
            );
        }
        if let Some(node) = state.field("Timestamp")
            && let Some(text) = node.as_str()
            && !node.is_open()
            && !(owner.language == QueryLanguage::Jsonata && kinds::is_expression(text))
            && !time::is_timestamp(text)
        {
            let wanted = "a time like `2026-11-22T18:00:00Z`";
            self.value("field-out-of-range", owner, "Timestamp", node, wanted);
        }
    }

    fn parallel(&mut self, state: &State, branches: &[Scope]) {
        let owner = Owner::of(state);
        let node = state.field("Branches");
        if branches.is_empty() && node.is_none() {
            self.missing_field_of(owner, state.name.span, "Branches", &state.pointer);
        } else if let Some(node) = node
            && node.items().is_some_and(<[Node]>::is_empty)
        {
            self.value(
                "field-empty",
                owner,
                "Branches",
                node,
                "at least one branch",
            );
        }
    }
}

/// Checks that every object shares.
impl Shape<'_> {
    /// A problem that AWS tells as a violation of its schema.
    fn schema(
        &mut self,
        id: &'static str,
        span: Span,
        message: String,
        pointer: &str,
    ) -> &mut Problem {
        let problem = Problem::error(id, span, message)
            .aws("SCHEMA_VALIDATION_FAILED")
            .at(pointer);
        self.problems.push_mut(problem)
    }

    fn missing_field(&mut self, owner: Owner<'_>, span: Span, name: &str) {
        self.missing_field_of(owner, span, name, &owner.at(name));
    }

    fn missing_field_of(&mut self, owner: Owner<'_>, span: Span, name: &str, pointer: &str) {
        let message = format!("{} has no {}", owner.named(), quoted(name));
        self.schema("field-missing", span, message, pointer);
    }

    /// A value that is not what it must be.
    fn value(
        &mut self,
        id: &'static str,
        owner: Owner<'_>,
        name: &str,
        node: &Node,
        wanted: &str,
    ) -> &mut Problem {
        let message = format!(
            "{} of {} must be {wanted}, not {}",
            quoted(name),
            owner.named(),
            kinds::told(node)
        );
        self.schema(id, node.span, message, &owner.at(name))
    }

    /// A word that is none of those that are known.
    fn word(&mut self, owner: Owner<'_>, name: &str, node: &Node, words: &[&str]) {
        let listed: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let wanted = format!("one of {}", listed.join(", "));
        let meant = self.propose(node.as_str().unwrap_or_default(), words);
        let problem = self.value("field-word-unknown", owner, name, node, &wanted);
        problem.propose(meant.as_deref());
    }

    fn propose(&mut self, written: &str, words: &[&str]) -> Option<String> {
        self.proposals += 1;
        if self.proposals > MAX_PROPOSALS {
            return None;
        }
        nearest(written, words.iter().copied()).map(str::to_owned)
    }

    /// The fields of an object inside of a state; what is not among `fields` is unknown.
    fn object(&mut self, owner: Owner<'_>, members: &[Member], fields: &[Field]) {
        for member in members {
            let key = member.key.as_str();
            let found = fields.iter().find(|field| {
                field.name == key || (field.template && key.strip_suffix(".$") == Some(field.name))
            });
            match found {
                Some(field) if field.is_in(owner.language) => self.kind(owner, member, field.kind),
                Some(_) => self.other_language(owner, member),
                None if key.contains("${") => {}
                None => self.unknown(owner, member, fields),
            }
        }
        let is_open = kinds::has_open_member(members);
        for field in fields.iter().filter(|field| field.needed && !is_open) {
            let has = |name: &str| {
                members
                    .iter()
                    .any(|member| member.key == name || member.key.strip_suffix(".$") == Some(name))
            };
            if !has(field.name)
                && let Some(first) = members.first()
            {
                self.missing_field_of(owner, first.key_span, field.name, owner.pointer);
            }
        }
    }

    fn other_language(&mut self, owner: Owner<'_>, member: &Member) {
        let (own, other) = match owner.language {
            QueryLanguage::JsonPath => ("JSONPath", "JSONata"),
            QueryLanguage::Jsonata => ("JSONata", "JSONPath"),
        };
        let message = format!(
            "{} belongs to {other}, but {} uses {own}",
            quoted(&member.key),
            owner.named()
        );
        let pointer = owner.at(&member.key);
        self.schema("unknown-field", member.key_span, message, &pointer);
    }

    fn unknown(&mut self, owner: Owner<'_>, member: &Member, fields: &[Field]) {
        let names: Vec<&str> = fields
            .iter()
            .filter(|field| field.is_in(owner.language))
            .map(|field| field.name)
            .collect();
        let meant = self.propose(&member.key, &names);
        let message = format!("{} has no field {}", owner.named(), quoted(&member.key));
        let pointer = owner.at(&member.key);
        let problem = self.schema("unknown-field", member.key_span, message, &pointer);
        problem.propose(meant.as_deref());
    }

    fn kind(&mut self, owner: Owner<'_>, member: &Member, kind: Kind) {
        let (name, node) = (member.key.as_str(), &member.node);
        if node.is_open() {
            return;
        }
        let text = node.as_str();
        let computed =
            owner.language == QueryLanguage::Jsonata && text.is_some_and(kinds::is_expression);
        match kind {
            Kind::Any | Kind::Read => {}
            _ if computed && kind.may_be_computed() => {}
            Kind::Words(words) => match text {
                Some(text) if words.contains(&text) => {}
                _ => self.word(owner, name, node, words),
            },
            Kind::Object(fields) => match &node.value {
                Value::Object(members) => {
                    let pointer = owner.at(name);
                    let what = format!("{} of {}", quoted(name), owner.what);
                    let inner = Owner {
                        pointer: &pointer,
                        what: &what,
                        ..owner
                    };
                    self.object(inner, members, fields);
                    self.pairs(inner, members, tables::PAIRS);
                }
                _ => {
                    self.value("field-wrong-type", owner, name, node, "an object");
                }
            },
            _ => match kind.fits(node) {
                Ok(()) => {}
                Err((id, wanted)) => {
                    self.value(id, owner, name, node, &wanted);
                }
            },
        }
    }

    /// Fields of which an object has one at most.
    fn pairs(&mut self, owner: Owner<'_>, members: &[Member], pairs: &[Pair]) {
        let find = |name: &str| members.iter().find(|member| member.key == name);
        for pair in pairs {
            if let (Some(_), Some(second)) = (find(pair.one), find(pair.other)) {
                let message = format!(
                    "{} has {} and {}: one of them counts",
                    owner.named(),
                    quoted(pair.one),
                    quoted(pair.other)
                );
                let pointer = if pair.in_second {
                    owner.at(pair.other)
                } else {
                    owner.pointer.to_owned()
                };
                self.schema("fields-exclusive", second.key_span, message, &pointer);
            }
        }
    }
}
