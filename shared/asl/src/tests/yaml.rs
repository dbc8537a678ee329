//! Definitions in YAML.

use super::{errors, json, series, told, yaml};
use crate::{Amount, Definition, StateKind};

const ORDER: &str = include_str!("order.asl.json");

/// The same machine as `order.asl.json`, in the ways that YAML has to write it.
const ORDER_YAML: &str = r#"# größer than it looks
Comment: 'one of each: größer'
StartAt: Check
TimeoutSeconds: 3600
States:
  Check:
    Type: Choice
    Choices:
      - Variable: $.total
        NumericGreaterThan: 100
        Next: Charge
      - Not: {Variable: $.id, IsPresent: true}
        Next: Refused
    Default: Pause
  Pause:
    Type: Wait
    Comment: >-
      the customer may still
      change the order
    SecondsPath: $.delay
    Next: Charge
  Charge:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Parameters:
      FunctionName: arn:aws:lambda:eu-west-1:111122223333:function:charge
      Payload.$: $
    TimeoutSeconds: 30
    HeartbeatSeconds: 10
    Retry:
      - ErrorEquals: [Lambda.TooManyRequestsException]
        IntervalSeconds: 2
        MaxAttempts: 6
        BackoffRate: 1.5
        MaxDelaySeconds: 60
        JitterStrategy: FULL
      - ErrorEquals:
          - States.ALL
    Catch:
    - ErrorEquals: [Declined, States.Timeout]
      ResultPath: $.error
      Next: Refused
    Next: Fan
  Fan:
    Type: Parallel
    Branches:
      - StartAt: Mail
        States: {Mail: {Type: Task, Resource: "arn:aws:states:::sns:publish", End: true}}
      - StartAt: Each
        States:
          Each:
            Type: Map
            ItemsPath: $.items
            MaxConcurrency: 5
            ItemProcessor:
              ProcessorConfig: {Mode: INLINE}
              StartAt: Pick
              States:
                Pick:
                  Type: Pass
                  Result: {a/b: [1, -2.5e3, true, null]}
                  End: true
            End: true
    ResultPath: null
    Next: Done
  Done: {Type: Succeed}
  Refused:
    Type: Fail
    Error: Refused
    Cause: "say \"no\" 😀"
"#;

/// A definition without its places: what it says.
fn meaning(definition: &Definition) -> String {
    let text = format!("{:#?}", definition.machine);
    let mut lines = Vec::new();
    let mut skip = 0;
    for line in text.lines() {
        let place = line.trim_start();
        if place.starts_with("span: Span {") || place.starts_with("key_span: Span {") {
            skip = 4;
        }
        if skip == 0 {
            lines.push(line);
        }
        skip = usize::max(skip, 1) - 1;
    }
    lines.join("\n")
}

#[test]
fn the_same_machine_in_both_formats() {
    let (left, right) = (json(ORDER), yaml(ORDER_YAML));
    assert_eq!(told(&right), Vec::<String>::new());
    assert_eq!(meaning(&left), meaning(&right));
    assert!(
        meaning(&left).contains("Lambda.TooManyRequestsException"),
        "there is something to compare"
    );
}

#[test]
fn values_stand_where_they_are_written() {
    let definition = yaml(ORDER_YAML);
    let text = &definition.text;
    let states = definition.states();
    let find = |name: &str| {
        *states
            .iter()
            .find(|state| state.name.value == name)
            .unwrap()
    };
    let field = |state: &str, field: &str| find(state).field(field).unwrap().span.of(text);
    assert_eq!(find("Pause").name.span.of(text), "Pause");
    assert_eq!(
        field("Pause", "Comment"),
        ">-\n      the customer may still\n      change the order"
    );
    assert_eq!(field("Refused", "Cause"), "\"say \\\"no\\\" 😀\"");
    assert_eq!(field("Charge", "TimeoutSeconds"), "30");
    assert_eq!(find("Done").span.of(text), "{Type: Succeed}");
    assert!(find("Refused").span.of(text).starts_with("Type: Fail"));
    assert!(find("Refused").span.of(text).ends_with("😀\""));
    assert!(find("Charge").span.of(text).ends_with("Next: Fan"));
    assert_eq!(
        find("Charge").catch[0].next.as_ref().unwrap().span.of(text),
        "Refused"
    );
    assert_eq!(
        find("Charge").retry[1].span.of(text),
        "ErrorEquals:\n          - States.ALL"
    );
    let place = definition.position(find("Refused").field("Cause").unwrap().span.start);
    let line = text
        .lines()
        .position(|line| line.contains("Cause"))
        .unwrap()
        + 1;
    assert_eq!((place.line, place.column), (line, 12));
}

/// A scalar as written, and what it is: the debug text of its value.
#[test]
fn scalars_have_the_types_of_the_core_schema() {
    let cases = [
        ("~", "Null"),
        ("", "Null"),
        ("null", "Null"),
        ("true", "Bool(true)"),
        ("FALSE", "Bool(false)"),
        ("yes", r#"String("yes")"#),
        ("12", r#"Number("12")"#),
        ("-12", r#"Number("-12")"#),
        ("+12", r#"Number("12")"#),
        ("012", r#"Number("12")"#),
        ("0x1F", r#"Number("31")"#),
        ("0o17", r#"Number("15")"#),
        ("1.50", r#"Number("1.50")"#),
        (".5", r#"Number("0.5")"#),
        ("5.", r#"Number("5")"#),
        ("1e3", r#"Number("1e3")"#),
        ("1.2.3", r#"String("1.2.3")"#),
        ("12-34", r#"String("12-34")"#),
        (".inf", r#"String(".inf")"#),
        ("'12'", r#"String("12")"#),
        ("\"true\"", r#"String("true")"#),
        ("!!str 12", r#"String("12")"#),
        ("!!int \"12\"", r#"Number("12")"#),
        ("!mine 12", r#"Number("12")"#),
        ("!Sub \"a-${b}\"", r#"String("a-${b}")"#),
        ("!Ref Table", r#"String("${Table}")"#),
        ("!GetAtt A.Arn", r#"String("${A.Arn}")"#),
        ("!Sub [\"${x}-y\", {x: 1}]", r#"String("${x}-y")"#),
        ("!Join [\"-\", [a, b]]", r#"String("${Join}")"#),
        ("!If\n      - a\n      - b", r#"String("${If}")"#),
        ("2026-11-22", r#"String("2026-11-22")"#),
    ];
    for (written, value) in cases {
        let definition = yaml(&format!(
            "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Result: {written}\n    End: true\n"
        ));
        assert_eq!(told(&definition), Vec::<String>::new(), "{written}");
        let result = definition.states()[0].field("Result").unwrap();
        assert_eq!(format!("{:?}", result.value), value, "{written}");
        assert_eq!(result.span.of(&definition.text), written, "{written}");
    }
}

#[test]
fn what_is_filled_in_at_deployment_is_no_problem() {
    let definition = yaml(
        "StartAt: !Sub '${First}'\nStates:\n  A:\n    Type: Wait\n    Seconds: !Ref Delay\n    Next: !Ref Target\n  B:\n    Type: Task\n    Resource: !GetAtt Function.Arn\n    End: true\n",
    );
    assert_eq!(told(&definition), Vec::<String>::new());
    let StateKind::Wait(wait) = &definition.states()[0].kind else {
        panic!()
    };
    assert_eq!(
        wait.seconds.as_ref().unwrap().value,
        Amount::Expression("${Delay}".to_owned())
    );
}

#[test]
fn anchors_and_merges_are_resolved() {
    let definition = yaml(
        r"
StartAt: A
x: &retry
  - {ErrorEquals: [States.ALL], MaxAttempts: 7}
y: &task
  Type: Task
  Resource: arn:aws:states:::lambda:invoke
  Retry: *retry
States:
  A:
    <<: *task
    Next: B
  B:
    <<: [*task, {Comment: second, Type: Pass}]
    End: true
",
    );
    // AWS takes no fields of one's own, not even to hold an anchor.
    let ids: Vec<&str> = errors(&definition)
        .iter()
        .map(|problem| problem.id)
        .collect();
    assert_eq!(ids, ["unknown-field", "unknown-field"]);
    let states = definition.states();
    assert_eq!(states.len(), 2);
    for state in &states {
        assert_eq!(state.type_name(), "Task");
        assert_eq!(format!("{:?}", state.retry[0].max_attempts), "7.0");
    }
    assert!(states[1].has("Comment"));
}

#[test]
fn a_merge_key_in_quotes_is_a_name() {
    let definition = yaml(
        "{StartAt: A, States: {A: {Type: Pass, Result: {\"<<\": {a: 1}, '<<': null}, End: true}}}",
    );
    let result = definition.states()[0].field("Result").unwrap().clone();
    let keys: Vec<&str> = result
        .members()
        .unwrap()
        .iter()
        .map(|member| member.key.as_str())
        .collect();
    assert_eq!(keys, ["<<", "<<"]);
}

/// A text, what is told of it, and the states that are read all the same.
#[test]
fn what_is_wrong_is_told_where_it_stands() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "StartAt: A\nStates:\n  A: {Type: Succeed}\n  B: {Type: [}\n",
            &["error invalid-yaml `}` "],
            &["A", "B"],
        ),
        (
            "StartAt: A\nStates:\n  A: {Type: Succeed}\n\tB: 1\n",
            &["error invalid-yaml `B` "],
            &["A"],
        ),
        (
            "StartAt: A\nStates:\n  A: {Type: Succeed}\n  A: {Type: Fail}\n",
            &["error duplicate-key `A` /States/A"],
            &["A", "A"],
        ),
        (
            "StartAt: 1\nStates:\n  1: {Type: Succeed}\n",
            &[
                "error field-wrong-type `1` /StartAt",
                "warning key-not-a-string `1` /States/1",
            ],
            &["1"],
        ),
        (
            "StartAt: A\nStates:\n  A: {Type: Succeed}\n  [a]: 1\n",
            &["error key-not-a-string `[a]` /States"],
            &["A"],
        ),
        (
            "StartAt: A\nStates:\n  A: {Type: Succeed}\n---\nStartAt: B\n",
            &["error several-documents `---` "],
            &["A"],
        ),
        (
            "# nothing\n",
            &["error definition-empty `# nothing\n` "],
            &[],
        ),
        ("just text\n", &["error not-a-state-machine `j` "], &[]),
        ("- a\n- b\n", &["error not-a-state-machine `-` "], &[]),
    ];
    for (text, expected, names) in cases {
        let definition = yaml(text);
        assert_eq!(told(&definition), *expected, "{text}");
        let read: Vec<&str> = definition
            .states()
            .iter()
            .map(|s| s.name.value.as_str())
            .collect();
        assert_eq!(read, *names, "{text}");
    }
}

#[test]
fn aliases_do_not_multiply() {
    let bomb = series(11, |level| {
        let inner = format!("*a{level}, ").repeat(10);
        format!("a{}: &a{} [{inner}]\n", level + 1, level + 1)
    });
    let bomb = format!("a0: &a0 [{}]\n{bomb}", "x, ".repeat(10));
    let long = format!(
        "a: &a \"{}\"\nb: [{}]\n",
        "x".repeat(100_000),
        "*a, ".repeat(5000)
    );
    let nested = series(150, |level| format!("&a{level} ["));
    let nested = format!("{nested}{}{}", "x, ".repeat(100_000), "]".repeat(150));
    for text in [bomb, long, nested] {
        let ids: Vec<&str> = errors(&yaml(&text))
            .iter()
            .map(|problem| problem.id)
            .collect();
        let times = ids.iter().filter(|id| **id == "too-many-aliases").count();
        assert_eq!(times, 1, "{ids:?}");
    }
}

#[test]
fn aliases_do_not_nest_too_deep() {
    let levels = "[".repeat(120);
    let text = format!(
        "a: &a {levels}1{}\nb: {levels}*a{}\n",
        "]".repeat(120),
        "]".repeat(120)
    );
    let definition = yaml(&text);
    let ids: Vec<&str> = errors(&definition)
        .iter()
        .map(|problem| problem.id)
        .collect();
    assert!(ids.contains(&"too-deeply-nested"), "{ids:?}");
}
