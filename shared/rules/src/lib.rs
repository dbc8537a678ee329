//! The rules, and [`analyze`], which applies them to what is known of one state machine.
//!
//! A rule is one file in `rules/` and one line in the list below; everything that lists rules (help, documentation,
//! configuration, tests) reads [`RULES`].

mod alarms;
mod declare;
mod express;
mod language;
mod numbers;
mod removable;
mod subject;

use facts::{AccountFacts, Deeper, MachineFacts, WorkflowType};
use findings::{Finding, MachineRef, MachineReport, NotAssessed, NotRead, Report, RuleMeta};
use pricing::Prices;

pub use subject::{Config, Subject, Verdict};

/// One rule.
pub struct Rule {
    /// What is said about it.
    pub meta: RuleMeta,
    check: fn(&Subject<'_>, &mut Verdict),
}

macro_rules! rules {
    ($($name:ident),+ $(,)?) => {
        mod rules {
            $(pub(super) mod $name;)+
        }

        /// Every rule, in the order in which they are applied and listed.
        pub const RULES: &[Rule] = &[$(Rule { meta: rules::$name::META, check: rules::$name::check }),+];
    };
}

rules! {
    failures_unwatched,
    removable_transition,
    standard_suits_express,
}

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.meta.id == id)
}

/// Judges one state machine: what its definition, metrics, alarms and histories say. Cannot fail: what is not known
/// makes rules say that they could not be applied.
pub fn analyze(facts: &MachineFacts, prices: &Prices, config: &Config) -> MachineReport {
    judge(facts, prices, config, RULES)
}

/// Judges one state machine by some of the rules.
pub fn judge(
    facts: &MachineFacts,
    prices: &Prices,
    config: &Config,
    rules: &[Rule],
) -> MachineReport {
    examine(facts, prices, config, rules).0
}

/// Judges one state machine, and tells what would make the judgement more exact.
fn examine(
    facts: &MachineFacts,
    prices: &Prices,
    config: &Config,
    rules: &[Rule],
) -> (MachineReport, Deeper) {
    let definition = subject::parse(facts);
    let subject = Subject::new(facts, definition.as_ref(), prices, config);
    let mut findings: Vec<Finding> = language::findings(&subject);
    let mut not_assessed: Vec<NotAssessed> = Vec::new();
    let mut gains = Deeper::default();
    for rule in rules {
        let mut verdict = Verdict::new(&rule.meta, &subject);
        (rule.check)(&subject, &mut verdict);
        findings.extend(verdict.findings);
        not_assessed.extend(verdict.not_assessed);
        gains |= verdict.gains;
    }
    let report = MachineReport {
        machine: subject.machine,
        findings,
        not_assessed,
    };
    (report, gains)
}

/// Judges every state machine of an account file. The report is not arranged: pages of one audit are put together first.
pub fn audit(account: &AccountFacts, prices: &Prices, config: &Config) -> Report {
    let missing = |missing: &facts::NotRead| NotRead {
        region: missing.region.clone(),
        arn: missing.arn.clone(),
        why: missing.why.clone(),
    };
    Report {
        at: account.collected,
        window_days: account.window.days(),
        account: account.account.clone(),
        regions: account.regions.clone(),
        prices_as_of: prices.as_of().to_owned(),
        machines: account
            .machines
            .iter()
            .map(|machine| analyze(machine, prices, config))
            .collect(),
        account_findings: Vec::new(),
        not_read: account.not_read.iter().map(missing).collect(),
        lifecycle: None,
    }
}

/// What is worth its calls: facts that would make the findings on a machine more exact. Nothing for a machine that is
/// idle, not read, or fine, and no histories where metrics tell what they would.
pub fn worth_deepening(facts: &MachineFacts, prices: &Prices, config: &Config) -> Deeper {
    let (Some(WorkflowType::Standard), Some(metrics)) =
        (facts.workflow_type.known(), facts.metrics.known())
    else {
        return Deeper::default();
    };
    if metrics.started.total == 0 {
        return Deeper::default();
    }
    examine(facts, prices, config, RULES).1
}

/// How findings name the machine.
pub fn machine_ref(facts: &MachineFacts) -> MachineRef {
    subject::machine_ref(facts)
}

#[cfg(test)]
mod tests;
