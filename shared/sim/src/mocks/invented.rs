//! Answers that are made up where nothing says what a service answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use asl::{Definition, Pattern, Resource, StateKind};
use serde_json::{Map, Value, json};

use super::needs::{Need, Place, needs, needs_of_input};
use super::uses::Leaf;
use super::{Answer, Call, Tasks};

/// What calls are taken to return.
///
/// Source: the file says it of each.
static DATA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/answers.json")).unwrap_or_default()
});

/// Words for work that went well, in the order of preference.
pub(super) fn good() -> impl Iterator<Item = &'static str> {
    let words = DATA.get("good").and_then(Value::as_array);
    words.into_iter().flatten().filter_map(Value::as_str)
}

/// Answers each call with a result that such a call may have: always the same, and never an error.
///
/// A result has the members that the service is known to return, and those that the definition reads of it later: in
/// `ResultSelector`, in Choices, in templates and paths of the states that follow. Where Choices compare such a member with fixed
/// values, it is the one that stands for success; where none does, each call of the Task gets the next of them, and after the last
/// one none of them: a loop that polls comes to its end. How long a call takes is not known, and nothing is made up: it takes no
/// time, unless [`Invented::taking`] says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Invented {
    needs: BTreeMap<String, Vec<Need>>,
    /// Maps that read their items from elsewhere.
    readers: BTreeSet<String>,
    after_ms: u64,
    used: BTreeMap<String, Invention>,
}

/// An answer that was made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invention {
    /// Name of the Task, or of the Map whose items are read.
    pub state: String,
    /// `Resource`, as written.
    pub resource: String,
    /// True where it is known what such a call returns.
    pub is_known: bool,
    /// What the definition reads of it, and it has therefore: `Payload.status`.
    pub read: Vec<String>,
    /// How often it was given.
    pub calls: u64,
}

impl fmt::Display for Invention {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "the answer to `{}` ({}) is invented",
            self.state, self.resource
        )?;
        if !self.is_known {
            out.write_str("; nothing is known of what it returns")?;
        }
        if !self.read.is_empty() {
            write!(
                out,
                "; it has `{}`, which is read later",
                self.read.join("`, `")
            )?;
        }
        Ok(())
    }
}

impl Invented {
    /// Answers for a definition.
    pub fn of(definition: &Definition) -> Self {
        let states = definition.states().into_iter();
        let readers = states
            .filter(|state| matches!(state.kind, StateKind::Map(_)) && state.has("ItemReader"));
        Self {
            needs: needs(definition),
            readers: readers.map(|state| state.name.value.clone()).collect(),
            ..Self::default()
        }
    }

    /// An input for a definition: an object with what its states read of the input where it is passed on to them.
    pub fn input(definition: &Definition) -> Value {
        let mut input = Value::Null;
        for need in needs_of_input(definition) {
            put(&mut input, &need.place, need.values.first(), need.leaf);
        }
        match input {
            Value::Null => json!({}),
            input => input,
        }
    }

    /// Each call takes that long.
    #[must_use]
    pub fn taking(self, after_ms: u64) -> Self {
        Self { after_ms, ..self }
    }

    /// What was made up so far, in the order of the names of the states.
    pub fn notes(&self) -> impl Iterator<Item = &Invention> {
        self.used.values()
    }

    /// A result, and whether the service is known to return such a one.
    fn result(&self, call: &Call<'_>) -> (Value, bool) {
        let known = base(call);
        let is_known = known.is_some();
        let mut result = match known {
            Some(known) if self.readers.contains(call.state) => listed(&known),
            None if self.readers.contains(call.state) => json!([{}]),
            known => known.unwrap_or_default(),
        };
        let at = usize::try_from(call.before).unwrap_or_default();
        let is_last_page = at > 0;
        if is_last_page && let Some(members) = result.as_object_mut() {
            members.retain(|name, _| !is_of_a_page(name));
        }
        for need in self.needs.get(call.state).into_iter().flatten() {
            if is_last_page
                && matches!(need.place.last(), Some(Place::Member(name)) if is_of_a_page(name))
            {
                continue;
            }
            let value = need.values.get(at % need.values.len().max(1));
            put(&mut result, &need.place, value, need.leaf);
        }
        if result.is_null() {
            result = json!({});
        }
        (result, is_known)
    }
}

/// What says that there is a further page. There are two, so that a loop over pages comes to its end.
fn is_of_a_page(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = [
        "nexttoken",
        "continuationtoken",
        "pagetoken",
        "marker",
        "lastevaluatedkey",
    ];
    ends.iter().any(|end| name.ends_with(end))
}

/// The items that a reader finds in what the call returns.
fn listed(known: &Value) -> Value {
    match known.get("Contents") {
        Some(objects) => objects.clone(),
        None => json!([{}]),
    }
}

impl Tasks for Invented {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let (output, is_known) = self.result(call);
        let needs = self.needs.get(call.state);
        let used = self
            .used
            .entry(call.state.to_owned())
            .or_insert_with(|| Invention {
                state: call.state.to_owned(),
                resource: call.resource.to_owned(),
                is_known,
                read: needs.into_iter().flatten().map(Need::text).collect(),
                calls: 0,
            });
        used.calls += 1;
        Answer::Return {
            output,
            after_ms: self.after_ms,
        }
    }
}

/// What such a call returns, whatever the definition makes of it.
fn base(call: &Call<'_>) -> Option<Value> {
    let Resource::Integration {
        service,
        action,
        pattern,
        sdk,
        arn,
    } = Resource::parse(call.resource)
    else {
        // A function or a worker gives what it likes.
        return None;
    };
    let service = match service.as_str() {
        "sfn" if sdk => "states",
        "eventbridge" if sdk => "events",
        "emr" if sdk => "elasticmapreduce",
        other => other,
    };
    let suffix = match pattern {
        Pattern::RequestResponse => "",
        // Whoever returns the token says what the result is.
        Pattern::WaitForTaskToken => return None,
        Pattern::Sync if arn.ends_with(".sync:2") => ".sync:2",
        Pattern::Sync => ".sync",
    };
    let known = |suffix: &str| {
        let calls = DATA.get("calls")?;
        calls.get(format!("{service}:{action}{suffix}"))
    };
    let entry = known(suffix).or_else(|| known(".sync").filter(|_| suffix == ".sync:2"))?;
    let mut result = entry.get("result").cloned().unwrap_or_default();
    fill(&mut result, call.input);
    if entry.get("metadata").is_some()
        && !sdk
        && let Value::Object(members) = &mut result
    {
        members.insert("SdkHttpMetadata".to_owned(), json!({"HttpStatusCode": 200}));
        let id = json!({"RequestId": "00000000-0000-4000-8000-000000000001"});
        members.insert("SdkResponseMetadata".to_owned(), id);
    }
    Some(result)
}

/// Puts members of the input where they are named.
fn fill(value: &mut Value, input: &Value) {
    match value {
        Value::String(text) => {
            let name = text.strip_prefix('<').and_then(|it| it.strip_suffix('>'));
            if let Some(name) = name {
                let given = input.get(name).filter(|it| it.is_string());
                *value = given.cloned().unwrap_or_else(|| json!(name));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, input)),
        Value::Object(members) => members.values_mut().for_each(|it| fill(it, input)),
        _ => {}
    }
}

/// Puts a value where something reads it. What is there stays, unless it is compared with values of its type, or is an empty list
/// of which items are read.
fn put(value: &mut Value, place: &[Place], leaf: Option<&Value>, kind: Leaf) {
    let Some((first, rest)) = place.split_first() else {
        let leaf = leaf.cloned().unwrap_or_default();
        let same_type = std::mem::discriminant(value) == std::mem::discriminant(&leaf);
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        if value.is_null() || same_type && (kind == Leaf::Compared || is_empty) {
            *value = leaf;
        }
        return;
    };
    if value.is_null() {
        *value = match first {
            Place::Member(_) => Value::Object(Map::new()),
            Place::Item(_) => Value::Array(Vec::new()),
        };
    }
    match (first, value) {
        (Place::Member(name), Value::Object(members)) => {
            let inner = members.entry(name.clone()).or_insert(Value::Null);
            put(inner, rest, leaf, kind);
        }
        (Place::Item(at), Value::Array(items)) => {
            if items.len() <= *at {
                items.resize(*at + 1, Value::Null);
            }
            for item in items {
                put(item, rest, leaf, kind);
            }
        }
        _ => {}
    }
}
