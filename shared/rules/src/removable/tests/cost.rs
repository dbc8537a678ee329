//! What is said of the money.

use facts::{ExecutionSample, Fact, HistoryProfile, MachineFacts, Metrics, Window};
use pricing::Prices;

use super::{between, findings, machine, states};
use crate::{Config, judge, rule};

fn sample(entered: &[u64]) -> Fact<ExecutionSample> {
    let profile = |count: &u64| HistoryProfile {
        transitions: 2 + count,
        entered: [("A".to_owned(), 1), ("X".to_owned(), *count)].into(),
        ..HistoryProfile::default()
    };
    Fact::Known(ExecutionSample {
        listed: 1000,
        profiles: entered.iter().map(profile).collect(),
        ..Default::default()
    })
}

fn metered(started: u64, failed: u64) -> Fact<Metrics> {
    let window = Window {
        start: "2026-11-08T00:00:00Z".parse().unwrap(),
        end: "2026-11-22T00:00:00Z".parse().unwrap(),
    };
    let mut metrics = Metrics::idle(window);
    metrics.started.total = started;
    metrics.failed.total = failed;
    Fact::Known(metrics)
}

/// Message, severity, confidence and saving of the only finding.
fn told(facts: &MachineFacts) -> String {
    let found = findings(facts);
    let [finding] = found.as_slice() else {
        panic!("{found:#?}")
    };
    let saving = finding
        .saving
        .as_ref()
        .map(|saving| format!(" [{} {} {}]", saving.low, saving.usd_per_month, saving.high));
    format!(
        "{}, {}: {}{}",
        finding.severity,
        finding.confidence,
        finding.message,
        saving.unwrap_or_default()
    )
}

#[test]
fn what_it_costs() {
    let always = machine(&between(r#""Type": "Pass""#));
    let sometimes = machine(&states(
        "C",
        r#""C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "X"}], "Default": "B"}, "X": {"Type": "Pass", "Next": "B"}, "B": {~, "End": true}"#,
    ));
    let item = machine(&states(
        "M",
        r#""M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "T", "States": {"T": {~, "Next": "X"}, "X": {"Type": "Succeed"}}}}"#,
    ));
    let looped = machine(&states(
        "X",
        r#""X": {"Type": "Pass", "Next": "B"}, "B": {~, "Next": "C"}, "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "X"}], "Default": "D"}, "D": {~, "End": true}"#,
    ));
    let mut lines = Vec::new();
    for (name, facts) in [
        ("always", &always),
        ("sometimes", &sometimes),
        ("item", &item),
        ("loop", &looped),
    ] {
        lines.push(format!("# {name}\n{}", told(facts)));
        lines.push(told(&MachineFacts {
            metrics: metered(575_342, 5_753),
            ..facts.clone()
        }));
    }
    lines.push("# often, seldom, never".to_owned());
    for metrics in [metered(30_000_000, 0), metered(10, 0), metered(0, 0)] {
        lines.push(told(&MachineFacts {
            metrics,
            ..always.clone()
        }));
    }
    lines.push("# sampled".to_owned());
    for executions in [
        sample(&[1, 1, 1]),
        sample(&[0, 1, 2, 1]),
        sample(&[0; 200]),
        sample(&[3]),
    ] {
        lines.push(told(&MachineFacts {
            metrics: metered(575_342, 0),
            executions,
            ..looped.clone()
        }));
    }
    let unknown = Fact::unknown("only the definition file was read");
    lines.push(format!(
        "# unknown type\n{}",
        told(&MachineFacts {
            workflow_type: unknown,
            metrics: metered(575_342, 0),
            ..always
        })
    ));
    insta::assert_snapshot!(lines.join("\n"), @r##"
    # always
    low, high: `X` is a Pass state that does nothing and costs 1 transition in every execution ($25.00 per million executions)
    low, high: `X` is a Pass state that does nothing and costs $31.25 a month, 1 transition in every execution [30.937498 31.249975 31.249975]
    # sometimes
    low, medium: `X` is a Pass state that does nothing and costs 1 transition in each execution that reaches it ($25.00 per million of these)
    low, medium: `X` is a Pass state that does nothing and costs about $15.62 a month, 1 transition in each execution that reaches it [0 15.624987 31.249975]
    # item
    low, low: `X` is a Succeed state after `T`, which could end by itself, and costs 1 transition for each item ($25.00 per million items)
    low, low: `X` is a Succeed state after `T`, which could end by itself, and costs about $31.25 a month, 1 transition for each item [0 31.249975 31.249975]
    # loop
    low, medium: `X` is a Pass state that does nothing and costs at least 1 transition in every execution ($25.00 per million executions)
    low, medium: `X` is a Pass state that does nothing and costs about $31.25 a month, at least 1 transition in every execution [31.249975 31.249975 31.249975]
    # often, seldom, never
    medium, high: `X` is a Pass state that does nothing and costs $1,629 a month, 1 transition in every execution [1629.464286 1629.464286 1629.464286]
    low, high: `X` is a Pass state that does nothing and costs less than $0.01 a month, 1 transition in every execution [0.000543 0.000543 0.000543]
    informational, high: `X` is a Pass state that does nothing and costs 1 transition in every execution; none was started in 14 days [0 0 0]
    # sampled
    low, high: `X` is a Pass state that does nothing and costs $31.25 a month, 1 transition in every execution [31.249975 31.249975 31.249975]
    low, high: `X` is a Pass state that does nothing and costs about $31.25 a month, 0 to 2.3 transitions an execution [0 31.249975 71.845131]
    low, high: `X` is a Pass state that does nothing and costs less than $0.01 a month, seen in none of 200 sampled histories [0 0 0.46875]
    low, high: `X` is a Pass state that does nothing and costs about $93.75 a month, 3 transitions an execution [93.749924 93.749924 93.749924]
    # unknown type
    low, medium: `X` is a Pass state that does nothing and costs 1 transition in every execution ($25.00 per million executions)
    "##);
}

#[test]
fn free_transitions_are_used_up_by_what_remains() {
    let saving = |transitions, free_tier| {
        let Fact::Known(mut metrics) = metered(4_603, 0) else {
            panic!()
        };
        metrics.transitions = transitions;
        let facts = MachineFacts {
            metrics: Fact::Known(metrics),
            ..machine(&between(r#""Type": "Pass""#))
        };
        let rule = rule("removable-transition").unwrap();
        let report = judge(
            &facts,
            Prices::embedded(),
            &Config {
                free_tier,
                ..Config::default()
            },
            std::slice::from_ref(rule),
        );
        report.findings[0]
            .saving
            .as_ref()
            .unwrap()
            .usd_per_month
            .round_dp(2)
            .to_string()
    };
    // 10,001 transitions a month are saved, of 30,000; 4,000 are free.
    assert_eq!(saving(None, false), "0.25");
    assert_eq!(saving(Some(13_808), true), "0.25");
    assert_eq!(saving(Some(4_603), true), "0.15");
    assert_eq!(saving(None, true), "0.15");
}

#[test]
fn evidence_says_for_how_long_and_whose_price_it_is() {
    let mut facts = machine(&between(r#""Type": "Pass""#));
    facts.metrics = metered(0, 0);
    let evidence = |region: &str, created: &str| {
        let facts = MachineFacts {
            region: region.to_owned(),
            created: Fact::Known(created.parse().unwrap()),
            ..facts.clone()
        };
        let line = |one: &findings::Evidence| format!("{} ({})", one.value, one.source);
        let lines: Vec<String> = findings(&facts)[0].evidence.iter().map(line).collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(evidence("il-central-1", "2026-11-21T23:48:00Z"), @"
    0 in 12 minutes (CloudWatch, 8 to 22 Nov 2026)
    1 (the definition)
    $25.00/M (prices of us-east-1, 2026-11-22; il-central-1's are not known)
    ");
    // Created after the last number was put together.
    insta::assert_snapshot!(evidence("", "2026-11-22T00:02:00Z"), @"
    0 in 1 minute (CloudWatch, 8 to 22 Nov 2026)
    1 (the definition)
    $25.00/M (prices of us-east-1, 2026-11-22; the Region is not known)
    ");
}

#[test]
fn a_whole_finding() {
    let facts = MachineFacts {
        metrics: metered(575_342, 0),
        ..machine(&between(r#""Type": "Pass""#))
    };
    let finding = findings(&facts).remove(0);
    let at = |location: &findings::Location| {
        format!(
            "{}:{} {} ({})",
            location.line, location.column, location.pointer, location.label
        )
    };
    let mut lines = vec![finding.message.clone(), at(&finding.location)];
    lines.extend(finding.related.iter().map(at));
    lines.extend([
        format!("why: {}", finding.why),
        format!("do: {}", finding.action),
    ]);
    lines.extend(
        finding
            .notes
            .iter()
            .map(|note| format!("{:?}: {}", note.kind, note.text)),
    );
    lines.extend(finding.evidence.iter().map(|evidence| {
        format!(
            "{}: {} ({})",
            evidence.what, evidence.value, evidence.source
        )
    }));
    lines.extend(finding.saving.unwrap().assumptions);
    insta::assert_snapshot!(lines.join("\n"), @r##"
    `X` is a Pass state that does nothing and costs $31.25 a month, 1 transition in every execution
    1:113 /States/X (every time it is entered costs one transition)
    1:107 /States/A/Next (`A` leads here)
    why: Standard workflows are billed by state transition: entering a state costs the same whether it does something or not
    do: remove the state and let `A` lead to `B`
    Able: it has no data fields: its output is its input
    Mind: its name disappears from histories, logs, traces, and from mocks and tests keyed by state name
    Mind: executions that already run keep their definition
    ExecutionsStarted: 575,342 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    transitions per execution: 1 (the definition)
    price per transition: $25.00/M (prices us-east-1, 2026-11-22)
    a month is like the last 14 days
    "##);
}

/// Low, best and high saving of the only finding, where 730,000 executions start in a month and none fails: one transition
/// in each costs $18.25.
fn saved(definition: &str, transitions: Option<u64>) -> [String; 3] {
    let mut facts = machine(definition);
    let Fact::Known(mut metrics) = metered(336_000, 0) else {
        unreachable!()
    };
    metrics.transitions = transitions;
    facts.metrics = Fact::Known(metrics);
    let found = findings(&facts);
    let [finding] = found.as_slice() else {
        panic!("{found:#?}")
    };
    let saving = finding.saving.as_ref().unwrap();
    [saving.low, saving.usd_per_month, saving.high].map(|usd| usd.to_string())
}

#[test]
fn what_only_a_caught_error_reaches_is_rare_and_what_follows_without_one_is_not() {
    let catcher =
        |to: &str| format!(r#""Catch": [{{"ErrorEquals": ["States.ALL"], "Next": "{to}"}}]"#);
    let caught = states(
        "A",
        &format!(
            r#""A": {{~, "Next": "B", {}}}, "X": {{"Type": "Pass", "Next": "B"}}, "B": {{~, "End": true}}"#,
            catcher("X")
        ),
    );
    assert_eq!(saved(&caught, None), ["0", "0.1825", "18.25"]);
    let followed = states(
        "A",
        &format!(
            r#""A": {{~, "Next": "X", {}}}, "X": {{"Type": "Pass", "Next": "B"}}, "B": {{~, "End": true}}, "F": {{"Type": "Fail"}}"#,
            catcher("F")
        ),
    );
    assert_eq!(saved(&followed, None), ["0", "18.25", "18.25"]);
}

#[test]
fn a_loop_costs_at_most_the_transitions_that_were_measured() {
    let looped = states(
        "X",
        r#""X": {"Type": "Pass", "Next": "B"}, "B": {~, "Next": "C"}, "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "X"}], "Default": "D"}, "D": {~, "End": true}"#,
    );
    assert_eq!(saved(&looped, Some(336_000 * 60))[1..], ["18.25", "1095"]);
    assert_eq!(saved(&looped, None)[1..], ["18.25", "18.25"]);
}
