//! The states of a scope: steps in their order, and where each leads when it fails.

use std::collections::BTreeMap;

use crate::decide::Duplicates;
use crate::machine::{Condition, Expr, Kind, Label, Output, Scope};
use crate::requirements::{FailurePolicy, OnError, Step, Wait, Work};

use super::plan::{Node, plan};
use super::said::View;
use super::undo::Undos;
use super::{Composer, YEAR};

/// What becomes of errors in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// The machine itself: as the requirements say.
    Root,
    /// They go to whoever is around it.
    Inside,
    /// An item of a Map that takes back what it did, and fails.
    ItemFails,
    /// An item of a Map that takes back what it did, and is marked.
    ItemMarked,
}

/// Where a step leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Targets {
    /// When it is done; the end of the scope where there is nothing.
    pub(crate) next: Option<Label>,
    /// When it answers with an error. Errors go out of the scope where there is nothing.
    pub(crate) reject: Option<Label>,
    /// When it fails otherwise.
    pub(crate) fail: Option<Label>,
    /// Where the error is put.
    pub(crate) ignored: bool,
}

/// A scope in the making.
pub(crate) struct Builder {
    pub(crate) scope: Scope,
    pub(crate) view: View,
    pub(crate) domain: Domain,
    /// Where the circuit of a step is looked at, and where its place is taken.
    pub(crate) circuits: BTreeMap<String, Label>,
    pub(crate) places: BTreeMap<String, Label>,
    pub(crate) done: Option<Label>,
    pub(crate) ends: Ends,
}

/// States that failures end in; each is made when it is needed first.
#[derive(Default)]
pub(crate) struct Ends {
    pub(crate) failed: Option<Label>,
    pub(crate) parked: Option<Label>,
    pub(crate) incomplete: Option<Label>,
    pub(crate) marked: Option<Label>,
    pub(crate) raised: Option<Label>,
}

/// What happens where a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnFailure {
    /// The error goes out of the scope, or ends the execution at the step.
    Raise,
    Fail,
    Compensate,
    Park,
    Ignore,
    Fallback,
}

impl Builder {
    pub(crate) fn name(&self, label: Label) -> String {
        self.scope.name(label).to_owned()
    }

    pub(crate) fn set(&mut self, label: Label, kind: Kind, output: Output, next: Option<Label>) {
        if let Some(state) = self.scope.state(label) {
            state.kind = kind;
            state.output = output;
            state.next = next;
        }
    }

    pub(crate) fn comment(&mut self, label: Label, comment: &str) {
        if let Some(state) = self.scope.state(label) {
            state.comment = Some(comment.to_owned());
        }
    }
}

impl Composer<'_> {
    /// Builds a scope of steps.
    pub(crate) fn scope(
        &mut self,
        steps: &[Step],
        nested: &[String],
        domain: Domain,
        view: &View,
    ) -> Scope {
        let plan = plan(steps, nested);
        let nodes = plan.nodes.clone();
        for (step, others) in &plan.also {
            self.assumptions.push(format!(
                "{step} also waits for {}: branches that come together in more than one place are done one after the other.",
                others.join(" and ")
            ));
        }
        let mut builder = self.builder(domain, view);
        if domain == Domain::Root {
            self.claim(&mut builder);
        }
        let spares: Vec<Node<'_>> = steps
            .iter()
            .filter(|step| plan.instead.contains(&step.id))
            .map(Node::Step)
            .collect();
        let entries: Vec<(Label, Label)> = nodes
            .iter()
            .chain(&spares)
            .map(|node| self.labels(&mut builder, node))
            .collect();
        let entry = |at: usize| entries.get(at).map(|(entry, _)| *entry);
        if let Some(first) = entry(0) {
            self.after_claim(&mut builder, first);
        }
        let undos = self.undos(&mut builder, &plan);
        let place = |id: &str| {
            let all = nodes.iter().chain(&spares);
            all.enumerate()
                .find(|(_, node)| node.steps().iter().any(|step| step.id == id))
                .map(|(at, _)| at)
        };
        for (at, node) in nodes.iter().chain(&spares).enumerate() {
            let Some((_, main)) = entries.get(at).copied() else {
                continue;
            };
            let id = match node {
                Node::Step(step) => Some(step.id.as_str()),
                _ => None,
            };
            let is_spare = at >= nodes.len();
            // Who is done instead of another leads where that one does.
            let of = if is_spare {
                let stands_for = |node: &&Node<'_>| {
                    node.steps().iter().any(|step| {
                        let fallback = step.breaker.as_ref().and_then(|it| it.fallback.as_deref());
                        fallback == id
                    })
                };
                nodes
                    .iter()
                    .position(|node| stands_for(&node))
                    .unwrap_or(nodes.len())
            } else {
                at
            };
            let said = match nodes.get(of) {
                Some(Node::Step(step)) => plan.leads.get(&step.id),
                _ => None,
            };
            let ends = is_spare && node.steps().iter().any(|step| !step.after.is_empty());
            let next = match said {
                // Where it is said what it comes after, it is also said what comes after it: nothing.
                _ if ends => None,
                Some(to) => to.as_deref().and_then(|id| entry(place(id)?)),
                None if of + 1 < nodes.len() => entry(of + 1),
                None => None,
            };
            let targets = self.targets(&mut builder, node, of, next, &undos);
            let fallback = |id: &str| entry(place(id)?);
            let goes = |id: &str| entry(place(id)?);
            match node {
                Node::Step(step) => self.step(&mut builder, step, main, targets, &fallback, &goes),
                Node::Together(branches) => self.together(&mut builder, main, branches, targets),
                Node::Nested(steps) => self.nested(&mut builder, main, steps, targets),
            }
        }
        builder.scope
    }

    pub(crate) fn builder(&mut self, domain: Domain, view: &View) -> Builder {
        Builder {
            scope: Scope::new(&mut self.names),
            view: view.clone(),
            domain,
            circuits: BTreeMap::new(),
            places: BTreeMap::new(),
            done: None,
            ends: Ends::default(),
        }
    }

    /// The state that a node is entered by, and the one that does it.
    fn labels(&mut self, builder: &mut Builder, node: &Node<'_>) -> (Label, Label) {
        let Node::Step(step) = node else {
            let steps = node.steps();
            let first = steps.first().map_or("", |step| step.id.as_str());
            let last = steps.last().map_or("", |step| step.id.as_str());
            let name = match node {
                Node::Together(_) => format!("{first} and {last}"),
                _ => format!("{first} to {last}"),
            };
            let label = builder.scope.add(&mut self.names, &name);
            return (label, label);
        };
        let mut entry = None;
        if step.breaker.is_some() && matches!(step.work, Work::Does(_)) {
            let label = builder
                .scope
                .add(&mut self.names, &format!("Circuit of {}", step.id));
            builder.circuits.insert(step.id.clone(), label);
            entry = Some(label);
        }
        if self.needs_place(step) {
            let label = builder
                .scope
                .add(&mut self.names, &format!("Place for {}", step.id));
            builder.places.insert(step.id.clone(), label);
            entry.get_or_insert(label);
        }
        let main = builder.scope.add(&mut self.names, &step.id);
        self.steps.entry(step.id.clone()).or_default().main = builder.name(main);
        (entry.unwrap_or(main), main)
    }

    fn on_failure(&self, builder: &Builder, node: &Node<'_>) -> OnFailure {
        let said = match node {
            Node::Step(step) => step.on_error,
            _ => None,
        };
        match (builder.domain, said) {
            (_, Some(OnError::Ignore)) => return OnFailure::Ignore,
            (_, Some(OnError::Fallback)) => return OnFailure::Fallback,
            (Domain::Inside, _) => return OnFailure::Raise,
            (Domain::ItemFails | Domain::ItemMarked, _) => return OnFailure::Compensate,
            _ => {}
        }
        let fails = if self.req.failure.redrive && !self.is_express {
            OnFailure::Raise
        } else {
            OnFailure::Fail
        };
        match (said, self.req.failure.policy) {
            (Some(OnError::Compensate), _) => OnFailure::Compensate,
            (Some(OnError::Fail), _) => OnFailure::Fail,
            _ if self.is_saga => OnFailure::Compensate,
            (_, FailurePolicy::Park) => OnFailure::Park,
            (_, FailurePolicy::Continue) => OnFailure::Ignore,
            (_, FailurePolicy::Fallback) => OnFailure::Fallback,
            (_, FailurePolicy::Fail | FailurePolicy::Compensate) => fails,
        }
    }

    fn targets(
        &mut self,
        builder: &mut Builder,
        node: &Node<'_>,
        at: usize,
        next: Option<Label>,
        undos: &Undos,
    ) -> Targets {
        let mut targets = Targets {
            next,
            reject: None,
            fail: None,
            ignored: false,
        };
        match self.on_failure(builder, node) {
            OnFailure::Raise => {
                // An error that is an answer ends the execution here too: there is nothing else to do with it.
                if builder.domain == Domain::Root && calls(node) {
                    for step in node.steps() {
                        self.trade_off(
                            "task-without-catch",
                            Some(&step.id),
                            "the execution fails at this step, so that a redrive goes on from it",
                        );
                    }
                }
            }
            OnFailure::Fail => {
                let failed = self.failed(builder);
                (targets.reject, targets.fail) = (Some(failed), Some(failed));
            }
            OnFailure::Park => {
                let parked = self.parked(builder);
                (targets.reject, targets.fail) = (Some(parked), Some(parked));
            }
            OnFailure::Ignore | OnFailure::Fallback => {
                let next = self.next_or_done(builder, next);
                (targets.reject, targets.fail) = (Some(next), Some(next));
                targets.ignored = true;
            }
            OnFailure::Compensate => {
                if undos.is_after_pivot(at) {
                    let incomplete = self.incomplete(builder);
                    (targets.reject, targets.fail) = (Some(incomplete), Some(incomplete));
                } else {
                    targets.reject = undos.before(at).or_else(|| Some(self.gone(builder)));
                    targets.fail = undos.from(at).or(targets.reject);
                }
            }
        }
        targets
    }

    /// Writes a step.
    fn step(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        main: Label,
        targets: Targets,
        fallback: &dyn Fn(&str) -> Option<Label>,
        goes: &dyn Fn(&str) -> Option<Label>,
    ) {
        // A call has its place inside of its circuit breaker.
        let targets = match &step.work {
            Work::Does(call) => {
                return self.does(builder, step, call, main, targets, fallback);
            }
            _ => self.with_place(builder, step, main, targets, None).0,
        };
        match &step.work {
            Work::Does(_) => {}
            Work::Approval(approval) => self.approval(builder, step, approval, main, targets),
            Work::Wait(wait) => self.wait(builder, step, wait, main, targets),
            Work::Choose(ways) => {
                let mut rules = Vec::new();
                let mut otherwise = None;
                for way in ways {
                    let to = goes(&way.go).or(targets.next);
                    let to = self.next_or_done(builder, to);
                    match &way.when {
                        Some(when) => rules.push((builder.view.condition(when), to)),
                        None => otherwise = otherwise.or(Some(to)),
                    }
                }
                let otherwise = match otherwise {
                    Some(label) => label,
                    None => self.next_or_done(builder, targets.next),
                };
                if rules.is_empty() {
                    rules.push((Condition::Code("false".to_owned()), otherwise));
                }
                let kind = Kind::Choice {
                    ways: rules,
                    otherwise,
                };
                builder.set(main, kind, Output::Input, None);
            }
            Work::Parallel(branches) => self.parallel(builder, step, branches, main, targets),
            Work::Each(each) => self.each(builder, step, each, main, targets),
        }
        self.lease(builder, step);
    }

    fn wait(
        &mut self,
        builder: &mut Builder,
        step: &Step,
        wait: &Wait,
        main: Label,
        targets: Targets,
    ) {
        let (kind, worst) = match wait {
            Wait::For(duration) => {
                let seconds = duration.0.div_ceil(1000).min(99_999_999);
                (Kind::Wait(Expr::Number(seconds.to_string())), seconds)
            }
            Wait::Until(until) => {
                let value = serde_json::Value::String(until.clone());
                let until = builder.view.value(&value, &mut self.needs);
                let most = self
                    .req
                    .duration
                    .max
                    .map_or(YEAR / 12, |it| it.0.div_ceil(1000));
                self.assumptions
                    .push(format!("{} waits no longer than {most} seconds.", step.id));
                (Kind::WaitUntil(until), most)
            }
        };
        builder.set(main, kind, Output::Input, targets.next);
        if let Some(state) = builder.scope.state(main) {
            state.worst_seconds = worst;
        }
    }

    /// The first state keeps a second execution of the same key from doing anything.
    fn claim(&mut self, builder: &mut Builder) {
        if matches!(self.decisions.duplicates, Duplicates::Table { .. }) {
            self.claim_state(builder);
        }
    }

    fn after_claim(&mut self, builder: &mut Builder, first: Label) {
        let is_claimed = builder.domain == Domain::Root
            && matches!(self.decisions.duplicates, Duplicates::Table { .. });
        match builder.scope.start().filter(|_| is_claimed) {
            Some(claim) => {
                if let Some(state) = builder.scope.state(claim) {
                    state.next = Some(first);
                }
            }
            None => builder.scope.start_at(first),
        }
    }
}

/// Whether a node calls anything by itself.
fn calls(node: &Node<'_>) -> bool {
    match node {
        Node::Step(step) => !matches!(step.work, Work::Wait(_) | Work::Choose(_)),
        _ => true,
    }
}

/// The way on which nothing fails, with the first way of each Choice.
pub(crate) fn healthy_path(scope: &Scope) -> Vec<String> {
    let mut path = Vec::new();
    let mut seen = Vec::new();
    let mut at = scope.start();
    while let Some(label) = at.filter(|label| !seen.contains(label)) {
        seen.push(label);
        let Some(state) = scope.get(label) else { break };
        path.push(state.name().to_owned());
        for inner in state.scopes() {
            path.extend(healthy_path(inner));
        }
        at = state.ways().first().copied();
    }
    path
}
