//! A path is read where nothing can be.

use asl::{Definition, State};
use findings::{Finding, Fix};

use crate::dataflow::{Gap, Place, There, explains, fails, meant, mends, state_at};
use crate::declare::declare_rule;
use crate::practice::definition;
use crate::{Subject, Verdict, fixing};

declare_rule! {
    /// ## What it finds
    ///
    /// A path of a state, `$.order.id` or `$states.input.order.id`, at which there is nothing, whichever way the execution
    /// came: what comes to the state is known, because a template, a literal, a catcher or a service has written all of it,
    /// and it does not have that member. Also where only one way into the state brings nothing.
    ///
    /// It is silent where anything may come: the input of the execution, the answer of a function. It is silent about a Choice
    /// that asks whether something is there (`IsPresent`), about paths that give a list, and about a definition with errors.
    /// Where the member was there before a state dropped it, that is told as `input-lost`.
    ///
    /// ## Why it matters
    ///
    /// The state fails with `States.Runtime`, in JSONata with `States.QueryEvaluationError`, each time the path is read. No
    /// retry helps; in a Choice, a Pass or a Wait nothing can catch it.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Price",
    ///   "States": {
    ///     "Price": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke",
    ///       "Parameters": {"FunctionName": "price:live", "Payload.$": "$"},
    ///       "Next": "Dear?"
    ///     },
    ///     "Dear?": {
    ///       "Type": "Choice",
    ///       "Choices": [{"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Approve"}],
    ///       "Default": "Done"
    ///     },
    ///     "Approve": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true},
    ///     "Done": {"Type": "Succeed"}
    ///   }
    /// }
    /// ```
    /// What the function has answered is in `Payload`:
    /// ```asl,good
    /// {
    ///   "StartAt": "Price",
    ///   "States": {
    ///     "Price": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke",
    ///       "Parameters": {"FunctionName": "price:live", "Payload.$": "$"},
    ///       "Next": "Dear?"
    ///     },
    ///     "Dear?": {
    ///       "Type": "Choice",
    ///       "Choices": [{"Variable": "$.Payload.total", "NumericGreaterThan": 100, "Next": "Approve"}],
    ///       "Default": "Done"
    ///     },
    ///     "Approve": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true},
    ///     "Done": {"Type": "Succeed"}
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// An edit, to be reviewed, where the path is nearly one that is there, or where what a service answers holds it one level
    /// further down. Else steps.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>
    /// - <https://states-language.net/spec.html#filters>
    "path-never-produced", "a path is read where nothing can be", Correctness, Medium,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

/// Names that are listed in a sentence.
const LISTED: usize = 6;

/// Further reads that are shown.
const SHOWN: usize = 8;

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = definition(subject, verdict) else {
        return;
    };
    let gaps = subject.gaps();
    if gaps.is_empty() {
        return;
    }
    let states = definition.states();
    for gap in gaps.iter().filter(|gap| !explains(gaps, gap)) {
        if let Some(state) = state_at(&states, gap.state)
            && let Some(finding) = finding(subject, definition, &states, state, gap, verdict)
        {
            verdict.report(finding);
        }
    }
}

fn finding(
    subject: &Subject<'_>,
    definition: &Definition,
    states: &[&State],
    state: &State,
    gap: &Gap,
    verdict: &Verdict,
) -> Option<Finding> {
    let name = &state.name.value;
    let read = gap.reads.first()?;
    let more = match gap.reads.len() {
        1 => String::new(),
        2 => " and one more path".to_owned(),
        count => format!(" and {} more paths", count - 1),
    };
    let from = gap.way.and_then(|way| state_at(states, way.from));
    let on_way = match (from, gap.way.and_then(|way| way.catcher)) {
        (Some(from), Some(_)) => format!(" when a catcher of `{}` leads to it", from.name.value),
        (Some(from), None) => format!(" when it comes from `{}`", from.name.value),
        (None, _) => String::new(),
    };
    let what = if gap.of_result { "its result is" } else { "what comes to it is" };
    let mut finding = verdict.draft(format!(
        "`{name}` reads `{}`{more}, where nothing can be{on_way}: {}",
        read.text,
        instead(gap, read, what),
    ));
    finding.why = fails(&read.text);
    let label = if gap.reads.len() == 1 { "nothing is there" } else { "nothing is there, nor at the others" };
    finding.location = subject.at(&read.pointer, read.span, label);
    finding.location.state = Some(name.clone());
    let others = gap.reads.iter().skip(1).take(SHOWN);
    finding.related = others
        .map(|read| subject.at(&read.pointer, read.span, "nor here"))
        .collect();
    let lost = gap.losses.iter().filter_map(|loss| state_at(states, loss.way.from));
    finding
        .related
        .extend(lost.take(SHOWN).map(|state| subject.at_state(state, "may have had it, and does not give it on")));
    let (action, fix) = fix(definition, name, gap);
    finding.action = action;
    finding.fix = Some(fix);
    let way = from.map_or("", |from| &from.name.value);
    let of = if gap.of_result { "result" } else { "input" };
    finding.fingerprint = subject.fingerprint(META.id, &[name, of, &read.before.join("."), way]);
    Some(finding)
}

/// What is there instead.
fn instead(gap: &Gap, read: &Place, what: &str) -> String {
    let what = match read.before.as_slice() {
        [] => what.to_owned(),
        names => format!("`{}` is", names.join(".")),
    };
    match &gap.there {
        There::List => format!("{what} a list"),
        There::Scalar => format!("{what} no object"),
        There::Members(names) if names.is_empty() => format!("{what} an empty object"),
        There::Members(names) => format!("{what} an object with {}", listed(names)),
        There::Answer(names) => {
            let answer = format!(
                "{what} the answer of a service, whose members begin with a capital letter"
            );
            let lower = |name: &&String| name.starts_with(|first: char| first.is_ascii_lowercase());
            let beside: Vec<String> = names.iter().filter(lower).cloned().collect();
            if beside.is_empty() {
                answer
            } else {
                format!("{answer}, with {} beside", listed(&beside))
            }
        }
    }
}

fn listed(names: &[String]) -> String {
    let first: Vec<String> = names
        .iter()
        .take(LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(LISTED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn fix(definition: &Definition, name: &str, gap: &Gap) -> (String, Fix) {
    let proposals: Vec<(&Place, String)> = gap
        .reads
        .iter()
        .filter_map(|read| Some((read, meant(read, &gap.there)?)))
        .collect();
    if let [(_, first), ..] = proposals.as_slice()
        && proposals.len() == gap.reads.len()
    {
        let action = format!("did you mean `{first}`?");
        let whole = |(read, _): &&(&Place, String)| read.span.of(&definition.text) == read.text;
        let edits: Vec<_> = proposals
            .iter()
            .filter(whole)
            .map(|(read, text)| fixing::replace(read.span, text.clone()))
            .collect();
        let reads: Vec<&Place> = gap.reads.iter().collect();
        if edits.len() == gap.reads.len()
            && mends(definition, &edits, &reads)
            && let Some(fix) = fixing::edits(definition, format!("read `{first}`"), edits)
        {
            return (action, fix);
        }
        let steps = fixing::steps(format!("read `{first}`"), [format!("write `{first}` in `{name}`")]);
        return (action, steps);
    }
    let read = gap.reads.first().map_or("", |read| &read.text);
    let action = format!("read what is there, or let a state before `{name}` give it");
    let steps = fixing::steps(
        format!("give `{name}` what it reads"),
        [
            format!("see which state before `{name}` has what `{read}` stands for"),
            "let it give that on: with `ResultPath`, a member of a template, a variable, or in JSONata with `Output`"
                .to_owned(),
            format!("or read another path in `{name}`"),
        ],
    );
    (action, steps)
}

#[cfg(test)]
mod tests {
    use crate::tests::places;

    fn at(states: &str) -> Vec<String> {
        let first = states.split('"').nth(1).unwrap();
        places(
            "path-never-produced",
            &format!(r#"{{"StartAt": "{first}", "States": {{{states}}}}}"#),
        )
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn what_a_template_a_literal_or_a_catcher_gives_is_known() {
        let template = r#""A": {"Type": "Pass", "Parameters": {"id.$": "$.order.id", "list": [1]}, "Next": "B"},"#;
        let read = |path: &str| {
            at(&format!(
                r#"{template} "B": {{"Type": "Pass", "Parameters": {{"v.$": "{path}"}}, "End": true}}"#
            ))
        };
        assert_eq!(read("$.order"), ["/States/B/Parameters/v.$"]);
        assert_eq!(read("$.list.x"), ["/States/B/Parameters/v.$"]);
        assert_eq!(read("$.list[1]"), ["/States/B/Parameters/v.$"]);
        for path in ["$.id.x", "$.list[0]", "$.list[-1]", "$..order", "$.list[*].x", "$", "$$.Map", "$.${x}"] {
            assert_eq!(read(path), NONE, "{path}");
        }
        assert_eq!(
            at(r#""A": {"Type": "Pass", "Result": {"a": {"b": null}}, "ResultPath": "$.x", "Next": "B"},
                "B": {"Type": "Wait", "SecondsPath": "$.x.a.c", "Next": "C"},
                "C": {"Type": "Wait", "SecondsPath": "$.y", "End": true}"#),
            ["/States/B/SecondsPath"],
            "beside it, anything may be"
        );
    }

    #[test]
    fn who_asks_whether_something_is_there_is_right() {
        let choice = |rule: &str| {
            at(&format!(
                r#""A": {{"Type": "Pass", "Result": {{"a": 1}}, "Next": "B"}},
                "B": {{"Type": "Choice", "Choices": [{{{rule}, "Next": "C"}}], "Default": "C"}},
                "C": {{"Type": "Succeed"}}"#
            ))
        };
        assert_eq!(choice(r#""Variable": "$.b", "IsPresent": true"#), NONE);
        assert_eq!(
            choice(r#""And": [{"Variable": "$.b", "IsPresent": true}, {"Variable": "$.b", "NumericEquals": 1}]"#),
            NONE
        );
        assert_eq!(
            choice(r#""And": [{"Variable": "$.a", "NumericEquals": 2}, {"Variable": "$.b", "NumericEquals": 1}]"#),
            ["/States/B/Choices/0/And/1/Variable"]
        );
    }

    #[test]
    fn branches_and_items_give_lists() {
        let parallel = |path: &str| {
            at(&format!(
                r#""P": {{"Type": "Parallel", "Branches": [
                    {{"StartAt": "L", "States": {{"L": {{"Type": "Pass", "Result": {{"x": 1}}, "End": true}}}}}},
                    {{"StartAt": "R", "States": {{"R": {{"Type": "Task", "Resource": "${{r}}", "End": true}}}}}}],
                    "ResultSelector": {{"v.$": "{path}"}}, "End": true}}"#
            ))
        };
        assert_eq!(parallel("$[0].y"), ["/States/P/ResultSelector/v.$"]);
        assert_eq!(parallel("$[2]"), ["/States/P/ResultSelector/v.$"]);
        assert_eq!(parallel("$[0].x"), NONE);
        assert_eq!(parallel("$[1].y"), NONE);
        let map = |path: &str| {
            at(&format!(
                r#""M": {{"Type": "Map", "ItemSelector": {{"item.$": "$$.Map.Item.Value"}},
                    "ItemProcessor": {{"StartAt": "I", "States": {{
                        "I": {{"Type": "Pass", "InputPath": "{path}", "End": true}}}}}}, "End": true}}"#
            ))
        };
        assert_eq!(map("$.items"), ["/States/M/ItemProcessor/States/I/InputPath"]);
        assert_eq!(map("$.item.x"), NONE);
    }

    #[test]
    fn a_loop_may_bring_what_the_first_round_does_not() {
        let round = |next: &str| {
            at(&format!(
                r#""A": {{"Type": "Pass", "Result": {{"a": 1}}, "Next": "B"}},
                "B": {{"Type": "Choice", "Choices": [{{"Variable": "$.a", "NumericEquals": 1, "Next": "C"}}], "Default": "D"}},
                "C": {{"Type": "Pass", "Result": 2, "ResultPath": "$.b", "Next": "{next}"}},
                "D": {{"Type": "Pass", "InputPath": "$.b", "End": true}}"#
            ))
        };
        assert_eq!(round("B"), NONE);
        // On one of two ways there is nothing.
        assert_eq!(round("D"), ["/States/D/InputPath"]);
    }

    #[test]
    fn jsonata_reads_its_input_and_its_result() {
        let read = |expression: &str| {
            places(
                "path-never-produced",
                &format!(
                    r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{
                    "A": {{"Type": "Pass", "Output": {{"x": {{"y": 1}}}}, "Next": "B"}},
                    "B": {{"Type": "Pass", "Output": "{{% {expression} %}}", "End": true}}}}}}"#
                ),
            )
        };
        assert_eq!(read("$states.input.z"), ["/States/B/Output"]);
        assert_eq!(read("$states.input.x.z"), ["/States/B/Output"]);
        assert_eq!(read("$states.input.x.y"), NONE);
        assert_eq!(read("$states.input.z ? 1 : 2"), NONE);
        assert_eq!(read("$exists($states.input.z)"), NONE);
    }
}
