"""What Terraform has deployed to the local server, at work with stand-ins for the functions: an audit, and deploy events on
their way through rules, inspect and report. tests/infra/run starts it between apply and destroy."""

from __future__ import annotations

import json
import os
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import functions  # noqa: E402
import harness  # noqa: E402
import seed  # noqa: E402
from functions import KINDS, Running, configure, sample  # noqa: E402

ENDPOINT = "SFN_ADVISOR_ENDPOINT"
ACCOUNT, REGION = "123456789012", "eu-west-1"
# Seconds until something that has to happen is given up on.
PATIENCE = 120
IGNORED = "inspect-deploy-failed-call"
DEPLOYED = {"deploy": {"key": "runs/deploy-1/results.json", "machines": 1, "findings": 2, "not_read": 0}}


@unittest.skipUnless(ENDPOINT in os.environ, "nothing was deployed by Terraform")
class Deployed(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Running(os.environ[ENDPOINT])
        self.aws = seed.Clients(self.server.url, region=REGION)
        for kind in KINDS:
            configure(self.server, kind, {})

    def asked(self, kind: str) -> list[Any]:
        return functions.events(self.server, kind)

    def wait_for(self, kind: str, count: int) -> list[Any]:
        harness.wait_for(lambda: len(self.asked(kind)) >= count, PATIENCE)
        return self.asked(kind)

    def send(self, event: dict[str, Any]) -> int:
        """Puts an event on the bus; the number of targets that it went to."""
        return self.server.admin("POST", f"events/{ACCOUNT}/{REGION}", event)["targets"]

    def failed(self) -> list[Any]:
        queue = self.aws.client("sqs")
        url = queue.get_queue_url(QueueName="sfn-advisor-failed")["QueueUrl"]
        messages = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def test_the_schedule_starts_the_audit_that_was_deployed(self) -> None:
        schedule = self.aws.client("scheduler").get_schedule(Name="sfn-advisor-audit")
        report = sample("report-audit")
        configure(self.server, "discover", report["discovered"])
        configure(self.server, "inspect", report["results"][0][0])
        configure(self.server, "report", {"findings": 1})
        target = schedule["Target"]
        (execution,) = seed.execute(self.aws, target["Arn"], [json.loads(target["Input"])])
        ended = self.aws.sfn.describe_execution(executionArn=execution)
        self.assertEqual(("SUCCEEDED", {"findings": 1}), (ended["status"], json.loads(ended.get("output", "null"))))
        self.assertEqual([report], self.asked("report"))

    def test_a_deploy_is_inspected_and_what_inspect_says_is_reported(self) -> None:
        for name in sorted(path.stem for path in (functions.ROOT / "events").glob("inspect-deploy-*.json")):
            with self.subTest(name):
                configure(self.server, "inspect", DEPLOYED)
                configure(self.server, "report", {})
                event = sample(name)
                if name == IGNORED:
                    self.assertEqual(0, self.send(event))
                    continue
                self.assertEqual(1, self.send(event))
                (envelope,) = self.wait_for("report", 1)
                self.assertEqual([event], self.asked("inspect"))
                self.assertEqual(set(sample("report-deploy")), set(envelope))
                self.assertEqual(DEPLOYED, envelope["responsePayload"])
        self.assertEqual([], self.failed())

    def test_what_inspect_or_report_give_up_on_is_kept(self) -> None:
        event = sample("inspect-deploy-update")
        for kind in ("inspect", "report"):
            with self.subTest(kind):
                configure(self.server, "inspect", DEPLOYED)
                configure(self.server, kind, DEPLOYED, FAIL="StoreFailed")
                self.send(event)
                # The first attempt and the two that follow.
                self.assertEqual(3, len(self.wait_for(kind, 3)))
                (kept,) = harness.wait_for(self.failed, PATIENCE)
                self.assertEqual("StoreFailed", kept["responsePayload"]["errorType"])
                asked = kept["requestPayload"]
                self.assertEqual(event, asked if kind == "inspect" else asked["requestPayload"])

    def test_each_function_has_the_environment_that_was_deployed(self) -> None:
        program = (
            "import json, os, urllib.request as u\n"
            "base = f\"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation\"\n"
            "request = u.urlopen(base + '/next').headers['lambda-runtime-aws-request-id']\n"
            "own = {name: value for name, value in os.environ.items() if name.startswith('SFN_ADVISOR_')}\n"
            "u.urlopen(u.Request(f'{base}/{request}/response', data=json.dumps(own).encode()))\n"
        )
        common = {
            "SFN_ADVISOR_API_SHARE": "0.5",
            "SFN_ADVISOR_BUCKET": f"sfn-advisor-{ACCOUNT}-{REGION}",
            "SFN_ADVISOR_REGIONS": "eu-west-1,us-east-1",
            "SFN_ADVISOR_WINDOW_DAYS": "14",
        }
        topic = {"SFN_ADVISOR_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:sfn-advisor-findings"}
        client = self.aws.client("lambda")
        for kind in KINDS:
            with self.subTest(kind):
                self.server.admin("POST", f"lambda/sfn-advisor-{kind}", {"command": [sys.executable, "-c", program]})
                answer = client.invoke(FunctionName=f"sfn-advisor-{kind}", Payload=b"{}")["Payload"].read()
                self.assertEqual(common | (topic if kind == "report" else {}), json.loads(answer))


if __name__ == "__main__":
    unittest.main()
