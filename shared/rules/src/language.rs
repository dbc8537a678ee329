//! Problems of the language, as findings: a reader need not know which crate found them.

use asl::{Level, Problem};
use findings::{Category, Confidence, Finding, Fix, MachineRef, Severity, Strictness};

use crate::{Subject, fixing};

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
    let help = problem.help.clone().unwrap_or_default();
    if problem.unwritten {
        return Some(fixing::steps(help.clone(), [help]).mechanical());
    }
    let edits: Vec<_> = problem.edits.iter().cloned().map(fixing::of).collect();
    let title = match problem.edits.as_slice() {
        [] => return None,
        [only] if !only.text.trim().is_empty() && !help.starts_with("remove") => {
            format!("write `{}`", only.text.trim_matches('"'))
        }
        _ => help,
    };
    Some(Fix::edits(title, edits).mechanical())
}
