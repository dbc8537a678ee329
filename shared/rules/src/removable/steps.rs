//! The steps in which a person removes a state.

use asl::{EdgeKind, Node, QueryLanguage, State};

use super::forms::Wrapping;
use super::plan::{How, Removal};
use super::words::{names, quoted, starts};

/// What to do, step by step.
pub(crate) fn steps(removal: &Removal<'_>) -> Vec<String> {
    let name = quoted(&removal.state.name.value);
    let next = removal
        .state
        .next
        .as_ref()
        .map(|next| quoted(&next.value))
        .unwrap_or_default();
    let remove = format!("remove {name} from States");
    match &removal.how {
        How::Skip { .. } => {
            let mut steps: Vec<String> = edges(removal)
                .into_iter()
                .map(|(state, field)| {
                    format!("set {field} of {} to {next}", quoted(&state.name.value))
                })
                .collect();
            if starts(removal) {
                steps.push(format!("set StartAt to {next}"));
            }
            steps.push(remove);
            steps
        }
        How::End { by, now, stays, .. } => {
            let mut steps = Vec::new();
            if now.is_empty() {
                steps.push(format!(
                    "remove the states between that do nothing, so that {} leads to {name}",
                    names(removal, by)
                ));
            }
            let ending = if now.is_empty() { by } else { now };
            steps.push(format!(
                "replace Next with \"End\": true in {}",
                names(removal, ending)
            ));
            if !stays {
                steps.push(remove);
            }
            steps
        }
        How::Merge { into, kind, direct } => merge_steps(
            removal,
            &quoted(removal.name(*into)),
            *kind,
            *direct,
            remove,
        ),
        How::Assign { by, direct } => {
            let by = quoted(removal.name(*by));
            let mut steps = between(*direct, &by, &name);
            steps.extend([
                format!("move the members of its Assign to Assign of {by}"),
                format!("set Next of {by} to {next}"),
                remove,
            ]);
            steps
        }
        How::Unwrap(wrapping) => unwrap_steps(removal, *wrapping),
    }
}

fn between(direct: bool, from: &str, to: &str) -> Vec<String> {
    let step = format!("remove the states between that do nothing, so that {from} leads to {to}");
    if direct { Vec::new() } else { vec![step] }
}

fn merge_steps(
    removal: &Removal<'_>,
    into: &str,
    kind: EdgeKind,
    direct: bool,
    remove: String,
) -> Vec<String> {
    let name = quoted(&removal.state.name.value);
    let mut steps = between(direct, into, &name);
    let default = removal
        .state
        .field("Default")
        .and_then(Node::as_str)
        .map(quoted);
    if kind == EdgeKind::Default {
        steps.push(format!("append the rules of {name} to those of {into}"));
        steps.push(match default {
            Some(default) => format!("set Default of {into} to {default}"),
            None => format!("remove Default of {into}: what no rule matches fails there instead"),
        });
    } else {
        steps.push(format!("in {into}, put each rule of {name} before the rule that leads here, both joined with And (JSONata: `and`)"));
        steps.push(match default {
            Some(default) => format!("let the rule that leads here lead to {default}"),
            None => "let the rule that leads here lead to a Fail state: no rule matched".to_owned(),
        });
    }
    steps.push(remove);
    steps
}

fn unwrap_steps(removal: &Removal<'_>, wrapping: Wrapping) -> Vec<String> {
    let inner = removal.state.scopes().first();
    let start = inner
        .and_then(|scope| scope.start_at.as_ref())
        .map(|start| quoted(&start.value))
        .unwrap_or_default();
    let name = quoted(&removal.state.name.value);
    let on = match &removal.state.next {
        Some(next) => format!("lead to {}", quoted(&next.value)),
        None => "end here too".to_owned(),
    };
    let mut steps = vec!["move the states of the branch beside the state".to_owned()];
    if wrapping == Wrapping::Dropped {
        steps.push(match removal.state.query_language {
            QueryLanguage::JsonPath => format!("give {start} \"ResultPath\": null, so that the output of the branch stays dropped"),
            QueryLanguage::Jsonata => {
                format!("give {start} \"Output\": \"{{% $states.input %}}\", so that the output of the branch stays dropped")
            }
        });
    }
    steps.extend([
        format!("let states that ended the branch {on}"),
        format!("let what led to {name} lead to {start}"),
        format!("remove {name} from States"),
    ]);
    steps
}

/// The fields that lead to it, with their states.
fn edges<'a>(removal: &Removal<'a>) -> Vec<(&'a State, String)> {
    let field = |kind| match kind {
        EdgeKind::Next => "Next".to_owned(),
        EdgeKind::Rule(rule) => format!("Next of rule {}", rule + 1),
        EdgeKind::Default => "Default".to_owned(),
        EdgeKind::Catch(catcher) => format!("Next of catcher {}", catcher + 1),
    };
    removal
        .edges_in()
        .filter_map(|edge| Some((removal.scope.states.get(edge.from)?, field(edge.kind))))
        .collect()
}
