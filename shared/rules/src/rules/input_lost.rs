//! A result takes the place of an input that is needed later.

use std::collections::BTreeMap;

use asl::{Definition, QueryLanguage, State, StateKind};
use findings::{Finding, Fix, TextEdit};

use crate::dataflow::{Gap, Place, There, Way, explains, fails, lost_on, mends, state_at};
use crate::declare::declare_rule;
use crate::practice::{definition, insert};
use crate::{Subject, Verdict, fixing};

declare_rule! {
    /// ## What it finds
    ///
    /// A state without `ResultPath`, or a catcher without one, whose result takes the place of what came to the state, while a
    /// later state reads a member of that which the result cannot have. In JSONata, a state without `Output`.
    ///
    /// It is silent where the result may be anything, as what a function answers when it is called by its ARN, and where it
    /// is not certain that the member was there before: then the read is told as `path-never-produced`.
    ///
    /// ## Why it matters
    ///
    /// The default of `ResultPath` is `$`: the result replaces the input. The later state fails each time with
    /// `States.Runtime`; behind a catcher, what should handle an error hides it with another.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Save",
    ///   "States": {
    ///     "Save": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.orderId"}}},
    ///       "Next": "Tell"
    ///     },
    ///     "Tell": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::sns:publish",
    ///       "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:111122223333:orders", "Message.$": "$.orderId"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Save",
    ///   "States": {
    ///     "Save": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.orderId"}}},
    ///       "ResultPath": null,
    ///       "Next": "Tell"
    ///     },
    ///     "Tell": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::sns:publish",
    ///       "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:111122223333:orders", "Message.$": "$.orderId"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// An edit, to be reviewed, where no later state reads the result: `ResultPath` is `null` then, and `$.error` in a catcher.
    /// Else steps, because who reads the result has to look for it elsewhere.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    /// - <https://states-language.net/spec.html#filters>
    "input-lost", "a result replaces an input that is read later", Correctness, Medium,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

/// Places that are shown beside the one where the input is lost.
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
    let mut groups: BTreeMap<Vec<Way>, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps.iter().filter(|gap| explains(gaps, gap)) {
        groups.entry(lost_on(gap)).or_default().push(gap);
    }
    for (ways, gaps) in groups {
        let case = Case {
            subject,
            definition,
            states: &states,
            ways: &ways,
            gaps: &gaps,
        };
        if let Some(finding) = case.finding(verdict) {
            verdict.report(finding);
        }
    }
}

struct Case<'c, 'a> {
    subject: &'c Subject<'a>,
    definition: &'c Definition,
    states: &'c [&'c State],
    ways: &'c [Way],
    gaps: &'c [&'c Gap],
}

impl Case<'_, '_> {
    fn finding(&self, verdict: &Verdict) -> Option<Finding> {
        let way = self.ways.first()?;
        let loser = state_at(self.states, way.from)?;
        let reads: Vec<&Place> = self.gaps.iter().flat_map(|gap| &gap.reads).collect();
        let read = reads.first()?;
        let reader = state_at(self.states, self.gaps.first()?.state)?;
        let name = &loser.name.value;
        let who = match (way.catcher, self.ways.len()) {
            (None, 1) => format!("the result of `{name}` takes the place of its input"),
            (None, count) => {
                format!("the results of `{name}` and {} more take the place of the input", count - 1)
            }
            (Some(_), 1) => format!("a catcher of `{name}` puts the error in the place of the input"),
            (Some(_), count) => {
                format!("catchers of `{name}` and {} more put the error in the place of the input", count - 1)
            }
        };
        let more = match reads.len() {
            1 => String::new(),
            2 => " and one more path".to_owned(),
            count => format!(" and {} more paths", count - 1),
        };
        let mut finding = verdict.draft(format!(
            "{who}, and then `{}` reads `{}`{more}",
            reader.name.value, read.text
        ));
        finding.why = format!("what is read is lost by then: {}", fails(&read.text));
        let field = field(loser);
        finding.action = match (way.catcher, loser.query_language) {
            (Some(_), QueryLanguage::JsonPath) => {
                "add `ResultPath` to the catcher: `$.error` puts the error beside the input".to_owned()
            }
            (None, QueryLanguage::JsonPath) => {
                "add `ResultPath`: `null` keeps the input alone, `$.result` puts the result beside it".to_owned()
            }
            _ => format!("add `{field}` with what is needed of both, or assign it to a variable before"),
        };
        finding.location = match way.catcher.and_then(|index| loser.catch.get(index)) {
            Some(catcher) => {
                let mut location = self.subject.at(&catcher.pointer, catcher.node.span, "drops the input");
                location.state = Some(name.clone());
                location
            }
            None => self.subject.at_state(loser, "drops its input"),
        };
        let others = self.ways.iter().skip(1).filter_map(|way| state_at(self.states, way.from));
        let others = others.map(|state| self.subject.at_state(state, "drops it, too"));
        let places = reads.iter().map(|read| self.subject.at(&read.pointer, read.span, "is lost by then"));
        finding.related = others.take(SHOWN).chain(places.take(SHOWN)).collect();
        finding.fix = Some(self.edit(&reads).unwrap_or_else(|| steps(loser, reader)));
        let mut parts: Vec<String> = self.ways.iter().filter_map(|way| self.part(*way)).collect();
        parts.sort();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        finding.fingerprint = self.subject.fingerprint(META.id, &parts);
        Some(finding)
    }

    fn part(&self, way: Way) -> Option<String> {
        let name = &state_at(self.states, way.from)?.name.value;
        Some(match way.catcher {
            Some(index) => format!("{name}/{index}"),
            None => name.clone(),
        })
    }

    /// Puts the error beside the input, or drops the result, where nobody reads it and that is all that is needed.
    fn edit(&self, reads: &[&Place]) -> Option<Fix> {
        if self.result_is_read() {
            return None;
        }
        let mut edits: Vec<TextEdit> = Vec::new();
        for way in self.ways {
            let state = state_at(self.states, way.from)?;
            let jsonpath = state.query_language == QueryLanguage::JsonPath;
            // A Pass that is to give nothing would do nothing.
            if !jsonpath || (way.catcher.is_none() && matches!(state.kind, StateKind::Pass)) {
                return None;
            }
            edits.extend(match way.catcher {
                Some(index) => {
                    let catcher = &state.catch.get(index)?.node;
                    insert::last_member(self.definition, catcher, "ResultPath", "$.error")?
                }
                None => insert::member(self.definition, state, "ResultPath", &insert::Json::Null)?,
            });
        }
        if !mends(self.definition, &edits, reads) {
            return None;
        }
        let title = match self.ways.first()?.catcher {
            Some(_) => "put the error beside the input",
            None => "keep the input, and drop the result",
        };
        fixing::edits(self.definition, title, edits)
    }

    /// True where some state may read what is there now in the place of the input. Whoever takes all of it does.
    fn result_is_read(&self) -> bool {
        let Some(gap) = self.gaps.first() else {
            return true;
        };
        let (There::Members(names) | There::Answer(names)) = &gap.there else {
            return false;
        };
        let answer = matches!(gap.there, There::Answer(_));
        self.states.iter().any(|state| {
            let reads = asl::payload::reads(state);
            let takes = |first: Option<&&str>| match first {
                Some(first) => {
                    let capital = first.starts_with(|it: char| it.is_ascii_uppercase());
                    names.iter().any(|name| name == first) || (answer && capital)
                }
                None => false,
            };
            let input = |read: &&asl::payload::Read<'_>| read.base != asl::payload::Base::Result;
            reads.iter().filter(input).any(|read| takes(read.fields().first()))
        })
    }
}

/// The field that says what becomes of the result.
fn field(state: &State) -> &'static str {
    match state.query_language {
        QueryLanguage::JsonPath => "ResultPath",
        QueryLanguage::Jsonata => "Output",
    }
}

fn steps(loser: &State, reader: &State) -> Fix {
    let (name, field) = (&loser.name.value, field(loser));
    let how = match loser.query_language {
        QueryLanguage::JsonPath => format!("give it a `{field}`, like `$.result`"),
        QueryLanguage::Jsonata => {
            format!("give it an `{field}` that has both, like `{{% $merge([$states.input, {{'result': $states.result}}]) %}}`")
        }
    };
    fixing::steps(
        format!("keep what came to `{name}`"),
        [
            how,
            "read the result there, wherever it is read".to_owned(),
            format!("or assign what `{}` needs to a variable before", reader.name.value),
        ],
    )
}

#[cfg(test)]
mod tests {
    use crate::tests::places;

    fn at(states: &str) -> Vec<String> {
        let first = states.split('"').nth(1).unwrap();
        places("input-lost", &format!(r#"{{"StartAt": "{first}", "States": {{{states}}}}}"#))
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn the_result_must_be_known_and_the_input_needed() {
        let lost = |task: &str, read: &str| {
            at(&format!(
                r#""A": {{"Type": "Pass", "Result": 1, "ResultPath": "$.count", "Next": "B"}},
                "B": {{"Type": "Task", {task}, "Next": "C"}},
                "C": {{"Type": "Wait", "SecondsPath": "{read}", "End": true}}"#
            ))
        };
        let sdk = r#""Resource": "arn:aws:states:::aws-sdk:s3:putObject""#;
        assert_eq!(lost(sdk, "$.count"), ["/States/B"]);
        assert_eq!(lost(&format!(r#"{sdk}, "ResultPath": null"#), "$.count"), NONE);
        assert_eq!(lost(&format!(r#"{sdk}, "ResultPath": "$.count.x""#), "$.count.x"), NONE);
        assert_eq!(lost(sdk, "$.ETag"), NONE);
        assert_eq!(lost(r#""Resource": "arn:aws:states:::lambda:invoke""#, "$.count"), ["/States/B"]);
        for unknown in [
            r#""Resource": "arn:aws:lambda:us-east-1:111122223333:function:f""#,
            r#""Resource": "arn:aws:states:::lambda:invoke", "OutputPath": "$.Payload""#,
            r#""Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken""#,
            r#""Resource": "arn:aws:states:::eks:call""#,
            r#""Resource": "${resource}""#,
        ] {
            assert_eq!(lost(unknown, "$.count"), NONE, "{unknown}");
        }
    }

    #[test]
    fn a_catcher_drops_the_input() {
        let caught = |catcher: &str, path: &str| {
            at(&format!(
                r#""A": {{"Type": "Task", "Resource": "${{r}}", "End": true,
                    "Catch": [{{"ErrorEquals": ["States.ALL"], {catcher} "Next": "B"}}]}},
                "B": {{"Type": "Pass", "Parameters": {{"v.$": "{path}"}}, "End": true}}"#
            ))
        };
        assert_eq!(caught("", "$.orderId"), ["/States/A/Catch/0"]);
        assert_eq!(caught("", "$.error.Cause"), ["/States/A/Catch/0"]);
        assert_eq!(caught("", "$.Cause"), NONE);
        assert_eq!(caught("", "$.cause"), NONE, "a slip");
        assert_eq!(caught(r#""ResultPath": "$.error","#, "$.orderId"), NONE);
    }
}
