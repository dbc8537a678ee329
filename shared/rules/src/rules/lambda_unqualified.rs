//! A Lambda function that is called without a version or alias.

use asl::{Node, QueryLanguage, Span, State};
use findings::Finding;

use crate::declare::declare_rule;
use crate::fixing;
use crate::tasks::{
    Function, argument, arguments, field_pointer, function, is_expression,
    is_placeholder,
};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// A task that calls a Lambda function by its bare name or ARN, without a version or alias in it and without a
    /// `Qualifier`. It is silent about names that are computed or filled in when the template is deployed, and where
    /// `$LATEST` is written out: somebody decided that.
    ///
    /// ## Why it matters
    ///
    /// Without a qualifier Lambda runs `$LATEST`: whatever was deployed last, also in executions that started before. An
    /// alias moves all at once or a part at a time, and back, without a change of the definition.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Charge",
    ///   "States": {
    ///     "Charge": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke",
    ///       "Parameters": {
    ///         "FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:charge",
    ///         "Payload.$": "$"
    ///       },
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
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Steps: the alias has to exist, and the role of the state machine has to allow it, before the definition names it.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html>
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html>
    "lambda-unqualified", "a Lambda function is called without a version or alias", Operations, Informational,
    confidence: High, fix: Manual, needs: [], since: "0.1.0", strictness: All
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = subject.assessable(verdict) else {
        return;
    };
    for state in definition.states() {
        if let Some(function) = function(state)
            && let Some(name) = function.name
            && is_unqualified(state, name)
        {
            verdict.report(finding(subject, state, function, name, verdict));
        }
    }
}

fn is_unqualified(state: &State, name: &str) -> bool {
    let computed = is_placeholder(name)
        || (state.query_language == QueryLanguage::Jsonata && is_expression(name));
    let members = arguments(state).and_then(|member| member.node.members());
    let qualifier = members.is_some_and(|members| argument(members, "Qualifier").is_some());
    // `function:name`, also in a part of an ARN; a bare name may have an alias too.
    let own = name.rsplit_once("function:").map_or(name, |(_, own)| own);
    !computed && !qualifier && !own.is_empty() && !own.contains(':')
}

fn finding(
    subject: &Subject<'_>,
    state: &State,
    function: Function<'_>,
    name: &str,
    verdict: &Verdict,
) -> Finding {
    let own = name.rsplit_once("function:").map_or(name, |(_, own)| own);
    let mut finding = verdict.draft(format!(
        "`{}` calls the function `{own}` without a version or alias",
        state.name.value
    ));
    finding.why = String::from(
        "whatever is deployed last runs, in the middle of executions too, and the way back is a deployment",
    );
    finding.action = format!("publish an alias of `{own}` and call that");
    finding.location = place(subject, state, function);
    finding.fix = Some(fixing::steps(
        format!("call an alias of `{own}`"),
        [
            format!("make an alias of `{own}`, and let deployments move it"),
            "allow `lambda:InvokeFunction` on the alias in the role of the state machine".to_owned(),
            format!("add `:` and the name of the alias to `{own}` in the definition"),
        ],
    ));
    finding.fingerprint = subject.fingerprint(META.id, &[&state.name.value]);
    finding
}

fn place(subject: &Subject<'_>, state: &State, function: Function<'_>) -> findings::Location {
    let resource = || (field_pointer(state, "Resource"), state.field("Resource"));
    let (pointer, node) = match arguments(state) {
        Some(member) if !function.direct => (
            asl::pointer_push(&field_pointer(state, &member.key), "FunctionName"),
            member.node.get("FunctionName"),
        ),
        _ => resource(),
    };
    let span = node.map_or(state.name.span, |node: &Node| Span::new(node.span.start, node.span.end));
    let mut location = subject.at(&pointer, span, "runs `$LATEST`");
    location.state = Some(state.name.value.clone());
    location
}

#[cfg(test)]
mod tests {
    use crate::tests::{one, places};

    fn at(resource: &str, parameters: &str) -> Vec<String> {
        let state = format!(
            r#"{{"Type": "Task", "Resource": "{resource}", "Parameters": {parameters}, "End": true}}"#
        );
        places("lambda-unqualified", &one(&state))
    }

    #[test]
    fn a_name_an_arn_and_a_part_of_one_can_have_an_alias() {
        const INVOKE: &str = "arn:aws:states:::lambda:invoke";
        let named = "/States/A/Parameters/FunctionName";
        assert_eq!(at(INVOKE, r#"{"FunctionName": "f"}"#), [named]);
        assert_eq!(at(INVOKE, r#"{"FunctionName": "111122223333:function:f"}"#), [named]);
        assert_eq!(
            at("arn:aws:lambda:us-east-1:111122223333:function:f", "{}"),
            ["/States/A/Resource"]
        );
        for quiet in [
            r#"{"FunctionName": "f:live"}"#,
            r#"{"FunctionName": "f", "Qualifier": "7"}"#,
            r#"{"FunctionName": "f", "Qualifier.$": "$.version"}"#,
            r#"{"FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:f:$LATEST"}"#,
            r#"{"FunctionName": "${Function}"}"#,
            r#"{"FunctionName.$": "$.function"}"#,
        ] {
            assert_eq!(at(INVOKE, quiet), Vec::<String>::new(), "{quiet}");
        }
    }
}
