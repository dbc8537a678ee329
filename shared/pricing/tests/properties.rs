//! What must hold of the models for any usage.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use pricing::{
    ExpressUsage, MemoryEstimate, Prices, RegionPrices, StandardUsage, TierBasis, Usd,
    billed_duration_ms, billed_memory_mb, break_even_transitions, express, express_by, log_storage,
    logs, metric_requests, num, per_month, standard,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn prices() -> RegionPrices {
    Prices::embedded().region("us-east-1")
}

/// Any decimal there is, the largest, the smallest and negative ones too.
fn any_decimal() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        8 => (any::<u32>(), any::<u32>(), any::<u32>(), any::<bool>(), 0..=28_u32)
            .prop_map(|(lo, mid, hi, negative, scale)| Decimal::from_parts(lo, mid, hi, negative, scale)),
        1 => Just(Decimal::MAX),
        1 => Just(Decimal::MIN),
        1 => Just(Decimal::ZERO),
        2 => any::<i64>().prop_map(Decimal::from),
    ]
}

/// What a metric could really say, with up to three decimals.
fn quantity(up_to: i64) -> impl Strategy<Value = Decimal> {
    (0..=up_to * 1000).prop_map(|thousandths| Decimal::new(thousandths, 3))
}

fn executions() -> impl Strategy<Value = Decimal> {
    (0..10_000_000_000_i64).prop_map(Decimal::from)
}

fn usage() -> impl Strategy<Value = ExpressUsage> {
    (
        executions(),
        quantity(600_000),
        quantity(10_240),
        any::<bool>(),
    )
        .prop_map(
            |(executions, duration_ms, memory_mb, already_billed)| ExpressUsage {
                executions,
                duration_ms,
                memory_mb,
                already_billed,
            },
        )
}

fn any_usage() -> impl Strategy<Value = ExpressUsage> {
    (any_decimal(), any_decimal(), any_decimal(), any::<bool>()).prop_map(
        |(executions, duration_ms, memory_mb, already_billed)| ExpressUsage {
            executions,
            duration_ms,
            memory_mb,
            already_billed,
        },
    )
}

fn express_total(usage: &ExpressUsage, already_used: Decimal) -> Usd {
    express(&prices(), usage, already_used).total
}

proptest! {
    // A failure prints its input; no file of old failures is kept.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_is_negative(
        usage in any_usage(), from in any_decimal(), a in any_decimal(), b in any_decimal(), steps in any::<u64>(), free in any::<bool>(),
    ) {
        let prices = prices();
        let bills = [
            standard(&prices, &StandardUsage { executions: a, transitions: b }, free),
            express(&prices, &usage, from),
            express_by(TierBasis::GbHour, &prices, &usage, from),
            logs(&prices, a, free),
            log_storage(&prices, a),
        ];
        for bill in bills.clone() {
            prop_assert!(bill.total >= Usd::ZERO);
            prop_assert!(bill.lines.iter().all(|line| line.usd >= Usd::ZERO && !line.quantity.is_empty()));
            prop_assert!(!bill.total.rounded().is_empty() && !bill.total.cents().is_empty());
        }
        let joined = bills.into_iter().reduce(pricing::Bill::and).unwrap();
        prop_assert!(joined.total >= Usd::ZERO);
        prop_assert!(metric_requests(&prices, a) >= Usd::ZERO);
        prop_assert!(break_even_transitions(&prices, a, b) > Decimal::ZERO);
        prop_assert!(per_month(a, b) >= Decimal::ZERO);
        let estimate = MemoryEstimate { definition_kb: a, map_or_parallel_steps: steps, payload_kb: b };
        prop_assert!(estimate.memory_mb() >= Decimal::from(50));
        let _ = (Usd(a) + Usd(b), Usd(a) - Usd(b), Usd(a) * b, [Usd(a), Usd(b)].iter().sum::<Usd>());
        let _ = (num::count(a), Usd(a).per_million(), Usd(a).rounded(), Usd(b).cents(), num::div(a, b));
    }

    #[test]
    fn a_negative_quantity_counts_as_zero(size in any_decimal(), free in any::<bool>()) {
        let below = -size.abs();
        let prices = prices();
        prop_assert_eq!(standard(&prices, &StandardUsage { executions: below, transitions: below }, free).total, Usd::ZERO);
        let usage = ExpressUsage { executions: below, duration_ms: 100.into(), memory_mb: 64.into(), already_billed: false };
        prop_assert_eq!(express(&prices, &usage, Decimal::ZERO).total, Usd::ZERO);
        prop_assert_eq!(logs(&prices, below, free).total, Usd::ZERO);
        // A run that took no time is billed as the shortest one.
        prop_assert_eq!(billed_duration_ms(below), Decimal::from(100));
        prop_assert_eq!(billed_memory_mb(below), Decimal::from(64));
    }

    #[test]
    fn more_transitions_never_cost_less(a in any_decimal(), b in any_decimal(), free in any::<bool>()) {
        let cost = |transitions| standard(&prices(), &StandardUsage { executions: Decimal::ZERO, transitions }, free).total;
        prop_assert!(cost(a.min(b)) <= cost(a.max(b)));
    }

    #[test]
    fn more_of_anything_never_costs_less_as_express(usage in usage(), more in usage(), from in quantity(30_000_000)) {
        let cost = express_total(&usage, from);
        let larger = [
            ExpressUsage { executions: usage.executions.max(more.executions), ..usage },
            ExpressUsage { duration_ms: usage.duration_ms.max(more.duration_ms), ..usage },
            ExpressUsage { memory_mb: usage.memory_mb.max(more.memory_mb), ..usage },
        ];
        for larger in larger {
            prop_assert!(express_total(&larger, from) >= cost, "{larger:?}");
        }
        prop_assert!(express_total(&usage, from + more.executions) <= cost);
    }

    #[test]
    fn tiers_add_up(a in quantity(40_000_000), b in quantity(40_000_000), from in quantity(40_000_000)) {
        // 1 GB for 1 s each, so that executions are GB-seconds.
        let bill = |executions, from| {
            let usage = ExpressUsage { executions, duration_ms: 1000.into(), memory_mb: 1024.into(), already_billed: true };
            express(&prices(), &usage, from)
        };
        let (first, second, both) = (bill(a, from), bill(b, from + a), bill(a + b, from));
        prop_assert_eq!(first.gb_seconds + second.gb_seconds, both.gb_seconds);
        prop_assert_eq!(first.total + second.total, both.total);
        prop_assert_eq!(both.tiers.iter().map(|tier| tier.quantity).sum::<Decimal>(), both.gb_seconds);
        prop_assert_eq!(both.tiers.iter().map(|tier| tier.usd).sum::<Usd>(), both.item("duration"));
    }

    #[test]
    fn more_logs_never_cost_less_nor_more_each(a in quantity(100_000), b in quantity(100_000)) {
        let cost = |gb| logs(&prices(), gb, false).total;
        let (small, large) = (a.min(b), a.max(b));
        prop_assert!(cost(small) <= cost(large));
        prop_assert!(cost(a + b) <= cost(a) + cost(b));
        prop_assert!(logs(&prices(), a, true).total <= cost(a));
    }

    #[test]
    fn billed_sizes_are_the_next_whole_step(duration in quantity(600_000), memory in quantity(10_240)) {
        for (size, billed, step) in [
            (duration, billed_duration_ms(duration), Decimal::from(100)),
            (memory, billed_memory_mb(memory), Decimal::from(64)),
        ] {
            prop_assert!((billed % step).is_zero());
            prop_assert!(billed >= size && billed >= step);
            prop_assert!(billed - size < step || billed == step);
        }
    }

    #[test]
    fn rounding_up_twice_changes_nothing(usage in usage()) {
        let rounded = ExpressUsage {
            duration_ms: billed_duration_ms(usage.duration_ms),
            memory_mb: billed_memory_mb(usage.memory_mb),
            already_billed: true,
            ..usage
        };
        let unrounded = ExpressUsage { already_billed: false, ..usage };
        prop_assert_eq!(express(&prices(), &rounded, Decimal::ZERO), express(&prices(), &unrounded, Decimal::ZERO));
    }

    #[test]
    fn at_the_break_even_both_cost_the_same(duration_ms in quantity(300_000), memory_mb in quantity(3_000), executions in 1..1_000_i64) {
        let executions = Decimal::from(executions);
        let usage = ExpressUsage { executions, duration_ms, memory_mb, already_billed: false };
        let transitions = break_even_transitions(&prices(), duration_ms, memory_mb) * executions;
        let as_standard = standard(&prices(), &StandardUsage { executions, transitions }, false).total;
        prop_assert_eq!(as_standard, express_total(&usage, Decimal::ZERO));
    }

    #[test]
    fn the_two_price_lists_differ_by_less_than_a_thousandth(usage in usage()) {
        let by = |basis| express_by(basis, &prices(), &usage, Decimal::ZERO).total.0;
        let (second, hour) = (by(TierBasis::GbSecond), by(TierBasis::GbHour));
        prop_assert!((second - hour).abs() <= second * Decimal::new(1, 3), "{second} {hour}");
    }

    #[test]
    fn an_amount_survives_a_file(amount in any_decimal()) {
        let text = serde_json::to_string(&Usd(amount)).unwrap();
        prop_assert!(text.starts_with('"') && !text.contains(['e', 'E']), "{}", text);
        prop_assert_eq!(serde_json::from_str::<Usd>(&text).unwrap(), Usd(amount));
    }

    #[test]
    fn a_metric_that_is_a_whole_number_stays_one(value in -(1_i64 << 53)..(1_i64 << 53)) {
        #[allow(clippy::cast_precision_loss, reason = "exact below 2^53")]
        let float = value as f64;
        prop_assert_eq!(num::from_metric(float), Some(Decimal::from(value)));
    }

    #[test]
    fn any_float_is_a_decimal_or_nothing(value in any::<f64>()) {
        if let Some(decimal) = num::from_metric(value) {
            prop_assert!(value.is_finite() && (decimal.is_zero() || decimal.is_sign_negative() == value.is_sign_negative()));
        }
    }

    #[test]
    fn any_text_is_a_table_or_an_error(text in ".{0,200}") {
        prop_assert!(Prices::from_json(&text).is_err());
    }
}
