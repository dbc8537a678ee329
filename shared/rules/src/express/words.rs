//! The remarks on a machine that Express could run.

use asl::State;
use facts::Fact;
use findings::{Note, NoteKind};

use super::Case;
use cost::numbers::{counted, duration, short};
use cost::usage::Source;

/// Why it can be Express, what to mind, what is assumed: in this order.
pub(crate) fn notes(case: &Case<'_>) -> Vec<Note> {
    let of =
        |kind: NoteKind, texts: Vec<String>| texts.into_iter().map(move |text| Note { kind, text });
    of(NoteKind::Able, vec![able(case)])
        .chain(of(NoteKind::Mind, twice(case)))
        .chain(of(NoteKind::Mind, others(case)))
        .chain(of(NoteKind::Mind, limits(case)))
        .chain(of(NoteKind::Assume, assumed(case)))
        .collect()
}

fn able(case: &Case<'_>) -> String {
    let p99 = case
        .duration
        .p99
        .map(|p99| format!(", p99 {}", duration(p99)))
        .unwrap_or_default();
    let where_written = if case.open.resources.is_empty() {
        ""
    } else {
        " in what is written"
    };
    format!(
        "longest run {}{p99} in {} (Express ends at 300 s); no `.sync`, callback, activity, Distributed Map{where_written}",
        duration(case.duration.maximum),
        case.observed.words(),
    )
}

/// Who bears to run twice.
fn twice(case: &Case<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    let hazards = &case.hazards;
    if !hazards.harmful.is_empty() {
        let verb = if hazards.harmful.len() == 1 {
            "is"
        } else {
            "are"
        };
        parts.push(format!(
            "{} {verb} not idempotent as written",
            of_states(&hazards.harmful)
        ));
    }
    let mut untold = Vec::new();
    if !hazards.functions.is_empty() {
        let (verb, whose) = if hazards.functions.len() == 1 {
            ("is", "its function's")
        } else {
            ("are", "their functions'")
        };
        untold.push(format!(
            "whether {} {verb} idempotent is in {whose} code",
            of_states(&hazards.functions)
        ));
    }
    if !hazards.untold.is_empty() {
        let (verb, call) = if hazards.untold.len() == 1 {
            ("is", "it calls")
        } else {
            ("are", "they call")
        };
        untold.push(format!(
            "whether {} {verb} idempotent depends on what {call}",
            of_states(&hazards.untold)
        ));
    }
    if !untold.is_empty() {
        parts.push(untold.join("; "));
    }
    if let Some(first) = parts.first_mut() {
        *first = format!(
            "Express started asynchronously may run twice (synchronously: at most once): {first}"
        );
    }
    parts
}

/// What breaks for others.
fn others(case: &Case<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    let facts = case.subject.facts;
    let rules = facts
        .event_rules
        .known()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if !rules.is_empty() {
        let (noun, verb) = if rules.len() == 1 {
            ("rule", "listens")
        } else {
            ("rules", "listen")
        };
        parts.push(format!(
            "the EventBridge {noun} {} {verb} to its status events; Express sends none",
            list(rules.iter().map(|rule| rule.name.clone()))
        ));
    }
    let waiting: Vec<String> = callers(case, true);
    if !waiting.is_empty() {
        let verb = if waiting.len() == 1 { "waits" } else { "wait" };
        parts.push(format!(
            "{} {verb} for it by `.sync`, which Express does not offer; `aws-sdk:sfn:startSyncExecution` waits instead",
            list(waiting.into_iter())
        ));
    }
    parts
}

/// States of other machines that start this one, as `machine/state`.
pub(crate) fn callers(case: &Case<'_>, waits: bool) -> Vec<String> {
    let callers = case
        .subject
        .facts
        .callers
        .known()
        .map(Vec::as_slice)
        .unwrap_or_default();
    callers
        .iter()
        .filter(|caller| caller.waits == waits)
        .map(|caller| format!("{}/{}", caller.machine, caller.state))
        .collect()
}

/// What Express does not do as Standard does.
fn limits(case: &Case<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    let open = &case.open;
    if !open.resources.is_empty() {
        parts.push(format!(
            "what {} calls is filled in elsewhere: `.sync`, a callback or an activity there rules Express out",
            list(open.resources.iter().cloned())
        ));
    }
    if let Some(seconds) = open.timeout_seconds {
        parts.push(format!(
            "`TimeoutSeconds` of the machine is {seconds}; Express ends at 300 s all the same"
        ));
    }
    if case.few() && !open.waits.is_empty() {
        parts.push(format!(
            "how long {} waits is computed when it runs",
            list(open.waits.iter().cloned())
        ));
    }
    if !open.retries.is_empty() {
        parts.push(format!(
            "all retries of {} together may wait longer than the 300 s of Express",
            list(open.retries.iter().cloned())
        ));
    }
    if open.reads_redrive_count {
        parts.push(
            "`Execution.RedriveCount` is read; the context object of Express has none".to_owned(),
        );
    }
    if let Some(unfinished) = case.unfinished() {
        parts.push(format!(
            "{} of {} executions that were started in the window did not end in it; how long they run is not known",
            short(unfinished.into()),
            short(case.metrics.started.total.into()),
        ));
    }
    parts.push(
        "Express keeps no list of executions: no `ListExecutions`, `StopExecution`, redrive or 90-day history, and a \
         second start of the same name runs again"
            .to_owned(),
    );
    parts
}

fn assumed(case: &Case<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    let each = &case.comparison.transitions;
    match each.source {
        Source::Metric | Source::Histories(_) => {}
        Source::Definition if each.per_execution.low == each.per_execution.high => parts.push(format!(
            "transitions are not measured: the definition takes {} of them, retries are not counted",
            short(each.per_execution.low),
        )),
        Source::Definition => parts.push(format!(
            "transitions are not measured: the definition takes {} to {} of them, the middle is used and retries are \
             not counted",
            short(each.per_execution.low),
            short(each.per_execution.high),
        )),
        Source::FewestOfDefinition => parts.push(format!(
            "transitions are not measured: the definition takes {} at the least, retries and rounds are not counted",
            short(each.per_execution.low),
        )),
    }
    if case.few() {
        parts.push(format!(
            "only {} ended in the window",
            counted(case.duration.samples, "execution")
        ));
    }
    if case.observed.since_creation {
        parts.push(format!(
            "the machine is {} old: a month is projected from that",
            case.observed.words()
        ));
    }
    let facts = case.subject.facts;
    let unchecked: Vec<String> = [
        (
            "EventBridge rules on its status events",
            why(&facts.event_rules),
        ),
        ("state machines that start it", why(&facts.callers)),
    ]
    .into_iter()
    .filter_map(|(what, why)| Some(format!("{what} ({})", why?)))
    .collect();
    if !unchecked.is_empty() {
        parts.push(format!("not checked: {}", unchecked.join(", ")));
    }
    parts.extend(case.subject.prices.notes().into_iter().map(str::to_owned));
    parts
}

fn why<T>(fact: &Fact<T>) -> Option<&str> {
    fact.get().err()
}

/// Names of states in backticks; many of them are counted.
pub(crate) fn of_states(states: &[&State]) -> String {
    list(states.iter().map(|state| state.name.value.clone()))
}

/// Names in backticks: `` `A`, `B` and `C` ``, from the fifth on counted.
pub(crate) fn list(names: impl Iterator<Item = String>) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    if more > 1 {
        names.truncate(SHOWN);
        names.push(format!("{more} more"));
    }
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
