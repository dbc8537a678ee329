//! What people write that is nearly right, and what is said of it.

use asl::Format;

use super::reading::{SAVE, file, ids, told};
use crate::requirements::read;

#[test]
fn a_text_over_several_lines_is_one_line() {
    for sign in ["|", ">", "|-"] {
        let text = file(
            &[&format!(
                "trigger:\n  type: iot\n  source: {sign}\n    SELECT *, topic(2) AS meter\n    FROM 'meters/+'\n    WHERE value > 0"
            )],
            &[SAVE, SAVE.replace("Save", "Again").as_str()],
        );
        let (asked, problems) = read(&text, Format::Yaml);
        assert_eq!(
            asked.and_then(|asked| asked.trigger.source).as_deref(),
            Some("SELECT *, topic(2) AS meter FROM 'meters/+' WHERE value > 0"),
            "{problems:?}"
        );
    }
}

#[test]
fn a_fallback_that_nobody_names_is_told() {
    let (told, _) = ids(&["failure: {policy: fallback}"], &[SAVE]);
    assert_eq!(told, ["fallback-without-name"]);
    let named = "{id: Call, does: {action: lambda:invoke, resource: a}, breaker: {fallback: Save}}";
    let (told, text) = ids(&["failure: {policy: fallback}"], &[named, SAVE]);
    assert!(told.is_empty(), "{text}");
}

#[test]
fn the_nearest_word_is_whole() {
    for (action, meant) in [
        ("lamda:invoke", "lambda:invoke"),
        ("Lambda:Invoke", "lambda:invoke"),
        ("dynamo:PutItem", "dynamodb:putItem"),
        ("dynamodb:putItm", "dynamodb:putItem"),
        ("stepfunctions:startExecution", "workflow"),
    ] {
        let (_, text) = ids(&[], &[&format!("{{id: A, does: {{action: '{action}'}}}}")]);
        assert!(text.contains(&format!("`{meant}`")), "{action}: {text}");
    }
    let (_, text) = ids(
        &[],
        &["{id: A, does: {action: sqs:sendMessage, resource: q}, wait: callback}"],
    );
    assert!(
        text.contains("put it into the call: `does: {action: …, wait: callback}`"),
        "{text}"
    );
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\n";
    let deep = format!("{bomb}steps: {}{}", "[".repeat(300), "]".repeat(300));
    assert!(!told(&deep).contains("quote the value"), "{}", told(&deep));
}
