//! What CloudWatch says of all state machines: first what tells whether one did anything, then the rest of those that did.

mod ask;
mod data;
mod series;
#[cfg(feature = "statistics")]
mod statistics;

use std::sync::Arc;

use facts::{Fact, Metrics, RegionTotals};

use super::window::Span;
use super::{Collect, Listed};
use crate::Session;
use crate::memory::{keep, recall};

use ask::Ask;
use series::{Answers, Series};

const NAMESPACE: &str = "AWS/States";

/// One query: which number of which state machine, of the whole Region where there is none.
#[derive(Clone, Debug)]
struct Query {
    /// The place of its answers.
    slot: usize,
    arn: Option<Arc<str>>,
    ask: Ask,
}

impl Query {
    /// In seconds.
    fn period(&self, span: Span) -> i32 {
        if self.ask.by_day() {
            span.day
        } else {
            span.whole
        }
    }
}

/// CloudWatch drops the metrics of state machines whose name is not ASCII: no data then means nothing.
const NOT_ASCII: &str = "CloudWatch records no metrics of a state machine whose name is not ASCII";

/// The queries for those state machines of which `wanted` says so, those of one machine side by side.
fn plan(machines: &[Listed], wanted: impl Fn(usize, Ask) -> bool) -> Vec<Query> {
    let mut queries = Vec::new();
    for (slot, listed) in machines.iter().enumerate() {
        if !listed.name.is_ascii() {
            continue;
        }
        let arn: Arc<str> = Arc::from(listed.arn.as_str());
        let asks = Ask::of(listed.kind).iter().copied();
        queries.extend(asks.filter(|ask| wanted(slot, *ask)).map(|ask| Query {
            slot,
            arn: Some(Arc::clone(&arn)),
            ask,
        }));
    }
    queries
}

/// What will be asked for, with the totals of the Region: for idle state machines only, and for active ones only.
pub(crate) struct Asked {
    pub(crate) metrics: (usize, usize),
    pub(crate) calls: (usize, usize),
    pub(crate) free: bool,
}

/// Plans what [`all`] does.
pub(crate) fn asked(how: &Collect, region: &str, machines: &[Listed]) -> Asked {
    if machines.is_empty() {
        return Asked {
            metrics: (0, 0),
            calls: (0, 0),
            free: false,
        };
    }
    #[cfg(feature = "statistics")]
    if statistics::suits(how, region, machines) {
        return statistics::asked(machines);
    }
    _ = (how, region);
    let first = plan(machines, |_, ask| ask.tells_activity()).len() + Ask::REGION.len();
    let rest = plan(machines, |_, ask| !ask.tells_activity()).len();
    let calls = |queries: usize| queries.div_ceil(data::BATCH);
    Asked {
        metrics: (first, first + rest),
        calls: (calls(first), calls(first) + calls(rest)),
        free: false,
    }
}

/// What was measured.
pub(super) struct Measured {
    /// Of the state machines, in their order; why not, where that is so.
    pub(super) machines: Vec<Result<Metrics, String>>,
    /// Of the whole Region.
    pub(super) totals: Fact<RegionTotals>,
}

/// The metrics of all `machines`, and those `of_region` where they are wanted.
pub(super) async fn all(
    session: &Session,
    region: &str,
    machines: &[Listed],
    how: &Collect,
    span: Span,
    of_region: bool,
) -> Measured {
    let reader = Reader {
        session,
        region,
        how,
        span,
        #[cfg(feature = "statistics")]
        free: statistics::suits(how, region, machines),
    };
    #[cfg(feature = "statistics")]
    let is_first = |ask: Ask| ask.tells_activity() || reader.free && statistics::comes_along(ask);
    #[cfg(not(feature = "statistics"))]
    let is_first = Ask::tells_activity;
    // The last slot is the Region's.
    let mut answers = vec![Answers::default(); machines.len() + 1];
    let mut queries = plan(machines, |_, ask| is_first(ask));
    if of_region {
        queries.extend(Ask::REGION.map(|ask| Query {
            slot: machines.len(),
            arn: None,
            ask,
        }));
    }
    reader.ask(queries, &mut answers).await;
    let active: Vec<bool> = answers.iter().map(Answers::active).collect();
    let rest = plan(machines, |slot, ask| {
        !is_first(ask) && active.get(slot).is_some_and(|active| *active)
    });
    reader.ask(rest, &mut answers).await;

    let totals = answers.pop().map_or_else(Fact::default, |region| {
        region.totals().map_or_else(Fact::unknown, Fact::Known)
    });
    let machines = answers.into_iter().zip(machines).map(|(answers, listed)| {
        if listed.name.is_ascii() {
            answers.metrics(listed.kind, span)
        } else {
            Err(NOT_ASCII.to_owned())
        }
    });
    Measured {
        machines: machines.collect(),
        totals,
    }
}

/// Whom to ask, and about when.
struct Reader<'a> {
    session: &'a Session,
    region: &'a str,
    how: &'a Collect,
    span: Span,
    /// One metric in a request, free of charge.
    #[cfg(feature = "statistics")]
    free: bool,
}

impl Reader<'_> {
    /// Asks what is not known yet.
    async fn ask(&self, queries: Vec<Query>, answers: &mut [Answers]) {
        let mut insert = |query: &Query, answer: Result<Series, String>| {
            if let Some(slot) = answers.get_mut(query.slot) {
                slot.insert(query.ask, answer);
            }
        };
        let mut open = Vec::new();
        for query in queries {
            match recall::<Series>(self.how, || self.key(&query)) {
                Some(series) => insert(&query, Ok(series)),
                None => open.push(query),
            }
        }
        let mut found = |query: &Query, answer: Result<Series, String>| {
            if let Ok(series) = &answer {
                keep(self.how, || self.key(query), series);
            }
            insert(query, answer);
        };
        #[cfg(feature = "statistics")]
        if self.free {
            open = statistics::ask(self, open, &mut found).await;
            if open.is_empty() {
                return;
            }
        }
        data::ask(self, open, &mut found).await;
    }

    fn key(&self, query: &Query) -> String {
        let subject = query.arn.as_deref().unwrap_or(self.region);
        format!("metric {:?} of {subject}", query.ask)
    }
}

#[cfg(test)]
mod tests {
    use facts::WorkflowType;

    use super::*;

    fn listed(kind: Option<WorkflowType>) -> Listed {
        Listed {
            arn: "arn".to_owned(),
            name: "name".to_owned(),
            kind,
            created: None,
        }
    }

    #[test]
    fn queries_are_packed_across_state_machines_in_two_steps() {
        let machines: Vec<Listed> = (0..300)
            .map(|_| listed(Some(WorkflowType::Standard)))
            .collect();
        let first = plan(&machines, |_, ask| ask.tells_activity());
        let sizes: Vec<usize> = first.chunks(data::BATCH).map(<[Query]>::len).collect();
        assert_eq!(sizes, [500, 400]);
        assert_eq!(
            first.last().map(|query| (query.slot, query.ask)),
            Some((299, Ask::Transitions))
        );
        let rest = plan(&machines, |slot, ask| slot == 7 && !ask.tells_activity());
        assert_eq!(rest.len(), 7);
        assert!(rest.iter().all(|query| query.slot == 7));

        let one = |kind| {
            let machines = [listed(kind)];
            let first = plan(&machines, |_, ask| ask.tells_activity()).len();
            (first, plan(&machines, |_, _| true).len())
        };
        assert_eq!(one(Some(WorkflowType::Standard)), (3, 10));
        assert_eq!(one(Some(WorkflowType::Express)), (2, 11));
        assert_eq!(one(None), (3, 12), "both, where the type is not known");
        assert!(plan(&[], |_, _| true).is_empty());
        let zurich = Listed {
            name: "zürich".to_owned(),
            ..listed(None)
        };
        assert!(plan(&[zurich], |_, _| true).is_empty(), "{NOT_ASCII}");
    }
}
