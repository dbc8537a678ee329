//! CloudWatch: CBOR in, CBOR out.

use crate::account::{ACCOUNT, machine_arn, machine_name, number};
use crate::cbor::{Value, decode, encode, map, text};
use crate::http::Response;
use crate::logs::BYTES_A_DAY;
use crate::options::{Options, Shape};
use crate::states::{express, gains};

const ALARM_METRICS: [&str; 4] = [
    "ExecutionsFailed",
    "ExecutionsTimedOut",
    "ExecutionsAborted",
    "ExecutionThrottled",
];

pub(crate) fn answer(options: &Options, region: &str, operation: &str, body: &[u8]) -> Response {
    let request = decode(body).unwrap_or(Value::Null);
    match operation {
        "GetMetricData" => metric_data(options, &request),
        "GetMetricStatistics" => metric_statistics(options, &request),
        "DescribeAlarms" => alarms(options, region, &request),
        _ => error(400, "UnknownOperationException", operation),
    }
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> Response {
    respond(
        status,
        &map([("__type", text(code)), ("message", text(message))]),
    )
}

fn respond(status: u16, value: &Value) -> Response {
    let mut body = Vec::new();
    encode(value, &mut body);
    Response {
        headers: "smithy-protocol: rpc-v2-cbor\r\n".to_owned(),
        ..Response::new(status, "application/cbor", body)
    }
}

fn metric_data(options: &Options, request: &Value) -> Response {
    let queries = request
        .get("MetricDataQueries")
        .map_or(&[][..], Value::items);
    if queries.len() > 500 {
        return error(
            400,
            "ValidationError",
            "The collection MetricDataQueries must not have a size greater than 500.",
        );
    }
    let time = |name: &str| request.get(name).map_or(0.0, Value::number);
    let token = request.get("NextToken").map_or("", Value::text);
    let page: usize = token.parse().unwrap_or(0);
    let pages = options.metric_pages.max(1);
    let mut results = Vec::new();
    for query in queries {
        let Some(stat) = query.get("MetricStat") else {
            continue;
        };
        let statistic = stat.get("Stat").map_or("", Value::text);
        if options.shape == Shape::NoPercentiles && statistic.starts_with('p') {
            return error(500, "InternalServiceFault", "percentiles");
        }
        let period = stat.get("Period").map_or(60.0, Value::number);
        let points = points(
            options,
            stat.get("Metric").unwrap_or(&Value::Null),
            statistic,
            (time("StartTime"), time("EndTime"), period),
        );
        // Points are dealt out to the pages in turn.
        let mine = || {
            points
                .iter()
                .enumerate()
                .filter(|(at, _)| at % pages == page)
                .map(|(_, point)| *point)
        };
        results.push(map([
            ("Id", query.get("Id").cloned().unwrap_or(Value::Null)),
            ("Label", text(statistic)),
            (
                "Timestamps",
                Value::List(mine().map(|(at, _)| Value::Time(at)).collect()),
            ),
            (
                "Values",
                Value::List(mine().map(|(_, value)| Value::Float(value)).collect()),
            ),
            (
                "StatusCode",
                text(if page + 1 < pages {
                    "PartialData"
                } else {
                    "Complete"
                }),
            ),
        ]));
    }
    let mut answer = vec![("MetricDataResults".to_owned(), Value::List(results))];
    if page + 1 < pages {
        answer.push(("NextToken".to_owned(), text((page + 1).to_string())));
    }
    respond(200, &Value::Map(answer))
}

/// Fields of a data point.
type Fields = Vec<(String, Value)>;

/// One metric, all statistics that are asked for in each data point.
fn metric_statistics(options: &Options, request: &Value) -> Response {
    let list = |name: &str| -> Vec<String> {
        let items = request.get(name).map_or(&[][..], Value::items);
        items.iter().map(|one| one.text().to_owned()).collect()
    };
    let (plain, extended) = (list("Statistics"), list("ExtendedStatistics"));
    if plain.is_empty() == extended.is_empty() {
        return error(
            400,
            "InvalidParameterCombination",
            "Statistics or ExtendedStatistics, and not both",
        );
    }
    if options.shape == Shape::NoPercentiles && !extended.is_empty() {
        return error(500, "InternalServiceFault", "percentiles");
    }
    let number = |name: &str| request.get(name).map_or(0.0, Value::number);
    let (from, to, period) = (number("StartTime"), number("EndTime"), number("Period"));
    if (to - from) / period > 1440.0 {
        return error(
            400,
            "InvalidParameterCombination",
            "more than 1,440 data points",
        );
    }
    let mut found: Vec<(f64, Fields, Fields)> = Vec::new();
    for statistic in plain.iter().chain(&extended) {
        for (at, value) in points(options, request, statistic, (from, to, period)) {
            let place = found
                .iter()
                .position(|(known, ..)| (known - at).abs() < 0.5);
            let place = place.unwrap_or_else(|| {
                found.push((at, Vec::new(), Vec::new()));
                found.len() - 1
            });
            let named = (statistic.clone(), Value::Float(value));
            if extended.contains(statistic) {
                found[place].2.push(named);
            } else {
                found[place].1.push(named);
            }
        }
    }
    // In no order, as AWS gives them.
    found.reverse();
    let points = found.into_iter().map(|(at, mut fields, extended)| {
        fields.push(("Timestamp".to_owned(), Value::Time(at)));
        if !extended.is_empty() {
            fields.push(("ExtendedStatistics".to_owned(), Value::Map(extended)));
        }
        Value::Map(fields)
    });
    let label = request.get("MetricName").cloned().unwrap_or(Value::Null);
    let answer = map([
        ("Label", label),
        ("Datapoints", Value::List(points.collect())),
    ]);
    respond(200, &answer)
}

/// Data points of one metric, oldest first.
fn points(
    options: &Options,
    metric: &Value,
    statistic: &str,
    (from, to, period): (f64, f64, f64),
) -> Vec<(f64, f64)> {
    let dimensions = metric.get("Dimensions").map_or(&[][..], Value::items);
    if metric.get("MetricName").map_or("", Value::text) == "IncomingBytes" {
        return vec![(from, BYTES_A_DAY * (to - from) / 86_400.0)];
    }
    let arn = dimensions
        .iter()
        .find(|dimension| dimension.get("Name").map_or("", Value::text) == "StateMachineArn")
        .and_then(|dimension| dimension.get("Value"))
        .map(Value::text);
    let name = metric.get("MetricName").map_or("", Value::text);
    let Some(arn) = arn else {
        return of_region(options, name, statistic, (from, to, period));
    };
    let idle = |machine: usize| {
        options.shape == Shape::Idle
            || options.idle_every > 0 && machine.is_multiple_of(options.idle_every)
            || options.shape == Shape::Lasting && name != "ConsumedCapacity"
    };
    let Some(machine) = number(arn).filter(|machine| !idle(*machine)) else {
        return Vec::new();
    };
    let periods = ((to - from) / period).ceil().max(1.0) as usize;
    let at = |index: usize| from + period * index as f64;
    let days = period / 86_400.0;
    // Where there is something to gain, there is much to do.
    let daily = (100 + machine) as f64 * if gains(options, machine) { 100.0 } else { 1.0 };
    let value = match (name, statistic) {
        ("ExecutionsFailed", _) if machine % 10 == 3 => return vec![(at(0), 2.0)],
        ("ExecutionsTimedOut", _) if machine % 10 == 4 => return vec![(at(periods - 1), 1.0)],
        ("ExecutionsStarted", _) | ("ExecutionTime", "SampleCount") => daily * days,
        ("ExecutionTime", "Average") => 1500.0,
        ("ExecutionTime", "Maximum") => 4200.0,
        ("ExecutionTime", "p99") => 3900.0,
        ("ConsumedCapacity", _) => 8.0 * daily * days,
        ("ExpressExecutionBilledDuration", _) => 1600.0 * daily * days,
        ("ExpressExecutionBilledMemory", _) => 67_108_864.0,
        _ => return Vec::new(),
    };
    if options.shape == Shape::Split && periods == 1 && period > 86_400.0 {
        return vec![(from, value), (from + period / 2.0, value / 2.0)];
    }
    (0..periods).map(|index| (at(index), value)).collect()
}

/// The sum over all state machines, point by point.
fn of_region(
    options: &Options,
    name: &str,
    statistic: &str,
    span: (f64, f64, f64),
) -> Vec<(f64, f64)> {
    let express_only = name.starts_with("Express");
    let counts = |machine: &usize| match name {
        "ConsumedCapacity" => !express(options, *machine),
        _ => !express_only || express(options, *machine),
    };
    let mut sums: Vec<(f64, f64)> = Vec::new();
    for machine in (0..options.machines).filter(counts) {
        let arn = machine_arn("us-east-1", &machine_name(machine));
        let dimension = map([("Name", text("StateMachineArn")), ("Value", text(arn))]);
        let metric = map([
            ("MetricName", text(name)),
            ("Dimensions", Value::List(vec![dimension])),
        ]);
        for (at, value) in points(options, &metric, statistic, span) {
            match sums.iter_mut().find(|(known, _)| (*known - at).abs() < 0.5) {
                Some((_, sum)) => *sum += value,
                None => sums.push((at, value)),
            }
        }
    }
    sums.sort_by(|a, b| a.0.total_cmp(&b.0));
    sums
}

fn alarms(options: &Options, region: &str, request: &Value) -> Response {
    let size = request.get("MaxRecords").map_or(50.0, Value::number) as usize;
    let types: Vec<&str> = request
        .get("AlarmTypes")
        .map_or(&[][..], Value::items)
        .iter()
        .map(Value::text)
        .collect();
    let start: usize = request
        .get("NextToken")
        .map_or("", Value::text)
        .parse()
        .unwrap_or(0);
    let end = (start + size).min(options.alarms);
    let (mut metric, mut composite) = (Vec::new(), Vec::new());
    for number in start..end {
        if number % 10 == 9 {
            composite.push(composite_alarm(region, number));
        } else {
            metric.push(metric_alarm(options, region, number));
        }
    }
    if !types.contains(&"CompositeAlarm") {
        composite.clear();
    }
    let mut answer = vec![
        ("MetricAlarms".to_owned(), Value::List(metric)),
        ("CompositeAlarms".to_owned(), Value::List(composite)),
    ];
    if end < options.alarms {
        answer.push(("NextToken".to_owned(), text(end.to_string())));
    }
    respond(200, &Value::Map(answer))
}

fn alarm_name(number: usize) -> String {
    format!("alarm-{number:05}")
}

fn alarm_arn(region: &str, number: usize) -> Value {
    text(format!(
        "arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{}",
        alarm_name(number)
    ))
}

fn action(region: &str) -> Value {
    Value::List(vec![text(format!(
        "arn:aws:sns:{region}:{ACCOUNT}:on-call"
    ))])
}

fn metric_alarm(options: &Options, region: &str, number: usize) -> Value {
    let machine = machine_name(number % options.machines.max(1));
    let dimension = map([
        ("Name", text("StateMachineArn")),
        ("Value", text(machine_arn(region, &machine))),
    ]);
    // Some wait for trouble that lasts.
    let (needs, of) = if number % 20 == 3 { (3, 5) } else { (1, 1) };
    map([
        ("AlarmName", text(alarm_name(number))),
        ("AlarmArn", alarm_arn(region, number)),
        ("ActionsEnabled", Value::Bool(true)),
        ("AlarmActions", action(region)),
        ("StateValue", text("OK")),
        (
            "MetricName",
            text(ALARM_METRICS[number / options.machines.max(1) % ALARM_METRICS.len()]),
        ),
        ("Namespace", text("AWS/States")),
        ("Statistic", text("Sum")),
        ("Dimensions", Value::List(vec![dimension])),
        ("Period", Value::Int(300)),
        ("EvaluationPeriods", Value::Int(of)),
        ("DatapointsToAlarm", Value::Int(needs)),
        ("Threshold", Value::Float(0.0)),
        ("ComparisonOperator", text("GreaterThanThreshold")),
        ("TreatMissingData", text("notBreaching")),
    ])
}

/// Over the alarm before it.
fn composite_alarm(region: &str, number: usize) -> Value {
    map([
        ("AlarmName", text(alarm_name(number))),
        ("AlarmArn", alarm_arn(region, number)),
        ("ActionsEnabled", Value::Bool(true)),
        ("AlarmActions", action(region)),
        (
            "AlarmRule",
            text(format!("ALARM(\"{}\")", alarm_name(number - 1))),
        ),
        ("StateValue", text("OK")),
    ])
}
