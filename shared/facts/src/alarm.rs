//! CloudWatch alarms, and which of them watch a state machine.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What an alarm does about periods without data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TreatMissing {
    /// Keeps evaluating older data; ends in `INSUFFICIENT_DATA`. CloudWatch's default.
    #[default]
    Missing,
    /// Counts as good.
    NotBreaching,
    /// Counts as bad.
    Breaching,
    /// Keeps its state.
    Ignore,
}

/// One metric that an alarm looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricRef {
    /// `AWS/States`, …
    pub namespace: String,
    /// `ExecutionsFailed`, …
    pub name: String,
    /// Dimensions; none of them for an account-level metric.
    pub dimensions: BTreeMap<String, String>,
    /// `Sum`, `p99`, …
    pub statistic: String,
}

/// One entry of a metric-math alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmQuery {
    /// The id that expressions use.
    pub id: String,
    /// True for the one value that the alarm compares with its threshold.
    pub returns: bool,
    /// What it is.
    pub source: MetricSource,
}

/// Where the value of an [`AlarmQuery`] comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricSource {
    /// One metric.
    Metric(MetricRef),
    /// Metric math over other ids, or a Metrics Insights query (`SELECT …`).
    Expression(String),
}

impl AlarmQuery {
    fn metric(&self) -> Option<&MetricRef> {
        match &self.source {
            MetricSource::Metric(metric) => Some(metric),
            MetricSource::Expression(_) => None,
        }
    }

    fn insights(&self) -> Option<&str> {
        match &self.source {
            MetricSource::Expression(text) => {
                let upper = text.trim_start().to_ascii_uppercase();
                (upper.starts_with("SELECT") && upper.contains("AWS/STATES"))
                    .then_some(text.as_str())
            }
            MetricSource::Metric(_) => None,
        }
    }
}

/// What an alarm looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// One metric.
    Metric(MetricRef),
    /// Metric math.
    Math(Vec<AlarmQuery>),
    /// Other alarms: the rule, `ALARM("a") OR ALARM("b")`.
    Composite(String),
}

/// One alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its ARN; a composite rule may name it so.
    #[serde(default)]
    pub arn: String,
    /// What it looks at.
    pub kind: AlarmKind,
    /// False where its actions are switched off.
    pub actions_enabled: bool,
    /// How many actions it has when it goes to ALARM.
    pub alarm_actions: usize,
    /// What it does about periods without data.
    #[serde(default)]
    pub treat_missing: TreatMissing,
    /// `GreaterThanThreshold`, …; empty for a composite alarm.
    #[serde(default)]
    pub comparison: String,
    /// The threshold; none for composite and anomaly alarms.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// Length of one period in seconds, 0 where it has none of its own.
    #[serde(default)]
    pub period: i64,
    /// How many of the last periods it looks at; none for a composite alarm, and where nobody asked.
    #[serde(default)]
    pub evaluation_periods: Option<u32>,
    /// In how many of them the threshold has to be crossed; none where that is all of them.
    #[serde(default)]
    pub datapoints_to_alarm: Option<u32>,
}

impl Alarm {
    /// In how many periods the threshold has to be crossed, and of how many: `(1, 1)` where that is not known.
    pub fn datapoints(&self) -> (u32, u32) {
        let all = self.evaluation_periods.unwrap_or(1).max(1);
        let bad = self.datapoints_to_alarm.unwrap_or(all).clamp(1, all);
        (bad, all)
    }

    /// The metrics that it compares, directly or through metric math.
    pub fn metrics(&self) -> Vec<&MetricRef> {
        match &self.kind {
            AlarmKind::Metric(metric) => vec![metric],
            AlarmKind::Math(queries) => used(queries)
                .into_iter()
                .filter_map(AlarmQuery::metric)
                .collect(),
            AlarmKind::Composite(_) => Vec::new(),
        }
    }

    /// The Metrics Insights queries (`SELECT …`) over `AWS/States` that it compares.
    pub fn insights(&self) -> Vec<&str> {
        match &self.kind {
            AlarmKind::Math(queries) => used(queries)
                .into_iter()
                .filter_map(AlarmQuery::insights)
                .collect(),
            AlarmKind::Metric(_) | AlarmKind::Composite(_) => Vec::new(),
        }
    }

    /// The names or ARNs of the alarms that a composite rule reads, in its order.
    pub fn children(&self) -> Vec<&str> {
        match &self.kind {
            AlarmKind::Composite(rule) => named(rule),
            AlarmKind::Metric(_) | AlarmKind::Math(_) => Vec::new(),
        }
    }
}

/// The queries that reach the value which is compared, through the expressions between, in the order of the alarm.
fn used(queries: &[AlarmQuery]) -> Vec<&AlarmQuery> {
    let mut open: Vec<&AlarmQuery> = queries.iter().filter(|query| query.returns).collect();
    let mut seen: BTreeSet<&str> = open.iter().map(|query| query.id.as_str()).collect();
    while let Some(query) = open.pop() {
        let MetricSource::Expression(text) = &query.source else {
            continue;
        };
        let ids = identifiers(text);
        for other in queries {
            if ids.contains(other.id.as_str()) && seen.insert(&other.id) {
                open.push(other);
            }
        }
    }
    queries
        .iter()
        .filter(|query| seen.contains(query.id.as_str()))
        .collect()
}

fn identifiers(expression: &str) -> BTreeSet<&str> {
    expression
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect()
}

/// What is not a name in a composite rule.
const RULE_WORDS: [&str; 9] = [
    "ALARM",
    "OK",
    "INSUFFICIENT_DATA",
    "AND",
    "OR",
    "NOT",
    "TRUE",
    "FALSE",
    "AT_LEAST",
];

/// The alarms that a composite rule names, by name or ARN, between quotes or bare.
fn named(rule: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = rule;
    while let Some(start) = rest.find(|c: char| !is_gap(c)) {
        let text = rest.get(start..).unwrap_or_default();
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (name, after) = match quote {
            Some(quote) => text
                .get(1..)
                .and_then(|body| body.split_once(quote))
                .unwrap_or_default(),
            None => text.split_at(text.find(is_gap).unwrap_or(text.len())),
        };
        let word = quote.is_none()
            && (RULE_WORDS.contains(&name) || name.bytes().all(|c| c.is_ascii_digit()));
        if !name.is_empty() && !word {
            names.push(name);
        }
        rest = after;
    }
    names
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | ',')
}
