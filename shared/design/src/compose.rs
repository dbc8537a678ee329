//! From requirements and decisions to state machines.
//!
//! The data of an execution are its input, and beside it the result of each step under the name of the step: so every step reads
//! what the ones before it wrote, in both query languages, and what is parked is all there is. What fails stands in `error`, what
//! was ignored in `errors`, and what could not be taken back in `undoErrors`.

mod ask;
mod breaker;
mod call;
mod cases;
mod ends;
mod fill;
mod flow;
mod guard;
mod many;
mod names;
mod needs;
mod place;
mod plan;
mod poll;
pub(crate) mod records;
mod retry;
mod runbook;
mod said;
mod target;
mod task;
mod undo;

use std::collections::{BTreeMap, BTreeSet};

use iac::stack::{Bucket, Parameter, Queue, Table, Topic, Value};

pub(crate) use cases::data_for;
pub use cases::{Case, FaultCases, fault_cases};
pub use runbook::runbook;

use crate::decide::{Decisions, Duplicates, Workflow};
use crate::machine::{Expr, Machine, Names};
use crate::requirements::{
    CompensationFailure, Consistency, FailurePolicy, QueryLanguage, Requirements, Step, TriggerKind,
};
use flow::Domain;
use names::references;
pub(crate) use names::{collect, data_name, reads_whole_event};
use needs::Needs;
use retry::Tightness;
use said::View;
pub(crate) use said::is_comparison;

/// What was composed.
#[derive(Clone, Debug, PartialEq)]
pub struct Composed {
    /// Name in the requirements.
    pub name: String,
    /// The machine itself first, then the nested Express ones that it starts.
    pub machines: Vec<ComposedMachine>,
    /// What whoever deploys has to say.
    pub parameters: Vec<Parameter>,
    /// Queues of the stack.
    pub queues: Vec<Queue>,
    /// Tables of the stack.
    pub tables: Vec<Table>,
    /// Topics of the stack.
    pub topics: Vec<Topic>,
    /// Buckets of the stack.
    pub buckets: Vec<Bucket>,
    /// Which states were made for which step, by its id.
    pub steps: BTreeMap<String, StepStates>,
    /// Ids of the steps that are taken back, in the order in which that is done when the last one fails.
    pub undo_order: Vec<String>,
    /// Names of the states of the way on which nothing fails.
    pub healthy_path: Vec<String>,
    /// Where it can fail, and how.
    pub faults: Vec<FaultPoint>,
    /// How many seconds the place of a step stays taken at the most when its execution is stopped, by the id of the step.
    pub leases: BTreeMap<String, u64>,
    /// What was taken as given, for people.
    pub assumptions: Vec<String>,
    /// Findings of our own rules that are meant to be there.
    pub trade_offs: Vec<TradeOff>,
    /// The longest wait between tries of any one call, in seconds.
    pub longest_retry_wait: u64,
    /// How long an execution takes at the worst, in seconds.
    pub longest_seconds: u64,
}

/// A machine to deploy.
#[derive(Clone, Debug, PartialEq)]
pub struct ComposedMachine {
    /// In kebab case, unique: `machine`, `enrich-to-store`.
    pub id: String,
    /// After the name of the stack; empty for the machine itself.
    pub suffix: String,
    /// True for Express.
    pub express: bool,
    /// The definition, with `${name}`s.
    pub definition: String,
    /// Name of its file.
    pub file_name: String,
    /// What stands for each `${name}` of the definition.
    pub substitutions: BTreeMap<String, Value>,
    /// The machine as types.
    pub machine: Machine,
}

/// The states that were made for a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepStates {
    /// The one that does it.
    pub main: String,
    /// The one that takes it back.
    pub undo: Option<String>,
    /// All others: a circuit breaker, a poll, an escalation.
    pub others: Vec<String>,
}

/// What can go wrong at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultPoint {
    /// Id of the step.
    pub step: String,
    /// The state that fails: that of the step, or the one that takes it back.
    pub state: String,
    /// How.
    pub kind: FaultKind,
    /// Name of the error.
    pub error: String,
}

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// With an error that is an answer.
    Reject,
    /// With an error that nobody expected.
    Unknown,
    /// It does not answer in time.
    Timeout,
    /// A later step fails, and it cannot be taken back.
    UndoFails,
}

/// A finding that is meant to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeOff {
    /// Id of the rule.
    pub rule: &'static str,
    /// Name of the state; the whole machine where there is none.
    pub state: Option<String>,
    /// Why it stays.
    pub why: String,
}

/// AWS ends a Standard execution after a year, and an Express one after five minutes.
const YEAR: u64 = 31_536_000;
const EXPRESS: u64 = 300;
/// An API waits no longer for an execution.
const API: u64 = 29;

/// Composes the machines of a design. Cannot fail: what is not known becomes a parameter or an assumption.
pub fn compose(requirements: &Requirements, decisions: &Decisions) -> Composed {
    let requirements = decisions.moved.as_deref().unwrap_or(requirements);
    let is_express = decisions.workflow == Workflow::Express;
    let allowed = if !is_express {
        YEAR
    } else if requirements.trigger.caller_waits {
        API
    } else {
        EXPRESS
    };
    let with = |tightness| Composer::new(requirements, decisions, tightness).compose(allowed);
    let mut full = with(Tightness::Full);
    if full.longest_seconds <= allowed {
        return full;
    }
    if !is_express {
        // Fewer retries make nothing of a year: somebody waits for it, or it is tried without end.
        if requirements.failure.compensation_failure != CompensationFailure::RetryForever {
            full.assumptions.push(
                "The longest way, with all that is waited for and tried again, takes more than the year after which AWS ends an execution: say shorter timeouts.".to_owned(),
            );
        }
        return full;
    }
    let short = with(Tightness::Short);
    if short.longest_seconds <= allowed {
        return short;
    }
    let mut least = with(Tightness::Least);
    if least.longest_seconds > allowed {
        let longest = least.longest_seconds;
        least.assumptions.push(format!(
            "The longest way, with all of its retries, takes {longest} s, and the execution is ended after {allowed} s: say shorter timeouts.",
        ));
    }
    least
}

/// What is put together while machines are composed.
pub(crate) struct Composer<'r> {
    req: &'r Requirements,
    decisions: &'r Decisions,
    language: QueryLanguage,
    tightness: Tightness,
    is_express: bool,
    is_saga: bool,
    names: Names,
    needs: Needs,
    /// The name in the data of each step's result.
    results: BTreeMap<String, String>,
    /// Names that some expression of the requirements reads.
    referenced: BTreeSet<String>,
    steps: BTreeMap<String, StepStates>,
    undo_order: Vec<String>,
    /// Names that later steps read and that no step is called, by the step whose answer may hold them.
    lifted: BTreeMap<String, Vec<String>>,
    /// Steps that may be left out: whether they were done is seen by their result.
    conditional: BTreeSet<String>,
    faults: Vec<FaultPoint>,
    leases: BTreeMap<String, u64>,
    assumptions: Vec<String>,
    trade_offs: Vec<TradeOff>,
    children: Vec<(String, Machine)>,
}

/// Names in the data that have a meaning of their own.
const RESERVED: [&str; 12] = [
    "error",
    "errors",
    "undoErrors",
    "polls",
    "jobs",
    "stale",
    "done",
    "item",
    "index",
    "key",
    "Items",
    "circuit",
];

impl<'r> Composer<'r> {
    fn new(req: &'r Requirements, decisions: &'r Decisions, tightness: Tightness) -> Self {
        let mut referenced = BTreeSet::new();
        let mut all = Vec::new();
        collect(&req.steps, &mut all);
        for step in &all {
            references(step, &mut referenced);
        }
        let has_undo = all.iter().any(|step| step.undo.is_some());
        let wants_undo = req.failure.policy == FailurePolicy::Compensate
            || req.guarantees.consistency != Consistency::None
            || all
                .iter()
                .any(|step| step.on_error == Some(crate::requirements::OnError::Compensate));
        let mut composer = Self {
            req,
            decisions,
            language: decisions.query_language,
            tightness,
            is_express: decisions.workflow == Workflow::Express,
            is_saga: has_undo && wants_undo,
            names: Names::default(),
            needs: Needs::default(),
            results: BTreeMap::new(),
            referenced,
            steps: BTreeMap::new(),
            undo_order: Vec::new(),
            lifted: BTreeMap::new(),
            conditional: BTreeSet::new(),
            faults: Vec::new(),
            leases: BTreeMap::new(),
            assumptions: Vec::new(),
            trade_offs: Vec::new(),
            children: Vec::new(),
        };
        for step in all {
            composer.name_result(step);
        }
        composer.lift(&req.steps, None);
        if matches!(req.trigger.kind, TriggerKind::EventBridge | TriggerKind::S3) {
            composer.assumptions.push(if reads_whole_event(req) {
                "The input of an execution is the whole event: `$.detail` is read.".to_owned()
            } else {
                "The input of an execution is the `detail` of the event: `$.detail` is read nowhere.".to_owned()
            });
        }
        composer
    }

    fn compose(mut self, allowed: u64) -> Composed {
        let nested: Vec<String> = match &self.decisions.workflow {
            Workflow::Nested { steps } => steps.clone(),
            Workflow::Standard | Workflow::Express => Vec::new(),
        };
        let view = View {
            claim: self.decisions.claim_check.is_some(),
            results: self.view_results(),
            ..View::default()
        };
        let req = self.req;
        let mut scope = self.scope(&req.steps, &nested, Domain::Root, &view);
        records::take(
            &mut self.names,
            &mut self.trade_offs,
            &req.trigger,
            &mut scope,
        );
        let mut machine = Machine {
            comment: self.comment(),
            language: self.language,
            timeout_seconds: None,
            scope,
        };
        let longest = machine.longest_seconds();
        let said = |duration: crate::requirements::Duration| duration.0.div_ceil(1000);
        let max = req.duration.max.map_or(0, said);
        let wanted = longest.max(said(self.decisions.timeout)).max(max).max(1);
        machine.timeout_seconds = Some(wanted.min(allowed));
        let longest_retry_wait = machine
            .states()
            .iter()
            .flat_map(|state| &state.retry)
            .map(crate::machine::Retrier::longest_wait)
            .max()
            .unwrap_or_default();
        let healthy_path = flow::healthy_path(&machine.scope);
        let names = self.needs.names();
        let mut machines = Vec::new();
        let main = ("machine".to_owned(), machine);
        for (at, (id, machine)) in std::iter::once(main).chain(self.children).enumerate() {
            let definition = machine.write(&names);
            let is_used = |name: &String| definition.contains(&format!("${{{name}}}"));
            let substitutions = self
                .needs
                .substitutions
                .iter()
                .filter(|(name, _)| is_used(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            machines.push(ComposedMachine {
                suffix: if at == 0 {
                    String::new()
                } else {
                    format!("-{id}")
                },
                express: at > 0 || self.is_express,
                file_name: if at == 0 {
                    "workflow.asl.json".to_owned()
                } else {
                    format!("{id}.asl.json")
                },
                id,
                definition,
                substitutions,
                machine,
            });
        }
        let mut undo_order = self.undo_order;
        undo_order.dedup();
        let mut assumptions = self.assumptions;
        if max > 0 && longest > max && !self.is_express {
            assumptions.push(format!(
                "The longest way, with all that is waited for, tried again and taken back, takes {}: executions are ended after that and not after the {} of `duration.max`, so that none is cut off on its way back. Lower the timeouts of steps to come below it.",
                crate::requirements::Duration::from_seconds(longest),
                crate::requirements::Duration::from_seconds(max),
            ));
        }
        let mut seen = BTreeSet::new();
        assumptions.retain(|said| seen.insert(said.clone()));
        Composed {
            name: req.name.clone(),
            machines,
            parameters: self.needs.parameters,
            queues: self.needs.queues,
            tables: self.needs.tables,
            topics: self.needs.topics,
            buckets: self.needs.buckets,
            steps: self.steps,
            undo_order,
            healthy_path,
            faults: self.faults,
            leases: self.leases,
            assumptions,
            trade_offs: self.trade_offs,
            longest_retry_wait,
            longest_seconds: longest,
        }
    }

    fn comment(&self) -> String {
        let own = self
            .req
            .description
            .clone()
            .unwrap_or_else(|| self.req.name.clone());
        match self.decisions.duplicates {
            Duplicates::ExecutionName { .. } => {
                format!(
                    "{own} (start executions by the name of their key: AWS refuses a second one)"
                )
            }
            _ => own,
        }
    }

    /// The name in the data of what a step gives.
    pub(crate) fn result(&self, step: &Step) -> String {
        self.results
            .get(&step.id)
            .cloned()
            .unwrap_or_else(|| data_name(&step.id))
    }

    pub(crate) fn is_referenced(&self, step: &Step) -> bool {
        self.referenced.contains(&self.result(step))
    }

    pub(crate) fn other(&mut self, step: &Step, state: &str) {
        self.steps
            .entry(step.id.clone())
            .or_default()
            .others
            .push(state.to_owned());
    }

    pub(crate) fn trade_off(&mut self, rule: &'static str, state: Option<&str>, why: &str) {
        self.trade_offs.push(TradeOff {
            rule,
            state: state.map(str::to_owned),
            why: why.to_owned(),
        });
    }

    /// A time limit in whole seconds: as decided, at least twice as long as the step takes.
    pub(crate) fn timeout(&self, step: &Step, otherwise: u64) -> u64 {
        let decided = self.decisions.steps.get(&step.id).and_then(|it| it.timeout);
        let said = decided.or(step.timeout).map(|it| it.0.div_ceil(1000));
        let twice = step
            .duration
            .map_or(0, |it| it.0.saturating_mul(2).div_ceil(1000));
        let limit = if self.is_express { EXPRESS } else { YEAR };
        if self.is_express && self.tightness == Tightness::Least && step.timeout.is_none() {
            return twice.clamp(1, limit);
        }
        let otherwise = if self.is_express {
            otherwise.min(10)
        } else {
            otherwise
        };
        said.unwrap_or(otherwise).max(twice).clamp(1, limit)
    }

    pub(crate) fn may_repeat(&self, step: &Step) -> bool {
        let decided = self.decisions.steps.get(&step.id);
        decided.map_or(step.idempotent, |it| it.repeatable.is_so()) || step.idempotent
    }
}

/// The error that a failed execution shows: what `error` in its data says. Who answers a callback may have said nothing, and
/// JSONata fails on that.
pub(crate) fn shown(field: &str, language: QueryLanguage) -> Expr {
    let said = Expr::Data(vec!["error".to_owned(), field.to_owned()]);
    match language {
        QueryLanguage::Jsonata => Expr::Join(vec![said, Expr::text("")]),
        QueryLanguage::JsonPath => said,
    }
}

#[cfg(test)]
mod tests;
