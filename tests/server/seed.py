"""Fills the local AWS server (or any endpoint) with state machines, alarms, metrics and executions.

As a program: `python tests/server/seed.py --endpoint URL --definitions DIR --count 300`. As a library: the functions
below, all of which take boto3 clients from `Clients`. Everything is deterministic for one seed and one `now`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from traffic import Traffic, by_machine, datum, traffic_data  # noqa: F401 - part of this library

NAMESPACE = "AWS/States"
DATA_PER_CALL = 250
ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class Clients:
    """boto3 clients for one endpoint, Region and account."""

    def __init__(self, endpoint: str, region: str = "us-east-1", access_key: str = "AKIAIOSFODNN7EXAMPLE") -> None:
        self.endpoint, self.region, self.access_key = endpoint, region, access_key
        self.session = boto3.session.Session()

    def client(self, service: str) -> Any:
        return self.session.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 2}, max_pool_connections=32, inject_host_prefix=False),
        )

    @cached_property
    def sfn(self) -> Any:
        return self.client("stepfunctions")

    @cached_property
    def cloudwatch(self) -> Any:
        return self.client("cloudwatch")

    @cached_property
    def iam(self) -> Any:
        return self.client("iam")


def role(clients: Clients, name: str = "local-machine") -> str:
    """ARN of a role that Step Functions may assume; made when missing."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    try:
        return clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
        return clients.iam.get_role(RoleName=name)["Role"]["Arn"]


def machine(
    clients: Clients,
    name: str,
    definition: str | dict[str, Any],
    kind: str = "STANDARD",
    tags: dict[str, str] | None = None,
    **more: Any,
) -> str:
    """Creates a machine and returns its ARN."""
    text = definition if isinstance(definition, str) else json.dumps(definition, indent=2)
    created = clients.sfn.create_state_machine(
        name=name,
        definition=text,
        roleArn=more.pop("roleArn", None) or "arn:aws:iam::123456789012:role/local-machine",
        type=kind,
        tags=[{"key": key, "value": value} for key, value in (tags or {}).items()],
        **more,
    )
    return created["stateMachineArn"]


def definition_files(folder: Path, limit: int | None = None) -> Iterator[tuple[str, str]]:
    """(name, text) of each definition in a folder, in the order of the names."""
    files = sorted(path for path in folder.rglob("*") if path.name.endswith((".json", ".asl")))
    for path in files[:limit]:
        yield safe_name(path.stem), path.read_text(encoding="utf-8", errors="replace")


def safe_name(text: str) -> str:
    """A state machine name from a file name: at most 80 characters, none of them special."""
    kept = "".join(char if char.isalnum() or char in "-_" else "-" for char in text)
    return kept[-80:].strip("-") or "machine"


def machines_from(
    clients: Clients, folder: Path, limit: int | None = None, express_every: int = 7, tag_every: int = 2
) -> list[str]:
    """One machine per definition. Every n-th is EXPRESS where that is possible, every m-th is tagged."""
    arns, names = [], set()
    for position, (name, text) in enumerate(definition_files(folder, limit)):
        unique = name if name not in names else safe_name(f"{name[-70:]}-{position}")
        names.add(unique)
        kind = "EXPRESS" if express_every and position % express_every == express_every - 1 else "STANDARD"
        tags = (
            {"team": f"team-{position % 5}", "env": "prod" if position % 3 else "dev"}
            if position % tag_every == 0
            else {}
        )
        try:
            arns.append(machine(clients, unique, text, kind, tags))
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidDefinition" or kind == "STANDARD":
                raise
            arns.append(machine(clients, unique, text, "STANDARD", tags))
    return arns


def traffic(clients: Clients, arn: str, load: Traffic, now: datetime | None = None, seed: int = 1) -> dict[str, float]:
    """Publishes the metrics of a load and returns their exact totals."""
    end = now or datetime.now(UTC)
    data = list(traffic_data(arn, load, end, random.Random(f"{arn}:{seed}")))
    # Transitions are of Standard workflows.
    counted = (one for one in data if not load.express or one["MetricName"] != "ConsumedCapacity")
    put(clients, data + [of_the_account(one) for one in counted])
    totals: dict[str, float] = {}
    for one in data:
        pairs = zip(one["Values"], one["Counts"], strict=True)
        totals[one["MetricName"]] = totals.get(one["MetricName"], 0.0) + sum(value * times for value, times in pairs)
    return totals


def of_the_account(one: dict[str, Any]) -> dict[str, Any]:
    """The same datum as AWS publishes it once more for all machines together."""
    return one | {"Dimensions": [pair for pair in one["Dimensions"] if pair["Name"] != "StateMachineArn"]}


def put(clients: Clients, data: list[dict[str, Any]], namespace: str = NAMESPACE) -> None:
    """PutMetricData in calls of a size that the service takes."""
    for start in range(0, len(data), DATA_PER_CALL):
        clients.cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start : start + DATA_PER_CALL])


def alarm(clients: Clients, name: str, arn: str | None, metric: str = "ExecutionsFailed", **more: Any) -> None:
    """A metric alarm on one machine, or on the whole account when there is no ARN."""
    clients.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=NAMESPACE,
        MetricName=metric,
        Dimensions=by_machine(arn) if arn else [],
        Statistic=more.pop("Statistic", "Sum"),
        Period=more.pop("Period", 300),
        EvaluationPeriods=more.pop("EvaluationPeriods", 1),
        Threshold=more.pop("Threshold", 0.0),
        ComparisonOperator=more.pop("ComparisonOperator", "GreaterThanThreshold"),
        TreatMissingData=more.pop("TreatMissingData", "notBreaching"),
        AlarmActions=more.pop("AlarmActions", ["arn:aws:sns:us-east-1:123456789012:alarms"]),
        **more,
    )


def math_alarm(
    clients: Clients,
    name: str,
    arn: str,
    metrics: Iterable[str] = ("ExecutionsFailed", "ExecutionsTimedOut"),
    **more: Any,
) -> None:
    """An alarm on the sum of several metrics of one machine."""
    queries = [
        {
            "Id": f"m{position}",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": by_machine(arn)},
                "Period": 300,
                "Stat": "Sum",
            },
        }
        for position, metric in enumerate(metrics)
    ]
    total = " + ".join(f"FILL({query['Id']}, 0)" for query in queries)
    clients.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Metrics=[*queries, {"Id": "total", "Expression": total, "Label": "failures", "ReturnData": True}],
        EvaluationPeriods=1,
        Threshold=0.0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=more.pop("AlarmActions", ["arn:aws:sns:us-east-1:123456789012:alarms"]),
        **more,
    )


def composite_alarm(clients: Clients, name: str, children: Iterable[str], **more: Any) -> None:
    """A composite alarm that rings when any of its children does."""
    clients.cloudwatch.put_composite_alarm(
        AlarmName=name,
        AlarmRule=" OR ".join(f'ALARM("{child}")' for child in children),
        AlarmActions=more.pop("AlarmActions", ["arn:aws:sns:us-east-1:123456789012:alarms"]),
        **more,
    )


def execute(clients: Clients, arn: str, inputs: Iterable[Any], wait_seconds: float = 60.0) -> dict[str, str]:
    """Starts one execution per input and waits for all; returns status by execution ARN."""
    started = [
        clients.sfn.start_execution(stateMachineArn=arn, input=json.dumps(value))["executionArn"] for value in inputs
    ]
    deadline = time.monotonic() + wait_seconds
    statuses: dict[str, str] = {}
    while len(statuses) < len(started):
        for execution in started:
            if execution not in statuses:
                status = clients.sfn.describe_execution(executionArn=execution)["status"]
                if status in ENDED:
                    statuses[execution] = status
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(started) - len(statuses)} of {len(started)} executions of {arn} did not end")
        time.sleep(0.02)
    return statuses


def profile(position: int, count: int) -> Traffic | None:
    """A mix of loads: a fifth idle, a few busy, some failing."""
    chance = random.Random(position)
    if position % 5 == 4:
        return None
    busy = position % 11 == 0
    failing = position % 6 == 1
    return Traffic(
        started_per_day=chance.choice([50_000.0, 200_000.0]) if busy else chance.choice([2.0, 20.0, 150.0, 1_200.0]),
        failed_share=chance.choice([0.001, 0.02, 0.2]) if failing else 0.0,
        timed_out_share=0.005 if position % 17 == 3 else 0.0,
        throttled_per_day=3.0 if position % 29 == 5 else 0.0,
        median_ms=chance.choice([80.0, 900.0, 4_000.0, 60_000.0]),
        p99_ms=chance.choice([4_000.0, 90_000.0, 400_000.0]),
        transitions=float(chance.randint(2, 20)),
        points_per_day=2 if count > 100 else 24,
    )


def fill(clients: Clients, folder: Path, count: int) -> dict[str, int]:
    """What a developer wants to look at: machines, their metrics, and alarms of every kind on some of them."""
    role(clients)
    arns = machines_from(clients, folder, count)
    now = datetime.now(UTC)
    alarms = 0
    for position, arn in enumerate(arns):
        load = profile(position, len(arns))
        if load:
            traffic(clients, arn, load, now)
        name = arn.rpartition(":")[2]
        if position % 3 == 0:
            alarm(clients, f"{name}-failed", arn)
            alarms += 1
        if position % 9 == 0:
            math_alarm(clients, f"{name}-any-failure", arn)
            composite_alarm(clients, f"{name}-page", [f"{name}-failed", f"{name}-any-failure"])
            alarms += 2
        if position % 10 == 5:
            alarm(clients, f"{name}-silent", arn, AlarmActions=[])
            alarms += 1
    return {"machines": len(arns), "alarms": alarms}


def main() -> None:
    parser = argparse.ArgumentParser(description="Fills an AWS endpoint with state machines, metrics and alarms.")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--definitions", required=True, type=Path, help="folder of .json and .asl files")
    parser.add_argument("--count", "--limit", type=int, default=300)
    parser.add_argument("--region", default="us-east-1")
    options = parser.parse_args()
    allow_any_definition(options.endpoint)
    print(json.dumps(fill(Clients(options.endpoint, options.region), options.definitions, options.count)))


def allow_any_definition(endpoint: str) -> None:
    """Tells the local server not to parse definitions; other servers do not know the switch, and need none."""
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    body = json.dumps({"accept_any_definition": True}).encode()
    try:
        urlopen(Request(f"{endpoint}/_local/config", data=body, method="POST"), timeout=5).close()
    except URLError:
        pass


if __name__ == "__main__":
    main()
