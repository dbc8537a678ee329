//! What one metric, or one query, of an alarm says of a state machine.

use std::collections::BTreeMap;

use facts::{MachineFacts, MetricRef};

use super::insights::{Condition, Query};
use super::signal::{SUCCEEDED, Signal, meant};

pub(crate) const NAMESPACE: &str = "AWS/States";
const MACHINE: &str = "StateMachineArn";

/// A value that an alarm looks at, where it has to do with executions of the state machine that go wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) of: Of,
    pub(crate) scope: Scope,
    /// True where it names no state machine: it is meant for all of them.
    pub(crate) shared: bool,
    /// `Sum`, `p99`, …
    pub(crate) statistic: String,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Trouble(Signal),
    Successes,
}

/// Whose executions are counted. The words go on from the name of an alarm: ``alarm `x` watches only …``.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scope {
    /// Those of this state machine.
    Machine,
    /// Those of every state machine of the account and Region.
    Account,
    /// Some of this state machine's.
    Part(String),
    /// Nobody's: no such metric exists.
    Nothing(String),
}

/// A metric of an alarm; none where it is of something else.
pub(crate) fn metric(metric: &MetricRef, facts: &MachineFacts) -> Option<Reading> {
    let scope = by_dimensions(&metric.dimensions, facts)?;
    let shared = scope == Scope::Account;
    let (of, scope) = named(&metric.name, scope)?;
    let scope = if metric.namespace == NAMESPACE {
        scope
    } else if metric.namespace.starts_with("AWS/") && !shared {
        // Only AWS writes to these, so the metric cannot be one of the user's own.
        Scope::Nothing(format!(
            "watches `{}` in the namespace `{}`, where no such metric is; it is in `{NAMESPACE}`",
            metric.name, metric.namespace
        ))
    } else {
        return None;
    };
    Some(Reading {
        of,
        scope,
        shared,
        statistic: metric.statistic.clone(),
    })
}

fn named(name: &str, scope: Scope) -> Option<(Of, Scope)> {
    if name == SUCCEEDED {
        return Some((Of::Successes, scope));
    }
    if let Some(signal) = Signal::of(name) {
        return Some((Of::Trouble(signal), scope));
    }
    let signal = meant(name)?;
    let words = format!(
        "watches `{name}`, a metric that does not exist; the one that does is `{}`",
        signal.metric()
    );
    Some((Of::Trouble(signal), Scope::Nothing(words)))
}

fn by_dimensions(dimensions: &BTreeMap<String, String>, facts: &MachineFacts) -> Option<Scope> {
    if dimensions.is_empty() {
        return Some(Scope::Account);
    }
    let Some(value) = dimensions.get(MACHINE) else {
        let (label, _) = dimensions.iter().find(|(_, value)| **value == facts.arn)?;
        let words = format!(
            "names the state machine in the dimension `{label}`; the metric has it in `{MACHINE}`"
        );
        return Some(Scope::Nothing(words));
    };
    if let Some(qualifier) = value
        .strip_prefix(facts.arn.as_str())
        .and_then(|rest| rest.strip_prefix(':'))
    {
        return Some(Scope::Part(format!(
            "watches only executions started as `{qualifier}`"
        )));
    }
    if *value == facts.name {
        let words =
            format!("has the name of the state machine as `{MACHINE}`, where its ARN belongs");
        return Some(Scope::Nothing(words));
    }
    if *value != facts.arn {
        return None;
    }
    let others: Vec<(&str, &str)> = dimensions
        .iter()
        .filter(|(label, _)| *label != MACHINE)
        .map(|(label, value)| (label.as_str(), value.as_str()))
        .collect();
    Some(
        match others
            .iter()
            .find(|(label, _)| !matches!(*label, "Version" | "Alias"))
        {
            Some((label, _)) => Scope::Nothing(format!(
                "asks for the dimension `{label}`, which the metric does not have"
            )),
            None if others.is_empty() => Scope::Machine,
            None => {
                let parts: Vec<String> = others
                    .iter()
                    .map(|(label, value)| format!("{} `{value}`", label.to_lowercase()))
                    .collect();
                Scope::Part(format!("watches only {}", parts.join(" of ")))
            }
        },
    )
}

/// A Metrics Insights query of an alarm; nothing where it is of something else.
pub(crate) fn insights(text: &str, facts: &MachineFacts) -> Vec<Reading> {
    let Some(query) = Query::parse(text) else {
        // CloudWatch accepted it, so it watches something.
        let scope =
            Scope::Part("watches what its query selects, which could not be read".to_owned());
        let named = Signal::ALL
            .into_iter()
            .filter(|signal| text.contains(signal.metric()));
        let reading = |signal| Reading {
            of: Of::Trouble(signal),
            scope: scope.clone(),
            shared: true,
            statistic: String::new(),
        };
        return named.map(reading).collect();
    };
    let shared = !query
        .conditions
        .iter()
        .any(|condition| condition.label == MACHINE && condition.equal);
    let named = selected(&query, facts).and_then(|scope| named(&query.metric, scope));
    let reading = named.map(|(of, scope)| Reading {
        of,
        scope,
        shared,
        statistic: query.statistic.to_owned(),
    });
    reading.into_iter().collect()
}

fn selected(query: &Query, facts: &MachineFacts) -> Option<Scope> {
    if query.namespace != NAMESPACE {
        return None;
    }
    let mut scope = match query.dimensions.as_deref() {
        None | Some([]) => Scope::Account,
        Some([one]) if one == MACHINE => Scope::Account,
        Some(labels)
            if labels
                .iter()
                .all(|label| matches!(label.as_str(), MACHINE | "Version" | "Alias")) =>
        {
            Scope::Part(
                "watches only executions that a version or an alias was started for".to_owned(),
            )
        }
        Some(_) => return None,
    };
    for Condition {
        label,
        equal,
        value,
    } in &query.conditions
    {
        match (label.as_str(), *equal, *value == facts.arn) {
            (MACHINE, true, false) | (MACHINE, false, true) => return None,
            (MACHINE, true, true) if scope == Scope::Account => scope = Scope::Machine,
            (MACHINE, _, _) => {}
            (_, equal, _) => {
                let is = if equal { "is" } else { "is not" };
                scope = Scope::Part(format!("watches only where `{label}` {is} `{value}`"));
            }
        }
    }
    Some(scope)
}
