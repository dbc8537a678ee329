"""CloudWatch metric operations."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import time
from datetime import UTC, datetime
from typing import Any

from . import metric_math, metrics
from .registry import operation
from .settings import CURRENT
from .wire import AwsError, Call

MAX_QUERIES = 500
MAX_DATAPOINTS = 100_800
MAX_STATISTICS_POINTS = 1440
LIST_PAGE = 500
QUERY_ID = re.compile(r"^[a-z][A-Za-z0-9_]*$")
HIGH_RESOLUTION = (1, 5, 10, 20, 30)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def token(kind: str, **fields: Any) -> str:
    """An opaque paging token."""
    return base64.urlsafe_b64encode(json.dumps({"kind": kind, **fields}).encode()).decode()


def read_token(kind: str, text: str | None) -> dict[str, Any]:
    """The content of a token of that kind; anything else is InvalidNextToken."""
    if not text:
        return {}
    try:
        fields = json.loads(base64.urlsafe_b64decode(text.encode()))
    except ValueError as error:
        raise AwsError("InvalidNextToken", "The next token is invalid.") from error
    if not isinstance(fields, dict) or fields.get("kind") != kind:
        raise AwsError("InvalidNextToken", "The next token is invalid.")
    return fields


def invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


@operation("cloudwatch", "PutMetricData")
def put_metric_data(call: Call, params: dict[str, Any]) -> None:
    data = params.get("MetricData") or []
    if len(data) > 1000:
        raise AwsError("InvalidParameterValue", "The collection MetricData must not have a size greater than 1000.")
    store = metrics.store(call.account, call.region)
    for datum in data:
        if len(datum.get("Values") or ()) > 150:
            raise AwsError("InvalidParameterValue", "The collection Values must not have a size greater than 150.")
        store.put(params["Namespace"], datum, time.time(), CURRENT.metrics_any_age)


def check_period(period: int, where: str) -> None:
    """Periods are 1, 5, 10, 20, 30 or a multiple of 60."""
    if period not in HIGH_RESOLUTION and (period < 1 or period % 60):
        raise invalid(
            f"The parameter {where} has an invalid value {period}: "
            "the period must be 1, 5, 10, 20, 30 or any multiple of 60."
        )


def check_queries(queries: list[dict[str, Any]]) -> None:
    if not queries:
        raise AwsError("MissingParameter", "The parameter MetricDataQueries is required.")
    if len(queries) > MAX_QUERIES:
        raise invalid(f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}.")
    seen: set[str] = set()
    for position, query in enumerate(queries, 1):
        where = f"MetricDataQueries.member.{position}"
        name = query.get("Id", "")
        if not QUERY_ID.match(name):
            raise invalid(
                f'The value "{name}" for parameter {where}.Id is not matching the expected pattern '
                "^[a-z][a-zA-Z0-9_]*$."
            )
        if name in seen:
            raise invalid(f"The values for parameter id in MetricDataQueries are not unique: {name}.")
        seen.add(name)
        if ("MetricStat" in query) == ("Expression" in query):
            raise invalid(
                f"The parameter {where}.MetricStat and {where}.Expression are mutually exclusive; one is required."
            )
        if "MetricStat" in query:
            stat = query["MetricStat"]
            check_period(stat["Period"], f"{where}.MetricStat.Period")
            if not metrics.known_statistic(stat["Stat"]):
                raise invalid(f"The value {stat['Stat']} for parameter {where}.MetricStat.Stat is not supported.")


@operation("cloudwatch", "GetMetricData")
def get_metric_data(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    queries = params.get("MetricDataQueries") or []
    check_queries(queries)
    start, end = params["StartTime"].timestamp(), params["EndTime"].timestamp()
    if start >= end:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    limit = int(params.get("MaxDatapoints") or MAX_DATAPOINTS)
    if not 1 <= limit <= MAX_DATAPOINTS:
        raise invalid(f"The parameter MaxDatapoints must be between 1 and {MAX_DATAPOINTS}.")
    fingerprint = hashlib.sha256(json.dumps(queries, default=str, sort_keys=True).encode()).hexdigest()[:16]
    position = read_token("metrics", params.get("NextToken"))
    if position and position.get("of") != fingerprint:
        raise AwsError("InvalidNextToken", "The next token does not belong to this request.")
    results = compute(call, queries, start, end)
    if params.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        for result in results:
            result["points"].reverse()
    return page(results, int(position.get("at", 0)), limit, fingerprint)


def compute(call: Call, queries: list[dict[str, Any]], start: float, end: float) -> list[dict[str, Any]]:
    """All result rows in the order of the queries, with their points oldest first."""
    store = metrics.store(call.account, call.region)
    scope: dict[str, Any] = {}
    with store.lock:
        for query in queries:
            if "MetricStat" in query:
                scope[query["Id"]] = dict(read_metric(store, query["MetricStat"], start, end))
    plain = list(scope)
    expressions = [query for query in queries if "Expression" in query]
    evaluate_all(expressions, queries, scope, plain, start, end)
    rows: list[dict[str, Any]] = []
    for query in queries:
        if query.get("ReturnData", True):
            rows.extend(rows_of(query, scope[query["Id"]]))
    return rows


def read_metric(store: metrics.MetricStore, stat: dict[str, Any], start: float, end: float) -> list[tuple[int, float]]:
    metric = stat["Metric"]
    series = store.get(metric["Namespace"], metric["MetricName"], metric.get("Dimensions"))
    if series and stat.get("Unit") and stat["Unit"] != series.unit:
        return []
    return metrics.points(series, stat["Stat"], stat["Period"], start, end, CURRENT.metrics_epoch_aligned)


def evaluate_all(
    expressions: list[dict[str, Any]],
    queries: list[dict[str, Any]],
    scope: dict[str, Any],
    plain: list[str],
    start: float,
    end: float,
) -> None:
    """Evaluates expressions in the order of their references; what refers to itself or to nothing is an error."""
    periods = [query["MetricStat"]["Period"] for query in queries if "MetricStat" in query]
    names = {query["Id"] for query in expressions}
    waiting = list(expressions)
    while waiting:
        ready = [
            query
            for query in waiting
            if not ({text for kind, text in tokens(query) if kind == "name"} & names - scope.keys() - {query["Id"]})
        ]
        if not ready:
            raise invalid(f"Error in expression '{waiting[0]['Id']}' [Circular reference]")
        for query in ready:
            period = int(query.get("Period") or max(periods, default=300))
            check_period(period, "MetricDataQueries.member.Period")
            grain = metrics.resolution(start, time.time())
            first = int(start // grain) * grain
            visible = dict(scope) | {"\0window": range(first, math.ceil(end), period), "\0metrics": plain}
            value = metric_math.evaluate(query["Expression"], query["Id"], visible, period)
            if not isinstance(value, (dict, list)) and query.get("ReturnData", True):
                raise invalid(f"Error in expression '{query['Id']}' [The expression must return a time series]")
            scope[query["Id"]] = value
        waiting = [query for query in waiting if query not in ready]


def tokens(query: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        return metric_math.tokenize(query["Expression"])
    except metric_math.MathError as error:
        raise invalid(f"Error in expression '{query['Id']}' [{error}]") from error


def rows_of(query: dict[str, Any], value: Any) -> list[dict[str, Any]]:
    """One row, or one for each series of an array."""
    label = query.get("Label")
    if not label:
        label = query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]
    if isinstance(value, list):
        return [
            {"Id": query["Id"], "Label": label, "points": sorted(one.items())} for one in value if isinstance(one, dict)
        ]
    return [{"Id": query["Id"], "Label": label, "points": sorted(value.items())}]


def page(rows: list[dict[str, Any]], position: int, limit: int, fingerprint: str) -> dict[str, Any]:
    """Cuts `limit` points out of the rows laid end to end. A row without points appears once, on the first page."""
    results, offset, stop = [], 0, position + limit
    for row in rows:
        points = row["points"]
        begin, end = max(position - offset, 0), min(stop - offset, len(points))
        if end > begin or (not points and position == 0):
            cut = points[begin:end]
            results.append(
                {
                    "Id": row["Id"],
                    "Label": row["Label"],
                    "Timestamps": [moment(stamp) for stamp, _ in cut],
                    "Values": [value for _, value in cut],
                    "StatusCode": "Complete" if end >= len(points) else "PartialData",
                }
            )
        offset += len(points)
    following = token("metrics", at=stop, of=fingerprint) if stop < offset else None
    return {"MetricDataResults": results, "NextToken": following, "Messages": []}


@operation("cloudwatch", "GetMetricStatistics")
def get_metric_statistics(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    plain, extended = params.get("Statistics") or [], params.get("ExtendedStatistics") or []
    if not plain and not extended:
        raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    for stat in [*plain, *extended]:
        if not metrics.known_statistic(stat):
            raise AwsError("InvalidParameterValue", f"The value {stat} for parameter Statistics is not supported.")
    start, end, period = params["StartTime"].timestamp(), params["EndTime"].timestamp(), params["Period"]
    check_period(period, "Period")
    if start >= end:
        raise AwsError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
    if (end - start) / period > MAX_STATISTICS_POINTS:
        raise AwsError(
            "InvalidParameterCombination",
            f"You have requested up to {math.ceil((end - start) / period)} datapoints, which exceeds the limit of "
            f"{MAX_STATISTICS_POINTS}.",
        )
    store = metrics.store(call.account, call.region)
    found: dict[int, dict[str, Any]] = {}
    with store.lock:
        series = store.get(params["Namespace"], params["MetricName"], params.get("Dimensions"))
        for stat in [*plain, *extended]:
            for stamp, value in metrics.points(series, stat, period, start, end, CURRENT.metrics_epoch_aligned):
                row = found.setdefault(stamp, {"Timestamp": moment(stamp), "Unit": series.unit if series else None})
                if stat in plain:
                    row[stat] = value
                else:
                    row.setdefault("ExtendedStatistics", {})[stat] = value
    return {"Label": params["MetricName"], "Datapoints": list(found.values())}


@operation("cloudwatch", "ListMetrics")
def list_metrics(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Metrics with data in the last two weeks (RecentlyActive: three hours), 500 a page."""
    now = time.time()
    oldest = now - (3 * metrics.HOUR if params.get("RecentlyActive") else 14 * metrics.DAY)
    store = metrics.store(call.account, call.region)
    with store.lock:
        keys = sorted(
            key
            for key, series in store.series.items()
            if wanted(key, params) and (CURRENT.metrics_any_age or series.newest() >= oldest)
        )
    start = int(read_token("list", params.get("NextToken")).get("at", 0))
    listed = [
        {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": one, "Value": value} for one, value in dimensions],
        }
        for namespace, name, dimensions in keys[start : start + LIST_PAGE]
    ]
    following = token("list", at=start + LIST_PAGE) if start + LIST_PAGE < len(keys) else None
    return {"Metrics": listed, "NextToken": following}


def wanted(key: metrics.Key, params: dict[str, Any]) -> bool:
    """The filters of ListMetrics: a dimension without a value matches any."""
    namespace, name, dimensions = key
    if params.get("Namespace", namespace) != namespace or params.get("MetricName", name) != name:
        return False
    have = dict(dimensions)
    return all(
        one["Name"] in have and one.get("Value", have[one["Name"]]) == have[one["Name"]]
        for one in params.get("Dimensions") or ()
    )
