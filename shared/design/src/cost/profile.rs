//! What one execution of a composed machine does, counted along its ways.

use std::collections::BTreeMap;

use pricing::num;
use rust_decimal::Decimal;

use super::{Calls, Children, Nested, Profile};
use crate::compose::Composed;
use crate::decide::{
    Decisions, MapDecision, Pattern, Polling, Workflow, estimate, workflow::blockers,
};
use crate::machine::{Kind, Label, Scope, State};
use crate::requirements::{Duration, Requirements, Step, Work};

/// Counts what one execution does. Where a Choice parts the ways, the `probability` of the steps behind it counts.
pub fn profile(requirements: &Requirements, decisions: &Decisions, composed: &Composed) -> Profile {
    let asked = decisions.moved.as_deref().unwrap_or(requirements);
    let steps: BTreeMap<&str, &Step> = asked
        .all_steps()
        .into_iter()
        .map(|step| (step.id.as_str(), step))
        .collect();
    let mut of_state: BTreeMap<&str, &Step> = BTreeMap::new();
    for (id, states) in &composed.steps {
        let Some(step) = steps.get(id.as_str()) else {
            continue;
        };
        let names = [&states.main].into_iter().chain(&states.others);
        of_state.extend(names.map(|name| (name.as_str(), *step)));
    }
    let mut walk = Walk {
        decisions,
        of_state,
        calls: Vec::new(),
        children: Vec::new(),
        branches: 0,
    };
    let mut machines = composed.machines.iter();
    let main = machines.next();
    let own = main.map_or(Decimal::ZERO, |main| {
        walk.scope(&main.machine.scope, Decimal::ONE)
    });
    let mut inside = Decimal::ZERO;
    for child in machines {
        inside = num::add(inside, walk.scope(&child.machine.scope, Decimal::ONE));
    }
    let is_nested = matches!(decisions.workflow, Workflow::Nested { .. });
    let duration = asked
        .duration
        .typical
        .unwrap_or_else(|| estimate::duration(&asked.steps));
    let nested_steps: Vec<Step> = match &decisions.workflow {
        Workflow::Nested { steps: ids } => asked
            .steps
            .iter()
            .filter(|step| ids.contains(&step.id))
            .cloned()
            .collect(),
        Workflow::Standard | Workflow::Express => Vec::new(),
    };
    let nested = is_nested.then(|| Nested {
        transitions: inside,
        duration_ms: estimate::duration(&nested_steps).0.into(),
    });
    Profile {
        // What the call of the child takes is added where nesting is priced.
        transitions: num::sub(
            num::add(own, inside),
            if is_nested {
                super::types::TRANSITIONS_OF_NESTING.into()
            } else {
                Decimal::ZERO
            },
        ),
        failed_transitions: failed(composed, num::add(own, inside)),
        duration_ms: duration.0.into(),
        nested,
        not_nested: nesting(decisions),
        children: walk.children,
        calls: walk.calls,
        definition_bytes: main.map_or(0, |main| main.definition.len() as u64),
        branches: walk.branches,
        not_express: blockers(asked).into_iter().next(),
        alarms: 0,
    }
}

/// Why nothing is nested, in the words of the decision.
fn nesting(decisions: &Decisions) -> Option<String> {
    let decision = decisions
        .list
        .iter()
        .find(|decision| decision.id == "workflow-type")?;
    decision
        .alternatives
        .iter()
        .find(|other| other.what.contains("child"))
        .map(|other| other.why_not.clone())
}

/// An execution that fails comes half way, and takes back half of what can be taken back.
fn failed(composed: &Composed, whole: Decimal) -> Decimal {
    let half = num::div_or_max(whole, Decimal::TWO);
    let back = num::div_or_max(Decimal::from(composed.undo_order.len()), Decimal::TWO);
    let ends = if composed.undo_order.is_empty() { 1 } else { 2 };
    num::add(num::add(half, back), Decimal::from(ends))
}

struct Walk<'a> {
    decisions: &'a Decisions,
    of_state: BTreeMap<&'a str, &'a Step>,
    calls: Vec<Calls>,
    children: Vec<Children>,
    branches: u64,
}

impl<'a> Walk<'a> {
    /// States that are entered when a scope is run so often.
    fn scope(&mut self, scope: &'a Scope, runs: Decimal) -> Decimal {
        let mut visits: BTreeMap<String, Decimal> = BTreeMap::new();
        let start = scope.start().map(|start| scope.name(start).to_owned());
        visits.extend(start.map(|name| (name, runs)));
        let mut entered = Decimal::ZERO;
        let mut done: Vec<&str> = Vec::new();
        for state in scope.in_order() {
            let Some(count) = visits.get(state.name()).copied() else {
                continue;
            };
            done.push(state.name());
            let rounds = num::mul(count, self.rounds(state).into());
            entered = num::add(entered, rounds);
            entered = num::add(entered, self.inside(state, rounds));
            self.call(state, rounds);
            for (label, share) in self.shares(scope, state) {
                let name = scope.name(label);
                // A way back is a further round, which is counted already.
                if !done.contains(&name) {
                    let more = num::mul(count, share);
                    let before = visits.entry(name.to_owned()).or_default();
                    *before = num::add(*before, more);
                }
            }
        }
        entered
    }

    /// How often the states of a poll are entered.
    fn rounds(&self, state: &State) -> u64 {
        let Some(step) = self.of_state.get(state.name()) else {
            return 1;
        };
        let decision = self.decisions.steps.get(&step.id);
        let pattern = decision
            .and_then(|it| it.call.as_ref())
            .map(|it| &it.pattern);
        let Some(Pattern::Poll(polling)) = pattern else {
            return 1;
        };
        // Only what stands in the circle: the wait, the question, the look at the answer.
        let is_first = matches!(&state.kind, Kind::Task { resource, .. } if polling.resource.as_ref().is_some_and(|asks| asks != resource));
        if is_first { 1 } else { polls(polling, step) }
    }

    /// What is entered inside of a state that is entered so often.
    fn inside(&mut self, state: &'a State, count: Decimal) -> Decimal {
        match &state.kind {
            Kind::Parallel(branches) => {
                self.branches += branches.len() as u64;
                let mut entered = Decimal::ZERO;
                for branch in branches {
                    entered = num::add(entered, self.scope(branch, count));
                }
                entered
            }
            Kind::Map(map) => {
                let step = self.of_state.get(state.name()).copied();
                let items = step.map_or(1, |step| match &step.work {
                    Work::Each(each) => estimate::items(each),
                    _ => 1,
                });
                let decision = step.and_then(|step| self.decisions.steps.get(&step.id));
                let Some(MapDecision::Distributed { batch, .. }) =
                    decision.and_then(|it| it.map.as_ref())
                else {
                    self.branches += items.min(40);
                    return self.scope(&map.processor, num::mul(count, items.into()));
                };
                let children = num::mul(count, items.div_ceil((*batch).max(1)).into());
                let each = self.scope(&map.processor, children);
                let duration = step.map_or(Duration(0), |step| match &step.work {
                    Work::Each(each) => estimate::duration(&each.steps),
                    _ => Duration(0),
                });
                self.children.push(Children {
                    count: children,
                    express: map.children == Some(crate::machine::Children::Express),
                    transitions: num::div(each, children).unwrap_or_default(),
                    duration_ms: duration.0.into(),
                });
                // Children are billed apart.
                Decimal::ZERO
            }
            _ => Decimal::ZERO,
        }
    }

    /// Where a state goes on, and how often of all times.
    fn shares(&self, scope: &Scope, state: &State) -> Vec<(Label, Decimal)> {
        let mut ways = state.ways();
        ways.dedup();
        if !matches!(state.kind, Kind::Choice { .. }) {
            return ways.into_iter().map(|way| (way, Decimal::ONE)).collect();
        }
        // A Choice of our own, not one that was asked for, goes its first way as long as nothing fails.
        let asked = self
            .of_state
            .get(state.name())
            .is_some_and(|step| matches!(step.work, Work::Choose(_)));
        if !asked {
            return ways
                .into_iter()
                .take(1)
                .map(|way| (way, Decimal::ONE))
                .collect();
        }
        let said = |way: &Label| {
            let step = self.of_state.get(scope.name(*way))?;
            (step.probability < Decimal::ONE).then_some(step.probability)
        };
        let sum: Decimal = ways.iter().filter_map(said).sum();
        let open = ways.iter().filter(|way| said(way).is_none()).count();
        let left = num::sub(Decimal::ONE, sum).max(Decimal::ZERO);
        let each = num::div(left, Decimal::from(open)).unwrap_or_default();
        ways.into_iter()
            .map(|way| (way, said(&way).unwrap_or(each)))
            .collect()
    }

    fn call(&mut self, state: &State, count: Decimal) {
        let Kind::Task { resource, .. } = &state.kind else {
            return;
        };
        let step = self.of_state.get(state.name()).copied();
        let is_main = step.is_some_and(|step| step.id == state.name());
        let duration = step.filter(|_| is_main).and_then(|step| step.duration);
        self.calls.push(Calls {
            step: state.name().to_owned(),
            action: action(resource),
            per_execution: count,
            duration_ms: duration.map(|duration| duration.0.into()),
            memory_mb: step.filter(|_| is_main).and_then(|step| step.memory_mb),
        });
    }
}

/// Polls until a job ends that takes as long as the step says: the waits double up to the longest one.
fn polls(polling: &Polling, step: &Step) -> u64 {
    let takes = estimate::duration_of(step).0;
    let (mut waited, mut wait, mut polls) = (0_u64, polling.every.0.max(1_000), 0_u64);
    while waited < takes && polls < polling.polls.max(1) {
        waited = waited.saturating_add(wait);
        wait = wait.saturating_mul(2).min(polling.longest.0.max(1_000));
        polls += 1;
    }
    polls.max(1)
}

/// `arn:aws:states:::aws-sdk:transcribe:getTranscriptionJob` as `transcribe:getTranscriptionJob`.
fn action(resource: &str) -> String {
    let Some((_, rest)) = resource.split_once(":states:::") else {
        return "activity".to_owned();
    };
    let rest = rest.strip_prefix("aws-sdk:").unwrap_or(rest);
    rest.split('.').next().unwrap_or(rest).to_owned()
}
