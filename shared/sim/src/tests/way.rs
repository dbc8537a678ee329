//! What is told of attempts, of what was cut off, and of child executions.

use asl::{Definition, Format};
use serde_json::{Value, json};

use super::run::{returns, run, run_with, task, throws};
use crate::{
    Answer, End, ExploreOptions, Limits, Mocks, Options, Outcome, Status, Trial, Visit, explore,
    fault_points, fault_runs,
};

fn visit<'o>(outcome: &'o Outcome, state: &str) -> Vec<&'o Visit> {
    let all = outcome.way.walk();
    all.filter(|visit| &*visit.state == state).collect()
}

fn times(visit: &Visit) -> (u64, u64) {
    (visit.entered_ms, visit.end_ms)
}

fn parallel(branches: &[Value], more: &Value) -> Value {
    let mut state = json!({"Type": "Parallel", "Branches": branches, "End": true});
    for (name, value) in more.as_object().unwrap() {
        state[name] = value.clone();
    }
    json!({"StartAt": "P", "States": {"P": state, "Sorry": {"Type": "Pass", "End": true}}})
}

fn branch(name: &str, state: &Value) -> Value {
    json!({"StartAt": name, "States": {name: state}})
}

fn wait(seconds: u64) -> Value {
    json!({"Type": "Wait", "Seconds": seconds, "End": true})
}

#[test]
fn each_attempt_of_a_parallel_has_its_branches_and_what_was_cut_off_its_end() {
    let definition = parallel(
        &[
            branch("W", &wait(30)),
            branch("A", &task(&json!({"End": true}))),
        ],
        &json!({"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]}),
    );
    let mut mocks = Mocks::default();
    mocks.push("A", throws("Busy", 1_000));
    mocks.push("A", throws("Hard", 4_000));
    let outcome = run(&definition, json!({}), &mut mocks);
    assert_eq!(outcome.status, Status::Succeeded);
    let waits = visit(&outcome, "W");
    assert_eq!(
        waits.iter().map(|it| times(it)).collect::<Vec<_>>(),
        [(0, 1_000), (11_000, 15_000)],
        "a branch ends when the one beside it fails"
    );
    assert!(waits.iter().all(|it| it.end == End::Cut));
    let both = visit(&outcome, "P")[0];
    let attempts = both.attempts.iter().map(|attempt| {
        let erred = attempt.failure.as_ref().unwrap();
        (
            attempt.start_ms,
            attempt.end_ms,
            &*erred.error,
            &*erred.cause,
            attempt.lanes.len(),
        )
    });
    assert_eq!(
        attempts.collect::<Vec<_>>(),
        [
            (0, 1_000, "Busy", "because", 2),
            (11_000, 15_000, "Hard", "because", 2)
        ]
    );
    assert!(both.is_caught());
    let profile = outcome.way.profile();
    let (_, used) = profile.states().find(|(name, _)| *name == "W").unwrap();
    assert_eq!((used.entered, used.ms), (2, 5_000));
}

#[test]
fn a_call_that_nobody_answers_stops_nothing_where_it_was_never_made() {
    let late = json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "Next": "Ask"}, "Ask": task(&json!({"End": true}))}});
    let fails = branch("A", &task(&json!({"End": true})));
    let mut mocks = Mocks::default();
    mocks.push("A", throws("Hard", 1_000));
    for branches in [[late.clone(), fails.clone()], [fails, late.clone()]] {
        let outcome = run(&parallel(&branches, &json!({})), json!({}), &mut mocks);
        assert_eq!(
            (outcome.status, outcome.error.as_deref(), outcome.virtual_ms),
            (Status::Failed, Some("Hard"), 1_000)
        );
    }
    let slow = branch("A", &wait(9));
    let outcome = run(&parallel(&[slow, late], &json!({})), json!({}), &mut mocks);
    assert_eq!(
        (outcome.status, outcome.virtual_ms),
        (Status::Stopped, 5_000)
    );
    assert_eq!(outcome.ended_in.as_deref(), Some("Ask"));
    // Nothing is told of what is later than that.
    assert!(outcome.events.iter().all(|event| event.at_ms <= 5_000));
    assert_eq!(times(visit(&outcome, "A")[0]), (0, 5_000));
}

fn rounds(name: &str, seconds: u64) -> Value {
    let again = format!("{name}2");
    json!({"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": seconds, "Next": again}, again: {"Type": "Pass", "Next": name}}})
}

#[test]
fn branches_fill_a_history_together() {
    let definition = parallel(&[rounds("A", 1), rounds("B", 3)], &json!({}));
    let mut options = Options::new(json!({}));
    options.limits = Limits {
        events: 100,
        ..Limits::default()
    };
    let outcome = run_with(&definition, &options, &mut Mocks::default());
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.events.len(), 100, "with the last one, that says so");
    let last = outcome.virtual_ms;
    assert!(outcome.events.iter().all(|event| event.at_ms <= last));
    // 4 events a round: 98 of both branches but the three of the Parallel.
    let entered = |state| outcome.entered().filter(|it| *it == state).count() as u64;
    assert_eq!(
        (entered("A"), entered("B")),
        (last / 1_000 + 1, last.div_ceil(3_000)),
        "the last one of B is entered at the same time as that of A, and does not fit"
    );
    assert_eq!(outcome.transitions, outcome.entered().count() as u64);
    assert!(matches!(
        outcome.ended_in.as_deref(),
        Some("A" | "A2" | "B" | "B2")
    ));
    // One alone: the state that was to be entered.
    let outcome = run_with(&rounds("A", 1), &options, &mut Mocks::default());
    let last = outcome.events.iter().rev().nth(1).unwrap();
    assert_eq!(
        (last.kind, outcome.ended_in.as_deref()),
        ("WaitStateExited", Some("A2"))
    );
}

#[test]
fn a_map_that_was_cut_says_how_many_items_it_had() {
    let definition = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 2, "End": true,
        "ItemProcessor": branch("A", &task(&json!({"End": true})))}}});
    let mut mocks = Mocks::default();
    mocks.push("A", returns(json!({}), 5_000));
    mocks.push("A", throws("Hard", 1_000));
    let outcome = run(&definition, json!([1, 2, 3, 4, 5]), &mut mocks);
    let attempt = &visit(&outcome, "M")[0].attempts[0];
    let ends: Vec<&End> = attempt.lanes.iter().map(|lane| &lane.end).collect();
    assert_eq!((attempt.items, ends.len()), (Some(5), 2));
    assert_eq!(*ends[0], End::Cut);
    assert_eq!(ends[1].error().map(|erred| &*erred.error), Some("Hard"));
}

fn distributed(kind: &str, more: &Value, retry: &Value) -> Value {
    let mut map = json!({"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}, "StartAt": "A",
        "States": {"A": task(&json!({"Next": "Z", "Retry": retry})), "Z": {"Type": "Pass", "End": true}}}});
    for (name, value) in more.as_object().unwrap() {
        map[name] = value.clone();
    }
    json!({"StartAt": "M", "States": {"M": map}})
}

#[test]
fn children_are_summed_up_by_state_with_their_first_failures() {
    let retry = json!([{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}]);
    let mut mocks = Mocks::default();
    mocks.push("A", throws("Busy", 250));
    mocks.push("A", returns(json!({}), 250));
    mocks.push("A", throws("Hard", 50));
    mocks.push("A", returns(json!({}), 50));
    let told = |kind: &str| {
        let definition = distributed(kind, &json!({"ToleratedFailureCount": 1}), &retry);
        let outcome = run(&definition, json!([1, 2, 3, 4]), &mut mocks.clone());
        let run = visit(&outcome, "M")[0].attempts[0]
            .children
            .clone()
            .unwrap();
        (outcome.transitions, run)
    };
    let (transitions, run) = told("STANDARD");
    assert_eq!((run.started, run.succeeded, run.failed), (4, 3, 1));
    let used: Vec<(&str, u64, u64)> = run
        .profile
        .states()
        .map(|(name, used)| (name, used.entered, used.retries))
        .collect();
    assert_eq!(used, [("A", 4, 1), ("Z", 3, 0)]);
    let first = &run.failures[0];
    assert_eq!(
        (
            first.child,
            first.state.as_deref(),
            &*first.erred.error,
            &*first.erred.cause
        ),
        (1, Some("A"), "Hard", "because")
    );
    // The Map, four starts, seven states and a retry.
    assert_eq!(transitions, 1 + 4 + 7 + 1);
    let (transitions, run) = told("EXPRESS");
    assert_eq!(transitions, 1 + 4);
    // 1.5 s, and three times 50 ms, each rounded up.
    assert_eq!((run.billed_ms, run.input_bytes), (1_500 + 3 * 100, 4));
}

#[test]
fn a_map_run_fails_when_too_many_have_failed_by_then() {
    let mut mocks = Mocks::default();
    for after in [10_000, 5_000, 3_000] {
        mocks.push("A", throws("Hard", after));
    }
    mocks.push("A", returns(json!({}), 60_000));
    let definition = distributed("STANDARD", &json!({"ToleratedFailureCount": 2}), &json!([]));
    let outcome = run(&definition, json!([1, 2, 3, 4, 5]), &mut mocks);
    assert_eq!(
        (outcome.status, outcome.virtual_ms),
        (Status::Failed, 10_000)
    );
    let run = visit(&outcome, "M")[0].attempts[0]
        .children
        .clone()
        .unwrap();
    assert_eq!((run.failed, run.cut), (3, 2));
    let order: Vec<u64> = run.failures.iter().map(|it| it.child).collect();
    assert_eq!(order, [2, 1, 0], "in the order of time");
    let (_, used) = run.profile.states().next().unwrap();
    assert_eq!(used.ms, (10_000 + 5_000 + 3_000) + 2 * 10_000);
    // None of them came to its second state.
    assert_eq!(outcome.transitions, 1 + 5 + 5);
}

#[test]
fn children_end_with_their_own_time_and_their_own_history() {
    let mut slow = distributed("EXPRESS", &json!({"ToleratedFailureCount": 5}), &json!([]));
    slow["TimeoutSeconds"] = json!(1_000);
    let mut mocks = Mocks::default();
    mocks.push("A", returns(json!({}), 400_000));
    let outcome = run(&slow, json!([1]), &mut mocks);
    let run_of = |outcome: &Outcome| visit(outcome, "M")[0].attempts[0].children.clone().unwrap();
    let run_1 = run_of(&outcome);
    assert_eq!((outcome.virtual_ms, run_1.failed), (300_000, 1));
    assert_eq!(&*run_1.failures[0].erred.error, "States.Timeout");
    slow["TimeoutSeconds"] = json!(100);
    let outcome = run(&slow, json!([1]), &mut mocks);
    assert_eq!(
        (outcome.status, outcome.virtual_ms, run_of(&outcome).cut),
        (Status::TimedOut, 100_000, 1)
    );
    let endless = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ToleratedFailureCount": 5, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}}}}});
    let outcome = run(&endless, json!([1, 2]), &mut Mocks::default());
    assert_eq!(
        (outcome.status, run_of(&outcome).failed),
        (Status::Succeeded, 2)
    );
}

#[test]
fn a_missed_heartbeat_is_a_timeout_that_handlers_may_name() {
    let missed = |by: &str, more: &Value| {
        let mut state = task(
            &json!({"HeartbeatSeconds": 5, "End": true, "Catch": [{"ErrorEquals": [by], "Next": "Sorry"}]}),
        );
        for (name, value) in more.as_object().unwrap() {
            state[name] = value.clone();
        }
        let definition =
            json!({"StartAt": "A", "States": {"A": state, "Sorry": {"Type": "Pass", "End": true}}});
        let mut mocks = Mocks::default();
        mocks.push("A", Answer::Never);
        let outcome = run(&definition, json!({}), &mut mocks);
        let error = visit(&outcome, "A")[0].attempts[0].failure.clone().unwrap();
        assert_eq!(&*error.error, "States.Timeout");
        outcome.entered().any(|state| state == "Sorry")
    };
    let both = json!({"TimeoutSeconds": 60});
    assert!(missed("States.HeartbeatTimeout", &both));
    assert!(missed("States.HeartbeatTimeout", &json!({})));
    assert!(missed("States.Timeout", &both));
    assert!(!missed(
        "States.HeartbeatTimeout",
        &json!({"TimeoutSeconds": 3, "HeartbeatSeconds": 5})
    ));
}

#[test]
fn a_missed_heartbeat_is_the_same_fault_as_in_a_simulation() {
    let machine = |more: &Value| {
        let mut state = task(
            &json!({"End": true, "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Sorry"}]}),
        );
        for (name, value) in more.as_object().unwrap() {
            state[name] = value.clone();
        }
        let text =
            json!({"StartAt": "A", "States": {"A": state, "Sorry": {"Type": "Pass", "End": true}}});
        Definition::parse(text.to_string().as_bytes(), Format::Json)
    };
    let of = |definition: &Definition| {
        let points = fault_points(definition, &Trial::default(), &ExploreOptions::default());
        let told = points.into_iter().map(|point| {
            let end = point.error.unwrap_or_else(|| point.afterwards.join(", "));
            (point.fault.error().to_owned(), end)
        });
        told.collect::<Vec<_>>()
    };
    let told = |error: &str, end: &str| (error.to_owned(), end.to_owned());
    assert_eq!(
        of(&machine(
            &json!({"HeartbeatSeconds": 5, "TimeoutSeconds": 60})
        )),
        [
            told("States.HeartbeatTimeout", "Sorry"),
            told("States.Timeout", "States.Timeout"),
            told("UnknownError", "UnknownError")
        ]
    );
    // What sends no heartbeats misses none.
    assert_eq!(
        of(&machine(&json!({}))),
        [told("UnknownError", "UnknownError")]
    );
    let found = explore(
        &machine(&json!({"HeartbeatSeconds": 5})),
        &ExploreOptions::default(),
    );
    assert_eq!(
        found.coverage.catchers[0].why, None,
        "the catcher is reached"
    );
}

#[test]
fn an_exploration_ends_by_what_its_expressions_take_and_says_what_is_left() {
    let slow = "{% $sum($map([1..5000], function($x) { $x * 2 })) > 0 ? $states.input : {} %}";
    let choice = json!({"Type": "Choice", "Default": "S", "Choices": [
        {"Condition": "{% $states.input.a = 1 %}", "Next": "S"}, {"Condition": "{% $states.input.a = 2 %}", "Next": "T"}]});
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "W", "States": {
        "W": {"Type": "Pass", "Output": slow, "Next": "C"}, "C": choice, "S": {"Type": "Succeed"},
        "T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {}, "End": true}}});
    let definition = Definition::parse(definition.to_string().as_bytes(), Format::Json);
    let options = ExploreOptions {
        all_work: 50_000,
        ..ExploreOptions::default()
    };
    let found = explore(&definition, &options);
    assert!(found.runs < 10, "{}", found.runs);
    let why = "the expressions took the most steps of evaluation";
    assert_eq!(found.stopped, Some(why));
    let outcomes = &found.coverage.outcomes;
    let not_tried = format!("not tried: {why}");
    assert!(
        outcomes
            .iter()
            .any(|it| it.why.as_deref() == Some(&not_tried)),
        "{outcomes:?}"
    );
    let base = Trial {
        input: json!({"a": 2}),
        ..Trial::default()
    };
    let options = ExploreOptions {
        all_work: 1,
        ..options
    };
    let faults = fault_runs(&definition, [&base], &options);
    assert_eq!(faults.stopped, Some(why));
    let all = fault_runs(&definition, [&base, &base], &ExploreOptions::default());
    assert_eq!((all.stopped, all.points.len()), (None, 1));
}

#[test]
fn expressions_that_take_long_stop_an_execution_by_count() {
    let slow = "{% $sum($map([1..5000], function($x) { $x * 2 })) %}";
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"n": slow}, "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}});
    let mut options = Options::new(json!({}));
    options.limits.work = 100_000;
    let outcome = run_with(&definition, &options, &mut Mocks::default());
    assert_eq!(outcome.status, Status::Stopped);
    assert_eq!(
        outcome.cause.as_deref(),
        Some("its expressions took 100000 steps of evaluation")
    );
    let visits = outcome.way.walk().count();
    assert!((4..20).contains(&visits), "{visits}");
}
