"""Records the demo's account file: fills a local AWS server with the machines of `tests/fixtures/machines`, runs
executions on it, publishes a fortnight of metrics and alarms, and lets `sfn-advisor collect` read it.

    $(tests/server/venv) tests/demo/record.py target/debug/sfn-advisor functions/cli/demo/account.json
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "server"))

import seed  # noqa: E402
from harness import Server  # noqa: E402

ACCOUNT = "111122223333"
MACHINES = HERE.parent / "fixtures" / "machines"
STARTED_EARLIER = 14


def arn(name: str) -> str:
    return f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{name}"


def fill(server: Server, account: dict[str, Any]) -> None:
    """Machines, what they call, executions, metrics, alarms, rules."""
    aws = seed.Clients(server.url)
    surroundings(aws, account)
    functions(server, account)
    for name, about in account["machines"].items():
        make(aws, name, about)
    for name, about in account["machines"].items():
        transitions = run(aws, name, about)
        publish(aws, name, about, transitions)
    for about in account["alarms"]:
        alarm(aws, about)
    for about in account["event_rules"]:
        pattern = {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"stateMachineArn": [arn(about["machine"])], "status": about["status"]},
        }
        aws.client("events").put_rule(Name=about["name"], EventPattern=json.dumps(pattern), State="ENABLED")
    for name in account["denied"]:
        server.admin("POST", "faults", {"op": "states:DescribeStateMachine", "kind": "deny", "resource": arn(name)})


def surroundings(aws: seed.Clients, account: dict[str, Any]) -> None:
    """Tables, queues and topics that the machines use."""
    tables = aws.client("dynamodb")
    for table, ids in account["tables"].items():
        tables.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for key in ids:
            tables.put_item(TableName=table, Item={"id": {"S": key}})
    for queue in account["queues"]:
        aws.client("sqs").create_queue(QueueName=queue)
    for topic in account["topics"]:
        aws.client("sns").create_topic(Name=topic)


def functions(server: Server, account: dict[str, Any]) -> None:
    """A process for every function that a machine names."""
    named = {part.split(":")[0] for path in MACHINES.glob("*.json") for part in path.read_text().split(":function:")[1:]}
    for name in sorted(named):
        about = account["functions"].get(name, {})
        env = {"DEMO_ANSWER": json.dumps(about.get("answer", {})), "DEMO_FAIL_EVERY": str(about.get("fail_every", 0))}
        if "error" in about:
            env["DEMO_ERROR"] = about["error"]
        server.admin("POST", f"lambda/{name}", {"command": [sys.executable, str(HERE / "function.py")], "env": env})


def make(aws: seed.Clients, name: str, about: dict[str, Any]) -> None:
    definition = (MACHINES / f"{name}.asl.json").read_text()
    level = about.get("log_level", "OFF")
    logging: dict[str, Any] = {"level": level, "includeExecutionData": False}
    if level != "OFF":
        group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/vendedlogs/states/{name}:*"
        logging["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    seed.machine(aws, name, definition, about.get("type", "STANDARD"), about.get("tags"), roleArn=role, loggingConfiguration=logging)


def run(aws: seed.Clients, name: str, about: dict[str, Any]) -> float | None:
    """Runs the executions of a machine; returns the mean of their billed transitions."""
    inputs = [run["input"] for run in about.get("runs", []) for _ in range(run["times"])]
    if not inputs:
        return None
    ended = threading.Event()
    if queue := about.get("answer_callbacks"):
        threading.Thread(target=answer_callbacks, args=(aws, queue, ended), daemon=True).start()
    try:
        statuses = seed.execute(aws, arn(name), inputs, wait_seconds=120)
    finally:
        ended.set()
    counts = [transitions(aws, execution) for execution in statuses]
    print(f"{name}: {len(counts)} executions, {sorted(set(statuses.values()))}, {sum(counts) / len(counts):.2f} transitions")
    return sum(counts) / len(counts)


def transitions(aws: seed.Clients, execution: str) -> int:
    pages = aws.sfn.get_paginator("get_execution_history").paginate(executionArn=execution)
    return sum(event["type"].endswith("StateEntered") for page in pages for event in page["events"])


def answer_callbacks(aws: seed.Clients, queue: str, ended: threading.Event) -> None:
    """Returns every task token that arrives in a queue."""
    sqs, sfn = aws.client("sqs"), aws.client("stepfunctions")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    while not ended.wait(0.1):
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            sfn.send_task_success(taskToken=json.loads(message["Body"])["token"], output="{}")
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def publish(aws: seed.Clients, name: str, about: dict[str, Any], transitions: float | None) -> None:
    """A fortnight of metrics."""
    load = dict(about.get("load") or {})
    if not load:
        return
    runs = load["started_per_day"] * STARTED_EARLIER
    for word in ("failed", "timed_out"):
        if word in load:
            load[f"{word}_share"] = load.pop(word) / runs
    if transitions is not None:
        load["transitions"] = transitions
    seed.traffic(aws, arn(name), seed.Traffic(**load))


def alarm(aws: seed.Clients, about: dict[str, Any]) -> None:
    more: dict[str, Any] = {"AlarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:oncall"] if about.get("actions", True) else []}
    if not about.get("enabled", True):
        more["ActionsEnabled"] = False
    if "any_of" in about:
        seed.composite_alarm(aws, about["name"], about["any_of"], **more)
    elif "math" in about:
        seed.math_alarm(aws, about["name"], arn(about["machine"]), about["math"], **more)
    else:
        seed.alarm(aws, about["name"], arn(about["machine"]), about.get("metric", "ExecutionsFailed"), **more)


def main() -> None:
    advisor, out = sys.argv[1], sys.argv[2]
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    server = Server()
    try:
        fill(server, json.loads((HERE / "account.json").read_text()))
        environment = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "PATH": os.environ["PATH"]}
        command = [advisor, "collect", "--out", out, "--region", "us-east-1", "--endpoint-url", server.url, "--no-pacing"]
        subprocess.run(command, env=environment, check=True)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
