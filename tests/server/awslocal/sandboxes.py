"""Sandboxes: processes of a Lambda function, each with its own Runtime API.

The listener has no path prefix (lambda_runtime takes one only with `http://`), and there is one per process, so that a
crash or a timeout can be told to the invocation it hit.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, Queue
from typing import Any

from .httpd import HttpServer, Request, Response
from .wire import AwsError

RUNTIME = "/2018-06-01/runtime"
LOG_LINES = 20_000
INIT_SECONDS = 10.0


@dataclass
class Function:
    """How to run a function. `concurrency` is the number of processes it may have.

    Without a command it answers `response`, fails with `error` ({"errorType": ..., "errorMessage": ...}), or gives its
    event back; no process is started then.
    """

    name: str
    command: list[str] = field(default_factory=list)
    response: Any = None
    error: dict[str, str] | None = None
    env: dict[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    memory: int = 256
    concurrency: int = 4
    on_success: str | None = None
    on_failure: str | None = None
    retries: int = 2
    cwd: str | None = None


@dataclass
class Invocation:
    """One event on its way through a sandbox."""

    event: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    result: bytes = b""
    error: str | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def finish(self, result: bytes, error: str | None = None) -> None:
        if not self.done.is_set():
            self.result, self.error = result, error
            self.done.set()


def failure(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


class Sandbox:
    """One process of a function and its Runtime API."""

    def __init__(self, owner: Runner, arn: str) -> None:
        self.owner, self.arn = owner, arn
        self.inbox: Queue[Invocation] = Queue()
        self.current: Invocation | None = None
        self.dead = threading.Event()
        self.doomed = False
        self.server = HttpServer(self.handle, name="runtime-api")
        self.server.start()
        function = owner.function
        self.process = subprocess.Popen(
            function.command,
            env=owner.environment(self.server.port),
            cwd=function.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        """Copies output to the log, then reports the exit to whoever waits."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.owner.write(line)
        status = self.process.wait()
        self.dead.set()
        self.server.close()
        self.owner.forget(self)
        if self.current:
            text = f"RequestId: {self.current.request_id} Error: Runtime exited with error: exit status {status}"
            self.current.finish(failure("Runtime.ExitError", text), "Unhandled")

    def run(self, invocation: Invocation) -> None:
        """Hands an event to the process and waits for its end, its death or the timeout."""
        self.current = invocation
        limit = self.owner.function.timeout + INIT_SECONDS
        self.inbox.put(invocation)
        if self.dead.is_set():
            invocation.finish(failure("Runtime.ExitError", "the process has ended"), "Unhandled")
        if not invocation.done.wait(limit):
            self.time_out(invocation)
        self.current = None

    def time_out(self, invocation: Invocation) -> None:
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        seconds = self.owner.function.timeout
        text = f"{stamp} {invocation.request_id} Task timed out after {seconds:.2f} seconds"
        invocation.finish(failure("Sandbox.Timedout", text), "Unhandled")
        self.stop()

    def stop(self) -> None:
        """Ends the process; it takes no further event."""
        self.doomed = True
        if self.process.poll() is None:
            self.process.kill()

    def handle(self, request: Request) -> Response:
        """The Runtime API."""
        path = request.path[len(RUNTIME) :] if request.path.startswith(RUNTIME) else ""
        if path == "/invocation/next":
            return self.next()
        parts = path.strip("/").split("/")
        if path == "/init/error":
            if self.current:
                self.current.finish(request.body or failure("Runtime.InitError", "init failed"), "Unhandled")
            return Response(202, b'{"status":"OK"}')
        if len(parts) == 3 and parts[0] == "invocation" and self.current and self.current.request_id == parts[1]:
            self.current.finish(request.body, "Unhandled" if parts[2] == "error" else None)
            return Response(202, b'{"status":"OK"}')
        return Response(404, b'{"errorType":"NotFound","errorMessage":"no such invocation"}')

    def next(self) -> Response:
        """Blocks until there is an event."""
        while not self.dead.is_set():
            try:
                invocation = self.inbox.get(timeout=1.0)
            except Empty:
                continue
            deadline = self.owner.function.timeout
            threading.Thread(target=self.deadline, args=(invocation, deadline), daemon=True).start()
            headers = [
                ("content-type", "application/json"),
                ("lambda-runtime-aws-request-id", invocation.request_id),
                ("lambda-runtime-deadline-ms", str(int((time.time() + deadline) * 1000))),
                ("lambda-runtime-invoked-function-arn", self.arn),
                ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0"),
            ]
            return Response(200, invocation.event, headers)
        return Response(500, b"")

    def deadline(self, invocation: Invocation, seconds: float) -> None:
        if not invocation.done.wait(seconds):
            self.time_out(invocation)


class Runner:
    """The sandboxes of one function."""

    def __init__(self, function: Function, endpoint: str, region: str, account: str) -> None:
        self.function, self.endpoint, self.region, self.account = function, endpoint, region, account
        self.lines: deque[bytes] = deque(maxlen=LOG_LINES)
        self.idle: list[Sandbox] = []
        self.count = 0
        self.condition = threading.Condition()
        self.stopped = False
        self.all: set[Sandbox] = set()

    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function.name}"

    def environment(self, port: int) -> dict[str, str]:
        """What Lambda sets, then the variables of the deployed function, then those of the configuration."""
        name = self.function.name
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if key in os.environ}
        return {
            **kept,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.function.memory),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
            "_HANDLER": "bootstrap",
            "LAMBDA_TASK_ROOT": self.function.cwd or "/var/task",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            **deployed_variables(name, self.account, self.region),
            **self.function.env,
        }

    def write(self, line: bytes) -> None:
        self.lines.append(line)

    def log(self) -> bytes:
        return b"".join(self.lines)

    def run(self, event: bytes) -> Invocation:
        """Runs one event in an idle sandbox, in a new one, or in the next that is free."""
        invocation = Invocation(event)
        if not self.function.command:
            self.write(b"event " + event + b"\n")
            canned = self.function.error or self.function.response
            invocation.finish(
                event if canned is None else json.dumps(canned).encode(), "Unhandled" if self.function.error else None
            )
            return invocation
        sandbox = self.take()
        sandbox.run(invocation)
        self.give(sandbox)
        return invocation

    def take(self) -> Sandbox:
        with self.condition:
            while True:
                self.idle = [one for one in self.idle if not one.dead.is_set()]
                if self.idle:
                    return self.idle.pop()
                if self.count < self.function.concurrency:
                    self.count += 1
                    break
                self.condition.wait(0.5)
        try:
            sandbox = Sandbox(self, self.arn())
        except OSError as error:
            with self.condition:
                self.count -= 1
            raise AwsError(
                "InvalidRuntimeException", f"cannot start {self.function.command[0]}: {error}", 502
            ) from error
        self.all.add(sandbox)
        return sandbox

    def give(self, sandbox: Sandbox) -> None:
        with self.condition:
            if not sandbox.dead.is_set() and not sandbox.doomed and not self.stopped:
                self.idle.append(sandbox)
            self.condition.notify()

    def forget(self, sandbox: Sandbox) -> None:
        with self.condition:
            self.count -= 1
            self.all.discard(sandbox)
            self.condition.notify()

    def stop(self) -> None:
        with self.condition:
            self.stopped = True
            running = list(self.all)
        for sandbox in running:
            sandbox.stop()


def deployed(name: str, account: str, region: str) -> Any:
    """The function as it was created through the Lambda API, or None."""
    from moto.awslambda.utils import get_backend

    try:
        return get_backend(account, region).get_function(name)
    except Exception:  # noqa: BLE001 - moto raises for an unknown function
        return None


def deployed_variables(name: str, account: str, region: str) -> dict[str, str]:
    function = deployed(name, account, region)
    return {key: str(value) for key, value in (getattr(function, "environment_vars", None) or {}).items()}
