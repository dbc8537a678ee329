//! What holds for every input, however it is read.

use asl::{Definition, Span};
use facts::{Fact, MachineFacts, WorkflowType};
use findings::{Finding, Strictness};
use pricing::Prices;
use rules::Config;

/// A span that is used to cut a text can do so.
pub fn assert_inside(span: Span, text: &str, what: &str) {
    assert!(
        text.get(span.start..span.end).is_some(),
        "{span:?} is no part of a text of {} bytes: {what}",
        text.len()
    );
}

/// Problems stand in the text, in its order, and say something.
pub fn assert_problems(definition: &Definition) {
    let mut last = 0;
    for problem in &definition.problems {
        assert_inside(problem.span, &definition.text, problem.id);
        assert!(problem.span.start >= last, "{} is out of order", problem.id);
        last = problem.span.start;
        assert!(!problem.message.is_empty(), "{} is silent", problem.id);
        assert!(
            asl::PROBLEMS.iter().any(|(id, _)| *id == problem.id),
            "{} is not in the list",
            problem.id
        );
        let place = definition.position(problem.span.start);
        assert!(place.line >= 1 && place.column >= 1);
        for edit in &problem.edits {
            assert_inside(edit.span, &definition.text, problem.id);
        }
    }
    for state in definition.states() {
        assert_inside(state.span, &definition.text, "state");
        assert_inside(state.name.span, &definition.text, "name of a state");
    }
}

/// Everything that is said of a text, hints included.
pub fn judged(text: &str, workflow_type: WorkflowType) -> Vec<Finding> {
    let config = strictest();
    rules::analyze(&machine(text, workflow_type), Prices::embedded(), &config).findings
}

/// All rules.
pub fn strictest() -> Config {
    Config {
        strictness: Strictness::All,
        ..Config::default()
    }
}

/// What is known of a definition in a file.
pub fn machine(text: &str, workflow_type: WorkflowType) -> MachineFacts {
    let mut facts = MachineFacts::from_file("a.asl.json", "a", text.to_owned());
    facts.workflow_type = Fact::Known(workflow_type);
    facts
}

/// A finding is told at a place of the text, in one line that a person can read.
pub fn assert_findings(findings: &[Finding], text: &str) {
    for finding in findings {
        let place = &finding.location;
        assert_inside(Span::new(place.start, place.end), text, &finding.rule);
        assert!(!finding.message.is_empty(), "{} is silent", finding.rule);
    }
}
