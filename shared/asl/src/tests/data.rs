//! Expressions and variables where they stand.

use super::{json, states, told};

/// A Task, or what is in its place, that ends.
fn one(fields: &str) -> Vec<String> {
    told(&states(&format!(r#""S": {{{fields}, "End": true}}"#)))
}

fn task(fields: &str) -> Vec<String> {
    one(&format!(
        r#""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", {fields}"#
    ))
}

/// A machine in JSONata.
fn jsonata(states: &str) -> Vec<String> {
    told(&json(&format!(
        r#"{{"QueryLanguage": "JSONata", "StartAt": "S", "States": {{{states}}}}}"#
    )))
}

const NOTHING: [&str; 0] = [];

#[test]
fn paths() {
    assert_eq!(
        task(r#""InputPath": "$.a['b'][0]", "OutputPath": null, "ResultPath": "$.r.s""#),
        NOTHING
    );
    assert_eq!(
        task(r#""InputPath": "$$.Execution.Input", "ResultPath": null"#),
        NOTHING
    );
    assert_eq!(
        task(r#""InputPath": "${path}", "ResultPath": "$.${name}""#),
        NOTHING
    );
    assert_eq!(
        task(r#""InputPath": "a.b""#),
        ["error path-malformed `a` /States/S/InputPath"]
    );
    assert_eq!(
        task(r#""InputPath": "$.a[""#)[0].split('`').next(),
        Some("error path-malformed ")
    );
    assert_eq!(
        task(r#""ResultPath": "$.a[*].b""#),
        ["error path-not-reference `[*]` /States/S/ResultPath"]
    );
    assert_eq!(
        task(r#""ResultPath": "$$.Execution.Input""#),
        ["error path-not-reference `$$` /States/S/ResultPath"]
    );
    assert_eq!(
        task(r#""TimeoutSecondsPath": 5"#),
        ["error field-wrong-type `5` /States/S/TimeoutSecondsPath"]
    );
}

#[test]
fn templates() {
    assert_eq!(
        task(
            r#""Parameters": {"id.$": "$.id", "n.$": "States.MathAdd($.n, 1)", "deep": [{"t.$": "$$.State.Name"}], "text": "$5.00"}"#
        ),
        NOTHING
    );
    assert_eq!(
        task(r#""Parameters": {"id.$": "id"}"#),
        ["error template-not-dynamic `\"id\"` /States/S/Parameters/id.$"]
    );
    assert_eq!(
        task(r#""Parameters": {"id.$": 5}"#),
        ["error template-not-dynamic `5` /States/S/Parameters/id.$"]
    );
    assert_eq!(
        task(r#""ResultSelector": {"a": [{"id": "$.id"}]}"#),
        ["warning path-not-evaluated `$.id` /States/S/ResultSelector/a/0/id"]
    );
    assert_eq!(
        task(r#""Parameters": {"id": "x", "id.$": "$.id"}"#),
        ["error field-name-twice `\"id.$\"` /States/S/Parameters"]
    );
    assert_eq!(
        one(r#""Type": "Pass", "Result": {"a": ["$.id", "$.b"]}"#),
        ["warning pass-result-static `\"$.id\"` /States/S/Result"]
    );
    assert_eq!(
        one(r#""Type": "Pass", "Result": {"price": "$5", "root": "$"}"#),
        NOTHING
    );
}

#[test]
fn intrinsic_calls() {
    let call = |text: &str| task(&format!(r#""Parameters": {{"v.$": "{text}"}}"#));
    let at = "/States/S/Parameters/v.$";
    assert_eq!(call("States.Format('{}-{}', $.a, States.UUID())"), NOTHING);
    assert_eq!(
        call("States.Formt('{}', $.a)"),
        [format!("error intrinsic-unknown `States.Formt` {at}")]
    );
    assert_eq!(
        call("States.MathAdd(1)")[0].split(' ').nth(1),
        Some("intrinsic-argument-count")
    );
    assert_eq!(
        call("States.Format('{} {}', $.a)")[0]
            .split(' ')
            .take(2)
            .collect::<Vec<_>>(),
        ["warning", "intrinsic-format-slots"]
    );
    assert_eq!(
        call("States.UUID())")[0].split(' ').nth(1),
        Some("intrinsic-malformed")
    );
}

#[test]
fn fields_of_the_context_object() {
    let read = |resource: &str, path: &str| {
        one(&format!(
            r#""Type": "Task", "Resource": "arn:aws:states:::{resource}", "Parameters": {{"v.$": "{path}"}}"#
        ))
    };
    assert_eq!(
        read("sqs:sendMessage.waitForTaskToken", "$$.Task.Token"),
        NOTHING
    );
    assert_eq!(
        read("sqs:sendMessage", "$$.Task.Token"),
        ["warning context-field-not-here `$$.Task.Token` /States/S/Parameters/v.$"]
    );
    assert_eq!(
        read("sqs:sendMessage", "$$.Execution.Nme"),
        ["warning context-field-unknown `$$.Execution.Nme` /States/S/Parameters/v.$"]
    );
}

#[test]
fn expressions() {
    let output = |text: &str| {
        jsonata(&format!(
            r#""S": {{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Output": "{{% {text} %}}", "End": true}}"#
        ))
    };
    assert_eq!(
        output("$states.result.Id & $states.context.State.Name"),
        NOTHING
    );
    let first = |text: &str| output(text)[0].split('`').next().unwrap().to_owned();
    assert_eq!(first("1 +"), "error jsonata-malformed ");
    assert_eq!(first("name"), "error jsonata-without-context ");
    assert_eq!(first("$$.name"), "error jsonata-without-context ");
    assert_eq!(first("$states.errorOutput"), "error jsonata-states-field ");
    assert_eq!(first("$eval('1')"), "error jsonata-function-unknown ");
    assert_eq!(first("$sum(1, 2)"), "warning jsonata-argument-count ");
    assert_eq!(first("$x"), "error variable-undefined ");
    assert_eq!(
        output("($x := 1; $x + 1)"),
        NOTHING,
        "bound in the expression"
    );
    assert_eq!(
        jsonata(r#""S": {"Type": "Pass", "Output": {"a": ["{% 1 "]}, "End": true}"#)[0]
            .split('`')
            .next(),
        Some("error jsonata-malformed ")
    );
}

#[test]
fn variables_count_from_the_next_state_on() {
    let machine = |first: &str, second: &str| {
        told(&states(&format!(
            r#""A": {{"Type": "Pass", {first} "Next": "B"}}, "B": {{"Type": "Pass", {second} "End": true}}"#
        )))
    };
    let reads = r#""Parameters": {"v.$": "$total.sum"},"#;
    let assigns = r#""Assign": {"total.$": "$.t"},"#;
    assert_eq!(machine(assigns, reads), NOTHING);
    assert_eq!(
        machine(reads, assigns),
        ["error variable-undefined `$total` /States/A/Parameters/v.$"]
    );
    assert_eq!(
        machine("", reads),
        ["error variable-undefined `$total` /States/B/Parameters/v.$"]
    );
    assert_eq!(
        machine(r#""Assign": "${assign}","#, reads),
        NOTHING,
        "filled in later"
    );
    let open = r#""A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "B"}], "Default": "C"}, "B": "${b}", "C": {"Type": "Pass", "Parameters": {"v.$": "$total"}, "End": true}"#;
    assert_eq!(
        told(&states(open)),
        ["warning structure-placeholder `\"${b}\"` /States/B"],
        "what is filled in may assign it"
    );
    assert_eq!(
        machine(r#""Assign": {"states": 1, "9a": 2},"#, ""),
        [
            "error variable-name-invalid `\"states\"` /States/A/Assign/states",
            "error variable-name-invalid `\"9a\"` /States/A/Assign/9a",
        ]
    );
}

#[test]
fn a_variable_may_be_asked_for() {
    let machine = |expression: &str| {
        jsonata(&format!(
            r#""S": {{"Type": "Choice", "Choices": [{{"Condition": "{{% $states.input.a %}}", "Next": "R"}}], "Default": "P"}},
            "P": {{"Type": "Pass", "Assign": {{"v": 1}}, "Next": "R"}},
            "R": {{"Type": "Pass", "Output": "{{% {expression} %}}", "End": true}}"#
        ))
    };
    assert_eq!(machine("$v ? $v : 0"), NOTHING);
    assert_eq!(machine("$exists($v) ? $v : 0"), NOTHING);
    assert_eq!(
        machine("$v + 1"),
        ["warning variable-maybe-undefined `$v` /States/R/Output"]
    );
    assert_eq!(
        machine("$w ? 1 : 0")[0].split(' ').nth(1),
        Some("variable-undefined")
    );
}

#[test]
fn variables_of_one_way_only() {
    let machine = |rule: &str, other: &str| {
        told(&states(&format!(
            r#""C": {{"Type": "Choice", "Choices": [{{"Variable": "$.a", "IsNull": true, {rule} "Next": "R"}}], "Default": "P"}},
            "P": {{"Type": "Pass", {other} "Next": "R"}},
            "R": {{"Type": "Pass", "InputPath": "$v", "End": true}}"#
        )))
    };
    let assign = r#""Assign": {"v": 1},"#;
    assert_eq!(machine(assign, assign), NOTHING);
    let maybe = ["warning variable-maybe-undefined `$v` /States/R/InputPath"];
    assert_eq!(machine("", assign), maybe);
    assert_eq!(machine(assign, ""), maybe);
    // The assignment of a loop is there from its second turn on.
    let loops = told(&states(
        r#""A": {"Type": "Pass", "InputPath": "$n", "Assign": {"n": 1}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$n", "NumericLessThan": 5, "Next": "A"}], "Default": "E"},
        "E": {"Type": "Succeed"}"#,
    ));
    assert_eq!(
        loops,
        ["warning variable-maybe-undefined `$n` /States/A/InputPath"]
    );
}

#[test]
fn a_catcher_does_not_see_what_the_state_assigns() {
    let machine = |catcher: &str| {
        told(&states(&format!(
            r#""T": {{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Assign": {{"v": 1}}, "Next": "D",
            "Catch": [{{"ErrorEquals": ["States.ALL"], {catcher} "Next": "R"}}]}},
            "D": {{"Type": "Succeed"}}, "R": {{"Type": "Pass", "InputPath": "$v", "End": true}}"#
        )))
    };
    assert_eq!(machine(r#""Assign": {"v": 2},"#), NOTHING);
    assert_eq!(
        machine(""),
        ["error variable-undefined `$v` /States/R/InputPath"]
    );
}

#[test]
fn scopes_of_variables() {
    let machine = |mode: &str, inner: &str, after: &str| {
        told(&states(&format!(
            r#""A": {{"Type": "Pass", "Assign": {{"v": 1}}, "Next": "M"}},
            "M": {{"Type": "Map", "Next": "E", "ItemProcessor": {{{mode} "StartAt": "I", "States": {{"I": {{"Type": "Pass", {inner} "End": true}}}}}}}},
            "E": {{"Type": "Pass", {after} "End": true}}"#
        )))
    };
    let distributed = r#""ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},"#;
    let reads = r#""InputPath": "$v","#;
    assert_eq!(machine("", reads, ""), NOTHING, "seen inside");
    assert_eq!(
        machine(distributed, reads, ""),
        ["error variable-out-of-scope `$v` /States/M/ItemProcessor/States/I/InputPath"]
    );
    assert_eq!(
        machine("", r#""Assign": {"v": 2},"#, ""),
        ["error variable-shadows `\"v\"` /States/M/ItemProcessor/States/I/Assign/v"]
    );
    assert_eq!(
        machine("", r#""Assign": {"w": 2},"#, r#""InputPath": "$w","#),
        ["error variable-out-of-scope `$w` /States/E/InputPath"]
    );
    assert_eq!(
        machine(distributed, r#""Assign": {"v": 2},"#, ""),
        NOTHING,
        "children are executions of their own"
    );
}

#[test]
fn what_jsonpath_left_in_a_jsonata_state() {
    let left = r#""S": {"Type": "Pass", "Output": {"id.$": "$.id", "price.$": 5, "to": "$.id"}, "End": true}"#;
    assert_eq!(
        jsonata(left),
        ["warning path-not-evaluated `$.id` /States/S/Output/id.$"]
    );
}

#[test]
fn numbers_of_a_map_come_from_the_input() {
    let map = |fields: &str| {
        one(&format!(
            r#""Type": "Map", {fields}, "ItemProcessor": {{"ProcessorConfig": {{"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}},
            "StartAt": "I", "States": {{"I": {{"Type": "Succeed"}}}}}}"#
        ))
    };
    assert_eq!(
        map(r#""MaxConcurrencyPath": "$$.Execution.Input.n""#),
        ["error path-not-reference `$$` /States/S/MaxConcurrencyPath"]
    );
    for fields in [
        r#""MaxConcurrencyPath": "$.n", "ItemsPath": "$$.Execution.Input.items""#,
        r#""ItemBatcher": {"MaxItemsPerBatch": 0}"#,
    ] {
        assert_eq!(map(fields), NOTHING, "{fields}");
    }
}
