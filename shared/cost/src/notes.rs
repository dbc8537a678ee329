//! What a number stands on, and what makes it less than it seems.

use std::fmt::Write as _;

use asl::{Definition, MapMode, StateKind};
use facts::{Count, ExecutionSample, MachineFacts, Metrics, SampleSource};
use findings::Evidence;
use pricing::num;
use rust_decimal::Decimal;

use crate::month::{Month, Usage, Work};
use crate::numbers::{counted, dates, duration, float, short};
use crate::usage::{self, Range, Source, Transitions};

/// What the bill of a machine stands on.
pub(crate) fn evidence(month: &Month<'_>, work: &Work<'_>) -> Vec<Evidence> {
    let cloudwatch = || format!("CloudWatch, {}", dates(work.metrics.window));
    let mut all = vec![Evidence {
        what: "ExecutionsStarted".to_owned(),
        value: format!(
            "{} in {}",
            short(work.metrics.started.total.into()),
            work.observed.words()
        ),
        source: cloudwatch(),
    }];
    if let Some(stats) = &work.duration {
        let p99 = stats
            .p99
            .map(|p99| format!("p99 {}, ", duration(p99)))
            .unwrap_or_default();
        all.push(Evidence {
            what: "ExecutionTime".to_owned(),
            value: format!(
                "mean {}, {p99}maximum {} of {}",
                duration(stats.average),
                duration(stats.maximum),
                counted(stats.samples, "execution")
            ),
            source: cloudwatch(),
        });
    }
    match &work.usage {
        Usage::Standard(each) => all.extend(transitions(each, work.metrics)),
        Usage::Express(express) if express.measured => all.push(Evidence {
            what: "billed duration and memory".to_owned(),
            value: format!(
                "mean {} and {} MB",
                duration(float(express.duration_ms.best)),
                short(express.memory_mb.best.round_dp(1))
            ),
            source: cloudwatch(),
        }),
        Usage::Idle | Usage::Express(_) => {}
    }
    let sampled = month.facts.executions.known();
    all.extend(sampled.filter(|it| !it.profiles.is_empty()).map(sample));
    all.extend(work.children.iter().map(|child| Evidence {
        what: format!("children of `{}`", child.label),
        value: format!("{} a month", plain(child.executions)),
        source: child.source.clone(),
    }));
    all
}

/// The transitions of one execution, by each source that tells them.
pub fn transitions(each: &Transitions, metrics: &Metrics) -> Vec<Evidence> {
    let Range { best, low, high } = each.per_execution;
    let (value, source) = match each.source {
        Source::Metric => (
            places(best),
            format!("CloudWatch ConsumedCapacity, {}", dates(metrics.window)),
        ),
        Source::Histories(1) => (
            places(best),
            "1 sampled history, which says nothing of others".to_owned(),
        ),
        Source::Histories(count) => (
            format!("{} +- {}", places(best), places(num::sub(high, best))),
            histories(count),
        ),
        Source::Definition if low == high => (short(low), "the definition".to_owned()),
        Source::Definition => (
            format!("{} to {}", short(low), short(high)),
            "the definition".to_owned(),
        ),
        Source::FewestOfDefinition => (
            format!("{} or more", short(low)),
            "the definition".to_owned(),
        ),
    };
    let what = "transitions per execution".to_owned();
    let mut all = vec![Evidence {
        what: what.clone(),
        value,
        source,
    }];
    if let Some((mean, count)) = each.histories_say {
        all.push(Evidence {
            what,
            value: format!(
                "{}: differs from ConsumedCapacity by more than 10 %",
                places(mean)
            ),
            source: histories(count),
        });
    }
    all
}

fn histories(count: usize) -> String {
    if count == 1 {
        "1 sampled history".to_owned()
    } else {
        format!("{count} sampled histories")
    }
}

/// Two decimals: `8.00`; none from a thousand on.
pub fn places(value: Decimal) -> String {
    let rounded = |places| {
        let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        value.round_dp_with_strategy(places, strategy)
    };
    if value < Decimal::ONE_THOUSAND {
        format!("{:.2}", rounded(2))
    } else {
        short(rounded(0))
    }
}

fn plain(range: Range) -> String {
    let whole = |value: Decimal| short(value.round());
    if range.is_exact() {
        whole(range.best)
    } else {
        format!(
            "{} ({} to {})",
            whole(range.best),
            whole(range.low),
            whole(range.high)
        )
    }
}

/// How the sampled executions were chosen.
fn sample(sample: &ExecutionSample) -> Evidence {
    let read = sample.profiles.len();
    let mut value = format!(
        "{read} of the newest {} that ended",
        short(sample.listed.into())
    );
    if !sample.strata.is_empty() {
        let kinds: Vec<String> = sample
            .strata
            .iter()
            .map(|stratum| format!("{} {}", short(stratum.listed.into()), stratum.name))
            .collect();
        _ = write!(value, ": {}; seed {}", kinds.join("; "), sample.seed);
    }
    let source = match sample.source {
        SampleSource::Histories => "states:GetExecutionHistory",
        SampleSource::Logs => "its log group",
    };
    let when = match (sample.oldest, sample.newest) {
        (Some(start), Some(end)) => format!(", {}", dates(facts::Window { start, end })),
        _ => String::new(),
    };
    Evidence {
        what: "sampled executions".to_owned(),
        value,
        source: format!("{source}{when}"),
    }
}

/// What a reader of the bill must know.
pub(crate) fn notes(month: &Month<'_>, work: &Work<'_>) -> Vec<String> {
    let mut all = window(work);
    all.extend(of_metrics(work));
    all.extend(of_transitions(month, work));
    if let Some(sample) = month.facts.executions.known() {
        all.extend(of_sample(sample, month.definition.as_ref()));
        let begins = work.metrics.window.start;
        if let Some(newest) = sample.newest.filter(|newest| *newest < begins) {
            all.push(format!(
                "the sampled executions are older than the window: the newest was started on {}",
                newest.strftime("%-d %b %Y")
            ));
        }
    }
    all.extend(of_maps(month, work));
    all.extend(of_logs(month, work));
    all
}

/// What it logs and traces costs too, where that is known.
fn of_logs(month: &Month<'_>, work: &Work<'_>) -> Option<String> {
    if matches!(work.usage, Usage::Idle) {
        return None;
    }
    let why = month
        .facts
        .logging
        .get()
        .err()
        .or(month.facts.tracing.get().err())?;
    Some(format!(
        "what it logs or traces is not known and not in here: {why}"
    ))
}

fn window(work: &Work<'_>) -> Vec<String> {
    let mut all = Vec::new();
    if work.metrics.started.total == 0 {
        all.push(format!("nothing was started in {}", work.observed.words()));
    }
    if work.observed.since_creation {
        all.push(format!(
            "it began to run within the window: a month is reckoned from {}",
            work.observed.words()
        ));
    }
    all.extend(season(work));
    all
}

/// First and second half of the window, where they differ by more than half of the larger one.
fn season(work: &Work<'_>) -> Option<String> {
    // The halves of a machine that began in between say how old it is, and nothing else.
    if work.observed.since_creation {
        return None;
    }
    let (first, second) = halves(&work.metrics.started, work.metrics)?;
    let (larger, smaller) = (first.max(second), first.min(second));
    if larger == 0 || smaller.saturating_mul(2) >= larger {
        return None;
    }
    let halves = work.observed.seconds / 2;
    let month = |count| {
        usage::per_month(
            count,
            usage::Observed {
                seconds: halves,
                since_creation: false,
            },
        )
    };
    Some(format!(
        "executions are not spread evenly: {} in the first half of the window and {} in the second; a month like the second has {}",
        short(first.into()),
        short(second.into()),
        short(month(second).round())
    ))
}

/// Sums of the periods that begin in each half; none where there are too few periods to tell.
fn halves(count: &Count, metrics: &Metrics) -> Option<(u64, u64)> {
    let window = metrics.window;
    if window.seconds() < 4 * 86_400 {
        return None;
    }
    let middle = window.start.as_second() + window.seconds() / 2;
    Some(
        count
            .by_day
            .iter()
            .fold((0, 0), |(first, second), (at, sum)| {
                if at.as_second() < middle {
                    (u64::saturating_add(first, *sum), second)
                } else {
                    (first, u64::saturating_add(second, *sum))
                }
            }),
    )
}

fn of_metrics(work: &Work<'_>) -> Vec<String> {
    let metrics = work.metrics;
    let mut all = Vec::new();
    if metrics.discarded > 0 {
        all.push(format!(
            "{} of CloudWatch {} no amount (negative, or not a number) and left out: there may be more than is counted",
            counted(metrics.discarded, "data point"),
            if metrics.discarded == 1 { "is" } else { "are" }
        ));
    }
    all.extend(gap(work));
    let ended = metrics.duration.as_ref().map_or(0, |stats| stats.samples);
    let started = metrics.started.total;
    if started > 0 && ended > 0 && started.abs_diff(ended) > started.min(ended) / 10 {
        all.push(format!(
            "{} ended and {} started in the window: some began before it, still run, or CloudWatch lacks data",
            short(ended.into()),
            short(started.into())
        ));
    }
    all
}

/// Days without a data point between days with some, where it otherwise runs on nearly every day.
fn gap(work: &Work<'_>) -> Option<String> {
    const DAY: i64 = 86_400;
    let window = work.metrics.window;
    let days = window.seconds() / DAY;
    let busy = work
        .metrics
        .started
        .by_day
        .iter()
        .filter(|(_, count)| **count > 0);
    let busy = i64::try_from(busy.count()).unwrap_or(i64::MAX);
    let of = work.observed.seconds / DAY;
    let missing = of.min(days).saturating_sub(busy);
    (days >= 5 && missing > 0 && missing * 2 <= of).then(|| {
        format!(
            "CloudWatch has no executions on {missing} of {of} days: it was idle, or data points are late or lost, and then a month is more"
        )
    })
}

fn of_transitions(month: &Month<'_>, work: &Work<'_>) -> Vec<String> {
    let Usage::Standard(each) = &work.usage else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if let Some((mean, _)) = each.histories_say {
        all.push(format!(
            "ConsumedCapacity says {} transitions an execution, sampled histories say {}: the metric is used, the other is the end of the range",
            places(each.per_execution.best),
            places(mean)
        ));
        all.push(
            "its states share what ConsumedCapacity says, as the sampled histories say".to_owned(),
        );
    }
    if let (Some(metric), true) = (work.metrics.transitions, each.source != Source::Metric) {
        all.push(format!(
            "ConsumedCapacity says {} transitions for {} executions, which cannot be: it is not believed",
            short(metric.into()),
            short(work.metrics.started.total.into())
        ));
    }
    if each.source == Source::FewestOfDefinition {
        all.push(
            "the fewest transitions of the definition are counted: a loop or a Map makes them more"
                .to_owned(),
        );
    }
    if each.source == Source::Metric
        && let Some(definition) = &month.definition
    {
        all.extend(below_definition(each, definition, work.metrics));
    }
    all
}

/// Fewer transitions than the shortest way through the definition has, though hardly any execution ends badly.
fn below_definition(
    each: &Transitions,
    definition: &Definition,
    metrics: &Metrics,
) -> Option<String> {
    let fewest = usage::by_definition(definition).per_execution.low;
    let failed = usage::ended_badly(metrics);
    let few_fail = failed.saturating_mul(20) <= metrics.started.total;
    let less = num::mul(fewest, Decimal::new(9, 1));
    (few_fail && each.per_execution.best < less).then(|| {
        format!(
            "ConsumedCapacity says {} transitions an execution, the shortest way through the definition has {}: data points are missing, or the definition was changed within the window",
            places(each.per_execution.best),
            short(fewest)
        )
    })
}

/// Transitions vary where their standard deviation is more than a quarter of the mean.
const VARIES: f64 = 0.25;

fn of_sample(sample: &ExecutionSample, definition: Option<&Definition>) -> Vec<String> {
    let mut all = Vec::new();
    let say = |count: usize, what: &str| {
        (count > 0).then(|| {
            format!(
                "{count} of {} sampled executions {what}",
                sample.profiles.len()
            )
        })
    };
    let having = |of: &dyn Fn(&facts::HistoryProfile) -> bool| {
        sample.profiles.iter().filter(|profile| of(profile)).count()
    };
    all.extend(say(
        having(&|profile| profile.redriven > 0),
        "were redriven: what failed before is counted too",
    ));
    all.extend(say(
        having(&|profile| profile.missing > 0),
        "lack events: they had at least as many transitions as counted",
    ));
    all.extend(say(
        having(&|profile| profile.clock_back > 0),
        "have events stamped earlier than those they follow: that time counts as none",
    ));
    if let Some(definition) = definition {
        let names: std::collections::BTreeSet<&str> = definition
            .states()
            .iter()
            .map(|state| state.name.value.as_str())
            .collect();
        all.extend(say(
            having(&|profile| {
                profile
                    .entered
                    .keys()
                    .any(|name| !names.contains(name.as_str()))
            }),
            "entered states that the definition does not have: it was changed within the window",
        ));
    }
    if sample.too_long > 0 {
        all.push(format!(
            "{} longer than what is read of a history and {} not in the sample: the mean is too low",
            if sample.too_long == 1 { "1 chosen execution is".to_owned() } else { format!("{} chosen executions are", sample.too_long) },
            if sample.too_long == 1 { "is" } else { "are" }
        ));
    }
    if sample.unread > 0 {
        all.push(format!(
            "the {} of {} could not be read: older than their retention, or gone",
            if sample.unread == 1 {
                "history"
            } else {
                "histories"
            },
            counted(sample.unread, "chosen execution")
        ));
    }
    all.extend(varying(sample, definition));
    all
}

fn varying(sample: &ExecutionSample, definition: Option<&Definition>) -> Option<String> {
    let counts = || sample.profiles.iter().map(|profile| profile.transitions);
    let (mean, _) = sample.mean_count(|profile| profile.transitions)?;
    let (squares, _) =
        sample.mean_count(|profile| profile.transitions.saturating_mul(profile.transitions))?;
    let variance = squares - mean * mean;
    if mean <= 0.0 || variance.max(0.0).sqrt() <= VARIES * mean {
        return None;
    }
    let because = definition.map(repeats).filter(|names| !names.is_empty());
    let because = because.map_or_else(String::new, |names| {
        let verb = if names.len() == 1 { "runs" } else { "run" };
        format!(": {} {verb} as often as the data says", names.join(", "))
    });
    Some(format!(
        "executions differ: {} to {} transitions{because}",
        short(counts().min()?.into()),
        short(counts().max()?.into())
    ))
}

/// Loops and Maps of a definition, by a name each.
fn repeats(definition: &Definition) -> Vec<String> {
    const SHOWN: usize = 3;
    let mut names: Vec<String> = Vec::new();
    let mut open = vec![&definition.machine.scope];
    while let Some(scope) = open.pop() {
        let graph = scope.graph();
        for members in graph.loops(|_| true) {
            let first = members.first().and_then(|at| scope.states.get(*at));
            names.extend(first.map(|state| format!("the loop of `{}`", state.name.value)));
        }
        for state in &scope.states {
            if let StateKind::Map(_) = &state.kind {
                names.push(format!("the Map `{}`", state.name.value));
            }
            open.extend(state.scopes());
        }
    }
    names.sort();
    if names.len() > SHOWN {
        let more = names.len() - SHOWN;
        names.truncate(SHOWN);
        names.push(format!("{more} more"));
    }
    names
}

fn of_maps(month: &Month<'_>, work: &Work<'_>) -> Option<String> {
    let definition = month.definition.as_ref()?;
    let distributed = definition
        .states()
        .into_iter()
        .find(|state| matches!(&state.kind, StateKind::Map(map) if map.mode != MapMode::Inline))?;
    if matches!(work.usage, Usage::Idle) {
        return None;
    }
    let name = &distributed.name.value;
    Some(if work.children.is_empty() {
        format!(
            "what the children of the Distributed Map `{name}` cost is not in here: {}",
            unknown_children(month.facts)
        )
    } else {
        format!(
            "the children of the Distributed Map `{name}` are a line of their own: AWS tells their metrics apart from those of the state machine"
        )
    })
}

/// True where something that costs cannot be counted.
pub(crate) fn is_at_least(month: &Month<'_>, work: &Work<'_>) -> bool {
    let fewest =
        matches!(&work.usage, Usage::Standard(each) if each.source == Source::FewestOfDefinition);
    let unknown = work.children.is_empty() && of_maps(month, work).is_some();
    let starts_only = work
        .children
        .iter()
        .any(|child| child.transitions.is_none() && child.express.is_none());
    let unlogged = of_logs(month, work).is_some();
    let with_data = month
        .facts
        .logging
        .known()
        .is_some_and(|logging| logging.include_execution_data)
        && work.logged.high > Decimal::ZERO
        && month.facts.logs.known().is_none();
    fewest || unknown || starts_only || unlogged || with_data || work.metrics.discarded > 0
}

fn unknown_children(facts: &MachineFacts) -> String {
    match facts.executions.get() {
        Err(why) => why.to_owned(),
        Ok(_) => "no Map Run was read".to_owned(),
    }
}
