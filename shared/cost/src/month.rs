//! What one state machine does in a month, before it is priced.

use asl::Definition;
use facts::{
    DurationStats, ExecutionSample, Fact, HistoryProfile, MachineFacts, MapChildren, Metrics,
    WorkflowType,
};
use pricing::num;
use rust_decimal::Decimal;

use crate::numbers::{counted, decimal};
use crate::usage::{self, Observed, Range, Transitions};
use crate::{compare, logging};

/// What one state machine does in a month.
pub(crate) struct Month<'a> {
    pub(crate) facts: &'a MachineFacts,
    pub(crate) definition: Option<Definition>,
    pub(crate) work: Result<Work<'a>, String>,
}

/// A month whose executions are known.
pub(crate) struct Work<'a> {
    pub(crate) metrics: &'a Metrics,
    pub(crate) observed: Observed,
    /// Executions started.
    pub(crate) executions: Decimal,
    pub(crate) duration: Option<DurationStats>,
    pub(crate) usage: Usage,
    pub(crate) children: Vec<Children>,
    /// Bytes that its executions log.
    pub(crate) logged: Range,
}

/// What is billed for.
pub(crate) enum Usage {
    /// Nothing was started.
    Idle,
    Standard(Transitions),
    Express(Express),
}

/// Executions of an Express workflow, or Express children of a Distributed Map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Express {
    /// Billed milliseconds of one execution.
    pub(crate) duration_ms: Range,
    /// Billed MB.
    pub(crate) memory_mb: Range,
    /// GB-seconds of the month.
    pub(crate) gb_seconds: Range,
    /// From `ExpressExecutionBilledDuration` and `ExpressExecutionBilledMemory`, and not estimated.
    pub(crate) measured: bool,
}

/// Children of one Distributed Map in a month.
pub(crate) struct Children {
    pub(crate) label: String,
    /// Child executions: one transition each.
    pub(crate) executions: Range,
    /// Transitions in them, where they are Standard.
    pub(crate) transitions: Option<Range>,
    /// What is billed of them, where they are Express.
    pub(crate) express: Option<Express>,
    /// Where the numbers come from.
    pub(crate) source: String,
    /// `ConsumedCapacity` of the machine holds their starts already.
    pub(crate) is_counted: bool,
}

impl<'a> Month<'a> {
    pub(crate) fn of(facts: &'a MachineFacts) -> Self {
        let definition = facts.parse();
        let work = Work::of(facts, definition.as_ref());
        Self {
            facts,
            definition,
            work,
        }
    }

    /// GB-seconds of a month, those of Express children included.
    pub(crate) fn gb_seconds(&self) -> Decimal {
        let Ok(work) = &self.work else {
            return Decimal::ZERO;
        };
        let own = match &work.usage {
            Usage::Express(express) => express.gb_seconds.best,
            Usage::Idle | Usage::Standard(_) => Decimal::ZERO,
        };
        let children = work.children.iter().filter_map(|child| child.express);
        children.fold(own, |sum, express| num::add(sum, express.gb_seconds.best))
    }
}

impl<'a> Work<'a> {
    fn of(facts: &'a MachineFacts, definition: Option<&Definition>) -> Result<Self, String> {
        let metrics = facts
            .metrics
            .get()
            .map_err(|why| format!("metrics: {why}"))?;
        let workflow = facts
            .workflow_type
            .get()
            .map_err(|why| format!("type: {why}"))?;
        let observed = usage::observed(facts, metrics);
        too_short(facts, metrics, observed)?;
        let executions = usage::per_month(metrics.started.total, observed);
        let duration = usage::duration(metrics);
        let usage = match workflow {
            _ if metrics.started.total == 0 => Usage::Idle,
            WorkflowType::Standard => Usage::Standard(
                usage::measured_transitions(facts, metrics)
                    .or_else(|| definition.map(usage::by_definition))
                    .ok_or("neither ConsumedCapacity nor histories nor the definition tell the number of transitions")?,
            ),
            WorkflowType::Express => Usage::Express(
                measured_express(metrics, observed, executions)
                    .or_else(|| {
                        let (stats, definition) = (duration.as_ref()?, definition?);
                        Some(estimated_express(facts, definition, stats, executions))
                    })
                    .ok_or("CloudWatch has no billed duration of it, and no duration to estimate it from")?,
            ),
        };
        let children = match (facts.executions.known(), &usage) {
            (Some(sample), Usage::Standard(_)) => children(sample, observed, executions),
            _ => Vec::new(),
        };
        let children = counted_once(children, &usage, executions);
        let mut work = Self {
            metrics,
            observed,
            executions,
            duration,
            usage,
            children,
            logged: Range::default(),
        };
        work.logged = work.logs(facts, definition);
        Ok(work)
    }

    /// Billed transitions of one execution, whatever the type: what a month as Standard rests on.
    pub(crate) fn transitions(
        &self,
        facts: &MachineFacts,
        definition: Option<&Definition>,
    ) -> Option<Transitions> {
        match &self.usage {
            Usage::Idle => None,
            Usage::Standard(transitions) => Some(transitions.clone()),
            // ConsumedCapacity says nothing of an Express workflow.
            Usage::Express(_) => facts
                .executions
                .known()
                .and_then(usage::sampled)
                .map(|(per_execution, count)| Transitions {
                    per_execution,
                    source: usage::Source::Histories(count),
                    histories_say: None,
                })
                .or_else(|| definition.map(usage::by_definition)),
        }
    }

    fn logs(&self, facts: &MachineFacts, definition: Option<&Definition>) -> Range {
        let Some(logging) = facts.logging.known() else {
            return Range::default();
        };
        let transitions = self.transitions(facts, definition);
        let transitions = transitions.map_or_else(Range::default, |it| it.per_execution);
        let failed = logging::errors_per_execution(facts, self.metrics);
        transitions.map(|each| logging::bytes(logging.level, self.executions, each, failed))
    }
}

/// A shorter look than this says nothing of a month.
const LEAST_SECONDS: i64 = 3_600;

/// Why nothing can be said of a month, where that is so.
fn too_short(facts: &MachineFacts, metrics: &Metrics, observed: Observed) -> Result<(), String> {
    let window = metrics.window;
    if window.end <= window.start {
        return Err("the observation window is empty".to_owned());
    }
    if facts
        .created
        .known()
        .is_some_and(|created| *created > window.end)
        && metrics.started.total > 0
    {
        return Err(
            "it was created after the observation window, in which it ran: a clock is off"
                .to_owned(),
        );
    }
    if observed.since_creation && observed.seconds < LEAST_SECONDS && metrics.started.total > 0 {
        return Err(format!(
            "it was observed for {} only: too short to tell a month",
            observed.words()
        ));
    }
    Ok(())
}

fn measured_express(metrics: &Metrics, observed: Observed, executions: Decimal) -> Option<Express> {
    let billing = metrics.express.as_ref()?;
    let (billed_ms, memory) = (
        decimal(billing.billed_ms),
        decimal(billing.billed_memory_mb),
    );
    if billed_ms <= Decimal::ZERO || memory <= Decimal::ZERO {
        return None;
    }
    // The sum rests on the executions that ended in the window, the requests on those that were started.
    let month_ms = usage::per_month_of(billed_ms, observed);
    let gb_seconds = pricing::gb_seconds(month_ms, memory);
    Some(Express {
        duration_ms: Range::exact(num::div(month_ms, executions)?),
        memory_mb: Range::exact(memory),
        gb_seconds: Range::exact(gb_seconds),
        measured: true,
    })
}

fn estimated_express(
    facts: &MachineFacts,
    definition: &Definition,
    stats: &DurationStats,
    executions: Decimal,
) -> Express {
    let duration_ms = compare::billed_duration(stats);
    let memory_mb = compare::billed_memory(definition, usage::payload_steps(facts, definition));
    let of = |ms, mb| num::mul(pricing::gb_seconds(ms, mb), executions);
    Express {
        duration_ms,
        memory_mb,
        gb_seconds: Range {
            best: of(duration_ms.best, memory_mb.best),
            low: of(duration_ms.low, memory_mb.low),
            high: of(duration_ms.high, memory_mb.high),
        },
        measured: false,
    }
}

/// Children of the Distributed Maps: from their own metrics where there are some, else from the Map Runs of the sample.
fn children(sample: &ExecutionSample, observed: Observed, executions: Decimal) -> Vec<Children> {
    let of = |map: &MapChildren| {
        let measured = map
            .metrics
            .as_ref()
            .filter(|metrics| metrics.started.total > 0);
        match measured {
            Some(metrics) => Some(measured_children(map, metrics, observed)),
            None => sampled_children(sample, map, executions),
        }
    };
    sample.map_children.iter().filter_map(of).collect()
}

fn measured_children(map: &MapChildren, metrics: &Metrics, observed: Observed) -> Children {
    let executions = usage::per_month(metrics.started.total, observed);
    let express = measured_express(metrics, observed, executions);
    let inside = metrics
        .transitions
        .map(|count| Range::exact(usage::per_month(count, observed)))
        .or_else(|| mean_of(&map.transitions).map(|mean| mean.times(executions)));
    Children {
        label: map.label.clone(),
        executions: Range::exact(executions),
        transitions: inside.filter(|_| express.is_none()),
        express,
        source: format!("CloudWatch, {}", crate::numbers::dates(metrics.window)),
        is_counted: false,
    }
}

fn sampled_children(
    sample: &ExecutionSample,
    map: &MapChildren,
    executions: Decimal,
) -> Option<Children> {
    // Map Runs were read of some of the sampled executions that have any.
    let each = num::div(map.children.into(), map.parents.into())?;
    let (share, margin) = sample.mean_count(|profile| u64::from(profile.map_runs > 0))?;
    let (share, margin) = (decimal(share), decimal(margin));
    let runs = Range::around(
        share,
        num::sub(share, margin).max(Decimal::ZERO),
        num::add(share, margin).min(Decimal::ONE),
    );
    let started = runs.times(num::mul(executions, each));
    let inside = mean_of(&map.transitions).map(|mean| Range {
        best: num::mul(mean.best, started.best),
        low: num::mul(mean.low, started.low),
        high: num::mul(mean.high, started.high),
    });
    Some(Children {
        label: map.label.clone(),
        executions: started,
        transitions: inside,
        express: None,
        source: format!(
            "{} of {} sampled executions, {} of their children",
            counted(map.runs, "Map Run"),
            map.parents,
            map.transitions.len()
        ),
        is_counted: false,
    })
}

/// Whether `ConsumedCapacity` holds the starts of children is not documented. Where it is larger than what histories say by
/// just these starts, it does.
fn counted_once(mut children: Vec<Children>, usage: &Usage, executions: Decimal) -> Vec<Children> {
    let Usage::Standard(each) = usage else {
        return children;
    };
    let Some((own, _)) = each.histories_say else {
        return children;
    };
    let starts = children.iter().fold(Decimal::ZERO, |sum, child| {
        num::add(sum, child.executions.best)
    });
    let (Some(starts), metric) = (num::div(starts, executions), each.per_execution.best) else {
        return children;
    };
    let apart = num::sub(metric, num::add(own, starts)).abs();
    if starts > Decimal::ZERO && apart <= num::mul(metric, Decimal::new(1, 1)) {
        for child in &mut children {
            child.is_counted = true;
        }
    }
    children
}

/// The mean transitions of child executions, with its interval.
fn mean_of(values: &[u64]) -> Option<Range> {
    let profile = |transitions: &u64| HistoryProfile {
        transitions: *transitions,
        ..HistoryProfile::default()
    };
    let sample = ExecutionSample {
        listed: values.len() as u64,
        profiles: values.iter().map(profile).collect(),
        ..ExecutionSample::default()
    };
    usage::sampled(&sample).map(|(range, _)| range)
}

/// The type, as AWS writes it; empty where it is not known.
pub(crate) fn type_name(facts: &MachineFacts) -> &'static str {
    match facts.workflow_type {
        Fact::Known(WorkflowType::Standard) => "STANDARD",
        Fact::Known(WorkflowType::Express) => "EXPRESS",
        Fact::Unknown { .. } => "",
    }
}
