"""What is deployed, in one form for Terraform and for SAM, so that both are compared and judged by the same tests.

A model is a dictionary of plain values, by what it is: functions, asynchronous, log_groups, rules, permissions, machine,
schedule, roles, policies, keys, topic, bucket, queues, alarms, parameters, outputs.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
AUDIT = ROOT / "infra" / "audit.asl.json"
TEMPLATE = ROOT / "infra" / "sam" / "template.yaml"
EVENTS = ROOT / "events"
SUBSTITUTION = re.compile(r"\$\{(\w+)\}")

# What is deployed here: tests/infra/run gives Terraform the same.
OPTIONS = {
    "Email": "audit@example.com",
    "Regions": "eu-west-1,us-east-1",
    "DefinitionKeyArns": "arn:aws:kms:eu-west-1:123456789012:key/definitions",
}

Model = dict[str, Any]


@cache
def variants() -> dict[str, Model]:
    """The models that can be made here, by tool."""
    import from_sam
    import from_terraform

    made = {"SAM": from_sam.model(), "Terraform": from_terraform.model()}
    return {name: one for name, one in made.items() if one is not None}


def definition() -> dict[str, Any]:
    """The audit as it is in the repository, substitutions unfilled."""
    return json.loads(AUDIT.read_text())


def sorted_list(value: Any) -> list[Any]:
    return sorted(value) if isinstance(value, list) else [value]


def statements(policy: str | dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy document in one order, with lists where IAM allows a single value."""
    document = json.loads(policy) if isinstance(policy, str) else policy
    return sorted((statement(one) for one in document["Statement"]), key=lambda one: one["sid"])


def statement(one: dict[str, Any]) -> dict[str, Any]:
    principal, conditions = one.get("Principal"), one.get("Condition", {})
    if isinstance(principal, dict):
        principal = {kind: sorted_list(names) for kind, names in principal.items()}
    return {
        "sid": one.get("Sid", ""),
        "effect": one["Effect"],
        "principal": principal,
        "actions": sorted_list(one["Action"]),
        "resources": sorted_list(one.get("Resource", [])),
        "conditions": {test: {key: sorted_list(item) for key, item in keys.items()} for test, keys in conditions.items()},
    }


def delivery(age: Any, attempts: Any, queue: str) -> Model:
    """How an event is retried, and where it ends when that fails."""
    return {"age": int(age), "attempts": int(attempts), "dead_letters": queue}
