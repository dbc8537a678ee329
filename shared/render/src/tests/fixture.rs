//! A report as an audit of a small company makes it.

use std::collections::{BTreeMap, BTreeSet};

use findings::{
    AlarmSpec, Category, Comparison, Confidence, Evidence, Finding, Fix, FixKind, Grouping, Known,
    LedgerLine, Lifecycle, Location, MachineRef, MachineReport, NotAssessed, NotRead, Note,
    NoteKind, Report, Safety, Saving, Severity, TextEdit, fingerprint,
};
use rust_decimal::Decimal;

pub(super) const ACCOUNT: &str = "111122223333";

/// The definition that the findings about `video-import` and `order.asl.json` point into.
pub(super) const DEFINITION: &str = r#"{
  "StartAt": "SetDefaults",
  "States": {
    "SetDefaults": {
      "Type": "Pass",
      "Next": "Transcode"
    },
    "Transcode": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Next": "Retry"
    }
  }
}
"#;

pub(super) fn usd(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn machine(name: &str, region: &str) -> MachineRef {
    MachineRef {
        arn: format!("arn:aws:states:{region}:{ACCOUNT}:stateMachine:{name}"),
        name: name.to_owned(),
        region: region.to_owned(),
        account: ACCOUNT.to_owned(),
        workflow_type: "STANDARD".to_owned(),
        file: None,
    }
}

pub(super) fn report_of(machine: MachineRef, findings: Vec<Finding>) -> MachineReport {
    MachineReport {
        machine,
        findings,
        not_assessed: Vec::new(),
        hidden: Vec::new(),
    }
}

/// The place of `what` in [`DEFINITION`].
pub(super) fn location(what: &str, pointer: &str, state: &str, label: &str) -> Location {
    let start = DEFINITION.find(what).unwrap();
    let before = &DEFINITION[..start];
    Location {
        pointer: pointer.to_owned(),
        state: Some(state.to_owned()),
        start,
        end: start + what.len(),
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
        label: label.to_owned(),
    }
}

fn note(kind: NoteKind, text: &str) -> Note {
    Note {
        kind,
        text: text.to_owned(),
    }
}

fn evidence(what: &str, value: &str, source: &str) -> Evidence {
    Evidence {
        what: what.to_owned(),
        value: value.to_owned(),
        source: source.to_owned(),
    }
}

fn line(label: &str, detail: &str, amount: &str) -> LedgerLine {
    LedgerLine {
        label: label.to_owned(),
        detail: detail.to_owned(),
        usd: usd(amount),
    }
}

pub(super) fn saving(best: &str, low: &str, high: &str) -> Saving {
    Saving {
        usd_per_month: usd(best),
        low: usd(low),
        high: usd(high),
        assumptions: Vec::new(),
    }
}

pub(super) fn finding(rule: &str, machine: &MachineRef, message: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        aliases: Vec::new(),
        severity: Severity::Low,
        confidence: Confidence::High,
        category: Category::Cost,
        machine: machine.clone(),
        location: Location::default(),
        related: Vec::new(),
        message: message.to_owned(),
        why: String::new(),
        action: String::new(),
        notes: Vec::new(),
        ledger: Vec::new(),
        evidence: Vec::new(),
        saving: None,
        fix: None,
        fingerprint: fingerprint(rule, &machine.arn, &[message]),
        grouping: None,
        members: Vec::new(),
        absorbed: Vec::new(),
    }
}

pub(super) fn express() -> Finding {
    let machine = machine("order-enrichment", "us-east-1");
    Finding {
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        why: "every transition of a Standard execution is billed; Express bills requests and time, and these executions are short".to_owned(),
        action: "the type cannot change in place: create the machine beside it as Express, shift its callers, keep the old one for the way back".to_owned(),
        notes: vec![
            note(NoteKind::Able, "longest run 4.2 s, p99 1.8 s in 14 days (Express ends at 300 s); no .sync, callback, activity, Distributed Map"),
            note(NoteKind::Mind, "Express started asynchronously may run twice: `ChargeCard` and `Notify` are not idempotent as written"),
            note(NoteKind::Mind, "the EventBridge rule `order-failed` listens to its status events; Express sends none"),
            note(NoteKind::Assume, "64 MB of memory for each execution"),
        ],
        ledger: vec![
            line("Standard", "6.52 M executions x 8.00 transitions x $25.00/M", "1303.50"),
            line("Express", "6.52 M requests $6.52 + 0.9 s x 64 MB $6.11", "12.63"),
            line("+ logs", "level ERROR, about 0.3 GB", "0.15"),
        ],
        evidence: vec![
            evidence("ExecutionsStarted", "3.00 M in 14 days", "CloudWatch, 8 to 22 Nov 2026"),
            evidence("transitions per execution", "8.00 +- 0.02", "200 sampled histories"),
            evidence("prices", "us-east-1", "2026-11-22"),
        ],
        saving: Some(saving("1290.72", "1251.10", "1296.05")),
        fix: Some(Fix {
            title: "migrate to a new Express machine".to_owned(),
            safety: Safety::Manual,
            mechanical: false,
            kind: FixKind::Steps(vec!["create `order-enrichment-express`".to_owned(), "shift 10 % of the callers".to_owned()]),
        }),
        ..finding("standard-suits-express", &machine, "`order-enrichment` costs $1,303 a month as Standard; as Express about $13")
    }
}

fn alarm(machine: &MachineRef, metric: &str) -> AlarmSpec {
    AlarmSpec {
        machine_arn: machine.arn.clone(),
        machine_name: machine.name.clone(),
        region: machine.region.clone(),
        metric: metric.to_owned(),
        statistic: "Sum".to_owned(),
        period: 300,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        threshold: 0,
        comparison: Comparison::GreaterThanThreshold,
        treat_missing_data: "notBreaching".to_owned(),
        reason: "a failure of this machine was never routine".to_owned(),
    }
}

pub(super) fn unwatched() -> Finding {
    let machine = machine("invoice-run", "eu-west-1");
    Finding {
        severity: Severity::High,
        category: Category::Operations,
        why: "42 customers may have no invoice, and nobody was told".to_owned(),
        action: "deploy the alarm on ExecutionsFailed".to_owned(),
        evidence: vec![evidence(
            "ExecutionsFailed",
            "42 in 14 days",
            "CloudWatch, 8 to 22 Nov 2026",
        )],
        fix: Some(Fix {
            title: "add the missing alarm".to_owned(),
            safety: Safety::Review,
            mechanical: false,
            kind: FixKind::Alarms(vec![alarm(&machine, "ExecutionsFailed")]),
        }),
        ..finding(
            "failures-unwatched",
            &machine,
            "`invoice-run` failed 42 times in 14 days, and no alarm watches it",
        )
    }
}

/// Three states of one machine that cost a transition each.
pub(super) fn removable() -> Vec<Finding> {
    let machine = machine("video-import", "eu-west-1");
    let one = |state: &str, amount: &str| Finding {
        location: location(
            "\"SetDefaults\": {",
            "/States/SetDefaults",
            state,
            "this state only hands its input on",
        ),
        why: "each entry is a transition that is billed".to_owned(),
        action: format!("remove `{state}` and start at its successor"),
        saving: Some(saving(amount, amount, amount)),
        evidence: vec![evidence(
            "executions",
            "412 k in 14 days",
            "CloudWatch, 8 to 22 Nov 2026",
        )],
        fix: Some(Fix {
            title: format!("remove `{state}`"),
            safety: Safety::Review,
            mechanical: false,
            kind: FixKind::Edits(vec![TextEdit {
                start: 14,
                end: 27,
                text: "\"Transcode\"".to_owned(),
            }]),
        }),
        ..finding(
            "removable-transition",
            &machine,
            &format!(
                "`{state}` hands its input on unchanged: one transition of 895 k executions a month"
            ),
        )
    };
    vec![
        one("SetDefaults", "22.38"),
        one("Normalize", "22.38"),
        one("Done", "11.19"),
    ]
}

pub(super) fn dangling() -> Finding {
    let machine = MachineRef {
        name: "order.asl.json".to_owned(),
        file: Some("workflows/order.asl.json".to_owned()),
        ..MachineRef::default()
    };
    Finding {
        severity: Severity::High,
        category: Category::Correctness,
        location: location(
            "\"Retry\"",
            "/States/Transcode/Next",
            "Transcode",
            "no state of this name; did you mean `Transcode`?",
        ),
        related: vec![location(
            "\"States\"",
            "/States",
            "",
            "the states of this scope",
        )],
        why: "Step Functions refuses the definition: MISSING_TRANSITION_TARGET".to_owned(),
        ..finding(
            "transition-target-missing",
            &machine,
            "`Next` of state `Transcode` names `Retry`, which does not exist in this scope",
        )
    }
}

/// What is true of nearly every machine, as `Report::arrange` groups it.
fn quiet(machine: &MachineRef) -> Finding {
    Finding {
        category: Category::Operations,
        why: "a first failure would go unnoticed".to_owned(),
        action: "deploy the alarms, for one machine or for all".to_owned(),
        grouping: Some(Grouping {
            key: "quiet".to_owned(),
            message: "{n} state machines without a failure in 14 days have no alarm on failures"
                .to_owned(),
        }),
        fix: Some(Fix {
            title: "add the missing alarms".to_owned(),
            safety: Safety::Review,
            mechanical: false,
            kind: FixKind::Alarms(vec![
                alarm(machine, "ExecutionsFailed"),
                alarm(machine, "ExecutionsTimedOut"),
            ]),
        }),
        ..finding("failures-unwatched", machine, "no alarm watches it")
    }
}

/// A first audit: 20 machines read in 2 Regions, one not.
pub(super) fn first_audit() -> Report {
    let mut machines = vec![
        report_of(machine("order-enrichment", "us-east-1"), vec![express()]),
        report_of(machine("invoice-run", "eu-west-1"), vec![unwatched()]),
        report_of(machine("video-import", "eu-west-1"), removable()),
        report_of(machine("healthy", "us-east-1"), Vec::new()),
    ];
    for at in 1..=16 {
        let region = if at % 3 == 0 {
            "eu-west-1"
        } else {
            "us-east-1"
        };
        let machine = machine(&format!("batch-{at:02}"), region);
        let mut report = report_of(machine.clone(), vec![quiet(&machine)]);
        if at > 10 {
            report.not_assessed.push(NotAssessed {
                rule: "standard-suits-express".to_owned(),
                why: "no executions in the window".to_owned(),
            });
        }
        machines.push(report);
    }
    Report {
        at: "2026-11-22T06:00:00Z".parse().unwrap(),
        window_days: 14,
        account: ACCOUNT.to_owned(),
        regions: vec!["eu-west-1".to_owned(), "us-east-1".to_owned()],
        prices_as_of: "2026-11-22".to_owned(),
        machines,
        account_findings: Vec::new(),
        not_read: vec![NotRead {
            region: "eu-west-1".to_owned(),
            arn: machine("payroll", "eu-west-1").arn,
            why: "AccessDenied on states:DescribeStateMachine".to_owned(),
        }],
        lifecycle: None,
    }
    .arrange()
}

/// The next audit: two findings are new, one is fixed, one went with its machine.
pub(super) fn next_audit() -> Report {
    let known = |name: &str, rule: &str, amount: &str| Known {
        rule: rule.to_owned(),
        arn: machine(name, "eu-west-1").arn,
        name: name.to_owned(),
        message: "a callback without a heartbeat".to_owned(),
        saving: usd(amount),
        since: "2026-11-01T06:00:00Z".parse().unwrap(),
    };
    Report {
        lifecycle: Some(Lifecycle {
            new: BTreeSet::from([express().fingerprint, unwatched().fingerprint]),
            resolved: BTreeMap::from([
                (
                    "aa".to_owned(),
                    known("video-import", "callback-without-heartbeat", "212"),
                ),
                (
                    "bb".to_owned(),
                    known("old-import", "failures-unwatched", "0"),
                ),
            ]),
        }),
        ..first_audit()
    }
}

/// The machine of a deploy, with two new findings and one fixed.
pub(super) fn deploy() -> (Report, MachineRef) {
    let machine = machine("video-import", "eu-west-1");
    let all = removable();
    let report = Report {
        machines: vec![report_of(machine.clone(), all.clone())],
        account_findings: Vec::new(),
        not_read: Vec::new(),
        lifecycle: Some(Lifecycle {
            new: all
                .iter()
                .skip(1)
                .map(|finding| finding.fingerprint.clone())
                .collect(),
            resolved: next_audit()
                .lifecycle
                .unwrap()
                .resolved
                .into_iter()
                .take(1)
                .collect(),
        }),
        regions: vec!["eu-west-1".to_owned()],
        ..first_audit()
    };
    (report, machine)
}

/// An account without anything to say about it.
pub(super) fn clean() -> Report {
    Report {
        machines: vec![report_of(machine("healthy", "us-east-1"), Vec::new())],
        account_findings: Vec::new(),
        not_read: Vec::new(),
        ..first_audit()
    }
}
