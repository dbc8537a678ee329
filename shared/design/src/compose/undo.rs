//! Taking back: in reverse order, each one although the one before it failed, and what could not be taken back is kept.

use std::collections::BTreeSet;

use crate::machine::{Catcher, Condition, Expr, Kind, Label, Map, Output};
use crate::requirements::{Call, CompensationFailure, Step, Work};

use super::call::Purpose;
use super::flow::{Builder, Domain};
use super::plan::{Node, Plan};
use super::retry::{compensation, worst_seconds};
use super::said::View;
use super::{Composer, FaultKind, FaultPoint, YEAR, data_name};

/// What there is to take back in a scope.
#[derive(Default)]
pub(crate) struct Undos {
    /// Place of the node, where its undo begins, and where the question stands whether there is anything to take back.
    units: Vec<(usize, Label, Label)>,
    /// Places of the nodes after the pivot.
    forward: BTreeSet<usize>,
}

impl Undos {
    /// Whether there is no way back from a node.
    pub(crate) fn is_after_pivot(&self, at: usize) -> bool {
        self.forward.contains(&at)
    }

    /// Where taking back begins when a node did nothing.
    pub(crate) fn before(&self, at: usize) -> Option<Label> {
        let earlier = self.units.iter().rev().find(|(node, ..)| *node < at);
        earlier.map(|(_, _, asked)| *asked)
    }

    /// Where taking back begins when nobody knows what a node did.
    pub(crate) fn from(&self, at: usize) -> Option<Label> {
        let own = self.units.iter().find(|(node, ..)| *node == at);
        own.map(|(_, direct, _)| *direct)
            .or_else(|| self.before(at))
    }
}

/// Steps with an undo in a node, also inside of others.
fn undoable<'r>(node: &Node<'r>) -> Vec<&'r Step> {
    let mut all = Vec::new();
    for step in node.steps() {
        super::collect(std::slice::from_ref(step), &mut all);
    }
    all.retain(|step| step.undo.is_some());
    all
}

impl Composer<'_> {
    /// Writes the states that take back the nodes of a scope.
    pub(crate) fn undos(&mut self, builder: &mut Builder, plan: &Plan<'_>) -> Undos {
        let mut undos = Undos::default();
        if !self.is_saga || builder.domain == Domain::Inside {
            return undos;
        }
        let is_pivot = |node: &Node<'_>| node.steps().iter().any(|step| step.pivot);
        if let Some(pivot) = plan.nodes.iter().position(is_pivot) {
            undos.forward = plan.after(pivot);
        }
        let before: Vec<(usize, &Node<'_>)> = plan
            .nodes
            .iter()
            .enumerate()
            .filter(|(at, _)| !undos.forward.contains(at))
            .collect();
        if before.iter().all(|(_, node)| undoable(node).is_empty()) {
            return undos;
        }
        let mut next = self.all_undone(builder);
        let mut chosen = false;
        for (at, node) in before {
            let is_choice =
                matches!(node, Node::Step(step) if matches!(step.work, Work::Choose(_)));
            chosen |= is_choice;
            let steps = undoable(node);
            if steps.is_empty() {
                continue;
            }
            let mut direct = next;
            match node {
                Node::Step(step) => {
                    direct = self.undo_step(builder, step, Some(next)).unwrap_or(next);
                }
                Node::Nested(inside) => {
                    for step in inside {
                        direct = self
                            .undo_step(builder, step, Some(direct))
                            .unwrap_or(direct);
                    }
                }
                Node::Together(branches) => {
                    let chains: Vec<Vec<&Step>> = branches
                        .iter()
                        .map(|branch| branch.iter().flat_map(Node::steps).collect())
                        .collect();
                    let names: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
                    direct = self.undo_branches(builder, &names.join(" and "), &chains, Some(next));
                }
            }
            if builder.domain == Domain::Root {
                for step in &steps {
                    self.undo_order.insert(0, step.id.clone());
                }
            }
            // Whether it was done at all is seen by its result.
            let may_be_left_out = |step: &Step| {
                let has_fallback = step
                    .breaker
                    .as_ref()
                    .is_some_and(|it| it.fallback.is_some());
                chosen || has_fallback
            };
            let asked = match node {
                Node::Step(step) if step.undo.is_some() && may_be_left_out(step) => {
                    self.conditional.insert(step.id.clone());
                    let label = builder.scope.add(
                        &mut self.names,
                        &format!("{} done?", step.id.trim_end_matches('?')),
                    );
                    let kind = Kind::Choice {
                        ways: vec![(Condition::Present(vec![self.result(step)]), direct)],
                        otherwise: next,
                    };
                    builder.set(label, kind, Output::Input, None);
                    label
                }
                _ => direct,
            };
            undos.units.push((at, direct, asked));
            next = asked;
        }
        undos
    }

    /// After the last one: whether all could be taken back.
    fn all_undone(&mut self, builder: &mut Builder) -> Label {
        let label = builder.scope.add(&mut self.names, "All undone?");
        let gone = self.gone(builder);
        let incomplete = builder
            .scope
            .add(&mut self.names, "Compensation incomplete");
        let kind = Kind::Fail {
            error: Expr::text("CompensationIncomplete"),
            cause: Expr::text(match self.req.failure.compensation_failure {
                CompensationFailure::Fail => {
                    "Not everything could be taken back; `undoErrors` in the input of this state says what is left."
                }
                CompensationFailure::ParkAndAlarm | CompensationFailure::RetryForever => {
                    "Not everything could be taken back; what is left stands in the repair queue under `undoErrors`."
                }
            }),
        };
        builder.set(incomplete, kind, Output::Input, None);
        let bad = match self.req.failure.compensation_failure {
            CompensationFailure::Fail => incomplete,
            CompensationFailure::ParkAndAlarm | CompensationFailure::RetryForever => {
                let park = self.park(builder, "Park for repair", "repair", incomplete);
                builder.comment(
                    park,
                    "Somebody has to take back by hand what is in `undoErrors`.",
                );
                park
            }
        };
        let kind = Kind::Choice {
            ways: vec![(Condition::Present(vec!["undoErrors".to_owned()]), bad)],
            otherwise: gone,
        };
        builder.set(label, kind, Output::Input, None);
        label
    }

    /// Takes back one step, with all that is inside of it. None where there is nothing to take back.
    fn undo_step(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        next: Option<Label>,
    ) -> Option<Label> {
        if let Some(call) = &step.undo {
            return Some(self.undo_call(builder, step, call, next));
        }
        match &step.work {
            Work::Parallel(branches) => {
                let chains: Vec<Vec<&Step>> = branches
                    .iter()
                    .map(|branch| branch.iter().collect())
                    .collect();
                let has_any = chains
                    .iter()
                    .flatten()
                    .any(|step| !undoable(&Node::Step(step)).is_empty());
                has_any.then(|| self.undo_branches(builder, &step.id, &chains, next))
            }
            Work::Each(each) if !undoable(&Node::Step(step)).is_empty() => {
                let label = builder
                    .scope
                    .add(&mut self.names, &format!("Undo {}", step.id));
                let view = View {
                    item: true,
                    ..builder.view.clone()
                };
                let steps: Vec<&Step> = each.steps.iter().collect();
                let processor = self.undo_chain(&steps, &view);
                let map = Map {
                    batch: None,
                    writer: None,
                    tolerated_percentage: None,
                    ..self.map(builder, step, each, processor)
                };
                let name = data_name(&step.id);
                let errors = format!(
                    "$merge([$states.input.undoErrors, {{{}: $states.result.undoErrors}}])",
                    crate::machine::expr::string(&name)
                );
                self.undo_around(
                    builder,
                    label,
                    step.id.as_str(),
                    Kind::Map(Box::new(map)),
                    &errors,
                    next,
                );
                Some(label)
            }
            _ => None,
        }
    }

    /// Takes back branches that were at work at the same time: how far each of them was, nobody knows.
    fn undo_branches(
        &mut self,
        builder: &mut Builder,
        name: &str,
        branches: &[Vec<&Step>],
        next: Option<Label>,
    ) -> Label {
        let label = builder.scope.add(&mut self.names, &format!("Undo {name}"));
        let view = builder.view.clone();
        let has_undo = |branch: &&Vec<&Step>| {
            branch
                .iter()
                .any(|step| !undoable(&Node::Step(step)).is_empty())
        };
        let scopes = branches
            .iter()
            .filter(has_undo)
            .map(|branch| self.undo_chain(branch, &view))
            .collect();
        let errors = "$merge($append($states.input.undoErrors, $states.result.undoErrors))";
        self.undo_around(builder, label, name, Kind::Parallel(scopes), errors, next);
        label
    }

    /// A Parallel or Map that takes back: what failed inside is kept beside what failed before.
    fn undo_around(
        &mut self,
        builder: &mut Builder,
        label: Label,
        name: &str,
        kind: Kind,
        errors: &str,
        next: Option<Label>,
    ) {
        let output = format!(
            "$exists($states.result.undoErrors) ? $merge([$states.input, {{'undoErrors': {errors}}}]) : $states.input"
        );
        builder.set(label, kind, Output::Value(Expr::Code(output)), next);
        builder.comment(
            label,
            "Takes back all that may have been done at the same time.",
        );
        let next = self.next_or_done(builder, next);
        if let Some(state) = builder.scope.state(label) {
            state.catch = vec![undo_catcher(name, next)];
        }
    }

    /// A scope that takes back steps, the last one first.
    fn undo_chain(&mut self, steps: &[&Step], view: &View) -> crate::machine::Scope {
        let mut builder = self.builder(Domain::Inside, view);
        let mut next = None;
        for step in steps {
            next = self.undo_step(&mut builder, step, next).or(next);
        }
        if let Some(first) = next {
            builder.scope.start_at(first);
        }
        builder.scope
    }

    /// The call that takes back a step. It gets the key of the step, and nothing that only the step could have written.
    fn undo_call(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        call: &Call,
        next: Option<Label>,
    ) -> Label {
        let label = builder
            .scope
            .add(&mut self.names, &format!("Undo {}", step.id));
        let decided = self
            .decisions
            .steps
            .get(&step.id)
            .and_then(|it| it.undo.clone());
        let view = builder.view.clone();
        let built = self.call(step, call, decided.as_ref(), Purpose::Undo, &view);
        let timeout = self.timeout(step, if built.waits { 3_600 } else { 30 });
        let forever = self.req.failure.compensation_failure == CompensationFailure::RetryForever;
        let retry = compensation(forever, self.tightness);
        let heartbeat = (built.resource.ends_with(".waitForTaskToken")
            || built.resource.starts_with("${"))
        .then(|| timeout.saturating_sub(1).max(1));
        let kind = Kind::Task {
            resource: built.resource,
            arguments: built.arguments,
            timeout: timeout.max(2),
            heartbeat,
        };
        builder.set(label, kind, Output::Input, next);
        builder.comment(
            label,
            &format!(
                "Takes back {}, which may not have happened; safe to repeat.",
                step.id
            ),
        );
        let name = builder.name(label);
        let next = self.next_or_done(builder, next);
        if let Some(state) = builder.scope.state(label) {
            state.worst_seconds = worst_seconds(timeout, &retry).min(YEAR);
            state.retry = retry;
            state.catch = vec![undo_catcher(&step.id, next)];
            state.sample = Some(built.sample);
        }
        if forever {
            self.trade_off(
                "retry-longer-than-timeout",
                Some(&name),
                "taking back is tried for as long as it takes",
            );
        }
        self.steps.entry(step.id.clone()).or_default().undo = Some(name.clone());
        self.faults.push(FaultPoint {
            step: step.id.clone(),
            state: name,
            kind: FaultKind::UndoFails,
            error: "UndoFailed".to_owned(),
        });
        label
    }
}

/// What could not be taken back is noted, and the rest goes on.
fn undo_catcher(name: &str, next: Label) -> Catcher {
    Catcher {
        errors: vec!["States.ALL".to_owned()],
        path: Some(vec!["undoErrors".to_owned(), data_name(name)]),
        next,
    }
}
