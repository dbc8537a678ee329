use facts::{Caller, EventRule, Fact};
use findings::{Finding, FixKind};
use rust_decimal::Decimal;
use serde_json::json;

use super::{found, judge, machine, metrics, metrics_with, sequence, task, unknown, wait};
use crate::Config;

/// Everything that a reader may see of a finding.
fn told(finding: &Finding) -> String {
    let mut text = format!(
        "{}[{}/{}]: {}\nwhy: {}\ndo: {}\n",
        finding.rule,
        finding.severity.as_str(),
        finding.confidence.as_str(),
        finding.message,
        finding.why,
        finding.action
    );
    for line in &finding.ledger {
        text += &format!(
            "| {:8} {:70} {}\n",
            line.label,
            line.detail,
            pricing::Usd(line.usd).cents()
        );
    }
    for note in &finding.notes {
        text += &format!("= {:?}: {}\n", note.kind, note.text);
    }
    for entry in &finding.evidence {
        text += &format!(
            "= evidence: {}: {} ({})\n",
            entry.what, entry.value, entry.source
        );
    }
    let saving = finding.saving.as_ref().unwrap();
    let [best, low, high] =
        [saving.usd_per_month, saving.low, saving.high].map(|usd| pricing::Usd(usd).cents());
    text += &format!("saves {best} ({low} to {high})\n");
    for assumption in &saving.assumptions {
        text += &format!("- {assumption}\n");
    }
    for place in &finding.related {
        text += &format!(
            "{}:{} {} {}\n",
            place.line, place.column, place.pointer, place.label
        );
    }
    let fix = finding.fix.as_ref().unwrap();
    text += &format!("fix ({}): {}\n", fix.safety, fix.title);
    let FixKind::Steps(steps) = &fix.kind else {
        panic!("no steps")
    };
    for (index, step) in steps.iter().enumerate() {
        text += &format!("{}. {step}\n", index + 1);
    }
    text
}

#[test]
fn a_whole_finding() {
    let definition = sequence(&[
        (
            "LoadCustomer",
            task("dynamodb:getItem", json!({"TableName": "customers"})),
        ),
        (
            "Score",
            task("lambda:invoke", json!({"FunctionName": "score"})),
        ),
        (
            "ChargeCard",
            task(
                "sqs:sendMessage",
                json!({"QueueUrl": "https://sqs/charges", "MessageBody.$": "$"}),
            ),
        ),
        (
            "Notify",
            task(
                "sns:publish",
                json!({"TopicArn": "arn:aws:sns:us-east-1:111122223333:n", "Message": "m"}),
            ),
        ),
    ]);
    let changed = metrics_with(&json!({"failed": {"total": 42_000}}));
    let mut facts = machine(&definition, &changed);
    facts.role = Fact::Known("arn:aws:iam::111122223333:role/order-enrichment".to_owned());
    facts.event_rules = Fact::Known(vec![EventRule {
        name: "order-failed".to_owned(),
        names_machine: true,
    }]);
    facts.callers = Fact::Known(vec![
        Caller {
            machine: "nightly".to_owned(),
            state: "Start".to_owned(),
            waits: false,
        },
        Caller {
            machine: "checkout".to_owned(),
            state: "Enrich".to_owned(),
            waits: true,
        },
    ]);
    insta::assert_snapshot!(told(&found(&facts).unwrap()), @r#"
    standard-suits-express[high/medium]: `order-enrichment` costs $1,304 a month as Standard; as Express about $13
    why: 6.52 M executions a month take 850 ms on average; Standard bills each of their transitions, Express their time
    do: the type cannot change in place: create an Express machine beside it with a log group, move the callers, keep the way back
    | Standard 6.52 M executions x 8.00 transitions x $25.00/M                        $1,303.57
    | Express  6.52 M requests $6.52 + 0.90 s x 64 MB $6.11                           $12.63
    | + logs   level ERROR, about 0.18 GB (level ALL: 91.43 GB, $45.72)               $0.09
    = Able: longest run 4.2 s, p99 1.8 s in 14 days (Express ends at 300 s); no `.sync`, callback, activity, Distributed Map
    = Mind: Express started asynchronously may run twice (synchronously: at most once): `ChargeCard` and `Notify` are not idempotent as written
    = Mind: whether `Score` is idempotent is in its function's code
    = Mind: the EventBridge rule `order-failed` listens to its status events; Express sends none
    = Mind: `checkout/Enrich` waits for it by `.sync`, which Express does not offer; `aws-sdk:sfn:startSyncExecution` waits instead
    = Mind: Express keeps no list of executions: no `ListExecutions`, `StopExecution`, redrive or 90-day history, and a second start of the same name runs again
    = evidence: ExecutionsStarted: 3.00 M in 14 days (CloudWatch, 8 to 22 Nov 2026)
    = evidence: ExecutionTime: mean 850 ms, p99 1.8 s, maximum 4.2 s of 3.00 M executions (CloudWatch, 8 to 22 Nov 2026)
    = evidence: transitions per execution: 8.00 (CloudWatch ConsumedCapacity, 8 to 22 Nov 2026)
    = evidence: prices: Standard $25.00/M transitions; Express $1.00/M requests, $0.00001667 a GB-second (prices us-east-1, 2026-11-22)
    saves $1,290.85 ($1,244.89 to $1,291.19)
    - a month is 730 hours like the 14 days observed
    - an Express execution takes as long as a Standard one; rounding each up to 100 ms adds 50 ms on average: 0.90 s (0.85 to 0.95)
    - memory is 50 MB, the definition, in steps of 64 MB: 64 MB
    - logs without execution data: level ERROR 2 events of 1,000 bytes for a failed execution and one for a retry, level ALL 5 events of 350 bytes for a transition
    - no other Express machine of the account has used up the first price tier
    - the free tier is used up by others
    1:37 /States/ChargeCard not idempotent as written
    1:328 /States/Notify not idempotent as written
    fix (manual): create `order-enrichment-express` as Express beside this machine and move its callers
    1. create the log group `/aws/vendedlogs/states/order-enrichment-express` with a retention, and allow the role `arn:aws:iam::111122223333:role/order-enrichment` logs:CreateLogDelivery, logs:GetLogDelivery, logs:UpdateLogDelivery, logs:DeleteLogDelivery, logs:ListLogDeliveries, logs:PutResourcePolicy, logs:DescribeResourcePolicies and logs:DescribeLogGroups
    2. make `ChargeCard` and `Notify` safe to run twice (a deduplication id or client token from the input, a conditional write); see that `Score` can run twice; or start the new machine by StartSyncExecution only
    3. create `order-enrichment-express` with the same definition and role, type EXPRESS, logging level ERROR (ALL while it is new) without execution data; leave `order-enrichment` as it is: CloudFormation replaces a machine whose type is edited and fails where its name is fixed, Terraform destroys it first
    4. watch `order-enrichment-express` with alarms on ExecutionsFailed, ExecutionsTimedOut and ExecutionThrottled
    5. do what `order-failed` did otherwise: an alarm on ExecutionsFailed of `order-enrichment-express`, or a task `events:putEvents` at its end
    6. move a part of the starts first, at the caller (an alias cannot lead to another machine): EventBridge and Scheduler targets, API Gateway, functions and SDK calls get the new ARN and its permissions
    7. in `nightly/Start` set the new ARN
    8. in `checkout/Enrich` call `arn:aws:states:::aws-sdk:sfn:startSyncExecution`, allow states:StartSyncExecution, branch on `Status` (a failed execution is no error there) and parse `Output`
    9. compare both for some days: failures and time-outs, and ExpressExecutionBilledDuration and ExpressExecutionBilledMemory of `order-enrichment-express` with the 0.90 s and 64 MB estimated here; then move the rest
    10. to roll back, point the callers at `order-enrichment` again; nothing else has changed
    11. delete `order-enrichment` when none of its executions is open and nobody needs their history (90 days): deleting it ends what still runs
    "#);
}

#[test]
fn a_finding_with_little_known() {
    let definition = sequence(&[
        ("Filled", json!({"Type": "Task", "Resource": "${Filled}"})),
        ("Pause", json!({"Type": "Wait", "SecondsPath": "$.seconds"})),
        ("Short", wait(1)),
    ]);
    let changed = metrics_with(&json!({
        "started": {"total": 12},
        "duration": {"average": 2_000.0, "maximum": 5_000.0, "samples": 10},
        "transitions": null,
    }));
    let mut facts = machine(&definition, &changed);
    facts.region = "il-central-1".to_owned();
    facts.created = Fact::Known("2026-11-21T12:00:00Z".parse().unwrap());
    facts.event_rules = unknown();
    facts.callers = unknown();
    let config = Config {
        min_saving: Decimal::ZERO,
        ..Config::default()
    };
    insta::assert_snapshot!(told(&judge(&facts, &config).findings[0]), @r#"
    standard-suits-express[low/low]: `order-enrichment` costs about $0.055 a month as Standard; as Express about $0.0023
    why: 730 executions a month take 2.0 s on average; Standard bills each of their transitions, Express their time
    do: the type cannot change in place: create an Express machine beside it with a log group, move the callers, keep the way back
    | Standard 730 executions x 3.00 transitions x $25.00/M                           $0.05
    | Express  730 requests $0.00073 + 2.05 s x 64 MB $0.0016                         $0.00
    | + logs   level ERROR, nothing failed (level ALL: 0.0038 GB, $0.0019)            $0.00
    = Able: longest run 5.0 s in 12 hours (Express ends at 300 s); no `.sync`, callback, activity, Distributed Map in what is written
    = Mind: Express started asynchronously may run twice (synchronously: at most once): whether `Filled` is idempotent depends on what it calls
    = Mind: what `Filled` calls is filled in elsewhere: `.sync`, a callback or an activity there rules Express out
    = Mind: how long `Pause` waits is computed when it runs
    = Mind: 2 of 12 executions that were started in the window did not end in it; how long they run is not known
    = Mind: Express keeps no list of executions: no `ListExecutions`, `StopExecution`, redrive or 90-day history, and a second start of the same name runs again
    = Assume: transitions are not measured: the definition takes 3 of them, retries are not counted
    = Assume: only 10 executions ended in the window
    = Assume: the machine is 12 hours old: a month is projected from that
    = Assume: not checked: EventBridge rules on its status events (AccessDenied on service:Action), state machines that start it (AccessDenied on service:Action)
    = Assume: no price of a transition is on record for il-central-1: the $25.00/M of most Regions is assumed (unverified for Regions opened after March 2022)
    = Assume: no Express price is on record for il-central-1: that of us-east-1 is assumed, which is the same in all 3 Regions on record
    = Assume: the log prices of il-central-1 come from one third-party table of 2025-04-30
    = evidence: ExecutionsStarted: 12 in 12 hours (CloudWatch, 8 to 22 Nov 2026)
    = evidence: ExecutionTime: mean 2.0 s, maximum 5.0 s of 10 executions (CloudWatch, 8 to 22 Nov 2026)
    = evidence: transitions per execution: 3 (the definition)
    = evidence: prices: Standard $25.00/M transitions; Express $1.00/M requests, $0.00001667 a GB-second (prices of us-east-1, 2026-11-22; il-central-1's are not known)
    saves $0.05 ($0.05 to $0.05)
    - a month is 730 hours like the 12 hours observed
    - an Express execution takes as long as a Standard one; rounding each up to 100 ms adds 50 ms on average: 2.05 s (2.00 to 2.10)
    - memory is 50 MB, the definition, in steps of 64 MB: 64 MB
    - logs without execution data: level ERROR 2 events of 1,000 bytes for a failed execution and one for a retry, level ALL 5 events of 350 bytes for a transition
    - no other Express machine of the account has used up the first price tier
    - the free tier is used up by others
    fix (manual): create `order-enrichment-express` as Express beside this machine and move its callers
    1. create the log group `/aws/vendedlogs/states/order-enrichment-express` with a retention, and allow the machine's role logs:CreateLogDelivery, logs:GetLogDelivery, logs:UpdateLogDelivery, logs:DeleteLogDelivery, logs:ListLogDeliveries, logs:PutResourcePolicy, logs:DescribeResourcePolicies and logs:DescribeLogGroups
    2. see that `Filled` can run twice; or start the new machine by StartSyncExecution only
    3. create `order-enrichment-express` with the same definition and role, type EXPRESS, logging level ERROR (ALL while it is new) without execution data; leave `order-enrichment` as it is: CloudFormation replaces a machine whose type is edited and fails where its name is fixed, Terraform destroys it first
    4. watch `order-enrichment-express` with alarms on ExecutionsFailed, ExecutionsTimedOut and ExecutionThrottled
    5. move a part of the starts first, at the caller (an alias cannot lead to another machine): EventBridge and Scheduler targets, API Gateway, functions and SDK calls get the new ARN and its permissions
    6. compare both for some days: failures and time-outs, and ExpressExecutionBilledDuration and ExpressExecutionBilledMemory of `order-enrichment-express` with the 2.05 s and 64 MB estimated here; then move the rest
    7. to roll back, point the callers at `order-enrichment` again; nothing else has changed
    8. delete `order-enrichment` when none of its executions is open and nobody needs their history (90 days): deleting it ends what still runs
    "#);
}

#[test]
fn one_price_may_be_known_without_the_other() {
    let mut facts = machine(&super::plain(), &metrics());
    facts.region = "eu-west-1".to_owned();
    let finding = found(&facts).unwrap();
    let prices = finding.evidence.iter().find(|entry| entry.what == "prices");
    assert_eq!(
        prices.unwrap().source,
        "prices eu-west-1, 2026-11-22; the Express price is us-east-1's"
    );
}

#[test]
fn metric_and_histories_that_disagree_are_both_told() {
    let mut facts = machine(&super::plain(), &metrics());
    let profile = facts::HistoryProfile {
        transitions: 6,
        ..Default::default()
    };
    facts.executions = Fact::Known(facts::ExecutionSample {
        listed: 900,
        profiles: vec![profile; 200],
        ..Default::default()
    });
    let finding = found(&facts).unwrap();
    let told: Vec<String> = finding
        .evidence
        .iter()
        .filter(|entry| entry.what == "transitions per execution")
        .map(|entry| format!("{} ({})", entry.value, entry.source))
        .collect();
    assert_eq!(
        told,
        [
            "8.00 (CloudWatch ConsumedCapacity, 8 to 22 Nov 2026)",
            "6.00: differs from ConsumedCapacity by more than 10 % (200 sampled histories)",
        ]
    );
}
