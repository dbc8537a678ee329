use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const MACHINE: &str = "arn:aws:states:eu-west-1:111122223333:stateMachine:orders";

fn one(number: usize, status: Status, hour: i64, ms: i64) -> Ended {
    let second = 1_760_000_400 + hour * 3600 + i64::try_from(number).unwrap();
    Ended {
        arn: format!("run-{number:04}"),
        status,
        start: Timestamp::from_second(second).unwrap(),
        ms,
    }
}

fn succeeded(durations: &[i64]) -> Vec<Ended> {
    let numbered = durations.iter().enumerate();
    numbered
        .map(|(number, ms)| one(number, Status::Succeeded, 0, *ms))
        .collect()
}

fn strata(ended: &[Ended], budget: usize) -> Vec<(String, u64)> {
    let choice = choose(ended, budget, 0, MACHINE);
    let strata = choice.strata.into_iter();
    strata.map(|one| (one.name, one.listed)).collect()
}

fn named(strata: &[(&str, u64)]) -> Vec<(String, u64)> {
    let strata = strata.iter();
    strata
        .map(|(name, listed)| ((*name).to_owned(), *listed))
        .collect()
}

fn arns<'a>(choice: &Choice<'a>) -> BTreeSet<&'a str> {
    let chosen = choice.chosen.iter();
    chosen.map(|(_, one)| one.arn.as_str()).collect()
}

#[test]
fn executions_are_told_apart_by_end_and_duration() {
    let mut ended = succeeded(&(0..9).map(|ms| 100 - ms).collect::<Vec<_>>());
    ended.push(one(10, Status::Aborted, 0, 1));
    ended.push(one(11, Status::TimedOut, 0, 1));
    ended.push(one(12, Status::Failed, 0, 1));
    ended.push(one(13, Status::Failed, 0, 5));
    assert_eq!(
        strata(&ended, 20),
        named(&[
            ("succeeded, short", 3),
            ("succeeded, middle", 3),
            ("succeeded, long", 3),
            ("failed", 2),
            ("timed out", 1),
            ("aborted", 1),
        ])
    );
    assert_eq!(
        strata(&ended, 11)[0],
        ("succeeded".to_owned(), 9),
        "two of each kind would be too many"
    );
}

#[test]
fn equal_durations_stay_together() {
    let strata = |durations: &[i64]| strata(&succeeded(durations), 20);
    assert_eq!(strata(&[5; 30]), named(&[("succeeded", 30)]));
    assert_eq!(
        strata(&[5, 5, 5, 5, 5, 5, 9, 9]),
        named(&[("succeeded, short", 6), ("succeeded, long", 2)])
    );
    assert_eq!(
        strata(&[1, 5, 5, 5, 5, 9]),
        named(&[("succeeded, short", 5), ("succeeded, long", 1)])
    );
    assert_eq!(strata(&[1, 2, 3, 4, 5]), named(&[("succeeded", 5)]));
    assert_eq!(strata(&[]), named(&[]));
}

#[test]
fn shares_are_in_proportion_and_two_at_least() {
    assert_eq!(allot(&[96, 4], 50), [48, 2]);
    assert_eq!(allot(&[990, 9, 1], 20), [17, 2, 1]);
    assert_eq!(allot(&[50, 30, 20], 10), [5, 3, 2]);
    assert_eq!(allot(&[4, 3], 20), [4, 3]);
    assert_eq!(allot(&[10, 20, 30], 2), [0, 1, 1]);
    assert_eq!(allot(&[10, 20, 30], 4), [1, 1, 2]);
    assert_eq!(allot(&[], 4), [0_usize; 0]);
}

#[test]
fn every_time_of_the_day_is_there() {
    // As a busy day is listed: newest first, and mostly at noon.
    let hours = [12, 12, 12, 12, 12, 12, 3, 3, 3, 20, 20, 20];
    let ended: Vec<Ended> = (0..1000)
        .map(|number| one(number, Status::Succeeded, hours[number % 12], 7))
        .collect();
    for seed in 0..50 {
        let choice = choose(&ended, 12, seed, MACHINE);
        let mut at: BTreeMap<i64, usize> = BTreeMap::new();
        for (_, one) in &choice.chosen {
            *at.entry(hour(one.start) / 8).or_default() += 1;
        }
        let most = at.values().max().copied().unwrap_or_default();
        assert_eq!((at.len(), most <= 7), (3, true), "{seed}: {at:?}");
    }
}

#[test]
fn the_seed_decides() {
    let ended = succeeded(&(0..300).collect::<Vec<_>>());
    let chosen = |seed, machine| arns(&choose(&ended, 20, seed, machine)).len();
    assert_eq!(chosen(0, MACHINE), 20);
    let first = choose(&ended, 20, 0, MACHINE);
    assert_eq!(first, choose(&ended, 20, 0, MACHINE));
    assert_ne!(arns(&first), arns(&choose(&ended, 20, 1, MACHINE)));
    assert_ne!(
        arns(&first),
        arns(&choose(&ended, 20, 0, "another machine"))
    );
    // The order of a listing changes nothing.
    let turned: Vec<Ended> = ended.iter().rev().cloned().collect();
    assert_eq!(first, choose(&turned, 20, 0, MACHINE));
}

#[test]
fn the_generator_is_the_published_one() {
    // The first two numbers of splitmix64 from 0, as published with it.
    assert_eq!(splitmix64(0), 0xe220_a839_7b1d_cdaf);
    assert_eq!(splitmix64(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
}

#[test]
fn strata_take_turns() {
    let mut ended = succeeded(&[5; 30]);
    ended.extend((30..40).map(|number| one(number, Status::Failed, 0, 5)));
    let choice = choose(&ended, 8, 0, MACHINE);
    let turns: Vec<usize> = choice.chosen.iter().map(|(at, _)| *at).collect();
    assert_eq!(turns, [0, 1, 0, 1, 0, 0, 0, 0]);
}

fn ended() -> impl Strategy<Value = Vec<Ended>> {
    let status = prop::sample::select(Status::ALL.map(|(status, _)| status).to_vec());
    let one = (status, 0..48_i64, prop_oneof![Just(5), 0..1000_i64]);
    prop::collection::vec(one, 0..200).prop_map(|all| {
        let numbered = all.into_iter().enumerate();
        numbered
            .map(|(number, (status, hour, ms))| self::one(number, status, hour, ms))
            .collect()
    })
}

proptest! {
    #[test]
    fn a_choice_is_within_its_budget_and_leaves_no_kind_out(
        ended in ended(),
        budget in 0..60_usize,
        seed in any::<u64>(),
    ) {
        let choice = choose(&ended, budget, seed, MACHINE);
        prop_assert_eq!(choice.chosen.len(), budget.min(ended.len()));
        prop_assert_eq!(arns(&choice).len(), choice.chosen.len(), "none twice");
        let listed: u64 = choice.strata.iter().map(|one| one.listed).sum();
        prop_assert_eq!(listed, ended.len() as u64);
        let names: BTreeSet<&str> = choice.strata.iter().map(|one| one.name.as_str()).collect();
        prop_assert_eq!(names.len(), choice.strata.len());
        for (at, stratum) in choice.strata.iter().enumerate() {
            let read = choice.chosen.iter().filter(|(of, _)| *of == at).count() as u64;
            prop_assert!(read <= stratum.listed);
            if budget >= 8 {
                prop_assert!(read >= stratum.listed.min(2), "{} of {:?}", read, stratum);
            }
        }
        for (at, one) in &choice.chosen {
            let name = &choice.strata[*at].name;
            let status = Status::ALL.iter().find(|(status, _)| *status == one.status).unwrap().1;
            prop_assert!(name.starts_with(status), "{} in {}", status, name);
        }
    }

    #[test]
    fn every_place_is_as_likely(size in 1..40_usize, count in 0..40_usize) {
        let mut drawn = vec![0; size];
        for random in 0..size as u64 {
            for place in systematic(size, count, random) {
                drawn[place] += 1;
            }
        }
        let count = count.min(size);
        prop_assert!(drawn.iter().all(|times| *times == count), "{:?}", drawn);
    }
}
