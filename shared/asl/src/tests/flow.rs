//! The control flow.

use proptest::prelude::*;

use super::{json, states, told};
use crate::{Definition, EdgeKind, Graph, TransitionBounds, nearest};

fn graph(definition: &Definition) -> &Graph {
    definition.machine.scope.graph()
}

/// The names of the states for which a list is true.
fn which<'a>(definition: &'a Definition, list: &[bool]) -> Vec<&'a str> {
    let states = &definition.machine.scope.states;
    assert_eq!(states.len(), list.len());
    let named = states.iter().zip(list).filter(|(_, is)| **is);
    named.map(|(state, _)| state.name.value.as_str()).collect()
}

const LOOP: &str = r#"
    "Get": {"Type": "Task", "Resource": "${x}", "Next": "Done?", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]},
    "Done?": {"Type": "Choice", "Default": "Wait", "Choices": [
        {"Variable": "$.s", "StringEquals": "ok", "Next": "Tell"}, {"Variable": "$.s", "StringEquals": "bad", "Next": "Failed"}]},
    "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Get"},
    "Tell": {"Type": "Pass", "Next": "End"},
    "End": {"Type": "Succeed"},
    "Failed": {"Type": "Fail"}"#;

#[test]
fn edges_in_the_order_of_the_text() {
    let definition = states(LOOP);
    assert_eq!(told(&definition), Vec::<String>::new());
    let graph = graph(&definition);
    let names: Vec<&str> = definition
        .machine
        .scope
        .states
        .iter()
        .map(|s| s.name.value.as_str())
        .collect();
    let edges: Vec<(&str, &str, EdgeKind)> = graph
        .edges
        .iter()
        .map(|edge| (names[edge.from], names[edge.to], edge.kind))
        .collect();
    assert_eq!(
        edges,
        [
            ("Get", "Done?", EdgeKind::Next),
            ("Get", "Failed", EdgeKind::Catch(0)),
            ("Done?", "Wait", EdgeKind::Default),
            ("Done?", "Tell", EdgeKind::Rule(0)),
            ("Done?", "Failed", EdgeKind::Rule(1)),
            ("Wait", "Get", EdgeKind::Next),
            ("Tell", "End", EdgeKind::Next),
        ]
    );
    assert_eq!(graph.start, Some(0));
    assert_eq!(Graph::into(graph, 5).count(), 2);
    assert_eq!(graph.out_of(1).count(), 3);
    let scope = &definition.machine.scope;
    for edge in &graph.edges {
        let written = edge.target.of(&definition.text);
        assert_eq!(
            written,
            format!("\"{}\"", scope.states[edge.to].name.value),
            "an edit replaces quotes and all"
        );
    }
}

#[test]
fn what_every_path_passes_and_what_comes_back() {
    let definition = states(LOOP);
    let graph = graph(&definition);
    let scope = &definition.machine.scope;
    assert_eq!(which(&definition, &graph.unavoidable(scope)), ["Get"]);
    assert_eq!(
        which(&definition, &graph.in_cycle()),
        ["Get", "Done?", "Wait"]
    );
    assert!(graph.reachable.iter().all(|reachable| *reachable));
    assert!(graph.usual().iter().all(|usual| *usual));
    let line = states(
        r#""A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Succeed"}"#,
    );
    let unavoidable = line.machine.scope.graph().unavoidable(&line.machine.scope);
    assert_eq!(which(&line, &unavoidable), ["A", "B", "C"]);
    let circle = states(r#""A": {"Type": "Pass", "Next": "A"}"#);
    let around = circle.machine.scope.graph();
    assert_eq!(around.unavoidable(&circle.machine.scope), [false]);
    assert_eq!(around.in_cycle(), [true]);
    assert_eq!(around.loops(|_| true), [[0]]);
    assert!(around.loops(|_| false).is_empty());
    let caught = states(
        r#""A": {"Type": "Task", "Resource": "${x}", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
           "B": {"Type": "Pass", "End": true}"#,
    );
    let caught = caught.machine.scope.graph();
    assert_eq!(caught.usual(), [true, false]);
    assert_eq!(caught.reachable, [true, true]);
}

fn bounds(definition: &Definition) -> (u64, Option<u64>) {
    let TransitionBounds { fewest, most } =
        graph(definition).transition_bounds(&definition.machine.scope);
    (fewest, most)
}

#[test]
fn how_many_transitions() {
    const PROCESSOR: &str = r#""StartAt": "P", "States": {"P": {"Type": "Pass", "Next": "Q"}, "Q": {"Type": "Pass", "End": true}}"#;
    let map = |mode: &str, fields: &str| {
        format!(
            r#""M": {{"Type": "Map", "QueryLanguage": "JSONata", {fields} "End": true, "ItemProcessor": {{"ProcessorConfig": {{"Mode": "{mode}"}}, {PROCESSOR}}}}}"#
        )
    };
    let cases = [
        (r#""A": {"Type": "Succeed"}"#.to_owned(), (1, Some(1))),
        (r#""A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": true}"#.to_owned(), (2, Some(2))),
        (LOOP.to_owned(), (3, None)),
        // What is caught does not count, so the failure branch is on no way.
        (
            r#""A": {"Type": "Task", "Resource": "${x}", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
               "B": {"Type": "Pass", "Next": "B"}"#.to_owned(),
            (1, Some(1)),
        ),
        (
            r#""A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "D"}], "Default": "B"},
               "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "Next": "D"}, "D": {"Type": "Succeed"}"#.to_owned(),
            (2, Some(4)),
        ),
        (
            format!(r#""A": {{"Type": "Parallel", "End": true, "Branches": [{{{PROCESSOR}}}, {{"StartAt": "X", "States": {{"X": {{"Type": "Succeed"}}}}}}]}}"#),
            (4, Some(4)),
        ),
        (map("INLINE", ""), (1, None)),
        (map("INLINE", r#""Items": [1, 2, 3],"#), (7, Some(7))),
        (map("INLINE", r#""Items": "{% $x %}","#), (1, None)),
        (map("DISTRIBUTED", r#""Items": [1, 2, 3],"#), (4, Some(4))),
        (map("DISTRIBUTED", r#""Items": [1, 2, 3], "ItemBatcher": {"MaxItemsPerBatch": 2},"#), (1, None)),
        (map("DISTRIBUTED", ""), (1, None)),
        (r#""A": {"Type": "Pass", "Next": "A"}"#.to_owned(), (0, None)),
    ];
    for (text, expected) in cases {
        assert_eq!(bounds(&states(&text)), expected, "{text}");
    }
}

/// States as they stand in `States`, what is told, and the help of the first.
#[test]
fn transitions_that_lead_nowhere() {
    let cases: &[(&str, &[&str], &str)] = &[
        (
            r#""Cooldown": {"Type": "Wait", "Seconds": 1, "Next": "Retry"}, "RetryPayment": {"Type": "Succeed"}"#,
            &["error transition-target-missing `\"Retry\"` /States/Cooldown/Next"],
            "did you mean `RetryPayment`?",
        ),
        (
            r#""A": {"Type": "Pass", "Next": "Sotre"}, "Store": {"Type": "Succeed"}, "Stop": {"Type": "Succeed"}"#,
            &[
                "error transition-target-missing `\"Sotre\"` /States/A/Next",
                "error state-unreachable `\"Stop\"` /States/Stop",
            ],
            "did you mean `Store`?",
        ),
        (
            r#""A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "X"}], "Default": "Y"}, "B": {"Type": "Succeed"}"#,
            &[
                "error transition-target-missing `\"X\"` /States/A/Choices/0/Next",
                "error transition-target-missing `\"Y\"` /States/A/Default",
                "error state-unreachable `\"B\"` /States/B",
            ],
            "did you mean `B`?",
        ),
        (
            r#""A": {"Type": "Task", "Resource": "r", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}], "End": true}"#,
            &["error transition-target-missing `\"Nowhere\"` /States/A/Catch/0/Next"],
            "name a state of this scope, or add one of this name",
        ),
        (
            r#""A": {"Type": "Parallel", "Next": "Z", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "Z"}, "C": {"Type": "Succeed"}}}]}, "Z": {"Type": "Succeed"}"#,
            &[
                "error transition-target-missing `\"Z\"` /States/A/Branches/0/States/B/Next",
                "error state-unreachable `\"C\"` /States/A/Branches/0/States/C",
            ],
            "`Z` is in another scope; a transition cannot leave its branch or processor, nor enter one",
        ),
    ];
    for (text, expected, help) in cases {
        let definition = states(text);
        let told: Vec<String> = told(&definition);
        if *help == "did you mean `B`?" {
            // Names of one letter are near to each other, so `X` is taken for `B`, which is then reached.
            assert_eq!(told, expected[..2], "{text}");
        } else {
            assert_eq!(told, *expected, "{text}");
        }
        assert_eq!(
            definition.problems[0].help.as_deref().unwrap_or_default(),
            *help,
            "{text}"
        );
        assert_eq!(
            definition.problems[0].aws_code,
            Some("MISSING_TRANSITION_TARGET")
        );
    }
}

#[test]
fn a_message_names_the_state_and_the_target() {
    let definition = states(
        r#""Cooldown": {"Type": "Wait", "Seconds": 1, "Next": "Retry"}, "RetryPayment": {"Type": "Succeed"}"#,
    );
    assert_eq!(
        definition.problems[0].message,
        "`Next` of state `Cooldown` names `Retry`, which does not exist in this scope"
    );
}

#[test]
fn what_is_told_of_a_scope() {
    let cases: &[(&str, &[&str])] = &[
        // States that nothing leads to: only the first of those that hang together.
        (
            r#""A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Succeed"}"#,
            &["error state-unreachable `\"B\"` /States/B"],
        ),
        (
            r#""A": {"Type": "Succeed"}, "C": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "C"}"#,
            &["error state-unreachable `\"B\"` /States/B"],
        ),
        (
            r#""A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "B"}"#,
            &["error state-unreachable `\"B\"` /States/B"],
        ),
        (
            r#""A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "Next": "B"}"#,
            &["error state-unreachable `\"B\"` /States/B"],
        ),
        // Ends.
        (
            r#""A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}, "C": {"Type": "Pass", "Next": "A"}"#,
            &["error no-terminal-state `{` /States"],
        ),
        (
            r#""A": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "B"}}}}"#,
            &["error no-terminal-state `{` /States/A/ItemProcessor/States"],
        ),
        (
            r#""A": {"Type": "Pass", "Next": "B", "End": true}, "B": {"Type": "Succeed"}"#,
            &["error next-and-end `\"A\"` /States/A"],
        ),
        (
            r#""A": {"Type": "Pass", "Next": "B", "End": false}, "B": {"Type": "Succeed"}"#,
            &[],
        ),
        (
            r#""A": {"Type": "Pass"}"#,
            &["error transition-missing `\"A\"` /States/A"],
        ),
        (
            r#""A": {"Type": "Wait", "Seconds": 1, "End": false}"#,
            &["error transition-missing `false` /States/A/End"],
        ),
        (
            r#""A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true}], "Default": "B"}, "B": {"Type": "Succeed"}"#,
            &["error transition-missing `{` /States/A/Choices/0"],
        ),
        (
            r#""A": {"Type": "Task", "Resource": "r", "Catch": [{"ErrorEquals": ["States.ALL"]}], "End": true}"#,
            &["error transition-missing `{` /States/A/Catch/0"],
        ),
        // Names.
        (
            r#""A": {"Type": "Map", "Next": "B", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}}, "B": {"Type": "Succeed"}"#,
            &["error duplicate-state-name `\"B\"` /States/B"],
        ),
        (
            r#""A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}, "B": {"Type": "Fail"}"#,
            &["error duplicate-key `\"B\"` /States/B"],
        ),
        // What is filled in at deployment may be right.
        (
            r#""A": {"Type": "Pass", "Next": "${next}"}, "B": {"Type": "Succeed"}"#,
            &[],
        ),
        (
            r#""A": {"Type": "Pass", "Next": "B"}, "${b}": {"Type": "Succeed"}"#,
            &[],
        ),
        (r#""A": {"Type": "Pass", "End": "${last}"}"#, &[]),
        (
            r#""A": {"Type": "Choice", "Choices": "${rules}", "Default": "B"}, "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"}"#,
            &["warning structure-placeholder `\"${rules}\"` /States/A/Choices"],
        ),
        (
            r#""A": {"Type": "Pass", "Next": "B"}, "B": "${b}", "C": {"Type": "Succeed"}"#,
            &["warning structure-placeholder `\"${b}\"` /States/B"],
        ),
        // One error is not told a second time in other words.
        (
            r#""A": {"Type": "Nothing", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}"#,
            &["error state-type-unknown `\"Nothing\"` /States/A/Type"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(told(&states(text)), *expected, "{text}");
    }
}

#[test]
fn where_a_scope_starts() {
    let cases: &[(&str, &[&str], &str)] = &[
        (
            r#"{"StartAt": "Strat", "States": {"Start": {"Type": "Pass", "Next": "End"}, "End": {"Type": "Succeed"}}}"#,
            &["error start-at-target-missing `\"Strat\"` /StartAt"],
            "did you mean `Start`?",
        ),
        (
            r#"{"StartAt": "Nowhere", "States": {"Start": {"Type": "Pass", "Next": "End"}, "End": {"Type": "Succeed"}}}"#,
            &["error start-at-target-missing `\"Nowhere\"` /StartAt"],
            "did you mean `Start`?",
        ),
        (
            r#"{"StartAt": "Nowhere", "States": {"A": {"Type": "Pass", "Next": "End"}, "B": {"Type": "Pass", "Next": "End"}, "End": {"Type": "Succeed"}}}"#,
            &[
                "error start-at-target-missing `\"Nowhere\"` /StartAt",
                "error state-unreachable `\"A\"` /States/A",
                "error state-unreachable `\"B\"` /States/B",
            ],
            "name a state of this scope",
        ),
        (
            r#"{"StartAt": "${first}", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}}"#,
            &[],
            "",
        ),
        (
            r#"{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "P", "States": {"A": {"Type": "Succeed"}}}]}}}"#,
            &[
                "error start-at-target-missing `\"P\"` /States/P/Branches/0/StartAt",
                "error state-unreachable `\"A\"` /States/P/Branches/0/States/A",
            ],
            "`P` is in another scope; a transition cannot leave its branch or processor, nor enter one",
        ),
    ];
    for (text, expected, help) in cases {
        let definition = json(text);
        assert_eq!(told(&definition), *expected, "{text}");
        let first = definition.problems.first();
        assert_eq!(
            first
                .and_then(|problem| problem.help.as_deref())
                .unwrap_or_default(),
            *help,
            "{text}"
        );
    }
}

#[test]
fn names_that_were_probably_meant() {
    let names = ["Charge", "ChargeCard", "Refund", "RetryPayment", "Done"];
    let cases = [
        ("charge", Some("Charge")),
        ("Chrage", Some("Charge")),
        ("Retry", Some("RetryPayment")),
        ("ChargeCrad", Some("ChargeCard")),
        ("Payment", Some("RetryPayment")),
        ("Don", Some("Done")),
        ("Nowhere", None),
        ("", None),
    ];
    for (wanted, expected) in cases {
        assert_eq!(nearest(wanted, names), expected, "{wanted}");
    }
    assert_eq!(nearest(&"x".repeat(100_000), names), None);
}

/// A random scope: for each state where it leads, and whether it is an end.
fn scopes() -> impl Strategy<Value = Vec<(Vec<usize>, bool)>> {
    (1_usize..7).prop_flat_map(|count| {
        prop::collection::vec(
            (
                prop::collection::vec(0..count, 0..3),
                prop::bool::weighted(0.3),
            ),
            count,
        )
    })
}

fn scope_of(shape: &[(Vec<usize>, bool)]) -> Definition {
    let state = |(index, (targets, end)): (usize, &(Vec<usize>, bool))| match end {
        true => format!(r#""s{index}": {{"Type": "Succeed"}}"#),
        false => {
            let rules: Vec<String> = targets
                .iter()
                .map(|to| format!(r#"{{"Next": "s{to}"}}"#))
                .collect();
            format!(
                r#""s{index}": {{"Type": "Choice", "Choices": [{}]}}"#,
                rules.join(",")
            )
        }
    };
    let all: Vec<String> = shape.iter().enumerate().map(state).collect();
    states(&all.join(","))
}

/// All ways from a state to an end that pass no state twice.
fn ways(
    shape: &[(Vec<usize>, bool)],
    from: usize,
    passed: &mut Vec<usize>,
    found: &mut Vec<Vec<usize>>,
) {
    if passed.contains(&from) {
        return;
    }
    passed.push(from);
    if shape[from].1 {
        found.push(passed.clone());
    } else {
        shape[from]
            .0
            .iter()
            .for_each(|to| ways(shape, *to, passed, found));
    }
    passed.pop();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn paths_are_what_walking_them_finds(shape in scopes()) {
        let definition = scope_of(&shape);
        let scope = &definition.machine.scope;
        let graph = scope.graph();
        let mut found = Vec::new();
        ways(&shape, 0, &mut Vec::new(), &mut found);
        let unavoidable = graph.unavoidable(scope);
        for (state, is) in unavoidable.iter().enumerate() {
            let always = !found.is_empty() && found.iter().all(|way| way.contains(&state));
            prop_assert_eq!(*is, always, "state {} of {:?}", state, shape);
        }
        let bounds = graph.transition_bounds(scope);
        let lengths = found.iter().map(|way| way.len() as u64);
        prop_assert_eq!(bounds.fewest, lengths.clone().min().unwrap_or_default());
        if let Some(most) = bounds.most {
            prop_assert_eq!(most, lengths.max().unwrap_or_default());
        }
        let cycle = graph.in_cycle();
        let on_a_way = |state: usize| found.iter().any(|way| way.contains(&state));
        let loops = (0..shape.len()).any(|state| cycle[state] && on_a_way(state) && !shape[state].1);
        prop_assert_eq!(bounds.most.is_none(), found.is_empty() || loops, "{:?}", shape);
    }

    #[test]
    fn a_state_is_in_a_cycle_if_it_reaches_itself(shape in scopes()) {
        let definition = scope_of(&shape);
        let cycle = definition.machine.scope.graph().in_cycle();
        for (state, is) in cycle.into_iter().enumerate() {
            let mut seen = vec![false; shape.len()];
            let mut open = if shape[state].1 { Vec::new() } else { shape[state].0.clone() };
            while let Some(next) = open.pop() {
                if !std::mem::replace(&mut seen[next], true) && !shape[next].1 {
                    open.extend(&shape[next].0);
                }
            }
            prop_assert_eq!(is, seen[state], "state {} of {:?}", state, shape);
        }
    }
}

#[test]
fn what_is_filled_in_hides_nothing_of_the_rest() {
    let cases: &[(&str, &[&str])] = &[
        // The names of the states are known.
        (
            r#""A": {"Type": "Pass", "Next": "C"}, "B": "${b}""#,
            &[
                "error transition-target-missing `\"C\"` /States/A/Next",
                "warning structure-placeholder `\"${b}\"` /States/B",
            ],
        ),
        (
            r#""A": {"${base}": "", "Next": "C"}, "B": {"Type": "Succeed"}"#,
            &["error transition-target-missing `\"C\"` /States/A/Next"],
        ),
        (
            r#""A": {"Type": "Task", "${base}": "", "Nxt": "B"}, "B": {"Type": "Succeed"}"#,
            &[],
        ),
        (
            r#""A": {"Type": "Task", "Resource": "r", "Retry": [{"${retry}": ""}], "Catch": [{"${catch}": ""}], "Next": "B"}, "B": {"Type": "Choice", "Choices": [{"${rule}": "", "Next": "C"}, {"StringEquals": "a", "${more}": ""}], "Default": "D"}, "D": {"Type": "Succeed"}"#,
            &["error transition-target-missing `\"C\"` /States/B/Choices/0/Next"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(told(&states(text)), *expected, "{text}");
    }
}
