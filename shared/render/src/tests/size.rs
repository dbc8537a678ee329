use std::collections::BTreeSet;

use findings::{Evidence, Report, Severity};
use serde_json::Value;

use super::fixture::{deploy, finding, first_audit, machine, next_audit, report_of, saving};
use super::json::problems;
use super::links;
use crate::{Attribute, Kind, Links, Notification, SNS_LIMIT, notification};

/// A report with this many findings on as many machines, each worth a dollar more than the one before.
fn large(findings: usize) -> Report {
    let mut report = first_audit();
    for at in 0..findings {
        let machine = machine(&format!("worker-{at:05}"), "us-east-1");
        let mut one = finding(
            "removable-transition",
            &machine,
            "`Fold` hands its input on unchanged",
        );
        let amount = at.to_string();
        one.saving = Some(saving(&amount, &amount, &amount));
        one.evidence = vec![Evidence {
            what: "ExecutionsStarted".to_owned(),
            value: "412 k in 14 days".to_owned(),
            source: "CloudWatch, 8 to 22 Nov 2026".to_owned(),
        }];
        one.fix = super::fixture::removable().remove(0).fix;
        report.machines.push(report_of(machine, vec![one]));
    }
    report
}

fn body(notification: &Notification) -> Value {
    serde_json::from_str(&notification.bodies["default"]).unwrap()
}

#[test]
fn a_small_report_is_sent_whole() {
    let sent = notification(&next_audit(), &links(), &Kind::Audit);
    let whole: Value = serde_json::from_str(&crate::json(&next_audit())).unwrap();
    assert_eq!(body(&sent), whole);
    let names: Vec<&str> = sent.bodies.keys().copied().collect();
    assert_eq!(names, ["default", "email", "https", "sms"]);
    assert_eq!(
        sent.bodies["email"],
        crate::email(&next_audit(), &links()).body
    );
    assert!(sent.size() <= SNS_LIMIT);
    // The envelope is what SNS reads: an object of strings.
    let envelope: Value = serde_json::from_str(&sent.message()).unwrap();
    assert!(envelope.as_object().unwrap().values().all(Value::is_string));
}

#[test]
fn fixes_are_left_out_before_findings() {
    let sent = notification(&large(280), &links(), &Kind::Audit);
    let left_out = &body(&sent)["left_out"];
    assert!(sent.size() <= SNS_LIMIT);
    assert_eq!(left_out["findings"], 0, "{left_out}");
    assert!(left_out["fixes"].as_u64().unwrap() > 270, "{left_out}");
    assert_eq!(left_out["shortened"], false);
    assert_eq!(left_out["where"], links().report.unwrap());
}

#[test]
fn three_thousand_findings_fit_and_the_rest_is_counted() {
    let report = large(3_000);
    let sent = notification(&report, &Links::default(), &Kind::Audit);
    assert!(sent.size() <= SNS_LIMIT, "{}", sent.size());
    // Room is not wasted.
    assert!(sent.size() > SNS_LIMIT * 9 / 10, "{}", sent.size());
    let value = body(&sent);
    assert_eq!(problems(&value), Vec::<String>::new());
    let all = report.findings().count();
    assert_eq!(value["summary"]["findings"], all);
    let told = |list: &Value| list.as_array().unwrap().len();
    let kept: usize = value["machines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|machine| told(&machine["findings"]))
        .sum();
    let kept = kept + told(&value["account_findings"]);
    assert!(kept > 100, "{kept}");
    assert_eq!(value["left_out"]["findings"], all - kept);
    assert_eq!(
        value["left_out"]["where"],
        "run: sfn-advisor audit --format json"
    );
    // The most valuable are kept, and what is grave though it saves nothing.
    let names: BTreeSet<&str> = value["machines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|machine| machine["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains("worker-02999")
            && names.contains("invoice-run")
            && !names.contains("order-enrichment")
    );
    assert!(!names.contains("worker-00000"));
    assert!(sent.bodies["email"].contains(" more ("));
    assert!(sent.bodies["https"].contains(" more ("));
}

#[test]
fn one_finding_that_is_too_large_does_not_break_the_message() {
    let mut report = first_audit();
    let mut homes = report.machines.iter_mut();
    let home = homes.find(|home| !home.findings.is_empty()).unwrap();
    home.findings[0].message = "x".repeat(400_000);
    home.findings[0].why = "\u{1}\"\\".repeat(100_000);
    report.not_read = (0..5_000)
        .map(|at| findings::NotRead {
            region: "us-east-1".to_owned(),
            arn: machine(&format!("gone-{at}"), "us-east-1").arn,
            why: format!("reason {at}"),
        })
        .collect();
    let sent = notification(&report, &links(), &Kind::Audit);
    assert!(sent.size() <= SNS_LIMIT, "{}", sent.size());
    let value = body(&sent);
    assert_eq!(problems(&value), Vec::<String>::new());
    assert_eq!(value["left_out"]["not_read"], 4_900);
    assert_eq!(value["left_out"]["shortened"], true);
}

#[test]
fn attributes_speak_of_what_is_new() {
    let sent = notification(&next_audit(), &links(), &Kind::Audit);
    let text = |name: &str| sent.attributes[name].value();
    assert_eq!(text("kind"), "audit");
    assert_eq!(text("severity"), "high");
    assert_eq!(text("severities"), r#"["high","medium"]"#);
    assert_eq!(text("category"), r#"["cost","operations"]"#);
    assert_eq!(
        text("rule"),
        r#"["failures-unwatched","standard-suits-express"]"#
    );
    assert_eq!(text("region"), r#"["eu-west-1","us-east-1"]"#);
    assert_eq!(text("account"), "111122223333");
    assert_eq!(text("new_findings"), "2");
    assert_eq!(text("usd_per_month"), "1346.67");
    assert_eq!(sent.attributes["severities"].data_type(), "String.Array");
    for name in ["new_findings", "usd_per_month"] {
        assert_eq!(sent.attributes[name].data_type(), "Number");
    }
}

#[test]
fn numbers_are_what_filters_can_compare() {
    let saving_of = |amount: &str| {
        let mut report = first_audit();
        let machine = machine("dear", "us-east-1");
        let mut one = finding("removable-transition", &machine, "`Fold` costs a lot");
        one.saving = Some(saving(amount, amount, amount));
        report.machines = vec![report_of(machine, vec![one])];
        let sent = notification(&report, &links(), &Kind::Audit);
        sent.attributes["usd_per_month"].value()
    };
    for (amount, expected) in [
        ("0", "0"),
        ("100.00", "100"),
        ("12.345678", "12.35"),
        ("0.0000001", "0"),
        ("99999999999999999999", "1000000000"),
    ] {
        assert_eq!(saving_of(amount), expected, "{amount}");
    }
}

#[test]
fn a_report_without_news_has_no_severity_and_no_empty_attribute() {
    let mut report = next_audit();
    report.lifecycle.as_mut().unwrap().new.clear();
    report.account.clear();
    let sent = notification(&report, &links(), &Kind::Audit);
    assert_eq!(
        sent.attributes["severity"],
        Attribute::String("none".to_owned())
    );
    assert!(
        sent.attributes
            .values()
            .all(|attribute| !["", "[]"].contains(&attribute.value().as_str()))
    );
    assert!(!sent.attributes.contains_key("account"));
    assert!(!sent.attributes.contains_key("rule"));
}

#[test]
fn a_deploy_tells_of_its_machine() {
    let (report, machine) = deploy();
    let sent = notification(&report, &links(), &Kind::Deploy { machine });
    assert!(
        sent.subject
            .contains("video-import: deploy adds 2 findings"),
        "{}",
        sent.subject
    );
    assert_eq!(
        sent.attributes["kind"],
        Attribute::String("deploy".to_owned())
    );
    assert_eq!(
        sent.attributes["severity"],
        Attribute::String(Severity::Low.to_string())
    );
    assert!(
        sent.bodies["sms"].starts_with("video-import:"),
        "{}",
        sent.bodies["sms"]
    );
}
