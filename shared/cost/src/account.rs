//! The bill of an account.

use std::collections::{BTreeMap, BTreeSet};

use facts::{AccountFacts, Fact, NotRead, Window};
use findings::Evidence;
use pricing::{BYTES_PER_GB, Prices, RegionPrices, Usd, num};
use rust_decimal::Decimal;

use crate::bill::{self, Item, Line, Rates};
use crate::groups::Groups;
use crate::month::{Month, Usage, Work, type_name};
use crate::notes;
use crate::numbers::short;
use crate::other::{self, BreakEven, Leans, Other};
use crate::states::{StateCost, states};
use crate::usage::Range;

/// What the state machines of an account cost in a month of 730 hours, in US dollars.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountCost {
    /// Account id.
    pub account: String,
    /// Regions that were read.
    pub regions: Vec<String>,
    /// The observation window.
    pub window: Window,
    /// Date of the price table.
    pub prices_as_of: String,
    /// State machines, the most expensive first.
    pub machines: Vec<MachineCost>,
    /// State machines that could not be read and are in no sum.
    pub not_read: Vec<NotRead>,
    /// Sum of all bills, before the free tier.
    pub total: Range,
    /// What AWS's free tiers take off, where nothing else of the account uses them.
    pub free: Vec<Free>,
    /// The machines together against what CloudWatch says of a whole Region.
    pub checks: Vec<Check>,
    /// What a reader of the total must know.
    pub notes: Vec<String>,
}

/// A free tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Free {
    /// Of what: `transitions`, `logs`, `traces`.
    pub item: Item,
    /// How much of it: `4,000 transitions`.
    pub quantity: String,
    /// US dollars a month.
    pub usd: Decimal,
}

/// One number of a Region, as its machines have it together and as CloudWatch has it for the Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Region.
    pub region: String,
    /// `state transitions`, `executions`, `ms of billed Express duration`.
    pub what: &'static str,
    /// Sum over the machines in the window.
    pub machines: Decimal,
    /// What the metric of the Region says, or why it is not known.
    pub region_says: Result<Decimal, String>,
}

impl Check {
    /// By how much the machines are below (negative) or above the Region, as a share of the Region's number.
    pub fn difference(&self) -> Option<Decimal> {
        let all = self.region_says.as_ref().ok()?;
        match num::div(num::sub(self.machines, *all), *all) {
            None if self.machines.is_zero() => Some(Decimal::ZERO),
            share => share,
        }
    }
}

/// What one state machine costs in a month.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineCost {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its Region.
    pub region: String,
    /// `STANDARD`, `EXPRESS`; empty where it is not known.
    pub workflow: &'static str,
    /// Its tags; none where they are not known.
    pub tags: BTreeMap<String, String>,
    /// The bill, or why there is none.
    pub month: Result<MonthCost, String>,
}

/// A bill and what it stands on.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthCost {
    /// Executions a month.
    pub executions: Decimal,
    /// Billed transitions of one execution; for an Express workflow, those that it would have as Standard.
    pub transitions: Option<Range>,
    /// The lines, in the order of [`Item::ALL`].
    pub lines: Vec<Line>,
    /// Their sum.
    pub total: Range,
    /// Something that costs is not in the sum; [`MonthCost::notes`] say what.
    pub at_least: bool,
    /// What the month would cost as the other type.
    pub other: Other,
    /// Which type is cheaper.
    pub leans: Option<Leans>,
    /// Where both cost the same.
    pub break_even: Option<BreakEven>,
    /// Executions of other machines that it starts: they are in those machines' bills, and not in [`MonthCost::total`].
    pub starts: Vec<Started>,
    /// What each state costs, the most expensive first; empty where no execution was sampled.
    pub states: Vec<StateCost>,
    /// What the numbers stand on.
    pub evidence: Vec<Evidence>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// Executions of another machine that a state starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The state.
    pub state: String,
    /// Name of the other machine.
    pub machine: String,
    /// Its share of that machine's executions, 0 to 1; none where it is not known how often the state is entered.
    pub share: Option<Decimal>,
    /// It is no more than that: the state is entered once in an execution, or not at all.
    pub at_most: bool,
    /// That share of the other machine's bill, in US dollars.
    pub usd: Option<Decimal>,
}

impl MachineCost {
    /// The sum of its bill; zero where there is none.
    pub fn usd(&self) -> Decimal {
        self.month
            .as_ref()
            .map_or(Decimal::ZERO, |month| month.total.best)
    }
}

/// The bill of an account.
pub fn account(facts: &AccountFacts, prices: &Prices) -> AccountCost {
    let months: Vec<Month<'_>> = facts.machines.iter().map(Month::of).collect();
    let logs = Groups::of(&months);
    let rates = rates(&months, &logs, prices);
    let mut machines: Vec<MachineCost> = months
        .iter()
        .filter_map(|month| {
            let rates = rates.get(month.facts.region.as_str())?;
            Some(machine(month, &logs, rates))
        })
        .collect();
    attribute(&months, &mut machines);
    machines.sort_by(|a, b| b.usd().cmp(&a.usd()).then_with(|| a.arn.cmp(&b.arn)));
    let bills = machines
        .iter()
        .filter_map(|machine| machine.month.as_ref().ok());
    AccountCost {
        account: facts.account.clone(),
        regions: facts.regions.clone(),
        window: facts.window,
        prices_as_of: prices.as_of().to_owned(),
        total: bills
            .clone()
            .fold(Range::default(), |sum, month| sum.and(month.total)),
        free: free(&machines, &rates, prices),
        checks: checks(facts, &months),
        notes: account_notes(facts, &machines, &rates),
        not_read: facts.not_read.clone(),
        machines,
    }
}

fn machine(month: &Month<'_>, logs: &Groups<'_>, rates: &Rates) -> MachineCost {
    let facts = month.facts;
    MachineCost {
        arn: facts.arn.clone(),
        name: facts.name.clone(),
        region: facts.region.clone(),
        workflow: type_name(facts),
        tags: facts.tags.known().cloned().unwrap_or_default(),
        month: match (&month.work, foreign(&rates.prices)) {
            (Err(why), _) => Err(why.clone()),
            (Ok(_), Some(why)) => Err(why),
            (Ok(work), None) => Ok(bill_of(month, work, logs, rates)),
        },
    }
}

/// Why a bill in US dollars cannot be made: the Region is paid in another currency.
fn foreign(prices: &RegionPrices) -> Option<String> {
    if let Some(foreign) = &prices.foreign {
        return Some(format!(
            "{} is paid in {}, and a bill is in US dollars",
            prices.region, foreign.currency
        ));
    }
    let conflict = prices.conflict.as_ref()?;
    let each: Vec<String> = conflict
        .per_transition
        .iter()
        .map(ToString::to_string)
        .collect();
    Some(format!(
        "{} is paid in {}, and of its price published sources say {} a transition",
        prices.region,
        conflict.currency,
        each.join(" and ")
    ))
}

fn bill_of(month: &Month<'_>, work: &Work<'_>, logs: &Groups<'_>, rates: &Rates) -> MonthCost {
    let lines = bill::lines(month, work, &logs.of_machine(month.facts, work), rates);
    let other = other::other(month, work, rates);
    let is_standard = matches!(work.usage, Usage::Standard(_));
    let sample = month.facts.executions.known();
    let mut evidence = notes::evidence(month, work);
    evidence.push(price_evidence(&rates.prices));
    let mut notes = notes::notes(month, work);
    notes.extend(lines.iter().filter_map(|line| line.assumed.clone()));
    MonthCost {
        executions: work.executions,
        transitions: work
            .transitions(month.facts, month.definition.as_ref())
            .map(|transitions| transitions.per_execution),
        total: lines
            .iter()
            .fold(Range::default(), |sum, line| sum.and(line.usd)),
        at_least: notes::is_at_least(month, work),
        leans: other::leans(is_standard, &other),
        break_even: other::break_even(month, work, rates),
        other,
        starts: Vec::new(),
        states: sample
            .map(|sample| states(sample, month.definition.as_ref(), &lines))
            .unwrap_or_default(),
        lines,
        evidence,
        notes,
    }
}

fn price_evidence(prices: &RegionPrices) -> Evidence {
    let tier = prices.express_tiers.first();
    Evidence {
        what: "prices".to_owned(),
        value: format!(
            "Standard {} transitions; Express {} requests, ${} a GB-second",
            prices.transition.per_million(),
            prices.express_request.per_million(),
            tier.map(|tier| tier.usd_per_gb_second.0.normalize())
                .unwrap_or_default(),
        ),
        source: if !prices.known {
            format!(
                "assumed to be those of {}, {}",
                pricing::REFERENCE_REGION,
                prices.as_of
            )
        } else if prices.source.contains(&prices.as_of) {
            prices.source.clone()
        } else {
            format!("{}, {}", prices.source, prices.as_of)
        },
    }
}

/// Prices of each Region, with what its tiers come to.
fn rates(months: &[Month<'_>], logs: &Groups<'_>, prices: &Prices) -> BTreeMap<String, Rates> {
    let mut regions: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
    for month in months {
        let (gb_seconds, bytes) = regions.entry(month.facts.region.clone()).or_default();
        *gb_seconds = num::add(*gb_seconds, month.gb_seconds());
        if let Ok(work) = &month.work {
            let logged = logs.of_machine(month.facts, work).ingested.best;
            *bytes = num::add(*bytes, logged);
        }
    }
    let regions = regions.into_iter().map(|(region, (gb_seconds, bytes))| {
        let gb = num::div_or_max(bytes, Decimal::from(BYTES_PER_GB));
        let rates = Rates::of(prices, &region, gb_seconds, gb);
        (region, rates)
    });
    regions.collect()
}

/// Fills in [`MonthCost::starts`]: of each machine that others start, the share of its bill that each of them causes.
fn attribute(months: &[Month<'_>], machines: &mut [MachineCost]) {
    let by_name: BTreeMap<(&str, &str), usize> = months
        .iter()
        .enumerate()
        .map(|(at, month)| ((month.facts.region.as_str(), month.facts.name.as_str()), at))
        .collect();
    let mut found: Vec<(usize, Started)> = Vec::new();
    for (child, cost) in months.iter().zip(machines.iter()) {
        let (Some(callers), Ok(bill), Ok(work)) =
            (child.facts.callers.known(), &cost.month, &child.work)
        else {
            continue;
        };
        let calls: Vec<Option<(Decimal, bool)>> = callers
            .iter()
            .map(|caller| {
                let at = by_name.get(&(child.facts.region.as_str(), caller.machine.as_str()))?;
                starts(months.get(*at)?, &caller.state)
            })
            .collect();
        let known = calls
            .iter()
            .flatten()
            .fold(Decimal::ZERO, |sum, (calls, _)| num::add(sum, *calls));
        // Callers that say more than there was started, together: each counts for its part.
        let all = known.max(work.executions);
        for (caller, calls) in callers.iter().zip(calls) {
            let Some(at) = by_name.get(&(child.facts.region.as_str(), caller.machine.as_str()))
            else {
                continue;
            };
            let share = calls.and_then(|(calls, _)| num::div(calls, all));
            found.push((
                *at,
                Started {
                    state: caller.state.clone(),
                    machine: child.facts.name.clone(),
                    share,
                    at_most: calls.is_some_and(|(_, at_most)| at_most),
                    usd: share.map(|share| num::mul(bill.total.best, share)),
                },
            ));
        }
    }
    for (at, started) in found {
        if let Some(Ok(month)) = machines.get_mut(at).map(|machine| &mut machine.month) {
            month.starts.push(started);
        }
    }
}

/// How often a state of a machine is entered in a month, and whether it is no more than that; none where neither a sample nor
/// the definition tells.
fn starts(parent: &Month<'_>, state: &str) -> Option<(Decimal, bool)> {
    let work = parent.work.as_ref().ok()?;
    if work.executions.is_zero() {
        return Some((Decimal::ZERO, false));
    }
    if let Some((entered, _)) = parent
        .facts
        .executions
        .known()
        .and_then(|sample| sample.entries(state))
    {
        let entered = crate::numbers::decimal(entered);
        return Some((num::mul(entered, work.executions), false));
    }
    // Outside of loops and Maps an execution comes by once at most.
    let scope = &parent.definition.as_ref()?.machine.scope;
    let at = scope
        .states
        .iter()
        .position(|one| one.name.value == state)?;
    let loops = scope.graph().loops(|_| true);
    let is_once = !loops.iter().any(|members| members.contains(&at));
    is_once.then_some((work.executions, true))
}

fn free(machines: &[MachineCost], rates: &BTreeMap<String, Rates>, prices: &Prices) -> Vec<Free> {
    let usd_of = |item: Item| {
        let bills = machines
            .iter()
            .filter_map(|machine| machine.month.as_ref().ok());
        let lines = bills
            .flat_map(|month| &month.lines)
            .filter(move |line| line.item == item);
        lines.fold(Decimal::ZERO, |sum, line| num::add(sum, line.usd.best))
    };
    // In several Regions the cheapest price: what is taken off is then never too much.
    let least = |of: &dyn Fn(&Rates) -> Decimal| rates.values().map(of).min().unwrap_or_default();
    let any = rates.values().next();
    let transitions = any
        .map(|rates| rates.prices.free_transitions)
        .unwrap_or_default();
    let logs = any
        .map(|rates| rates.prices.logs_free_gb)
        .unwrap_or_default();
    let traces = prices.other("xray_trace_recorded");
    let traces = traces.map(|price| price.free_per_month).unwrap_or_default();
    let rows = [
        (
            Item::Transitions,
            format!("{} transitions", short(transitions)),
            num::mul(transitions, least(&|rates| rates.prices.transition.0)),
        ),
        (
            Item::Logs,
            format!("{} GB of logs", short(logs)),
            num::mul(logs, least(&|rates| rates.log_gb)),
        ),
        (
            Item::Traces,
            format!("{} traces", short(traces)),
            num::mul(traces, least(&|rates| rates.trace.0)),
        ),
    ];
    rows.into_iter()
        .map(|(item, quantity, most)| Free {
            item,
            quantity,
            usd: most.min(usd_of(item)),
        })
        .filter(|free| free.usd > Decimal::ZERO)
        .collect()
}

fn checks(facts: &AccountFacts, months: &[Month<'_>]) -> Vec<Check> {
    let mut checks = Vec::new();
    for region in &facts.regions {
        let mut sums = [Decimal::ZERO; 3];
        let [executions, transitions, express_ms] = &mut sums;
        for month in months.iter().filter(|month| &month.facts.region == region) {
            let Ok(work) = &month.work else { continue };
            *executions = num::add(*executions, work.metrics.started.total.into());
            match &work.usage {
                Usage::Standard(each) => {
                    let all = work.metrics.transitions.map_or_else(
                        || num::mul(each.per_execution.best, work.metrics.started.total.into()),
                        Decimal::from,
                    );
                    *transitions = num::add(*transitions, all);
                }
                Usage::Express(_) => {
                    let billed = work
                        .metrics
                        .express
                        .as_ref()
                        .map(|it| it.billed_ms)
                        .unwrap_or_default();
                    *express_ms = num::add(*express_ms, crate::numbers::decimal(billed));
                }
                Usage::Idle => {}
            }
        }
        let totals = match facts.totals.get(region) {
            Some(Fact::Known(totals)) => Ok(totals),
            Some(Fact::Unknown { why }) => Err(why.clone()),
            None => Err("metrics of the Region were not asked for".to_owned()),
        };
        let says = |of: &dyn Fn(&facts::RegionTotals) -> Option<Decimal>| {
            let totals = totals.clone()?;
            of(totals).ok_or_else(|| "CloudWatch has no such metric".to_owned())
        };
        let rows = [
            (
                "executions",
                *executions,
                says(&|it| it.started.map(Decimal::from)),
            ),
            (
                "state transitions",
                *transitions,
                says(&|it| it.transitions.map(Decimal::from)),
            ),
            (
                "ms of billed Express duration",
                *express_ms,
                says(&|it| it.express_billed_ms.map(crate::numbers::decimal)),
            ),
        ];
        checks.extend(
            rows.into_iter()
                .filter(|(_, machines, says)| {
                    !machines.is_zero() || matches!(says, Ok(all) if !all.is_zero())
                })
                .map(|(what, machines, region_says)| Check {
                    region: region.clone(),
                    what,
                    machines,
                    region_says,
                }),
        );
    }
    checks
}

fn account_notes(
    facts: &AccountFacts,
    machines: &[MachineCost],
    rates: &BTreeMap<String, Rates>,
) -> Vec<String> {
    let mut notes = Vec::new();
    let plural = |count: usize| {
        if count == 1 {
            "state machine"
        } else {
            "state machines"
        }
    };
    let unread = facts.not_read.len();
    if unread > 0 {
        notes.push(format!(
            "{unread} {} could not be read and cost nothing here",
            plural(unread)
        ));
    }
    let unknown = machines
        .iter()
        .filter(|machine| machine.month.is_err())
        .count();
    if unknown > 0 {
        notes.push(format!(
            "the cost of {unknown} {} is not known and in no sum",
            plural(unknown)
        ));
    }
    let express: Vec<&Rates> = rates
        .values()
        .filter(|rates| !rates.gb_seconds.is_zero())
        .collect();
    if express.len() > 1 {
        notes.push(
            "price tiers of Express duration are filled by each Region on its own; whether AWS adds Regions up is not documented".to_owned(),
        );
    }
    let is_part = |machine: &&MachineCost| matches!(&machine.month, Ok(month) if month.at_least);
    let parts = machines.iter().filter(is_part).count();
    if parts > 0 {
        notes.push(format!(
            "the sum is too low: of {parts} {} a part of the cost is not known, and said in full with each",
            plural(parts)
        ));
    }
    for rates in rates.values() {
        notes.extend(rates.prices.notes().into_iter().map(str::to_owned));
    }
    notes.dedup();
    notes
}

/// Of the dearest machines this many at most are worth a look into their executions.
const WORTH_A_LOOK: usize = 50;

/// The ARNs of the machines that make up nearly all of a bill: what their states cost is worth some calls.
pub fn dearest(cost: &AccountCost) -> BTreeSet<&str> {
    let enough = num::mul(cost.total.best, Decimal::new(95, 2));
    let mut sum = Decimal::ZERO;
    let mut found = BTreeSet::new();
    for machine in cost.machines.iter().take(WORTH_A_LOOK) {
        if sum >= enough || machine.usd().is_zero() {
            break;
        }
        sum = num::add(sum, machine.usd());
        found.insert(machine.arn.as_str());
    }
    found
}

/// Bills by the value of a tag; machines without it are under none.
pub fn by_tag(cost: &AccountCost, key: &str) -> BTreeMap<Option<String>, (u64, Range)> {
    let mut groups: BTreeMap<Option<String>, (u64, Range)> = BTreeMap::new();
    for machine in &cost.machines {
        let Ok(month) = &machine.month else { continue };
        let (count, sum) = groups.entry(machine.tags.get(key).cloned()).or_default();
        *count += 1;
        *sum = sum.and(month.total);
    }
    groups
}

/// The total less what the free tiers take off.
pub fn after_free(cost: &AccountCost) -> Usd {
    let free = cost
        .free
        .iter()
        .fold(Decimal::ZERO, |sum, free| num::add(sum, free.usd));
    Usd(num::sub(cost.total.best, free))
}
