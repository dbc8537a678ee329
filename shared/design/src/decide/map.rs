//! Inline or Distributed Map.

use pricing::{ExpressUsage, RegionPrices, num};
use rust_decimal::Decimal;

use super::estimate;
use super::{Alternative, Child, Decision, FileKind, Items, MapDecision, Workflow};
use crate::repeatable;
use crate::requirements::{Each, Requirements, Size, Step, Work};
use crate::timing;

/// An inline Map runs at most this many at a time, in a history of at most 25,000 events, over data of at most 256 KiB (service
/// quotas, 2026-11-22).
const INLINE_CONCURRENCY: u32 = 40;
const HISTORY_EVENTS: u64 = 25_000;
const PAYLOAD: Size = Size(256 << 10);
const INLINE_ITEMS: u64 = 10_000;
/// Events of one state in a history.
const EVENTS: u64 = 5;
/// Half of the functions that an account runs at a time unless its quota is raised: others want to run, too.
const CHILDREN: u32 = 500;
/// An Express child ends after five minutes.
const CHILD_MS: u64 = 300_000;

/// Why a Map has to be distributed.
pub(crate) fn needs_distributed(asked: &Requirements, each: &Each) -> Option<String> {
    let items = estimate::items(each);
    let states = estimate::transitions(&each.steps);
    let events = num::mul(num::mul(items.into(), states), EVENTS.into());
    if estimate::is_from_s3(each) {
        return Some("its items are in S3, where only a Distributed Map reads them".to_owned());
    }
    if items > INLINE_ITEMS {
        return Some(format!(
            "{items} items are more than the 10,000 that fit an inline Map well"
        ));
    }
    if events > Decimal::from(HISTORY_EVENTS) {
        return Some(format!(
            "{items} items make about {} events, and a history holds {HISTORY_EVENTS}",
            num::count(events)
        ));
    }
    if asked.load.payload > PAYLOAD {
        return Some(format!(
            "{} of data are more than the 256 KiB that a state holds",
            asked.load.payload
        ));
    }
    match each.concurrency {
        Some(said) if said > INLINE_CONCURRENCY => Some(format!(
            "{said} at a time are more than the {INLINE_CONCURRENCY} of an inline Map"
        )),
        _ => None,
    }
}

pub(super) fn decide(
    asked: &Requirements,
    step: &Step,
    each: &Each,
    workflow: &Workflow,
    prices: &RegionPrices,
) -> (MapDecision, Decision) {
    let needs = needs_distributed(asked, each).filter(|_| *workflow != Workflow::Express);
    let items = estimate::items(each);
    let Some(needs) = needs else {
        let concurrency = each
            .concurrency
            .unwrap_or(INLINE_CONCURRENCY)
            .min(INLINE_CONCURRENCY);
        let decision = Decision {
            id: "map",
            about: step.id.clone(),
            chosen: format!("inline, {concurrency} at a time"),
            because: vec![format!("about {items} items fit the history of one execution")],
            alternatives: vec![Alternative {
                what: "Distributed Map".to_owned(),
                why_not: "an execution of its own for every item, with its start and its history, for nothing".to_owned(),
            }],
            flips: vec![format!(
                "above {INLINE_ITEMS} items, {HISTORY_EVENTS} events, 256 KiB of items or {INLINE_CONCURRENCY} at a time it has to be distributed"
            )],
        };
        return (MapDecision::Inline { concurrency }, decision);
    };
    distributed(step, each, needs, prices)
}

fn distributed(
    step: &Step,
    each: &Each,
    needs: String,
    prices: &RegionPrices,
) -> (MapDecision, Decision) {
    let items = estimate::items(each);
    let batch = each.batch.unwrap_or(1).max(1);
    let children = Decimal::from(items.div_ceil(batch));
    let duration = estimate::duration(&each.steps);
    let hindrance = express_hindrance(each, duration.0);
    let standard = prices.transition * num::mul(children, estimate::transitions(&each.steps));
    let usage = ExpressUsage {
        executions: children,
        duration_ms: duration.0.into(),
        memory_mb: Decimal::from(64),
        already_billed: false,
    };
    let express = pricing::express(prices, &usage, Decimal::ZERO).total;
    let costs = format!(
        "{} children of {duration} a run: Standard {}, Express {}",
        num::count(children),
        standard.rounded(),
        express.rounded()
    );
    let child = if hindrance.is_none() && express < standard {
        Child::Express
    } else {
        Child::Standard
    };
    let limit = each
        .steps
        .iter()
        .filter_map(|step| step.limit.as_ref())
        .map(|limit| limit.concurrent)
        .min();
    let concurrency = each
        .concurrency
        .unwrap_or(CHILDREN)
        .min(limit.unwrap_or(u32::MAX));
    let tolerated_percentage = num::mul(
        each.tolerate_failures.unwrap_or_default(),
        Decimal::ONE_HUNDRED,
    )
    .normalize();
    let mut because = vec![needs, costs];
    if let Some(limit) = limit.filter(|limit| *limit == concurrency) {
        because.push(format!(
            "a step inside of it lets {limit} through at a time"
        ));
    }
    let (name, other, why_not) = match child {
        Child::Express => (
            "Express",
            "Standard children",
            format!("{} a run", standard.rounded()),
        ),
        Child::Standard => {
            let why = hindrance
                .clone()
                .unwrap_or_else(|| format!("{} a run", express.rounded()));
            ("Standard", "Express children", why)
        }
    };
    let mut flips = Vec::new();
    if let Some(hindrance) = &hindrance {
        flips.push(format!("without this, Express children: {hindrance}"));
    }
    if batch == 1 && items > 1000 {
        let tenth = num::div_or_max(children, Decimal::TEN);
        flips.push(format!(
            "`batch: 10` makes {} children of {}, where the steps take lists",
            num::count(tenth),
            num::count(children)
        ));
    }
    let decision = Decision {
        id: "map",
        about: step.id.clone(),
        chosen: format!(
            "distributed: {name} children, {batch} items each, {concurrency} at a time"
        ),
        because,
        alternatives: vec![
            Alternative {
                what: other.to_owned(),
                why_not,
            },
            Alternative {
                what: "inline Map".to_owned(),
                why_not: "its limits, as said".to_owned(),
            },
        ],
        flips,
    };
    let map = MapDecision::Distributed {
        child,
        batch,
        concurrency,
        items: source(each),
        tolerated_percentage,
    };
    (map, decision)
}

fn express_hindrance(each: &Each, ms: u64) -> Option<String> {
    for step in &each.steps {
        if timing::waits_outside(step) {
            return Some(format!("`{}` waits for somebody or a job", step.id));
        }
        if matches!(step.work, Work::Does(_)) && !repeatable::of(step).is_so() {
            return Some(format!("`{}` is not safe to do twice", step.id));
        }
        if matches!(step.work, Work::Wait(_)) || step.poll.is_some() {
            return Some(format!("`{}` waits", step.id));
        }
    }
    let longest: u64 = each
        .steps
        .iter()
        .filter_map(timing::longest_said)
        .map(|time| time.0)
        .sum();
    (ms.max(longest) > CHILD_MS).then(|| "a child may take more than 5 min".to_owned())
}

/// Where the items are: an object by its ending, else a prefix.
fn source(each: &Each) -> Items {
    let Some(place) = each.of.as_deref().and_then(|of| of.strip_prefix("s3://")) else {
        return Items::Data;
    };
    let (bucket, key) = place.split_once('/').unwrap_or((place, ""));
    let (bucket, key) = (bucket.to_owned(), key.to_owned());
    let ends = |ending: &str| key.to_ascii_lowercase().ends_with(ending);
    let kind = if ends("manifest.json") {
        FileKind::Manifest
    } else if ends(".csv") {
        FileKind::Csv
    } else if ends(".jsonl") {
        FileKind::JsonLines
    } else if ends(".json") {
        FileKind::Json
    } else if ends(".parquet") {
        FileKind::Parquet
    } else {
        return Items::S3Objects {
            bucket,
            prefix: key,
        };
    };
    Items::S3File { bucket, key, kind }
}
