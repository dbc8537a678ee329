//! CloudWatch asked one metric at a time, which is free of charge.

use aws::{Collect, MetricsPath, Pace};
use facts::AccountFacts;
use stub::{Options, Shape, Stub};

use crate::{audit, served, unlimited};

fn by(metrics: MetricsPath) -> Collect {
    Collect {
        metrics,
        ..unlimited()
    }
}

async fn both(options: Options) -> (AccountFacts, AccountFacts) {
    let stub = Stub::start(options);
    let data = audit(&stub, by(MetricsPath::Data)).await.unwrap();
    (
        data,
        audit(&stub, by(MetricsPath::Statistics)).await.unwrap(),
    )
}

#[tokio::test]
async fn both_ways_bring_the_same_numbers() {
    for shape in [Shape::Busy, Shape::Idle, Shape::Split, Shape::Lasting] {
        let options = Options {
            machines: 24,
            express_every: 10,
            idle_every: 7,
            shape,
            ..Options::default()
        };
        let (data, statistics) = both(options).await;
        assert_eq!(data, statistics, "{shape:?}");
    }
    // Where percentiles fail, each is asked for and failed on its own.
    let (data, statistics) = both(Options {
        machines: 1,
        shape: Shape::NoPercentiles,
        ..Options::default()
    })
    .await;
    assert_eq!(data, statistics);
    let metrics = data.machines[0].metrics.known().unwrap();
    assert_eq!(metrics.duration.as_ref().unwrap().p99, None);
}

#[tokio::test]
async fn idle_ones_take_three_requests_and_active_ones_eight() {
    let stub = Stub::start(Options {
        machines: 20,
        express_every: 10,
        idle_every: 4,
        ..Options::default()
    });
    audit(&stub, by(MetricsPath::Statistics)).await.unwrap();
    let calls = served(&stub);
    assert!(!calls.contains_key("GetMetricData"), "{calls:?}");
    // 5 idle Standard, 13 active; 2 active Express; 3 of the Region.
    assert_eq!(calls["GetMetricStatistics"], 5 * 3 + 13 * 8 + 2 * 9 + 3);
}

#[tokio::test]
async fn the_cheapest_way_is_the_free_one_where_it_is_fast_enough_and_allowed() {
    let asked = async |deny: &[&str], how: Collect| {
        let stub = Stub::start(Options {
            machines: 20,
            deny: deny.iter().map(|one| (*one).to_owned()).collect(),
            ..Options::default()
        });
        let facts = audit(&stub, how).await.unwrap();
        let calls = served(&stub);
        let of = |name: &str| calls.get(name).copied().unwrap_or_default();
        let why = facts.machines[7].metrics.get().err().map(ToOwned::to_owned);
        (of("GetMetricStatistics"), of("GetMetricData"), why)
    };
    let paced = |metrics| Collect {
        pace: Pace::share(1.0),
        metrics,
        ..Collect::default()
    };
    let cheapest = paced(MetricsPath::Cheapest);
    assert_eq!(asked(&[], cheapest.clone()).await, (20 * 8 + 3, 0, None));
    assert_eq!(
        asked(&[], by(MetricsPath::Cheapest)).await,
        (0, 2, None),
        "no pace"
    );

    // What is not allowed is asked the other way, unless somebody wants this one.
    let denied = ["GetMetricStatistics"];
    let (tried, data, why) = asked(&denied, cheapest).await;
    assert!((1..=64).contains(&tried), "{tried}");
    assert!(data >= 1 && why.is_none(), "{data} {why:?}");
    let (_, data, why) = asked(&denied, paced(MetricsPath::Statistics)).await;
    let expected = "AccessDenied on cloudwatch:GetMetricStatistics";
    assert_eq!((data, why.as_deref()), (0, Some(expected)));
}
