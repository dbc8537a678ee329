"""What the tests of the server share: one running server, its admin endpoints, small listeners and a small function."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import seed  # noqa: E402

ROLE = "arn:aws:iam::123456789012:role/local-machine"
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


class Server:
    """The server as a child process; it ends when our end of its stdin closes."""

    def __init__(self, *flags: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "aws_server.py"), "--port", "0", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise RuntimeError(f"the server did not start: {line!r}")
        self.url = line.split()[1]

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Calls an endpoint under /_local; JSON answers are parsed, others are text."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_local/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
            return json.loads(text) if answer.headers["content-type"] == "application/json" else text

    def stop(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


SHARED: list[Server] = []


def shared() -> Server:
    """One server for all test modules of a run."""
    if not SHARED:
        SHARED.append(Server())
        atexit.register(SHARED[0].stop)
    return SHARED[0]


class Case(unittest.TestCase):
    """A test on the shared server, emptied before it."""

    def setUp(self) -> None:
        self.server = shared()
        self.server.admin("POST", "reset")
        self.aws = seed.Clients(self.server.url)
        self.sfn, self.cloudwatch = self.aws.sfn, self.aws.cloudwatch

    def counts(self) -> dict[str, int]:
        return self.server.admin("GET", "calls")["counts"]

    def error_code(self, function: Callable[..., Any], **arguments: Any) -> str:
        """The error code that a call answers; no error is a failure."""
        from botocore.exceptions import ClientError

        with self.assertRaises(ClientError) as caught:
            function(**arguments)
        return caught.exception.response["Error"]["Code"]

    def run_one(self, definition: dict[str, Any], value: Any = None, name: str = "machine") -> dict[str, Any]:
        """Creates a machine, runs it once and returns its description; the output is parsed."""
        arn = seed.machine(self.aws, name, definition)
        (execution,) = seed.execute(self.aws, arn, [{} if value is None else value])
        described = self.sfn.describe_execution(executionArn=execution)
        if "output" in described:
            described["output"] = json.loads(described["output"])
        return described


class Listener:
    """An HTTP subscriber that keeps what it receives."""

    def __init__(self) -> None:
        received: list[tuple[dict[str, str], str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                received.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.received = received
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/hook"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


def wait_for(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Polls until the condition is truthy and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.02)


# A Lambda function for the Runtime API: answers the event, or fails, dies or hangs as the event says.
FUNCTION = r"""
import json, os, sys, time, urllib.request
base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
print("started", os.environ["AWS_LAMBDA_FUNCTION_NAME"], flush=True)
while True:
    with urllib.request.urlopen(f"{base}/next") as answer:
        request_id, event = answer.headers["lambda-runtime-aws-request-id"], json.loads(answer.read())
    fields = event if isinstance(event, dict) else {}
    print("event", json.dumps(event), flush=True)
    path, body = "response", {"event": event, "greeting": os.environ.get("GREETING")}
    if fields.get("fail"):
        path, body = "error", {"errorType": fields["fail"], "errorMessage": "asked to fail"}
    if fields.get("die"):
        os._exit(3)
    time.sleep(fields.get("sleep", 0))
    answer = urllib.request.Request(f"{base}/{request_id}/{path}", data=json.dumps(body).encode())
    urllib.request.urlopen(answer).close()
"""


def function_command() -> list[str]:
    """Command line of the function above."""
    return [sys.executable, "-c", FUNCTION]
