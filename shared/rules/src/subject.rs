//! What a rule looks at, and what it answers.

use std::cell::OnceCell;

use asl::{Definition, Span, State};
use facts::{Deeper, Fact, MachineFacts, WorkflowType};
use findings::{Finding, Location, MachineRef, NotAssessed, RuleMeta, Strictness, fingerprint};
use pricing::{Prices, REFERENCE_REGION, RegionPrices};
use rust_decimal::Decimal;

use crate::dataflow::{self, Gap};
#[cfg(feature = "catalogue")]
use crate::flaws::{self, Flaw};
use crate::secrets::{Secret, secrets};

/// What a user may set about judging.
#[derive(Clone, Debug)]
pub struct Config {
    /// Count AWS's free tier, once for every state machine. Off: other state machines of the account use it up.
    pub free_tier: bool,
    /// Savings below this many US dollars a month are not worth a finding about the workflow type.
    pub min_saving: Decimal,
    /// How much a user wants to be told.
    pub strictness: Strictness,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            free_tier: false,
            min_saving: Decimal::ONE,
            strictness: Strictness::Default,
        }
    }
}

/// One state machine under judgement.
pub struct Subject<'a> {
    /// All that is known.
    pub facts: &'a MachineFacts,
    /// The definition, where it is known; it may have problems of its own.
    pub definition: Option<&'a Definition>,
    /// Prices of its Region.
    pub prices: RegionPrices,
    /// Date of the prices.
    pub prices_as_of: &'a str,
    /// What a user set.
    pub config: &'a Config,
    /// How findings name it.
    pub machine: MachineRef,
    #[cfg(feature = "catalogue")]
    flaws: OnceCell<Vec<Flaw>>,
    gaps: OnceCell<Vec<Gap>>,
    secrets: OnceCell<Vec<Secret>>,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(
        facts: &'a MachineFacts,
        definition: Option<&'a Definition>,
        prices: &'a Prices,
        config: &'a Config,
    ) -> Self {
        Self {
            facts,
            definition,
            prices: prices.region(&facts.region),
            prices_as_of: prices.as_of(),
            config,
            machine: machine_ref(facts),
            #[cfg(feature = "catalogue")]
            flaws: OnceCell::new(),
            gaps: OnceCell::new(),
            secrets: OnceCell::new(),
        }
    }

    /// The definition, or why a rule that needs nothing else cannot be applied.
    pub fn assessable(&self, verdict: &mut Verdict) -> Option<&'a Definition> {
        if let (None, Err(why)) = (self.definition, self.facts.definition.get()) {
            verdict.not_assessed(format!("the definition is not known: {why}"));
        }
        self.definition
    }

    /// What is wrong with what its Tasks call: looked up once for all rules.
    #[cfg(feature = "catalogue")]
    pub(crate) fn flaws(&self) -> &[Flaw] {
        self.flaws
            .get_or_init(|| self.definition.map(flaws::flaws).unwrap_or_default())
    }

    /// Credentials in the definition.
    pub(crate) fn secrets(&self) -> &[Secret] {
        self.secrets
            .get_or_init(|| self.definition.map(secrets).unwrap_or_default())
    }

    /// What its states read that cannot be there: looked up once for all rules.
    pub(crate) fn gaps(&self) -> &[Gap] {
        self.gaps
            .get_or_init(|| self.definition.map(dataflow::gaps).unwrap_or_default())
    }

    /// The place of a state, with words to set beside it.
    pub fn at_state(&self, state: &State, label: impl Into<String>) -> Location {
        let mut location = self.at(&state.pointer, state.name.span, label);
        location.state = Some(state.name.value.clone());
        location
    }

    /// A place in the definition, with words to set beside it.
    pub fn at(&self, pointer: &str, span: Span, label: impl Into<String>) -> Location {
        let position = self
            .definition
            .map(|definition| definition.position(span.start));
        Location {
            pointer: pointer.to_owned(),
            state: None,
            start: span.start,
            end: span.end,
            line: position.map_or(0, |position| position.line),
            column: position.map_or(0, |position| position.column),
            label: label.into(),
        }
    }

    /// Where a price comes from; one that is not known for the Region is another's.
    pub(crate) fn price_source(&self, known: bool) -> String {
        let (region, date) = (self.facts.region.as_str(), self.prices_as_of);
        if known {
            return format!("prices {region}, {date}");
        }
        let own = match region {
            "" => "the Region is not known".to_owned(),
            region => format!("{region}'s are not known"),
        };
        format!("prices of {REFERENCE_REGION}, {date}; {own}")
    }

    /// The stable id of a finding on this machine.
    pub fn fingerprint(&self, rule: &str, parts: &[&str]) -> String {
        let Some(file) = self.machine.file.as_deref() else {
            return fingerprint(rule, &self.machine.arn, parts);
        };
        // One file may hold several state machines, and their states may have the same names.
        let is_part = |it: &Definition| it.own_text().len() < it.text.len();
        if self.definition.is_some_and(is_part) {
            return fingerprint(rule, &format!("{file}#{}", self.machine.name), parts);
        }
        fingerprint(rule, file, parts)
    }
}

/// What one rule says of one machine.
pub struct Verdict {
    pub(crate) findings: Vec<Finding>,
    pub(crate) not_assessed: Vec<NotAssessed>,
    pub(crate) gains: Deeper,
    meta: RuleMeta,
    machine: MachineRef,
}

impl Verdict {
    pub(crate) fn new(meta: &RuleMeta, subject: &Subject<'_>) -> Self {
        Self {
            findings: Vec::new(),
            not_assessed: Vec::new(),
            gains: Deeper::default(),
            meta: *meta,
            machine: subject.machine.clone(),
        }
    }

    /// A finding of this rule with the rule's usual severity and confidence, to be completed and given to
    /// [`Verdict::report`].
    pub fn draft(&self, message: impl Into<String>) -> Finding {
        Finding {
            rule: self.meta.id.to_owned(),
            aliases: Vec::new(),
            severity: self.meta.severity,
            confidence: self.meta.confidence,
            category: self.meta.category,
            machine: self.machine.clone(),
            location: Location::default(),
            related: Vec::new(),
            message: message.into(),
            why: String::new(),
            action: String::new(),
            notes: Vec::new(),
            ledger: Vec::new(),
            evidence: Vec::new(),
            saving: None,
            fix: None,
            fingerprint: String::new(),
            grouping: None,
            members: Vec::new(),
            absorbed: Vec::new(),
        }
    }

    /// Something to tell.
    pub fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Facts that were not asked for yet and would make what was told more exact.
    pub fn gains_by(&mut self, deeper: Deeper) {
        self.gains |= deeper;
    }

    /// The rule cannot be applied.
    pub fn not_assessed(&mut self, why: impl Into<String>) {
        self.not_assessed.push(NotAssessed {
            rule: self.meta.id.to_owned(),
            why: why.into(),
        });
    }
}

pub(crate) fn machine_ref(facts: &MachineFacts) -> MachineRef {
    MachineRef {
        arn: facts.arn.clone(),
        name: facts.name.clone(),
        region: facts.region.clone(),
        account: facts.account.clone(),
        workflow_type: match &facts.workflow_type {
            Fact::Known(WorkflowType::Standard) => "STANDARD".to_owned(),
            Fact::Known(WorkflowType::Express) => "EXPRESS".to_owned(),
            Fact::Unknown { .. } => String::new(),
        },
        file: facts.file.clone(),
    }
}
