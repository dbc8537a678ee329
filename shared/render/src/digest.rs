//! What of a report is told first: the same for every channel. Texts in here are still unescaped.

mod lines;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use findings::{Finding, Known, Report, Severity};
use rust_decimal::Decimal;

use crate::words;

/// Items that are told in a message; the others are counted.
pub(crate) const TOLD: usize = 10;
/// From this saving a month on, a finding stands beside those of high severity.
const MUCH: Decimal = Decimal::ONE_HUNDRED;

/// Findings of one rule on one machine, told as one.
pub(crate) struct Item<'a> {
    /// The most valuable of them.
    pub(crate) finding: &'a Finding,
    /// All of them.
    pub(crate) all: Vec<&'a Finding>,
    /// What they save together.
    pub(crate) usd: Decimal,
    /// The worst severity among them.
    pub(crate) severity: Severity,
}

impl Item<'_> {
    /// `high, saves $212/month`, `saves $1,290/month`, `medium`
    pub(crate) fn worth(&self) -> String {
        if self.usd <= Decimal::ZERO {
            return self.severity.to_string();
        }
        let saves = format!("saves {}", words::per_month(self.usd));
        match self.severity {
            Severity::High | Severity::Critical => format!("{}, {saves}", self.severity),
            _ => saves,
        }
    }

    /// The message, without the machine's name in front, and how many are like it.
    pub(crate) fn message(&self, most: usize) -> String {
        let message = words::untitled(&self.finding.message, &self.finding.machine.name);
        let message = words::clip(message, most);
        match self.all.len().saturating_sub(1) {
            0 => words::sentence(&message),
            more => format!(
                "{} And {} more like it.",
                words::sentence(&message),
                words::number(more)
            ),
        }
    }
}

/// Something that was found before and is no more.
pub(crate) struct Fixed<'a> {
    pub(crate) known: &'a Known,
    /// True where the state machine itself is gone.
    pub(crate) deleted: bool,
}

/// A report, in the order of what matters.
pub(crate) struct Digest<'a> {
    pub(crate) report: &'a Report,
    /// Compared with an audit before.
    pub(crate) compared: bool,
    /// What was not known before; everything, where there is nothing to compare with.
    pub(crate) news: Vec<Item<'a>>,
    /// What was known before.
    pub(crate) open: Vec<Item<'a>>,
    pub(crate) fixed: Vec<Fixed<'a>>,
    /// What all findings save, as [`Report::saving`] counts it.
    pub(crate) usd: Decimal,
    /// What the news save; with [`Self::open_usd`] it adds up to [`Self::usd`].
    pub(crate) news_usd: Decimal,
    pub(crate) open_usd: Decimal,
    pub(crate) fixed_usd: Decimal,
}

impl<'a> Digest<'a> {
    pub(crate) fn new(report: &'a Report) -> Self {
        let lifecycle = report.lifecycle.as_ref();
        let is_new = |finding: &Finding| {
            lifecycle.is_none_or(|lifecycle| lifecycle.new.contains(&finding.fingerprint))
        };
        let on_machines = report
            .machines
            .iter()
            .enumerate()
            .flat_map(|(at, machine)| machine.findings.iter().map(move |finding| (at, finding)));
        let news_usd = together(
            on_machines
                .filter(|(_, finding)| is_new(finding))
                .map(|(at, finding)| (at, finding.rule.as_str(), usd(finding))),
        );
        let usd = report.saving();
        let fixed: Vec<Fixed<'a>> = lifecycle
            .into_iter()
            .flat_map(|lifecycle| lifecycle.resolved.values())
            .map(|known| Fixed {
                known,
                deleted: is_deleted(report, known),
            })
            .collect();
        let fixed_usd = together(fixed.iter().filter(|fixed| !fixed.deleted).map(|fixed| {
            (
                fixed.known.arn.as_str(),
                fixed.known.rule.as_str(),
                fixed.known.saving,
            )
        }));
        Self {
            report,
            compared: lifecycle.is_some(),
            news: items(report, is_new),
            open: items(report, |finding| !is_new(finding)),
            fixed,
            usd,
            news_usd,
            open_usd: usd.saturating_sub(news_usd).max(Decimal::ZERO),
            fixed_usd,
        }
    }

    /// True where the amounts of the items add up to more than the total: savings of different rules on one machine exclude
    /// each other, and the total counts the largest.
    pub(crate) fn overlaps(&self) -> bool {
        let all = self.news.iter().chain(&self.open);
        let sum = all.fold(Decimal::ZERO, |sum, item| sum.saturating_add(item.usd));
        self.usd > Decimal::ZERO && sum.saturating_sub(self.usd) >= Decimal::new(1, 2)
    }
}

/// Every finding with its rank, in the order of [`Report::findings`]: 0 is told first.
pub(crate) fn ranks(report: &Report) -> Vec<usize> {
    let is_old = |finding: &Finding| {
        report
            .lifecycle
            .as_ref()
            .is_some_and(|lifecycle| !lifecycle.new.contains(&finding.fingerprint))
    };
    let mut order: Vec<(usize, &Finding)> = report.findings().enumerate().collect();
    order.sort_by_cached_key(|(at, finding)| {
        (
            is_old(finding),
            // Where not everything is kept, what is grave must be, also where it saves nothing.
            finding.severity < Severity::High,
            order_of(finding.severity, usd(finding)),
            *at,
        )
    });
    let mut ranks = vec![0; order.len()];
    for (rank, (at, _)) in order.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(at) {
            *place = rank;
        }
    }
    ranks
}

/// How many findings the items stand for.
pub(crate) fn findings(items: &[Item<'_>]) -> usize {
    items.iter().map(|item| item.all.len()).sum()
}

/// The severity of each finding.
pub(crate) fn each(items: &[Item<'_>]) -> impl Iterator<Item = Severity> {
    items
        .iter()
        .flat_map(|item| &item.all)
        .map(|finding| finding.severity)
}

fn is_deleted(report: &Report, known: &Known) -> bool {
    !known.arn.is_empty()
        && !report
            .machines
            .iter()
            .any(|machine| machine.machine.arn == known.arn)
}

fn usd(finding: &Finding) -> Decimal {
    finding
        .saving
        .as_ref()
        .map(|saving| saving.usd_per_month)
        .unwrap_or_default()
}

/// Savings of one rule on one machine add up; of different rules on one machine the largest counts.
fn together<'a, K: Ord>(savings: impl Iterator<Item = (K, &'a str, Decimal)>) -> Decimal {
    let mut machines: BTreeMap<K, BTreeMap<&str, Decimal>> = BTreeMap::new();
    for (machine, rule, usd) in savings {
        let sum = machines
            .entry(machine)
            .or_default()
            .entry(rule)
            .or_default();
        *sum = sum.saturating_add(usd);
    }
    machines
        .into_values()
        .filter_map(|rules| rules.into_values().max())
        .fold(Decimal::ZERO, Decimal::saturating_add)
}

fn items(report: &Report, keep: impl Fn(&Finding) -> bool) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    for machine in &report.machines {
        let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in machine.findings.iter().filter(|finding| keep(finding)) {
            rules.entry(&finding.rule).or_default().push(finding);
        }
        items.extend(rules.into_values().filter_map(item));
    }
    items.extend(
        report
            .account_findings
            .iter()
            .filter(|finding| keep(finding))
            .filter_map(|finding| item(vec![finding])),
    );
    items.sort_by_key(|item| order_of(item.severity, item.usd));
    promote(&mut items);
    items
}

/// Brings some of what is grave, but saves nothing, among those that are told.
fn promote(items: &mut Vec<Item<'_>>) {
    const PLACES: usize = 4;
    let grave = |item: &&Item<'_>| item.severity >= Severity::High;
    let inside = items.iter().take(TOLD).filter(grave).count();
    let free = PLACES.saturating_sub(inside);
    let outside = items.iter().enumerate().skip(TOLD);
    let late: Vec<usize> = outside
        .filter(|(_, item)| grave(item))
        .map(|(at, _)| at)
        .take(free)
        .collect();
    for (n, at) in late.iter().enumerate() {
        let item = items.remove(*at);
        items.insert(TOLD - late.len() + n, item);
    }
}

fn item(same: Vec<&Finding>) -> Option<Item<'_>> {
    let finding = same
        .iter()
        .min_by_key(|finding| order_of(finding.severity, usd(finding)))?;
    Some(Item {
        finding,
        usd: same.iter().fold(Decimal::ZERO, |sum, finding| {
            sum.saturating_add(usd(finding))
        }),
        severity: same.iter().map(|finding| finding.severity).max()?,
        all: same,
    })
}

/// What burns first; then what is grave or costs much; in each, the most money and then the worst.
fn order_of(severity: Severity, usd: Decimal) -> (bool, bool, Reverse<Decimal>, Reverse<Severity>) {
    let minor = severity < Severity::High && usd < MUCH;
    (
        severity < Severity::Critical,
        minor,
        Reverse(usd),
        Reverse(severity),
    )
}
