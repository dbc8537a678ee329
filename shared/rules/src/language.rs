//! Problems of the language, as findings: a reader need not know which crate found them.

use asl::Level;
use findings::{Category, Confidence, Finding, MachineRef, Severity};

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
            Finding {
                rule: problem.id.to_owned(),
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
                fix: None,
                fingerprint: subject.fingerprint(problem.id, &[&problem.pointer]),
                grouping: None,
                members: Vec::new(),
                absorbed: Vec::new(),
            }
        })
        .collect()
}
