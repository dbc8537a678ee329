"""Lambda functions as local programs: the Invoke API in front, sandboxes behind.

A function that is configured here runs its real binary (or a canned answer); the configuration of the name `*` holds
for every other name. A function that is only deployed is moto's, which gives back the event.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from .httpd import Response
from .sandboxes import Function, Invocation, Runner, deployed, failure
from .wire import AwsError, Call

# The configuration for functions that have none of their own.
EVERY_OTHER = "*"
INVOKE = re.compile(r"^/2015-03-31/functions/([^/]+)/invocations/?$")

Deliver = Callable[[str, dict[str, Any], str, str], None]


class Router:
    """All configured functions, by name."""

    def __init__(self, endpoint: str, deliver: Deliver) -> None:
        self.endpoint = endpoint
        self.deliver = deliver
        self.functions: dict[str, Function] = {}
        self.runners: dict[tuple[str, str, str], Runner] = {}
        self.lock = threading.Lock()

    def configure(self, name: str, value: dict[str, Any]) -> None:
        """Adds or replaces a function; a TypeError for an unknown field."""
        function = Function(name=name, **value)
        self.remove(name)
        self.functions[name] = function

    def remove(self, name: str) -> None:
        self.functions.pop(name, None)
        with self.lock:
            gone = [self.runners.pop(key) for key in list(self.runners) if name in (key[0], EVERY_OTHER)]
        for runner in gone:
            runner.stop()

    def reset(self) -> None:
        for name in list(self.functions):
            self.remove(name)

    def runner(self, name: str, account: str, region: str) -> Runner:
        with self.lock:
            key = (name, account, region)
            if key not in self.runners:
                function = replace(self.functions.get(name) or self.functions[EVERY_OTHER], name=name)
                self.runners[key] = Runner(function, self.endpoint, region, account)
            return self.runners[key]

    def find(self, name: str) -> Function | None:
        """The configuration of a function, or the one for every other name."""
        return self.functions.get(name) or self.functions.get(EVERY_OTHER)

    def log(self, name: str) -> bytes:
        with self.lock:
            return b"".join(runner.log() for key, runner in self.runners.items() if key[0] == name)

    def handles(self, call: Call) -> str | None:
        """Name of the configured function that a request invokes, or None. A function that nobody made is an error."""
        found = INVOKE.match(call.request.path) if call.request.method == "POST" else None
        name = short_name(unquote(found.group(1))) if found else ""
        if not found:
            return None
        if self.find(name) is not None:
            return name
        if deployed(name, call.account, call.region) is None:
            arn = f"arn:aws:lambda:{call.region}:{call.account}:function:{name}"
            raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404)
        return None

    def invoke(self, call: Call, name: str) -> Response:
        """The Invoke API."""
        kind = call.request.headers.get("x-amz-invocation-type", "RequestResponse")
        event = call.body or b"{}"
        try:
            json.loads(event)
        except ValueError as error:
            raise AwsError(
                "InvalidRequestContentException", f"Could not parse request body into json: {error}"
            ) from error
        if kind == "DryRun":
            return Response(204)
        if kind == "Event":
            self.invoke_async(name, event, call.account, call.region)
            return Response(202, headers=[("x-amzn-requestid", call.request_id)])
        runner = self.runner(name, call.account, call.region)
        done = runner.run(event)
        headers = [
            ("content-type", "application/json"),
            ("x-amz-executed-version", "$LATEST"),
            ("x-amzn-requestid", done.request_id),
        ]
        if done.error:
            headers.append(("x-amz-function-error", done.error))
        if call.request.headers.get("x-amz-log-type") == "Tail":
            headers.append(("x-amz-log-result", base64.b64encode(runner.log()[-4096:]).decode()))
        return Response(200, done.result or b"null", headers)

    def invoke_async(self, name: str, event: bytes, account: str, region: str) -> None:
        """Runs an event in the background, with retries and destinations."""
        threading.Thread(target=self.background, args=(name, event, account, region), daemon=True).start()

    def background(self, name: str, event: bytes, account: str, region: str) -> None:
        if self.find(name) is None:
            # Removed between the call and this thread.
            return
        retries, on_success, on_failure = self.asynchronous(name, account, region)
        attempt, done = 0, Invocation(event, error="Unhandled")
        while done.error and attempt <= retries:
            attempt += 1
            runner = self.runner(name, account, region)
            try:
                done = runner.run(event)
            except AwsError as error:
                done = Invocation(event, result=failure(error.code, error.message), error="Unhandled")
        destination = on_failure if done.error else on_success
        if destination:
            self.deliver(destination, envelope(runner.arn(), event, done, attempt), account, region)

    def asynchronous(self, name: str, account: str, region: str) -> tuple[int, str | None, str | None]:
        """Retries and destinations: the configuration first, then what was deployed."""
        function = self.runner(name, account, region).function
        retries, success, failed = function.retries, function.on_success, function.on_failure
        config: dict[str, Any] = {}
        for entry in getattr(deployed(name, account, region), "event_invoke_config", None) or ():
            config = entry.config
        targets = config.get("DestinationConfig") or {}
        success = success or (targets.get("OnSuccess") or {}).get("Destination")
        failed = failed or (targets.get("OnFailure") or {}).get("Destination")
        return config.get("MaximumRetryAttempts", retries), success, failed


def short_name(text: str) -> str:
    """Function name of a name, a partial or a full ARN, without its qualifier."""
    parts = text.split(":")
    if "function" in parts:
        return parts[parts.index("function") + 1]
    return parts[0]


def envelope(arn: str, event: bytes, done: Invocation, attempt: int) -> dict[str, Any]:
    """What a destination receives."""
    context: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
    if done.error:
        context["functionError"] = done.error
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "requestContext": {
            "requestId": done.request_id,
            "functionArn": f"{arn}:$LATEST",
            "condition": "RetriesExhausted" if done.error else "Success",
            "approximateInvokeCount": attempt,
        },
        "requestPayload": json.loads(event),
        "responseContext": context,
        "responsePayload": json.loads(done.result or b"null"),
    }
