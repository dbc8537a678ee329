//! Conditions that nobody could evaluate are told where they are written.

use asl::Format;

use crate::requirements::read;

/// What is told of a condition in the eighth line, and where.
fn told(when: &str) -> Vec<(usize, usize, String)> {
    let text = format!(
        "version: 1\nname: case\ntrigger: {{type: manual}}\nload: {{average_per_second: 2}}\nsteps:\n  - id: Pick\n    choose:\n      - {{when: {when}, go: A}}\n      - {{go: B}}\n  - {{id: A, does: {{action: lambda:invoke, resource: a}}, idempotent: true}}\n  - {{id: B, does: {{action: lambda:invoke, resource: b}}, idempotent: true}}\n"
    );
    let (_, problems) = read(&text, Format::Yaml);
    problems
        .into_iter()
        .filter(|problem| problem.id == "condition-not-readable")
        .map(|problem| {
            let help = problem.help.unwrap_or_default();
            (
                problem.position.line,
                problem.position.column,
                format!("{}; {help}", problem.message),
            )
        })
        .collect()
}

#[test]
fn a_condition_that_is_no_jsonata_is_told_with_line_and_column() {
    // `      - {when: '` are 16 characters: the text begins in column 17.
    for (when, column, says) in [
        ("'$count($.items > 0'", 17 + 18, "`)`"),
        (
            "'{% $states.input.total > %}'",
            17 + 25,
            "a value is missing",
        ),
        ("'$.total >'", 17 + 9, "condition"),
        ("'{% $sume($states.input.list) > 1 %}'", 17 + 3, "sum"),
        ("'$sume($.list) > 1'", 17, "sum"),
        ("'$.kind in [\"a\", other]'", 17 + 16, "write `$.other`"),
        ("'total > 100'", 17, "write `$.total`"),
        ("'{% $states.result.x %}'", 17 + 3, "result"),
        ("'{% $states.input.total > 1'", 17 + 26, "add `%}`"),
    ] {
        let all = told(when);
        let [(line, at, message)] = all.as_slice() else {
            panic!("{when}: {all:?}")
        };
        assert_eq!((*line, *at), (8, column), "{when}: {message}");
        assert!(message.contains(says), "{when}: {message}");
    }
}

#[test]
fn a_condition_that_can_be_evaluated_is_taken() {
    for when in [
        "'$.total > 100'",
        "'$.kind = \"gift\" and not ($.total < 3)'",
        "'$.weight * $.factor > 70'",
        "'$count($.items[price > 5]) > 0'",
        "'{% $states.input.total > 100 %}'",
        "' {% $states.input.total > 100 %} '",
        "'$.kind in [\"a\", \"b\"]'",
        "'$.found'",
    ] {
        assert_eq!(told(when), [], "{when}");
    }
}
