"""Faults and quotas: what AWS does to a client on a bad day, on purpose.

A fault is a JSON object; the first that matches a call decides:

    {"op": "states:DescribeStateMachine", "kind": "deny"}

`op` may end in `*`; `resource` (an ARN or a part of one) narrows it to calls whose body or path names it; `region` and
`account` narrow it further; `times` lets it act only so often. Kinds:

    deny         AccessDeniedException (AccessDenied for query and S3), 400 or 403 as the protocol has it
    throttle     ThrottlingException (Throttling for query), 400
    fail         500 for every `every`-th call (default: each)
    delay        waits `ms` first, then answers
    kms          KmsAccessDeniedException, except for a describe with METADATA_ONLY
    gone         StateMachineDoesNotExist, though the machine is listed
    reset        TCP reset for every `every`-th call (default: each)
    error        any `code`, `message` and `status`
    never        no answer: the Task of an execution that waits for it times out, at once and not after its TimeoutSeconds

A fault of the kinds `fail`, `error` or `never` with `after` acts when the call has been done: what it did stays done, and
only its answer is another one. Calls that executions make are left alone unless `internal` is true.
"""

from __future__ import annotations

import fnmatch
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from .quotas import Buckets
from .wire import AwsError, Call

KINDS = ("deny", "throttle", "fail", "delay", "kms", "gone", "reset", "error", "never")
AFTER = ("fail", "error", "never")
# The code by which the interpreter knows that there will be no answer.
NO_ANSWER = "LocalNoAnswer"


class Reset(Exception):
    """The connection is to be reset."""


@dataclass
class Fault:
    """One fault; the fields are those of the JSON object."""

    op: str
    kind: str
    resource: str = ""
    region: str = ""
    account: str = ""
    every: int = 1
    times: int | None = None
    ms: float = 0.0
    code: str = "InternalServerError"
    message: str = ""
    status: int = 500
    internal: bool = False
    after: bool = False
    seen: int = field(default=0, repr=False)

    def matches(self, call: Call, after: bool) -> bool:
        """Whether the fault is meant for this call, at this time."""
        return (
            self.after == after
            and fnmatch.fnmatchcase(call.name, self.op)
            and (not self.region or self.region == call.region)
            and (not self.account or self.account == call.account)
            and (not self.resource or names(call, self.resource))
            and (self.internal or not call.internal)
            and (self.times is None or self.seen < self.times)
        )


def names(call: Call, resource: str) -> bool:
    """Whether a call's path or body mentions a resource."""
    return resource.encode() in call.body or resource in call.request.target


def parse(value: dict[str, Any]) -> Fault:
    """A fault from its JSON form; anything unknown is a ValueError."""
    try:
        fault = Fault(**value)
    except TypeError as error:
        raise ValueError(f"not a fault: {error}") from error
    if fault.kind not in KINDS:
        raise ValueError(f"unknown kind {fault.kind!r}; known: {', '.join(KINDS)}")
    if fault.after and fault.kind not in AFTER:
        raise ValueError(f"{fault.kind!r} acts before a call only; after it: {', '.join(AFTER)}")
    return fault


class Faults:
    """All faults of the server, its general delay and its quotas."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.faults: list[Fault] = []
        self.delay_ms = 0.0
        self.buckets: Buckets | None = None

    def set(self, values: list[dict[str, Any]]) -> None:
        parsed = [parse(value) for value in values]
        with self.lock:
            self.faults = parsed

    def add(self, value: dict[str, Any]) -> None:
        fault = parse(value)
        with self.lock:
            self.faults.append(fault)

    def use_quota(self, on: bool) -> None:
        self.buckets = Buckets() if on else None

    def apply(self, call: Call) -> None:
        """Waits, raises the error of a fault or an empty bucket, or returns."""
        if self.delay_ms and not call.internal:
            time.sleep(self.delay_ms / 1000)
        self.act(call, after=False)
        if self.buckets and not call.internal and not self.buckets.take(call):
            raise throttling(call)

    def act(self, call: Call, after: bool) -> None:
        """The faults that are meant for a call, before it is done or after."""
        for fault in list(self.faults):
            with self.lock:
                if not fault.matches(call, after):
                    continue
                fault.seen += 1
                number = fault.seen
            act(fault, number, call)


def act(fault: Fault, number: int, call: Call) -> None:
    """What one fault does to a call."""
    if fault.kind == "delay":
        time.sleep(fault.ms / 1000)
    elif fault.kind == "deny":
        raise denied(call, fault.message)
    elif fault.kind == "throttle":
        raise throttling(call)
    elif fault.kind == "fail" and number % fault.every == 0:
        raise AwsError("InternalServerError", fault.message or "internal error", 500)
    elif fault.kind == "reset" and number % fault.every == 0:
        raise Reset
    elif fault.kind == "error":
        raise AwsError(fault.code, fault.message, fault.status)
    elif fault.kind == "never":
        raise AwsError(NO_ANSWER, f"{call.name} is not answered", 504)
    elif fault.kind == "kms" and b"METADATA_ONLY" not in call.body:
        raise AwsError("KmsAccessDeniedException", "Access to the KMS key is denied")
    elif fault.kind == "gone":
        raise AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{fault.resource}'")


def denied(call: Call, message: str) -> AwsError:
    """The access error of a protocol: query services and S3 have another code, and 403."""
    text = message or (
        f"User: arn:aws:sts::{call.account}:assumed-role/local/session is not authorized to perform: {call.name} "
        f"because no identity-based policy allows the {call.name} action"
    )
    if call.protocol == "query" or call.service == "s3":
        return AwsError("AccessDenied", text, 403)
    status = 403 if call.service in ("lambda", "scheduler", "cloudwatch") else 400
    return AwsError("AccessDeniedException" if call.service != "cloudwatch" else "AccessDenied", text, status)


def throttling(call: Call) -> AwsError:
    """The throttling error of a protocol."""
    if call.protocol == "query" or call.service == "cloudwatch":
        return AwsError("Throttling", "Rate exceeded")
    if call.service == "lambda":
        return AwsError("TooManyRequestsException", "Rate Exceeded.", 429)
    return AwsError("ThrottlingException", "Rate exceeded")
