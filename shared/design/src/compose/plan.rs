//! The order of steps: one after the other, and side by side where `after` allows it.

use std::collections::{BTreeMap, BTreeSet};

use crate::requirements::{Step, Work};

/// A step, or steps that are put together.
#[derive(Clone, Debug)]
pub(crate) enum Node<'r> {
    /// As it is.
    Step(&'r Step),
    /// Chains that do not wait for each other.
    Together(Vec<Vec<Node<'r>>>),
    /// Steps that an Express child does.
    Nested(Vec<&'r Step>),
}

impl<'r> Node<'r> {
    /// The steps in it, in order, without those inside of `parallel` and `each`.
    pub(crate) fn steps(&self) -> Vec<&'r Step> {
        match self {
            Self::Step(step) => vec![step],
            Self::Together(branches) => branches.iter().flatten().flat_map(Node::steps).collect(),
            Self::Nested(steps) => steps.clone(),
        }
    }
}

/// The order of the steps of one scope, and where each leads that does not lead to the next.
pub(crate) struct Plan<'r> {
    pub(crate) nodes: Vec<Node<'r>>,
    /// Steps that lead elsewhere than to the node after them; to the end where there is nothing.
    pub(crate) leads: BTreeMap<String, Option<String>>,
    /// Steps that are only done instead of others.
    pub(crate) instead: BTreeSet<String>,
    /// Steps that also wait for others than they say, because branches cannot be drawn otherwise.
    pub(crate) also: Vec<(String, Vec<String>)>,
}

impl Plan<'_> {
    /// Places of the nodes that may come after one; ways that lead back apart.
    pub(crate) fn after(&self, first: usize) -> BTreeSet<usize> {
        let place = |id: &str| {
            let has = |node: &Node<'_>| node.steps().iter().any(|step| step.id == id);
            self.nodes.iter().position(has)
        };
        let mut found = BTreeSet::new();
        let mut open = vec![first];
        while let Some(at) = open.pop() {
            let next: Vec<usize> = match self.nodes.get(at) {
                Some(Node::Step(step)) => match (&step.work, self.leads.get(&step.id)) {
                    (Work::Choose(ways), _) => {
                        let otherwise = ways.iter().all(|way| way.when.is_some());
                        let goes = ways.iter().filter_map(|way| place(&way.go));
                        goes.chain(otherwise.then_some(at + 1)).collect()
                    }
                    (_, Some(to)) => to.as_deref().and_then(place).into_iter().collect(),
                    (_, None) => vec![at + 1],
                },
                _ => vec![at + 1],
            };
            for next in next {
                if next > first && next < self.nodes.len() && found.insert(next) {
                    open.push(next);
                }
            }
        }
        found
    }
}

/// Plans one list of steps. `nested` are consecutive steps for an Express child.
pub(crate) fn plan<'r>(steps: &'r [Step], nested: &[String]) -> Plan<'r> {
    let mut instead = BTreeSet::new();
    let goes: BTreeSet<&str> = steps
        .iter()
        .flat_map(|step| match &step.work {
            Work::Choose(ways) => ways.iter().map(|way| way.go.as_str()).collect(),
            _ => Vec::new(),
        })
        .collect();
    let fallbacks = steps
        .iter()
        .filter_map(|step| step.breaker.as_ref()?.fallback.as_deref());
    for fallback in fallbacks {
        let named = |step: &Step| step.after.iter().any(|before| before == fallback);
        if steps.iter().any(|step| step.id == fallback)
            && !goes.contains(fallback)
            && !steps.iter().any(named)
        {
            instead.insert(fallback.to_owned());
        }
    }
    let main: Vec<&Step> = steps
        .iter()
        .filter(|step| !instead.contains(&step.id))
        .collect();
    let before = before(&main);
    let is_chain = main.windows(2).all(|pair| match pair {
        [left, right] => {
            let own = before.get(right.id.as_str());
            own.is_some_and(|own| own.len() == 1 && own.contains(left.id.as_str()))
        }
        _ => true,
    });
    let mut leads = BTreeMap::new();
    let mut also = Vec::new();
    let nodes = if is_chain {
        chain(&main, nested)
    } else if goes.is_empty() {
        series(&order(&main, &before), &before, &mut also)
    } else {
        // Ways of a choice come together where a step says that it comes after them.
        let ordered = order(&main, &before);
        for (at, step) in ordered.iter().enumerate() {
            let follows = |other: &&&Step| {
                before
                    .get(other.id.as_str())
                    .is_some_and(|own| own.contains(step.id.as_str()))
            };
            let to = ordered
                .iter()
                .skip(at + 1)
                .find(follows)
                .map(|other| other.id.clone());
            let is_choice = matches!(step.work, Work::Choose(_));
            let said = main.iter().any(|other| other.after.contains(&step.id));
            let next = ordered.get(at + 1).map(|other| other.id.clone());
            if !is_choice && to != next && (said || to.is_none()) {
                leads.insert(step.id.clone(), to);
            }
        }
        ordered.into_iter().map(Node::Step).collect()
    };
    Plan {
        nodes,
        leads,
        instead,
        also,
    }
}

fn chain<'r>(steps: &[&'r Step], nested: &[String]) -> Vec<Node<'r>> {
    let mut nodes: Vec<Node<'r>> = Vec::new();
    for step in steps {
        if !nested.contains(&step.id) {
            nodes.push(Node::Step(step));
        } else if let Some(Node::Nested(inside)) = nodes.last_mut() {
            inside.push(step);
        } else {
            nodes.push(Node::Nested(vec![step]));
        }
    }
    nodes
}

/// The steps that come before each: those it names, or the one before it in the file.
fn before<'r>(steps: &[&'r Step]) -> BTreeMap<&'r str, BTreeSet<&'r str>> {
    let ids: BTreeSet<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    let mut previous: Option<&str> = None;
    let mut all = BTreeMap::new();
    for step in steps {
        let said: BTreeSet<&str> = step
            .after
            .iter()
            .map(String::as_str)
            .filter(|id| ids.contains(id) && *id != step.id)
            .collect();
        let own = if step.after.is_empty() {
            previous.into_iter().collect()
        } else {
            said
        };
        all.insert(step.id.as_str(), own);
        previous = Some(&step.id);
    }
    all
}

/// In the order of the file as far as `after` allows; what goes round in a circle stays where it is.
fn order<'r>(steps: &[&'r Step], before: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<&'r Step> {
    let mut left: Vec<&Step> = steps.to_vec();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let ready = |step: &&Step| {
            before
                .get(step.id.as_str())
                .is_none_or(|own| own.iter().all(|id| done.contains(id)))
        };
        let at = left.iter().position(ready).unwrap_or_default();
        let step = left.remove(at);
        done.insert(&step.id);
        ordered.push(step);
    }
    ordered
}

/// A chain of steps and of chains side by side.
fn series<'r>(
    steps: &[&'r Step],
    before: &BTreeMap<&str, BTreeSet<&str>>,
    also: &mut Vec<(String, Vec<String>)>,
) -> Vec<Node<'r>> {
    if let [only] = steps {
        return vec![Node::Step(only)];
    }
    if steps.is_empty() {
        return Vec::new();
    }
    let apart = apart(steps, before);
    if apart.len() > 1 {
        let branches = apart
            .iter()
            .map(|part| series(part, before, also))
            .collect();
        return vec![Node::Together(branches)];
    }
    // All of the first part comes before all of the second.
    let all_before = reach(steps, before);
    let cut = (1..steps.len()).find(|&cut| {
        let (first, second) = steps.split_at(cut);
        let comes_after_all = |step: &&Step| {
            all_before
                .get(step.id.as_str())
                .is_some_and(|own| first.iter().all(|early| own.contains(early.id.as_str())))
        };
        second.iter().all(comes_after_all)
    });
    // Where there is no such place, what waits for nothing goes first.
    let is_first = |step: &Step| {
        let own = before.get(step.id.as_str());
        own.is_none_or(|own| !steps.iter().any(|other| own.contains(other.id.as_str())))
    };
    let (first, second): (Vec<&Step>, Vec<&Step>) = match cut {
        Some(cut) => {
            let (first, second) = steps.split_at(cut);
            (first.to_vec(), second.to_vec())
        }
        None => steps.iter().copied().partition(|step| is_first(step)),
    };
    if first.is_empty() || second.is_empty() {
        return steps.iter().map(|step| Node::Step(step)).collect();
    }
    if cut.is_none() {
        for step in &second {
            let own = all_before.get(step.id.as_str());
            let waits = |early: &&&Step| own.is_none_or(|own| !own.contains(early.id.as_str()));
            let more: Vec<String> = first
                .iter()
                .filter(waits)
                .map(|early| early.id.clone())
                .collect();
            if !more.is_empty() {
                also.push((step.id.clone(), more));
            }
        }
    }
    let mut nodes = series(&first, before, also);
    nodes.extend(series(&second, before, also));
    nodes
}

/// Groups that have nothing to do with each other.
fn apart<'r>(steps: &[&'r Step], before: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Vec<&'r Step>> {
    let mut groups: Vec<Vec<&'r Step>> = Vec::new();
    for &step in steps {
        let touches = |group: &Vec<&Step>| {
            group.iter().any(|other| {
                let waits = |one: &Step, two: &Step| {
                    before
                        .get(one.id.as_str())
                        .is_some_and(|own| own.contains(two.id.as_str()))
                };
                waits(step, other) || waits(other, step)
            })
        };
        let (mut own, rest): (Vec<_>, Vec<_>) = groups.into_iter().partition(touches);
        let mut joined: Vec<&Step> = own.drain(..).flatten().collect();
        joined.push(step);
        groups = rest;
        groups.push(joined);
    }
    let place = |step: &Step| steps.iter().position(|other| other.id == step.id);
    for group in &mut groups {
        group.sort_by_key(|step| place(step));
    }
    groups.sort_by_key(|group| group.first().and_then(|step| place(step)));
    groups
}

/// All steps that come before each, also by way of others.
fn reach<'r>(
    steps: &[&'r Step],
    before: &BTreeMap<&str, BTreeSet<&'r str>>,
) -> BTreeMap<&'r str, BTreeSet<&'r str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for step in steps {
        let own = before.get(step.id.as_str()).cloned().unwrap_or_default();
        let further: BTreeSet<&str> = own
            .iter()
            .filter_map(|id| all.get(id))
            .flatten()
            .copied()
            .collect();
        all.insert(&step.id, own.union(&further).copied().collect());
    }
    all
}
