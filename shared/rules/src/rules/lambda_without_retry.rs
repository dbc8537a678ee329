//! Calls of Lambda whose passing faults nobody retries.

use asl::{Definition, Retrier, State};
use findings::{Finding, Fix, Note, NoteKind, Severity};

use crate::declare::declare_rule;
use crate::practice::insert::Json;
use crate::practice::{self, delays::Delays, insert, waits};
use crate::{Subject, Verdict, tasks};

declare_rule! {
    /// ## What it finds
    ///
    /// Tasks that call a Lambda function, in whatever form, and do not retry the faults of the Lambda service that pass by
    /// themselves: `Lambda.ClientExecutionTimeoutException`, `Lambda.ServiceException`, `Lambda.AWSLambdaException` and
    /// `Lambda.SdkClientException`. A retrier of `States.ALL` or `States.TaskFailed` covers them, and so does one of a
    /// Parallel or Map around the Task. One with `MaxAttempts: 0` says that nothing shall be retried, and is heeded.
    ///
    /// Where some of them are retried and others are not, the finding is of low severity, and informational where only
    /// `Lambda.ClientExecutionTimeoutException` is left out, which retriers that are a few years old do not know.
    ///
    /// ## Why it matters
    ///
    /// Lambda answers with such an error now and then, whatever the function does, and Step Functions retries nothing by
    /// itself. Without a retrier the first of them fails the execution, or takes it to a catcher that was meant for
    /// errors of the function.
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
    ///       "Parameters": {"FunctionName": "charge", "Payload.$": "$"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// The errors of the service are not all there:
    /// ```asl,bad
    /// {
    ///   "StartAt": "Charge",
    ///   "States": {
    ///     "Charge": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge",
    ///       "Retry": [{"ErrorEquals": ["Lambda.ServiceException", "Lambda.SdkClientException"], "MaxAttempts": 2}],
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
    ///       "Parameters": {"FunctionName": "charge", "Payload.$": "$"},
    ///       "Retry": [
    ///         {
    ///           "ErrorEquals": [
    ///             "Lambda.ClientExecutionTimeoutException",
    ///             "Lambda.ServiceException",
    ///             "Lambda.AWSLambdaException",
    ///             "Lambda.SdkClientException",
    ///             "Lambda.TooManyRequestsException"
    ///           ],
    ///           "IntervalSeconds": 2,
    ///           "MaxAttempts": 6,
    ///           "BackoffRate": 2,
    ///           "JitterStrategy": "FULL"
    ///         }
    ///       ],
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// The retrier of the documentation, behind others that there are: six attempts in about two minutes, or three in seven
    /// seconds where the execution would be ended before. `Lambda.TooManyRequestsException` is added, because a throttled
    /// call passes by itself, too, and jitter, so that the calls do not come back all at once. Review: a call that timed
    /// out may have reached the function, which then works twice.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    "lambda-without-retry", "a call of Lambda does not retry the faults of the service that pass by themselves",
    Reliability, Medium, confidence: High, fix: Review, needs: [], since: "0.1.0", strictness: Strict
}

/// The errors that AWS recommends to retry.
///
/// Source: Step Functions Developer Guide, handle Lambda service exceptions, read 2026-11-22.
const TRANSIENT: [&str; 4] = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
];
/// Lambda took no more calls. It passes, but how soon depends on who else calls.
const THROTTLED: &str = "Lambda.TooManyRequestsException";

/// The retrier of the documentation, and a quick one: interval, attempts. Both double the interval.
const SCHEDULES: [(u32, u32); 2] = [(2, 6), (1, 3)];

/// Which of `TRANSIENT`, and last `THROTTLED`, are covered.
type Covered = [bool; 5];

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    let around = |state: &State, covered| or(covered, covered_by(state));
    for (state, covered) in practice::places(definition, Covered::default(), around) {
        if !tasks::resource(state).is_some_and(waits::is_lambda) {
            continue;
        }
        let missing = missing(or(covered, covered_by(state)));
        if missing.iter().any(|error| *error != THROTTLED) {
            let finding = finding(subject, definition, state, &missing, verdict);
            verdict.report(finding);
        }
    }
}

fn or(left: Covered, right: Covered) -> Covered {
    let mut both = left;
    for (both, right) in both.iter_mut().zip(right) {
        *both |= right;
    }
    both
}

fn names() -> impl Iterator<Item = &'static str> {
    TRANSIENT.into_iter().chain([THROTTLED])
}

/// The errors for which a state says how often they are retried, if only that they are not.
fn covered_by(state: &State) -> Covered {
    let mut covered = Covered::default();
    // A list that is filled in elsewhere may have all of them.
    let opaque = state.retry.is_empty() && practice::has_items(state, "Retry");
    for (covered, name) in covered.iter_mut().zip(names()) {
        *covered = opaque || state.retry.iter().any(|retrier| takes(retrier, name));
    }
    covered
}

fn takes(retrier: &Retrier, name: &str) -> bool {
    retrier.errors.iter().any(|error| {
        let error = error.value.as_str();
        error == name || error == "States.ALL" || error == "States.TaskFailed" || error.contains("${")
    })
}

fn missing(covered: Covered) -> Vec<&'static str> {
    let each = names().zip(covered);
    each.filter(|(_, covered)| !covered)
        .map(|(name, _)| name)
        .collect()
}

fn finding(
    subject: &Subject<'_>,
    definition: &Definition,
    state: &State,
    missing: &[&str],
    verdict: &Verdict,
) -> Finding {
    let name = &state.name.value;
    let transient: Vec<&str> = missing
        .iter()
        .copied()
        .filter(|error| *error != THROTTLED)
        .collect();
    let all = transient.len() == TRANSIENT.len();
    let mut finding = verdict.draft(if all {
        format!("`{name}` calls Lambda and retries none of the faults that pass by themselves")
    } else {
        format!("`{name}` retries some faults of Lambda, but not {}", listed(&transient))
    });
    if !all {
        finding.severity = severity(&transient);
    }
    finding.location = subject.at_state(state, "no retrier takes the errors of the Lambda service");
    "now and then the Lambda service fails a call that would succeed a second later; nothing tries it again"
        .clone_into(&mut finding.why);
    finding.action = format!("retry {}", listed(missing));
    finding.notes = vec![Note {
        kind: NoteKind::Mind,
        text: "a call that timed out may have reached the function: it has to stand being called twice".to_owned(),
    }];
    if missing.contains(&THROTTLED) {
        finding.notes.push(Note {
            kind: NoteKind::Mind,
            text: format!("`{THROTTLED}`, a call that Lambda throttled, is not retried either"),
        });
    }
    finding.fix = Some(fix(subject, definition, state, missing));
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}

/// Where some of the errors are retried. The first is new, and many retriers are older than it.
fn severity(missing: &[&str]) -> Severity {
    match missing {
        ["Lambda.ClientExecutionTimeoutException"] => Severity::Informational,
        _ => Severity::Low,
    }
}

fn listed(errors: &[&str]) -> String {
    let quoted: Vec<String> = errors.iter().map(|error| format!("`{error}`")).collect();
    quoted.join(", ")
}

fn fix(subject: &Subject<'_>, definition: &Definition, state: &State, missing: &[&str]) -> Fix {
    let title = format!(
        "retry the faults of Lambda that pass by themselves in `{}`",
        state.name.value
    );
    match edits(subject, definition, state, missing) {
        Some(edits) => Fix::edits(title, edits),
        None => Fix::steps(title, vec![format!(
            "add a retrier to `{}` for {}, with `JitterStrategy` `FULL` and a schedule that ends \
             before the execution does",
            state.name.value,
            listed(missing)
        )]),
    }
}

fn edits(
    subject: &Subject<'_>,
    definition: &Definition,
    state: &State,
    missing: &[&str],
) -> Option<Vec<findings::TextEdit>> {
    let limit = practice::limit(definition, practice::is_express(subject));
    let (interval, attempts) = SCHEDULES.into_iter().find(|(interval, attempts)| {
        let delays = Delays {
            interval: f64::from(*interval),
            rate: 2.0,
            most: None,
        };
        limit.is_none_or(|limit| delays.total(f64::from(*attempts)) < limit)
    })?;
    let retrier = Json::Object(vec![
        (
            "ErrorEquals",
            Json::List(missing.iter().map(|error| Json::Text(error)).collect()),
        ),
        ("IntervalSeconds", Json::Number(interval)),
        ("MaxAttempts", Json::Number(attempts)),
        ("BackoffRate", Json::Number(2)),
        ("JitterStrategy", Json::Text("FULL")),
    ]);
    if state.has("Retry") {
        insert::last_item(definition, state, "Retry", retrier)
    } else {
        insert::member(definition, state, "Retry", &Json::List(vec![retrier]))
    }
}
