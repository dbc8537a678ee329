"""EventBridge delivery, and the targets that it shares with Lambda destinations.

Rules and their patterns are moto's; moto itself fails a whole PutEvents when a target is a function, a topic or a state
machine, and what S3 tells of objects reaches none of them.
"""

from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

from . import executions, notifications
from .httpd import Request
from .lambdas import Router, short_name
from .registry import operation
from .wire import AwsError, Call

MAX_ENTRIES = 10
# The call that an event of S3 names as its reason, by how moto calls it.
CALLS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject", "Delete": "DeleteObject"}
ROUTER: Router | None = None


def as_call(account: str, region: str) -> Call:
    """A call made by the server itself for an account and Region."""
    return Call(Request("POST", "/", {}, b""), account=account, region=region)


def backend(account: str, region: str) -> Any:
    from moto.events.models import events_backends

    return events_backends[account][region]


@operation("events", "PutEvents")
def put_events(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    entries = params.get("Entries") or []
    if not 1 <= len(entries) <= MAX_ENTRIES:
        raise AwsError(
            "ValidationException",
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length "
            f"less than or equal to {MAX_ENTRIES}",
        )
    results = [put_event(call.account, call.region, entry) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in one for one in results), "Entries": results}


def put_event(account: str, region: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Puts one entry on its bus."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return {
                "ErrorCode": "InvalidArgument",
                "ErrorMessage": f"Parameter {name} is not valid. Reason: {name} is a required argument.",
            }
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    moment = entry.get("Time") or datetime.now(UTC)
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": account,
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": entry.get("Resources") or [],
        "detail": detail,
    }
    bus = (entry.get("EventBusName") or "default").rpartition("/")[2]
    send(account, region, bus, event)
    return {"EventId": event["id"]}


def install() -> None:
    """What buckets tell EventBridge comes here."""
    from moto.s3 import notifications as s3

    s3._send_event_bridge_message = object_event


def object_event(account: str, bucket: Any, name: str, key: Any) -> None:
    """What S3 sends to the default bus when an object is created, deleted or changed."""
    from moto.s3.notifications import _detail_type

    cause = name.rpartition(":")[2]
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": _detail_type(name),
        "source": "aws.s3",
        "account": account,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": {"key": key.name, "size": key.size, "etag": key.etag.strip('"'), "sequencer": "00" + uuid.uuid4().hex[:16]},
            "request-id": uuid.uuid4().hex[:16].upper(),
            "requester": account,
            "source-ip-address": "127.0.0.1",
            "reason": CALLS.get(cause, cause),
        },
    }
    send(account, bucket.region_name, "default", event)


def send(account: str, region: str, bus: str, event: dict[str, Any]) -> int:
    """Sends an event to the matching rules of a bus; returns the number of targets it went to."""
    found = backend(account, region).event_buses.get(bus)
    reached = 0
    for rule in list(found.rules.values()) if found else ():
        pattern = rule.event_pattern.get_pattern()
        if rule.state == "DISABLED" or not pattern or not rule.event_pattern.matches_event(event):
            continue
        for target in list(rule.targets):
            try:
                to_target(target, event, account, region, rule)
                reached += 1
            except Exception as error:  # noqa: BLE001 - one target must not keep the event from the others
                print(f"rule {rule.name}: target {target['Arn']}: {error}", file=sys.stderr)
    return reached


def to_target(target: dict[str, Any], event: dict[str, Any], account: str, region: str, rule: Any) -> None:
    arn = target["Arn"]
    service = arn.split(":")[2]
    if service == "logs":
        rule._send_to_cw_log_group(arn.split(":", 6)[6].removesuffix(":*"), {**event})
    elif service == "events":
        parts = arn.split(":")
        send(parts[4], parts[3], parts[5].rpartition("/")[2], event)
    else:
        deliver(arn, shape(target, event), account, region, target)


def shape(target: dict[str, Any], event: dict[str, Any]) -> Any:
    """The target's input: constant, a part of the event, transformed, or the event itself."""
    if target.get("Input"):
        return json.loads(target["Input"])
    if target.get("InputPath"):
        value: Any = event
        for part in target["InputPath"].removeprefix("$").strip(".").split("."):
            value = value[part] if part else value
        return value
    if target.get("InputTransformer"):
        from moto.events.utils import EventTemplateParser

        transformer = target["InputTransformer"]
        return EventTemplateParser.parse(
            input_template=transformer.get("InputTemplate"),
            input_paths_map=transformer.get("InputPathsMap", {}),
            event={**event, "ingestion-time": event["time"]},
        )
    return event


def deliver(arn: str, payload: Any, account: str, region: str, target: dict[str, Any] | None = None) -> None:
    """To a function, queue, topic or state machine; a bare name is a function."""
    parts = arn.split(":")
    service = parts[2] if len(parts) > 2 else "lambda"
    text = payload if isinstance(payload, str) else json.dumps(payload)
    if len(parts) > 5 and parts[4]:
        region, account = parts[3], parts[4]
    if service == "lambda":
        name = short_name(arn)
        if ROUTER is not None and ROUTER.find(name) is not None:
            ROUTER.invoke_async(name, json.dumps(payload).encode(), account, region)
    elif service == "sqs":
        from moto.sqs.models import sqs_backends

        group = ((target or {}).get("SqsParameters") or {}).get("MessageGroupId")
        sqs_backends[account][region].send_message(parts[5], text, group_id=group, validate_group_id=False)
    elif service == "sns":
        notifications.publish_to(notifications.find_topic(arn), {"Message": text})
    elif service == "states":
        executions.launch(as_call(account, region), {"stateMachineArn": arn, "input": text})
    else:
        raise ValueError(f"no delivery to {service}")
