"""The rules take the events they are for: those under events/, and nothing near them."""

from __future__ import annotations

import copy
import json
import unittest
from typing import Any

from deployment import EVENTS, variants

# Sample events that no rule takes.
IGNORED = {"inspect-deploy-failed-call"}
# Changes to a sample event, after which no rule takes it.
OTHERS: dict[str, list[dict[str, Any]]] = {
    "inspect-deploy-update": [
        {"eventName": "DeleteStateMachine"},
        {"eventName": "StartExecution"},
        {"eventName": "TagResource"},
        {"eventSource": "lambda.amazonaws.com"},
        {"errorCode": "AccessDenied"},
    ],
    "inspect-deploy-cloudformation": [
        {"resource-type": "AWS::StepFunctions::Activity"},
        {"status-details": {"status": "UPDATE_IN_PROGRESS"}},
        {"status-details": {"status": "UPDATE_FAILED"}},
        {"status-details": {"status": "DELETE_COMPLETE"}},
    ],
}


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """EventBridge's matching, as far as these rules use it: values, `exists`, `prefix`, and nesting."""
    return all(field(wanted, event, name) for name, wanted in pattern.items())


def field(wanted: Any, event: dict[str, Any], name: str) -> bool:
    if isinstance(wanted, dict):
        return isinstance(event.get(name), dict) and matches(wanted, event[name])
    return any(one(choice, event, name) for choice in wanted)


def one(choice: Any, event: dict[str, Any], name: str) -> bool:
    if isinstance(choice, dict):
        (operator, argument), = choice.items()
        if operator == "prefix":
            return str(event.get(name, "")).startswith(argument)
        if operator != "exists":
            raise NotImplementedError(operator)
        return (name in event) == argument
    value = event.get(name)
    return choice in value if isinstance(value, list) else choice == value


class DeployRules(unittest.TestCase):
    def setUp(self) -> None:
        self.events = {path.stem: json.loads(path.read_text()) for path in EVENTS.glob("inspect-deploy-*.json")}
        self.assertLessEqual(IGNORED | set(OTHERS), set(self.events))

    def takers(self, event: dict[str, Any]) -> dict[str, list[str]]:
        """By tool, the rules that take an event."""
        return {
            tool: [name for name, rule in model["rules"].items() if matches(rule["pattern"], event)]
            for tool, model in variants().items()
        }

    def test_every_sample_is_taken_by_its_rule_alone(self) -> None:
        for name, event in self.events.items():
            kind = "cloudformation" if event["source"] == "aws.cloudformation" else "cloudtrail"
            expected = [] if name in IGNORED else [f"sfn-advisor-deploy-{kind}"]
            with self.subTest(name):
                self.assertEqual({tool: expected for tool in variants()}, self.takers(event))

    def test_what_is_no_deploy_is_not_taken(self) -> None:
        for name, changes in OTHERS.items():
            for change in changes:
                event = copy.deepcopy(self.events[name])
                event["detail"] |= change
                with self.subTest(name, change=change):
                    self.assertEqual({tool: [] for tool in variants()}, self.takers(event))

    def test_no_other_sample_is_taken(self) -> None:
        for path in EVENTS.glob("*.json"):
            if path.stem not in self.events:
                with self.subTest(path.stem):
                    self.assertEqual({tool: [] for tool in variants()}, self.takers(json.loads(path.read_text())))

    def test_requirements_are_taken_where_they_belong_and_no_design_is(self) -> None:
        sample = json.loads((EVENTS / "design-s3-eventbridge.json").read_text())
        own, key = "sfn-advisor-123456789012-eu-west-1", "requirements/checkout/order.yaml"
        for kind, bucket, name, expected in [
            ("Object Created", own, key, ["sfn-advisor-requirements"]),
            ("Object Deleted", own, key, []),
            ("Object Created", "requirements-inbox", key, []),
            ("Object Created", own, "designs/order/1/decisions.json", []),
            ("Object Created", own, "designs/answers/requirements/checkout/order.yaml.json", []),
            ("Object Created", own, "reports/2026/11/22/morning.json", []),
        ]:
            event = copy.deepcopy(sample)
            event["detail-type"] = kind
            event["detail"] |= {"bucket": {"name": bucket}, "object": sample["detail"]["object"] | {"key": name}}
            with self.subTest(kind, bucket=bucket, key=name):
                self.assertEqual({tool: expected for tool in variants()}, self.takers(event))

    def test_a_rule_may_invoke_its_function_and_only_that(self) -> None:
        for tool, model in variants().items():
            with self.subTest(tool):
                functions = {name: "design" if name == "sfn-advisor-requirements" else "inspect" for name in model["rules"]}
                for name, function in functions.items():
                    arns = [target["arn"] for target in model["rules"][name]["targets"].values()]
                    self.assertEqual([f"arn:aws:lambda:eu-west-1:123456789012:function:sfn-advisor-{function}"], arns)
                allowed = [
                    ["lambda:InvokeFunction", f"sfn-advisor-{function}", "events.amazonaws.com", f"arn:aws:events:eu-west-1:123456789012:rule/{name}"]
                    for name, function in functions.items()
                ]
                self.assertEqual(sorted(allowed), model["permissions"])


if __name__ == "__main__":
    unittest.main()
