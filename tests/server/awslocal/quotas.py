"""The documented token buckets, per account, Region and operation."""

from __future__ import annotations

import threading
import time

from .wire import Call

# Bucket size and refill a second. Step Functions: Developer Guide, "Service quotas", quotas related to API action
# throttling (October 2026); us-east-1, us-west-2 and eu-west-1 have the larger numbers.
BIG_REGIONS = ("us-east-1", "us-west-2", "eu-west-1")
STATES_SAME = {
    "CreateActivity": (100, 1),
    "CreateStateMachine": (100, 1),
    "CreateStateMachineAlias": (100, 1),
    "DeleteStateMachine": (100, 1),
    "DescribeMapRun": (200, 1),
    "DescribeStateMachine": (200, 20),
    "DescribeStateMachineAlias": (200, 1),
    "DescribeStateMachineForExecution": (200, 1),
    "GetExecutionHistory": (400, 20),
    "ListMapRuns": (100, 1),
    "ListStateMachineAliases": (100, 1),
    "ListStateMachines": (100, 5),
    "ListStateMachineVersions": (100, 1),
    "ListTagsForResource": (100, 1),
    "PublishStateMachineVersion": (100, 1),
    "TagResource": (200, 1),
    "TestState": (50, 10),
    "UpdateStateMachine": (100, 1),
    "ValidateStateMachineDefinition": (100, 1),
}
STATES_BIG = {
    "DescribeExecution": (300, 15),
    "ListExecutions": (200, 5),
    "ListActivities": (100, 10),
    "StartExecution": (1300, 300),
    "StopExecution": (1000, 200),
}
STATES_OTHER = {
    "DescribeExecution": (250, 10),
    "ListExecutions": (100, 2),
    "ListActivities": (100, 5),
    "StartExecution": (800, 150),
    "StopExecution": (500, 25),
}
# CloudWatch: User Guide, "CloudWatch service quotas" (April 2026): transactions a second, taken as bucket and refill.
CLOUDWATCH = {
    "GetMetricData": (500, 500),
    "GetMetricStatistics": (400, 400),
    "ListMetrics": (25, 25),
    "DescribeAlarms": (9, 9),
    "DescribeAlarmsForMetric": (9, 9),
    "DescribeAlarmHistory": (20, 20),
    "PutMetricAlarm": (3, 3),
    "ListTagsForResource": (10, 10),
}


def limit(call: Call) -> tuple[int, int] | None:
    """Bucket and refill of a call's operation, or None when none is documented here."""
    if call.prefix == "cloudwatch":
        return CLOUDWATCH.get(call.operation)
    if call.prefix != "states":
        return None
    regional = STATES_BIG if call.region in BIG_REGIONS else STATES_OTHER
    return STATES_SAME.get(call.operation) or regional.get(call.operation)


class Buckets:
    """Token buckets, full at the start."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.levels: dict[tuple[str, str, str], tuple[float, float]] = {}

    def take(self, call: Call) -> bool:
        """Takes a token; False when the bucket is empty."""
        found = limit(call)
        if found is None:
            return True
        size, refill = found
        key = (call.account, call.region, call.name)
        now = time.monotonic()
        with self.lock:
            level, then = self.levels.get(key, (float(size), now))
            level = min(size, level + (now - then) * refill)
            taken = level >= 1.0
            self.levels[key] = (level - 1.0 if taken else level, now)
            return taken
