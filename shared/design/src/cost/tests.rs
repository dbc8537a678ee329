//! Amounts against the calculator, by hand, and what a page says.

use std::collections::BTreeMap;

use pricing::{Prices, Usd};
use rust_decimal::Decimal;

use super::*;
use crate::decide::{Duplicates, LogLevel, Logging, Workflow};
use crate::requirements::*;

fn requirements() -> Requirements {
    Requirements {
        name: "order-saga".to_owned(),
        description: None,
        trigger: TriggerNeed {
            kind: TriggerKind::Manual,
            source: None,
            pattern: None,
            schedule: None,
            caller_waits: false,
        },
        load: Load {
            average_per_second: Decimal::ONE,
            peak_per_second: Some(Decimal::TEN),
            hours_per_day: Decimal::from(24),
            growth_per_year: Decimal::new(5, 1),
            payload: Size(2_048),
            memory: Some(Size(64 * 1_024 * 1_024)),
            failure_rate: Decimal::ZERO,
        },
        latency: Latency::default(),
        duration: Lasts::default(),
        guarantees: Guarantees {
            delivery: Delivery::AtLeastOnce,
            delivery_is_said: false,
            consistency: Consistency::None,
            idempotency_key: None,
            history: History::Logs,
            sensitive_data: false,
        },
        steps: Vec::new(),
        failure: Failures {
            policy: FailurePolicy::Fail,
            compensation_failure: CompensationFailure::Fail,
            notify: Vec::new(),
            redrive: true,
        },
        workflow_type: WorkflowType::Auto,
        query_language: QueryLanguage::Jsonata,
        regions: vec!["us-east-1".to_owned()],
        environments: Vec::new(),
        alarms: Alarms::default(),
        budget: Some(Budget {
            monthly_usd: Decimal::from(300),
            hard: false,
        }),
        outputs: Vec::new(),
        tags: BTreeMap::new(),
    }
}

#[test]
fn what_is_assumed_is_named_with_where_measured_values_come_from() {
    let asked = Requirements {
        load: Load {
            failure_rate: Decimal::new(2, 2),
            ..requirements().load
        },
        ..requirements()
    };
    let profile = Profile {
        transitions: Decimal::from(8),
        failed_transitions: Decimal::from(5),
        duration_ms: Decimal::from(900),
        nested: None,
        not_nested: None,
        children: Vec::new(),
        calls: ["lambda:invoke", "dynamodb:putItem"]
            .map(|action| Calls {
                step: "A".to_owned(),
                action: action.to_owned(),
                per_execution: Decimal::ONE,
                duration_ms: None,
                memory_mb: None,
            })
            .to_vec(),
        definition_bytes: 2_000,
        branches: 0,
        not_express: None,
        alarms: 0,
    };
    let said = benefit(&asked, &decisions(), &profile, Prices::embedded())
        .assumptions
        .join("\n");
    for wanted in [
        "2 % of the executions fail; one that fails comes half way on average",
        "5 transitions instead of 8",
        "as large as the payload, 2 KB",
        "512 MB where nothing is said",
        "200 ms where nothing is said",
        "`ExecutionTime`",
        "`Max Memory Used`",
        "`ConsumedWriteCapacityUnits`",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

fn decisions() -> Decisions {
    Decisions {
        workflow: Workflow::Standard,
        query_language: QueryLanguage::Jsonata,
        timeout: Duration(60_000),
        duplicates: Duplicates::Allowed,
        claim_check: None,
        logging: Logging {
            level: LogLevel::Off,
            data: false,
            tracing: false,
        },
        steps: BTreeMap::new(),
        list: Vec::new(),
        moved: None,
        assumptions: Vec::new(),
    }
}

fn profile() -> Profile {
    Profile {
        transitions: Decimal::from(4),
        failed_transitions: Decimal::from(6),
        duration_ms: Decimal::from(1_000),
        nested: None,
        not_nested: None,
        children: Vec::new(),
        calls: vec![Calls {
            step: "Record".to_owned(),
            action: "dynamodb:putItem".to_owned(),
            per_execution: Decimal::ONE,
            duration_ms: None,
            memory_mb: None,
        }],
        definition_bytes: 2_000,
        branches: 0,
        not_express: None,
        alarms: 2,
    }
}

fn costs(requirements: &Requirements, profile: &Profile) -> Benefit {
    benefit(requirements, &decisions(), profile, Prices::embedded())
}

fn usd(text: &str) -> Usd {
    Usd(text.parse().unwrap())
}

#[test]
fn amounts_are_those_of_the_price_list() {
    let benefit = costs(&requirements(), &profile());
    // 730 hours of 3,600 executions.
    assert_eq!(benefit.executions, Decimal::from(2_628_000));
    // 4 transitions each at $25 a million.
    assert_eq!(benefit.types[0].month, usd("262.8"));
    assert_eq!(benefit.types[0].peak_month, usd("2628"));
    assert_eq!(benefit.types[0].per_execution, usd("0.0001"));
    // $1 a million, and a sixteenth of a GB-second at $0.00001667.
    assert_eq!(benefit.types[1].month, usd("5.36604750"));
    // Half as much again at the end of the year: a quarter on average.
    assert_eq!(benefit.types[0].year, usd("3942"));
    // Two units of a KB at $0.625 a million; two alarms and a dashboard.
    assert_eq!(benefit.services[0].month, usd("3.285"));
    assert_eq!(benefit.month(), usd("269.285"));
    assert!(benefit.budget.is_some_and(|budget| budget.is_kept()));
}

#[test]
fn failures_cost_what_they_do() {
    let mut needs = requirements();
    needs.load.failure_rate = Decimal::new(5, 1);
    let benefit = costs(&needs, &profile());
    // Half of them take 6 transitions instead of 4.
    assert_eq!(benefit.types[0].month, usd("328.5"));
    assert!(benefit.budget.is_some_and(|budget| !budget.is_kept()));
}

#[test]
fn children_of_maps_are_paid_for() {
    let mut profile = profile();
    profile.children = vec![Children {
        count: Decimal::from(10),
        express: true,
        transitions: Decimal::from(3),
        duration_ms: Decimal::from(100),
    }];
    let benefit = costs(&requirements(), &profile);
    let whats: Vec<&str> = benefit.types[0]
        .lines
        .iter()
        .map(|line| line.what.as_str())
        .collect();
    assert_eq!(
        whats,
        [
            "transitions",
            "Map children: transitions",
            "Map children: requests",
            "Map children: duration"
        ]
    );
    // One transition for each child, whatever it is.
    assert_eq!(benefit.types[0].lines[1].month, usd("657"));
}

#[test]
fn a_nested_child_takes_transitions_off() {
    let mut profile = profile();
    profile.transitions = Decimal::from(10);
    profile.nested = Some(Nested {
        transitions: Decimal::from(8),
        duration_ms: Decimal::from(500),
    });
    let benefit = costs(&requirements(), &profile);
    let mixed = &benefit.types[2];
    assert_eq!(mixed.not_possible, None);
    // 10 - 8 + 2 transitions.
    assert_eq!(mixed.lines[0].month, usd("262.8"));
    assert!(mixed.month < benefit.types[0].month);
}

#[test]
fn what_is_not_known_is_said() {
    let mut profile = profile();
    profile.not_express = Some("it waits for people".to_owned());
    profile.calls[0].action = "glue:startJobRun".to_owned();
    let page = markdown(&costs(&requirements(), &profile));
    assert!(page.contains("Express: it waits for people"), "{page}");
    assert!(page.contains("Without glue:startJobRun"), "{page}");
    assert!(page.contains("not known"), "{page}");
}

#[test]
fn texts_stay_texts() {
    let mut needs = requirements();
    needs.name = "<script>|`x`".to_owned();
    let benefit = costs(&needs, &profile());
    assert!(!html(&benefit).contains("<script"));
    assert!(markdown(&benefit).contains("\\<script\\>\\|\\`x\\`"));
}

#[test]
fn the_page_is_as_it_was() {
    insta::assert_snapshot!(markdown(&costs(&requirements(), &profile())));
}
