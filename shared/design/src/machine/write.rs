//! The text of a machine.

use std::collections::BTreeSet;

use super::expr::{brackets, steps, string};
use super::{
    Catcher, Children, Expr, Json, Kind, Label, Machine, Map, Output, Retrier, Scope, State,
};
use crate::requirements::QueryLanguage;

impl Machine {
    /// The definition. `placeholders` are the names that may stand in it as `${name}`.
    pub fn write(&self, placeholders: &BTreeSet<String>) -> String {
        self.json().pretty(placeholders)
    }

    /// The definition as a value.
    pub fn json(&self) -> Json {
        let mut members = Members::default();
        members.text("Comment", &self.comment);
        members.text("QueryLanguage", language_name(self.language));
        let mut scope = self.scope.members(self.language, self.language);
        if let Some(seconds) = self.timeout_seconds {
            // After where it starts, before the states.
            scope.insert(
                1.min(scope.len()),
                ("TimeoutSeconds".to_owned(), Json::number(seconds)),
            );
        }
        members.0.extend(scope);
        Json::Object(members.0)
    }
}

fn language_name(language: QueryLanguage) -> &'static str {
    match language {
        QueryLanguage::Jsonata => "JSONata",
        QueryLanguage::JsonPath => "JSONPath",
    }
}

#[derive(Default)]
struct Members(Vec<(String, Json)>);

impl Members {
    fn put(&mut self, key: &str, value: Json) {
        self.0.push((key.to_owned(), value));
    }

    fn text(&mut self, key: &str, value: &str) {
        self.put(key, Json::text(value));
    }

    /// A value that may be computed.
    fn expr(&mut self, key: &str, expr: &Expr, language: QueryLanguage) {
        let computed = language == QueryLanguage::JsonPath && expr.is_computed();
        let key = if computed {
            format!("{key}.$")
        } else {
            key.to_owned()
        };
        self.put(&key, expr.json(language));
    }
}

impl Scope {
    /// `around` is the language of what the states stand in, which they are written in too: tools do not agree on whether a state
    /// without a language takes it from there or from the machine.
    fn members(&self, around: QueryLanguage, of_machine: QueryLanguage) -> Vec<(String, Json)> {
        let mut members = Members::default();
        if let Some(start) = self.start() {
            members.text("StartAt", self.name(start));
        }
        let states = self.in_order().into_iter().map(|state| {
            (
                state.name().to_owned(),
                self.state_json(state, around, of_machine),
            )
        });
        members.put("States", Json::Object(states.collect()));
        members.0
    }

    fn state_json(&self, state: &State, around: QueryLanguage, of_machine: QueryLanguage) -> Json {
        let language = state.language(around);
        let mut members = Members::default();
        members.text("Type", state.kind.type_name());
        if language != of_machine {
            members.text("QueryLanguage", language_name(language));
        }
        if let Some(comment) = &state.comment {
            members.text("Comment", comment);
        }
        self.kind(&mut members, state, language, of_machine);
        output(&mut members, state, language, of_machine);
        if !state.retry.is_empty() {
            members.put(
                "Retry",
                Json::List(state.retry.iter().map(retrier).collect()),
            );
        }
        if !state.catch.is_empty() {
            let catch = state
                .catch
                .iter()
                .map(|catcher| self.catcher(catcher, language));
            members.put("Catch", Json::List(catch.collect()));
        }
        self.goes_on(&mut members, state);
        Json::Object(members.0)
    }

    fn goes_on(&self, members: &mut Members, state: &State) {
        if matches!(
            state.kind,
            Kind::Choice { .. } | Kind::Succeed | Kind::Fail { .. }
        ) {
            return;
        }
        match state
            .next
            .map(|label| self.name(label))
            .filter(|name| !name.is_empty())
        {
            Some(next) => members.text("Next", next),
            None => members.put("End", Json::Bool(true)),
        }
    }

    fn kind(
        &self,
        members: &mut Members,
        state: &State,
        language: QueryLanguage,
        of_machine: QueryLanguage,
    ) {
        match &state.kind {
            Kind::Task {
                resource,
                arguments,
                timeout,
                heartbeat,
            } => {
                members.text("Resource", resource);
                let empty = matches!(arguments, Expr::Object(members) if members.is_empty());
                if !empty {
                    members.expr(arguments_name(language), arguments, language);
                }
                members.put("TimeoutSeconds", Json::number(*timeout));
                if let Some(seconds) = heartbeat {
                    members.put("HeartbeatSeconds", Json::number(*seconds));
                }
            }
            Kind::Pass | Kind::Succeed => {}
            Kind::Choice { ways, otherwise } => {
                let ways = ways.iter().map(|(when, to)| {
                    let mut rule = match language {
                        QueryLanguage::Jsonata => vec![(
                            "Condition".to_owned(),
                            Json::text(format!("{{% {} %}}", when.code())),
                        )],
                        QueryLanguage::JsonPath => when.rule(),
                    };
                    rule.push(("Next".to_owned(), Json::text(self.name(*to))));
                    Json::Object(rule)
                });
                members.put("Choices", Json::List(ways.collect()));
                members.text("Default", self.name(*otherwise));
            }
            Kind::Wait(expr) => match (language, expr) {
                (QueryLanguage::JsonPath, expr) if expr.is_computed() => {
                    members.put("SecondsPath", expr.json(language));
                }
                _ => members.put("Seconds", expr.json(language)),
            },
            Kind::WaitUntil(expr) => match (language, expr) {
                (QueryLanguage::JsonPath, expr) if expr.is_computed() => {
                    members.put("TimestampPath", expr.json(language));
                }
                _ => members.put("Timestamp", expr.json(language)),
            },
            Kind::Parallel(branches) => {
                let branches = branches
                    .iter()
                    .map(|branch| Json::Object(branch.members(language, of_machine)));
                members.put("Branches", Json::List(branches.collect()));
            }
            Kind::Map(map) => map_members(members, map, language, of_machine),
            Kind::Fail { error, cause } => {
                for (key, expr) in [("Error", error), ("Cause", cause)] {
                    let key = if language == QueryLanguage::JsonPath && expr.is_computed() {
                        format!("{key}Path")
                    } else {
                        key.to_owned()
                    };
                    members.put(&key, expr.json(language));
                }
            }
        }
    }

    fn catcher(&self, catcher: &Catcher, language: QueryLanguage) -> Json {
        let mut members = Members::default();
        let errors = catcher.errors.iter().map(Json::text);
        members.put("ErrorEquals", Json::List(errors.collect()));
        match language {
            QueryLanguage::Jsonata => {
                let output = match &catcher.path {
                    Some(path) => beside(path, "$states.errorOutput"),
                    None => "$states.input".to_owned(),
                };
                members.put("Output", Json::text(format!("{{% {output} %}}")));
            }
            QueryLanguage::JsonPath => {
                let path = catcher.path.as_ref();
                let path = path.map_or(Json::Null, |path| {
                    Json::text(format!("${}", brackets(path)))
                });
                members.put("ResultPath", path);
            }
        }
        members.text("Next", self.name(catcher.next));
        Json::Object(members.0)
    }

    /// Whether a label leads into this scope.
    pub fn has(&self, label: Label) -> bool {
        self.get(label).is_some()
    }
}

fn arguments_name(language: QueryLanguage) -> &'static str {
    match language {
        QueryLanguage::Jsonata => "Arguments",
        QueryLanguage::JsonPath => "Parameters",
    }
}

impl Kind {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Task { .. } => "Task",
            Self::Pass => "Pass",
            Self::Choice { .. } => "Choice",
            Self::Wait(_) | Self::WaitUntil(_) => "Wait",
            Self::Parallel(_) => "Parallel",
            Self::Map(_) => "Map",
            Self::Succeed => "Succeed",
            Self::Fail { .. } => "Fail",
        }
    }
}

/// JSONata: what came, and beside it a value under a path.
fn beside(path: &[String], value: &str) -> String {
    let value = path
        .iter()
        .enumerate()
        .rev()
        .fold(value.to_owned(), |value, (depth, name)| {
            if depth == 0 {
                return format!("{{{}: {value}}}", string(name));
            }
            // Members that are there already stay.
            let around = path.get(..depth).unwrap_or_default();
            format!(
                "$merge([$states.input{}, {{{}: {value}}}])",
                steps(around),
                string(name)
            )
        });
    format!("$merge([$states.input, {value}])")
}

fn output(
    members: &mut Members,
    state: &State,
    language: QueryLanguage,
    of_machine: QueryLanguage,
) {
    let gives_result = matches!(
        state.kind,
        Kind::Task { .. } | Kind::Parallel(_) | Kind::Map(_)
    );
    let is_pass = matches!(state.kind, Kind::Pass);
    if !gives_result && !is_pass {
        return;
    }
    match (language, &state.output) {
        (QueryLanguage::Jsonata, Output::Input) if gives_result => {
            members.text("Output", "{% $states.input %}");
        }
        (QueryLanguage::JsonPath, Output::Input) if gives_result => {
            members.put("ResultPath", Json::Null);
        }
        (_, Output::Input | Output::Result) => {}
        (QueryLanguage::Jsonata, Output::Beside(path, value)) => {
            let code = value
                .as_ref()
                .map_or_else(|| "$states.result".to_owned(), Expr::code);
            // The states around it are in JSONPath, and read what a `ResultSelector` makes.
            let value = match value.as_ref().and_then(selected) {
                Some(name) if of_machine == QueryLanguage::JsonPath => {
                    format!("{{{}: {code}}}", string(name))
                }
                _ => code,
            };
            members.put(
                "Output",
                Json::text(format!("{{% {} %}}", beside(path, &value))),
            );
        }
        (QueryLanguage::JsonPath, Output::Beside(path, value)) => {
            let field = if is_pass {
                "Parameters"
            } else {
                "ResultSelector"
            };
            match value {
                Some(Expr::Object(_)) => {
                    if let Some(value) = value {
                        members.put(field, value.json(language));
                    }
                }
                Some(value) => {
                    let name = selected(value).unwrap_or("value").to_owned();
                    let object = Expr::Object(vec![(name, value.clone())]);
                    members.put(field, object.json(language));
                }
                None => {}
            }
            members.text("ResultPath", &format!("${}", brackets(path)));
        }
        (QueryLanguage::Jsonata, Output::Value(value)) => members.expr("Output", value, language),
        (QueryLanguage::JsonPath, Output::Value(value)) => {
            members.expr("Parameters", value, language);
        }
    }
}

/// A `ResultSelector` makes objects: the member that a single value becomes there.
pub(crate) fn selected(value: &Expr) -> Option<&str> {
    match value {
        Expr::Result(path) => path.last().map(String::as_str),
        _ => None,
    }
}

fn map_members(
    members: &mut Members,
    map: &Map,
    language: QueryLanguage,
    of_machine: QueryLanguage,
) {
    if let Some(items) = &map.items {
        match language {
            QueryLanguage::Jsonata => members.put("Items", items.json(language)),
            QueryLanguage::JsonPath => members.put("ItemsPath", items.json(language)),
        }
    }
    if let Some((resource, arguments, config)) = &map.reader {
        let mut reader = Members::default();
        reader.text("Resource", resource);
        if !matches!(config, Expr::Object(members) if members.is_empty()) {
            reader.put("ReaderConfig", config.json(language));
        }
        reader.put(arguments_name(language), arguments.json(language));
        members.put("ItemReader", Json::Object(reader.0));
    }
    if let Some(selector) = &map.selector {
        members.put("ItemSelector", selector.json(language));
    }
    if let Some(batch) = map.batch {
        let batch = vec![("MaxItemsPerBatch".to_owned(), Json::number(batch))];
        members.put("ItemBatcher", Json::Object(batch));
    }
    if map.concurrency > 0 {
        members.put("MaxConcurrency", Json::number(map.concurrency.into()));
    }
    if let Some(share) = &map.tolerated_percentage {
        members.put("ToleratedFailurePercentage", Json::Number(share.clone()));
    }
    let config = match map.children {
        None => vec![("Mode".to_owned(), Json::text("INLINE"))],
        Some(children) => {
            let name = match children {
                Children::Standard => "STANDARD",
                Children::Express => "EXPRESS",
            };
            vec![
                ("Mode".to_owned(), Json::text("DISTRIBUTED")),
                ("ExecutionType".to_owned(), Json::text(name)),
            ]
        }
    };
    let mut processor = vec![("ProcessorConfig".to_owned(), Json::Object(config))];
    processor.extend(map.processor.members(language, of_machine));
    members.put("ItemProcessor", Json::Object(processor));
    if let Some((resource, arguments)) = &map.writer {
        let mut writer = Members::default();
        writer.text("Resource", resource);
        writer.put(arguments_name(language), arguments.json(language));
        members.put("ResultWriter", Json::Object(writer.0));
    }
}

fn retrier(retrier: &Retrier) -> Json {
    let mut members = Members::default();
    members.put(
        "ErrorEquals",
        Json::List(retrier.errors.iter().map(Json::text).collect()),
    );
    if retrier.attempts > 0 {
        members.put("IntervalSeconds", Json::number(retrier.interval));
    }
    members.put("MaxAttempts", Json::number(retrier.attempts));
    if retrier.attempts > 0 {
        let (whole, tenth) = (retrier.rate_tenths / 10, retrier.rate_tenths % 10);
        let rate = if tenth == 0 {
            whole.to_string()
        } else {
            format!("{whole}.{tenth}")
        };
        members.put("BackoffRate", Json::Number(rate));
        members.put("MaxDelaySeconds", Json::number(retrier.max_delay));
        members.text("JitterStrategy", "FULL");
    }
    Json::Object(members.0)
}
