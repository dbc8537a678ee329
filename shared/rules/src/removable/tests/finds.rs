//! Which states can go, and which have to stay.

use facts::{Fact, WorkflowType};
use findings::FixKind;

use super::{between, edited, findings, machine, names, states};

#[test]
fn what_does_nothing() {
    for fields in [
        r#""Type": "Pass""#,
        r#""Type": "Pass", "Comment": "TODO""#,
        r#""Type": "Pass", "InputPath": "$", "OutputPath": "$", "ResultPath": "$""#,
        r#""Type": "Pass", "ResultPath": null"#,
        r#""Type": "Pass", "Result": {"a": 1}, "ResultPath": null"#,
        r#""Type": "Pass", "QueryLanguage": "JSONata""#,
        r#""Type": "Pass", "QueryLanguage": "JSONata", "Output": "{%$states.input %}""#,
        r#""Type": "Wait", "Seconds": 0"#,
        r#""Type": "Wait", "Seconds": 0, "Comment": "later""#,
    ] {
        assert_eq!(names(&between(fields)), ["X"], "{fields}");
    }
}

#[test]
fn what_does_something() {
    for fields in [
        r#""Type": "Pass", "Result": {"a": 1}"#,
        r#""Type": "Pass", "Result": {"a": 1}, "ResultPath": "$""#,
        r#""Type": "Pass", "Result": 1, "ResultPath": "$.a""#,
        r#""Type": "Pass", "Parameters": {"a.$": "$.b"}"#,
        r#""Type": "Pass", "Parameters": {"a.$": "$.b"}, "ResultPath": null"#,
        r#""Type": "Pass", "InputPath": "$.a""#,
        r#""Type": "Pass", "InputPath": null"#,
        r#""Type": "Pass", "OutputPath": null"#,
        r#""Type": "Pass", "ResultPath": "$.copy""#,
        r#""Type": "Pass", "Assign": {"a": 1}"#,
        r#""Type": "Pass", "Unheard": 1"#,
        r#""Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.a %}""#,
        r#""Type": "Pass", "QueryLanguage": "JSONata", "Output": {}"#,
        r#""Type": "Pass", "QueryLanguage": "JSONata", "Output": " {% $states.input %}""#,
        r#""Type": "Pass", "Comment": "twice", "Comment": "said""#,
        r#""Type": "Wait", "Seconds": 1"#,
        r#""Type": "Wait", "SecondsPath": "$.zero""#,
        r#""Type": "Wait", "Seconds": 0, "InputPath": "$.a""#,
        r#""Type": "Wait", "Timestamp": "2020-01-01T00:00:00Z""#,
    ] {
        assert_eq!(names(&between(fields)), [""; 0], "{fields}");
    }
}

#[test]
fn where_a_state_has_to_stay() {
    let choice = r#""C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "T"}], "Default": "X"}"#;
    let catch = r#""T": {~, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "X"}], "End": true}"#;
    for (why, definition) in [
        (
            "alone in its scope",
            states("X", r#""X": {"Type": "Pass", "End": true}"#),
        ),
        (
            "a default needs it",
            states(
                "C",
                &format!(r#"{choice}, "T": {{~, "End": true}}, "X": {{"Type": "Succeed"}}"#),
            ),
        ),
        (
            "a catcher needs it",
            states(
                "T",
                &format!(r#"{catch}, "X": {{"Type": "Pass", "End": true}}"#),
            ),
        ),
        (
            "it is not reached",
            states(
                "T",
                r#""T": {~, "End": true}, "X": {"Type": "Pass", "Next": "T"}"#,
            ),
        ),
        (
            "nothing that is reached needs it, but something does",
            states(
                "T",
                r#""T": {~, "Next": "X"}, "X": {"Type": "Succeed"}, "U": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "X"}], "Default": "X"}"#,
            ),
        ),
        (
            "it leads to itself",
            states(
                "T",
                r#""T": {~, "Next": "X"}, "X": {"Type": "Pass", "Next": "X"}"#,
            ),
        ),
        (
            "the Choice would lead to itself",
            states(
                "C",
                &format!(
                    r#"{choice}, "T": {{~, "End": true}}, "X": {{"Type": "Pass", "Next": "C"}}"#
                ),
            ),
        ),
        (
            "an end that shapes data",
            states(
                "T",
                r#""T": {~, "Next": "X"}, "X": {"Type": "Succeed", "OutputPath": "$.a"}"#,
            ),
        ),
        (
            "a failure",
            states("T", r#""T": {~, "Next": "X"}, "X": {"Type": "Fail"}"#),
        ),
        (
            "transitions of Express children are free",
            states(
                "M",
                r#""M": {"Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "T", "States": {"T": {~, "Next": "X"}, "X": {"Type": "Succeed"}}}}"#,
            ),
        ),
    ] {
        assert_eq!(names(&definition), [""; 0], "{why}: {definition}");
    }
    let mut express = machine(&between(r#""Type": "Pass""#));
    express.workflow_type = Fact::Known(WorkflowType::Express);
    assert_eq!(findings(&express), []);
}

#[test]
fn where_it_is_not_certain_what_leads_where() {
    for (why, definition) in [
        (
            "its successor does not exist",
            states(
                "T",
                r#""T": {~, "Next": "X"}, "X": {"Type": "Pass", "Next": "Gone"}"#,
            ),
        ),
        (
            "what leads to it is not certain",
            states(
                "T",
                r#""T": {~, "Next": "X", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Gone"}]}, "X": {"Type": "Succeed"}"#,
            ),
        ),
        (
            "a target is filled in elsewhere",
            states(
                "T",
                r#""T": {~, "Next": "X"}, "X": {"Type": "Pass", "Next": "${Then}"}, "${Then}": {~, "End": true}"#,
            ),
        ),
        (
            "two states have its name",
            states(
                "T",
                r#""T": {~, "Next": "X"}, "X": {"Type": "Pass", "Next": "E"}, "X": {~, "End": true}, "E": {~, "End": true}"#,
            ),
        ),
    ] {
        assert_eq!(names(&definition), [""; 0], "{why}: {definition}");
    }
}

#[test]
fn data_that_a_neighbour_takes_over() {
    let wait = |wait: &str, assign: &str| {
        states(
            "W",
            &format!(
                r#""W": {{"Type": "Wait", "Seconds": 5, {wait}"Next": "X"}}, "X": {{"Type": "Pass", "Assign": {{{assign}}}, "Next": "T"}}, "T": {{~, "End": true}}"#
            ),
        )
    };
    for (removable, definition) in [
        (true, wait("", r#""n": 1"#)),
        (
            true,
            wait(
                "",
                r#""n.$": "$.start", "m.$": "States.MathAdd($n, 1)", "id.$": "$$.Execution.Id""#,
            ),
        ),
        (true, wait(r#""Assign": {"a": 1}, "#, r#""b.$": "$c""#)),
        // What the one assigns, the other reads or assigns.
        (false, wait(r#""Assign": {"a": 1}, "#, r#""b.$": "$a""#)),
        (false, wait(r#""Assign": {"a": 1}, "#, r#""a": 2"#)),
        // It is another state, at another time.
        (false, wait("", r#""at.$": "$$.State.EnteredTime""#)),
        (false, wait(r#""QueryLanguage": "JSONata", "#, r#""n": 1"#)),
        (false, wait(r#""InputPath": "$.a", "#, r#""n.$": "$.b""#)),
        // A Task assigns from its result.
        (
            false,
            states(
                "W",
                r#""W": {~, "Next": "X"}, "X": {"Type": "Pass", "Assign": {"n": 1}, "Next": "T"}, "T": {~, "End": true}"#,
            ),
        ),
    ] {
        assert_eq!(
            names(&definition),
            if removable { vec!["X"] } else { vec![] },
            "{definition}"
        );
    }
    // Two that could move one by one, of which the other then assigns what the Wait does.
    let chain = states(
        "W",
        r#""W": {"Type": "Wait", "Seconds": 5, "Assign": {"a": 1}, "Next": "X"}, "Y": {"Type": "Pass", "Assign": {"a": 2}, "Next": "T"}, "X": {"Type": "Pass", "Assign": {"b": 1}, "Next": "Y"}, "T": {~, "End": true}"#,
    );
    assert_eq!(names(&chain), ["Y"]);
    let replaced = |fields: &str| {
        states(
            "X",
            &format!(
                r#""X": {{"Type": "Pass", "Result": "Hello", "Next": "Y"}}, "Y": {{"Type": "Pass", {fields}, "End": true}}"#
            ),
        )
    };
    assert_eq!(names(&replaced(r#""Result": "World""#)), ["X"]);
    for fields in [
        r#""Result": "World", "ResultPath": "$.a""#,
        r#""Parameters": {"a.$": "$"}"#,
        r#""Result": 1, "InputPath": "$.a""#,
    ] {
        assert_eq!(names(&replaced(fields)), [""; 0], "{fields}");
    }
}

/// Two Choice states, the fields of each, and how the first leads to the second.
fn choices(first: &str, rule: &str, rule_to: &str, default_to: &str, second: &str) -> String {
    states(
        "C",
        &format!(
            r#""C": {{"Type": "Choice", {first}"Choices": [{{"Variable": "$.a", "IsPresent": true, {rule}"Next": "{rule_to}"}}], "Default": "{default_to}"}},
            "X": {{"Type": "Choice", "Choices": [{{"Variable": "$.b", "IsPresent": true, "Next": "T"}}], {second}}},
            "T": {{~, "End": true}}"#
        ),
    )
}

#[test]
fn a_choice_after_a_choice() {
    for (removable, definition) in [
        (true, choices("", "", "T", "X", r#""Default": "T""#)),
        (true, choices("", "", "X", "T", r#""Default": "T""#)),
        // Without a default of its own, what no rule matches fails in the other state.
        (
            true,
            choices("", "", "T", "X", r#""Comment": "no default""#),
        ),
        (
            true,
            choices("", r#""Assign": {"x": 1}, "#, "T", "X", r#""Default": "T""#),
        ),
        (
            false,
            choices("", r#""Assign": {"x": 1}, "#, "X", "T", r#""Default": "T""#),
        ),
        (false, choices("", "", "X", "X", r#""Default": "T""#)),
        (
            false,
            choices(r#""InputPath": "$.c", "#, "", "T", "X", r#""Default": "T""#),
        ),
        (
            false,
            choices(r#""Assign": {"x": 1}, "#, "", "T", "X", r#""Default": "T""#),
        ),
        (
            false,
            choices("", "", "T", "X", r#""Default": "T", "OutputPath": "$.c""#),
        ),
        (false, choices("", "", "T", "X", r#""Default": "C""#)),
        (false, choices("", "", "T", "X", r#""Default": "X""#)),
        (
            false,
            choices(
                "",
                "",
                "T",
                "X",
                r#""Default": "T", "QueryLanguage": "JSONata""#,
            )
            .replace(
                r#""Variable": "$.b", "IsPresent": true"#,
                r#""Condition": "{% $states.input.b %}""#,
            ),
        ),
        (
            true,
            choices("", "", "T", "X", r#""Default": "T""#).replace("$.b", "$$.Execution.Input.b"),
        ),
        (
            false,
            choices("", "", "T", "X", r#""Default": "T""#).replace("$.b", "$$.State.Name"),
        ),
    ] {
        let found = findings(&machine(&definition));
        let states: Vec<_> = found
            .iter()
            .map(|finding| finding.location.state.as_deref().unwrap())
            .collect();
        assert_eq!(
            states,
            if removable { vec!["X"] } else { vec![] },
            "{definition}"
        );
        // Only by default, and with a default, is the order of the rules all that counts.
        let exact = definition.contains(r#""Default": "X""#)
            && definition.matches(r#""Default""#).count() == 2;
        assert!(
            found
                .iter()
                .all(|finding| edited(finding, &definition).is_some() == exact),
            "{definition}"
        );
    }
}

#[test]
fn a_parallel_around_one_branch() {
    let parallel = |fields: &str, inner: &str| {
        states(
            "P",
            &format!(
                r#""P": {{"Type": "Parallel", {fields}"Branches": [{{"StartAt": "T", "States": {{{inner}}}}}], "End": true}}"#
            ),
        )
    };
    let (one, two) = (
        r#""T": {~, "End": true}"#,
        r#""T": {~, "Next": "U"}, "U": {~, "End": true}"#,
    );
    let retry = r#""ResultPath": null, "Retry": [{"ErrorEquals": ["States.ALL"]}], "#;
    for (removable, definition) in [
        (true, parallel(r#""ResultPath": null, "#, one)),
        (true, parallel(r#""OutputPath": "$[0]", "#, two)),
        (
            true,
            parallel(
                r#""QueryLanguage": "JSONata", "Output": "{% $states.result[0] %}", "#,
                two,
            ),
        ),
        // The output is an array; or several states pass data to each other that is dropped afterwards.
        (false, parallel("", one)),
        (false, parallel(r#""ResultPath": null, "#, two)),
        (false, parallel(retry, one)),
        (
            false,
            parallel(
                r#""ResultPath": null, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "P"}], "#,
                one,
            ),
        ),
        (
            false,
            parallel(r#""ResultPath": null, "Parameters": {}, "#, one),
        ),
        (
            false,
            parallel(
                r#""OutputPath": "$[0]", "#,
                r#""T": {~, "Assign": {"a": 1}, "End": true}"#,
            ),
        ),
    ] {
        assert_eq!(
            names(&definition),
            if removable { vec!["P"] } else { vec![] },
            "{definition}"
        );
    }
}

#[test]
fn states_that_cannot_both_go() {
    // Either the Pass leads on, or it ends: one transition is saved, not two.
    let chain = states(
        "C",
        r#""C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "T"}], "Default": "P"}, "P": {"Type": "Pass", "Next": "S"}, "T": {~, "End": true}, "S": {"Type": "Succeed"}"#,
    );
    assert_eq!(names(&chain), ["P"]);
    // What a Choice and a Task lead to through one Pass can only end after the Pass is gone.
    let mixed = chain.replace(r#""End": true"#, r#""Next": "P""#);
    let found = findings(&machine(&mixed));
    assert_eq!(
        found
            .iter()
            .map(|finding| finding.location.state.as_deref().unwrap())
            .collect::<Vec<_>>(),
        ["P", "S"]
    );
    assert!(
        matches!(&found[1].fix.as_ref().unwrap().kind, FixKind::Steps(steps) if steps[0].contains("that do nothing")),
        "{:?}",
        found[1].fix
    );
    let next = edited(&found[0], &mixed).unwrap();
    assert!(edited(&findings(&machine(&next))[0], &next).unwrap().contains(r#""T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}"#));
    // Where only some could end at once, all wait for the Pass to go.
    let others = mixed.replace(
        r#""S": {"#,
        r#""U": {"Type": "Wait", "Seconds": 5, "Next": "S"}, "S": {"#,
    );
    let others = others.replace(
        r#""Choices": ["#,
        r#""Choices": [{"Variable": "$.u", "IsPresent": true, "Next": "U"}, "#,
    );
    let found = findings(&machine(&others));
    let fix = found
        .iter()
        .find(|finding| finding.location.state.as_deref() == Some("S"))
        .unwrap()
        .fix
        .as_ref();
    assert!(matches!(fix.unwrap().kind, FixKind::Steps(_)), "{fix:?}");
    // A circle of states that do nothing keeps one.
    assert_eq!(
        names(&states(
            "T",
            r#""T": {~, "Next": "P"}, "P": {"Type": "Pass", "Next": "Q"}, "Q": {"Type": "Pass", "Next": "P"}"#
        )),
        ["P"; 0]
    );
}
