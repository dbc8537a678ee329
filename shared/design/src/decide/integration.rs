//! How each step is called.

use catalogue::Pattern as Waits;
use pricing::{RegionPrices, num};
use rust_decimal::Decimal;

use super::estimate::{self, Estimate};
use super::{Alternative, CallDecision, Decision, Integration, Pattern, Polling, Until};
use crate::jobs::{self, Job};
use crate::repeatable;
use crate::requirements::{
    Action, Approval, Call, Channel, Duration, Known, Poll, Step, WaitFor, Work,
};

/// Transitions of a job whose end is told by an event: a nested machine that keeps the token and starts the job, and the machine that
/// the rule starts, which finds the token and gives it back.
const EVENT_TRANSITIONS: u64 = 6;
/// Dollars a month from which on a second machine, a rule, a table and a queue are worth their keep.
const WORTH_EVENTS: u32 = 50;
/// First and longest wait between polls.
const POLL_MS: (u64, u64) = (5_000, 30_000);
const LONGEST_POLL_MS: u64 = 300_000;
/// How long a job is polled that says nothing: so many times what it takes.
const POLL_FOR: u64 = 4;

/// `aws`, `aws-cn`, `aws-us-gov`, by the Region.
pub(crate) fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("us-isob-") => "aws-iso-b",
        _ if region.starts_with("us-isof-") => "aws-iso-f",
        _ if region.starts_with("eu-isoe-") => "aws-iso-e",
        _ if region.starts_with("us-iso-") => "aws-iso",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}

fn arn(partition: &str, call: &str) -> String {
    format!("arn:{partition}:states:::{call}")
}

/// How a call is made.
pub(crate) fn call(call: &Call, step: &Step, partition: &str) -> CallDecision {
    let decided = |integration, name: &str, pattern: Pattern, suffix: &str| CallDecision {
        integration,
        resource: arn(partition, &format!("{name}{suffix}")),
        pattern,
    };
    match &call.action {
        Action::Activity => CallDecision {
            integration: Integration::Activity,
            resource: String::new(),
            pattern: Pattern::Response,
        },
        Action::Http { .. } => {
            let pattern = poll_of(step, None).map_or(Pattern::Response, Pattern::Poll);
            decided(Integration::Http, "http:invoke", pattern, "")
        }
        Action::Workflow => {
            let (pattern, suffix) = match call.wait {
                WaitFor::Response => (Pattern::Response, Waits::RequestResponse),
                WaitFor::Job => (Pattern::Sync, Waits::Sync2),
                WaitFor::Callback => (Pattern::Callback, Waits::WaitForTaskToken),
            };
            decided(
                Integration::Optimized,
                "states:startExecution",
                pattern,
                suffix.suffix(),
            )
        }
        Action::Api { service, name } => {
            let known = Known::of(service, name);
            let (integration, full) = match known {
                Some(Known::Optimized(optimized)) => {
                    (Integration::Optimized, optimized.name().to_owned())
                }
                _ => (Integration::Sdk, format!("aws-sdk:{service}:{name}")),
            };
            let job = jobs::job(service, name);
            let supports = |waits| known.is_some_and(|known| known.supports(waits));
            let (pattern, suffix) = match call.wait {
                WaitFor::Callback => (Pattern::Callback, Waits::WaitForTaskToken),
                WaitFor::Job if supports(Waits::Sync2) => (Pattern::Sync, Waits::Sync2),
                WaitFor::Job if supports(Waits::Sync) => (Pattern::Sync, Waits::Sync),
                WaitFor::Job => match job {
                    Some(job) => (
                        of_job(job, service, step, partition),
                        Waits::RequestResponse,
                    ),
                    None => (Pattern::Response, Waits::RequestResponse),
                },
                WaitFor::Response => {
                    let ask = job
                        .filter(|_| !repeatable::reads(name))
                        .map(|job| asks(job, service, partition));
                    let pattern = poll_of(step, ask).map_or(Pattern::Response, Pattern::Poll);
                    (pattern, Waits::RequestResponse)
                }
            };
            decided(integration, &full, pattern, suffix.suffix())
        }
    }
}

struct Ask {
    resource: String,
    arguments: Vec<(String, String)>,
    fixed: Vec<(String, serde_json::Value)>,
}

fn asks(job: &Job, service: &str, partition: &str) -> Ask {
    Ask {
        resource: arn(partition, &format!("aws-sdk:{service}:{}", job.ask)),
        arguments: job.arguments.clone().into_iter().collect(),
        fixed: job.fixed.clone().into_iter().collect(),
    }
}

fn of_job(job: &Job, service: &str, step: &Step, partition: &str) -> Pattern {
    let ask = asks(job, service, partition);
    let status = Until::Status {
        path: job.status.clone(),
        done: job.done.clone(),
        failed: job.failed.clone(),
    };
    let until = step
        .poll
        .as_ref()
        .map_or(status, |poll| Until::Condition(poll.until.clone()));
    Pattern::Poll(polling(step, step.poll.as_ref(), Some(ask), until))
}

/// What `poll` asks for.
fn poll_of(step: &Step, ask: Option<Ask>) -> Option<Polling> {
    let poll = step.poll.as_ref()?;
    Some(polling(
        step,
        Some(poll),
        ask,
        Until::Condition(poll.until.clone()),
    ))
}

fn polling(step: &Step, poll: Option<&Poll>, ask: Option<Ask>, until: Until) -> Polling {
    let lasts = match poll {
        // The duration of a step that asks is that of the question.
        Some(poll) => poll.at_most.map_or(300_000, |most| most.0 / POLL_FOR),
        None => estimate::duration_of(step).0,
    };
    let every = poll
        .and_then(|poll| poll.every)
        .unwrap_or(Duration((lasts / 4).clamp(POLL_MS.0, POLL_MS.1)));
    let longest = Duration((lasts / 2).clamp(every.0, LONGEST_POLL_MS.max(every.0)));
    let at_most = poll
        .and_then(|poll| poll.at_most)
        .or(step.timeout)
        .unwrap_or(Duration(lasts.saturating_mul(POLL_FOR).max(60_000)));
    let (resource, arguments, fixed) = match ask {
        Some(ask) => (Some(ask.resource), ask.arguments, ask.fixed),
        None => (None, Vec::new(), Vec::new()),
    };
    Polling {
        resource,
        arguments,
        fixed,
        until,
        every,
        longest,
        at_most,
        polls: polls_in(every, longest, at_most),
    }
}

/// Polls that a step makes as a rule; none where it is not polled.
pub(crate) fn expected_polls(step: &Step) -> u64 {
    let Work::Does(wanted) = &step.work else {
        return 0;
    };
    match call(wanted, step, "aws").pattern {
        Pattern::Poll(polling) => {
            let lasts = match &step.poll {
                // Who says when it ends at the latest expects it long before.
                Some(_) => Duration(polling.at_most.0 / POLL_FOR),
                None => estimate::duration_of(step),
            };
            polls_in(polling.every, polling.longest, lasts)
        }
        Pattern::Response | Pattern::Sync | Pattern::Callback => 0,
    }
}

/// Polls until a time has gone by, with waits that double.
fn polls_in(every: Duration, longest: Duration, time: Duration) -> u64 {
    let (mut polls, mut gone, mut wait) = (0_u64, 0_u64, every.0.max(1));
    while gone < time.0 && wait < longest.0 {
        gone = gone.saturating_add(wait);
        wait = wait.saturating_mul(2).min(longest.0);
        polls += 1;
    }
    polls + time.0.saturating_sub(gone).div_ceil(wait)
}

/// How people are asked: a queue's reader keeps the token; everybody else gets a link, behind which a function keeps it.
pub(crate) fn approval(approval: &Approval, partition: &str) -> CallDecision {
    let name = match approval.channel {
        Channel::Sqs => "sqs:sendMessage",
        Channel::Email | Channel::Slack | Channel::Sns | Channel::Api => "lambda:invoke",
    };
    CallDecision {
        integration: Integration::Optimized,
        resource: arn(
            partition,
            &format!("{name}{}", Waits::WaitForTaskToken.suffix()),
        ),
        pattern: Pattern::Callback,
    }
}

/// What is said of a call.
pub(crate) fn explain(
    step: &Step,
    wanted: &Call,
    decided: &CallDecision,
    whole: &Estimate,
    prices: &RegionPrices,
) -> Decision {
    let calls = num::mul(whole.executions, step.probability);
    let mut because = Vec::new();
    let mut alternatives = Vec::new();
    let mut flips = Vec::new();
    let is_lambda = decided.resource.contains(":lambda:invoke");
    match decided.integration {
        Integration::Optimized if is_lambda => {
            because.push("the step is a function of yours".to_owned());
        }
        Integration::Optimized => {
            because.push("Step Functions has an integration made for it".to_owned());
        }
        Integration::Sdk => {
            because.push("there is no optimized integration of this call; the SDK integration calls it without a function between".to_owned());
        }
        Integration::Http => {
            because.push("an HTTPS endpoint is called through an EventBridge connection, which keeps its credentials".to_owned());
        }
        Integration::Activity => {
            because.push("a worker of yours asks for the work".to_owned());
            flips.push("a worker that can be reached gets the token by `sqs:sendMessage` with `wait: callback`".to_owned());
        }
    }
    if matches!(
        decided.integration,
        Integration::Optimized | Integration::Sdk | Integration::Http
    ) && !is_lambda
    {
        let costs = estimate::function(prices, calls, Duration(100), 128);
        alternatives.push(Alternative {
            what: "a Lambda function between".to_owned(),
            why_not: format!(
                "{} a month for {} calls of 100 ms with 128 MB, and code to keep",
                costs.rounded(),
                num::count(calls)
            ),
        });
    }
    pattern(
        step,
        wanted,
        decided,
        (calls, prices),
        &mut Texts {
            because: &mut because,
            alternatives: &mut alternatives,
            flips: &mut flips,
        },
    );
    let what = if decided.resource.is_empty() {
        "an activity".to_owned()
    } else {
        decided.resource.clone()
    };
    Decision {
        id: "integration",
        about: step.id.clone(),
        chosen: format!("{what}, {}", pattern_name(&decided.pattern)),
        because,
        alternatives,
        flips,
    }
}

struct Texts<'a> {
    because: &'a mut Vec<String>,
    alternatives: &'a mut Vec<Alternative>,
    flips: &'a mut Vec<String>,
}

fn pattern_name(pattern: &Pattern) -> &'static str {
    match pattern {
        Pattern::Response => "request and response",
        Pattern::Sync => "waits for the job",
        Pattern::Callback => "waits for a callback",
        Pattern::Poll(_) => "polled",
    }
}

fn pattern(
    step: &Step,
    wanted: &Call,
    decided: &CallDecision,
    (calls, prices): (Decimal, &RegionPrices),
    texts: &mut Texts<'_>,
) {
    let polled = |polls: u64| {
        // Wait, ask and choose are a transition each.
        let transitions = num::mul(Decimal::from(polls.saturating_mul(3)), calls);
        (prices.transition * transitions).rounded()
    };
    let lasts = estimate::duration_of(step);
    match &decided.pattern {
        Pattern::Response if wanted.wait == WaitFor::Response => {}
        Pattern::Response | Pattern::Callback => {
            texts
                .because
                .push("the requirements wait for an answer that somebody sends".to_owned());
        }
        Pattern::Sync => {
            let polls = lasts.0.div_ceil(30_000).max(1);
            texts.because.push("the service tells Step Functions when the job has ended (`.sync`), for no transition".to_owned());
            texts.alternatives.push(Alternative {
                what: "polling every 30 s".to_owned(),
                why_not: format!(
                    "about {polls} polls of 3 transitions each: {} a month",
                    polled(polls)
                ),
            });
        }
        Pattern::Poll(polling) => {
            let polls = polls_in(polling.every, polling.longest, lasts);
            if wanted.wait == WaitFor::Job {
                texts.because.push(format!(
                    "the service has no `.sync`: it is asked after {}, then ever more seldom up to every {}; about {polls} polls, {} a month",
                    polling.every, polling.longest, polled(polls)
                ));
                event(wanted, polling, polls, (calls, prices), texts);
            } else {
                texts.because.push(format!(
                    "the requirements ask until something holds: {} polls at most",
                    polling.polls
                ));
            }
        }
    }
}

/// Why a job is polled although, or because, the service sends an event at its end or does not.
fn event(
    wanted: &Call,
    polling: &Polling,
    polls: u64,
    (calls, prices): (Decimal, &RegionPrices),
    texts: &mut Texts<'_>,
) {
    let job = match &wanted.action {
        Action::Api { service, name } => jobs::job(service, name),
        _ => None,
    };
    let Some((source, detail_type, _)) = job.and_then(|job| job.event.as_ref()) else {
        texts
            .flips
            .push("an integration with `.sync`, should the service get one".to_owned());
        return;
    };
    let month = |transitions: u64| prices.transition * num::mul(Decimal::from(transitions), calls);
    let saved = month(polls.saturating_mul(3)) - month(EVENT_TRANSITIONS);
    let worth = Decimal::from(WORTH_EVENTS);
    let in_words = if saved.0 > Decimal::ZERO {
        format!("saves about {} a month", saved.rounded())
    } else {
        "saves nothing".to_owned()
    };
    texts.alternatives.push(Alternative {
        what: format!("the event `{detail_type}` of `{source}`, and a task token"),
        why_not: format!(
            "it {in_words} and takes a table of tokens, a rule, a second state machine and a queue for what it misses; an event may come late or not at all, so that the job has to be asked in the end anyway"
        ),
    });
    let at_work = if saved.0 > worth {
        format!(
            "it would save {} a month: worth it where somebody keeps the rule and the second machine",
            saved.rounded()
        )
    } else {
        format!(
            "from ${WORTH_EVENTS} a month that the polls cost more than the event, which is {} jobs a month of this length",
            needed(worth, polls, prices)
        )
    };
    texts.flips.push(at_work);
    texts.flips.push(format!(
        "where the end has to be known sooner than {} after it",
        polling.longest
    ));
}

/// Jobs of a month from which on events are worth it.
fn needed(worth: Decimal, polls: u64, prices: &RegionPrices) -> String {
    let more = polls.saturating_mul(3).saturating_sub(EVENT_TRANSITIONS);
    let each = prices.transition * Decimal::from(more);
    num::div(worth, each.0)
        .map_or_else(|| "no number of".to_owned(), |jobs| num::count(jobs.ceil()))
}
