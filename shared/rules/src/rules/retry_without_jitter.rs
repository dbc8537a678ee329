//! Throttled calls that all come back at the same time.

use asl::{Definition, Node, Retrier, State};
use findings::{Finding, Fix};

use crate::declare::declare_rule;
use crate::practice::{self, insert};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// Retriers that name an error of throttling (`...TooManyRequests...`, `...Throttl...`,
    /// `...ProvisionedThroughputExceeded...`, `...RequestLimitExceeded...`, `...SlowDown...` and the like) and have no
    /// `"JitterStrategy": "FULL"`. Retriers of `States.ALL` are left out: it is not known that they are for throttling.
    ///
    /// ## Why it matters
    ///
    /// What was throttled together comes back together, is throttled again, and waits longer each time. With jitter each
    /// delay is a random part of itself, so that the calls spread over it.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Store",
    ///   "States": {
    ///     "Store": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Retry": [
    ///         {
    ///           "ErrorEquals": ["DynamoDb.ProvisionedThroughputExceededException"],
    ///           "IntervalSeconds": 1,
    ///           "MaxAttempts": 5
    ///         }
    ///       ],
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Store",
    ///   "States": {
    ///     "Store": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Retry": [
    ///         {
    ///           "ErrorEquals": ["DynamoDb.ProvisionedThroughputExceededException"],
    ///           "IntervalSeconds": 1,
    ///           "MaxAttempts": 5,
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
    /// `"JitterStrategy": "FULL"` is added. Review: a delay may become nearly nothing, and takes half as long on average.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    /// - <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
    "retry-without-jitter", "calls that were throttled together come back together", Performance, Low,
    confidence: High, fix: Review, needs: [], since: "0.1.0", strictness: All
}

/// Parts of the names of errors that say: too many calls in too short a time. In lower case.
const THROTTLING: [&str; 9] = [
    "toomanyrequests",
    "throttl",
    "provisionedthroughputexceeded",
    "requestlimitexceeded",
    "requestthrottled",
    "slowdown",
    "bandwidthlimitexceeded",
    "priorrequestnotcomplete",
    "statuscode.429",
];

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    for state in definition.states() {
        for retrier in &state.retry {
            let error = retrier
                .errors
                .iter()
                .find(|error| is_throttling(&error.value));
            let Some(error) = error else {
                continue;
            };
            let own = practice::written(state, retrier);
            if retrier.max_attempts > 0.0 && !retrier.jitter && !own.is_some_and(is_filled_in) {
                let mut finding = finding(subject, state, retrier, &error.value, verdict);
                finding.fix = Some(fix(definition, state, own));
                verdict.report(finding);
            }
        }
    }
}

fn is_throttling(error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    THROTTLING.iter().any(|part| error.contains(part))
}

/// True where another program writes the strategy.
fn is_filled_in(retrier: &Node) -> bool {
    retrier.get("JitterStrategy").is_some_and(Node::is_open)
}

fn finding(
    subject: &Subject<'_>,
    state: &State,
    retrier: &Retrier,
    error: &str,
    verdict: &Verdict,
) -> Finding {
    let name = &state.name.value;
    let mut finding = verdict.draft(format!("`{name}` retries `{error}` without jitter"));
    finding.location = subject.at(&retrier.pointer, retrier.span, "no `JitterStrategy`");
    finding.location.state = Some(name.clone());
    "what was throttled together comes back together and is throttled again".clone_into(&mut finding.why);
    "add `\"JitterStrategy\": \"FULL\"`".clone_into(&mut finding.action);
    let errors: Vec<&str> = retrier.errors.iter().map(|error| error.value.as_str()).collect();
    finding.fingerprint = subject.fingerprint(META.id, &[name, &errors.join(" ")]);
    finding
}

fn fix(definition: &Definition, state: &State, retrier: Option<&Node>) -> Fix {
    // A strategy that is written down is another one, which a person chose.
    let plain = retrier.filter(|retrier| retrier.get("JitterStrategy").is_none());
    let title = format!("spread the retries of `{}`", state.name.value);
    match plain.and_then(|plain| insert::last_member(definition, plain, "JitterStrategy", "FULL")) {
        Some(edits) => Fix::edits(title, edits),
        None => Fix::steps(title, vec!["set `JitterStrategy` of the retrier to `FULL`".to_owned()]),
    }
}
