//! How findings are worded and what they carry, whatever the rule.

use findings::{Finding, Fix, FixKind};

/// Words that show the inside of the program.
const INTERNAL: [&str; 12] = [
    "Some(",
    "None",
    "Fact",
    "Decimal",
    "StateKind",
    "Vec<",
    "Option<",
    "Unknown {",
    "usize",
    "{:",
    "\"\"",
    "NaN",
];

pub(super) fn assert_conventions(finding: &Finding) {
    let texts = [&finding.message, &finding.why, &finding.action].into_iter();
    let notes = finding.notes.iter().map(|note| &note.text);
    let title = finding.fix.iter().map(|fix| &fix.title);
    let steps = finding.fix.iter().flat_map(|fix| match &fix.kind {
        FixKind::Steps(steps) => steps.as_slice(),
        FixKind::Edits(_) | FixKind::Alarms(_) => &[],
    });
    let assumptions = finding.saving.iter().flat_map(|saving| &saving.assumptions);
    for text in texts
        .chain(notes)
        .chain(title)
        .chain(steps)
        .chain(assumptions)
        .filter(|text| !text.is_empty())
    {
        assert_wording(text, &finding.rule);
    }
    assert!(!finding.message.is_empty(), "{finding:?}");
    assert!(
        finding.fingerprint.len() == 16
            && finding
                .fingerprint
                .chars()
                .all(|digit| digit.is_ascii_hexdigit()),
        "{finding:?}"
    );
    if let Some(saving) = &finding.saving {
        assert!(
            saving.low <= saving.usd_per_month && saving.usd_per_month <= saving.high,
            "{finding:?}"
        );
        assert!(
            !finding.evidence.is_empty(),
            "a saving without evidence: {finding:?}"
        );
        assert!(
            !saving.assumptions.is_empty() || saving.low == saving.high,
            "a range without assumptions: {finding:?}"
        );
    }
    for evidence in &finding.evidence {
        assert!(
            !evidence.what.is_empty() && !evidence.value.is_empty() && !evidence.source.is_empty(),
            "{evidence:?}"
        );
    }
    if let Some(Fix {
        kind: FixKind::Edits(edits),
        ..
    }) = &finding.fix
    {
        assert!(
            edits.windows(2).all(|pair| pair[0].end <= pair[1].start),
            "edits out of order or on top of each other: {edits:?}"
        );
    }
}

fn assert_wording(text: &str, rule: &str) {
    let first = text.chars().next().unwrap();
    assert!(
        !first.is_uppercase() || starts_with_name(text),
        "`{rule}` starts in upper case: {text}"
    );
    assert!(
        !text.ends_with('.') || text.ends_with("..."),
        "`{rule}` ends with a full stop: {text}"
    );
    assert!(
        text.trim() == text && !text.contains("  "),
        "`{rule}` has stray blanks: {text}"
    );
    // What stands in backticks is the user's.
    let own: String = text.split('`').step_by(2).collect();
    for word in INTERNAL {
        assert!(!own.contains(word), "`{rule}` shows `{word}`: {text}");
    }
}

/// Names that are never written in lower case may start a sentence.
fn starts_with_name(text: &str) -> bool {
    let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap();
    [
        "AWS",
        "CloudWatch",
        "EventBridge",
        "Express",
        "JSON",
        "JSONata",
        "JSONPath",
        "Standard",
        "States",
        "StartAt",
        "YAML",
    ]
    .contains(&word)
        || word.chars().filter(|c| c.is_uppercase()).count() > 1
}
