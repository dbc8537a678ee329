//! Problems of the language, as findings: a reader need not know which crate found them.

use asl::{Level, Problem};
use findings::{
    Category, Confidence, Finding, Fix, FixKind, MachineRef, Safety, Severity, TextEdit,
};

use crate::Subject;

/// One finding for each problem of the definition.
pub(crate) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(definition) = subject.definition else {
        return Vec::new();
    };
    definition
        .problems
        .iter()
        .map(|problem| {
            let severity = match problem.level {
                Level::Error => Severity::High,
                Level::Warning => Severity::Low,
            };
            let aws = problem.aws_code.map(|code| format!("AWS: {code}"));
            let aliases = problem.aws_code.map(str::to_owned);
            Finding {
                rule: problem.id.to_owned(),
                aliases: aliases.into_iter().collect(),
                severity,
                confidence: Confidence::High,
                category: Category::Correctness,
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
