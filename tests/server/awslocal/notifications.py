"""SNS publishing: checks that AWS makes and moto does not, and delivery to every protocol.

Topics and subscriptions are moto's. An `email` subscriber is confirmed at once and its mail is kept (GET
/_local/mailbox); an `http` or `https` one gets a SubscriptionConfirmation first and nothing else until it is confirmed.
"""

from __future__ import annotations

import base64
import json
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from .registry import operation
from .settings import CURRENT
from .wire import AwsError, Call

MAX_MESSAGE = 262_144
MAX_SUBJECT = 100
DELIVERY_ATTEMPTS = 3
WEB = ("http", "https")

POOL = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sns")
MAILBOX: list[dict[str, Any]] = []
TOKENS: dict[str, Any] = {}
PORT = 0
ROUTER: Any = None


def invalid(text: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {text}")


def backend(account: str, region: str) -> Any:
    from moto.sns.models import sns_backends

    return sns_backends[account][region]


def find_topic(arn: str | None) -> Any:
    """The topic of an ARN, in whichever account it is."""
    parts = (arn or "").split(":")
    if len(parts) != 6 or parts[2] != "sns":
        raise invalid("TopicArn Reason: An ARN must have at least 6 elements, not " + str(len(parts)))
    topic = backend(parts[4], parts[3]).topics.get(arn)
    if topic is None:
        raise AwsError("NotFound", "Topic does not exist", 404)
    return topic


def reset() -> None:
    MAILBOX.clear()
    TOKENS.clear()


@operation("sns", "Publish")
def publish(_call: Call, params: dict[str, Any]) -> dict[str, Any]:
    if params.get("PhoneNumber"):
        return {"MessageId": str(uuid.uuid4())}
    topic = find_topic(params.get("TopicArn") or params.get("TargetArn"))
    return {"MessageId": publish_to(topic, params)}


@operation("sns", "PublishBatch")
def publish_batch(_call: Call, params: dict[str, Any]) -> dict[str, Any]:
    topic = find_topic(params.get("TopicArn"))
    entries = params.get("PublishBatchRequestEntries") or []
    if not 1 <= len(entries) <= 10:
        raise AwsError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
    if len({entry["Id"] for entry in entries}) != len(entries):
        raise AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
    successful, failed = [], []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], "MessageId": publish_to(topic, entry)})
        except AwsError as error:
            failed.append({"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True})
    return {"Successful": successful, "Failed": failed}


def publish_to(topic: Any, params: dict[str, Any]) -> str:
    """Checks a message and delivers it; returns its id."""
    message, subject = params.get("Message", ""), params.get("Subject")
    attributes = params.get("MessageAttributes") or {}
    check_subject(subject)
    check_size(topic, message, attributes)
    structured = params.get("MessageStructure")
    if structured not in (None, "", "json"):
        raise invalid("MessageStructure")
    bodies = parse_structure(message) if structured == "json" else {"default": message}
    check_fifo(topic, params)
    message_id = str(uuid.uuid4())
    topic.sent_notifications.append((message_id, message, subject, attributes, params.get("MessageGroupId")))
    for subscription in list(topic.sns_backend.subscriptions.values()):
        if subscription.topic.arn == topic.arn:
            deliver(subscription, bodies, message_id, subject, public_attributes(attributes), params)
    return message_id


def check_subject(subject: str | None) -> None:
    """UTF-8 text of 1 to 99 characters without line breaks or control characters."""
    if subject is None:
        return
    if not subject or len(subject) >= MAX_SUBJECT or any(ord(char) < 32 or 127 <= ord(char) < 160 for char in subject):
        raise invalid("Subject")


def check_size(topic: Any, message: str, attributes: dict[str, Any]) -> None:
    """The limit holds for the message with its attributes: names, types and values."""
    if not message:
        raise invalid("Empty message")
    size = len(message.encode())
    for name, value in attributes.items():
        binary = value.get("BinaryValue")
        data = binary if isinstance(binary, bytes) else str(value.get("StringValue") or binary or "").encode()
        size += len(name.encode()) + len(value.get("DataType", "").encode()) + len(data)
    if size > int(getattr(topic, "maximum_message_size", MAX_MESSAGE)):
        raise invalid("Message too long")


def parse_structure(message: str) -> dict[str, str]:
    """Bodies by protocol; a value that is not text is ignored."""
    try:
        bodies = json.loads(message)
    except ValueError as error:
        raise invalid("Message Structure - JSON message body failed to parse") from error
    if not isinstance(bodies, dict) or not isinstance(bodies.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    return {key: value for key, value in bodies.items() if isinstance(value, str)}


def check_fifo(topic: Any, params: dict[str, Any]) -> None:
    if topic.fifo_topic and not params.get("MessageGroupId"):
        raise invalid("The MessageGroupId parameter is required for FIFO topics")


def public_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    """Message attributes as subscribers see them."""
    shown = {}
    for name, value in attributes.items():
        kind = value.get("DataType", "")
        if kind.split(".")[0] not in ("String", "Number", "Binary"):
            raise invalid(f"The message attribute '{name}' has an invalid message attribute type")
        data = value.get("StringValue")
        if data is None:
            binary = value.get("BinaryValue", b"")
            data = base64.b64encode(binary).decode() if isinstance(binary, bytes) else binary
        if data == "":
            raise AwsError(
                "InvalidParameterValue",
                f"The message attribute '{name}' must contain non-empty message attribute value.",
            )
        shown[name] = {"Type": kind, "Value": data}
    return shown


def deliver(
    subscription: Any,
    bodies: dict[str, str],
    message_id: str,
    subject: str | None,
    attributes: dict[str, Any],
    params: dict[str, Any],
) -> None:
    """To one subscriber, if its filter policy matches."""
    body = bodies.get(subscription.protocol, bodies["default"])
    matcher = subscription._filter_policy_matcher
    if matcher is not None and not matcher.matches(attributes, body):
        return
    raw = str(subscription.attributes.get("RawMessageDelivery", "")).lower() == "true"
    notice = notification(subscription, body, message_id, subject, attributes)
    if subscription.protocol == "sqs":
        to_queue(subscription, body if raw else json.dumps(notice, indent=2), attributes if raw else {}, params)
    elif subscription.protocol in WEB:
        if str(subscription.attributes.get("PendingConfirmation", False)).lower() != "true":
            POOL.submit(post, subscription, body if raw else json.dumps(notice), "Notification", message_id, raw)
    elif subscription.protocol in ("email", "email-json"):
        keep_mail(
            subscription,
            body if subscription.protocol == "email" else json.dumps(notice, indent=2),
            subject,
            message_id,
        )
    elif subscription.protocol == "lambda" and ROUTER is not None:
        to_function(subscription, notice)


def notification(
    subscription: Any, body: str, message_id: str, subject: str | None, attributes: dict[str, Any]
) -> dict[str, Any]:
    """The JSON envelope."""
    notice: dict[str, Any] = {"Type": "Notification", "MessageId": message_id, "TopicArn": subscription.topic.arn}
    if subject is not None:
        notice["Subject"] = subject
    notice |= {
        "Message": body,
        "Timestamp": stamp(),
        "SignatureVersion": "1",
        "Signature": "bG9jYWw=",
        "SigningCertURL": f"http://127.0.0.1:{PORT}/SimpleNotificationService.pem",
        "UnsubscribeURL": f"http://127.0.0.1:{PORT}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
    }
    if attributes:
        notice["MessageAttributes"] = attributes
    return notice


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def to_queue(subscription: Any, body: str, attributes: dict[str, Any], params: dict[str, Any]) -> None:
    from moto.sqs.models import sqs_backends

    parts = subscription.endpoint.split(":")
    typed = {
        name: {
            "DataType": value["Type"],
            "BinaryValue" if value["Type"].startswith("Binary") else "StringValue": value["Value"],
        }
        for name, value in attributes.items()
    }
    try:
        sqs_backends[parts[4]][parts[3]].send_message(
            parts[5],
            body,
            message_attributes=typed,
            deduplication_id=params.get("MessageDeduplicationId"),
            group_id=params.get("MessageGroupId"),
            validate_group_id=False,
        )
    except Exception:  # noqa: BLE001 - a queue that is gone does not fail the publisher
        return


def post(subscription: Any, body: str, kind: str, message_id: str, raw: bool = False) -> None:
    """One HTTP delivery, tried three times."""
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": subscription.topic.arn,
    }
    if kind == "Notification":
        headers["x-amz-sns-subscription-arn"] = subscription.arn
    if raw:
        headers["x-amz-sns-rawdelivery"] = "true"
    request = urllib.request.Request(subscription.endpoint, data=body.encode(), headers=headers, method="POST")
    for attempt in range(DELIVERY_ATTEMPTS):
        try:
            urllib.request.urlopen(request, timeout=15).close()
            return
        except OSError:
            time.sleep(0.2 * (attempt + 1))


def keep_mail(subscription: Any, body: str, subject: str | None, message_id: str) -> None:
    MAILBOX.append(
        {
            "topic": subscription.topic.arn,
            "endpoint": subscription.endpoint,
            "subject": subject or "AWS Notification Message",
            "body": body,
            "message_id": message_id,
        }
    )


def to_function(subscription: Any, notice: dict[str, Any]) -> None:
    """The event that a function subscribed to a topic receives."""
    from .lambdas import short_name

    name = short_name(subscription.endpoint)
    if ROUTER.find(name) is not None:
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription.arn,
            "Sns": notice,
        }
        parts = subscription.endpoint.split(":")
        ROUTER.invoke_async(name, json.dumps({"Records": [record]}).encode(), parts[4], parts[3])


@operation("sns", "Subscribe")
def subscribe(_call: Call, params: dict[str, Any]) -> dict[str, Any]:
    topic, protocol, endpoint = (
        find_topic(params.get("TopicArn")),
        params.get("Protocol", ""),
        params.get("Endpoint", ""),
    )
    if protocol in WEB:
        # There is no TLS here: the https protocol may point at a plain listener on loopback.
        local = endpoint.startswith("http://127.0.0.1") or endpoint.startswith("http://localhost")
        if not (endpoint.startswith(f"{protocol}://") or local):
            raise invalid("Endpoint must match the specified protocol")
    store = topic.sns_backend
    try:
        subscription = store.subscribe(topic.arn, endpoint, protocol)
        attributes = dict(params.get("Attributes") or {})
        for name in ("FilterPolicyScope", *[key for key in attributes if key != "FilterPolicyScope"]):
            if name in attributes:
                store.set_subscription_attributes(subscription.arn, name, attributes[name])
    except ValueError as error:
        raise invalid(str(error)) from error
    pending = ask(subscription) if protocol in WEB else False
    shown = params.get("ReturnSubscriptionArn") or not pending
    return {"SubscriptionArn": subscription.arn if shown else "pending confirmation"}


def ask(subscription: Any) -> bool:
    """Sends the confirmation request of a new HTTP subscription; True while it is unconfirmed."""
    if getattr(subscription, "asked", False):
        return str(subscription.attributes.get("PendingConfirmation")).lower() == "true"
    subscription.asked = True
    if CURRENT.sns_auto_confirm:
        return False
    subscription.attributes["PendingConfirmation"] = "true"
    subscription.attributes["ConfirmationWasAuthenticated"] = "false"
    token = uuid.uuid4().hex * 4
    TOKENS[token] = subscription
    message_id = str(uuid.uuid4())
    url = f"http://127.0.0.1:{PORT}/?Action=ConfirmSubscription&TopicArn={subscription.topic.arn}&Token={token}"
    body = {
        "Type": "SubscriptionConfirmation",
        "MessageId": message_id,
        "Token": token,
        "TopicArn": subscription.topic.arn,
        "Message": f"You have chosen to subscribe to the topic {subscription.topic.arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": url,
        "Timestamp": stamp(),
        "SignatureVersion": "1",
        "Signature": "bG9jYWw=",
        "SigningCertURL": f"http://127.0.0.1:{PORT}/SimpleNotificationService.pem",
    }
    POOL.submit(post, subscription, json.dumps(body), "SubscriptionConfirmation", message_id)
    return True


@operation("sns", "ConfirmSubscription")
def confirm(_call: Call, params: dict[str, Any]) -> dict[str, Any]:
    topic = find_topic(params.get("TopicArn"))
    subscription = TOKENS.get(params.get("Token", ""))
    if subscription is None or subscription.topic.arn != topic.arn:
        raise invalid("Token")
    subscription.attributes["PendingConfirmation"] = "false"
    subscription.attributes["ConfirmationWasAuthenticated"] = "true"
    subscription.confirmed = True
    return {"SubscriptionArn": subscription.arn}
