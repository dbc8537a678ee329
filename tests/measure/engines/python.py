"""Runs the cases of a file with moto: python.py FILE PASSES. Waits and delays take no time."""

import json
import logging
import os
import sys
import types

for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"):
    os.environ[name] = "none"

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.stepfunctions.parser import models  # noqa: E402
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction  # noqa: E402
from moto.stepfunctions.parser.backend import execution_worker  # noqa: E402
from moto.stepfunctions.parser.mocking.mock_config import (  # noqa: E402
    MockedResponseReturn, MockedResponseThrow, MockTestCase, StateMockedResponses,
)
from moto.stepfunctions.parser.utils import TMP_THREADS  # noqa: E402

# As it is, it runs one execution in a process: the second copy of a machine cannot be made.
models.copy = types.SimpleNamespace(deepcopy=lambda it: it)
retrier_decl.time = types.SimpleNamespace(sleep=lambda _: None)
WaitFunction._wait_interval = lambda *_, **__: None
logging.disable(logging.CRITICAL)
LONG = 1_000_000
ROLE = "arn:aws:iam::123456789012:role/run"


def states(scope):
    for name, state in (scope or {}).get("States", {}).items():
        yield name, state
        for inner in [*state.get("Branches", []), state.get("Iterator"), state.get("ItemProcessor")]:
            yield from states(inner)


def mocked(case):
    """Its mocks are those of Step Functions Local; the function of a Lambda ARN answers in an envelope."""
    resources = {name: state.get("Resource", "") for name, state in states(case["definition"])}
    all_of = []
    for name, answers in (case.get("mocks") or {}).items():
        responses = []
        for at, answer in enumerate(answers):
            end = LONG if at + 1 == len(answers) else at
            if "output" in answer:
                plain = ":lambda:" in resources.get(name, "") and not resources[name].startswith("arn:aws:states")
                output = {"Payload": answer["output"]} if plain else answer["output"]
                responses.append(MockedResponseReturn(at, end, output))
            else:
                responses.append(MockedResponseThrow(at, end, answer.get("error") or "", answer.get("cause") or ""))
        all_of.append(StateMockedResponses(name, name, responses))
    return MockTestCase("machine", "case", all_of)


current = None
start = execution_worker.ExecutionWorker.__init__


def started(self, *arguments, **named):
    start(self, *arguments, **(named | {"mock_test_case": current}))


execution_worker.ExecutionWorker.__init__ = started


def run(client, number, case):
    global current
    try:
        current = mocked(case)
        kind = case.get("type") or "STANDARD"
        arn = client.create_state_machine(name=f"m{number}", definition=json.dumps(case["definition"]), roleArn=ROLE)["stateMachineArn"]
        run = client.start_execution(stateMachineArn=arn, name=f"r{number}", input=json.dumps(case["input"]))["executionArn"]
        for thread in TMP_THREADS:
            thread.join(20)
        TMP_THREADS.clear()
        told = client.describe_execution(executionArn=run)
        client.delete_state_machine(stateMachineArn=arn)
        output = json.loads(told["output"]) if told.get("output") else None
        return {"id": case["id"], "status": told["status"], "output": output, "error": told.get("error"), "type": kind}
    except Exception as error:
        return {"id": case["id"], "status": "FAILS", "error": f"{type(error).__name__}: {error}"[:200]}


def main():
    cases = json.loads(open(sys.argv[1]).read())
    told, number = [], 0
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", region_name="us-east-1")
        for _ in range(int(sys.argv[2])):
            told = []
            for case in cases:
                number += 1
                told.append(run(client, number, case))
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)


main()
