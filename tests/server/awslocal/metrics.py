"""Metric data as CloudWatch keeps it: one series per namespace, name and exact set of dimensions.

A series holds one bucket a minute, with the distribution of its values when they were published as values (percentiles
need them) and without it when they were published as a statistic set. Hourly roll-ups make a two-week window cheap.
"""

from __future__ import annotations

import math
import re
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .wire import AwsError

MINUTE, HOUR, DAY = 60, 3600, 86400
STATISTICS = ("Sum", "Average", "Minimum", "Maximum", "SampleCount")
PERCENTILE = re.compile(r"^p(\d{1,2}(?:\.\d{1,10})?|100)$")
TRIMMED_MEAN = re.compile(r"^tm(\d{1,2}(?:\.\d{1,10})?|100)$")
# Publishing limits of PutMetricData.
MAX_PAST, MAX_FUTURE = 14 * DAY, 2 * HOUR

Key = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass
class Bucket:
    """Everything known of one interval."""

    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    values: Counter[float] | None = field(default_factory=Counter)

    def add_value(self, value: float, times: float) -> None:
        self.count += times
        self.total += value * times
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        if self.values is not None:
            self.values[value] += times  # type: ignore[assignment]

    def add_set(self, count: float, total: float, low: float, high: float) -> None:
        """A statistic set has a distribution only when all its values are the same."""
        self.count += count
        self.total += total
        self.low = min(self.low, low)
        self.high = max(self.high, high)
        if self.values is not None and low == high:
            self.values[low] += count  # type: ignore[assignment]
        elif count:
            self.values = None

    def merge(self, other: Bucket) -> None:
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        if self.values is None or other.values is None:
            self.values = None
        else:
            for value, times in other.values.items():
                self.values[value] += times

    def statistic(self, stat: str) -> float | None:
        """One statistic, or None where CloudWatch has no data point for it."""
        if not self.count:
            return None
        if stat in STATISTICS:
            return {
                "Sum": self.total,
                "Average": self.total / self.count,
                "Minimum": self.low,
                "Maximum": self.high,
                "SampleCount": self.count,
            }[stat]
        if self.values is None or self.low < 0:
            return None
        percentile = PERCENTILE.match(stat)
        if percentile:
            return quantile(self.values, float(percentile.group(1)))
        trimmed = TRIMMED_MEAN.match(stat)
        return trimmed_mean(self.values, float(trimmed.group(1))) if trimmed else None


def known_statistic(stat: str) -> bool:
    """Whether a name is a statistic that this server computes."""
    return stat in STATISTICS or bool(PERCENTILE.match(stat)) or bool(TRIMMED_MEAN.match(stat))


def quantile(values: Counter[float], percent: float) -> float:
    """The smallest value at or below which `percent` of the samples lie."""
    wanted = percent / 100.0 * sum(values.values())
    seen = 0.0
    ordered = sorted(values)
    for value in ordered:
        seen += values[value]
        if seen >= wanted - 1e-9:
            return value
    return ordered[-1]


def trimmed_mean(values: Counter[float], percent: float) -> float:
    """Mean of the lowest `percent` of the samples."""
    left = percent / 100.0 * sum(values.values())
    total = taken = 0.0
    for value in sorted(values):
        part = min(values[value], left - taken)
        if part <= 0:
            break
        total += value * part
        taken += part
    return total / taken if taken else 0.0


class Series:
    """The data of one metric."""

    def __init__(self) -> None:
        self.minutes: dict[int, Bucket] = {}
        self.hours: dict[int, Bucket] | None = None
        self.order: list[int] = []
        self.unit: str | None = None
        self.cached: dict[tuple[int, int], Bucket] = {}

    def bucket(self, stamp: float) -> Bucket:
        """The bucket of a moment, made when new."""
        self.hours = None
        self.cached.clear()
        return self.minutes.setdefault(int(stamp // MINUTE) * MINUTE, Bucket())

    def newest(self) -> int:
        """Time of the newest minute with data, 0 when there is none."""
        return max(self.minutes, default=0)

    def window(self, start: int, end: int) -> Bucket | None:
        """Everything in `[start, end)`, or None when there is nothing."""
        found = self.cached.get((start, end))
        if found is None:
            found = Bucket()
            for part in self._parts(start, end):
                found.merge(part)
            if len(self.cached) > 512:
                self.cached.clear()
            self.cached[(start, end)] = found
        return found if found.count else None

    def _parts(self, start: int, end: int) -> Iterable[Bucket]:
        """Whole hours from the roll-up, the edges minute by minute."""
        self._roll_up()
        hours = self.hours or {}
        first, last = -(-start // HOUR) * HOUR, end // HOUR * HOUR
        if last <= first or end - start < 2 * HOUR:
            yield from self._minutes(start, end)
            return
        yield from self._minutes(start, first)
        if (last - first) // HOUR > len(hours):
            yield from (bucket for hour, bucket in hours.items() if first <= hour < last)
        else:
            yield from (hours[hour] for hour in range(first, last, HOUR) if hour in hours)
        yield from self._minutes(last, end)

    def _minutes(self, start: int, end: int) -> Iterable[Bucket]:
        position = bisect_left(self.order, start)
        while position < len(self.order) and self.order[position] < end:
            yield self.minutes[self.order[position]]
            position += 1

    def _roll_up(self) -> None:
        if self.hours is not None:
            return
        self.order = sorted(self.minutes)
        hours: dict[int, Bucket] = {}
        for minute in self.order:
            hours.setdefault(minute // HOUR * HOUR, Bucket()).merge(self.minutes[minute])
        self.hours = hours

    def occupied(self, start: int, end: int, period: int) -> Iterable[int]:
        """Starts of the periods of `[start, end)` that hold data, oldest first."""
        self._roll_up()
        position = bisect_left(self.order, start)
        previous = -1
        while position < len(self.order) and self.order[position] < end:
            index = (self.order[position] - start) // period
            if index != previous:
                yield start + index * period
                previous = index
            position += 1


class MetricStore:
    """The metrics of one account and Region."""

    def __init__(self) -> None:
        self.series: dict[Key, Series] = {}
        self.lock = threading.RLock()

    def get(self, namespace: str, name: str, dimensions: Iterable[dict[str, str]] | None) -> Series | None:
        """The series of a metric; a different set of dimensions is a different metric."""
        return self.series.get((namespace, name, dimension_key(dimensions)))

    def put(self, namespace: str, datum: dict[str, Any], now: float, any_age: bool) -> None:
        """Stores one datum of PutMetricData."""
        stamp = datum["Timestamp"].timestamp() if "Timestamp" in datum else now
        if not any_age and not now - MAX_PAST - MINUTE <= stamp <= now + MAX_FUTURE:
            raise AwsError(
                "InvalidParameterValue",
                "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks and not "
                "more than two hours in the future.",
            )
        key = (namespace, datum["MetricName"], dimension_key(datum.get("Dimensions")))
        with self.lock:
            series = self.series.setdefault(key, Series())
            series.unit = datum.get("Unit", "None")
            fill(series.bucket(stamp), datum)


def fill(bucket: Bucket, datum: dict[str, Any]) -> None:
    """Adds the values of a datum, in whichever of the three forms they came."""
    if "Values" in datum:
        values = datum["Values"]
        counts = datum.get("Counts") or [1.0] * len(values)
        if len(counts) != len(values):
            raise AwsError(
                "InvalidParameterValue", "The parameters MetricData.member.1.Values and Counts must be the same length."
            )
        for value, times in zip(values, counts, strict=True):
            bucket.add_value(number(value), float(times))
    elif "StatisticValues" in datum:
        stats = datum["StatisticValues"]
        bucket.add_set(
            float(stats["SampleCount"]), number(stats["Sum"]), number(stats["Minimum"]), number(stats["Maximum"])
        )
    elif "Value" in datum:
        bucket.add_value(number(datum["Value"]), 1.0)
    else:
        raise AwsError("InvalidParameterCombination", "At least one of the parameters Value, Values, StatisticValues")


def number(value: Any) -> float:
    """A finite metric value."""
    result = float(value)
    if not math.isfinite(result):
        raise AwsError("InvalidParameterValue", "The value NaN or infinite for parameter MetricData is invalid.")
    return result


def dimension_key(dimensions: Iterable[dict[str, str]] | None) -> tuple[tuple[str, str], ...]:
    """Dimensions in an order that does not depend on the request."""
    return tuple(sorted((one["Name"], one["Value"]) for one in dimensions or ()))


def resolution(start: float, now: float) -> int:
    """The granularity kept for data of that age: StartTime is rounded to it, and a period must be a multiple of it."""
    age = now - start
    if age <= 15 * DAY:
        return MINUTE
    return 5 * MINUTE if age <= 63 * DAY else HOUR


def points(
    series: Series | None, stat: str, period: int, start: float, end: float, epoch_aligned: bool
) -> list[tuple[int, float]]:
    """Data points of a statistic, oldest first. Nothing where the period is finer than what is still kept."""
    now = time.time()
    grain = resolution(start, now)
    if series is None or period % grain or now - start > 455 * DAY:
        return []
    first = int(start // grain) * grain
    if epoch_aligned:
        first = first // period * period
    result = []
    for begin in series.occupied(first, math.ceil(end), period):
        bucket = series.window(begin, min(begin + period, math.ceil(end)))
        value = bucket.statistic(stat) if bucket else None
        if value is not None:
            result.append((begin, value))
    return result


STORES: dict[tuple[str, str], MetricStore] = {}
STORES_LOCK = threading.Lock()


def store(account: str, region: str) -> MetricStore:
    """The store of an account and Region."""
    with STORES_LOCK:
        return STORES.setdefault((account, region), MetricStore())


def reset() -> None:
    """Forgets all metrics."""
    with STORES_LOCK:
        STORES.clear()
