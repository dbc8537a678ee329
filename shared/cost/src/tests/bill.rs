use facts::{AccountFacts, Fact, RegionTotals};
use pricing::Prices;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{account, cents, cost, express, machine, month, named, plain, standard, usd};
use crate::{Item, Leans, Other, after_free, by_tag};

/// 14 days are 336 of the 730 hours of a month.
fn monthly(count: i64) -> Decimal {
    Decimal::from(count) * Decimal::from(730) / Decimal::from(336)
}

#[test]
fn a_standard_machine_pays_its_transitions() {
    let cost = cost(vec![standard("a", 3_000_000, 24_000_000)]);
    let a = month(&cost, "a");
    assert_eq!(a.executions.round_dp(2), monthly(3_000_000).round_dp(2));
    // 24 M in 14 days are 52.14 M a month, $25 a million.
    assert_eq!(cents(a.total.best), "$1,303.57");
    assert!(a.total.is_exact() && a.lines.len() == 1, "{:?}", a.lines);
    assert_eq!(cents(cost.total.best), "$1,303.57");
    assert_eq!(
        (cost.free.len(), after_free(&cost).cents()),
        (1, "$1,303.47".to_owned())
    );
}

#[test]
fn express_tiers_are_those_of_the_account() {
    // 14 days of 100,000 s and 64 MB for each of 3,000 and 27,000 executions... together beyond the first tier.
    let small = express("small", 1_000_000, 1_000_000.0 * 20_000.0, 64.0);
    let large = express("large", 9_000_000, 9_000_000.0 * 20_000.0, 64.0);
    let alone = cost(vec![small.clone()]);
    let both = cost(vec![small, large]);
    // Alone: 2,172,619 executions of 1.25 GB-s are 2,715,774 GB-s, all in the first tier.
    assert_eq!(cents(usd(month(&alone, "small"), Item::Duration)), "$45.27");
    // Together: 27,157,738 GB-s: 3.6 M at 0.00001667, 14.4 M at 0.00000833, 9,157,738 at 0.00000456.
    let (small, large) = (month(&both, "small"), month(&both, "large"));
    let sum = usd(small, Item::Duration) + usd(large, Item::Duration);
    assert_eq!(cents(sum), "$221.72");
    assert_eq!(cents(usd(small, Item::Duration)), "$22.17", "a tenth of it");
    assert_eq!(cents(usd(small, Item::Requests)), "$2.17");
    assert_eq!(
        small
            .lines
            .iter()
            .map(|line| line.usd.best)
            .sum::<Decimal>(),
        small.total.best
    );
}

#[test]
fn the_other_type_and_where_both_cost_the_same() {
    let metrics = json!({
        "started": {"total": 3_000_000},
        "duration": {"average": 850.0, "p99": 1800.0, "maximum": 4200.0, "samples": 3_000_000},
        "transitions": 24_000_000,
    });
    let cost = cost(vec![machine("a", "STANDARD", metrics, json!({}))]);
    let a = month(&cost, "a");
    let Other::Priced { today, usd } = &a.other else {
        panic!("{:?}", a.other)
    };
    assert_eq!(
        (cents(today.best), cents(usd.best)),
        ("$1,303.57".to_owned(), "$12.63".to_owned())
    );
    assert_eq!(a.leans, Some(Leans::Express));
    let even = a.break_even.as_ref().unwrap();
    // One execution as Express: $0.000001 + 0.05625 GB-s x $0.00001667 = $0.00000193769; a transition is $0.000025.
    assert_eq!(even.at_transitions.round_dp(6).to_string(), "0.077508");
    // A month as Standard less the requests is $1,297.05: 3.6 M GB-s for $60.01, 14.4 M for $119.95, and the rest at $0.00000456
    // are 262.98 M GB-s; 6.52 M executions of 64 MB have them in 645.55 s each.
    assert_eq!(
        even.at_duration_ms.unwrap().round_dp(0).to_string(),
        "645552"
    );
    assert_eq!(even.memory_mb, Decimal::from(64));

    let express = super::cost(vec![express("e", 1_000_000, 1_000_000.0 * 100.0, 64.0)]);
    let e = month(&express, "e");
    // The definition has two transitions: 2,172,619 executions x 2 x $0.000025.
    let Other::Priced { usd, .. } = &e.other else {
        panic!("{:?}", e.other)
    };
    assert_eq!(cents(usd.best), "$108.63");
    assert_eq!(e.leans, Some(Leans::Express));
}

#[test]
fn what_express_cannot_is_said() {
    let sync = json!({"StartAt": "Job", "States": {"Job": {
        "Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {}, "End": true}}});
    let metrics = |maximum: f64| {
        json!({
            "started": {"total": 100}, "transitions": 200,
            "duration": {"average": 850.0, "p99": null, "maximum": maximum, "samples": 100},
        })
    };
    let told = |definition: &Value, maximum| {
        let definition = json!({"definition": {"known": definition.to_string()}});
        let cost = cost(vec![machine("a", "STANDARD", metrics(maximum), definition)]);
        match &month(&cost, "a").other {
            Other::Impossible { why, .. } => why.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told(&sync, 900.0), "`Job` waits for a job (`.sync`)");
    assert_eq!(
        told(&plain(), 400_000.0),
        "it runs for up to 6 min 40 s; Express ends an execution after 300 s"
    );
    assert_eq!(
        told(&plain(), 299_000.0),
        "it runs for up to 4 min 59 s, which leaves little to the 300 s after which Express ends an execution"
    );
}

#[test]
fn nothing_known_is_no_bill_and_idle_costs_nothing() {
    let unknown = machine(
        "a",
        "STANDARD",
        json!({}),
        json!({"metrics": {"unknown": {"why": "AccessDenied on cloudwatch:GetMetricData"}}}),
    );
    let idle = standard("b", 0, 0);
    let untold = machine(
        "c",
        "STANDARD",
        json!({"started": {"total": 5}}),
        json!({"definition": {"unknown": {"why": "encrypted"}}}),
    );
    let cost = cost(vec![unknown, idle, untold]);
    assert_eq!(
        named(&cost, "a").month.clone().unwrap_err(),
        "metrics: AccessDenied on cloudwatch:GetMetricData"
    );
    assert!(
        named(&cost, "c")
            .month
            .clone()
            .unwrap_err()
            .starts_with("neither ConsumedCapacity nor histories")
    );
    let b = month(&cost, "b");
    assert!(b.total.high.is_zero() && b.lines.is_empty());
    assert_eq!(b.notes, ["nothing was started in 14 days"]);
    assert_eq!(
        cost.notes,
        ["the cost of 2 state machines is not known and in no sum"]
    );
}

fn sample(profiles: Value, more: Value) -> Value {
    let mut sample = json!({"listed": 100, "profiles": profiles});
    for (key, value) in more.as_object().unwrap() {
        sample[key] = value.clone();
    }
    json!({"known": sample})
}

#[test]
fn states_cost_what_the_transitions_cost() {
    let profile = |retried: u64| {
        json!({
            "transitions": 2 + retried, "retries": retried, "entered": {"A": 1, "B": 1}, "retried": {"B": retried},
            "state_ms": {"A": 100, "B": 300}, "duration_ms": 400,
        })
    };
    let executions = sample(json!([profile(0), profile(2)]), json!({}));
    let metrics = json!({"started": {"total": 336_000}, "transitions": 1_008_000});
    let cost = cost(vec![machine(
        "a",
        "STANDARD",
        metrics,
        json!({"executions": executions}),
    )]);
    let a = month(&cost, "a");
    // 730,000 executions of 3 transitions.
    assert_eq!(cents(a.total.best), "$54.75");
    let told: Vec<(&str, String, String)> = a
        .states
        .iter()
        .map(|state| {
            let times = format!(
                "{} {} {}",
                state.entered.best, state.retries, state.share_of_time
            );
            (state.name.as_str(), cents(state.usd.unwrap()), times)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("B", "$36.50".to_owned(), "1 1 0.75".to_owned()),
            ("A", "$18.25".to_owned(), "1 0 0.25".to_owned())
        ]
    );
}

#[test]
fn states_of_express_cost_by_their_time() {
    let parallel = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Next": "Z", "Branches": [
        {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}]}, "Z": {"Type": "Pass", "End": true}}});
    let profile = json!({
        "transitions": 3, "entered": {"P": 1, "In": 1, "Z": 1}, "state_ms": {"P": 300, "In": 290, "Z": 100}, "duration_ms": 400,
    });
    let metrics = json!({"started": {"total": 336_000}, "express": {"billed_ms": 134_400_000.0, "billed_memory_mb": 64.0}});
    let more = json!({
        "definition": {"known": parallel.to_string()},
        "executions": sample(json!([profile]), json!({"source": "logs"})),
    });
    let cost = cost(vec![machine("e", "EXPRESS", metrics, more)]);
    let e = month(&cost, "e");
    let duration = usd(e, Item::Duration);
    let of = |name: &str| {
        e.states
            .iter()
            .find(|state| state.name == name)
            .unwrap()
            .usd
    };
    assert_eq!(of("P"), Some(duration * Decimal::new(75, 2)));
    assert_eq!(of("Z"), Some(duration * Decimal::new(25, 2)));
    assert_eq!(of("In"), None, "its time is that of the Parallel");
}

fn distributed() -> Value {
    json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}}}})
}

#[test]
fn children_of_a_distributed_map_are_a_line_of_their_own() {
    let profile = json!({"transitions": 1, "entered": {"Each": 1}, "map_runs": 1});
    let bill = |map_children: Value| {
        let more = json!({
            "definition": {"known": distributed().to_string()},
            "executions": sample(json!([profile, profile]), json!({"map_children": map_children})),
        });
        let metrics = json!({"started": {"total": 336}, "transitions": 336});
        cost(vec![machine("a", "STANDARD", metrics, more)])
    };
    // 730 executions start 10 children each, of 4 transitions on average: 7,300 x (1 + 4) x $0.000025.
    let sampled = bill(
        json!([{"label": "Each", "parents": 2, "runs": 2, "children": 20, "items": 20, "transitions": [3, 5]}]),
    );
    let line = |cost: &crate::AccountCost| {
        let line = month(cost, "a")
            .lines
            .iter()
            .find(|line| line.item == Item::MapChildren);
        line.map(|line| {
            (
                line.usd.best.normalize().to_string(),
                line.usd.low < line.usd.high,
            )
        })
    };
    assert_eq!(line(&sampled), Some(("0.9125".to_owned(), true)));
    assert!(!month(&sampled, "a").at_least);
    // Measured: 3,360 children in the window, 16,800 transitions in them.
    let metrics =
        json!({"window": super::window(), "started": {"total": 3_360}, "transitions": 16_800});
    let measured = bill(
        json!([{"label": "Each", "parents": 2, "runs": 2, "children": 20, "metrics": metrics}]),
    );
    assert_eq!(line(&measured), Some(("1.095".to_owned(), false)));
    // Express children: their requests and time.
    let metrics = json!({"window": super::window(), "started": {"total": 3_360},
        "express": {"billed_ms": 336_000.0, "billed_memory_mb": 64.0}});
    let express = bill(
        json!([{"label": "Each", "parents": 2, "runs": 2, "children": 20, "metrics": metrics}]),
    );
    // 7,300 x ($0.000025 + $0.000001 + 0.00625 GB-s x $0.00001667)
    assert_eq!(line(&express).unwrap().0.get(..8), Some("0.190560"));
    // Nothing known of them.
    let unknown = bill(json!([]));
    assert_eq!(line(&unknown), None);
    assert!(
        month(&unknown, "a").at_least,
        "{:?}",
        month(&unknown, "a").notes
    );
    assert!(
        unknown.notes[0].starts_with("the sum is too low: of 1 state machine"),
        "{:?}",
        unknown.notes
    );
}

#[test]
fn a_started_machine_is_in_its_own_bill_and_told_with_its_starter() {
    let profile = json!({"transitions": 2, "entered": {"A": 1, "B": 1}});
    let parent = machine(
        "parent",
        "STANDARD",
        json!({"started": {"total": 1_000}, "transitions": 2_000}),
        json!({"executions": sample(json!([profile]), json!({}))}),
    );
    let callers = json!([{"machine": "parent", "state": "B", "waits": true}, {"machine": "gone", "state": "X", "waits": false}]);
    let child = machine(
        "child",
        "STANDARD",
        json!({"started": {"total": 4_000}, "transitions": 40_000}),
        json!({"callers": {"known": callers}}),
    );
    let cost = cost(vec![parent, child]);
    let started = &month(&cost, "parent").starts;
    assert_eq!(started.len(), 1);
    assert_eq!(
        (started[0].state.as_str(), started[0].machine.as_str()),
        ("B", "child")
    );
    // 1,000 of 4,000 executions: a quarter of $2.17.
    assert_eq!(started[0].share, Some(Decimal::new(25, 2)));
    assert_eq!(cents(started[0].usd.unwrap()), "$0.54");
    let bills: Decimal = cost
        .machines
        .iter()
        .map(|it| it.month.as_ref().unwrap().total.best)
        .sum();
    assert_eq!(cost.total.best, bills, "counted once");
}

#[test]
fn logs_are_measured_estimated_or_shared() {
    let logging = |level: &str| json!({"known": {"level": level, "include_execution_data": false, "destinations": ["g"]}});
    let metrics = || json!({"started": {"total": 336_000}, "transitions": 672_000});
    let with = |name: &str, logs: Value| {
        machine(
            name,
            "STANDARD",
            metrics(),
            json!({"logging": logging("ALL"), "logs": logs, "tracing": {"known": true}}),
        )
    };
    // 730,000 executions x 2 transitions x 5 events x 350 bytes = 2.555 GB x $0.50.
    let estimated = cost(vec![with(
        "a",
        json!({"unknown": {"why": "no permission"}}),
    )]);
    assert_eq!(cents(usd(month(&estimated, "a"), Item::Logs)), "$1.28");
    assert!(
        month(&estimated, "a")
            .notes
            .iter()
            .any(|note| note.starts_with("logs are estimated"))
    );
    // Measured: 10 GB in 14 days are 21.73 GB a month; 40 GB kept.
    let group = json!({"known": {"group": "g", "ingested": 10_000_000_000_u64, "stored": 40_000_000_000_u64}});
    let measured = cost(vec![with("a", group.clone())]);
    assert_eq!(cents(usd(month(&measured, "a"), Item::Logs)), "$10.86");
    assert_eq!(cents(usd(month(&measured, "a"), Item::LogStorage)), "$1.20");
    // One group of two machines that log alike: half each.
    let shared = cost(vec![with("a", group.clone()), with("b", group)]);
    assert_eq!(cents(usd(month(&shared, "a"), Item::Logs)), "$5.43");
    assert_eq!(cents(usd(month(&shared, "b"), Item::LogStorage)), "$0.60");
    // X-Ray: fewer executions than a month has seconds are all traced, at least 5 % of them.
    let traces = month(&shared, "a")
        .lines
        .iter()
        .find(|line| line.item == Item::Traces)
        .unwrap();
    assert_eq!(
        (cents(traces.usd.best), cents(traces.usd.low)),
        ("$3.65".to_owned(), "$0.18".to_owned())
    );
}

#[test]
fn machines_are_held_against_their_region() {
    let mut facts: AccountFacts = account(vec![
        standard("a", 900, 9_000),
        express("e", 100, 10_000.0, 64.0),
    ]);
    let told = |facts: &AccountFacts| {
        let cost = crate::account(facts, Prices::embedded());
        let rows = cost.checks.iter().map(|check| {
            let says = check
                .region_says
                .as_ref()
                .map(ToString::to_string)
                .map_err(Clone::clone);
            let share = check
                .difference()
                .map(|share| share.normalize().to_string());
            format!("{}: {} {says:?} {share:?}", check.what, check.machines)
        });
        rows.collect::<Vec<_>>()
    };
    assert_eq!(
        told(&facts)[0],
        r#"executions: 1000 Err("metrics of the Region were not asked for") None"#
    );
    let totals = RegionTotals {
        started: Some(1_000),
        transitions: Some(10_000),
        express_billed_ms: None,
    };
    facts
        .totals
        .insert("us-east-1".to_owned(), Fact::Known(totals));
    assert_eq!(
        told(&facts),
        [
            r#"executions: 1000 Ok("1000") Some("0")"#,
            r#"state transitions: 9000 Ok("10000") Some("-0.1")"#,
            r#"ms of billed Express duration: 10000 Err("CloudWatch has no such metric") None"#,
        ]
    );
}

#[test]
fn the_dearest_machines_make_up_nearly_all() {
    let machines = vec![
        standard("a", 1, 90_000),
        standard("b", 1, 6_000),
        standard("c", 1, 4_000),
        standard("d", 0, 0),
    ];
    let bill = cost(
        machines
            .into_iter()
            .map(|machine| facts::MachineFacts {
                definition: Fact::unknown("no"),
                ..machine
            })
            .collect(),
    );
    let names: Vec<&str> = crate::dearest(&bill)
        .into_iter()
        .filter_map(|arn| arn.rsplit(':').next())
        .collect();
    // One execution of more than 25,000 transitions cannot be: the metric is not believed, and there is no other source.
    assert_eq!(names, ["b", "c"]);
    let bill = cost(vec![
        standard("a", 10, 90_000),
        standard("b", 1, 6_000),
        standard("c", 1, 4_000),
        standard("d", 0, 0),
    ]);
    let names: Vec<&str> = crate::dearest(&bill)
        .into_iter()
        .filter_map(|arn| arn.rsplit(':').next())
        .collect();
    assert_eq!(names, ["a", "b"], "96 of 100 %");
    assert!(crate::dearest(&cost(vec![standard("d", 0, 0)])).is_empty());
}

#[test]
fn tags_sum_up() {
    let tagged = |name: &str, team: Option<&str>| {
        let tags = team.map_or(json!({}), |team| json!({"team": team}));
        machine(
            name,
            "STANDARD",
            json!({"started": {"total": 336_000}, "transitions": 672_000}),
            json!({"tags": {"known": tags}}),
        )
    };
    let cost = cost(vec![
        tagged("a", Some("x")),
        tagged("b", Some("x")),
        tagged("c", None),
    ]);
    let sums: Vec<(Option<String>, u64, String)> = by_tag(&cost, "team")
        .into_iter()
        .map(|(value, (count, sum))| (value, count, cents(sum.best)))
        .collect();
    assert_eq!(
        sums,
        [
            (None, 1, "$36.50".to_owned()),
            (Some("x".to_owned()), 2, "$73.00".to_owned())
        ]
    );
}

/// Express executions recorded on AWS: the memory that is estimated for them is what was billed.
#[test]
fn recorded_memory_is_what_is_estimated() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/oracle/express_sync");
    let Ok(listing) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let (mut right, mut all) = (0, 0);
    for entry in listing {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let case: Value = serde_json::from_str(&text).unwrap();
        let billed = |name: &str| {
            case["billing"][name]
                .as_i64()
                .or(case["billingDetails"][name].as_i64())
                .map(Decimal::from)
        };
        let (Some(memory), Some(duration)) = (
            billed("billedMemoryUsedInMB"),
            billed("billedDurationInMilliseconds"),
        ) else {
            continue;
        };
        let definition =
            asl::Definition::parse(case["definition"].to_string().as_bytes(), asl::Format::Json);
        let estimated =
            crate::compare::billed_memory(&definition, crate::usage::PayloadSteps::default()).best;
        all += 1;
        right +=
            usize::from(estimated == memory && pricing::billed_duration_ms(duration) == duration);
    }
    println!("{right} of {all} recorded bills of Express executions");
    assert!(all > 0 && right == all);
}

#[test]
fn too_little_is_no_month() {
    let reason = |metrics: Value, more: Value| {
        let cost = cost(vec![machine("a", "STANDARD", metrics, more)]);
        named(&cost, "a").month.clone().unwrap_err()
    };
    let one = || json!({"started": {"total": 1}, "transitions": 2});
    assert_eq!(
        reason(one(), json!({"created": {"known": "2026-11-21T23:48:00Z"}})),
        "it was observed for 12 minutes only: too short to tell a month"
    );
    assert_eq!(
        reason(one(), json!({"created": {"known": "2026-12-24T00:00:00Z"}})),
        "it was created after the observation window, in which it ran: a clock is off"
    );
    let mut empty = machine("a", "STANDARD", one(), json!({}));
    if let Fact::Known(metrics) = &mut empty.metrics {
        metrics.window.end = metrics.window.start;
    }
    let cost = cost(vec![empty]);
    assert_eq!(
        named(&cost, "a").month.clone().unwrap_err(),
        "the observation window is empty"
    );
}

#[test]
fn no_dollars_where_others_are_paid() {
    let mut china = standard("a", 1_000, 2_000);
    china.region = "cn-north-1".to_owned();
    let cost = cost(vec![china]);
    let why = named(&cost, "a").month.clone().unwrap_err();
    assert!(why.starts_with("cn-north-1 is paid in CNY"), "{why}");
    assert!(cost.total.high.is_zero());
}

#[test]
fn children_that_the_metric_counts_already_are_counted_once() {
    let profile = json!({"transitions": 2, "entered": {"Each": 1}, "map_runs": 1});
    let more = json!({
        "definition": {"known": distributed().to_string()},
        "executions": sample(json!([profile, profile]), json!({"map_children": [
            {"label": "Each", "parents": 2, "runs": 2, "children": 820, "items": 820, "transitions": [1, 1]}]})),
    });
    // 412 transitions an execution: 2 of its own and 410 children.
    let metrics = json!({"started": {"total": 336}, "transitions": 336 * 412});
    let cost = cost(vec![machine("a", "STANDARD", metrics, more)]);
    let a = month(&cost, "a");
    // 730 executions x 412, and one transition in each of 299,300 children.
    assert_eq!(usd(a, Item::Transitions).normalize().to_string(), "7.519");
    assert_eq!(usd(a, Item::MapChildren).normalize().to_string(), "7.4825");
}
