//! What holds for whatever an account file says.

use facts::{
    DurationStats, ExecutionSample, ExpressBilling, Fact, HistoryProfile, LogLevel, LogUse,
    Logging, MachineFacts, MapChildren, Stratum, WorkflowType,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{cost, standard};
use crate::{Item, MachineCost, Other};

fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0_u64..10_000, any::<u64>()]
}

fn any_float() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        0.0..1e7,
        any::<f64>(),
        Just(f64::NAN),
        Just(-1.0),
        Just(f64::INFINITY)
    ]
}

fn any_profile() -> impl Strategy<Value = HistoryProfile> {
    (
        any_count(),
        0_u64..50,
        any::<Option<i64>>(),
        0_usize..4,
        0_u64..3,
    )
        .prop_map(
            |(transitions, entered, duration_ms, stratum, map_runs)| HistoryProfile {
                transitions,
                entered: [("A".to_owned(), entered)].into(),
                state_ms: [("A".to_owned(), transitions)].into(),
                duration_ms,
                stratum,
                map_runs,
                ..HistoryProfile::default()
            },
        )
}

prop_compose! {
    fn any_sample()(
        listed in any_count(),
        profiles in prop::collection::vec(any_profile(), 0..5),
        strata in prop::collection::vec(any_count(), 0..3),
        (parents, children, inside) in (any_count(), any_count(), any_count()),
    ) -> ExecutionSample {
        let stratum = |listed: &u64| Stratum { name: "some".to_owned(), listed: *listed };
        ExecutionSample {
            listed,
            profiles,
            strata: strata.iter().map(stratum).collect(),
            map_children: vec![MapChildren {
                label: "Each".to_owned(), parents, children, transitions: vec![inside], ..MapChildren::default()
            }],
            ..ExecutionSample::default()
        }
    }
}

prop_compose! {
    fn any_machine(name: &'static str)(
        (started, transitions) in (any_count(), any::<Option<u64>>()),
        (average, maximum, samples) in (any_float(), any_float(), any_count()),
        (billed_ms, memory) in (any_float(), any_float()),
        is_express in any::<bool>(),
        sample in any_sample(),
        (ingested, stored) in (any::<Option<u64>>(), any::<Option<u64>>()),
    ) -> MachineFacts {
        let mut facts = standard(name, started, 0);
        if let Fact::Known(metrics) = &mut facts.metrics {
            metrics.transitions = transitions;
            metrics.duration = Some(DurationStats { average, p99: None, maximum, samples });
            metrics.express = Some(ExpressBilling { billed_ms, billed_memory_mb: memory });
        }
        let kind = if is_express { WorkflowType::Express } else { WorkflowType::Standard };
        MachineFacts {
            workflow_type: Fact::Known(kind),
            executions: Fact::Known(sample),
            logging: Fact::Known(Logging { level: LogLevel::All, ..Logging::default() }),
            logs: Fact::Known(Some(LogUse { group: "g".to_owned(), ingested, stored, unknown: None })),
            tracing: Fact::Known(true),
            ..facts
        }
    }
}

fn is_sane(machine: &MachineCost) {
    let Ok(month) = &machine.month else { return };
    let mut sum = Decimal::ZERO;
    for line in &month.lines {
        let usd = line.usd;
        assert!(
            usd.low <= usd.best && usd.best <= usd.high && usd.low >= Decimal::ZERO,
            "{line:?}"
        );
        sum = sum.saturating_add(usd.best);
    }
    assert_eq!(sum, month.total.best);
    if let Other::Priced { usd, .. } = &month.other {
        assert!(usd.low >= Decimal::ZERO && usd.low <= usd.high);
    }
}

proptest! {
    #[test]
    fn no_fact_makes_a_bill_fail(a in any_machine("a"), b in any_machine("b")) {
        let bill = cost(vec![a.clone(), b.clone()]);
        bill.machines.iter().for_each(is_sane);
        let sum = bill.machines.iter().fold(Decimal::ZERO, |sum, it| sum.saturating_add(it.usd()));
        prop_assert_eq!(sum, bill.total.best);
        // In whichever order the machines come.
        prop_assert_eq!(cost(vec![b, a]).machines, bill.machines);
    }

    #[test]
    fn the_states_of_a_machine_cost_what_its_transitions_cost(
        entered in prop::collection::vec((0_u64..40, 0_u64..5), 1..6),
        started in 1_u64..1_000_000,
    ) {
        let total: u64 = entered.iter().map(|(entered, retried)| entered + retried).sum();
        prop_assume!(total > 0);
        let names = || entered.iter().enumerate().map(|(at, counts)| (format!("S{at}"), counts));
        let profile = HistoryProfile {
            transitions: total,
            entered: names().map(|(name, (entered, _))| (name, *entered)).collect(),
            retried: names().map(|(name, (_, retried))| (name, *retried)).collect(),
            ..HistoryProfile::default()
        };
        let sample = ExecutionSample { listed: 1, profiles: vec![profile], ..ExecutionSample::default() };
        let machine = MachineFacts {
            executions: Fact::Known(sample),
            ..standard("a", started, started.saturating_mul(total))
        };
        let bill = cost(vec![machine]);
        let month = bill.machines[0].month.as_ref().unwrap();
        let states: Decimal = month.states.iter().filter_map(|state| state.usd).sum();
        let lines = month.lines.iter().filter(|line| line.item == Item::Transitions);
        let transitions: Decimal = lines.map(|line| line.usd.best).sum();
        prop_assert!((states - transitions).abs() < Decimal::new(1, 9), "{states} {transitions}");
    }
}
