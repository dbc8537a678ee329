use std::collections::BTreeMap;

use crate::{
    Alarm, AlarmIndex, AlarmKind, AlarmQuery, MetricRef, MetricSource, TreatMissing, watching,
};

const ORDERS: &str = "arn:aws:states:eu-west-1:111122223333:stateMachine:orders";
const OTHER: &str = "arn:aws:states:eu-west-1:111122223333:stateMachine:other";

fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> MetricRef {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    MetricRef {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: dimensions.iter().map(owned).collect::<BTreeMap<_, _>>(),
        statistic: "Sum".to_owned(),
    }
}

fn alarm(name: &str, kind: AlarmKind) -> Alarm {
    Alarm {
        name: name.to_owned(),
        arn: format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}"),
        kind,
        actions_enabled: true,
        alarm_actions: 1,
        treat_missing: TreatMissing::Missing,
        comparison: String::new(),
        threshold: None,
        period: 60,
        evaluation_periods: None,
        datapoints_to_alarm: None,
    }
}

fn on(name: &str, dimensions: &[(&str, &str)]) -> Alarm {
    alarm(
        name,
        AlarmKind::Metric(metric("AWS/States", "ExecutionsFailed", dimensions)),
    )
}

fn math(name: &str, queries: &[(&str, bool, MetricSource)]) -> Alarm {
    let query = |(id, returns, source): &(&str, bool, MetricSource)| AlarmQuery {
        id: (*id).to_owned(),
        returns: *returns,
        source: source.clone(),
    };
    alarm(name, AlarmKind::Math(queries.iter().map(query).collect()))
}

fn expression(text: &str) -> MetricSource {
    MetricSource::Expression(text.to_owned())
}

fn composite(name: &str, rule: &str) -> Alarm {
    alarm(name, AlarmKind::Composite(rule.to_owned()))
}

/// The names of the alarms that watch [`ORDERS`].
fn watched(alarms: &[Alarm]) -> Vec<String> {
    watching(alarms, ORDERS)
        .into_iter()
        .map(|alarm| alarm.name)
        .collect()
}

#[test]
fn its_own_metrics_those_of_versions_and_aliases_and_those_of_the_account() {
    let alarms = [
        on("own", &[("StateMachineArn", ORDERS)]),
        on("version", &[("StateMachineArn", ORDERS), ("Version", "3")]),
        on("alias", &[("StateMachineArn", ORDERS), ("Alias", "live")]),
        on("account", &[]),
        on("others", &[("StateMachineArn", OTHER)]),
        on("activity", &[("ActivityArn", "arn")]),
        alarm(
            "elsewhere",
            AlarmKind::Metric(metric("AWS/Lambda", "Errors", &[])),
        ),
        alarm(
            "own name, other namespace",
            AlarmKind::Metric(metric("Mine", "x", &[("StateMachineArn", ORDERS)])),
        ),
    ];
    assert_eq!(watched(&alarms), ["own", "version", "alias", "account"]);
}

#[test]
fn alarms_that_were_meant_for_it_and_can_never_fire() {
    let elsewhere = |namespace: &str| {
        AlarmKind::Metric(metric(
            namespace,
            "ExecutionsFailed",
            &[("StateMachineArn", ORDERS)],
        ))
    };
    let name = ORDERS.rsplit(':').next().unwrap();
    let alarms = [
        alarm("namespace", elsewhere("AWS/StepFunctions")),
        alarm("custom", elsewhere("Shop")),
        on("dimension", &[("StateMachine", ORDERS)]),
        on(
            "qualified",
            &[("StateMachineArn", &format!("{ORDERS}:live"))],
        ),
        on("name", &[("StateMachineArn", name)]),
        on("other name", &[("StateMachineArn", "x")]),
        on("other dimension", &[("StateMachine", OTHER)]),
    ];
    assert_eq!(
        watched(&alarms),
        ["namespace", "dimension", "qualified", "name"]
    );
}

#[test]
fn metric_math_by_what_reaches_the_compared_value() {
    let own = || {
        MetricSource::Metric(metric(
            "AWS/States",
            "ExecutionsFailed",
            &[("StateMachineArn", ORDERS)],
        ))
    };
    let lambda = || MetricSource::Metric(metric("AWS/Lambda", "Errors", &[]));
    let alarms = [
        math("direct", &[("m1", true, own())]),
        math(
            "through two",
            &[
                ("e2", true, expression("e1 * 100")),
                ("e1", false, expression("FILL(m1,0)/m2")),
                ("m1", false, own()),
                ("m2", false, lambda()),
            ],
        ),
        math(
            "anomaly band",
            &[
                ("m1", true, own()),
                ("ad1", true, expression("ANOMALY_DETECTION_BAND(m1, 2)")),
            ],
        ),
        math(
            "left over",
            &[
                ("e1", true, expression("m2 * 2")),
                ("m1", false, own()),
                ("m2", false, lambda()),
            ],
        ),
        math(
            "circle",
            &[
                ("e1", true, expression("e2")),
                ("e2", false, expression("e1")),
            ],
        ),
    ];
    assert_eq!(watched(&alarms), ["direct", "through two", "anomaly band"]);
}

#[test]
fn metrics_insights_by_their_where() {
    let insights = |name: &str, query: String| math(name, &[("q", true, expression(&query))]);
    let from = r#"SELECT SUM(ExecutionsFailed) FROM SCHEMA("AWS/States", StateMachineArn)"#;
    let alarms = [
        insights("all", from.to_owned()),
        insights(
            "lower case",
            r#"select sum(ExecutionsFailed) from "AWS/States""#.to_owned(),
        ),
        insights(
            "this one",
            format!("{from} WHERE StateMachineArn = '{ORDERS}'"),
        ),
        insights(
            "either",
            format!("{from} WHERE StateMachineArn = '{OTHER}' OR StateMachineArn = '{ORDERS}'"),
        ),
        insights(
            "but the other",
            format!("{from} WHERE StateMachineArn != '{OTHER}'"),
        ),
        insights(
            "another",
            format!("{from} WHERE StateMachineArn = '{OTHER}'"),
        ),
        insights(
            "but this one",
            format!("{from} WHERE StateMachineArn != '{ORDERS}'"),
        ),
        insights(
            "functions",
            r#"SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName)"#.to_owned(),
        ),
    ];
    assert_eq!(
        watched(&alarms),
        ["all", "lower case", "this one", "either", "but the other"]
    );
}

#[test]
fn composite_alarms_by_what_they_are_built_on() {
    let alarms = [
        composite("top", "ALARM(\"middle one\") AND NOT ALARM('maintenance')"),
        composite("middle one", "ALARM(own) OR ALARM(lambda)"),
        on("own", &[("StateMachineArn", ORDERS)]),
        composite(
            "by arn",
            "ALARM(arn:aws:cloudwatch:eu-west-1:111122223333:alarm:own)",
        ),
        composite("by count", "AT_LEAST(1, ALARM, (lambda, own))"),
        composite("unrelated", "ALARM(\"lambda\") OR OK(\"not own\")"),
        composite("itself", "ALARM(itself)"),
        composite("broken", "ALARM(\"own"),
    ];
    assert_eq!(
        watched(&alarms),
        ["top", "middle one", "own", "by arn", "by count"]
    );
}

#[test]
fn one_index_serves_every_state_machine() {
    let index = AlarmIndex::new(vec![
        on("orders", &[("StateMachineArn", ORDERS)]),
        on("account", &[]),
        on("other", &[("StateMachineArn", OTHER)]),
    ]);
    let names = |arn: &str| {
        index
            .watching(arn)
            .into_iter()
            .map(|alarm| alarm.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(ORDERS), ["orders", "account"]);
    assert_eq!(names(OTHER), ["account", "other"]);
    assert_eq!(names("unheard of"), ["account"]);
}
