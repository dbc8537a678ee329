//! A definition made ready to run: every expression read once, every target a number.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::{
    Catcher, Definition, MapMode, MapState, Node, QueryLanguage, Resource, Retrier, Scope, State,
    StateKind,
};

use crate::choice::{self, Rule};
use crate::template::{Amount, Item, PathText, Template};

/// A scope: states that name each other.
#[derive(Debug)]
pub(crate) struct Program<'d> {
    pub(crate) states: Vec<Step<'d>>,
    /// Place of the first state.
    pub(crate) start: Option<usize>,
}

/// A state.
#[derive(Debug)]
pub(crate) struct Step<'d> {
    pub(crate) name: &'d str,
    /// The name, for the events.
    pub(crate) shared_name: Arc<str>,
    pub(crate) jsonata: bool,
    /// A field of it may read the Context Object.
    pub(crate) reads_context: bool,
    pub(crate) kind: Kind<'d>,
    /// Where it goes on; none for the end of the scope.
    pub(crate) next: Next,
    pub(crate) retry: Vec<&'d Retrier>,
    pub(crate) catch: Vec<Catch<'d>>,
    pub(crate) data: Data<'d>,
}

/// Where a state goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The state at that place.
    State(usize),
    /// Nowhere: the scope ends.
    End,
    /// To a state that does not exist.
    Missing,
}

/// What a state does with its input and output.
#[derive(Debug, Default)]
pub(crate) struct Data<'d> {
    pub(crate) input_path: Option<PathText<'d>>,
    pub(crate) output_path: Option<PathText<'d>>,
    pub(crate) result_path: Option<PathText<'d>>,
    /// `Parameters` or `Arguments`.
    pub(crate) arguments: Option<Template<'d>>,
    pub(crate) result_selector: Option<Template<'d>>,
    pub(crate) output: Option<Template<'d>>,
    pub(crate) assign: Option<Template<'d>>,
}

/// What only one type of state does.
#[derive(Debug)]
pub(crate) enum Kind<'d> {
    Pass {
        result: Option<serde_json::Value>,
    },
    Task(Task<'d>),
    Choice {
        rules: Vec<Rule<'d>>,
        default: Next,
        has_default: bool,
    },
    Wait(Wait<'d>),
    Succeed,
    Fail {
        error: Option<Item<'d>>,
        cause: Option<Item<'d>>,
    },
    Parallel(Vec<Program<'d>>),
    Map(Box<Map<'d>>),
    Unknown,
}

/// A Task.
#[derive(Debug)]
pub(crate) struct Task<'d> {
    pub(crate) resource: &'d str,
    /// The same, for the events.
    pub(crate) shared_resource: Arc<str>,
    pub(crate) is_lambda: bool,
    pub(crate) is_activity: bool,
    pub(crate) timeout: Option<Amount<'d>>,
    pub(crate) heartbeat: Option<Amount<'d>>,
}

/// How long a Wait waits.
#[derive(Debug)]
pub(crate) enum Wait<'d> {
    Seconds(Amount<'d>),
    Timestamp(Item<'d>, bool),
    Nothing,
}

/// A Map.
#[derive(Debug)]
pub(crate) struct Map<'d> {
    pub(crate) processor: Program<'d>,
    /// A state in there may read the Context Object.
    pub(crate) reads_context: bool,
    pub(crate) distributed: bool,
    pub(crate) express: bool,
    /// `ItemsPath`, `Items`
    pub(crate) items: Option<Template<'d>>,
    /// `ItemSelector`, or the older `Parameters`.
    pub(crate) selector: Option<Template<'d>>,
    pub(crate) concurrency: Option<Amount<'d>>,
    pub(crate) reader: Option<Reader<'d>>,
    pub(crate) batcher: Option<Batcher<'d>>,
    pub(crate) tolerated_count: Option<Amount<'d>>,
    pub(crate) tolerated_percentage: Option<Amount<'d>>,
    pub(crate) writer: Option<Writer<'d>>,
    /// `Label`
    pub(crate) label: Option<&'d str>,
}

/// Where a Distributed Map reads its items.
#[derive(Debug)]
pub(crate) struct Reader<'d> {
    pub(crate) resource: &'d str,
    pub(crate) config: Option<&'d Node>,
    pub(crate) arguments: Option<Template<'d>>,
    pub(crate) max_items: Option<Amount<'d>>,
}

/// How items of a Distributed Map are put together.
#[derive(Debug)]
pub(crate) struct Batcher<'d> {
    pub(crate) most_items: Option<Amount<'d>>,
    pub(crate) most_bytes: Option<Amount<'d>>,
    pub(crate) input: Option<Template<'d>>,
}

/// What a Distributed Map does with its results.
#[derive(Debug)]
pub(crate) struct Writer<'d> {
    /// `Parameters`, `Arguments`: the bucket; none where the results stay in the output.
    pub(crate) target: Option<Template<'d>>,
    /// `WriterConfig.Transformation`
    pub(crate) transformation: Option<&'d str>,
}

impl<'d> Writer<'d> {
    /// The results stay in the output, and tell of the executions that gave them.
    pub(crate) fn tells_of_children(&self) -> bool {
        self.target.is_none()
    }

    fn of(node: &'d Node, jsonata: bool) -> Self {
        let target = node.get(if jsonata { "Arguments" } else { "Parameters" });
        let config = node.get("WriterConfig");
        let transformation = config.and_then(|config| config.get("Transformation"));
        Self {
            target: target.map(|node| Template::of(node, jsonata)),
            transformation: transformation.and_then(Node::as_str),
        }
    }
}

/// A catcher.
#[derive(Debug)]
pub(crate) struct Catch<'d> {
    pub(crate) errors: Vec<&'d str>,
    pub(crate) next: Next,
    pub(crate) result_path: Option<PathText<'d>>,
    pub(crate) output: Option<Template<'d>>,
    pub(crate) assign: Option<Template<'d>>,
}

impl<'d> Program<'d> {
    /// Makes a definition ready.
    pub(crate) fn of(definition: &'d Definition) -> Self {
        Self::of_scope(&definition.machine.scope)
    }

    /// True where a field of any state may read the Context Object.
    pub(crate) fn reads_context(&self) -> bool {
        self.states.iter().any(|step| {
            step.reads_context
                || match &step.kind {
                    Kind::Parallel(branches) => branches.iter().any(Self::reads_context),
                    Kind::Map(map) => map.reads_context,
                    _ => false,
                }
        })
    }

    fn of_scope(scope: &'d Scope) -> Self {
        let places: BTreeMap<&str, usize> = scope
            .states
            .iter()
            .enumerate()
            .rev()
            .map(|(place, state)| (state.name.value.as_str(), place))
            .collect();
        let places = Places(places);
        let start = scope.start_at.as_ref().map(|start| places.of(&start.value));
        Self {
            states: scope
                .states
                .iter()
                .map(|state| Step::of(state, &places))
                .collect(),
            start: match start {
                Some(Next::State(place)) => Some(place),
                _ => None,
            },
        }
    }
}

/// Places of the states of a scope, by name.
pub(crate) struct Places<'d>(BTreeMap<&'d str, usize>);

impl Places<'_> {
    pub(crate) fn of(&self, name: &str) -> Next {
        self.0
            .get(name)
            .map_or(Next::Missing, |place| Next::State(*place))
    }
}

impl<'d> Step<'d> {
    fn of(state: &'d State, places: &Places<'d>) -> Self {
        let jsonata = state.query_language == QueryLanguage::Jsonata;
        let template = |name: &str| state.field(name).map(|node| Template::of(node, jsonata));
        let path = |name: &str| state.field(name).map(PathText::of);
        let next = match &state.next {
            Some(next) => places.of(&next.value),
            None => Next::End,
        };
        let is_map = matches!(state.kind, StateKind::Map(_));
        let arguments = if jsonata {
            template("Arguments")
        } else {
            template("Parameters")
        };
        let data = Data {
            input_path: path("InputPath").filter(|_| !jsonata),
            output_path: path("OutputPath").filter(|_| !jsonata),
            result_path: path("ResultPath").filter(|_| !jsonata),
            // The parameters of a Map are those of each item.
            arguments: arguments.filter(|_| !is_map),
            result_selector: template("ResultSelector").filter(|_| !jsonata),
            output: template("Output").filter(|_| jsonata),
            assign: template("Assign"),
        };
        let catch = state
            .catch
            .iter()
            .map(|catcher| Catch::of(catcher, jsonata, places))
            .collect();
        Self {
            name: &state.name.value,
            shared_name: state.name.value.as_str().into(),
            jsonata,
            reads_context: state.fields.iter().any(|it| reads_context(&it.node)),
            kind: Kind::of(state, jsonata, places),
            next,
            retry: state.retry.iter().collect(),
            catch,
            data,
        }
    }
}

impl<'d> Catch<'d> {
    fn of(catcher: &'d Catcher, jsonata: bool, places: &Places<'d>) -> Self {
        let template = |name: &str| {
            catcher
                .node
                .get(name)
                .map(|node| Template::of(node, jsonata))
        };
        Self {
            errors: catcher
                .errors
                .iter()
                .map(|error| error.value.as_str())
                .collect(),
            next: catcher
                .next
                .as_ref()
                .map_or(Next::Missing, |next| places.of(&next.value)),
            result_path: catcher
                .node
                .get("ResultPath")
                .map(PathText::of)
                .filter(|_| !jsonata),
            output: template("Output").filter(|_| jsonata),
            assign: template("Assign"),
        }
    }
}

impl<'d> Kind<'d> {
    fn of(state: &'d State, jsonata: bool, places: &Places<'d>) -> Self {
        let amount = |name: &str| Amount::of(state, name, jsonata);
        match &state.kind {
            StateKind::Pass => Self::Pass {
                result: state
                    .field("Result")
                    .filter(|_| !jsonata)
                    .map(crate::template::plain),
            },
            StateKind::Task(task) => {
                let resource = task.resource.as_ref().map(|it| &it.value);
                let text = state.field("Resource").and_then(Node::as_str);
                let text = text.unwrap_or_default();
                Self::Task(Task {
                    resource: text,
                    shared_resource: text.into(),
                    is_lambda: matches!(resource, Some(Resource::Lambda(_))),
                    is_activity: matches!(resource, Some(Resource::Activity(_))),
                    timeout: amount("TimeoutSeconds"),
                    heartbeat: amount("HeartbeatSeconds"),
                })
            }
            StateKind::Choice { rules, default } => Self::Choice {
                rules: rules
                    .iter()
                    .map(|rule| choice::Rule::of(rule, jsonata, places))
                    .collect(),
                default: default
                    .as_ref()
                    .map_or(Next::Missing, |it| places.of(&it.value)),
                has_default: default.is_some(),
            },
            StateKind::Wait(_) => Self::Wait(if let Some(seconds) = amount("Seconds") {
                Wait::Seconds(seconds)
            } else if let Some(path) = state.field("TimestampPath") {
                Wait::Timestamp(Item::path(path), true)
            } else if let Some(text) = state.field("Timestamp") {
                Wait::Timestamp(Item::of(text, jsonata), false)
            } else {
                Wait::Nothing
            }),
            StateKind::Succeed => Self::Succeed,
            StateKind::Fail => {
                let item = |name: &str, path: &str| {
                    let dynamic = state.field(path).map(Item::path_or_call);
                    dynamic.or_else(|| state.field(name).map(|node| Item::of(node, jsonata)))
                };
                Self::Fail {
                    error: item("Error", "ErrorPath"),
                    cause: item("Cause", "CausePath"),
                }
            }
            StateKind::Parallel(branches) => {
                Self::Parallel(branches.iter().map(Program::of_scope).collect())
            }
            StateKind::Map(map) => Self::Map(Box::new(Map::of(state, map, jsonata))),
            StateKind::Unknown => Self::Unknown,
        }
    }
}

impl<'d> Map<'d> {
    fn of(state: &'d State, map: &'d MapState, jsonata: bool) -> Self {
        let amount = |name: &str| Amount::of(state, name, jsonata);
        let template = |name: &str| state.field(name).map(|node| Template::of(node, jsonata));
        let items = if jsonata {
            state.field("Items").map(|node| Template::of(node, true))
        } else {
            let path = state.field("ItemsPath");
            path.map(|node| Template::Item(Item::path(node)))
        };
        let processor = map.processor.as_ref().map_or(
            Program {
                states: Vec::new(),
                start: None,
            },
            Program::of_scope,
        );
        Self {
            reads_context: processor.reads_context(),
            processor,
            distributed: map.mode != MapMode::Inline,
            express: map.mode == MapMode::Distributed { express: true },
            items,
            selector: template("ItemSelector")
                .or_else(|| template("Parameters").filter(|_| !jsonata)),
            concurrency: amount("MaxConcurrency"),
            reader: state
                .field("ItemReader")
                .map(|node| Reader::of(node, jsonata)),
            batcher: state
                .field("ItemBatcher")
                .map(|node| Batcher::of(node, jsonata)),
            tolerated_count: amount("ToleratedFailureCount"),
            tolerated_percentage: amount("ToleratedFailurePercentage"),
            writer: state
                .field("ResultWriter")
                .map(|node| Writer::of(node, jsonata)),
            label: state.field("Label").and_then(Node::as_str),
        }
    }
}

impl<'d> Reader<'d> {
    fn of(node: &'d Node, jsonata: bool) -> Self {
        let config = node.get("ReaderConfig");
        let arguments = node.get(if jsonata { "Arguments" } else { "Parameters" });
        Self {
            resource: node
                .get("Resource")
                .and_then(Node::as_str)
                .unwrap_or_default(),
            max_items: config.and_then(|config| Amount::of_node(config, "MaxItems", jsonata)),
            arguments: arguments.map(|node| Template::of(node, jsonata)),
            config,
        }
    }
}

impl<'d> Batcher<'d> {
    fn of(node: &'d Node, jsonata: bool) -> Self {
        Self {
            most_items: Amount::of_node(node, "MaxItemsPerBatch", jsonata),
            most_bytes: Amount::of_node(node, "MaxInputBytesPerBatch", jsonata),
            input: node
                .get("BatchInput")
                .map(|node| Template::of(node, jsonata)),
        }
    }
}

/// True where a text in there names the Context Object: `$$`, or `$states` without the member that is not it.
fn reads_context(node: &Node) -> bool {
    match &node.value {
        asl::Value::String(text) => {
            let others = [".input", ".result", ".errorOutput"];
            text.contains("$$")
                || text
                    .split("$states")
                    .skip(1)
                    .any(|rest| !others.iter().any(|member| rest.starts_with(member)))
        }
        asl::Value::Array(items) => items.iter().any(reads_context),
        asl::Value::Object(members) => members.iter().any(|it| reads_context(&it.node)),
        _ => false,
    }
}
