//! An inline Map that is to run more at once than it can, or than what it calls can take.

use asl::{Definition, Node, Resource, Scope, State, StateKind};
use findings::{Finding, Severity, Strictness};

use crate::declare::declare_rule;
use crate::fixing;
use crate::tasks::{field_pointer, is_placeholder, resource};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// - An inline Map whose `MaxConcurrency` is above 40.
    /// - With the strictness `all`, as a hint: an inline Map without a limit whose items call a service that throttles at a
    ///   few requests a second (Glue, Athena, ECS, SageMaker, CloudFormation, Organizations and others).
    ///
    /// ## Why it matters
    ///
    /// AWS runs at most 40 iterations of an inline Map at the same time, whatever the definition says. A number above that
    /// promises a speed that never comes; a Distributed Map runs up to 10,000 children. Forty calls at once, on the other
    /// side, are more than some services take.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Notify all",
    ///   "States": {
    ///     "Notify all": {
    ///       "Type": "Map",
    ///       "ItemsPath": "$.users",
    ///       "MaxConcurrency": 500,
    ///       "ItemProcessor": {
    ///         "StartAt": "Notify",
    ///         "States": {
    ///           "Notify": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}
    ///         }
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Notify all",
    ///   "States": {
    ///     "Notify all": {
    ///       "Type": "Map",
    ///       "ItemsPath": "$.users",
    ///       "MaxConcurrency": 40,
    ///       "ItemProcessor": {
    ///         "StartAt": "Notify",
    ///         "States": {
    ///           "Notify": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}
    ///         }
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// An edit to 40, to be reviewed: it changes nothing and says what is so. Whoever needs more makes the Map distributed,
    /// with `ProcessorConfig`, and minds that its items then run as executions of their own.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>
    "inline-map-concurrency", "an inline Map is to run more at once than it can", Performance, Low,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

/// Iterations of an inline Map that AWS runs at the same time.
///
/// Source: AWS Step Functions Developer Guide, Map state in Inline mode, read 2026-11-22.
const LIMIT: u32 = 40;

/// Services whose default rate for starting or describing work is a few requests a second, by their names in a Resource.
///
/// Source: service quotas of each service in the AWS General Reference, of which the lowest counts (memory, unverified).
const SLOW: [&str; 19] = [
    "athena",
    "bedrock",
    "cloudformation",
    "codebuild",
    "databrew",
    "ecs",
    "eks",
    "elasticmapreduce",
    "emr",
    "emr-serverless",
    "emrserverless",
    "glue",
    "iam",
    "organizations",
    "route53",
    "sagemaker",
    "servicequotas",
    "textract",
    "transcribe",
];

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = subject.assessable(verdict) else {
        return;
    };
    for state in definition.states() {
        let Some(processor) = inline(state) else {
            continue;
        };
        match limit(state) {
            Some(most) if most > f64::from(LIMIT) => {
                verdict.report(above(subject, definition, state, most, verdict));
            }
            Some(0.0) if subject.config.strictness >= Strictness::All => {
                if let Some(service) = slow(processor) {
                    verdict.report(unlimited(subject, state, service, verdict));
                }
            }
            _ => {}
        }
    }
}

/// What an inline Map does with each item.
fn inline(state: &State) -> Option<&Scope> {
    let StateKind::Map(map) = &state.kind else {
        return None;
    };
    let processor = map.processor.as_ref()?;
    let open = processor
        .field("ProcessorConfig")
        .and_then(|config| config.get("Mode"))
        .and_then(Node::as_str)
        .is_some_and(is_placeholder);
    (map.mode == asl::MapMode::Inline && !open).then_some(processor)
}

/// How many items may run at once, 0 for any number; none where it is computed.
fn limit(state: &State) -> Option<f64> {
    match &state.kind {
        StateKind::Map(map) => match &map.max_concurrency {
            Some(amount) => amount.value.number(),
            None if state.has("MaxConcurrency") => None,
            None => Some(0.0),
        },
        _ => None,
    }
}

/// The first service in a processor that takes few calls. Maps inside are looked at by themselves.
fn slow(processor: &Scope) -> Option<&str> {
    processor.states.iter().find_map(|state| match resource(state)? {
        Resource::Integration { service, .. } if SLOW.contains(&service.as_str()) => {
            Some(service.as_str())
        }
        _ => None,
    })
}

fn above(
    subject: &Subject<'_>,
    definition: &Definition,
    state: &State,
    most: f64,
    verdict: &Verdict,
) -> Finding {
    let name = &state.name.value;
    let mut finding = verdict.draft(format!(
        "`{name}` is to run {most} items at once, but AWS runs at most {LIMIT} of an inline Map"
    ));
    finding.why = format!("the other items wait: {most} is never reached, and nothing says so");
    finding.action = format!("write {LIMIT}, or make the Map distributed where more is needed");
    let span = state.field("MaxConcurrency").map(|node| node.span);
    let span = span.unwrap_or(state.name.span);
    finding.location = subject.at(
        &field_pointer(state, "MaxConcurrency"),
        span,
        format!("{LIMIT} at most"),
    );
    finding.location.state = Some(name.clone());
    let title = format!("set `MaxConcurrency` to {LIMIT}");
    let edit = fixing::replace(span, LIMIT.to_string());
    finding.fix = fixing::edits(definition, &*title, vec![edit]).or_else(|| {
        let step = format!("{title}, or set `Mode` in `ProcessorConfig` to `DISTRIBUTED`");
        Some(fixing::steps(title, [step]))
    });
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}

fn unlimited(subject: &Subject<'_>, state: &State, service: &str, verdict: &Verdict) -> Finding {
    let name = &state.name.value;
    let mut finding = verdict.draft(format!(
        "`{name}` runs up to {LIMIT} items at once, and each calls `{service}`, which takes few calls a second"
    ));
    finding.severity = Severity::Informational;
    finding.confidence = findings::Confidence::Low;
    finding.why = String::from("calls that are throttled fail, or are repeated until the retries are used up");
    finding.action = format!("set `MaxConcurrency` to what the quotas of `{service}` allow");
    finding.location = subject.at_state(state, "no limit");
    finding.fix = Some(fixing::steps(
        format!("limit `{name}`"),
        [
            format!("look up the request rate of `{service}` in Service Quotas"),
            "set `MaxConcurrency` below it, and retry throttling with `JitterStrategy` `FULL`".to_owned(),
        ],
    ));
    finding.fingerprint = subject.fingerprint(META.id, &["unlimited", name]);
    finding
}

#[cfg(test)]
mod tests {
    use crate::tests::{one, places};

    fn at(fields: &str, config: &str, resource: &str) -> Vec<String> {
        places(
            "inline-map-concurrency",
            &one(&format!(
                r#"{{"Type": "Map", {fields}"ItemProcessor": {{{config}"StartAt": "W", "States": {{
                "W": {{"Type": "Task", "Resource": "arn:aws:states:::{resource}", "End": true}}}}}}, "End": true}}"#
            )),
        )
    }

    #[test]
    fn only_an_inline_map_is_limited() {
        let none = Vec::<String>::new();
        let sns = "sns:publish";
        assert_eq!(
            at(r#""MaxConcurrency": 41, "#, "", sns),
            ["/States/A/MaxConcurrency"]
        );
        assert_eq!(at(r#""MaxConcurrency": 40, "#, "", sns), none);
        assert_eq!(at(r#""MaxConcurrencyPath": "$.n", "#, "", sns), none);
        let mode = |mode: &str| format!(r#""ProcessorConfig": {{"Mode": "{mode}"}}, "#);
        assert_eq!(at(r#""MaxConcurrency": 500, "#, &mode("DISTRIBUTED"), sns), none);
        assert_eq!(at(r#""MaxConcurrency": 500, "#, &mode("${Mode}"), sns), none);
        assert_eq!(at("", "", sns), none);
        assert_eq!(at("", "", "glue:startJobRun"), ["/States/A"]);
        assert_eq!(at(r#""MaxConcurrency": 2, "#, "", "glue:startJobRun"), none);
    }
}
