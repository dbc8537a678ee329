//! What an Express workflow cannot do.

use asl::{Amount, Definition, MapMode, Pattern, Resource, Span, Spanned, State, StateKind};
use facts::WorkflowType;
use findings::{Finding, Fix, Location, Severity};

use crate::declare::declare_rule;
use cost::{able, able::LIMIT_SECONDS};
use crate::fixing;
use crate::tasks::{Runs, field_pointer, scopes};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// In an Express workflow, and in the Express children of a Distributed Map:
    ///
    /// - a task that waits for a job (`.sync`) or for a callback (`.waitForTaskToken`), an activity, a Distributed Map: AWS
    ///   refuses to create such a state machine;
    /// - a Wait of more than 300 s, and a `TimeoutSeconds` above 300 s of a task or of the machine (medium severity): AWS ends
    ///   every Express execution after 300 s, so that the Wait is never over and the timeout never comes.
    ///
    /// It is silent about a machine whose type is not known, and about resources and numbers that are filled in when the
    /// template is deployed.
    ///
    /// ## Why it matters
    ///
    /// Express calls services by request and response only. A deployment fails with `SCHEMA_VALIDATION_FAILED`; a Wait that
    /// is too long is accepted, and every execution that reaches it times out. A timeout that cannot come is worse than none,
    /// because it says that somebody thought of it.
    ///
    /// ## Example
    ///
    /// ```facts
    /// {"workflow_type": {"known": "EXPRESS"}}
    /// ```
    /// ```asl,bad
    /// {
    ///   "StartAt": "Transform",
    ///   "States": {
    ///     "Transform": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::glue:startJobRun.sync",
    ///       "Parameters": {"JobName": "transform"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// Started without waiting, it is possible:
    /// ```asl,good
    /// {
    ///   "StartAt": "Transform",
    ///   "States": {
    ///     "Transform": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::glue:startJobRun",
    ///       "Parameters": {"JobName": "transform"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// This timeout never comes:
    /// ```asl,bad
    /// {
    ///   "StartAt": "Store",
    ///   "TimeoutSeconds": 900,
    ///   "States": {
    ///     "Store": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::sqs:sendMessage",
    ///       "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/work", "MessageBody.$": "$"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Steps: keep what has to wait in a Standard machine, and let that one start the Express part. A timeout above the limit
    /// gets an edit to 300 s, to be reviewed: it changes nothing, and says what is so.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>
    "express-impossible", "an Express workflow does what only Standard can", Correctness, High,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = subject.assessable(verdict) else {
        return;
    };
    let express = match subject.facts.workflow_type.get() {
        Ok(kind) => *kind == WorkflowType::Express,
        Err(why) => {
            if !able::blockers(definition).is_empty() {
                verdict.not_assessed(format!("the workflow type is not known: {why}"));
            }
            false
        }
    };
    let case = Case {
        subject,
        definition,
    };
    if express {
        case.machine(verdict);
    }
    for (scope, runs) in scopes(definition) {
        let place = match runs {
            Runs::Machine if express => "an Express workflow".to_owned(),
            Runs::ExpressChildren(map) => {
                format!("the Express children of `{}`", map.name.value)
            }
            Runs::Machine | Runs::StandardChildren => continue,
        };
        for state in &scope.states {
            case.state(state, &place, verdict);
        }
    }
}

struct Case<'a> {
    subject: &'a Subject<'a>,
    definition: &'a Definition,
}

impl Case<'_> {
    fn machine(&self, verdict: &mut Verdict) {
        let timeout = self.definition.machine.timeout_seconds.as_ref();
        if let Some((seconds, span)) = too_long(timeout) {
            let message = format!(
                "the machine may run for {seconds} s, but AWS ends an Express execution after {LIMIT_SECONDS} s"
            );
            let location = self.subject.at("/TimeoutSeconds", span, "never comes");
            verdict.report(self.timeout(verdict.draft(message), location, &["TimeoutSeconds"]));
        }
    }

    fn state(&self, state: &State, place: &str, verdict: &mut Verdict) {
        match &state.kind {
            StateKind::Task(task) => {
                if let Some(resource) = &task.resource
                    && let Some(what) = refused(&resource.value)
                {
                    let location = self.field(state, "Resource", resource.span, "refused by AWS");
                    verdict.report(self.refusal(state, &what, place, location, verdict));
                }
                if let Some((seconds, span)) = too_long(task.timeout_seconds.as_ref()) {
                    let name = &state.name.value;
                    let message = format!(
                        "`{name}` may take {seconds} s, but AWS ends {place} after {LIMIT_SECONDS} s"
                    );
                    let location = self.field(state, "TimeoutSeconds", span, "never comes");
                    let parts = ["TimeoutSeconds", name];
                    verdict.report(self.timeout(verdict.draft(message), location, &parts));
                }
            }
            StateKind::Wait(wait) => {
                if let Some((seconds, span)) = too_long(wait.seconds.as_ref()) {
                    let location = self.field(state, "Seconds", span, "is never over");
                    verdict.report(self.wait(state, seconds, place, location, verdict));
                }
            }
            StateKind::Map(map) if map.mode != MapMode::Inline => {
                let location = self.subject.at_state(state, "refused by AWS");
                let what = "is a Distributed Map".to_owned();
                verdict.report(self.refusal(state, &what, place, location, verdict));
            }
            _ => {}
        }
    }

    fn field(&self, state: &State, name: &str, span: Span, label: &str) -> Location {
        let mut location = self.subject.at(&field_pointer(state, name), span, label);
        location.state = Some(state.name.value.clone());
        location
    }

    fn refusal(
        &self,
        state: &State,
        what: &str,
        place: &str,
        location: Location,
        verdict: &Verdict,
    ) -> Finding {
        let name = &state.name.value;
        let mut finding = verdict.draft(format!(
            "`{name}` {what}, which AWS does not allow in {place}"
        ));
        finding.why = String::from("AWS refuses to create the state machine (`SCHEMA_VALIDATION_FAILED`)");
        finding.action = format!(
            "keep `{name}` in a Standard workflow, or call the service without waiting for its end"
        );
        finding.fix = Some(fixing::steps(
            format!("move `{name}` to a Standard workflow"),
            [
                "make the state machine Standard, where what comes before and after has to wait as well".to_owned(),
                format!(
                    "or keep `{name}` in a Standard parent, which starts the rest by `aws-sdk:sfn:startSyncExecution`, \
                     and looks at the `Status` of the answer"
                ),
            ],
        ));
        finding.location = location;
        finding.fingerprint = self.subject.fingerprint(META.id, &[name]);
        finding
    }

    fn wait(
        &self,
        state: &State,
        seconds: f64,
        place: &str,
        location: Location,
        verdict: &Verdict,
    ) -> Finding {
        let name = &state.name.value;
        let mut finding = verdict.draft(format!(
            "`{name}` waits {seconds} s, but AWS ends {place} after {LIMIT_SECONDS} s"
        ));
        finding.severity = Severity::Medium;
        finding.why = String::from("every execution that reaches the Wait times out, and is billed up to there");
        finding.action = String::from("wait in a Standard workflow, or between two executions");
        finding.fix = Some(fixing::steps(
            format!("move `{name}` to where it can wait"),
            [
                "end the execution before the Wait, and start the rest later: by EventBridge Scheduler, or by an SQS message \
                 with a delay"
                    .to_owned(),
                "or make the state machine Standard, which may wait for a year".to_owned(),
            ],
        ));
        finding.location = location;
        finding.fingerprint = self.subject.fingerprint(META.id, &["Wait", name]);
        finding
    }

    fn timeout(&self, mut finding: Finding, location: Location, parts: &[&str]) -> Finding {
        finding.severity = Severity::Medium;
        finding.why = String::from("the timeout never comes: the execution ends before, as timed out, without a way to catch it");
        finding.action = format!("set at most {LIMIT_SECONDS} s, or what the work needs");
        finding.fix = self.shorter(Span::new(location.start, location.end));
        finding.location = location;
        finding.fingerprint = self.subject.fingerprint(META.id, parts);
        finding
    }

    fn shorter(&self, span: Span) -> Option<Fix> {
        let title = format!("set `TimeoutSeconds` to {LIMIT_SECONDS}");
        let edit = fixing::replace(span, LIMIT_SECONDS.to_string());
        fixing::edits(self.definition, &*title, vec![edit]).or_else(|| {
            let step = format!("set `TimeoutSeconds` to {LIMIT_SECONDS} or less");
            Some(fixing::steps(title, [step]))
        })
    }
}

/// What a resource does that Express does not offer.
fn refused(resource: &Resource) -> Option<String> {
    match resource {
        Resource::Integration {
            pattern: Pattern::Sync,
            ..
        } => Some("waits for the end of its job (`.sync`)".to_owned()),
        Resource::Integration {
            pattern: Pattern::WaitForTaskToken,
            ..
        } => Some("waits for a callback (`.waitForTaskToken`)".to_owned()),
        Resource::Activity(_) => Some("is an activity".to_owned()),
        Resource::Integration { .. } | Resource::Lambda(_) | Resource::Other(_) => None,
    }
}

/// Seconds that are written down and above the limit, with their place.
fn too_long(amount: Option<&Spanned<Amount>>) -> Option<(f64, Span)> {
    let amount = amount?;
    let seconds = amount.value.number()?;
    (seconds > f64::from(LIMIT_SECONDS)).then_some((seconds, amount.span))
}

#[cfg(test)]
mod tests {
    use facts::{Fact, WorkflowType};
    use findings::Severity;

    use crate::tests::{machines, one, places, told};

    fn in_express(definition: &str) -> Vec<(String, Severity)> {
        let mut facts = machines::base();
        facts.workflow_type = Fact::Known(WorkflowType::Express);
        facts.definition = Fact::Known(definition.to_owned());
        told("express-impossible", &facts)
    }

    #[test]
    fn what_aws_refuses_is_worse_than_what_cannot_happen() {
        let high = |pointer: &str| vec![(pointer.to_owned(), Severity::High)];
        let medium = |pointer: &str| vec![(pointer.to_owned(), Severity::Medium)];
        let task = |fields: &str| in_express(&one(&format!(r#"{{"Type": "Task", {fields}, "End": true}}"#)));
        for resource in [
            "arn:aws:states:::states:startExecution.sync:2",
            "arn:aws-cn:states:::sqs:sendMessage.waitForTaskToken",
            "arn:aws:states:us-east-1:111122223333:activity:sign",
        ] {
            assert_eq!(
                task(&format!(r#""Resource": "{resource}""#)),
                high("/States/A/Resource")
            );
        }
        let resource = r#""Resource": "arn:aws:states:::sns:publish""#;
        assert_eq!(
            task(&format!(r#"{resource}, "TimeoutSeconds": 301"#)),
            medium("/States/A/TimeoutSeconds")
        );
        assert_eq!(task(&format!(r#"{resource}, "TimeoutSeconds": 300"#)), []);
        let wait = |field: &str| in_express(&one(&format!(r#"{{"Type": "Wait", {field}, "End": true}}"#)));
        assert_eq!(wait(r#""Seconds": 3600"#), medium("/States/A/Seconds"));
        assert_eq!(wait(r#""Seconds": 300"#), []);
        assert_eq!(wait(r#""SecondsPath": "$.wait""#), []);
    }

    #[test]
    fn express_children_of_a_standard_machine_have_the_same_limits() {
        let map = |mode: &str| {
            places(
                "express-impossible",
                &one(&format!(
                    r#"{{"Type": "Map", "End": true, "ItemProcessor": {{"ProcessorConfig": {mode}, "StartAt": "W",
                    "States": {{"W": {{"Type": "Wait", "Seconds": 900, "End": true}}}}}}}}"#
                )),
            )
        };
        assert_eq!(
            map(r#"{"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}"#),
            ["/States/A/ItemProcessor/States/W/Seconds"]
        );
        assert_eq!(
            map(r#"{"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}"#),
            Vec::<String>::new()
        );
        assert_eq!(map(r#"{"Mode": "INLINE"}"#), Vec::<String>::new());
    }
}
