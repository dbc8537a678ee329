//! Dominators, loops and regions, against what their words mean.
#![allow(clippy::disallowed_methods, reason = "what is deep has to be quick")]
#![allow(
    clippy::needless_range_loop,
    reason = "the numbers of states are what is asked about"
)]

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{json, series, states};
use crate::{Definition, Region};

/// A scope whose states lead where the lists say; those in `ends` can also end it.
fn scope(successors: &[Vec<usize>], ends: &[bool]) -> Definition {
    let state = |index: usize| {
        let to = &successors[index];
        let catch: Vec<String> = to
            .iter()
            .map(|to| format!(r#"{{"ErrorEquals": ["E"], "Next": "{to}"}}"#))
            .collect();
        let rest = if ends[index] {
            format!(r#""End": true, "Catch": [{}]"#, catch.join(", "))
        } else if to.is_empty() {
            r#""Next": "nowhere""#.to_owned()
        } else {
            format!(
                r#""Next": "{}", "Catch": [{}]"#,
                to[0],
                catch[1..].join(", ")
            )
        };
        format!(r#""{index}": {{"Type": "Task", "Resource": "${{r}}", {rest}}}, "#)
    };
    let all = series(successors.len(), state);
    states(all.trim_end_matches(", "))
}

fn graphs() -> impl Strategy<Value = (Vec<Vec<usize>>, Vec<bool>)> {
    (1..9_usize).prop_flat_map(|count| {
        let targets = prop::collection::vec(0..count, 0..3);
        let lists = prop::collection::vec(targets, count);
        (
            lists,
            prop::collection::vec(prop::bool::weighted(0.3), count),
        )
    })
}

/// What can be reached from some states without passing one, which is not passed even where it is one of them.
fn reach(successors: &[Vec<usize>], from: &[usize], without: Option<usize>) -> Vec<bool> {
    let mut seen = vec![false; successors.len()];
    let mut waiting = from.to_vec();
    while let Some(state) = waiting.pop() {
        if Some(state) != without && !std::mem::replace(&mut seen[state], true) {
            waiting.extend(&successors[state]);
        }
    }
    seen
}

/// True where some end can be reached.
fn leads_out(
    successors: &[Vec<usize>],
    ends: &[bool],
    from: usize,
    without: Option<usize>,
) -> bool {
    let seen = reach(successors, &[from], without);
    seen.iter().zip(ends).any(|(seen, end)| *seen && *end)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dominators_are_on_every_way((to, ends) in graphs()) {
        let definition = scope(&to, &ends);
        let graph = definition.machine.scope.graph();
        let (dominators, post) = (graph.dominators(), graph.post_dominators(&definition.machine.scope));
        let reached = reach(&to, &[0], None);
        for state in 0..to.len() {
            prop_assert_eq!(dominators.contains(state), reached[state]);
            let out = leads_out(&to, &ends, state, None);
            prop_assert_eq!(post.contains(state), out);
            for by in 0..to.len() {
                let all = reached[state] && (by == state || !reach(&to, &[0], Some(by))[state]);
                prop_assert_eq!(dominators.dominates(by, state), all, "{} over {}", by, state);
                let all = out && (by == state || !leads_out(&to, &ends, state, Some(by)));
                prop_assert_eq!(post.dominates(by, state), all, "{} behind {}", by, state);
            }
            for tree in [&dominators, &post] {
                // The nearest is below all others.
                let above: Vec<usize> = tree.above(state).collect();
                let others = (0..to.len()).filter(|by| *by != state && tree.dominates(*by, state));
                prop_assert_eq!(above.len(), others.count());
                prop_assert!(above.windows(2).all(|pair| tree.dominates(pair[1], pair[0])));
            }
        }
    }

    #[test]
    fn loops_have_one_head((to, ends) in graphs()) {
        let definition = scope(&to, &ends);
        let graph = definition.machine.scope.graph();
        let dominators = graph.dominators();
        let loops = graph.natural_loops(&dominators);
        let mut bodies: Vec<Vec<usize>> = Vec::new();
        for head in 0..to.len() {
            let back: Vec<usize> = (0..to.len())
                .filter(|from| to[*from].contains(&head) && dominators.dominates(head, *from))
                .collect();
            prop_assert_eq!(loops.heads().contains(&head), !back.is_empty());
            // Of what the head dominates, all that leads back to it.
            let body: Vec<usize> = (0..to.len())
                .filter(|state| !back.is_empty() && dominators.dominates(head, *state))
                .filter(|state| {
                    let seen = reach(&to, &[*state], Some(head));
                    *state == head || back.iter().any(|from| seen[*from])
                })
                .collect();
            prop_assert_eq!(&loops.states(head), &body, "of {}", head);
            for state in 0..to.len() {
                prop_assert_eq!(loops.is_in(state, head), body.contains(&state));
            }
            bodies.push(body);
        }
        for state in 0..to.len() {
            let around = (0..to.len()).filter(|head| bodies[*head].contains(&state));
            prop_assert_eq!(loops.head(state), around.min_by_key(|head| bodies[*head].len()));
        }
    }

    #[test]
    fn regions_have_one_way_in_and_one_out((to, ends) in graphs()) {
        let definition = scope(&to, &ends);
        let root = &definition.machine.scope;
        let graph = root.graph();
        let post = graph.post_dominators(root);
        let reached = reach(&to, &[0], None);
        for entry in 0..to.len() {
            let is_region = |exit: Option<usize>| {
                let inside = reach(&to, &[entry], exit);
                let enters = |state: usize| state == 0 || (0..to.len())
                    .any(|from| reached[from] && !inside[from] && to[from].contains(&state));
                let whole = (0..to.len()).filter(|it| inside[*it] && *it != entry).all(|it| !enters(it));
                let stays = exit.is_none() || (0..to.len()).all(|it| !(inside[it] && ends[it]));
                let states: Vec<usize> = (0..to.len()).filter(|it| inside[*it]).collect();
                (reached[entry] && exit != Some(entry) && whole && stays)
                    .then_some(Region { entry, exit, states })
            };
            for exit in (0..to.len()).map(Some).chain([None]) {
                prop_assert_eq!(graph.region_between(entry, exit, root), is_region(exit));
            }
            let mut exits = post.above(entry).map(Some).chain([None]);
            let smallest = exits.find_map(is_region);
            prop_assert_eq!(graph.region_from(entry, root, &post), smallest);
        }
    }
}

fn numbers(definition: &Definition, names: &[&str]) -> Vec<usize> {
    let states = &definition.machine.scope.states;
    let place = |name: &&str| states.iter().position(|state| state.name.value == **name);
    names.iter().map(|name| place(name).unwrap()).collect()
}

#[test]
fn a_loop_that_polls_and_what_follows_it() {
    let definition = states(
        r#"
        "Start": {"Type": "Task", "Resource": "${r}", "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Ask"},
        "Ask": {"Type": "Task", "Resource": "${r}", "Next": "Done?"},
        "Done?": {"Type": "Choice", "Default": "Wait", "Choices": [{"Variable": "$.s", "StringEquals": "ok", "Next": "Tell"}]},
        "Tell": {"Type": "Pass", "End": true}"#,
    );
    let root = &definition.machine.scope;
    let graph = root.graph();
    let (dominators, post) = (graph.dominators(), graph.post_dominators(root));
    let loops = graph.natural_loops(&dominators);
    assert_eq!(loops.heads(), numbers(&definition, &["Wait"]));
    assert_eq!(
        loops.states(1),
        numbers(&definition, &["Wait", "Ask", "Done?"])
    );
    assert_eq!(dominators.immediate(4), Some(3));
    assert_eq!(post.immediate(3), Some(4));
    assert_eq!(graph.region_from(1, root, &post).unwrap().states, [1]);
    let region = graph.region_between(1, Some(4), root).unwrap();
    assert_eq!(region.states, [1, 2, 3], "the loop is one thing");
    assert_eq!(
        graph.region_between(2, Some(4), root),
        None,
        "the Wait leads into it"
    );
}

/// Twenty thousand states in a row that may all fail into one, and that may all begin again.
#[test]
fn deep_graphs_are_quick() {
    const COUNT: usize = 20_000;
    let chain = |catch: &str| {
        let state = |index: usize| {
            format!(
                r#""{index}": {{"Type": "Task", "Resource": "${{r}}", "Next": "{}", "Catch": [{{"ErrorEquals": ["E"], "Next": "{}"}}]}}, "#,
                index + 1,
                catch.replace('#', &index.to_string())
            )
        };
        let last = format!(
            r#""{COUNT}": {{"Type": "Pass", "Next": "end"}}, "end": {{"Type": "Succeed"}}"#
        );
        json(&format!(
            r#"{{"StartAt": "0", "States": {{{}{last}}}}}"#,
            series(COUNT, state)
        ))
    };
    for catch in ["end", "0", "#"] {
        let definition = chain(catch);
        let root = &definition.machine.scope;
        let graph = root.graph();
        let begun = Instant::now();
        let (dominators, post) = (graph.dominators(), graph.post_dominators(root));
        let loops = graph.natural_loops(&dominators);
        assert_eq!(
            loops.states(0).len(),
            [0, COUNT, 1][["end", "0", "#"]
                .iter()
                .position(|it| *it == catch)
                .unwrap()]
        );
        assert_eq!(dominators.above(COUNT).count(), COUNT);
        assert!(graph.region_from(0, root, &post).is_some());
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{:?}",
            begun.elapsed()
        );
    }
}
