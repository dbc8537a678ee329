"""The metrics of a state machine's load, as AWS/States would hold them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log
from typing import Any

MAX_VALUES = 150


@dataclass
class Traffic:
    """The load of one machine over a window."""

    started_per_day: float
    failed_share: float = 0.0
    timed_out_share: float = 0.0
    aborted_share: float = 0.0
    throttled_per_day: float = 0.0
    # Typical duration, and the one that one run in a hundred reaches.
    median_ms: float = 1_000.0
    p99_ms: float = 5_000.0
    transitions: float = 5.0
    # Express machines publish billed duration and memory.
    express: bool = False
    days: int = 14
    points_per_day: int = 24


def by_machine(arn: str) -> list[dict[str, str]]:
    return [{"Name": "StateMachineArn", "Value": arn}]


def traffic_data(arn: str, load: Traffic, end: datetime, chance: random.Random) -> Iterator[dict[str, Any]]:
    """The data of a load: one datum per metric and interval."""
    step = timedelta(days=1) / load.points_per_day
    first = end - timedelta(days=load.days) + step / 2
    carry = {
        "ExecutionsFailed": 0.0,
        "ExecutionsTimedOut": 0.0,
        "ExecutionsAborted": 0.0,
        "ExecutionThrottled": 0.0,
        "": 0.0,
    }
    shares = {
        "ExecutionsFailed": load.failed_share,
        "ExecutionsTimedOut": load.timed_out_share,
        "ExecutionsAborted": load.aborted_share,
    }
    for number in range(load.days * load.points_per_day):
        stamp = first + number * step
        started = whole(carry, "", load.started_per_day / load.points_per_day)
        throttled = whole(carry, "ExecutionThrottled", load.throttled_per_day / load.points_per_day)
        if throttled:
            yield datum("ExecutionThrottled", arn, stamp, [throttled], [1], "Count")
        if not started:
            continue
        ended = {name: whole(carry, name, started * share) for name, share in shares.items()}
        # AWS publishes a 1 and a 0 for every start.
        yield datum("ExecutionsStarted", arn, stamp, [1, 0], [started, started], "Count")
        succeeded = started - sum(ended.values())
        if succeeded > 0:
            yield datum("ExecutionsSucceeded", arn, stamp, [1], [succeeded], "Count")
        for name, count in ended.items():
            if count:
                yield datum(name, arn, stamp, [1], [count], "Count")
        values, counts = durations(load, started, chance)
        yield datum("ExecutionTime", arn, stamp, values, counts, "Milliseconds")
        yield datum("ConsumedCapacity", arn, stamp, [load.transitions], [started], "Count", service_metric=True)
        if load.express:
            billed = [-(-value // 100) * 100 for value in values]
            yield datum("ExpressExecutionBilledDuration", arn, stamp, *merged(billed, counts), "Milliseconds")
            yield datum("ExpressExecutionBilledMemory", arn, stamp, [64.0 * 1024 * 1024], [started], "Bytes")
            yield datum("ExpressExecutionMemory", arn, stamp, [52.0 * 1024 * 1024], [started], "Bytes")


def whole(carry: dict[str, float], name: str, amount: float) -> int:
    """Whole part of an amount, the fraction carried over to the next interval."""
    carry[name] += amount
    taken = int(carry[name] + 1e-9)
    carry[name] -= taken
    return taken


def durations(load: Traffic, started: int, chance: random.Random) -> tuple[list[float], list[float]]:
    """Durations of `started` runs, log-normal through the median and the 99th percentile, as values and counts."""
    sigma = max(log(max(load.p99_ms, load.median_ms) / load.median_ms) / 2.326, 0.0)
    distinct = min(started, 20)
    values = [round(load.median_ms * exp(chance.gauss(0.0, sigma)), 0) for _ in range(distinct)]
    counts = [float(started // distinct + (1 if position < started % distinct else 0)) for position in range(distinct)]
    return merged(values, counts)


def merged(values: list[float], counts: list[float]) -> tuple[list[float], list[float]]:
    """Equal values together."""
    joined: dict[float, float] = {}
    for value, count in zip(values, counts, strict=True):
        joined[value] = joined.get(value, 0.0) + count
    return list(joined), list(joined.values())


def datum(
    name: str,
    arn: str | None,
    stamp: datetime,
    values: Iterable[float],
    counts: Iterable[float],
    unit: str,
    service_metric: bool = False,
) -> dict[str, Any]:
    """One datum of PutMetricData; without an ARN it is the account's metric."""
    dimensions = by_machine(arn) if arn else []
    if service_metric:
        dimensions.append({"Name": "ServiceMetric", "Value": "StateTransition"})
    return {
        "MetricName": name,
        "Dimensions": dimensions,
        "Timestamp": stamp,
        "Values": [float(value) for value in values][:MAX_VALUES],
        "Counts": [float(count) for count in counts][:MAX_VALUES],
        "Unit": unit,
    }
