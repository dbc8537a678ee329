//! What is refused.

use pricing::{RegionPrices, Usd, num};
use rust_decimal::Decimal;

use super::{Reason, Refusal};
use crate::decide::estimate::{self, Estimate};
use crate::decide::{Decisions, operations, workflow};
use crate::requirements::{Action, Duration, Requirements, Step, TriggerKind, WaitFor, Way, Work};

/// What a Standard workflow adds to the steps themselves is tens of milliseconds for every state; Express less, with starts of tens
/// of milliseconds.
pub(crate) const LEAST_P99: Duration = Duration(100);
const RECORDS_A_SECOND: u32 = 1000;
/// Records that a function takes from a stream in one go, unless it is told otherwise.
const BATCH: u32 = 100;
const RULES: usize = 8;
const OPERANDS: usize = 3;
const FUNCTION_MB: u32 = 128;

/// Why a workflow does not serve at all.
pub(crate) fn refusal(asked: &Requirements, prices: &RegionPrices) -> Option<Refusal> {
    let whole = Estimate::new(asked);
    let reasons: Vec<Reason> = [
        latency(asked, &whole, prices),
        logic(asked, &whole, prices),
        single(asked, &whole, prices),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!reasons.is_empty()).then(|| Refusal {
        name: asked.name.clone(),
        redirects: false,
        reasons,
    })
}

/// What the workflow that is asked for would cost.
pub(super) fn as_asked(
    asked: &Requirements,
    whole: &Estimate,
    prices: &RegionPrices,
) -> (Usd, String) {
    let express = workflow::blockers(asked).is_empty();
    let (name, usd) = if express {
        ("Express", whole.express(prices))
    } else {
        ("Standard", whole.standard(prices))
    };
    let how = format!(
        "{} executions a month of about {} transitions and {} as {name}, without logs and what the steps themselves cost",
        num::count(whole.executions),
        num::count(whole.transitions),
        whole.duration
    );
    (usd, how)
}

fn plain(step: &Step) -> bool {
    step.undo.is_none() && step.breaker.is_none() && step.limit.is_none() && step.poll.is_none()
}

/// One call is no workflow.
fn single(asked: &Requirements, whole: &Estimate, prices: &RegionPrices) -> Option<Reason> {
    let [step] = asked.steps.as_slice() else {
        return None;
    };
    let Work::Does(call) = &step.work else {
        return None;
    };
    let heavy = !super::heavy::heavy_steps(asked).is_empty();
    if call.wait != WaitFor::Response || !plain(step) || heavy {
        return None;
    }
    if matches!(call.action, Action::Activity | Action::Workflow) {
        return None;
    }
    // A single Task is one transition.
    let (workflow_costs, workflow_costs_how) = {
        let usd = prices.transition * whole.executions;
        let how = format!(
            "{} executions a month x 1 transition x {}",
            num::count(whole.executions),
            prices.transition.per_million()
        );
        (usd, how)
    };
    let is_lambda = matches!(&call.action, Action::Api { service, .. } if service == "lambda");
    let source = asked.trigger.source.as_deref();
    let resource = call.resource.as_deref().unwrap_or(&step.id);
    Some(Reason {
        id: "single-function",
        steps: vec![step.id.clone()],
        why: if is_lambda {
            format!(
                "`{}` is one function with no wait, branch or compensation around it: 1 state",
                step.id
            )
        } else {
            format!(
                "`{}` is one call with no wait, branch or compensation around it: 1 state",
                step.id
            )
        },
        source: "requirements; price of a transition, pricing page of Step Functions".to_owned(),
        instead: directly(asked.trigger.kind, source, resource, is_lambda),
        costs: Some(Usd::ZERO),
        costs_how: "nothing is orchestrated; what the call itself costs stays the same".to_owned(),
        workflow_costs: Some(workflow_costs),
        workflow_costs_how,
        come_back:
            "when there is a second step, or something to wait for, to choose or to take back"
                .to_owned(),
    })
}

/// How a trigger does one call without a workflow.
fn directly(
    kind: TriggerKind,
    source: Option<&str>,
    resource: &str,
    is_lambda: bool,
) -> Vec<String> {
    let from = source
        .map(|source| format!(" `{source}`"))
        .unwrap_or_default();
    let what = if is_lambda {
        format!("the function `{resource}`")
    } else {
        format!("`{resource}`")
    };
    let failures = if kind == TriggerKind::Sqs && is_lambda {
        "let messages that fail again and again go to a dead-letter queue (redrive policy of the queue), with an alarm at its first message"
    } else {
        "let events that fail for good go to an SQS queue (on-failure destination), with an alarm at its first message"
    };
    let asynchronous = "Lambda tries an asynchronous event twice more by itself";
    let mut ways = match (kind, is_lambda) {
        (TriggerKind::S3, true) => vec![
            format!("let the bucket{from} invoke {what} directly (event notification)"),
            asynchronous.to_owned(),
        ],
        (TriggerKind::EventBridge | TriggerKind::Schedule, true) => {
            vec![
                format!("make {what} the target of the rule or the schedule"),
                asynchronous.to_owned(),
            ]
        }
        (
            TriggerKind::Sqs
            | TriggerKind::Kinesis
            | TriggerKind::DynamoDbStream
            | TriggerKind::Pipe,
            true,
        ) => {
            vec![format!(
                "let {what} read from the source{from} itself (event source mapping), with batches and partial failures"
            )]
        }
        (TriggerKind::Api | TriggerKind::ApiSync, true) => vec![format!(
            "put {what} behind the API (proxy integration), or give it a URL of its own"
        )],
        (TriggerKind::Iot, true) => vec![
            format!("make {what} the action of the rule"),
            asynchronous.to_owned(),
        ],
        (_, true) => vec![format!("invoke {what} directly")],
        (TriggerKind::Api | TriggerKind::ApiSync, false) => vec![format!(
            "let API Gateway call {what} itself (integration of an AWS service)"
        )],
        (TriggerKind::Schedule, false) => vec![format!(
            "let EventBridge Scheduler call {what} itself (universal target)"
        )],
        (TriggerKind::Iot, false) => vec![format!(
            "let a rule of AWS IoT write to {what} itself, where it has such an action"
        )],
        (_, false) => vec![format!(
            "make {what} the target of the rule or of an EventBridge Pipe"
        )],
    };
    if !matches!(kind, TriggerKind::Api | TriggerKind::ApiSync) {
        ways.push(failures.to_owned());
    }
    ways
}

/// Milliseconds, and streams.
fn latency(asked: &Requirements, whole: &Estimate, prices: &RegionPrices) -> Option<Reason> {
    let quick = asked.latency.p99.filter(|p99| *p99 < LEAST_P99);
    let stream = matches!(
        asked.trigger.kind,
        TriggerKind::Kinesis | TriggerKind::DynamoDbStream
    );
    let average = asked.load.average_per_second;
    let flood = stream && average > Decimal::from(RECORDS_A_SECOND);
    if quick.is_none() && !flood {
        return None;
    }
    let mut why = Vec::new();
    if let Some(p99) = quick {
        why.push(format!("99 of 100 have to end within {p99}, and every state adds to that: {LEAST_P99} is the least to plan with"));
    }
    if flood {
        why.push(format!(
            "{} records a second come from a stream, and each would be an execution: above {RECORDS_A_SECOND} they belong into batches",
            num::count(average)
        ));
    }
    let states: Vec<String> = asked
        .steps
        .iter()
        .map(|step| format!("`{}`", step.id))
        .collect();
    let work = estimate::duration(&asked.steps);
    let (costs, costs_how) = if stream {
        let batches = num::div_or_max(whole.executions, BATCH.into());
        let lasts = Duration(work.0.saturating_mul(u64::from(BATCH)));
        let how = format!(
            "{} batches of {BATCH} records x {work} a record x {FUNCTION_MB} MB on Lambda; the stream itself costs the same either way",
            num::count(batches)
        );
        (estimate::function(prices, batches, lasts, FUNCTION_MB), how)
    } else {
        let how = format!(
            "{} calls x {work} x {FUNCTION_MB} MB on Lambda",
            num::count(whole.executions)
        );
        (
            estimate::function(prices, whole.executions, work, FUNCTION_MB),
            how,
        )
    };
    let workflow_costs = whole.express(prices);
    let instead = if stream {
        vec![
            format!("do {} in one Lambda function that reads batches from the stream (event source mapping), with its partial batch response", states.join(", ")),
            "take Managed Service for Apache Flink where records are joined or counted over time".to_owned(),
            "filter and enrich with EventBridge Pipes before it; start a workflow only for the few records that need one".to_owned(),
        ]
    } else {
        vec![
            format!("do {} in one Lambda function with provisioned concurrency, or in a container on Fargate", states.join(", ")),
            "answer first, and start a workflow for what can come later (`StartExecution` without waiting)".to_owned(),
        ]
    };
    Some(Reason {
        id: "needs-low-latency",
        steps: asked.steps.iter().map(|step| step.id.clone()).collect(),
        why: why.join("; "),
        source: "latency of states as AWS and others measure it (tens of milliseconds each, about); quotas of Step Functions, 2026-11-22".to_owned(),
        instead,
        costs: Some(costs),
        costs_how,
        workflow_costs: Some(workflow_costs),
        workflow_costs_how: format!(
            "{} executions a month as Express, without logs and what the steps themselves cost",
            num::count(whole.executions)
        ),
        come_back: match (quick.is_some(), stream) {
            (true, true) => format!("when {LEAST_P99} and more are enough, or for what is left after filtering: up to {RECORDS_A_SECOND} a second"),
            (true, false) => format!("when {LEAST_P99} and more are enough"),
            (false, _) => format!("for what is left after filtering: up to {RECORDS_A_SECOND} a second"),
        },
    })
}

/// Rules of the business belong into code that can be tested.
fn logic(asked: &Requirements, whole: &Estimate, prices: &RegionPrices) -> Option<Reason> {
    let mut why = Vec::new();
    let mut steps = Vec::new();
    for step in asked.all_steps() {
        let mut found = Vec::new();
        if step.business_logic && !is_code(step) {
            found.push(
                "is said to be business logic, outside of a function or a container".to_owned(),
            );
        }
        if let Work::Choose(ways) = &step.work {
            found.extend(of_choice(ways));
        }
        if !found.is_empty() {
            why.push(format!("`{}` {}", step.id, found.join(", and ")));
            steps.push(step.id.clone());
        }
    }
    if steps.is_empty() {
        return None;
    }
    let lasts = Duration(50);
    let calls = num::mul(whole.executions, Decimal::from(steps.len()));
    let (workflow_costs, workflow_costs_how) = as_asked(asked, whole, prices);
    Some(Reason {
        id: "business-logic",
        why: why.join("; "),
        source: format!("more than {RULES} rules, more than {OPERANDS} operands in one, or arithmetic: what one reads at a glance, and can test only with a workflow around it"),
        instead: vec![
            format!("decide {} in one Lambda function, which answers with a word: `{{\"decision\": \"…\"}}`", steps.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")),
            "keep a `choose` on that word, with one way for each".to_owned(),
            "test the function with a table of cases; change its rules without a new version of the workflow".to_owned(),
        ],
        steps,
        costs: Some(estimate::function(prices, calls, lasts, FUNCTION_MB)),
        costs_how: format!("{} calls x {lasts} x {FUNCTION_MB} MB on Lambda", num::count(calls)),
        workflow_costs: Some(workflow_costs),
        workflow_costs_how,
        come_back: format!("with the rules in a function, and at most {RULES} plain ways to choose from"),
    })
}

/// Whether a step runs code of the author, who can test it there.
fn is_code(step: &Step) -> bool {
    const CODE: [&str; 5] = ["lambda", "ecs", "batch", "eks", "sagemaker"];
    match &step.work {
        Work::Does(call) => match &call.action {
            Action::Api { service, .. } => CODE.contains(&service.as_str()),
            Action::Http { .. } | Action::Activity | Action::Workflow => true,
        },
        _ => false,
    }
}

fn of_choice(ways: &[Way]) -> Vec<String> {
    let mut found = Vec::new();
    let rules = ways.iter().filter(|way| way.when.is_some()).count();
    if rules > RULES {
        found.push(format!(
            "chooses by {rules} rules, of which {RULES} are the most to read"
        ));
    }
    let conditions = || ways.iter().filter_map(|way| way.when.as_deref()).map(code);
    if let Some(most) = conditions()
        .map(|condition| operands(&condition))
        .max()
        .filter(|most| *most > OPERANDS)
    {
        found.push(format!(
            "compares {most} things in one rule, of which {OPERANDS} are the most to read"
        ));
    }
    if conditions().any(|condition| computes(&condition)) {
        found.push("computes in a rule".to_owned());
    }
    found
}

/// A condition without its texts and its delimiters.
fn code(condition: &str) -> String {
    let condition = condition.trim();
    let inner = condition
        .strip_prefix("{%")
        .and_then(|rest| rest.strip_suffix("%}"))
        .unwrap_or(condition);
    let mut out = String::with_capacity(inner.len());
    let mut quote: Option<char> = None;
    for character in inner.chars() {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => {
                quote = Some(character);
                // Stands for the text.
                out.push('_');
            }
            None => out.push(character),
        }
    }
    out
}

/// Comparisons that are tied together.
fn operands(code: &str) -> usize {
    let words = code
        .replace("&&", " and ")
        .replace("||", " or ")
        .to_lowercase();
    1 + words
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
        .filter(|word| matches!(*word, "and" | "or"))
        .count()
}

/// Whether a condition adds, subtracts, multiplies or divides.
fn computes(code: &str) -> bool {
    let signs: Vec<char> = code.chars().collect();
    let near = |at: usize, step: isize| {
        let mut at = at.checked_add_signed(step);
        while let Some(here) = at {
            match signs.get(here) {
                Some(c) if c.is_whitespace() => at = here.checked_add_signed(step),
                other => return other.copied(),
            }
        }
        None
    };
    let ends_value =
        |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, ')' | ']' | '_'));
    signs.iter().enumerate().any(|(at, sign)| {
        let before = near(at, -1);
        match sign {
            '+' | '/' | '%' => ends_value(before),
            // `items[*]` and `order.*` name all; `a-b` may be one name.
            '*' => ends_value(before) && near(at, 1) != Some(']'),
            '-' => {
                ends_value(before)
                    && signs
                        .get(at.wrapping_sub(1))
                        .is_some_and(|c| c.is_whitespace() || matches!(c, ')' | ']'))
            }
            _ => false,
        }
    })
}

/// What is above a budget that is hard.
pub(crate) fn budget(
    asked: &Requirements,
    decisions: &Decisions,
    prices: &RegionPrices,
) -> Option<Refusal> {
    let whole = Estimate::new(asked);
    let costs = operations::monthly(
        &decisions.workflow,
        decisions.logging,
        asked,
        &whole,
        prices,
    );
    above_budget(asked, decisions, prices, costs)
}

/// What costs so much a month, where that is above a budget that is hard.
pub(crate) fn above_budget(
    asked: &Requirements,
    decisions: &Decisions,
    prices: &RegionPrices,
    costs: Usd,
) -> Option<Refusal> {
    let budget = asked.budget.as_ref().filter(|budget| budget.hard)?;
    if costs.0 <= budget.monthly_usd {
        return None;
    }
    let whole = Estimate::new(asked);
    let fits = num::div(
        num::mul(asked.load.average_per_second, budget.monthly_usd),
        costs.0,
    );
    let amount = Usd(budget.monthly_usd);
    let heaviest = workflow::name(&decisions.workflow);
    let reason = Reason {
        id: "above-budget",
        steps: Vec::new(),
        why: format!("the cheapest design that does what is asked ({heaviest}) costs {} a month, and {} is the most", costs.rounded(), amount.rounded()),
        source: format!("prices of {}, {}", prices.region, prices.as_of),
        instead: vec![
            "take several events in one execution (EventBridge Pipes or SQS with batches): a batch of 10 is a tenth of the transitions".to_owned(),
            "do neighbouring calls in one function: a state less for each".to_owned(),
            "ask for `delivery: at-least-once` with steps that are idempotent: Express, where nothing waits".to_owned(),
        ],
        costs: Some(Usd(num::div_or_max(costs.0, Decimal::TEN))),
        costs_how: "with batches of 10, about".to_owned(),
        workflow_costs: Some(costs),
        workflow_costs_how: as_asked(asked, &whole, prices).1,
        come_back: match fits {
            Some(load) => format!("with up to {}, or a budget of {}", estimate::load(load), costs.rounded()),
            None => format!("with a budget of {}", costs.rounded()),
        },
    };
    Some(Refusal {
        name: asked.name.clone(),
        redirects: false,
        reasons: vec![reason],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_seen_and_names_are_not() {
        for condition in [
            "$.a + 1 > 2",
            "$.weight*$.factor > 70",
            "{% $a / 2 > 3 %}",
            "$.a - 1 > 0",
            "($.a)-($.b) > 0",
            "$n % 2 = 0",
        ] {
            assert!(computes(&code(condition)), "{condition}");
        }
        for condition in [
            "$.a > 1",
            "$.a > -1",
            "$.items[*].x = 1",
            "$.order-id = \"a + b\"",
            "{% $x = 'a/b' %}",
            "$.a.* = 1",
            "$.x = -5",
        ] {
            assert!(!computes(&code(condition)), "{condition}");
        }
    }

    #[test]
    fn operands_are_counted_outside_of_texts() {
        assert_eq!(operands(&code("$.a = 1")), 1);
        assert_eq!(operands(&code("$.a = 1 and ($.b = 2 or $.c = 3)")), 3);
        assert_eq!(operands(&code("$.a = 'x and y' && $.b = 2")), 2);
    }
}
