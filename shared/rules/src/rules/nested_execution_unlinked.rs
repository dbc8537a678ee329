//! A child execution that does not know its parent.

use asl::{Definition, Member, Node, QueryLanguage, Resource, State, Value, pointer_push};
use findings::{Finding, Fix, Location};

use crate::declare::declare_rule;
use crate::fixing;
use crate::practice::insert;
use crate::tasks::{
    argument, arguments, field_pointer, is_expression, is_placeholder, literal_members,
    resource,
};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// A task that starts an execution of a state machine (`states:startExecution` in all its forms, or
    /// `aws-sdk:sfn:startExecution`) whose `Input` has no `AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID`.
    ///
    /// It is silent where the input is computed as a whole, or filled in when the template is deployed.
    ///
    /// ## Why it matters
    ///
    /// With that member the Step Functions console shows a link from the child to the execution that started it. Without
    /// it, whoever looks at a failed child has to search for its parent by time.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Ship",
    ///   "States": {
    ///     "Ship": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::states:startExecution.sync:2",
    ///       "Parameters": {
    ///         "StateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:ship",
    ///         "Input": {"order.$": "$.order"}
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Ship",
    ///   "States": {
    ///     "Ship": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::states:startExecution.sync:2",
    ///       "Parameters": {
    ///         "StateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:ship",
    ///         "Input": {"order.$": "$.order", "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"}
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// An edit that adds the member where the input is written as an object, to be reviewed: the child gets one member more,
    /// which matters where it passes its whole input on or refuses what it does not know. Steps otherwise.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-nested-workflows.html#nested-execution-startid>
    "nested-execution-unlinked", "a child execution is not linked to the one that started it", Operations, Low,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

/// The member by which the console finds the parent.
const LINK: &str = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = subject.assessable(verdict) else {
        return;
    };
    for state in definition.states() {
        if starts_execution(state)
            && let Some(call) = Call::of(state)
            && call.is_unlinked()
        {
            verdict.report(finding(subject, definition, &call, verdict));
        }
    }
}

fn starts_execution(state: &State) -> bool {
    matches!(
        resource(state),
        Some(Resource::Integration { service, action, sdk, .. })
            if action == "startExecution" && service == if *sdk { "sfn" } else { "states" }
    )
}

/// A start whose arguments are written down.
struct Call<'a> {
    state: &'a State,
    arguments: &'a Member,
    input: Option<&'a Member>,
}

impl<'a> Call<'a> {
    fn of(state: &'a State) -> Option<Self> {
        let arguments = arguments(state)?;
        Some(Self {
            state,
            arguments,
            input: argument(literal_members(&arguments.node)?, "Input"),
        })
    }

    fn is_unlinked(&self) -> bool {
        let Some(input) = self.input else {
            return true;
        };
        if input.key != "Input" {
            return false;
        }
        match &input.node.value {
            Value::Object(_) => literal_members(&input.node)
                .is_some_and(|members| argument(members, LINK).is_none()),
            // The SDK takes the input as text.
            Value::String(text) => {
                !(is_placeholder(text) || is_expression(text) || text.contains(LINK))
            }
            _ => false,
        }
    }

    fn place(&self, subject: &Subject<'_>) -> Location {
        let span = self.input.map_or(self.arguments.key_span, |input| input.key_span);
        let pointer = pointer_push(&field_pointer(self.state, &self.arguments.key), "Input");
        let mut location = subject.at(&pointer, span, "does not name the parent");
        location.state = Some(self.state.name.value.clone());
        location
    }

    /// Name and value of the member that tells the parent.
    fn member(&self) -> (String, &'static str) {
        match self.state.query_language {
            QueryLanguage::JsonPath => (format!("{LINK}.$"), "$$.Execution.Id"),
            QueryLanguage::Jsonata => (LINK.to_owned(), "{% $states.context.Execution.Id %}"),
        }
    }

    fn written(&self) -> String {
        let (name, value) = self.member();
        format!("\"{name}\": \"{value}\"")
    }

    fn fix(&self, definition: &Definition) -> Fix {
        let title = "pass the id of the parent in the input";
        let node: Option<&Node> = self.input.map(|input| &input.node);
        let (name, value) = self.member();
        node.and_then(|node| insert::last_member(definition, node, &name, value))
            .and_then(|edits| fixing::edits(definition, title, edits))
            .unwrap_or_else(|| {
                let step = format!("add `{}` to the input", self.written());
                fixing::steps(title, [step])
            })
    }
}

fn finding(
    subject: &Subject<'_>,
    definition: &Definition,
    call: &Call<'_>,
    verdict: &Verdict,
) -> Finding {
    let name = &call.state.name.value;
    let mut finding = verdict.draft(format!(
        "`{name}` starts an execution that does not know by which one it was started"
    ));
    finding.why = String::from(
        "the console links a child to its parent by this member; without it the parent of a failed child is found by time",
    );
    finding.action = format!("add `{}` to its input", call.written());
    finding.location = call.place(subject);
    finding.fix = Some(call.fix(definition));
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}

#[cfg(test)]
mod tests {
    use crate::tests::{one, places};

    fn at(resource: &str, arguments: &str) -> Vec<String> {
        places(
            "nested-execution-unlinked",
            &one(&format!(
                r#"{{"Type": "Task", "Resource": "arn:aws:states:::{resource}", {arguments}, "End": true}}"#
            )),
        )
    }

    #[test]
    fn only_what_is_written_down_is_judged() {
        let here = ["/States/A/Parameters/Input"];
        let start = "states:startExecution";
        assert_eq!(at(start, r#""Parameters": {"StateMachineArn": "${Child}"}"#), here);
        assert_eq!(at(start, r#""Parameters": {"Input": {}}"#), here);
        assert_eq!(at("aws-sdk:sfn:startExecution", r#""Parameters": {"Input": "{}"}"#), here);
        assert_eq!(
            at(start, r#""QueryLanguage": "JSONata", "Arguments": {"Input": {"a": 1}}"#),
            ["/States/A/Arguments/Input"]
        );
        for quiet in [
            r#""Parameters": {"Input.$": "$"}"#,
            r#""Parameters": {"Input": "${Input}"}"#,
            r#""Parameters": {"Input": {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "x"}}"#,
            r#""Parameters": {"Input": {"${Key}": "x"}}"#,
            r#""QueryLanguage": "JSONata", "Arguments": {"Input": "{% $states.input %}"}"#,
            r#""QueryLanguage": "JSONata", "Arguments": "{% $states.input %}""#,
        ] {
            assert_eq!(at(start, quiet), Vec::<String>::new(), "{quiet}");
        }
        assert_eq!(
            at("aws-sdk:sfn:startSyncExecution", r#""Parameters": {"Input": {}}"#),
            Vec::<String>::new()
        );
    }
}
