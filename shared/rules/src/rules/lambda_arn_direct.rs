//! A Lambda function's ARN where the integration belongs.

use asl::{Definition, Member, Node, QueryLanguage, Span, State, separator};
use findings::{Finding, Fix, Note, NoteKind, TextEdit};

use crate::declare::declare_rule;
use crate::fixing;
use crate::tasks::{arguments, arguments_name, field_pointer, function, texts};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// A task whose `Resource` is the ARN of a Lambda function rather than the integration
    /// `arn:aws:states:::lambda:invoke` with a `FunctionName`.
    ///
    /// ## Why it matters
    ///
    /// Both call the function at the same price. The ARN is the older form: it takes no callback
    /// (`.waitForTaskToken`), no `Qualifier`, no asynchronous invocation, and its arguments are the payload, so that the
    /// function cannot be chosen by data. AWS documents and extends the integration.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Charge",
    ///   "States": {
    ///     "Charge": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge:live",
    ///       "Next": "Store"
    ///     },
    ///     "Store": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:lambda:us-east-1:111122223333:function:store:live",
    ///       "Parameters": {"order.$": "$.order"},
    ///       "ResultPath": null,
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Charge",
    ///   "States": {
    ///     "Charge": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke",
    ///       "Parameters": {
    ///         "FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:charge:live",
    ///         "Payload.$": "$"
    ///       },
    ///       "OutputPath": "$.Payload",
    ///       "Next": "Store"
    ///     },
    ///     "Store": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke",
    ///       "Parameters": {
    ///         "FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:store:live",
    ///         "Payload": {"order.$": "$.order"}
    ///       },
    ///       "ResultPath": null,
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Edits where the result of the function is the whole output or dropped, to be reviewed: the state returns what it
    /// returned. Steps where the result is placed or shaped by other fields, because the integration answers with
    /// `Payload` around it, and those fields have to read it there.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>
    "lambda-arn-direct", "a task names a Lambda function where the integration belongs", Operations, Low,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = subject.assessable(verdict) else {
        return;
    };
    for state in definition.states() {
        if let Some(function) = function(state).filter(|function| function.direct)
            && let Some(arn) = function.name
            && let Some(resource) = state.field("Resource")
        {
            verdict.report(finding(subject, definition, state, resource, arn, verdict));
        }
    }
}

fn finding(
    subject: &Subject<'_>,
    definition: &Definition,
    state: &State,
    resource: &Node,
    arn: &str,
    verdict: &Verdict,
) -> Finding {
    let name = &state.name.value;
    let partition = arn
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(":lambda:"))
        .map_or("aws", |(partition, _)| partition);
    let integration = format!("arn:{partition}:states:::lambda:invoke");
    let mut finding = verdict.draft(format!(
        "`{name}` names a function as its Resource, not the integration `lambda:invoke`"
    ));
    finding.why = String::from(
        "the older form takes no callback, no qualifier and no asynchronous call, and cannot choose the function by data",
    );
    finding.action = format!("call it through `{integration}`");
    finding.notes.push(Note {
        kind: NoteKind::Mind,
        text: "history events of the task change from `LambdaFunction...` to `Task...`".to_owned(),
    });
    finding.location = subject.at(
        &field_pointer(state, "Resource"),
        resource.span,
        "the older form",
    );
    finding.location.state = Some(name.clone());
    let work = Work {
        definition,
        state,
        resource,
        integration: &integration,
    };
    finding.fix = Some(work.fix());
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}

struct Work<'a> {
    definition: &'a Definition,
    state: &'a State,
    resource: &'a Node,
    integration: &'a str,
}

impl Work<'_> {
    fn fix(&self) -> Fix {
        let title = "call the function through the integration";
        self.edits()
            .and_then(|edits| fixing::edits(self.definition, title, edits))
            .unwrap_or_else(|| self.steps(title))
    }

    fn steps(&self, title: &str) -> Fix {
        let read = match self.state.query_language {
            QueryLanguage::JsonPath => "`ResultSelector`, `ResultPath`, `OutputPath` and later states",
            QueryLanguage::Jsonata => "`Output` and `Assign`",
        };
        fixing::steps(
            title,
            [
                format!("set `Resource` to `{}`", self.integration),
                format!(
                    "set `{}` to the ARN as `FunctionName` and what is passed now as `Payload`",
                    arguments_name(self.state)
                ),
                format!("let {read} read the result in `Payload`, where the integration puts it"),
            ],
        )
    }

    /// The changes after which the state returns what it returned; none where other fields read the result.
    fn edits(&self) -> Option<Vec<TextEdit>> {
        let spans: Vec<Span> = self.state.fields.iter().map(Member::span).collect();
        let separator = separator(&self.definition.text, &spans)?;
        let function = self.resource.span.of(&self.definition.text);
        let mut added = vec![format!("\"{}\"", self.integration)];
        let mut edits = Vec::new();
        match arguments(self.state) {
            None => added.push(format!(
                "\"{}\": {{\"FunctionName\": {function}, {}}}",
                arguments_name(self.state),
                self.whole_input()
            )),
            Some(member) if member.node.members().is_some() => {
                let open = format!("{{\"FunctionName\": {function}, \"Payload\": ");
                edits.push(fixing::insert(member.node.span.start, open));
                edits.push(fixing::insert(member.node.span.end, "}"));
            }
            Some(_) => return None,
        }
        added.extend(self.output()?);
        edits.push(fixing::replace(self.resource.span, added.join(&separator)));
        Some(edits)
    }

    fn whole_input(&self) -> &'static str {
        match self.state.query_language {
            QueryLanguage::JsonPath => "\"Payload.$\": \"$\"",
            QueryLanguage::Jsonata => "\"Payload\": \"{% $states.input %}\"",
        }
    }

    /// The field that unpacks the result: none or one; `None` where other fields read the result.
    fn output(&self) -> Option<Vec<String>> {
        let state = self.state;
        let field = |text: &str| Some(vec![text.to_owned()]);
        if state.query_language == QueryLanguage::Jsonata {
            let reads = |name: &str| {
                let mut reads = false;
                if let Some(node) = state.field(name) {
                    texts(node, &mut |text| reads |= text.contains("$states.result"));
                }
                reads
            };
            return match (state.has("Output"), reads("Output") || reads("Assign")) {
                (_, true) => None,
                (true, false) => Some(Vec::new()),
                (false, false) => field("\"Output\": \"{% $states.result.Payload %}\""),
            };
        }
        if state.has("ResultSelector") || state.has("Assign") {
            return None;
        }
        match state.field("ResultPath") {
            Some(path) if path.is_null() => Some(Vec::new()),
            Some(path) if path.as_str() != Some("$") => None,
            _ if state.has("OutputPath") => None,
            _ => field("\"OutputPath\": \"$.Payload\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use asl::{Definition, Format};

    use super::*;

    fn rewritten(fields: &str) -> Option<String> {
        let text = format!(
            r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Resource": "arn:aws-cn:lambda:cn-north-1:1:function:f"{fields}, "End": true}}}}}}"#
        );
        let definition = Definition::parse(text.as_bytes(), Format::Json);
        let state = definition.machine.scope.states.first()?;
        let work = Work {
            definition: &definition,
            state,
            resource: state.field("Resource")?,
            integration: "arn:aws-cn:states:::lambda:invoke",
        };
        let edits: Vec<asl::Edit> = work
            .edits()?
            .into_iter()
            .map(|edit| asl::Edit {
                span: Span::new(edit.start, edit.end),
                text: edit.text,
            })
            .collect();
        let text = asl::apply(&text, &edits)?;
        let (_, fields) = text.split_once("lambda:invoke\", ")?;
        Some(fields.strip_suffix(", \"End\": true}}}")?.to_owned())
    }

    #[test]
    fn the_state_returns_what_it_returned_or_a_person_decides() {
        let name = r#""FunctionName": "arn:aws-cn:lambda:cn-north-1:1:function:f""#;
        assert_eq!(
            rewritten("").unwrap(),
            format!(r#""Parameters": {{{name}, "Payload.$": "$"}}, "OutputPath": "$.Payload""#)
        );
        assert_eq!(
            rewritten(r#", "ResultPath": null, "Parameters": {"a.$": "$.a"}"#).unwrap(),
            format!(r#""ResultPath": null, "Parameters": {{{name}, "Payload": {{"a.$": "$.a"}}}}"#)
        );
        assert_eq!(
            rewritten(r#", "QueryLanguage": "JSONata", "Arguments": {"a": 1}"#).unwrap(),
            format!(
                r#""Output": "{{% $states.result.Payload %}}", "QueryLanguage": "JSONata", "Arguments": {{{name}, "Payload": {{"a": 1}}}}"#
            )
        );
        for fields in [
            r#", "ResultPath": "$.result""#,
            r#", "OutputPath": "$.total""#,
            r#", "ResultSelector": {"a.$": "$.a"}"#,
            r#", "Assign": {"a.$": "$.a"}"#,
            r#", "QueryLanguage": "JSONata", "Output": "{% $states.result.total %}""#,
        ] {
            assert_eq!(rewritten(fields), None, "{fields}");
        }
    }
}
