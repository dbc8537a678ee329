//! What grows until it is larger than a payload may be.

use asl::{Definition, MapMode, Node, QueryLanguage, Scope, State, StateKind};
use findings::{Finding, Severity};

use crate::declare::declare_rule;
use crate::practice::definition;
use crate::tasks::field_pointer;
use crate::{Subject, Verdict, fixing};

declare_rule! {
    /// ## What it finds
    ///
    /// A list that each round of a loop makes longer: `$append` of JSONata on what the state got or on the variable that it
    /// assigns. And a Distributed Map that reads its items from a file and gives the results of all children on as one list.
    ///
    /// It is silent where the results are written to a bucket (`ResultWriter`), dropped, or picked from (`ResultSelector`,
    /// `Output`), where `MaxItems` limits what is read, and where the items come with the payload, which is limited itself.
    ///
    /// ## Why it matters
    ///
    /// What goes from state to state may have 262,144 bytes, and a variable as well. Above that the execution fails with
    /// `States.DataLimitExceeded`: not in a test with ten items, but in the night with a hundred thousand.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Convert all",
    ///   "States": {
    ///     "Convert all": {
    ///       "Type": "Map",
    ///       "ItemReader": {
    ///         "Resource": "arn:aws:states:::s3:getObject",
    ///         "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
    ///         "Parameters": {"Bucket": "in", "Key": "list.csv"}
    ///       },
    ///       "ItemProcessor": {
    ///         "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    ///         "StartAt": "Convert",
    ///         "States": {
    ///           "Convert": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}
    ///         }
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Convert all",
    ///   "States": {
    ///     "Convert all": {
    ///       "Type": "Map",
    ///       "ItemReader": {
    ///         "Resource": "arn:aws:states:::s3:getObject",
    ///         "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
    ///         "Parameters": {"Bucket": "in", "Key": "list.csv"}
    ///       },
    ///       "ItemProcessor": {
    ///         "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    ///         "StartAt": "Convert",
    ///         "States": {
    ///           "Convert": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}
    ///         }
    ///       },
    ///       "ResultWriter": {
    ///         "Resource": "arn:aws:states:::s3:putObject",
    ///         "Parameters": {"Bucket": "out", "Prefix": "results"}
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Steps: how much a round or a child gives is not written in the definition, and a bucket is needed.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    "payload-growth", "a payload grows with each round or item", Reliability, Medium,
    confidence: Low, fix: Manual, needs: [], since: "0.1.0", strictness: Strict
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = definition(subject, verdict) else {
        return;
    };
    for state in definition.states() {
        if collects(state) {
            verdict.report(collected(subject, state, verdict));
        }
    }
    for (state, name, node) in growing(definition) {
        verdict.report(grown(subject, state, name, node, verdict));
    }
}

/// True for a Distributed Map that reads its items, however many there are, and gives all results on.
fn collects(state: &State) -> bool {
    let StateKind::Map(map) = &state.kind else {
        return false;
    };
    matches!(map.mode, MapMode::Distributed { .. })
        && state.has("ItemReader")
        && !is_limited(state)
        && !["ResultWriter", "ResultSelector", "Output"].iter().any(|name| state.has(name))
        && !state.field("ResultPath").is_some_and(Node::is_null)
}

/// True where it is written down how many items are read.
fn is_limited(state: &State) -> bool {
    let reader = state.field("ItemReader");
    let config = reader.and_then(|reader| reader.get("ReaderConfig"));
    config.is_some_and(|config| {
        config.get("MaxItems").is_some() || config.get("MaxItemsPath").is_some()
    })
}

fn collected(subject: &Subject<'_>, state: &State, verdict: &Verdict) -> Finding {
    let name = &state.name.value;
    let mut finding = verdict.draft(format!(
        "`{name}` gives the results of all its children on in one list, however many items it reads"
    ));
    finding.severity = Severity::Low;
    finding.why =
        String::from("above 262,144 bytes the execution fails with `States.DataLimitExceeded`, after all the work is done");
    finding.action = String::from("write the results to a bucket with `ResultWriter`, or keep them out of the payload");
    finding.location = subject.at_state(state, "collects all results");
    finding.fix = Some(fixing::steps(
        format!("keep the results of `{name}` small"),
        [
            "add a `ResultWriter` with a bucket, and let the role write to it".to_owned(),
            "or let the last state of a child give nothing but what is needed".to_owned(),
        ],
    ));
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}

/// Members of `Assign` and `Output` that are made longer by each round of a loop.
fn growing(definition: &Definition) -> Vec<(&State, &str, &Node)> {
    const CALL: &str = "$append(";
    if !definition.own_text().contains(CALL) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut scopes: Vec<&Scope> = vec![&definition.machine.scope];
    while let Some(scope) = scopes.pop() {
        let rounds = scope.graph().in_cycle();
        for (state, _) in scope.states.iter().zip(rounds).filter(|(_, is)| *is) {
            if state.query_language == QueryLanguage::Jsonata {
                found.extend(appended(state).map(|(name, node)| (state, name, node)));
            }
        }
        scopes.extend(scope.states.iter().flat_map(State::scopes));
    }
    found.sort_by_key(|(_, _, node)| node.span.start);
    found
}

/// Names under which a state puts a list together with what it was before.
fn appended(state: &State) -> impl Iterator<Item = (&str, &Node)> {
    let of = |field| state.field(field).and_then(Node::members).unwrap_or_default();
    let grows = |node: &Node, own: &str| {
        let text = node.as_str().and_then(|text| text.strip_prefix("{%")).unwrap_or_default();
        let list = text.trim_start().strip_prefix("$append(").map(str::trim_start);
        let rest = list.and_then(|list| list.strip_prefix(own));
        rest.is_some_and(|rest| rest.trim_start().starts_with([',', ')']))
    };
    let assigned = of("Assign").iter().filter(move |it| grows(&it.node, &format!("${}", it.key)));
    let output = of("Output")
        .iter()
        .filter(move |it| grows(&it.node, &format!("$states.input.{}", it.key)));
    assigned.chain(output).map(|member| (member.key.as_str(), &member.node))
}

fn grown(
    subject: &Subject<'_>,
    state: &State,
    list: &str,
    node: &Node,
    verdict: &Verdict,
) -> Finding {
    let name = &state.name.value;
    let mut finding =
        verdict.draft(format!("`{name}` is in a loop, and makes `{list}` longer each time"));
    finding.why = String::from("above 262,144 bytes the execution fails with `States.DataLimitExceeded`");
    finding.action = String::from("limit the rounds or what is kept, or keep the list in a table or a bucket");
    let assigned = state.field("Assign").and_then(|it| it.get(list));
    let field = if assigned.is_some_and(|it| it.span == node.span) { "Assign" } else { "Output" };
    let pointer = asl::pointer_push(&field_pointer(state, field), list);
    finding.location = subject.at(&pointer, node.span, "grows");
    finding.location.state = Some(name.clone());
    finding.fix = Some(fixing::steps(
        format!("keep `{list}` small"),
        [
            "limit the rounds of the loop".to_owned(),
            "or keep only the last items, or a key of what is stored in a table or a bucket".to_owned(),
        ],
    ));
    finding.fingerprint = subject.fingerprint(META.id, &[name, list]);
    finding
}

#[cfg(test)]
mod tests {
    use crate::tests::places;

    #[test]
    fn a_list_grows_in_a_loop_only() {
        let at = |fields: &str, next: &str| {
            places(
                "payload-growth",
                &format!(
                    r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{
                    "A": {{"Type": "Pass", {fields}, "Next": "B"}},
                    "B": {{"Type": "Choice", "Choices": [{{"Condition": "{{% $x %}}", "Next": "{next}"}}], "Default": "C"}},
                    "C": {{"Type": "Succeed"}}}}}}"#
                ),
            )
        };
        let none = Vec::<String>::new();
        let variable = r#""Assign": {"list": "{% $append($list, [$states.input]) %}", "x": true}"#;
        assert_eq!(at(variable, "A"), ["/States/A/Assign/list"]);
        assert_eq!(at(variable, "C"), none);
        let output = r#""Output": {"m": "{% $append($states.input.m, [1]) %}"}"#;
        assert_eq!(at(output, "A"), ["/States/A/Output/m"]);
        let other = r#""Output": {"m": "{% $append($states.input.n, [1]) %}"}"#;
        assert_eq!(at(other, "A"), none);
    }
}
