//! What people read: amounts, counts, and the lines of a bill.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use pricing::{
    Bill, ExpressUsage, HOURS_PER_MONTH, Prices, RegionPrices, StandardUsage, Usd, express,
    log_storage, logs, num, per_month, standard,
};
use rust_decimal::Decimal;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn prices() -> RegionPrices {
    Prices::embedded().region("us-east-1")
}

fn text(bill: &Bill) -> Vec<String> {
    bill.lines
        .iter()
        .map(|line| format!("{}: {} = {}", line.item, line.quantity, line.usd))
        .collect()
}

#[test]
fn amounts() {
    let cases = [
        ("0", "$0", "$0.00"),
        ("0.000", "$0", "$0.00"),
        ("1290.275", "$1,290", "$1,290.28"),
        ("1303.5", "$1,304", "$1,303.50"),
        ("12.63", "$12.63", "$12.63"),
        ("12.6", "$12.60", "$12.60"),
        ("1", "$1.00", "$1.00"),
        ("0.15", "$0.15", "$0.15"),
        ("0.5", "$0.50", "$0.50"),
        ("0.0128", "$0.013", "$0.01"),
        ("0.000025", "$0.000025", "$0.00"),
        ("0.00001667", "$0.000017", "$0.00"),
        ("-0.000025", "-$0.000025", "$0.00"),
        ("-1290.275", "-$1,290", "-$1,290.28"),
        ("-0.15", "-$0.15", "-$0.15"),
        // At a border the rounded amount decides how it is shown.
        ("99.994", "$99.99", "$99.99"),
        ("99.995", "$100", "$100.00"),
        ("0.995", "$1.00", "$1.00"),
        ("0.994", "$0.99", "$0.99"),
        ("999999.5", "$1,000,000", "$999,999.50"),
        ("1000", "$1,000", "$1,000.00"),
        ("999", "$999", "$999.00"),
        (
            "79228162514264337593543950335",
            "$79,228,162,514,264,337,593,543,950,335",
            "$79,228,162,514,264,337,593,543,950,335.00",
        ),
        (
            "0.0000000000000000000000000001",
            "$0.0000000000000000000000000001",
            "$0.00",
        ),
    ];
    for (exact, rounded, cents) in cases {
        let amount = Usd(decimal(exact));
        assert_eq!(
            (amount.rounded().as_str(), amount.cents().as_str()),
            (rounded, cents),
            "{exact}"
        );
        assert_eq!(amount.to_string(), rounded);
    }
    assert_eq!(format!("[{:>10}]", Usd(decimal("12.63"))), "[    $12.63]");
}

#[test]
fn amounts_in_files_are_exact_strings() {
    assert_eq!(
        serde_json::to_string(&Usd(decimal("1290.27500"))).unwrap(),
        "\"1290.275\""
    );
    assert_eq!(
        serde_json::from_str::<Usd>("\"0.000025\"").unwrap(),
        Usd(decimal("0.000025"))
    );
    assert!(serde_json::from_str::<Usd>("0.000025").is_err());
}

#[test]
fn prices_of_a_million() {
    for (each, million) in [
        ("0.000025", "$25.00/M"),
        ("0.00002625", "$26.25/M"),
        ("0.0000001042", "$0.1042/M"),
        ("0", "$0.00/M"),
    ] {
        assert_eq!(Usd(decimal(each)).per_million(), million);
    }
}

#[test]
fn counts() {
    let cases = [
        ("0", "0"),
        ("0.3", "0.3"),
        ("0.001234", "0.0012"),
        ("8", "8"),
        ("1.005", "1.01"),
        ("12345", "12,345"),
        ("999999", "999,999"),
        ("1000000", "1.00 M"),
        ("6517857.142857", "6.52 M"),
        ("9996000", "10.0 M"),
        ("52142857", "52.1 M"),
        ("521428571", "521 M"),
        ("20736000000", "20,700 M"),
        ("-12345", "-12,345"),
        ("-6517857", "-6.52 M"),
    ];
    for (exact, expected) in cases {
        assert_eq!(num::count(decimal(exact)), expected, "{exact}");
    }
}

#[test]
fn metrics_become_decimals() {
    let cases = [
        (3_000_000.0, Some("3000000")),
        (0.1, Some("0.1")),
        (-2.5, Some("-2.5")),
        (0.0, Some("0")),
        (1e300, None),
        (f64::NAN, None),
        (f64::INFINITY, None),
    ];
    for (value, expected) in cases {
        assert_eq!(num::from_metric(value), expected.map(decimal), "{value}");
    }
}

#[test]
fn a_window_becomes_a_month() {
    assert_eq!(HOURS_PER_MONTH, 730);
    assert_eq!(
        num::count(per_month(decimal("3000000"), decimal("336"))),
        "6.52 M"
    );
    assert_eq!(per_month(decimal("42"), decimal("730")), decimal("42"));
    assert_eq!(per_month(decimal("42"), Decimal::ZERO), Decimal::ZERO);
    assert_eq!(per_month(decimal("42"), decimal("-1")), Decimal::ZERO);
    assert_eq!(per_month(Decimal::MAX, decimal("730")), Decimal::MAX);
}

#[test]
fn a_standard_bill() {
    let usage = StandardUsage {
        executions: decimal("6520000"),
        transitions: decimal("52160000"),
    };
    assert_eq!(
        text(&standard(&prices(), &usage, false)),
        ["transitions: 6.52 M executions x 8.00 transitions x $25.00/M = $1,304"]
    );
    assert_eq!(
        text(&standard(
            &prices(),
            &StandardUsage {
                executions: Decimal::ZERO,
                transitions: decimal("10000")
            },
            true
        )),
        ["transitions: 10,000 transitions x $25.00/M, 4,000 free = $0.15"]
    );
    assert_eq!(
        text(&standard(
            &prices(),
            &StandardUsage {
                executions: decimal("10"),
                transitions: decimal("50")
            },
            true
        )),
        ["transitions: 10 executions x 5.00 transitions x $25.00/M, 50 free = $0"]
    );
}

#[test]
fn an_express_bill_with_its_logs() {
    let usage = ExpressUsage {
        executions: decimal("6520000"),
        duration_ms: decimal("812.5"),
        memory_mb: decimal("51"),
        already_billed: false,
    };
    let bill =
        express(&prices(), &usage, Decimal::ZERO).and(logs(&prices(), decimal("0.3"), false));
    assert_eq!(
        text(&bill),
        [
            "requests: 6.52 M requests x $1.00/M = $6.52",
            "duration: 6.52 M x 0.9 s x 64 MB = 366,750 GB-s = $6.11",
            "logs: 0.3 GB = $0.15",
        ]
    );
    assert_eq!(bill.total.cents(), "$12.78");
    let tiers: Vec<_> = bill
        .tiers
        .iter()
        .map(|tier| (tier.item, num::count(tier.quantity)))
        .collect();
    assert_eq!(
        tiers,
        [
            ("duration", "366,750".to_owned()),
            ("logs", "0.3".to_owned())
        ]
    );
}

#[test]
fn log_tiers_and_what_is_free() {
    let cases = [
        ("3", true, "3 GB, 3 free", "$0.00"),
        ("6", true, "6 GB, 5 free", "$0.50"),
        ("6", false, "6 GB", "$3.00"),
        // 10,240 GB at 0.50, 20,480 at 0.25, 20,480 at 0.10, 1,000 at 0.05.
        ("52200", false, "52,200 GB", "$12,338.00"),
    ];
    for (gb, free, quantity, cost) in cases {
        let bill = logs(&prices(), decimal(gb), free);
        assert_eq!(
            (bill.lines[0].quantity.as_str(), bill.total.cents().as_str()),
            (quantity, cost)
        );
    }
    assert_eq!(
        text(&log_storage(&prices(), decimal("100"))),
        ["log storage: 100 GB-month = $3.00"]
    );
}

#[test]
fn an_account_that_used_the_first_tiers_pays_less() {
    let usage = ExpressUsage {
        executions: decimal("1000"),
        duration_ms: decimal("1000"),
        memory_mb: decimal("1024"),
        already_billed: false,
    };
    let cost = |used: &str| express(&prices(), &usage, decimal(used)).item("duration").0;
    assert_eq!(cost("0"), decimal("0.01667"));
    assert_eq!(cost("3600000"), decimal("0.00833"));
    assert_eq!(cost("3599400"), decimal("0.013334")); // 600 in the first tier, 400 in the second
    assert_eq!(cost("18000000"), decimal("0.00456"));
    assert_eq!(cost("-5"), decimal("0.01667"));
}
