"""Stand-ins for the functions of the audit: they answer with the shapes of events/ and fail where a test wants it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "server"))

from harness import Server  # noqa: E402

KINDS = ("discover", "inspect", "report")


def sample(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


# One program for all of them. What it is asked goes to its log; ANSWER is what it answers, FAIL names an error to fail with,
# FAIL_REGION keeps that to pages of one Region, FAIL_TIMES to the first invocations.
PROGRAM = r"""
import json, os, urllib.request
base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
count = 0
while True:
    with urllib.request.urlopen(f"{base}/next") as reply:
        request, event = reply.headers["lambda-runtime-aws-request-id"], json.loads(reply.read())
    print("EVENT " + json.dumps(event), flush=True)
    path, answer = "response", json.loads(os.environ["ANSWER"])
    if isinstance(answer, dict) and answer.get("run") == "":
        answer["run"] = event["run"]
    error, region = os.environ.get("FAIL"), os.environ.get("FAIL_REGION")
    if error and region in (None, event.get("region")) and count < int(os.environ.get("FAIL_TIMES", "1000")):
        count += 1
        if error == "exit":
            os._exit(3)
        path, answer = "error", {"errorType": error, "errorMessage": "as the test wants it"}
    urllib.request.urlopen(urllib.request.Request(f"{base}/{request}/{path}", data=json.dumps(answer).encode())).close()
"""


def configure(server: Server, kind: str, answer: Any, **environment: str) -> None:
    """Makes a stand-in answer for a function of the product, one process at a time."""
    server.admin(
        "POST",
        f"lambda/sfn-advisor-{kind}",
        {
            "command": [sys.executable, "-c", PROGRAM],
            "env": {"ANSWER": json.dumps(answer), **environment},
            "concurrency": 1,
            "retries": 0,
        },
    )


def events(server: Server, kind: str) -> list[Any]:
    """What a function was invoked with, in order."""
    log = server.admin("GET", f"lambda/sfn-advisor-{kind}/log")
    return [json.loads(line.removeprefix("EVENT ")) for line in log.splitlines() if line.startswith("EVENT ")]


class Running(Server):
    """A server that somebody else has started."""

    def __init__(self, url: str) -> None:
        self.url = url
