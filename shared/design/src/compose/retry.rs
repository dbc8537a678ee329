//! Which errors are tried again and how, by the names that the catalogue knows for each call.

use catalogue::{Callee, Resource, Target, optimized_error_prefixes};

use crate::machine::Retrier;
use crate::requirements::Retry;

/// Errors of a call, by what they mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Errors {
    /// Too much was asked for: it did not happen.
    pub(crate) throttled: Vec<String>,
    /// The service or the way to it failed: it may have happened.
    pub(crate) transient: Vec<String>,
}

/// How short retries have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tightness {
    /// As good practice says.
    Full,
    /// Some seconds.
    Short,
    /// A second.
    Least,
}

impl Errors {
    /// What the catalogue knows of a resource.
    pub(crate) fn of(resource: &str) -> Self {
        let Ok(parsed) = Resource::parse(resource) else {
            return Self::default();
        };
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let (service, is_sdk) = match &parsed.target {
            Target::Optimized(call) => (call.service.text.as_str(), false),
            Target::Sdk(call) => (call.service.text.as_str(), true),
            Target::Function => ("lambda", false),
            Target::Activity | Target::Placeholder => return Self::default(),
        };
        match service {
            "lambda" if !is_sdk => {
                return Self {
                    throttled: names(&["Lambda.TooManyRequestsException"]),
                    transient: names(&[
                        "Lambda.ClientExecutionTimeoutException",
                        "Lambda.ServiceException",
                        "Lambda.AWSLambdaException",
                        "Lambda.SdkClientException",
                    ]),
                };
            }
            "http" => {
                return Self {
                    throttled: names(&["States.Http.StatusCode.429"]),
                    transient: names(&[
                        "States.Http.StatusCode.502",
                        "States.Http.StatusCode.503",
                        "States.Http.StatusCode.504",
                    ]),
                };
            }
            _ => {}
        }
        let callee = parsed.callee();
        let (prefix, action) = match callee {
            Some(Callee::Optimized(integration)) => (
                optimized_error_prefixes(service).first().cloned(),
                integration.call(),
            ),
            Some(Callee::Sdk(action)) => (
                action.service().error_prefixes().first().cloned(),
                Some(action),
            ),
            None => (None, None),
        };
        let Some(prefix) = prefix else {
            return Self::default();
        };
        let mut errors = Self::default();
        let known = action.into_iter().flat_map(catalogue::Action::errors);
        for name in known {
            // Optimized integrations spell it as the first SDK for Java did.
            let spelled = match name.strip_prefix("Kms") {
                Some(rest) if !is_sdk => format!("KMS{rest}"),
                _ => name.to_owned(),
            };
            let full = format!("{prefix}.{spelled}");
            if is_throttle(name) {
                errors.throttled.push(full);
            } else if is_fault(name) {
                errors.transient.push(full);
            }
        }
        let client = if service == "sqs" && !is_sdk {
            errors
                .throttled
                .retain(|name| name.contains("KMSThrottled"));
            vec![
                format!("{prefix}.SdkClientException"),
                format!("{prefix}.AmazonSQSException"),
            ]
        } else {
            vec![format!("{prefix}.SdkClientException")]
        };
        errors.transient.extend(client);
        errors
    }
}

fn is_throttle(name: &str) -> bool {
    [
        "Throttl",
        "TooManyRequests",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "TransactionConflict",
        "ExecutionLimitExceeded",
        "ConcurrentRunsExceeded",
        "SlowDown",
        "CapacityExceeded",
        "CapacityUnavailable",
    ]
    .iter()
    .any(|word| name.contains(word))
}

fn is_fault(name: &str) -> bool {
    [
        "InternalServer",
        "InternalService",
        "InternalError",
        "InternalFailure",
        "ServiceUnavailable",
        "ServerException",
        "ServiceException",
        "InternalDependency",
        "ModelNotReady",
        "ServiceFault",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// What a step is tried again for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// As said.
    pub(crate) retry: Retry,
    /// Whether doing it twice is the same as doing it once.
    pub(crate) repeatable: bool,
    /// Whether it waits for a job or for somebody.
    pub(crate) waits: bool,
    /// Errors that are an answer.
    pub(crate) answers: &'a [String],
    pub(crate) tightness: Tightness,
}

pub(crate) fn retriers(errors: &Errors, wanted: Wanted<'_>) -> Vec<Retrier> {
    let tightness = wanted.tightness;
    let mut retriers = Vec::new();
    if wanted.retry == Retry::None {
        return retriers;
    }
    let without = |names: &[String]| -> Vec<String> {
        let answer = |name: &String| wanted.answers.contains(name);
        names.iter().filter(|name| !answer(name)).cloned().collect()
    };
    let throttled = without(&errors.throttled);
    if !throttled.is_empty() && wanted.retry != Retry::Transient {
        let attempts = if wanted.retry == Retry::Aggressive {
            8
        } else {
            6
        };
        let own = if wanted.waits {
            retrier(throttled, 30, 3, 120)
        } else if throttled.iter().any(|name| name.starts_with("Lambda.")) {
            retrier(throttled, 2, attempts, 60)
        } else {
            retrier(throttled, 1, attempts - 1, 30)
        };
        retriers.push(tighten(own, tightness));
    }
    let mut transient = without(&errors.transient);
    if !wanted.repeatable {
        // A call whose answer did not come may have been done.
        transient.retain(|name| {
            !name.contains("ClientExecutionTimeout") && !name.contains("StatusCode.504")
        });
    }
    if !transient.is_empty() && wanted.retry != Retry::Throttle {
        let attempts = if wanted.retry == Retry::Aggressive {
            6
        } else {
            3
        };
        retriers.push(tighten(retrier(transient, 1, attempts, 10), tightness));
    }
    if !wanted.repeatable || wanted.waits {
        return retriers;
    }
    match wanted.retry {
        // There is no time to wait for the same answer twice.
        Retry::Auto | Retry::Aggressive if tightness == Tightness::Least => {}
        Retry::Auto | Retry::Aggressive => {
            retriers.push(tighten(
                retrier(vec!["States.Timeout".to_owned()], 2, 2, 10),
                tightness,
            ));
        }
        Retry::SafeAll => {
            if !wanted.answers.is_empty() {
                // What is an answer is not asked for again, although the next retrier would match it.
                retriers.push(Retrier {
                    attempts: 0,
                    ..retrier(wanted.answers.to_vec(), 1, 0, 10)
                });
            }
            retriers.push(tighten(
                retrier(vec!["States.ALL".to_owned()], 2, 3, 30),
                tightness,
            ));
        }
        Retry::None | Retry::Transient | Retry::Throttle => {}
    }
    retriers
}

/// What takes back is tried for long, whatever the error.
pub(crate) fn compensation(forever: bool, tightness: Tightness) -> Vec<Retrier> {
    let all = vec!["States.ALL".to_owned()];
    if forever {
        return vec![retrier(all, 2, 99_999_999, 3_600)];
    }
    vec![tighten(retrier(all, 2, 8, 60), tightness)]
}

fn retrier(errors: Vec<String>, interval: u64, attempts: u64, max_delay: u64) -> Retrier {
    Retrier {
        errors,
        interval,
        attempts,
        rate_tenths: 20,
        max_delay,
    }
}

fn tighten(own: Retrier, tightness: Tightness) -> Retrier {
    match tightness {
        Tightness::Full => own,
        Tightness::Short => Retrier {
            interval: 1,
            attempts: own.attempts.min(2),
            max_delay: 4,
            ..own
        },
        Tightness::Least => Retrier {
            interval: 1,
            attempts: own.attempts.min(1),
            max_delay: 2,
            ..own
        },
    }
}

/// How long a state takes at the worst: its time limit as often as a time-out is tried again, and all waits.
pub(crate) fn worst_seconds(timeout: u64, retriers: &[Retrier]) -> u64 {
    let waits = retriers
        .iter()
        .map(Retrier::longest_wait)
        .fold(0u64, u64::saturating_add);
    let takes_timeout = |name: &String| matches!(name.as_str(), "States.Timeout" | "States.ALL");
    let again = retriers
        .iter()
        .filter(|retrier| retrier.errors.iter().any(takes_timeout))
        .map(|retrier| retrier.attempts)
        .fold(0u64, u64::saturating_add);
    timeout
        .saturating_mul(again.saturating_add(1))
        .saturating_add(waits)
}
