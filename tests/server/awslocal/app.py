"""The path of a request: classify, log, fault, answer here or through moto."""

from __future__ import annotations

import json
import sys
import time
import traceback
from typing import Any

from . import alarms, cbor, cloudwatch, eventbus, executions, interpreter, machines, metrics, notifications, settings  # noqa: F401
from .admin import Admin
from .calls import CallLog
from .faults import Faults, Reset
from .httpd import Request, Response
from .lambdas import Router
from .moto_app import Moto, not_implemented
from .registry import OPERATIONS
from .wire import AwsError, Call, classify, jsonable, read_params, respond, shapes, typed, write_error, write_result


class App:
    """The whole server behind the socket."""

    def __init__(self, port: int, config: dict[str, Any] | None = None) -> None:
        self.port = port
        self.config = config or {}
        self.log = CallLog()
        self.faults = Faults()
        self.moto = Moto(port)
        interpreter.install(port)
        eventbus.install()
        self.router = Router(f"http://127.0.0.1:{port}", eventbus.deliver)
        notifications.PORT, notifications.ROUTER, eventbus.ROUTER = port, self.router, self.router
        self.admin = Admin(self)
        self.configure()

    def configure(self) -> None:
        """Applies the configuration that the server was started with."""
        settings.reset()
        settings.update(self.config.get("settings", {}))
        self.faults.set(self.config.get("faults", []))
        self.faults.delay_ms = float(self.config.get("delay_ms", 0.0))
        self.faults.use_quota(bool(self.config.get("quota", False)))
        destinations = self.config.get("destinations", {})
        for name, function in self.config.get("lambdas", {}).items():
            self.router.configure(name, {**function, **destinations.get(name, {})})

    def handle(self, request: Request) -> Response:
        """Answers one request; never raises."""
        if request.path.startswith("/_local"):
            return self.admin.handle(request)
        started = time.monotonic()
        call = classify(request)
        code: str | None = None
        try:
            self.faults.apply(call)
            response = self.answer(call)
            self.faults.act(call, after=True)
        except Reset:
            response, code = Response(0, reset=True), "reset"
        except AwsError as error:
            response, code = write_error(call, error), error.code
        except Exception:  # noqa: BLE001 - one broken call must not end the connection
            traceback.print_exc(file=sys.stderr)
            response, code = (
                write_error(call, AwsError("InternalFailure", "the local server failed", 500)),
                "InternalFailure",
            )
        self.log.add(call, response.status, started, code)
        return response

    def answer(self, call: Call) -> Response:
        """By this server's own operation, else by moto."""
        operation = OPERATIONS.get((call.service, call.operation))
        if operation is not None:
            return write_result(call, operation(call, read_params(call)))
        if call.protocol == "cbor":
            return self.translate(call)
        function = self.router.handles(call) if call.service == "lambda" else None
        if function:
            return self.router.invoke(call, function)
        return self.moto.handle(call)

    def translate(self, call: Call) -> Response:
        """A CBOR call that only moto answers: to JSON and back."""
        shape, output = shapes(call.service, call.operation)
        if shape is None and output is None:
            return not_implemented(call)
        prefix = call.request.path.split("/")[2]
        body = json.dumps(jsonable(typed(cbor.loads(call.body), shape), shape)).encode()
        headers = {
            **call.request.headers,
            "x-amz-target": f"{prefix}.{call.operation}",
            "content-type": "application/x-amz-json-1.0"
            if call.service == "cloudwatch"
            else "application/x-amz-json-1.1",
            "content-length": str(len(body)),
        }
        for name in ("smithy-protocol", "content-encoding"):
            headers.pop(name, None)
        inner = classify(Request("POST", "/", headers, body))
        answer = self.moto.handle(inner)
        data: dict[str, Any] = json.loads(answer.body or b"{}")
        if answer.status >= 300:
            code = str(data.get("__type", "InternalFailure")).rpartition("#")[2]
            raise AwsError(code, str(data.get("message") or data.get("Message") or ""), answer.status)
        return respond(call, 200, cbor.dumps(typed(data, output), output), cbor.CONTENT_TYPE)

    def reset(self) -> None:
        """Back to the start: every resource, metric, alarm and call is gone, and the configuration applies again."""
        from moto.moto_api._internal.models import moto_api_backend

        executions.stop_all()
        moto_api_backend.reset()
        metrics.reset()
        alarms.reset()
        notifications.reset()
        self.router.reset()
        self.log.reset()
        self.configure()
