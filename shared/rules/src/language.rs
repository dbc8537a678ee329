//! Problems of the language, as findings: a reader need not know which crate found them.

use asl::{Level, Problem};
use findings::{
    Category, Confidence, Finding, Fix, FixKind, MachineRef, Safety, Severity, Strictness, TextEdit,
};

use crate::Subject;

/// One finding for each problem of the definition.
pub(crate) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(definition) = subject.definition else {
        return Vec::new();
    };
    // What is filled in later is no fault of the author: a limit of ours, told to those who want to know all.
    let of_ours = |problem: &&Problem| problem.id == "structure-placeholder";
    let wants_all = subject.config.strictness > Strictness::Default;
    let problems = definition.problems.iter();
    problems
        .filter(|problem| wants_all || !of_ours(problem))
        .map(|problem| {
            let (category, severity) = match problem.level {
                Level::Error => (Category::Correctness, Severity::High),
                Level::Warning if of_ours(&problem) => {
                    (Category::Operations, Severity::Informational)
                }
                Level::Warning => (Category::Correctness, Severity::Low),
            };
            let aws = problem.aws_code.map(|code| format!("AWS: {code}"));
            let aliases = problem.aws_code.map(str::to_owned);
            Finding {
                rule: problem.id.to_owned(),
                aliases: aliases.into_iter().collect(),
                severity,
                confidence: Confidence::High,
                category,
                machine: MachineRef::clone(&subject.machine),
                location: subject.at(&problem.pointer, problem.span, aws.unwrap_or_default()),
                related: Vec::new(),
                message: problem.message.clone(),
                why: String::new(),
                action: problem.help.clone().unwrap_or_default(),
                notes: Vec::new(),
                ledger: Vec::new(),
                evidence: Vec::new(),
                saving: None,
                fix: fix(problem),
                fingerprint: subject.fingerprint(problem.id, &[&problem.pointer]),
                grouping: None,
                members: Vec::new(),
                absorbed: Vec::new(),
            }
        })
        .collect()
}

/// The change that the problem proposes; to be reviewed, because what was meant is guessed.
fn fix(problem: &Problem) -> Option<Fix> {
    let edits = problem.edits.iter().map(|edit| TextEdit {
        start: edit.span.start,
        end: edit.span.end,
        text: edit.text.clone(),
    });
    (!problem.edits.is_empty()).then(|| Fix {
        title: match problem.edits.as_slice() {
            [only] if !only.text.is_empty() => format!("write `{}`", only.text.trim_matches('"')),
            _ => problem.help.clone().unwrap_or_default(),
        },
        safety: Safety::Review,
        kind: FixKind::Edits(edits.collect()),
    })
}
