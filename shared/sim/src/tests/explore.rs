use std::path::Path;

use asl::{Definition, Format};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    Answer, Covered, Exploration, ExploreOptions, Options, ReachedBy, Status, explore, simulate,
};

fn read(definition: &Value) -> Definition {
    Definition::parse(definition.to_string().as_bytes(), Format::Json)
}

fn explored(definition: &Value) -> Exploration {
    explore(&read(definition), &ExploreOptions::default())
}

fn unreached(parts: &[Covered]) -> Vec<(&str, &str)> {
    let parts = parts.iter().filter(|part| part.path.is_none());
    parts
        .map(|part| (part.pointer.as_str(), part.why.as_deref().unwrap()))
        .collect()
}

/// Every path is taken again with what it says.
fn holds(definition: &Definition, exploration: &Exploration) {
    taken_again(definition, exploration, ExploreOptions::default().steps);
}

fn taken_again(definition: &Definition, exploration: &Exploration, steps: u64) {
    for path in &exploration.paths {
        let options = Options {
            limits: crate::Limits {
                steps,
                ..crate::Limits::default()
            },
            ..Options::new(path.trial.input.clone())
        };
        let outcome = simulate(definition, &options, &mut path.trial.mocks());
        assert_eq!(outcome.entered().collect::<Vec<_>>(), path.entered);
        assert_eq!(
            (outcome.status, outcome.error, outcome.transitions),
            (path.status, path.error.clone(), path.transitions)
        );
    }
}

fn shared() -> Option<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/definitions");
    folder.is_dir().then_some(folder)
}

#[test]
fn a_choice_has_as_many_paths_as_outcomes() {
    let definition = json!({"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Default": "D", "Choices": [
            {"Variable": "$.kind", "StringMatches": "a*", "Next": "A"},
            {"And": [
                {"Variable": "$.many", "NumericGreaterThan": 5},
                {"Variable": "$.many", "NumericLessThan": 6.5},
                {"Not": {"Variable": "$.kind", "StringEquals": "b"}}], "Next": "B"}]},
        "A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}, "D": {"Type": "Succeed"}}});
    let found = explored(&definition);
    assert_eq!((found.paths.len(), found.stopped), (3, None));
    assert_eq!(unreached(&found.coverage.outcomes), []);
    let to_b = found
        .paths
        .iter()
        .find(|path| path.entered == ["C", "B"])
        .unwrap();
    assert_eq!(to_b.trial.input["many"], 6);
    assert_eq!(to_b.reached_by, ReachedBy::Solved);
    holds(&read(&definition), &found);
}

#[test]
fn values_are_followed_back_to_results_and_input() {
    let definition = json!({"StartAt": "Read", "States": {
        "Read": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload.$": "$.order"},
            "ResultSelector": {"state.$": "$.Payload.body.state"}, "ResultPath": "$.read", "Next": "Shape"},
        "Shape": {"Type": "Pass", "Parameters": {"was.$": "$.read.state", "due.$": "$.order.due"}, "Next": "Count"},
        "Count": {"Type": "Pass", "Parameters": {"was.$": "$.was", "due.$": "$.due",
            "next.$": "States.MathAdd($$.Execution.Input.count, 3)"}, "Next": "C"},
        "C": {"Type": "Choice", "Default": "Other", "Choices": [
            {"And": [{"Variable": "$.was", "StringEquals": "DONE"},
                {"Variable": "$.due", "TimestampLessThan": "2026-05-01T00:00:00Z"}], "Next": "Done"},
            {"Variable": "$.next", "NumericEquals": 10, "Next": "Ten"}]},
        "Done": {"Type": "Succeed"}, "Ten": {"Type": "Succeed"}, "Other": {"Type": "Succeed"}}});
    let found = explored(&definition);
    assert_eq!(unreached(&found.coverage.states), []);
    let to = |name: &str| {
        found
            .paths
            .iter()
            .find(|path| path.entered.last().unwrap() == name)
            .unwrap()
    };
    let Answer::Return { output, .. } = &to("Done").trial.answers["Read"][0] else {
        panic!("the Task has to answer");
    };
    assert_eq!(output["Payload"]["body"]["state"], "DONE");
    assert_eq!(to("Ten").trial.input["count"], 7);
    holds(&read(&definition), &found);
}

#[test]
fn jsonata_conditions_are_solved() {
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "Get", "States": {
        "Get": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getJobRun", "Arguments": {},
            "Assign": {"run": "{% $states.result.JobRun %}"},
            "Output": "{% $merge([$states.input, {'state': $states.result.JobRun.JobRunState}]) %}", "Next": "C"},
        "C": {"Type": "Choice", "Default": "D", "Choices": [
            {"Condition": "{% $states.input.state in ['FAILED', 'STOPPED'] and $not($exists($states.input.force)) %}", "Next": "A"},
            {"Condition": "{% $run.Attempt >= 2.5 or $states.input.a.b[0] = 'y' %}", "Next": "B"},
            {"Condition": "{% $length($states.input.name) > 12 %}", "Next": "Long"}]},
        "A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}, "Long": {"Type": "Succeed"}, "D": {"Type": "Succeed"}}});
    let found = explored(&definition);
    assert_eq!(unreached(&found.coverage.outcomes), []);
    holds(&read(&definition), &found);
}

#[test]
fn what_cannot_be_reached_is_told_with_the_reason() {
    let definition = json!({"StartAt": "Set", "States": {
        "Set": {"Type": "Pass", "Result": {"kind": "a"}, "Next": "C"},
        "C": {"Type": "Choice", "Default": "D", "Choices": [
            {"Variable": "$.kind", "StringEquals": "a", "Next": "A"},
            {"Variable": "$.kind", "StringEquals": "b", "Next": "B"}]},
        "A": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "D", "Catch": [
            {"ErrorEquals": ["States.ALL"], "Next": "D"}]},
        "B": {"Type": "Pass", "Next": "D"}, "D": {"Type": "Succeed"}, "Alone": {"Type": "Succeed"}}});
    let found = explored(&definition);
    assert_eq!(found.stopped, None);
    let fixed = "on all ways that were tried it is decided by what the definition says, such as a counter, and not by the input or by a result";
    assert_eq!(
        unreached(&found.coverage.outcomes),
        [("/States/C/Choices/1", fixed), ("/States/C", fixed)]
    );
    assert_eq!(
        unreached(&found.coverage.states),
        [
            ("/States/B", fixed),
            ("/States/Alone", "no transition leads to it")
        ]
    );
    // Set, C, A, D: with and without the error that is caught.
    assert_eq!(found.paths.len(), 2);
    assert_eq!(found.paths[1].reached_by, ReachedBy::Forced);
}

#[test]
fn handlers_are_reached_by_what_they_name() {
    let task = json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 9, "End": true,
        "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}, {"ErrorEquals": ["Never"], "MaxAttempts": 0},
            {"ErrorEquals": ["Busy"], "MaxAttempts": 1}]});
    let definition = json!({"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": task}}], "End": true,
            "Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}, {"ErrorEquals": ["States.ALL"], "Next": "Bad"}]},
        "Late": {"Type": "Succeed"}, "Bad": {"Type": "Fail", "Error": "Bad"}}});
    let found = explored(&definition);
    assert_eq!(unreached(&found.coverage.catchers), []);
    assert_eq!(
        unreached(&found.coverage.retriers),
        [(
            "/States/P/Branches/0/States/A/Retry/2",
            "the retriers before it take every error that it names"
        )]
    );
    // Busy until both retriers give up: 3 attempts, twice.
    let busy = |answer: &Answer| matches!(answer, Answer::Throw { error: Some(error), .. } if error == "Busy");
    let most = found
        .paths
        .iter()
        .map(|path| path.trial.answers["A"].iter().filter(|it| busy(it)).count());
    assert_eq!(most.max(), Some(6));
    holds(&read(&definition), &found);
}

#[test]
fn loops_and_maps_are_taken_a_few_times() {
    let definition = json!({"StartAt": "Look", "States": {
        "Look": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getJobRun", "Parameters": {}, "ResultPath": "$.look", "Next": "C"},
        "C": {"Type": "Choice", "Default": "Wait", "Choices": [
            {"Variable": "$.look.JobRun.JobRunState", "StringEquals": "SUCCEEDED", "Next": "Each"}]},
        "Wait": {"Type": "Wait", "SecondsPath": "$.pause", "Next": "Look"},
        "Each": {"Type": "Map", "ItemsPath": "$.look.items", "End": true, "ItemProcessor": {"StartAt": "In", "States": {
            "In": {"Type": "Pass", "InputPath": "$.key", "End": true}}}}}});
    let found = explored(&definition);
    assert_eq!(unreached(&found.coverage.states), []);
    let mut shapes: Vec<(usize, usize)> = found
        .paths
        .iter()
        .filter(|path| path.status == Status::Succeeded && path.reached_by != ReachedBy::Forced)
        .map(|path| {
            let count = |name: &str| path.entered.iter().filter(|it| *it == name).count();
            (count("Wait"), count("In"))
        })
        .collect();
    shapes.sort_unstable();
    shapes.dedup();
    for turns in 0..=2 {
        for items in 0..=2 {
            assert!(
                shapes.contains(&(turns, items)),
                "{turns} turns, {items} items: {shapes:?}"
            );
        }
    }
    holds(&read(&definition), &found);
}

#[test]
fn bounds_are_met_and_told() {
    let endless = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}});
    let found = explored(&endless);
    assert_eq!(
        (found.paths.len(), found.paths[0].status),
        (1, Status::Stopped)
    );
    let rules: Vec<Value> = (0..40)
        .map(|at| json!({"Variable": "$.n", "NumericEquals": at, "Next": "D"}))
        .collect();
    let wide = json!({"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Choices": rules, "Default": "D"}, "D": {"Type": "Succeed"}}});
    let options = ExploreOptions {
        paths: 10,
        ..ExploreOptions::default()
    };
    let found = explore(&read(&wide), &options);
    assert_eq!(
        (found.paths.len(), found.stopped),
        (10, Some("the most paths were found"))
    );
    assert_eq!(unreached(&found.coverage.outcomes).len(), 31);
    assert_eq!(explored(&wide).paths.len(), 41);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_path_can_be_taken_again(kinds in prop::collection::vec((0_u8..7, 0_usize..9, 0_usize..9, 0_u8..4), 1..8)) {
        let many = kinds.len();
        let name = |at: usize| format!("S{}", at % many);
        let states: serde_json::Map<String, Value> = kinds.iter().enumerate().map(|(at, (kind, to, other, field))| {
            let path = format!("$.f{field}");
            let state = match kind {
                0 => json!({"Type": "Choice", "Default": name(*to), "Choices": [
                    {"Variable": path, "NumericGreaterThan": to, "Next": name(*other)}]}),
                1 => json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "ResultPath": path, "Next": name(*to),
                    "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": name(*other)}]}),
                2 => json!({"Type": "Pass", "Parameters": {"f0.$": path, "f1": to}, "Next": name(*to)}),
                3 => json!({"Type": "Map", "ItemsPath": path, "ResultPath": "$.f1", "Next": name(*to), "ItemProcessor": {"StartAt": format!("M{at}"),
                    "States": {format!("M{at}"): {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}}}),
                4 => json!({"Type": "Wait", "SecondsPath": path, "End": true}),
                _ => json!({"Type": "Pass", "End": true}),
            };
            (name(at), state)
        }).collect();
        let definition = read(&json!({"StartAt": "S0", "States": states}));
        let options = ExploreOptions { paths: 30, runs: 300, steps: 200, all_steps: 20_000, ..ExploreOptions::default() };
        let found = explore(&definition, &options);
        taken_again(&definition, &found, 200);
        for part in &found.coverage.states {
            if let Some(path) = part.path {
                prop_assert!(found.paths[path].entered.contains(&part.state));
            } else {
                prop_assert!(part.why.is_some());
            }
        }
        let again = explore(&definition, &options);
        prop_assert_eq!(format!("{:?}", found.paths), format!("{:?}", again.paths));
    }
}

#[test]
fn thousands_of_states_are_explored_within_the_bounds() {
    let states: serde_json::Map<String, Value> = (0..3_000)
        .map(|at| {
            let next = format!("S{}", at + 1);
            let state = if at == 2_999 {
                json!({"Type": "Succeed"})
            } else if at % 3 == 0 {
                json!({"Type": "Choice", "Default": next, "Choices": [
                    {"Variable": format!("$.f{at}"), "IsPresent": true, "Next": "S2999"}]})
            } else {
                json!({"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "ResultPath": null, "Next": next,
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S2999"}]})
            };
            (format!("S{at}"), state)
        })
        .collect();
    let definition = read(&json!({"StartAt": "S0", "States": states}));
    let options = ExploreOptions {
        paths: 30,
        ..ExploreOptions::default()
    };
    let found = explore(&definition, &options);
    assert_eq!(unreached(&found.coverage.states), []);
    assert_eq!(found.stopped, Some("the most paths were found"));
}

#[test]
fn real_definitions_are_explored() {
    let Some(folder) = shared() else {
        println!("skipped: there is no corpus");
        return;
    };
    let options = ExploreOptions {
        paths: 40,
        runs: 120,
        steps: 200,
        all_steps: 6_000,
        ..ExploreOptions::default()
    };
    let (mut reached, mut all) = ([0; 4], [0; 4]);
    let (mut paths, mut stopped) = (0, 0);
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    // A part of them, for the sake of time.
    for file in files.into_iter().step_by(4) {
        let bytes = std::fs::read(file).unwrap();
        let definition = Definition::parse(&bytes, Format::Json);
        let found = explore(&definition, &options);
        assert!(found.paths.len() <= options.paths && found.runs <= options.runs);
        paths += found.paths.len();
        stopped += usize::from(found.stopped.is_some());
        let coverage = &found.coverage;
        let kinds = [
            &coverage.states,
            &coverage.outcomes,
            &coverage.retriers,
            &coverage.catchers,
        ];
        for (at, parts) in kinds.into_iter().enumerate() {
            all[at] += parts.len();
            reached[at] += parts.iter().filter(|part| part.path.is_some()).count();
            assert!(
                parts
                    .iter()
                    .all(|part| part.path.is_some() != part.why.is_some())
            );
        }
    }
    println!(
        "{paths} paths, {stopped} definitions stopped by a bound; reached of states, outcomes, retriers, catchers: \
        {reached:?} of {all:?}"
    );
    // With the bounds above; a search that finds less has lost something.
    assert!(reached[0] * 100 >= all[0] * 75 && reached[1] * 100 >= all[1] * 65);
}

/// What waits for an instant waits as long as the run that a path is taken again with.
#[test]
fn executions_start_when_it_is_said() {
    let waits = json!({"StartAt": "W", "TimeoutSeconds": 60, "States": {"W": {"Type": "Wait", "Timestamp": "2026-01-01T00:00:30Z", "End": true}}});
    let ends = |start: &str| {
        let options = ExploreOptions {
            start: start.parse().unwrap(),
            ..ExploreOptions::default()
        };
        let found = explore(&read(&waits), &options);
        let ends: Vec<Status> = found.paths.iter().map(|path| path.status).collect();
        ends
    };
    assert_eq!(ends("2026-01-01T00:00:00Z"), [Status::Succeeded]);
    assert_eq!(ends("1970-01-01T00:00:00Z"), [Status::TimedOut]);
}
