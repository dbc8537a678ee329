//! Where in a machine the money and the time go.

use std::collections::BTreeSet;

use asl::Definition;
use facts::{ExecutionSample, HistoryProfile, SampleSource};
use pricing::num;
use rust_decimal::Decimal;

use crate::bill::{Item, Line};
use crate::numbers::decimal;
use crate::usage::Range;

/// What one state does in one execution on average, and what it costs in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCost {
    /// Its name.
    pub name: String,
    /// How often it is entered.
    pub entered: Range,
    /// How often it is tried again.
    pub retries: Decimal,
    /// Milliseconds between entering and leaving it, over all its visits.
    pub milliseconds: Decimal,
    /// US dollars a month: its share of the transitions of a Standard workflow, of the time of an Express one; none for a
    /// state inside another one of an Express workflow, whose time is that one's.
    pub usd: Option<Decimal>,
    /// Its share of the billed transitions, 0 to 1.
    pub share_of_transitions: Decimal,
    /// Its share of the duration, 0 to 1; states that run side by side come to more than 1 together.
    pub share_of_time: Decimal,
}

/// The states of the sample, the most expensive first. Together they cost what the bill says of transitions, or of
/// duration.
pub(crate) fn states(
    sample: &ExecutionSample,
    definition: Option<&Definition>,
    lines: &[Line],
) -> Vec<StateCost> {
    let names: BTreeSet<&String> = sample
        .profiles
        .iter()
        .flat_map(|profile| profile.entered.keys().chain(profile.retried.keys()))
        .collect();
    let mean = |of: &dyn Fn(&HistoryProfile) -> u64| {
        let (mean, margin) = sample.mean_count(|profile| of(profile)).unwrap_or_default();
        (decimal(mean), decimal(margin))
    };
    let total = mean(&|profile| profile.transitions).0;
    let duration = mean(&|profile| {
        profile
            .duration_ms
            .and_then(|ms| u64::try_from(ms).ok())
            .unwrap_or_default()
    })
    .0;
    let usd_of = |item: Item| {
        let of_item = lines.iter().filter(|line| line.item == item);
        of_item.fold(Decimal::ZERO, |sum, line| num::add(sum, line.usd.best))
    };
    let root: Option<BTreeSet<&str>> = definition.map(|definition| {
        let states = definition.machine.scope.states.iter();
        states.map(|state| state.name.value.as_str()).collect()
    });
    let is_root = |name: &str| root.as_ref().is_none_or(|root| root.contains(name));
    let time = |name: &String| mean(&|profile| value(&profile.state_ms, name)).0;
    let of_roots: Decimal = names
        .iter()
        .filter(|name| is_root(name))
        .fold(Decimal::ZERO, |sum, name| num::add(sum, time(name)));
    let by_time = sample.source == SampleSource::Logs;
    let mut states: Vec<StateCost> = names
        .iter()
        .map(|name| {
            let (entered, margin) = mean(&|profile| value(&profile.entered, name));
            let retries = mean(&|profile| value(&profile.retried, name)).0;
            let milliseconds = time(name);
            let share = |part, whole| num::div(part, whole).unwrap_or_default();
            let share_of_transitions = share(num::add(entered, retries), total);
            let usd = if by_time {
                is_root(name)
                    .then(|| num::mul(usd_of(Item::Duration), share(milliseconds, of_roots)))
            } else {
                Some(num::mul(usd_of(Item::Transitions), share_of_transitions))
            };
            StateCost {
                name: (*name).clone(),
                entered: Range::around(
                    entered,
                    num::sub(entered, margin).max(Decimal::ZERO),
                    num::add(entered, margin),
                ),
                retries,
                milliseconds,
                usd,
                share_of_transitions,
                share_of_time: share(milliseconds, duration),
            }
        })
        .collect();
    states.sort_by(|a, b| {
        let key = |state: &StateCost| (state.usd.unwrap_or_default(), state.milliseconds);
        key(b).cmp(&key(a)).then_with(|| a.name.cmp(&b.name))
    });
    states
}

fn value(counts: &std::collections::BTreeMap<String, u64>, name: &str) -> u64 {
    counts.get(name).copied().unwrap_or_default()
}
