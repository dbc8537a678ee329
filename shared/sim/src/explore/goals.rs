//! What a run could have done otherwise.

use std::collections::BTreeMap;
use std::rc::Rc;

use asl::StateKind;

use super::faults::{Fault, faults, times};
use super::plan::Plan;
use super::runs::Run;

/// Something to bring about at a visit of a state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aim {
    /// A Choice decides for a rule; for `Default`; or for nothing, where there is no `Default`.
    Choose(Option<usize>),
    /// A Map has that many items.
    Items(usize),
    /// A call fails that often.
    Fail(Fault, u64),
}

/// To do something else at a visit of a run.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub(super) run: Rc<Run>,
    /// Place of the visit in the run.
    pub(super) visit: usize,
    /// Number of the state in the plan.
    pub(super) state: usize,
    pub(super) aim: Aim,
}

/// Iterations in which something else is tried.
const LANES: usize = 2;
/// Numbers of items that a Map is tried with.
const ITEMS: usize = 2;

/// All that a run could have done otherwise, behind a place in it that is none of its first choices, or anywhere.
pub(super) fn goals(run: &Rc<Run>, plan: &Plan<'_>, loops: u64) -> Vec<Goal> {
    let mut goals = Vec::new();
    // How often the state was visited in the same scope.
    let mut turns: BTreeMap<(Option<usize>, usize, usize, usize), u64> = BTreeMap::new();
    let mut items: BTreeMap<usize, usize> = BTreeMap::new();
    for visit in &run.visits {
        if let Some(parent) = visit.parent {
            let many = items.entry(parent).or_default();
            *many = visit.lane + 1;
        }
    }
    for (at, visit) in run.visits.iter().enumerate() {
        let Some(state) = visit.state else { continue };
        let lane = (visit.parent, visit.attempt, visit.lane, state);
        let turn = turns.entry(lane).or_default();
        *turn += 1;
        if *turn > loops + 1 {
            continue;
        }
        let Some(found) = plan.state(state) else {
            continue;
        };
        let in_map = visit.parent.and_then(|parent| run.visits.get(parent));
        let in_map = in_map.and_then(|visit| plan.state(visit.state?));
        let in_map = in_map.is_some_and(|state| matches!(state.kind, StateKind::Map(_)));
        if visit.attempt > 0 || in_map && visit.lane >= LANES {
            continue;
        }
        let mut add = |aim| {
            goals.push(Goal {
                run: Rc::clone(run),
                visit: at,
                state,
                aim,
            });
        };
        if let StateKind::Choice { rules, .. } = &found.kind {
            for rule in (0..rules.len()).map(Some).chain([None]) {
                if visit.chose != Some(rule) {
                    add(Aim::Choose(rule));
                }
            }
        }
        if matches!(found.kind, StateKind::Map(_)) {
            let now = items.get(&at).copied().unwrap_or_default();
            for many in (0..=ITEMS).filter(|many| *many != now) {
                add(Aim::Items(many));
            }
        }
        if !visit.calls.is_empty() && visit.erred.is_empty() {
            for fault in faults(plan, state) {
                for times in times(plan, state, fault.error()) {
                    add(Aim::Fail(fault.clone(), times));
                }
            }
        }
    }
    goals
}
