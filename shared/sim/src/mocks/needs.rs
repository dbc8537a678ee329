//! What a definition reads of the result of each call.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use asl::payload::{Way, Write, writes};
use asl::{Definition, EdgeKind, QueryLanguage, Scope, State, StateKind};
use serde_json::Value;

use super::invented::good;
use super::uses::{From, Leaf, Use, item_path, path_of, places, text_for, uses};

/// States that one result is followed through.
const FURTHEST: usize = 500;
/// Places of one result.
const MOST: usize = 200;

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A member of an object.
    Member(String),
    /// This item of a list, and for what is read of all items, all.
    Item(usize),
}

/// What is read of a result.
#[derive(Clone, Debug)]
pub(super) struct Need {
    pub(super) place: Vec<Place>,
    /// What may be there; never empty.
    pub(super) values: Vec<Value>,
    pub(super) leaf: Leaf,
}

impl Need {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for place in &self.place {
            match place {
                Place::Member(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                Place::Item(at) => {
                    text.push('[');
                    text.push_str(&at.to_string());
                    text.push(']');
                }
            }
        }
        text
    }
}

/// By the name of the Task, or of the Map with a reader.
pub(super) fn needs(definition: &Definition) -> BTreeMap<String, Vec<Need>> {
    let mut all = BTreeMap::new();
    let mut scopes = vec![&definition.machine.scope];
    let mut cache = BTreeMap::new();
    while let Some(scope) = scopes.pop() {
        for (index, state) in scope.states.iter().enumerate() {
            scopes.extend(state.scopes());
            let mut search = Search {
                cache: &mut cache,
                found: Vec::new(),
                seen: BTreeSet::new(),
            };
            match &state.kind {
                StateKind::Task(_) => search.of_task(scope, index, state),
                StateKind::Map(_) if state.has("ItemReader") => {
                    search.of_items(state, &Part::default());
                }
                _ => continue,
            }
            let found = done(search.found);
            if !found.is_empty() {
                all.insert(state.name.value.clone(), found);
            }
        }
    }
    all
}

/// What is read of the input of the execution.
pub(super) fn needs_of_input(definition: &Definition) -> Vec<Need> {
    let mut search = Search {
        cache: &mut BTreeMap::new(),
        found: Vec::new(),
        seen: BTreeSet::new(),
    };
    search.start(&definition.machine.scope, &Part::default());
    done(search.found)
}

/// One need for each place, inner ones first.
fn done(mut found: Vec<Need>) -> Vec<Need> {
    // Of two reads of one place, that counts which says more of what is there.
    found.sort_by(|a, b| {
        let order = |need: &Need| (Reverse(need.place.len()), Reverse(need.leaf));
        order(a).cmp(&order(b)).then_with(|| a.place.cmp(&b.place))
    });
    let mut done: Vec<Need> = Vec::new();
    for need in found {
        let Some(same) = done.iter_mut().find(|it| it.place == need.place) else {
            done.push(need);
            continue;
        };
        if same.leaf == Leaf::Compared && need.leaf == Leaf::Compared {
            for value in need.values {
                if !same.values.contains(&value) {
                    same.values.push(value);
                }
            }
        }
    }
    done.truncate(MOST);
    for need in done.iter_mut().filter(|it| it.leaf == Leaf::Compared) {
        settle(&mut need.values, &need.place);
    }
    done
}

/// Of the values that a Choice compares with: the one that stands for success, always; else all of them and then one that is none
/// of them, call by call, so that a loop that polls comes to its end.
fn settle(values: &mut Vec<Value>, place: &[Place]) {
    let rank = |value: &Value| {
        let word = value.as_str()?;
        good().position(|good| good.eq_ignore_ascii_case(word))
    };
    let best = values
        .iter()
        .filter_map(|value| Some((rank(value)?, value)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, value)| value.clone());
    if let Some(best) = best {
        *values = vec![best];
        return;
    }
    let other = match values.first() {
        Some(Value::String(_)) => text_for(place),
        Some(Value::Bool(first)) => Value::Bool(!first),
        _ => return,
    };
    if !values.contains(&other) {
        values.push(other);
    }
}

/// Where a part of the result stands: at `prefix` of what goes from state to state is `base` of the result.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    prefix: Vec<Place>,
    base: Vec<Place>,
}

impl Part {
    /// The same, seen from what a path selects; none where that path selects something else.
    fn within(&self, path: &[Place]) -> Option<Self> {
        if let Some(rest) = self.prefix.strip_prefix(path) {
            return Some(Self {
                prefix: rest.to_vec(),
                base: self.base.clone(),
            });
        }
        Some(Self {
            prefix: Vec::new(),
            base: self.of(path)?,
        })
    }

    /// Where in the result a path leads to.
    fn of(&self, path: &[Place]) -> Option<Vec<Place>> {
        let rest = path.strip_prefix(self.prefix.as_slice())?;
        Some([self.base.as_slice(), rest].concat())
    }
}

struct Search<'c> {
    /// What states read, by the place of the state in the text.
    cache: &'c mut BTreeMap<usize, Vec<Use>>,
    found: Vec<Need>,
    seen: BTreeSet<(usize, Part)>,
}

impl Search<'_> {
    fn uses(&mut self, state: &State) -> Vec<Use> {
        let uses_of = || uses(state);
        self.cache
            .entry(state.span.start)
            .or_insert_with(uses_of)
            .clone()
    }

    fn need(&mut self, place: Vec<Place>, read: &Use) {
        // That the whole result is read says nothing of what it is.
        if !(place.is_empty() && read.leaf == Leaf::Any) {
            self.found.push(Need {
                place,
                values: read.values.clone(),
                leaf: read.leaf,
            });
        }
    }

    fn of_task(&mut self, scope: &Scope, index: usize, state: &State) {
        let own = self.uses(state);
        for read in own.iter().filter(|read| read.from == From::Result) {
            self.need(read.place.clone(), read);
        }
        // What comes behind has other names.
        if state.has("ResultSelector") {
            return;
        }
        let written = writes(state).into_iter().find(|(way, _)| *way == Way::Done);
        let prefix = match written {
            Some((_, Write::Replaces)) => Some(Vec::new()),
            Some((_, Write::Into(path))) => places(&path),
            _ => None,
        };
        let Some(prefix) = prefix else { return };
        let part = Part {
            prefix,
            base: Vec::new(),
        };
        for read in own.iter().filter(|read| read.from == From::Combined) {
            if let Some(place) = part.of(&read.place) {
                self.need(place, read);
            }
        }
        let behind = path_of(state, "OutputPath").and_then(|path| part.within(&path));
        if let Some(part) = behind {
            self.go_on(scope, index, &part);
        }
    }

    /// Follows the result into the states that come after one that passes it on.
    fn go_on(&mut self, scope: &Scope, index: usize, part: &Part) {
        for edge in scope.graph().out_of(index) {
            if !matches!(edge.kind, EdgeKind::Catch(_)) {
                self.enter(scope, edge.to, part);
            }
        }
    }

    fn enter(&mut self, scope: &Scope, index: usize, part: &Part) {
        let Some(state) = scope.states.get(index) else {
            return;
        };
        let is_new = self.seen.insert((state.span.start, part.clone()));
        if !is_new || self.seen.len() > FURTHEST {
            return;
        }
        let filtered = path_of(state, "InputPath").and_then(|path| part.within(&path));
        for read in self.uses(state) {
            let place = match (read.from, &filtered) {
                (From::Input, _) => part.of(&read.place),
                (From::Filtered, Some(filtered)) => filtered.of(&read.place),
                _ => None,
            };
            if let Some(place) = place {
                self.need(place, &read);
            }
        }
        let inner = filtered.as_ref().filter(|_| !state.has("Parameters"));
        if let (StateKind::Parallel(_), Some(inner)) = (&state.kind, inner) {
            // What `Arguments` makes of it, the branches know by other names.
            for branch in state.scopes().iter().filter(|_| !state.has("Arguments")) {
                self.start(branch, inner);
            }
        }
        if let (StateKind::Map(_), Some(filtered)) = (&state.kind, &filtered)
            && let Some(items) = item_path(state)
            && let Some(items) = filtered.within(&items)
        {
            self.of_items(state, &items);
        }
        if let Some(part) = passed_on(state, part, filtered) {
            self.go_on(scope, index, &part);
        }
    }

    fn start(&mut self, scope: &Scope, part: &Part) {
        if let Some(start) = scope.graph().start {
            self.enter(scope, start, part);
        }
    }

    /// Follows a result into the items of a Map. The part is the list of them.
    fn of_items(&mut self, state: &State, list: &Part) {
        let mut item = list.clone();
        match item.prefix.split_first() {
            // Each item is some of the result.
            None => item.base.push(Place::Item(0)),
            // The result is in each item.
            Some((Place::Item(_), rest)) => item.prefix = rest.to_vec(),
            Some((Place::Member(_), _)) => return,
        }
        for read in self.uses(state) {
            if read.from == From::Item
                && let Some(place) = item.of(&read.place)
            {
                self.need(place, &read);
            }
        }
        let makes = |name: &str| state.has(name);
        if makes("ItemSelector") || makes("Parameters") {
            return;
        }
        if makes("ItemBatcher") {
            let items = [Place::Member("Items".to_owned()), Place::Item(0)];
            item.prefix.splice(0..0, items);
        }
        for scope in state.scopes() {
            self.start(scope, &item);
        }
    }
}

/// Where the result stands behind a state that it came to; none where it is not passed on.
fn passed_on(state: &State, part: &Part, filtered: Option<Part>) -> Option<Part> {
    if state.query_language == QueryLanguage::Jsonata {
        let passes = match &state.kind {
            StateKind::Choice { .. } | StateKind::Wait(_) | StateKind::Pass => !state.has("Output"),
            _ => false,
        };
        return passes.then(|| part.clone());
    }
    let makes = state.has("Parameters") || state.has("Result") || state.has("ResultPath");
    let behind = match &state.kind {
        StateKind::Choice { .. } | StateKind::Wait(_) => filtered,
        StateKind::Pass if !makes => filtered,
        StateKind::Pass | StateKind::Task(_) | StateKind::Map(_) | StateKind::Parallel(_) => {
            let written = writes(state)
                .into_iter()
                .find(|(way, _)| *way == Way::Done)?;
            match written.1 {
                Write::Nowhere => Some(part.clone()),
                Write::Into(path) => {
                    let path = places(&path)?;
                    let stays = !part.prefix.starts_with(&path);
                    stays.then(|| part.clone())
                }
                _ => None,
            }
        }
        _ => None,
    }?;
    behind.within(&path_of(state, "OutputPath")?)
}
