//! What a report says in a line: for the channels that have room for one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use findings::{MachineRef, NotRead, Severity};
use rust_decimal::Decimal;

use super::{Digest, Item, each, findings};
use crate::words;

impl Digest<'_> {
    /// `214 of 215 state machines read in 3 Regions, last 14 days`
    pub(crate) fn coverage(&self) -> String {
        let report = self.report;
        let read = report.machines.len();
        let unread = report
            .not_read
            .iter()
            .filter(|missing| !is_scope(missing))
            .count();
        let (one, many) = if report.regions.is_empty() && report.account.is_empty() {
            ("definition", "definitions")
        } else {
            ("state machine", "state machines")
        };
        // Nobody knows how many are in a Region that could not be listed.
        let unlisted = report.not_read.len() > unread;
        let mut out = match (unread, unlisted) {
            (0, false) => format!("{} read", words::count(read, one, many)),
            (_, unlisted) => format!(
                "{} of {}{} {many} read",
                words::number(read),
                if unlisted { "at least " } else { "" },
                words::number(read + unread),
            ),
        };
        let regions = words::regions(report);
        if !regions.is_empty() {
            out.push(' ');
            out.push_str(&regions);
        }
        match report.window_days {
            0 => {}
            1 => out.push_str(", last day"),
            days => _ = write!(out, ", last {days} days"),
        }
        out
    }

    /// One line for each reason, with the names of at most `named` machines: `payroll (eu-west-1): access denied`.
    pub(crate) fn not_read(&self, named: usize) -> Vec<String> {
        let mut by_reason: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for missing in &self.report.not_read {
            let name = missing
                .arn
                .rsplit_once(":stateMachine:")
                .map_or(missing.arn.as_str(), |(_, name)| name);
            by_reason
                .entry((&missing.region, &missing.why))
                .or_default()
                .push(if named == usize::MAX {
                    name.to_owned()
                } else {
                    words::clip(name, 80)
                });
        }
        let line = |((region, why), names): ((&str, &str), Vec<String>)| {
            let place = match region {
                "" => String::new(),
                region if names == [region] => String::new(),
                region => format!(" ({})", words::clip(region, 40)),
            };
            format!(
                "{}{place}: {}",
                words::first_of(&names, named),
                words::clip(why, 300)
            )
        };
        by_reason.into_iter().map(line).collect()
    }

    /// One line for each reason: `standard-suits-express: 6 state machines: no executions in the window`. Rules that share a
    /// reason on the same machines share the line.
    pub(crate) fn not_assessed(&self) -> Vec<String> {
        let mut places: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (at, machine) in self.report.machines.iter().enumerate() {
            for skipped in &machine.not_assessed {
                places
                    .entry((&skipped.rule, &skipped.why))
                    .or_default()
                    .push(at);
            }
        }
        let mut by_reason: BTreeMap<(&str, Vec<usize>), Vec<String>> = BTreeMap::new();
        for ((rule, why), at) in places {
            by_reason
                .entry((why, at))
                .or_default()
                .push(rule.to_owned());
        }
        let mut reasons: Vec<_> = by_reason.into_iter().collect();
        reasons.sort_by_key(|((_, at), _)| Reverse(at.len()));
        let line = |((why, at), rules): ((&str, Vec<usize>), Vec<String>)| {
            let on = match at.as_slice() {
                [one] => self
                    .report
                    .machines
                    .get(*one)
                    .map_or(String::new(), |machine| {
                        words::clip(words::name(&machine.machine), 80)
                    }),
                many => words::count(many.len(), "state machine", "state machines"),
            };
            format!(
                "{}: {on}: {}",
                words::first_of(&rules, 5),
                words::clip(why, 300)
            )
        };
        reasons.into_iter().map(line).collect()
    }

    /// The line that says it all: for the subject of an email and the title of a message.
    pub(crate) fn headline(&self) -> String {
        let report = self.report;
        if report.machines.is_empty() {
            return match report.not_read.len() {
                0 => format!("no state machines {}", words::regions(report))
                    .trim_end()
                    .to_owned(),
                n => format!(
                    "nothing could be read ({})",
                    words::count(n, "error", "errors")
                ),
            };
        }
        let open = findings(&self.open);
        match (findings(&self.news), self.compared) {
            (0, true) if open > 0 => format!(
                "nothing new, {}{}",
                words::count(open, "finding open", "findings open"),
                words::to_save(", ", self.usd),
            ),
            (0, _) => {
                let fixed = match self.fixed.len() {
                    0 => String::new(),
                    n => format!(", {} fixed", words::number(n)),
                };
                let read = words::count(report.machines.len(), "state machine", "state machines");
                format!("no findings in {read}{fixed}")
            }
            (new, compared) => {
                let (one, many) = if compared {
                    ("new finding", "new findings")
                } else {
                    ("finding", "findings")
                };
                let still = if open > 0 {
                    format!(", {} open", words::number(open))
                } else {
                    String::new()
                };
                format!(
                    "{}{}{}{still}",
                    saving_first(self.usd),
                    words::count(new, one, many),
                    grave(&self.news)
                )
            }
        }
    }

    /// As [`Self::headline`], for the machine of a deploy, with at most so many characters of its name.
    pub(crate) fn deploy_headline(&self, machine: &MachineRef, name: usize) -> String {
        let name = words::clip(words::name(machine), name);
        let new = findings(&self.news);
        let fixed = words::count(self.fixed.len(), "finding", "findings");
        if self.report.machines.is_empty() && !self.report.not_read.is_empty() {
            return format!("{name}: could not be read after this deploy");
        }
        match (new, self.fixed.len()) {
            (0, 0) => format!("{name}: nothing new in this deploy"),
            (0, _) => {
                let saved = if self.fixed_usd > Decimal::ZERO {
                    format!(", {} saved", words::per_month(self.fixed_usd))
                } else {
                    String::new()
                };
                format!("{name}: deploy fixes {fixed}{saved}")
            }
            (n, fixed) => {
                let adds = if self.compared { "deploy adds " } else { "" };
                let found = format!(
                    "{adds}{}{}",
                    words::count(n, "finding", "findings"),
                    grave(&self.news)
                );
                let fixed = if fixed > 0 {
                    format!("; fixes {}", words::number(fixed))
                } else {
                    String::new()
                };
                format!(
                    "{name}: {found}{}{fixed}",
                    words::to_save(", ", self.news_usd)
                )
            }
        }
    }
}

/// True for a Region or an account that could not be listed, as opposed to one machine.
fn is_scope(missing: &NotRead) -> bool {
    !missing.region.is_empty() && !missing.arn.contains(":stateMachine:")
}

/// ` (1 critical, 2 high)`, or nothing.
fn grave(items: &[Item<'_>]) -> String {
    let grave = each(items).filter(|severity| *severity >= Severity::High);
    match words::severities(grave) {
        said if said.is_empty() => said,
        said => format!(" ({said})"),
    }
}

/// `$1,347/month to save: `, or nothing.
fn saving_first(usd: Decimal) -> String {
    if usd > Decimal::ZERO {
        format!("{} to save: ", words::per_month(usd))
    } else {
        String::new()
    }
}
