//! Which of many executions are read: some of every kind, at all times of the day, and the same ones for the same seed.

use facts::Stratum;
use jiff::Timestamp;

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl Status {
    const ALL: [(Self, &str); 4] = [
        (Self::Succeeded, "succeeded"),
        (Self::Failed, "failed"),
        (Self::TimedOut, "timed out"),
        (Self::Aborted, "aborted"),
    ];
}

/// An execution that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) arn: String,
    pub(super) status: Status,
    pub(super) start: Timestamp,
    /// From start to end, in milliseconds.
    pub(super) ms: i64,
}

/// What was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice<'a> {
    /// The kinds that there are.
    pub(super) strata: Vec<Stratum>,
    /// The chosen executions with the place of their stratum. Those of different strata take turns, so that reading may be
    /// broken off without losing a kind.
    pub(super) chosen: Vec<(usize, &'a Ended)>,
}

/// Below so many executions, they are not told apart by how long they took: there would be one or two of a kind.
const SPLIT: usize = 6;

/// Chooses up to `budget` executions: of each stratum in proportion, two at least.
pub(super) fn choose<'a>(
    ended: &'a [Ended],
    budget: usize,
    seed: u64,
    machine: &str,
) -> Choice<'a> {
    let mut kinds = kinds(ended, true);
    if kinds.len().saturating_mul(2) > budget {
        // A kind of which nothing is read would not count at all.
        kinds = self::kinds(ended, false);
    }
    let sizes: Vec<usize> = kinds.iter().map(|(_, members)| members.len()).collect();
    let shares = allot(&sizes, budget);
    let mut draws = Vec::new();
    for (at, ((name, members), share)) in kinds.iter().zip(shares).enumerate() {
        let random = random(seed, &[machine, name]);
        for (turn, place) in systematic(members.len(), share, random).enumerate() {
            draws.extend(members.get(place).map(|one| (turn, at, *one)));
        }
    }
    draws.sort_by_key(|(turn, at, _)| (*turn, *at));
    Choice {
        strata: kinds
            .iter()
            .map(|(name, members)| Stratum {
                name: name.clone(),
                listed: members.len() as u64,
            })
            .collect(),
        chosen: draws.into_iter().map(|(_, at, one)| (at, one)).collect(),
    }
}

/// A stratum: its name, and its executions by time of day.
type Kind<'a> = (String, Vec<&'a Ended>);

fn kinds(ended: &[Ended], by_duration: bool) -> Vec<Kind<'_>> {
    let mut kinds = Vec::new();
    for (status, name) in Status::ALL {
        let members: Vec<&Ended> = ended.iter().filter(|one| one.status == status).collect();
        if status == Status::Succeeded && by_duration {
            kinds.extend(terciles(name, members));
        } else {
            kinds.push((name.to_owned(), members));
        }
    }
    kinds.retain(|(_, members)| !members.is_empty());
    for (_, members) in &mut kinds {
        members.sort_by_key(|one| (hour(one.start), one.start, &one.arn));
    }
    kinds
}

/// The short, the middle and the long ones; fewer kinds where many took equally long, which are never torn apart.
fn terciles<'a>(name: &str, members: Vec<&'a Ended>) -> Vec<Kind<'a>> {
    let mut durations: Vec<i64> = members.iter().map(|one| one.ms).collect();
    durations.sort_unstable();
    let bound = |third: usize| {
        let last = (third * durations.len()).div_ceil(3).saturating_sub(1);
        durations.get(last).copied().unwrap_or_default()
    };
    let (short, middle) = (bound(1), bound(2));
    let mut parts: Vec<Vec<&Ended>> = vec![Vec::new(); 3];
    for one in members {
        let place = usize::from(one.ms > short) + usize::from(one.ms > middle);
        let place = if durations.len() < SPLIT { 0 } else { place };
        if let Some(part) = parts.get_mut(place) {
            part.push(one);
        }
    }
    parts.retain(|part| !part.is_empty());
    let lengths: &[&str] = match parts.len() {
        2 => &["short", "long"],
        3 => &["short", "middle", "long"],
        _ => return parts.into_iter().map(|p| (name.to_owned(), p)).collect(),
    };
    let names = lengths.iter().map(|length| format!("{name}, {length}"));
    names.zip(parts).collect()
}

/// Hour of the day, in UTC.
fn hour(at: Timestamp) -> i64 {
    at.as_second().rem_euclid(86_400) / 3600
}

/// How many are taken of strata of these sizes: one of each, two of each, then in proportion, until the budget is spent or
/// all are taken. Larger strata come first.
fn allot(sizes: &[usize], budget: usize) -> Vec<usize> {
    let mut shares = vec![0_usize; sizes.len()];
    let total: usize = sizes.iter().sum();
    for _ in 0..budget.min(total) {
        let open = sizes.iter().zip(&shares).enumerate();
        let open = open.filter(|(_, (size, share))| share < size);
        // What is left to take of its share of the budget, times the total; as whole numbers.
        let due = |size: usize, share: usize| {
            let (size, share) = (size as u128, share as u128);
            (size * budget as u128).saturating_sub(share * total as u128)
        };
        let next = open.max_by_key(|(at, (size, share))| {
            let floor = 2_usize.saturating_sub(**share);
            (
                floor,
                due(**size, **share),
                **size,
                std::cmp::Reverse(**share),
                std::cmp::Reverse(*at),
            )
        });
        let next = next.map(|(at, _)| at);
        if let Some(share) = next.and_then(|at| shares.get_mut(at)) {
            *share += 1;
        }
    }
    shares
}

/// Places of a systematic sample: evenly spread from a random start, each place as likely as any other.
pub(super) fn systematic(size: usize, count: usize, random: u64) -> impl Iterator<Item = usize> {
    let (all, count) = (size as u128, count.min(size) as u128);
    let start = u128::from(random).checked_rem(all).unwrap_or_default();
    (0..count).filter_map(move |index| usize::try_from((start + index * all) / count).ok())
}

/// A number that depends on the seed and on what it is drawn for.
pub(super) fn random(seed: u64, of: &[&str]) -> u64 {
    let mut state = splitmix64(seed);
    for byte in of.iter().flat_map(|text| text.bytes().chain([0xff])) {
        state = splitmix64(state ^ u64::from(byte));
    }
    state
}

/// Sebastiano Vigna's generator, one step.
fn splitmix64(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests;
