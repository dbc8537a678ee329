//! What is proposed for any text can be applied, and a text that could be read can be read afterwards.
#![no_main]

use asl::{Definition, Edit, Format, Level, Span, apply};
use facts::WorkflowType;
use findings::FixKind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let unreadable = unreadable(text);
    for kind in [WorkflowType::Standard, WorkflowType::Express] {
        let findings = fuzz::judged(text, kind);
        fuzz::assert_findings(&findings, text);
        for finding in &findings {
            let Some(FixKind::Edits(edits)) = finding.fix.as_ref().map(|fix| &fix.kind) else {
                continue;
            };
            let edits: Vec<Edit> = edits
                .iter()
                .map(|edit| Edit {
                    span: Span::new(edit.start, edit.end),
                    text: edit.text.clone(),
                })
                .collect();
            let changed =
                apply(text, &edits).unwrap_or_else(|| panic!("{}: {edits:?}", finding.rule));
            let broken = unreadable == 0 && self::unreadable(&changed) > 0;
            assert!(!broken, "{}: {edits:?} leave {changed}", finding.rule);
        }
    }
});

/// How many problems a reader has with a text.
fn unreadable(text: &str) -> usize {
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    let bad = |id: &str| ["invalid-json", "too-deeply-nested", "duplicate-key"].contains(&id);
    let problems = definition.problems.iter();
    problems
        .filter(|it| it.level == Level::Error && bad(it.id))
        .count()
}
