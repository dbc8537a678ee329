//! What rules on good practice share: where a state stands, what a Task calls, how long retriers wait, and members that
//! are put into a definition.

pub(crate) mod delays;
pub(crate) mod insert;
pub(crate) mod waits;

#[cfg(test)]
mod tests;

use asl::{Definition, MapMode, Node, Retrier, State, StateKind};
use facts::{Fact, WorkflowType};

use crate::{Subject, Verdict};
use cost::able::LIMIT_SECONDS;

/// Problems after which a part of the text is not in the model: what seems to be missing may stand there.
const UNREAD: [&str; 4] = [
    "invalid-json",
    "invalid-yaml",
    "too-deeply-nested",
    "too-many-aliases",
];

/// The definition, where all of it was read; else the verdict is told why the rule cannot be applied.
pub(crate) fn definition<'a>(
    subject: &Subject<'a>,
    verdict: &mut Verdict,
) -> Option<&'a Definition> {
    let definition = subject.assessable(verdict)?;
    let unread = definition
        .problems
        .iter()
        .find(|problem| UNREAD.contains(&problem.id));
    if let Some(problem) = unread {
        verdict.not_assessed(format!(
            "the definition cannot be read: {}",
            problem.message
        ));
        return None;
    }
    Some(definition)
}

/// True where the machine is known to be Express.
pub(crate) fn is_express(subject: &Subject<'_>) -> bool {
    subject.facts.workflow_type == Fact::Known(WorkflowType::Express)
}

/// All states in the order of the text, each with what the states around it make of `outermost`.
pub(crate) fn places<'a, I: Copy>(
    definition: &'a Definition,
    outermost: I,
    inside: impl Fn(&'a State, I) -> I,
) -> Vec<(&'a State, I)> {
    let mut places = Vec::new();
    let mut scopes = vec![(&definition.machine.scope, outermost)];
    while let Some((scope, around)) = scopes.pop() {
        for state in &scope.states {
            places.push((state, around));
            let inner = inside(state, around);
            scopes.extend(state.scopes().iter().map(|scope| (scope, inner)));
        }
    }
    places.sort_by_key(|(state, _)| state.span.start);
    places
}

/// Fields that say how many items of a Distributed Map may fail.
pub(crate) const TOLERANCE: [&str; 4] = [
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
];

/// True for a Distributed Map.
pub(crate) fn is_distributed(state: &State) -> bool {
    matches!(&state.kind, StateKind::Map(map) if map.mode != MapMode::Inline)
}

/// True where the processor of a Distributed Map runs as Express executions.
pub(crate) fn has_express_children(state: &State) -> bool {
    matches!(&state.kind, StateKind::Map(map) if map.mode == MapMode::Distributed { express: true })
}

/// A retrier of the state, as written.
pub(crate) fn written<'a>(state: &'a State, retrier: &Retrier) -> Option<&'a Node> {
    let items = state.field("Retry")?.items()?;
    let place = items.binary_search_by_key(&retrier.span.start, |item| item.span.start);
    items.get(place.ok()?)
}

/// True for a list that has items, or that is filled in elsewhere and may have them.
pub(crate) fn has_items(state: &State, field: &str) -> bool {
    let items = |node: &Node| node.items().is_none_or(|items| !items.is_empty());
    state.field(field).is_some_and(items)
}

/// True where the machine has a timeout of its own.
pub(crate) fn has_timeout(definition: &Definition) -> bool {
    definition.machine.scope.field("TimeoutSeconds").is_some()
}

/// True where a Task has a timeout of its own.
pub(crate) fn has_own_timeout(state: &State) -> bool {
    state.has("TimeoutSeconds") || state.has("TimeoutSecondsPath")
}

/// After how many seconds an execution is ended: by the machine's timeout, or because it is Express.
pub(crate) fn limit(definition: &Definition, express: bool) -> Option<f64> {
    let timeout = definition.machine.timeout_seconds.as_ref();
    let own = timeout.and_then(|timeout| timeout.value.number());
    let by_type = express.then(|| f64::from(LIMIT_SECONDS));
    own.into_iter().chain(by_type).reduce(f64::min)
}
