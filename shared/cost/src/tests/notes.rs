use serde_json::{Value, json};

use super::{cost, machine, month};

/// The notes on a Standard machine with these metrics and facts.
fn notes(metrics: Value, more: Value) -> Vec<String> {
    let cost = cost(vec![machine("a", "STANDARD", metrics, more)]);
    month(&cost, "a").notes.clone()
}

/// One sum for each of the 14 days.
fn days(sums: [u64; 14]) -> Value {
    let by_day = sums
        .iter()
        .enumerate()
        .map(|(day, sum)| (format!("2026-11-{:02}T00:00:00Z", day + 8), json!(sum)));
    json!({"total": sums.iter().sum::<u64>(), "by_day": by_day.collect::<serde_json::Map<_, _>>()})
}

const NOTHING: [&str; 0] = [];

#[test]
fn an_even_window_says_nothing() {
    let metrics = json!({"started": days([100; 14]), "transitions": 2_800});
    assert_eq!(notes(metrics, json!({})), NOTHING);
}

#[test]
fn halves_that_differ_by_more_than_half_are_said() {
    let season = |second: u64| {
        let mut sums = [100; 14];
        sums[7..].fill(second);
        let total: u64 = sums.iter().sum();
        notes(
            json!({"started": days(sums), "transitions": total * 2}),
            json!({}),
        )
    };
    // Half of the larger one is no more than half less.
    assert_eq!(season(199), NOTHING);
    assert_eq!(
        season(300),
        [
            "executions are not spread evenly: 700 in the first half of the window and 2,100 in the second; a month like the second has 9,125"
        ]
    );
    assert_eq!(
        season(0).len(),
        2,
        "it may have been switched off, or data is missing"
    );
}

#[test]
fn a_young_machine_is_reckoned_from_when_it_began() {
    let mut sums = [0; 14];
    sums[7..].fill(100);
    let metrics = json!({"started": days(sums), "transitions": 1_400});
    let young = notes(
        metrics,
        json!({"created": {"known": "2026-11-15T00:00:00Z"}}),
    );
    assert_eq!(
        young,
        ["it began to run within the window: a month is reckoned from 7 days"],
        "and no season is told"
    );
}

#[test]
fn missing_and_senseless_data_points_are_said() {
    let mut sums = [100; 14];
    sums[13] = 0;
    let gap = notes(
        json!({"started": days(sums), "transitions": 2_600}),
        json!({}),
    );
    assert_eq!(
        gap,
        [
            "CloudWatch has no executions on 1 of 14 days: it was idle, or data points are late or lost, and then a month is more"
        ]
    );
    // Idle at weekends, say: told, and not decided.
    let mut sums = [100; 14];
    sums[4..8].fill(0);
    let weekends = notes(
        json!({"started": days(sums), "transitions": 2_000}),
        json!({}),
    );
    assert!(
        weekends[0].starts_with("CloudWatch has no executions on 4 of 14 days"),
        "{weekends:?}"
    );
    // Hardly ever busy: nothing is missing.
    let mut sums = [0; 14];
    sums[3] = 100;
    sums[10] = 100;
    assert_eq!(
        notes(
            json!({"started": days(sums), "transitions": 400}),
            json!({})
        ),
        NOTHING
    );
    let discarded = notes(
        json!({"started": days([100; 14]), "transitions": 2_800, "discarded": 2}),
        json!({}),
    );
    assert_eq!(
        discarded,
        [
            "2 data points of CloudWatch are no amount (negative, or not a number) and left out: there may be more than is counted"
        ]
    );
    let ended = json!({"average": 1.0, "p99": null, "maximum": 1.0, "samples": 2_000});
    let late = notes(
        json!({"started": days([100; 14]), "transitions": 2_800, "duration": ended}),
        json!({}),
    );
    assert_eq!(
        late,
        [
            "2,000 ended and 1,400 started in the window: some began before it, still run, or CloudWatch lacks data"
        ]
    );
}

fn sampled(profiles: Value, more: Value) -> Value {
    let mut sample = json!({"listed": 9, "profiles": profiles});
    for (key, value) in more.as_object().unwrap() {
        sample[key] = value.clone();
    }
    json!({"executions": {"known": sample}})
}

#[test]
fn sources_that_disagree_are_both_said() {
    let metrics =
        |transitions: u64| json!({"started": days([100; 14]), "transitions": transitions});
    let profile = json!({"transitions": 4, "entered": {"A": 2, "B": 2}});
    let told = notes(
        metrics(2_800),
        sampled(json!([profile, profile]), json!({})),
    );
    assert_eq!(
        told,
        [
            "ConsumedCapacity says 2.00 transitions an execution, sampled histories say 4.00: the metric is used, the other is the end of the range",
            "its states share what ConsumedCapacity says, as the sampled histories say"
        ]
    );
    // Less than the shortest way: data is missing, where hardly any execution fails.
    let below = notes(metrics(1_500), json!({}));
    assert_eq!(
        below,
        [
            "ConsumedCapacity says 1.07 transitions an execution, the shortest way through the definition has 2: data points are missing, or the definition was changed within the window"
        ]
    );
    let mut failing = metrics(1_500);
    failing["failed"] = days([90; 14]);
    assert_eq!(notes(failing, json!({})), NOTHING);
}

#[test]
fn what_is_odd_in_a_sample_is_said() {
    let metrics = json!({"started": days([100; 14]), "transitions": 2_800});
    let profile = |change: Value| {
        let mut profile = json!({"transitions": 2, "entered": {"A": 1, "B": 1}});
        for (key, value) in change.as_object().unwrap() {
            profile[key] = value.clone();
        }
        profile
    };
    let profiles = json!([
        profile(json!({"redriven": 1})),
        profile(json!({"missing": 3})),
        profile(json!({"clock_back": 1})),
        profile(json!({"entered": {"Old": 2}})),
    ]);
    assert_eq!(
        notes(
            metrics.clone(),
            sampled(profiles, json!({"too_long": 2, "unread": 1}))
        ),
        [
            "1 of 4 sampled executions were redriven: what failed before is counted too",
            "1 of 4 sampled executions lack events: they had at least as many transitions as counted",
            "1 of 4 sampled executions have events stamped earlier than those they follow: that time counts as none",
            "1 of 4 sampled executions entered states that the definition does not have: it was changed within the window",
            "2 chosen executions are longer than what is read of a history and are not in the sample: the mean is too low",
            "the history of 1 chosen execution could not be read: older than their retention, or gone",
        ]
    );
    let looped = r#"{"StartAt": "Wait", "States": {
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Done?"},
        "Done?": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "End"}], "Default": "Wait"},
        "End": {"Type": "Succeed"}}}"#;
    let turns = |count: u64| json!({"transitions": 1 + 2 * count, "entered": {"Wait": count, "Done?": count, "End": 1}});
    let mut more = sampled(json!([turns(1), turns(1), turns(1), turns(4)]), json!({}));
    more["definition"] = json!({"known": looped});
    let metrics = json!({"started": days([100; 14]), "transitions": 6_300});
    assert_eq!(
        notes(metrics, more),
        [
            "executions differ: 3 to 9 transitions: the loop of `Wait` runs as often as the data says"
        ]
    );
}

#[test]
fn a_metric_that_cannot_be_is_said() {
    let profile = json!({"transitions": 2, "entered": {"A": 1, "B": 1}});
    for transitions in [0_u64, 10_000_000_000] {
        let metrics = json!({"started": days([100; 14]), "transitions": transitions});
        let told = notes(metrics, sampled(json!([profile, profile]), json!({})));
        assert!(
            told[0].starts_with("ConsumedCapacity says ")
                && told[0].ends_with("which cannot be: it is not believed"),
            "{told:?}"
        );
    }
}

#[test]
fn what_is_not_known_of_logs_and_samples_is_said() {
    let metrics = || json!({"started": days([100; 14]), "transitions": 2_800});
    let why = json!({"unknown": {"why": "AccessDenied"}});
    assert_eq!(
        notes(metrics(), json!({"logging": why})),
        ["what it logs or traces is not known and not in here: AccessDenied"]
    );
    let old = json!({"oldest": "2025-06-14T00:00:00Z", "newest": "2025-06-15T00:00:00Z"});
    let profile = json!({"transitions": 2, "entered": {"A": 1, "B": 1}});
    assert_eq!(
        notes(metrics(), sampled(json!([profile, profile]), old)),
        ["the sampled executions are older than the window: the newest was started on 15 Jun 2025"]
    );
}
