//! Log groups, and what they take in on behalf of each machine.

use std::collections::BTreeMap;

use facts::{LogUse, MachineFacts};
use pricing::num;
use rust_decimal::Decimal;

use crate::bill::Logged;
use crate::month::{Month, Work};
use crate::usage::{Range, per_month_of};

/// Log groups and who writes to them.
pub(crate) struct Groups<'a>(BTreeMap<(&'a str, &'a str), Group>);

/// One log group.
#[derive(Default)]
struct Group {
    machines: u64,
    /// What its machines log by estimate, in bytes of a month.
    estimated: Decimal,
}

impl<'a> Groups<'a> {
    pub(crate) fn of(months: &[Month<'a>]) -> Self {
        let mut groups: BTreeMap<(&str, &str), Group> = BTreeMap::new();
        for month in months {
            let (Some(logs), Ok(work)) = (log_use(month.facts), &month.work) else {
                continue;
            };
            let group = groups
                .entry((&month.facts.region, &logs.group))
                .or_default();
            group.machines += 1;
            group.estimated = num::add(group.estimated, work.logged.best);
        }
        Self(groups)
    }

    /// What is logged on behalf of a machine: what its log group takes in, or its share where several machines use it.
    pub(crate) fn of_machine(&self, facts: &MachineFacts, work: &Work<'_>) -> Logged {
        let mut estimated = Logged {
            ingested: work.logged,
            how: "estimated".to_owned(),
            ..Logged::default()
        };
        if work.logged.high > Decimal::ZERO {
            let data = facts
                .logging
                .known()
                .is_some_and(|logging| logging.include_execution_data);
            estimated.assumed = Some(format!(
                "logs are estimated from what execution events come to on average{}",
                if data {
                    "; the data of executions is logged too and makes them larger"
                } else {
                    ""
                }
            ));
        }
        let Some((logs, group)) = log_use(facts).and_then(|logs| {
            Some((
                logs,
                self.0.get(&(facts.region.as_str(), logs.group.as_str()))?,
            ))
        }) else {
            return estimated;
        };
        let share = if group.machines == 1 {
            Decimal::ONE
        } else {
            match num::div(work.logged.best, group.estimated) {
                Some(share) => share,
                None => return estimated,
            }
        };
        let month = |bytes: u64| num::mul(per_month_of(bytes.into(), work.observed), share);
        let stored = logs.stored.map(|bytes| num::mul(bytes.into(), share));
        let Some(bytes) = logs.ingested else {
            return Logged {
                stored,
                ..estimated
            };
        };
        let (how, assumed) = if group.machines == 1 {
            ("measured".to_owned(), None)
        } else {
            let how = format!(
                "its share of a log group of {} state machines",
                group.machines
            );
            let why = "a log group that several state machines use is shared by what each is estimated to log".to_owned();
            (how, Some(why))
        };
        Logged {
            ingested: Range::exact(month(bytes)),
            stored,
            how,
            assumed,
        }
    }
}

fn log_use(facts: &MachineFacts) -> Option<&LogUse> {
    facts.logs.known()?.as_ref()
}
