//! The rules, and [`analyze`], which applies them to what is known of one state machine.
//!
//! A rule is one file in `rules/` and one line in the list below; everything that lists rules (help, documentation,
//! configuration, tests) reads [`RULES`].
//!
//! The rules about calls of services need the catalogue of AWS services, half a megabyte. Without the feature `catalogue` they
//! are left out: a function that looks at what is deployed does without, because AWS has checked it by then.

mod alarms;
mod dataflow;
mod declare;
mod express;
mod fixing;
#[cfg(feature = "catalogue")]
mod flaws;
mod language;
mod loops;

mod practice;
mod removable;
mod secrets;
mod subject;
mod tasks;

use asl::Definition;
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
    ($($(#[$condition:meta])* $name:ident),+ $(,)?) => {
        mod rules {
            $($(#[$condition])* pub(super) mod $name;)+
        }

        /// Every rule, in the order in which they are applied and listed.
        pub const RULES: &[Rule] = &[$($(#[$condition])* Rule { meta: rules::$name::META, check: rules::$name::check }),+];
    };
}

rules! {
    #[cfg(feature = "catalogue")]
    call_parameter_missing,
    #[cfg(feature = "catalogue")]
    call_parameter_unknown,
    callback_without_heartbeat,
    distributed_map_without_batcher,
    distributed_map_without_tolerance,
    #[cfg(feature = "catalogue")]
    error_name_never_raised,
    express_impossible,
    express_without_error_handling,
    failures_unwatched,
    inline_map_concurrency,
    input_lost,
    #[cfg(feature = "catalogue")]
    integration_pattern_unsupported,
    lambda_arn_direct,
    lambda_unqualified,
    lambda_without_retry,
    nested_execution_unlinked,
    path_never_produced,
    payload_growth,
    polling_loop,
    removable_transition,
    #[cfg(feature = "catalogue")]
    resource_invalid,
    retry_longer_than_timeout,
    retry_without_jitter,
    secret_in_definition,
    #[cfg(feature = "catalogue")]
    service_action_unknown,
    single_lambda,
    standard_suits_express,
    task_token_not_passed,
    task_without_catch,
    task_without_timeout,
    unbounded_loop,
}

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.meta.id == id)
}

/// Judges one state machine: what its definition, metrics, alarms and histories say. Cannot fail: what is not known
/// makes rules say that they could not be applied.
pub fn analyze(facts: &MachineFacts, prices: &Prices, config: &Config) -> MachineReport {
    let definition = facts.parse();
    examine(facts, definition.as_ref(), prices, config, applied(config)).0
}

/// Judges a definition that was read already: one that stands in a template, say. Findings point into the text that it
/// came from; the facts tell the rest, and which file that is.
pub fn analyze_definition(
    facts: &MachineFacts,
    definition: &Definition,
    prices: &Prices,
    config: &Config,
) -> MachineReport {
    examine(facts, Some(definition), prices, config, applied(config)).0
}

/// The rules that a user wants to hear.
fn applied(config: &Config) -> impl Iterator<Item = &'static Rule> {
    let strictness = config.strictness;
    RULES
        .iter()
        .filter(move |rule| rule.meta.strictness <= strictness)
}

/// Judges one state machine by some of the rules, however strict they are.
pub fn judge<'a>(
    facts: &MachineFacts,
    prices: &Prices,
    config: &Config,
    rules: impl IntoIterator<Item = &'a Rule>,
) -> MachineReport {
    let definition = facts.parse();
    examine(facts, definition.as_ref(), prices, config, rules).0
}

/// Judges one state machine, and tells what would make the judgement more exact.
fn examine<'a>(
    facts: &MachineFacts,
    definition: Option<&Definition>,
    prices: &Prices,
    config: &Config,
    rules: impl IntoIterator<Item = &'a Rule>,
) -> (MachineReport, Deeper) {
    let subject = Subject::new(facts, definition, prices, config);
    let mut findings: Vec<Finding> = language::findings(&subject);
    let mut not_assessed: Vec<NotAssessed> = Vec::new();
    let mut gains = Deeper::default();
    // AWS does not take it, so that nobody runs it: what is wrong with its text is enough.
    let too_large = |problem: &asl::Problem| problem.id == "definition-too-large";
    let is_too_large = definition.is_some_and(|it| it.problems.iter().any(too_large));
    for rule in rules {
        let mut verdict = Verdict::new(&rule.meta, &subject);
        if is_too_large {
            verdict.not_assessed("the definition is larger than AWS takes");
        } else {
            (rule.check)(&subject, &mut verdict);
        }
        findings.extend(verdict.findings);
        not_assessed.extend(verdict.not_assessed);
        gains |= verdict.gains;
    }
    // Where nothing is told, nothing is shown of the definition.
    let told = !findings.is_empty() || !not_assessed.is_empty();
    let hidden = definition.filter(|_| told).map(|definition| {
        secrets::hide(&mut findings, &mut not_assessed, subject.secrets());
        secrets::hidden(definition, subject.secrets())
    });
    let report = MachineReport {
        machine: subject.machine,
        findings,
        not_assessed,
        hidden: hidden.unwrap_or_default(),
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
    let definition = facts.parse();
    examine(facts, definition.as_ref(), prices, config, applied(config)).1
}

/// How findings name the machine.
pub fn machine_ref(facts: &MachineFacts) -> MachineRef {
    subject::machine_ref(facts)
}

#[cfg(test)]
mod tests;
