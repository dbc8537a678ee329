//! Follows a run through its visits: where the input of each comes from, and what it reads.

use std::collections::BTreeMap;
use std::rc::Rc;

use asl::expr::path::Path;
use asl::{MapMode, Node, QueryLanguage, State, StateKind};
use serde_json::Value;

use super::formula::Formula;
use super::origin::{Eyes, Hint, Origin, Shared, Variables, made, steps};
use super::place::{Place, Root};
use super::plan::Plan;
use super::trace::Visit;
use crate::choice::Condition;
use crate::mocks::Answer;
use crate::template::plain;

/// What was found of a visit.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    /// What it reads from what the execution is given, and what should stand there.
    pub(super) reads: Vec<(Place, Hint)>,
    /// The rules of a Choice.
    pub(super) rules: Vec<Formula>,
    /// The items of a Map.
    pub(super) items: Option<Shared>,
}

/// Follows the visits of one run.
pub(super) struct Flow<'f, 'd> {
    plan: &'f Plan<'d>,
    visits: &'f [Visit],
    answers: &'f BTreeMap<(String, u64), Answer>,
    /// The visits in each visit.
    inner: Vec<Vec<usize>>,
    pub(super) sources: Vec<Sources>,
}

/// What comes to a state.
#[derive(Clone)]
struct Coming {
    input: Shared,
    variables: Variables,
    item: Option<(Shared, usize)>,
}

impl<'f, 'd> Flow<'f, 'd> {
    pub(super) fn of(
        plan: &'f Plan<'d>,
        visits: &'f [Visit],
        answers: &'f BTreeMap<(String, u64), Answer>,
    ) -> Vec<Sources> {
        let mut inner = vec![Vec::new(); visits.len()];
        let mut outer = Vec::new();
        for (at, visit) in visits.iter().enumerate() {
            match visit.parent.and_then(|parent| inner.get_mut(parent)) {
                Some(inner) => inner.push(at),
                None => outer.push(at),
            }
        }
        let mut flow = Self {
            plan,
            visits,
            answers,
            inner,
            sources: vec![Sources::default(); visits.len()],
        };
        let coming = Coming {
            input: Rc::new(Origin::At(Place::of(Root::Input))),
            variables: Rc::default(),
            item: None,
        };
        flow.lane(&outer, coming);
        flow.sources
    }

    /// The visits of one branch or iteration, one after the other; what comes out.
    fn lane(&mut self, visits: &[usize], mut coming: Coming) -> Shared {
        for at in visits {
            let (output, assigned) = self.visit(*at, &coming);
            coming.input = output;
            if !assigned.is_empty() {
                Rc::make_mut(&mut coming.variables).extend(assigned);
            }
        }
        coming.input
    }

    /// One visit: its output, and what it assigns.
    fn visit(&mut self, at: usize, coming: &Coming) -> (Shared, BTreeMap<String, Shared>) {
        let plan = self.plan;
        let Some(visit) = self.visits.get(at) else {
            return (made(&coming.input), BTreeMap::new());
        };
        let Some(state) = visit.state.and_then(|state| plan.state(state)) else {
            return (made(&coming.input), BTreeMap::new());
        };
        let jsonata = state.query_language == QueryLanguage::Jsonata;
        let mut eyes = Eyes {
            plan,
            base: Rc::clone(&coming.input),
            input: Rc::clone(&coming.input),
            result: None,
            error: None,
            variables: &coming.variables,
            item: coming.item.clone(),
            reads: Vec::new(),
        };
        if !jsonata {
            eyes.base = selected(&mut eyes, state.field("InputPath"));
        }
        let filtered = Rc::clone(&eyes.base);
        amounts(&mut eyes, state, jsonata);
        let mut effective = Rc::clone(&filtered);
        let arguments = state.field(if jsonata { "Arguments" } else { "Parameters" });
        if let Some(arguments) = arguments
            && !matches!(state.kind, StateKind::Map(_))
        {
            effective = eyes.template(arguments, jsonata);
        }
        let done = match &state.kind {
            StateKind::Pass => match state.field("Result").filter(|_| !jsonata) {
                Some(result) => Origin::known(plain(result)),
                None => effective,
            },
            StateKind::Choice { rules, .. } => {
                eyes.base = Rc::clone(&effective);
                let rules = rules.iter();
                let formulas = rules.map(|rule| eyes.rule(&Condition::of(&rule.node, jsonata)));
                let formulas = formulas.collect();
                if let Some(sources) = self.sources.get_mut(at) {
                    sources.rules = formulas;
                }
                effective
            }
            StateKind::Task(_) => {
                let last = visit.calls.last();
                let answered = last
                    .filter(|call| matches!(self.answers.get(*call), Some(Answer::Return { .. })));
                match answered {
                    Some((state, before)) => {
                        Rc::new(Origin::At(Place::of(Root::Answer(state.clone(), *before))))
                    }
                    None => Rc::new(Origin::Made(Vec::new())),
                }
            }
            StateKind::Parallel(_) => self.branches(at, coming, &effective),
            StateKind::Map(map) => {
                let distributed = map.mode != MapMode::Inline;
                self.iterations(at, coming, &mut eyes, state, distributed)
            }
            _ => effective,
        };
        let (output, assigned) = match visit.caught {
            Some(catcher) => {
                // It may have failed over its result, which it reads here.
                let base = Rc::clone(&eyes.base);
                finished(&mut eyes, visit, state, done, jsonata);
                eyes.base = base;
                caught(&mut eyes, visit, state, catcher, jsonata)
            }
            None => finished(&mut eyes, visit, state, done, jsonata),
        };
        let reads = std::mem::take(&mut eyes.reads);
        if let Some(sources) = self.sources.get_mut(at) {
            sources.reads = reads;
        }
        (output, assigned)
    }

    fn branches(&mut self, at: usize, coming: &Coming, effective: &Shared) -> Shared {
        let mut results = Vec::new();
        for (_, _, visits) in self.lanes(at) {
            let coming = Coming {
                input: Rc::clone(effective),
                ..coming.clone()
            };
            results.push(self.lane(&visits, coming));
        }
        Rc::new(Origin::List(results))
    }

    fn iterations(
        &mut self,
        at: usize,
        coming: &Coming,
        eyes: &mut Eyes<'_, '_, '_>,
        state: &State,
        distributed: bool,
    ) -> Shared {
        let jsonata = state.query_language == QueryLanguage::Jsonata;
        let filtered = Rc::clone(&eyes.base);
        let reader = state.has("ItemReader");
        for (name, inner) in [
            (
                "ItemReader",
                if jsonata { "Arguments" } else { "Parameters" },
            ),
            (
                "ResultWriter",
                if jsonata { "Arguments" } else { "Parameters" },
            ),
            ("ItemBatcher", "BatchInput"),
        ] {
            if let Some(node) = state.field(name).and_then(|node| node.get(inner)) {
                eyes.template(node, jsonata);
            }
        }
        let call = self.visits.get(at).and_then(|visit| visit.calls.first());
        let items = match (call, state.field("ItemsPath"), state.field("Items")) {
            (Some((name, before)), ..) if reader => {
                Rc::new(Origin::At(Place::of(Root::Answer(name.clone(), *before))))
            }
            _ if reader => Rc::new(Origin::Made(Vec::new())),
            (_, Some(path), _) if !jsonata => {
                eyes.dynamic(path.as_str().unwrap_or_default(), Hint::List)
            }
            (_, _, Some(items)) if jsonata => {
                match items.as_str().and_then(crate::template::expression) {
                    Some(text) => eyes.expression(text, Hint::List),
                    None => eyes.template(items, true),
                }
            }
            _ => filtered,
        };
        eyes.note(&items, Hint::List);
        if let Some(sources) = self.sources.get_mut(at) {
            sources.items = Some(Rc::clone(&items));
        }
        let selector = state
            .field("ItemSelector")
            .or_else(|| state.field("Parameters").filter(|_| !jsonata));
        let lanes = self.lanes(at);
        if let Some(selector) = selector.filter(|_| lanes.is_empty()) {
            // The first item may have failed over it.
            let before = eyes.item.replace((items.index(0), 0));
            eyes.template(selector, jsonata);
            eyes.item = before;
        }
        let mut results = Vec::new();
        for (_, lane, visits) in lanes {
            let item = if state.has("ItemBatcher") {
                let batch = BTreeMap::from([("Items".to_owned(), Rc::clone(&items))]);
                let rest = Some(Rc::new(Origin::Made(Vec::new())));
                Rc::new(Origin::Object(batch, rest))
            } else {
                items.index(lane)
            };
            let before = eyes.item.replace((Rc::clone(&item), lane));
            let input = match selector {
                Some(selector) => eyes.template(selector, jsonata),
                None => Rc::clone(&item),
            };
            eyes.item = before;
            let variables = if distributed {
                Rc::default()
            } else {
                Rc::clone(&coming.variables)
            };
            let coming = Coming {
                input,
                variables,
                item: Some((item, lane)),
            };
            results.push(self.lane(&visits, coming));
        }
        if state.has("ResultWriter") {
            return Rc::new(Origin::Made(Vec::new()));
        }
        Rc::new(Origin::List(results))
    }

    /// The visits in a visit, by attempt and branch or iteration.
    fn lanes(&self, at: usize) -> Vec<(usize, usize, Vec<usize>)> {
        let mut lanes: Vec<(usize, usize, Vec<usize>)> = Vec::new();
        for inner in self.inner.get(at).into_iter().flatten() {
            let Some(visit) = self.visits.get(*inner) else {
                continue;
            };
            match lanes.last_mut() {
                Some((attempt, lane, visits))
                    if *attempt == visit.attempt && *lane == visit.lane =>
                {
                    visits.push(*inner);
                }
                _ => lanes.push((visit.attempt, visit.lane, vec![*inner])),
            }
        }
        lanes
    }
}

/// What a path of a field selects.
fn selected(eyes: &mut Eyes<'_, '_, '_>, node: Option<&Node>) -> Shared {
    match node {
        None => Rc::clone(&eyes.base),
        Some(node) => match node.as_str() {
            None => Origin::known(Value::Object(serde_json::Map::new())),
            Some(text) => eyes.dynamic(text, Hint::Any),
        },
    }
}

/// What the fields read that are numbers, instants and texts.
fn amounts(eyes: &mut Eyes<'_, '_, '_>, state: &State, jsonata: bool) {
    let fields = [
        ("Seconds", Hint::Number),
        ("TimeoutSeconds", Hint::Number),
        ("HeartbeatSeconds", Hint::Number),
        ("MaxConcurrency", Hint::Number),
        ("ToleratedFailureCount", Hint::Number),
        ("ToleratedFailurePercentage", Hint::Number),
        ("Timestamp", Hint::Timestamp),
        ("Error", Hint::Text),
        ("Cause", Hint::Text),
    ];
    for (name, hint) in fields {
        let by_path = state.field(&format!("{name}Path")).filter(|_| !jsonata);
        let text = by_path.or_else(|| state.field(name).filter(|_| jsonata));
        match text.and_then(Node::as_str) {
            Some(text) if by_path.is_some() => {
                eyes.dynamic(text, hint);
            }
            Some(text) => {
                if let Some(text) = crate::template::expression(text) {
                    eyes.expression(text, hint);
                }
            }
            None => {}
        }
    }
}

type Assigned = BTreeMap<String, Shared>;

/// Where a state did its work.
fn finished(
    eyes: &mut Eyes<'_, '_, '_>,
    visit: &Visit,
    state: &State,
    done: Shared,
    jsonata: bool,
) -> (Shared, Assigned) {
    // A Choice has them on the rule that it chose.
    let rule = match (&state.kind, visit.chose) {
        (StateKind::Choice { rules, .. }, Some(Some(rule))) => rules.get(rule),
        _ => None,
    };
    let field = |name: &str| match rule {
        Some(rule) => rule.node.get(name),
        None => state.field(name),
    };
    if jsonata {
        eyes.result = Some(Rc::clone(&done));
        let assigned = assigned(eyes, field("Assign"), true);
        let output = match (field("Output"), &state.kind) {
            (Some(output), _) => eyes.template(output, true),
            (None, StateKind::Choice { .. }) => Rc::clone(&eyes.input),
            (None, _) => done,
        };
        return (output, assigned);
    }
    let shaped = match state.field("ResultSelector") {
        Some(selector) => {
            eyes.base = done;
            eyes.template(selector, false)
        }
        None => done,
    };
    eyes.base = Rc::clone(&shaped);
    let assigned = assigned(eyes, field("Assign"), false);
    let placed = match state.kind {
        StateKind::Wait(_) | StateKind::Succeed | StateKind::Choice { .. } => shaped,
        _ => place(&eyes.input, state.field("ResultPath"), shaped),
    };
    eyes.base = placed;
    (selected(eyes, state.field("OutputPath")), assigned)
}

/// Where a catcher took an error.
fn caught(
    eyes: &mut Eyes<'_, '_, '_>,
    visit: &Visit,
    state: &State,
    catcher: usize,
    jsonata: bool,
) -> (Shared, Assigned) {
    let error = visit.erred.last();
    let told = |text: Option<&String>| Origin::known(text.cloned().unwrap_or_default().into());
    let told = BTreeMap::from([
        ("Error".to_owned(), told(error.map(|it| &it.error))),
        ("Cause".to_owned(), told(error.map(|it| &it.cause))),
    ]);
    let told = Rc::new(Origin::Object(told, None));
    let Some(catcher) = state.catch.get(catcher) else {
        return (told, Assigned::new());
    };
    eyes.error = Some(Rc::clone(&told));
    eyes.base = Rc::clone(&told);
    let assigned = assigned(eyes, catcher.node.get("Assign"), jsonata);
    let output = match catcher.node.get("Output") {
        Some(output) if jsonata => eyes.template(output, true),
        _ if jsonata => told,
        _ => place(&eyes.input, catcher.node.get("ResultPath"), told),
    };
    (output, assigned)
}

fn assigned(eyes: &mut Eyes<'_, '_, '_>, node: Option<&Node>, jsonata: bool) -> Assigned {
    let Some(node) = node else {
        return Assigned::new();
    };
    match &*eyes.template(node, jsonata) {
        Origin::Object(members, _) => members.clone(),
        _ => Assigned::new(),
    }
}

/// A result where `ResultPath` puts it.
fn place(input: &Shared, path: Option<&Node>, result: Shared) -> Shared {
    let Some(path) = path else { return result };
    let Some(text) = path.as_str() else {
        return Rc::clone(input);
    };
    match Path::parse(text) {
        Ok(path) => match steps(&path) {
            (steps, true) => Origin::put(input, &steps, result),
            _ => made(input),
        },
        Err(_) => made(input),
    }
}
