#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::*;

fn machine(name: &str) -> MachineRef {
    MachineRef {
        arn: format!("arn:aws:states:us-east-1:111122223333:stateMachine:{name}"),
        name: name.to_owned(),
        region: "us-east-1".to_owned(),
        account: "111122223333".to_owned(),
        workflow_type: "STANDARD".to_owned(),
        file: None,
    }
}

fn finding(rule: &str, name: &str, usd: i64) -> Finding {
    let machine = machine(name);
    Finding {
        rule: rule.to_owned(),
        aliases: Vec::new(),
        severity: Severity::Low,
        confidence: Confidence::High,
        category: Category::Cost,
        fingerprint: fingerprint(rule, &machine.arn, &[]),
        machine,
        location: Location::default(),
        related: Vec::new(),
        message: format!("{rule} on `{name}`"),
        why: String::new(),
        action: String::new(),
        notes: Vec::new(),
        ledger: Vec::new(),
        evidence: Vec::new(),
        saving: (usd != 0).then(|| Saving {
            usd_per_month: usd.into(),
            low: usd.into(),
            high: usd.into(),
            assumptions: Vec::new(),
        }),
        fix: None,
        grouping: None,
        members: Vec::new(),
        absorbed: Vec::new(),
    }
}

fn quiet(name: &str) -> Finding {
    let spec = AlarmSpec {
        machine_arn: machine(name).arn,
        machine_name: name.to_owned(),
        region: "us-east-1".to_owned(),
        metric: "ExecutionsFailed".to_owned(),
        statistic: "Sum".to_owned(),
        period: 300,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        threshold: 0,
        comparison: Comparison::GreaterThanThreshold,
        treat_missing_data: "notBreaching".to_owned(),
        reason: "it never fails".to_owned(),
    };
    Finding {
        grouping: Some(Grouping {
            key: "quiet".to_owned(),
            message: "{n} machines have no alarm".to_owned(),
        }),
        fix: Some(Fix {
            title: "deploy".to_owned(),
            safety: Safety::Review,
            mechanical: false,
            kind: FixKind::Alarms(vec![spec]),
        }),
        ..finding("failures-unwatched", name, 0)
    }
}

fn report(findings: Vec<Finding>) -> Report {
    let mut machines: BTreeMap<String, MachineReport> = BTreeMap::new();
    for finding in findings {
        let entry = machines
            .entry(finding.machine.arn.clone())
            .or_insert_with(|| MachineReport {
                machine: finding.machine.clone(),
                findings: Vec::new(),
                not_assessed: Vec::new(),
                hidden: Vec::new(),
            });
        entry.findings.push(finding);
    }
    Report {
        at: "2026-11-22T06:00:00Z".parse().unwrap(),
        window_days: 14,
        account: "111122223333".to_owned(),
        regions: vec!["us-east-1".to_owned()],
        prices_as_of: "2026-11-22".to_owned(),
        machines: machines.into_values().collect(),
        account_findings: Vec::new(),
        not_read: Vec::new(),
        lifecycle: None,
    }
    .arrange()
}

fn known(report: &Report) -> BTreeMap<String, Known> {
    remember(report, &BTreeMap::new(), &Lifecycle::default())
}

#[test]
fn what_is_true_of_many_machines_is_told_once_with_every_fix() {
    let report = report(vec![
        quiet("a"),
        quiet("b"),
        quiet("c"),
        finding("removable-transition", "a", 5),
    ]);
    let [group] = report.account_findings.as_slice() else {
        panic!("one group")
    };
    assert_eq!(group.message, "3 machines have no alarm");
    assert_eq!(
        group
            .members
            .iter()
            .map(|m| m.name.as_str())
            .collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    let Some(Fix {
        kind: FixKind::Alarms(specs),
        ..
    }) = &group.fix
    else {
        panic!("alarms")
    };
    assert_eq!(specs.len(), 3);
    assert_eq!(report.findings().count(), 2);
}

#[test]
fn a_group_says_what_is_true_of_all_its_machines() {
    let line = |what: &str, value: &str| Evidence {
        what: what.to_owned(),
        value: value.to_owned(),
        source: "CloudWatch".to_owned(),
    };
    let note = |text: &str| Note {
        kind: NoteKind::Mind,
        text: text.to_owned(),
    };
    let member = |name: &str, started: &str, remark: &str, confidence: Confidence| Finding {
        evidence: vec![line("ExecutionsStarted", started), line("price", "$0.10")],
        notes: vec![note(remark), note("of all")],
        confidence,
        ..quiet(name)
    };
    let report = report(vec![
        member("a", "3", "of one", Confidence::High),
        member("b", "4", "of another", Confidence::Medium),
    ])
    .arrange();
    let told = &report.account_findings;
    assert_eq!(told[0].evidence, [line("price", "$0.10")]);
    assert_eq!(told[0].notes, [note("of all")]);
    assert_eq!(told[0].confidence, Confidence::Medium);
}

#[test]
fn a_group_of_one_stays_with_its_machine() {
    let report = report(vec![quiet("a"), finding("removable-transition", "b", 5)]);
    assert!(report.account_findings.is_empty());
    assert_eq!(report.machines[0].findings[0].rule, "failures-unwatched");
}

#[test]
fn arranging_twice_changes_nothing() {
    let once = report(vec![
        quiet("a"),
        quiet("b"),
        finding("removable-transition", "b", 5),
    ]);
    assert_eq!(once.clone().arrange(), once);
}

#[test]
fn savings_of_one_rule_add_up_and_rules_do_not() {
    let mut second = finding("removable-transition", "a", 7);
    second.fingerprint = fingerprint("removable-transition", "a", &["second"]);
    let report = report(vec![
        finding("removable-transition", "a", 5),
        second,
        finding("standard-suits-express", "a", 100),
        finding("removable-transition", "b", 3),
    ]);
    assert_eq!(report.saving(), Decimal::from(103));
}

#[test]
fn the_most_money_comes_first_unless_something_burns() {
    let mut burning = finding("failures-unwatched", "z", 0);
    burning.severity = Severity::Critical;
    let report = report(vec![
        finding("a-rule", "a", 5),
        finding("b-rule", "b", 500),
        burning,
    ]);
    let order: Vec<&str> = report
        .ranked()
        .iter()
        .map(|finding| finding.rule.as_str())
        .collect();
    assert_eq!(order, ["failures-unwatched", "b-rule", "a-rule"]);
}

#[test]
fn only_what_was_not_known_is_new() {
    let before = known(&report(vec![finding("a-rule", "a", 5)]));
    let now = report(vec![finding("a-rule", "a", 6), finding("b-rule", "a", 1)]);
    let lifecycle = compare(&now, &before, true);
    assert_eq!(
        lifecycle.new,
        [fingerprint("b-rule", &machine("a").arn, &[])].into()
    );
    assert!(lifecycle.resolved.is_empty());
}

#[test]
fn what_is_gone_is_resolved_but_not_what_could_not_be_judged() {
    let before = known(&report(vec![
        finding("a-rule", "a", 5),
        finding("b-rule", "b", 5),
        finding("c-rule", "c", 5),
        finding("d-rule", "d", 5),
    ]));
    let mut now = report(vec![finding("z-rule", "a", 1), finding("z-rule", "c", 1)]);
    now.machines[1].not_assessed.push(NotAssessed {
        rule: "c-rule".to_owned(),
        why: "no metrics".to_owned(),
    });
    now.not_read.push(NotRead {
        region: "us-east-1".to_owned(),
        arn: machine("b").arn,
        why: "AccessDenied".to_owned(),
    });
    let rules = |lifecycle: Lifecycle| -> Vec<String> {
        lifecycle
            .resolved
            .into_values()
            .map(|known| known.rule)
            .collect()
    };
    let mut whole = rules(compare(&now, &before, true));
    whole.sort();
    // `a` was judged again, `d` has been deleted; `b` could not be read, the rule could not be applied to `c`.
    assert_eq!(whole, ["a-rule", "d-rule"]);
    assert_eq!(rules(compare(&now, &before, false)), ["a-rule"]);
}

#[test]
fn a_region_that_could_not_be_listed_resolves_nothing_in_it() {
    let before = known(&report(vec![finding("a-rule", "a", 5)]));
    let mut now = report(Vec::new());
    now.not_read.push(NotRead {
        region: "us-east-1".to_owned(),
        arn: "us-east-1".to_owned(),
        why: "AccessDenied".to_owned(),
    });
    assert!(compare(&now, &before, true).resolved.is_empty());
}

#[test]
fn a_deploy_does_not_tell_again_what_a_group_has_told() {
    let before = known(&report(vec![quiet("a"), quiet("b")]));
    let deploy = report(vec![quiet("a")]);
    let lifecycle = compare(&deploy, &before, false);
    assert_eq!(lifecycle, Lifecycle::default());
}

#[test]
fn a_quiet_machine_that_fails_is_new_and_not_fixed() {
    let before = known(&report(vec![quiet("a"), quiet("b"), quiet("c")]));
    let mut failing = finding("failures-unwatched", "a", 0);
    failing.fingerprint = fingerprint("failures-unwatched", &failing.machine.arn, &["failing"]);
    let now = report(vec![failing, quiet("b"), quiet("c")]);
    let lifecycle = compare(&now, &before, true);
    assert_eq!(lifecycle.new.len(), 1);
    assert!(lifecycle.resolved.is_empty());
}

#[test]
fn it_is_remembered_since_when_a_finding_is_known() {
    let first = report(vec![finding("a-rule", "a", 5)]);
    let before = known(&first);
    let mut later = report(vec![finding("a-rule", "a", 5), finding("b-rule", "a", 5)]);
    later.at = "2026-12-01T06:00:00Z".parse().unwrap();
    let next = remember(&later, &before, &compare(&later, &before, true));
    let since = |rule: &str| -> Timestamp {
        next.values()
            .find(|known| known.rule == rule)
            .unwrap()
            .since
    };
    assert_eq!((since("a-rule"), since("b-rule")), (first.at, later.at));
}

#[test]
fn fingerprints_tell_parts_apart() {
    assert_ne!(
        fingerprint("r", "m", &["a", "bc"]),
        fingerprint("r", "m", &["ab", "c"])
    );
    assert_ne!(fingerprint("r", "m", &[]), fingerprint("r", "m", &[""]));
    assert_eq!(fingerprint("r", "m", &["a"]).len(), 16);
}

#[test]
fn words_read_back_as_they_are_written() {
    for severity in Severity::ALL {
        assert_eq!(severity.as_str().parse::<Severity>().as_ref(), Ok(severity));
    }
    assert!("hihg".parse::<Severity>().unwrap_err().contains("high"));
}
