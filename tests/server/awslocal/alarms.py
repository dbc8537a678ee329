"""CloudWatch alarms: metric, metric math, anomaly and composite, kept as they were put. None is ever evaluated."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from typing import Any

from .cloudwatch import check_period, invalid, read_token, token
from .registry import operation
from .wire import AwsError, Call

DEFAULT_PAGE, MAX_PAGE = 50, 100
METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
CHILD = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]+)\"|'([^']+)'|([^)\s]+))\s*\)", re.IGNORECASE)
COMPARISONS_OF_BANDS = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)


class AlarmStore:
    """The alarms of one account and Region, by name."""

    def __init__(self) -> None:
        self.alarms: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.lock = threading.RLock()


STORES: dict[tuple[str, str], AlarmStore] = {}


def store(call: Call) -> AlarmStore:
    return STORES.setdefault((call.account, call.region), AlarmStore())


def reset() -> None:
    """Forgets all alarms."""
    STORES.clear()


def put(call: Call, params: dict[str, Any], kind: str) -> None:
    """Makes or replaces an alarm; a replaced one keeps its state."""
    found = store(call)
    with found.lock:
        name = params["AlarmName"]
        arn = f"arn:aws:cloudwatch:{call.region}:{call.account}:alarm:{name}"
        now = datetime.now(UTC)
        before = found.alarms.get(name, {})
        alarm = {key: value for key, value in params.items() if key != "Tags"}
        alarm |= {
            "kind": kind,
            "AlarmArn": arn,
            "ActionsEnabled": params.get("ActionsEnabled", True),
            "AlarmConfigurationUpdatedTimestamp": now,
            "StateValue": before.get("StateValue", "INSUFFICIENT_DATA"),
            "StateReason": before.get("StateReason", "Unchecked: Initial alarm creation"),
            "StateUpdatedTimestamp": before.get("StateUpdatedTimestamp", now),
            "StateTransitionedTimestamp": before.get("StateTransitionedTimestamp", now),
        }
        for actions in ("OKActions", "AlarmActions", "InsufficientDataActions"):
            alarm.setdefault(actions, [])
        if kind == METRIC and "Metrics" not in alarm:
            alarm.setdefault("Dimensions", [])
        found.alarms[name] = alarm
        if "Tags" in params and not before:
            found.tags[arn] = {tag["Key"]: tag["Value"] for tag in params["Tags"]}


@operation("cloudwatch", "PutMetricAlarm")
def put_metric_alarm(call: Call, params: dict[str, Any]) -> None:
    for required in ("AlarmName", "ComparisonOperator", "EvaluationPeriods"):
        if required not in params:
            raise AwsError("MissingParameter", f"The parameter {required} is required.")
    if params.get("Metrics"):
        check_metrics(params)
    else:
        for required in ("MetricName", "Namespace", "Period"):
            if required not in params:
                raise AwsError("MissingParameter", f"The parameter {required} is required.")
        if ("Statistic" in params) == ("ExtendedStatistic" in params):
            raise AwsError("InvalidParameterCombination", "Exactly one of Statistic and ExtendedStatistic is required.")
        check_period(params["Period"], "Period")
        params["Metrics"] = None
    bands = params["ComparisonOperator"] in COMPARISONS_OF_BANDS
    if "Threshold" not in params and not (bands or params.get("ThresholdMetricId")):
        raise AwsError("MissingParameter", "The parameter Threshold is required.")
    put(call, {key: value for key, value in params.items() if value is not None}, METRIC)


def check_metrics(params: dict[str, Any]) -> None:
    """A metric math alarm returns the data of exactly one of its queries (an anomaly alarm of two)."""
    returned = [one for one in params["Metrics"] if one.get("ReturnData", True)]
    wanted = 2 if params.get("ThresholdMetricId") else 1
    if not 1 <= len(returned) <= wanted:
        raise invalid("Exactly one element of the metrics list should return data.")
    for name in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic"):
        if params.get(name):
            raise AwsError("InvalidParameterCombination", f"{name} must not be set when Metrics is given.")


@operation("cloudwatch", "PutCompositeAlarm")
def put_composite_alarm(call: Call, params: dict[str, Any]) -> None:
    known = store(call).alarms
    for child in children(params["AlarmRule"]):
        if child not in known:
            raise invalid(f"Could not save the composite alarm as alarms [{child}] in the alarm rule do not exist")
    put(call, params, COMPOSITE)


def children(rule: str) -> list[str]:
    """Names (or the names in the ARNs) that an alarm rule refers to."""
    names = ["".join(groups) for groups in CHILD.findall(rule)]
    return [name.rpartition(":alarm:")[2] if name.startswith("arn:") else name for name in names]


@operation("cloudwatch", "DescribeAlarms")
def describe_alarms(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    limit = params.get("MaxRecords") or DEFAULT_PAGE
    if not 1 <= limit <= MAX_PAGE:
        raise invalid(
            f"1 validation error detected: Value '{limit}' at 'maxRecords' failed to satisfy constraint: Member must "
            f"have value less than or equal to {MAX_PAGE}"
        )
    if params.get("AlarmNames") and params.get("AlarmNamePrefix"):
        raise invalid("AlarmNamePrefix and AlarmNames cannot be specified together.")
    types = params.get("AlarmTypes") or [METRIC]
    found = store(call)
    with found.lock:
        names = [
            name for name, alarm in sorted(found.alarms.items()) if alarm["kind"] in types and matches(alarm, params)
        ]
        if params.get("ChildrenOfAlarmName"):
            parent = found.alarms.get(params["ChildrenOfAlarmName"], {})
            names = [name for name in children(parent.get("AlarmRule", "")) if name in found.alarms]
        after = read_token("alarms", params.get("NextToken")).get("after", "")
        names = [name for name in names if name > after]
        shown = [found.alarms[name] for name in names[:limit]]
    return {
        "MetricAlarms": [alarm for alarm in shown if alarm["kind"] == METRIC],
        "CompositeAlarms": [alarm for alarm in shown if alarm["kind"] == COMPOSITE],
        "NextToken": token("alarms", after=names[limit - 1]) if len(names) > limit else None,
    }


def matches(alarm: dict[str, Any], params: dict[str, Any]) -> bool:
    actions = [*alarm["AlarmActions"], *alarm["OKActions"], *alarm["InsufficientDataActions"]]
    return (
        (not params.get("AlarmNames") or alarm["AlarmName"] in params["AlarmNames"])
        and alarm["AlarmName"].startswith(params.get("AlarmNamePrefix") or "")
        and params.get("StateValue", alarm["StateValue"]) == alarm["StateValue"]
        and (not params.get("ActionPrefix") or any(one.startswith(params["ActionPrefix"]) for one in actions))
    )


@operation("cloudwatch", "DescribeAlarmsForMetric")
def describe_alarms_for_metric(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    wanted = {(one["Name"], one["Value"]) for one in params.get("Dimensions") or ()}
    optional = ("Statistic", "ExtendedStatistic", "Period", "Unit")
    shown = [
        alarm
        for _, alarm in sorted(store(call).alarms.items())
        if alarm.get("MetricName") == params["MetricName"]
        and alarm.get("Namespace") == params["Namespace"]
        and {(one["Name"], one["Value"]) for one in alarm.get("Dimensions") or ()} == wanted
        and all(params.get(name, alarm.get(name)) == alarm.get(name) for name in optional)
    ]
    return {"MetricAlarms": shown}


@operation("cloudwatch", "DescribeAlarmHistory")
def describe_alarm_history(_call: Call, _params: dict[str, Any]) -> dict[str, Any]:
    return {"AlarmHistoryItems": []}


@operation("cloudwatch", "SetAlarmState")
def set_alarm_state(call: Call, params: dict[str, Any]) -> None:
    alarm = store(call).alarms.get(params["AlarmName"])
    if alarm is None:
        raise AwsError("ResourceNotFound", "", 404)
    if params["StateValue"] not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        raise invalid(f"The value {params['StateValue']} for parameter StateValue is not supported.")
    now = datetime.now(UTC)
    if alarm["StateValue"] != params["StateValue"]:
        alarm["StateTransitionedTimestamp"] = now
    alarm |= {
        "StateValue": params["StateValue"],
        "StateReason": params["StateReason"],
        "StateReasonData": params.get("StateReasonData"),
        "StateUpdatedTimestamp": now,
    }


@operation("cloudwatch", "DeleteAlarms")
def delete_alarms(call: Call, params: dict[str, Any]) -> None:
    found = store(call)
    with found.lock:
        for name in params["AlarmNames"]:
            alarm = found.alarms.pop(name, None)
            if alarm:
                found.tags.pop(alarm["AlarmArn"], None)


@operation("cloudwatch", "EnableAlarmActions")
def enable_actions(call: Call, params: dict[str, Any]) -> None:
    switch_actions(call, params, True)


@operation("cloudwatch", "DisableAlarmActions")
def disable_actions(call: Call, params: dict[str, Any]) -> None:
    switch_actions(call, params, False)


def switch_actions(call: Call, params: dict[str, Any], enabled: bool) -> None:
    known = store(call).alarms
    for name in params["AlarmNames"]:
        if name in known:
            known[name]["ActionsEnabled"] = enabled


@operation("cloudwatch", "ListTagsForResource")
def list_tags(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    tags = store(call).tags.get(params["ResourceARN"], {})
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


@operation("cloudwatch", "TagResource")
def tag_resource(call: Call, params: dict[str, Any]) -> None:
    store(call).tags.setdefault(params["ResourceARN"], {}).update({tag["Key"]: tag["Value"] for tag in params["Tags"]})


@operation("cloudwatch", "UntagResource")
def untag_resource(call: Call, params: dict[str, Any]) -> None:
    tags = store(call).tags.get(params["ResourceARN"], {})
    for key in params["TagKeys"]:
        tags.pop(key, None)
