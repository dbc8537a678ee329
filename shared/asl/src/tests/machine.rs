//! From text to model.

use super::{errors, json, states, told};
use crate::{
    Amount, Definition, Format, MapMode, Pattern, QueryLanguage, Resource, ScopeKind, State,
    StateKind,
};

const ORDER: &str = include_str!("order.asl.json");

fn named<'a>(definition: &'a Definition, name: &str) -> &'a State {
    let states = definition.states();
    states
        .into_iter()
        .find(|state| state.name.value == name)
        .unwrap()
}

#[test]
fn all_kinds_of_states() {
    let definition = json(ORDER);
    let kinds: Vec<(&str, &str)> = definition
        .states()
        .iter()
        .map(|state| (state.name.value.as_str(), state.type_name()))
        .collect();
    assert_eq!(
        kinds,
        [
            ("Check", "Choice"),
            ("Pause", "Wait"),
            ("Charge", "Task"),
            ("Fan", "Parallel"),
            ("Mail", "Task"),
            ("Each", "Map"),
            ("Pick", "Pass"),
            ("Done", "Succeed"),
            ("Refused", "Fail"),
        ]
    );
    let machine = &definition.machine;
    assert_eq!(
        machine.comment.as_ref().unwrap().value,
        "one of each: größer"
    );
    assert_eq!(
        machine.timeout_seconds.as_ref().unwrap().value,
        Amount::Number(3600.0)
    );
    assert_eq!(machine.scope.start_at.as_ref().unwrap().value, "Check");
    assert_eq!(machine.scope.kind, ScopeKind::Root);
}

#[test]
fn a_task_with_retriers_and_catchers() {
    let definition = json(ORDER);
    let charge = named(&definition, "Charge");
    let StateKind::Task(task) = &charge.kind else {
        panic!("{:?}", charge.kind)
    };
    let resource = &task.resource.as_ref().unwrap().value;
    let Resource::Integration {
        service,
        action,
        pattern,
        sdk,
        ..
    } = resource
    else {
        panic!("{resource:?}")
    };
    assert_eq!((service.as_str(), action.as_str()), ("lambda", "invoke"));
    assert_eq!((*pattern, *sdk), (Pattern::RequestResponse, false));
    assert_eq!(
        task.timeout_seconds.as_ref().unwrap().value.number(),
        Some(30.0)
    );
    assert_eq!(
        task.heartbeat_seconds.as_ref().unwrap().value.number(),
        Some(10.0)
    );
    let [own, plain] = charge.retry.as_slice() else {
        panic!("{:?}", charge.retry)
    };
    assert_eq!(own.errors[0].value, "Lambda.TooManyRequestsException");
    assert_eq!(
        (
            own.interval_seconds,
            own.max_attempts,
            own.backoff_rate,
            own.max_delay_seconds,
            own.jitter
        ),
        (2.0, 6.0, 1.5, Some(60.0), true)
    );
    assert_eq!(
        (
            plain.interval_seconds,
            plain.max_attempts,
            plain.backoff_rate,
            plain.max_delay_seconds,
            plain.jitter
        ),
        (1.0, 3.0, 2.0, None, false)
    );
    assert_eq!(plain.pointer, "/States/Charge/Retry/1");
    assert_eq!(
        plain.span.of(&definition.text),
        r#"{"ErrorEquals": ["States.ALL"]}"#
    );
    let catcher = &charge.catch[0];
    assert_eq!(catcher.errors.len(), 2);
    assert_eq!(
        catcher.next.as_ref().unwrap().span.of(&definition.text),
        "\"Refused\""
    );
    assert_eq!(
        catcher.node.get("ResultPath").unwrap().as_str(),
        Some("$.error")
    );
    assert_eq!(catcher.pointer, "/States/Charge/Catch/0");
}

#[test]
fn choices_waits_and_scopes() {
    let definition = json(ORDER);
    let StateKind::Choice { rules, default } = &named(&definition, "Check").kind else {
        panic!()
    };
    let targets: Vec<&str> = rules
        .iter()
        .map(|rule| rule.next.as_ref().unwrap().value.as_str())
        .collect();
    assert_eq!(targets, ["Charge", "Refused"]);
    assert_eq!(rules[1].pointer, "/States/Check/Choices/1");
    assert_eq!(default.as_ref().unwrap().value, "Pause");
    let StateKind::Wait(wait) = &named(&definition, "Pause").kind else {
        panic!()
    };
    assert_eq!(
        wait.seconds.as_ref().unwrap().value,
        Amount::Path("$.delay".to_owned())
    );
    assert_eq!(wait.timestamp, None);
    let fan = named(&definition, "Fan");
    let kinds: Vec<ScopeKind> = fan.scopes().iter().map(|scope| scope.kind).collect();
    assert_eq!(kinds, [ScopeKind::Branch(0), ScopeKind::Branch(1)]);
    let each = named(&definition, "Each");
    assert_eq!(each.pointer, "/States/Fan/Branches/1/States/Each");
    let StateKind::Map(map) = &each.kind else {
        panic!()
    };
    assert_eq!(map.mode, MapMode::Inline);
    assert_eq!(
        map.max_concurrency.as_ref().unwrap().value.number(),
        Some(5.0)
    );
    let processor = map.processor.as_ref().unwrap();
    assert_eq!(processor.kind, ScopeKind::Processor);
    assert_eq!(
        processor.pointer,
        "/States/Fan/Branches/1/States/Each/ItemProcessor"
    );
    assert_eq!(
        processor
            .field("ProcessorConfig")
            .unwrap()
            .get("Mode")
            .unwrap()
            .as_str(),
        Some("INLINE")
    );
    assert!(
        named(&definition, "Pick").is_terminal() && named(&definition, "Refused").is_terminal()
    );
    assert!(
        !each.has("ItemProcessor") && each.has("ItemsPath"),
        "scopes are not kept twice"
    );
}

#[test]
fn how_a_map_runs() {
    let cases = [
        ("", MapMode::Inline),
        (r#""ProcessorConfig": {"Mode": "INLINE"},"#, MapMode::Inline),
        (
            r#""ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},"#,
            MapMode::Distributed { express: true },
        ),
        (
            r#""ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},"#,
            MapMode::Distributed { express: false },
        ),
    ];
    for field in ["ItemProcessor", "Iterator"] {
        for (config, mode) in cases {
            let definition = states(&format!(
                r#""M": {{"Type": "Map", "End": true, "{field}": {{{config} "StartAt": "P", "States": {{"P": {{"Type": "Pass", "End": true}}}}}}}}"#
            ));
            assert_eq!(told(&definition), Vec::<String>::new());
            let StateKind::Map(map) = &definition.states()[0].kind else {
                panic!()
            };
            assert_eq!(map.mode, mode);
            assert_eq!(map.processor.as_ref().unwrap().states.len(), 1);
        }
    }
}

#[test]
fn the_query_language_comes_from_the_machine_or_the_state_itself() {
    let text = r#"{"StartAt": "M", "States": {
        "M": {"Type": "Map", "QueryLanguage": "JSONata", "Items": "{% [1] %}", "End": true, "ItemProcessor": {
            "StartAt": "Inner", "States": {
                "Inner": {"Type": "Pass", "Next": "Own"},
                "Own": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": 1, "End": true}}}}}}"#;
    let definition = json(text);
    assert_eq!(told(&definition), Vec::<String>::new());
    let languages: Vec<QueryLanguage> = definition
        .states()
        .iter()
        .map(|state| state.query_language)
        .collect();
    assert_eq!(
        languages,
        [
            QueryLanguage::Jsonata,
            QueryLanguage::JsonPath,
            QueryLanguage::Jsonata
        ]
    );
    let all = json(&text.replacen('{', r#"{"QueryLanguage": "JSONata", "#, 1));
    assert!(
        all.states()
            .iter()
            .all(|state| state.query_language == QueryLanguage::Jsonata)
    );
    assert_eq!(all.machine.query_language, QueryLanguage::Jsonata);
}

#[test]
fn what_stands_for_a_number() {
    let cases = [
        ("5", Some(Amount::Number(5.0)), &[][..]),
        ("2.5e1", Some(Amount::Number(25.0)), &[]),
        (
            r#""{% $delay %}""#,
            Some(Amount::Expression("{% $delay %}".to_owned())),
            // The state uses JSONPath.
            &["error field-wrong-type `\"{% $delay %}\"` /States/W/Seconds"],
        ),
        (
            r#""${Delay}""#,
            Some(Amount::Expression("${Delay}".to_owned())),
            &[],
        ),
        (
            r#"{"Ref": "Delay"}"#,
            Some(Amount::Expression("${Ref}".to_owned())),
            &[],
        ),
        (
            r#""5""#,
            Some(Amount::Number(5.0)),
            &["error field-wrong-type `\"5\"` /States/W/Seconds"],
        ),
        (
            r#""soon""#,
            None,
            &["error field-wrong-type `\"soon\"` /States/W/Seconds"],
        ),
        (
            "true",
            None,
            &["error field-wrong-type `true` /States/W/Seconds"],
        ),
        (
            "1e999",
            None,
            &["error field-wrong-type `1e999` /States/W/Seconds"],
        ),
    ];
    for (written, amount, problems) in cases {
        let definition = states(&format!(
            r#""W": {{"Type": "Wait", "Seconds": {written}, "End": true}}"#
        ));
        assert_eq!(told(&definition), problems, "{written}");
        let StateKind::Wait(wait) = &definition.states()[0].kind else {
            panic!()
        };
        assert_eq!(
            wait.seconds.as_ref().map(|seconds| seconds.value.clone()),
            amount,
            "{written}"
        );
    }
}

#[test]
fn nothing_that_is_written_is_lost() {
    let text = r#"{"StartAt": "P", "Version": "1.0", "Owner": "me", "States": {
        "P": {"Type": "Parallel", "Colour": "red", "End": true, "Branches": [
            {"Comment": "b", "Label": "x", "StartAt": "S", "States": {"S": {"Type": "Succeed", "Comment": "c"}}}]}}}"#;
    let definition = json(text);
    assert_eq!(
        told(&definition),
        [
            "error unknown-field `\"Owner\"` /Owner",
            "error unknown-field `\"Colour\"` /States/P/Colour",
            "error unknown-field `\"Label\"` /States/P/Branches/0/Label",
        ]
    );
    let machine = &definition.machine;
    assert_eq!(machine.unknown[0].node.as_str(), Some("me"));
    assert_eq!(
        machine.scope.field("Version").unwrap().as_str(),
        Some("1.0")
    );
    let parallel = &machine.scope.states[0];
    assert_eq!(parallel.unknown, ["Colour"]);
    assert_eq!(parallel.field("Colour").unwrap().as_str(), Some("red"));
    let branch = &parallel.scopes()[0];
    assert_eq!(branch.field("Comment").unwrap().as_str(), Some("b"));
    assert_eq!(branch.unknown[0].key, "Label");
}

/// A state as it stands in `States`, and what is told of it.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn fields_that_do_not_fit() {
    let cases: &[(&str, &str, &str)] = &[
        (
            r#""Type": "Task", "Timeout": 3"#,
            "unknown-field",
            "did you mean `TimeoutSeconds`?",
        ),
        (
            r#""Type": "Task", "resource": "x""#,
            "unknown-field",
            "did you mean `Resource`?",
        ),
        (
            r#""Type": "Pass", "Catch": []"#,
            "unknown-field",
            "remove it, or move it to where it belongs",
        ),
        (
            r#""Type": "Pass", "Output": {}"#,
            "unknown-field",
            "remove it, or move it to where it belongs",
        ),
        (
            r#""Type": "Pass", "QueryLanguage": "JSONata", "InputPath": "$""#,
            "unknown-field",
            "remove it: it says what is so without it",
        ),
        (
            r#""Type": "Pas""#,
            "state-type-unknown",
            "did you mean `Pass`?",
        ),
        (
            r#""Type": "task""#,
            "state-type-unknown",
            "did you mean `Task`?",
        ),
        (r#""Type": 1"#, "field-wrong-type", "write it in that type"),
        (
            r#""Comment": "no type""#,
            "state-type-missing",
            "one of Task, Pass, Choice, Wait, Succeed, Fail, Parallel, Map",
        ),
        (
            r#""Type": "Pass", "QueryLanguage": "JSONPATH""#,
            "query-language-unknown",
            "did you mean `JSONPath`?",
        ),
        (
            r#""Type": "Task", "Retry": {}"#,
            "field-wrong-type",
            "write it in that type",
        ),
        (
            r#""Type": "Task", "Retry": ["x"]"#,
            "field-wrong-type",
            "write it in that type",
        ),
        (
            r#""Type": "Task", "Retry": [{"ErrorEquals": "States.ALL"}]"#,
            "field-wrong-type",
            "put it into a list: `[…]`",
        ),
        (
            r#""Type": "Task", "Resource": 5"#,
            "field-wrong-type",
            "write it in that type",
        ),
        (
            r#""Type": "Parallel", "Branches": {}"#,
            "field-wrong-type",
            "write it in that type",
        ),
        (
            r#""Type": "Parallel", "Branches": [1]"#,
            "field-wrong-type",
            "write it in that type",
        ),
        (
            r#""Type": "Map", "ItemProcessor": []"#,
            "field-wrong-type",
            "write it in that type",
        ),
        (
            r#""Type": "Map", "ItemProcessor": "${x}""#,
            "structure-placeholder",
            "to have this part checked, fill it in and check the result",
        ),
        (
            r#""Type": "Task", "Retry": "${x}""#,
            "structure-placeholder",
            "to have this part checked, fill it in and check the result",
        ),
    ];
    for (fields, id, help) in cases {
        let definition = states(&format!(r#""S": {{{fields}, "End": true}}"#));
        let told: Vec<_> = definition
            .problems
            .iter()
            .filter(|problem| problem.id != "field-missing")
            .collect();
        let [problem] = told.as_slice() else {
            panic!("{fields}: {told:?}")
        };
        assert_eq!(
            (problem.id, problem.help.as_deref().unwrap_or_default()),
            (*id, *help),
            "{fields}"
        );
    }
}

#[test]
fn structures_that_do_not_fit() {
    let cases: &[(&str, &[&str])] = &[
        (
            r#"{"States": {"A": {"Type": "Succeed"}}}"#,
            &["error start-at-missing `{` "],
        ),
        (r#"{"StartAt": "A"}"#, &["error states-missing `{` "]),
        (
            r#"{"StartAt": "A", "States": {}}"#,
            &["error states-missing `{}` /States"],
        ),
        (
            r#"{"StartAt": "A", "States": []}"#,
            &["error field-wrong-type `[]` /States"],
        ),
        (
            r#"{"StartAt": "A", "States": "${states}"}"#,
            &["warning structure-placeholder `\"${states}\"` /States"],
        ),
        (
            r#"{"StartAt": 1, "States": {"A": {"Type": "Succeed"}}}"#,
            &["error field-wrong-type `1` /StartAt"],
        ),
        (
            r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": "text"}}"#,
            &["error field-wrong-type `\"text\"` /States/B"],
        ),
        (
            r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": "${b}"}}"#,
            &["warning structure-placeholder `\"${b}\"` /States/B"],
        ),
        (
            r#"{"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": {"Type": "Succeed", "QueryLanguage": "JSONPath"}}}"#,
            &["error query-language-downgrade `\"JSONPath\"` /States/A/QueryLanguage"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(told(&json(text)), *expected, "{text}");
    }
}

#[test]
fn the_format_of_a_file() {
    let cases: &[(&str, &[u8], Format)] = &[
        ("a.json", b"a: b", Format::Json),
        ("a.ASL.JSON", b"", Format::Json),
        ("a.yaml", b"{}", Format::Yaml),
        ("a.asl.yml", b"{}", Format::Yaml),
        ("a.asl", b" \n{", Format::Json),
        ("-", b"\xef\xbb\xbf[", Format::Json),
        ("-", b"StartAt: a", Format::Yaml),
        ("", b"", Format::Json),
    ];
    for (name, bytes, format) in cases {
        assert_eq!(Format::guess(name, bytes), *format, "{name}");
    }
}

#[test]
fn a_sample_with_a_field_inside_of_states_reads_on() {
    let definition = json(
        r#"{"StartAt": "A", "States": {"QueryLanguage": "JSONata", "A": {"Type": "Succeed"}}}"#,
    );
    let [problem] = errors(&definition)[..] else {
        panic!("{:?}", told(&definition))
    };
    assert_eq!(
        problem.help.as_deref(),
        Some("`QueryLanguage` belongs beside `States`, not into it")
    );
    assert_eq!(definition.states().len(), 2);
}
