//! From the tree to the model.
//!
//! Everything that was written ends up in the model; what the model has no place for is a problem.

mod parts;
mod values;

use crate::{
    ChoiceRule, Machine, MapMode, MapState, Member, Node, Problem, QueryLanguage, Scope, ScopeKind,
    Span, Spanned, State, StateKind, TaskState, Value, WaitState,
    fields::{self, Known},
    nearest, pointer_push,
    problem::quoted,
};
use values::{Place, filled_in, kind_of};

/// Reads the tree of a definition. Where it is `partial`, nothing is said to be missing.
pub(crate) fn lower(root: Node, partial: bool) -> (Machine, Vec<Problem>) {
    let mut lower = Lower {
        problems: Vec::new(),
        proposals: 0,
        partial,
        language: QueryLanguage::default(),
    };
    let machine = lower.machine(root);
    (machine, lower.problems)
}

/// Unknown names that are compared with the known ones: a text of nothing else would take long.
const MAX_PROPOSALS: usize = 50;

struct Lower {
    problems: Vec<Problem>,
    proposals: usize,
    partial: bool,
    /// Of the machine; what a Map or a Parallel says of itself does not reach the states inside it.
    language: QueryLanguage,
}

/// What [`Lower::members`] found besides the states.
#[derive(Default)]
struct Rest {
    known: Vec<Member>,
    unknown: Vec<Member>,
}

impl Lower {
    fn machine(&mut self, root: Node) -> Machine {
        let span = root.span;
        let members = match root.value {
            Value::Object(members)
                if self.partial
                    || members
                        .iter()
                        .any(|m| m.key == "StartAt" || m.key == "States") =>
            {
                members
            }
            Value::Object(members) => {
                self.no_machine(span);
                return Machine {
                    scope: Scope {
                        span,
                        ..Scope::default()
                    },
                    unknown: members,
                    ..Machine::default()
                };
            }
            _ => {
                if !self.partial {
                    self.no_machine(span);
                }
                return Machine::default();
            }
        };
        let mut machine = Machine::default();
        if let Some(language) = first(&members, "QueryLanguage") {
            self.language = self.query_language(&language.node, Place::machine("QueryLanguage"));
        }
        machine.query_language = self.language;
        let mut scope = Scope {
            span,
            ..Scope::default()
        };
        let rest = self.members(members, &mut scope, fields::MACHINE, "a state machine");
        machine.comment = first(&rest.known, "Comment").and_then(|comment| {
            let value = comment.node.as_str()?.to_owned();
            Some(Spanned {
                value,
                span: comment.node.span,
            })
        });
        machine.timeout_seconds = first(&rest.known, "TimeoutSeconds")
            .and_then(|timeout| self.amount(&timeout.node, Place::machine("TimeoutSeconds")));
        machine.unknown = rest.unknown;
        scope.fields.extend(rest.known);
        machine.scope = scope;
        machine
    }

    fn no_machine(&mut self, span: Span) {
        let message = "this is no state machine: it has neither `StartAt` nor `States`";
        let start = Span::new(span.start, span.end.min(span.start + 1));
        let problem = Problem::error("not-a-state-machine", start, message);
        self.problems.push(problem.aws("SCHEMA_VALIDATION_FAILED"));
    }

    /// A branch or a processor.
    fn scope(
        &mut self,
        members: Vec<Member>,
        span: Span,
        kind: ScopeKind,
        pointer: String,
    ) -> Scope {
        let mut scope = Scope {
            kind,
            pointer,
            span,
            ..Scope::default()
        };
        let (known, owner) = match kind {
            ScopeKind::Processor => (fields::PROCESSOR, "the processor of a Map"),
            _ => (fields::BRANCH, "a branch"),
        };
        let rest = self.members(members, &mut scope, known, owner);
        scope.fields.extend(rest.known);
        scope.unknown = rest.unknown;
        scope
    }

    /// Reads `StartAt` and `States` and sorts the other members.
    fn members(
        &mut self,
        members: Vec<Member>,
        scope: &mut Scope,
        known: &[&str],
        owner: &str,
    ) -> Rest {
        let mut rest = Rest::default();
        let mut has_states = false;
        for member in members {
            match member.key.as_str() {
                "States" => {
                    has_states = true;
                    self.states(member, scope);
                    continue;
                }
                "StartAt" if scope.start_at.is_none() => {
                    let place = Place {
                        pointer: &scope.pointer,
                        field: "StartAt",
                        state: "",
                    };
                    scope.start_at = self.text(&member.node, place);
                }
                _ => {}
            }
            if known.contains(&member.key.as_str()) {
                rest.known.push(member);
            } else {
                self.unknown_member(&member, scope, known, owner);
                rest.unknown.push(member);
            }
        }
        let is_open = rest.unknown.iter().any(is_filled_in);
        if !self.partial && !is_open {
            let start = Span::new(scope.span.start, scope.span.start + 1);
            let mut missing = |id, name: &str| {
                let message = format!("{owner} without `{name}`");
                let problem = Problem::error(id, start, message).at(&*scope.pointer);
                self.problems.push(problem.aws("SCHEMA_VALIDATION_FAILED"));
            };
            if first(&rest.known, "StartAt").is_none() {
                missing("start-at-missing", "StartAt");
            }
            if !has_states {
                missing("states-missing", "States");
            }
        }
        rest
    }

    fn unknown_member(&mut self, member: &Member, scope: &Scope, known: &[&str], owner: &str) {
        if member.key.contains("${") {
            return;
        }
        let message = format!("{} is no field of {owner}", quoted(&member.key));
        let mut problem = Problem::error("unknown-field", member.key_span, message)
            .aws("SCHEMA_VALIDATION_FAILED")
            .at(pointer_push(&scope.pointer, &member.key));
        self.proposals += 1;
        if self.proposals <= MAX_PROPOSALS {
            problem = problem.did_you_mean(nearest(&member.key, known.iter().copied()));
        }
        self.problems.push(problem);
    }

    fn states(&mut self, member: Member, scope: &mut Scope) {
        let Member {
            key,
            key_span,
            node,
        } = member;
        let span = node.span;
        let pointer = pointer_push(&scope.pointer, "States");
        let place = Place {
            pointer: &scope.pointer,
            field: "States",
            state: "",
        };
        match node.value {
            Value::Object(members) => {
                if members.is_empty() && !self.partial {
                    let problem = Problem::error("states-missing", span, "`States` has no state");
                    self.problems
                        .push(problem.aws("SCHEMA_VALIDATION_FAILED").at(pointer));
                    return;
                }
                scope.states.reserve(members.len());
                for member in members {
                    let state = self.state(member, &pointer);
                    scope.states.push(state);
                }
            }
            value => {
                let node = Node { span, value };
                self.structure(&node, place, "an object");
                scope.fields.push(Member {
                    key,
                    key_span,
                    node,
                });
            }
        }
    }

    fn state(&mut self, member: Member, parent: &str) -> State {
        let mut state = State {
            pointer: pointer_push(parent, &member.key),
            name: Spanned {
                value: member.key,
                span: member.key_span,
            },
            span: member.node.span,
            query_language: self.language,
            next: None,
            end: None,
            retry: Vec::new(),
            catch: Vec::new(),
            kind: StateKind::Unknown,
            fields: Vec::new(),
            unknown: Vec::new(),
        };
        match member.node.value {
            Value::Object(members) => self.read_state(&mut state, members),
            value => {
                let node = Node {
                    span: state.span,
                    value,
                };
                let place = Place {
                    pointer: parent,
                    field: &state.name.value,
                    state: "",
                };
                self.structure(&node, place, "an object");
                if fields::MACHINE.contains(&place.field)
                    && let Some(problem) = self.problems.last_mut()
                {
                    let field = quoted(place.field);
                    problem.help = Some(format!("{field} belongs beside `States`, not into it"));
                }
            }
        }
        state
    }

    fn read_state(&mut self, state: &mut State, members: Vec<Member>) {
        // Members that are filled in may be any, and may be there instead of those that are written.
        if !members.iter().any(is_filled_in) {
            state.kind = self.kind(state, &members);
        }
        if let Some(member) = first(&members, "QueryLanguage") {
            state.query_language = self.own_language(state, member);
        }
        for member in &members {
            self.check_name(state, member);
        }
        state.fields = members;
        if matches!(state.kind, StateKind::Parallel(_) | StateKind::Map(_)) {
            let members = std::mem::take(&mut state.fields);
            for member in members {
                let kept = self.inner_scopes(state, member);
                state.fields.extend(kept);
            }
        }
        self.read_fields(state);
    }

    fn own_language(&mut self, state: &State, member: &Member) -> QueryLanguage {
        let own = self.query_language(&member.node, Place::of(state, "QueryLanguage"));
        if self.language == QueryLanguage::Jsonata && own == QueryLanguage::JsonPath {
            // Recorded on AWS: "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine".
            let message = format!(
                "state {} cannot use JSONPath where the whole machine uses JSONata",
                quoted(&state.name.value)
            );
            self.problems.push(
                Problem::error("query-language-downgrade", member.node.span, message)
                    .aws("SCHEMA_VALIDATION_FAILED")
                    .at(pointer_push(&state.pointer, "QueryLanguage"))
                    .help("set `QueryLanguage` to JSONata on the states that use it, not on the machine"),
            );
        }
        own
    }

    /// The kind of a state, without what its other members say.
    fn kind(&mut self, state: &State, members: &[Member]) -> StateKind {
        let name = || quoted(&state.name.value);
        let Some(member) = first(members, "Type") else {
            if !self.partial {
                let message = format!("state {} has no `Type`", name());
                let problem = Problem::error("state-type-missing", state.name.span, message);
                self.problems.push(
                    problem
                        .aws("SCHEMA_VALIDATION_FAILED")
                        .at(&*state.pointer)
                        .help(format!("one of {}", fields::TYPES.join(", "))),
                );
            }
            return StateKind::Unknown;
        };
        let Some(written) = self.text(&member.node, Place::of(state, "Type")) else {
            return StateKind::Unknown;
        };
        match written.value.as_str() {
            "Task" => StateKind::Task(TaskState::default()),
            "Pass" => StateKind::Pass,
            "Choice" => StateKind::Choice {
                rules: Vec::new(),
                default: None,
            },
            "Wait" => StateKind::Wait(WaitState::default()),
            "Succeed" => StateKind::Succeed,
            "Fail" => StateKind::Fail,
            "Parallel" => StateKind::Parallel(Vec::new()),
            "Map" => StateKind::Map(MapState::default()),
            other => {
                if !other.contains("${") {
                    let message =
                        format!("state {} has the unknown type {}", name(), quoted(other));
                    self.problems.push(
                        Problem::error("state-type-unknown", written.span, message)
                            .aws("SCHEMA_VALIDATION_FAILED")
                            .at(pointer_push(&state.pointer, "Type"))
                            .did_you_mean(nearest(other, fields::TYPES)),
                    );
                }
                StateKind::Unknown
            }
        }
    }

    fn check_name(&mut self, state: &mut State, member: &Member) {
        let type_name = match &state.kind {
            StateKind::Unknown => return,
            kind => kind_name(kind),
        };
        let known = fields::known(type_name, state.query_language, &member.key);
        if known == Known::Yes || member.key.contains("${") {
            return;
        }
        let field = quoted(&member.key);
        let name = quoted(&state.name.value);
        let message = match known {
            Known::OtherLanguage if state.query_language == QueryLanguage::Jsonata => {
                format!("{field} belongs to JSONPath, but state {name} uses JSONata")
            }
            Known::OtherLanguage => {
                format!("{field} belongs to JSONata, but state {name} uses JSONPath")
            }
            Known::OtherType => format!("state {name} is a {type_name}, which has no {field}"),
            _ => format!("{field} of state {name} is no field of a {type_name}"),
        };
        let mut problem = Problem::error("unknown-field", member.key_span, message)
            .aws("SCHEMA_VALIDATION_FAILED")
            .at(pointer_push(&state.pointer, &member.key));
        self.proposals += 1;
        if known == Known::No && self.proposals <= MAX_PROPOSALS {
            let names = fields::names(type_name, state.query_language);
            problem = problem.did_you_mean(nearest(&member.key, names));
        }
        self.problems.push(problem);
        state.unknown.push(member.key.clone());
    }

    /// Takes the member that holds the scopes of a state; gives every other member back.
    fn inner_scopes(&mut self, state: &mut State, member: Member) -> Option<Member> {
        let is_branches = member.key == "Branches" && matches!(state.kind, StateKind::Parallel(_));
        let is_processor = matches!(member.key.as_str(), "ItemProcessor" | "Iterator")
            && matches!(state.kind, StateKind::Map(_));
        if !is_branches && !is_processor {
            return Some(member);
        }
        let pointer = pointer_push(&state.pointer, &member.key);
        let Member {
            key,
            key_span,
            node,
        } = member;
        let Node { span, value } = node;
        let value = match (&mut state.kind, value) {
            (StateKind::Parallel(branches), Value::Array(items))
                if branches.is_empty() && !items.is_empty() =>
            {
                *branches = self.branches(items, &pointer, &state.name.value);
                return None;
            }
            (StateKind::Map(map), Value::Object(members)) if map.processor.is_none() => {
                let scope = self.scope(members, span, ScopeKind::Processor, pointer);
                map.mode = mode(&scope);
                map.processor = Some(scope);
                return None;
            }
            (_, value) => value,
        };
        let node = Node { span, value };
        let wanted = if is_branches { "an array" } else { "an object" };
        if !wanted.ends_with(kind_of(&node)) {
            self.structure(&node, Place::of(state, &key), wanted);
        }
        Some(Member {
            key,
            key_span,
            node,
        })
    }

    fn branches(&mut self, items: Vec<Node>, pointer: &str, state: &str) -> Vec<Scope> {
        let mut branches = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let field = index.to_string();
            let kind = ScopeKind::Branch(index);
            let own = pointer_push(pointer, &field);
            match item.value {
                Value::Object(members) => {
                    branches.push(self.scope(members, item.span, kind, own));
                }
                value => {
                    let node = Node {
                        span: item.span,
                        value,
                    };
                    self.structure(
                        &node,
                        Place {
                            pointer,
                            field: &field,
                            state,
                        },
                        "an object",
                    );
                    let span = item.span;
                    branches.push(Scope {
                        kind,
                        pointer: own,
                        span,
                        ..Scope::default()
                    });
                }
            }
        }
        branches
    }

    /// A part of the structure that is written as something else.
    fn structure(&mut self, node: &Node, place: Place<'_>, wanted: &str) {
        if filled_in(node).is_some() {
            let part = match place.state {
                "" if place.pointer.ends_with("/States") => {
                    format!("state {}", quoted(place.field))
                }
                "" => quoted(place.field),
                state => format!("{} of state {}", quoted(place.field), quoted(state)),
            };
            let message = format!("{part} is filled in when this is deployed, and not judged");
            let problem = Problem::warning("structure-placeholder", node.span, message);
            self.problems.push(problem.at(place.pointer()));
        } else {
            self.wrong_type(node, place, wanted);
        }
    }
}

/// True for a member of which not even the name is known.
fn is_filled_in(member: &Member) -> bool {
    member.key.contains("${")
}

/// The first member of that name.
fn first<'a>(members: &'a [Member], name: &str) -> Option<&'a Member> {
    members.iter().find(|member| member.key == name)
}

fn mode(processor: &Scope) -> MapMode {
    let config = |name: &str| processor.field("ProcessorConfig")?.get(name)?.as_str();
    match config("Mode") {
        Some("DISTRIBUTED") => MapMode::Distributed {
            express: config("ExecutionType") == Some("EXPRESS"),
        },
        _ => MapMode::Inline,
    }
}

fn kind_name(kind: &StateKind) -> &'static str {
    match kind {
        StateKind::Task(_) => "Task",
        StateKind::Pass => "Pass",
        StateKind::Choice { .. } => "Choice",
        StateKind::Wait(_) => "Wait",
        StateKind::Succeed => "Succeed",
        StateKind::Fail => "Fail",
        StateKind::Parallel(_) => "Parallel",
        StateKind::Map(_) => "Map",
        StateKind::Unknown => "",
    }
}
