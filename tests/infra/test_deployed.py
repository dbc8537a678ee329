"""What Terraform has deployed to the local server, at work: with stand-ins for its functions an audit, and deploy events on
their way through rules, inspect and report; with the function itself designs, by a call and by an object. tests/infra/run
starts it between apply and destroy."""

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
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", functions.ROOT / "target"))
DESIGN = TARGET / os.environ.get("SFN_ADVISOR_PROFILE", "debug") / "design"
ACCOUNT, REGION = "123456789012", "eu-west-1"
BUCKET = f"sfn-advisor-{ACCOUNT}-{REGION}"
# Seconds until something that has to happen is given up on.
PATIENCE = 120
IGNORED = "inspect-deploy-failed-call"
DEPLOYED = {"deploy": {"key": "runs/deploy-1/results.json", "machines": 1, "findings": 2, "not_read": 0}}


@unittest.skipUnless(ENDPOINT in os.environ, "nothing was deployed by Terraform")
class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Running(os.environ[ENDPOINT])
        self.aws = seed.Clients(self.server.url, region=REGION)

    def failed(self) -> list[Any]:
        queue = self.aws.client("sqs")
        url = queue.get_queue_url(QueueName="sfn-advisor-failed")["QueueUrl"]
        messages = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


class Deployed(Case):
    def setUp(self) -> None:
        super().setUp()
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
        values = {
            "SFN_ADVISOR_API_SHARE": "0.5",
            "SFN_ADVISOR_DESIGN_PREFIX": "designs",
            "SFN_ADVISOR_REGIONS": "eu-west-1,us-east-1",
            "SFN_ADVISOR_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:sfn-advisor-findings",
            "SFN_ADVISOR_WINDOW_DAYS": "14",
        }
        given = {
            "discover": ("API_SHARE", "REGIONS", "WINDOW_DAYS"),
            "inspect": ("API_SHARE", "WINDOW_DAYS"),
            "report": ("TOPIC_ARN", "WINDOW_DAYS"),
            "design": ("DESIGN_PREFIX",),
        }
        client = self.aws.client("lambda")
        for kind, names in given.items():
            with self.subTest(kind):
                self.server.admin("POST", f"lambda/sfn-advisor-{kind}", {"command": [sys.executable, "-c", program]})
                answer = client.invoke(FunctionName=f"sfn-advisor-{kind}", Payload=b"{}")["Payload"].read()
                expected = {f"SFN_ADVISOR_{name}": values[f"SFN_ADVISOR_{name}"] for name in names}
                self.assertEqual(expected | {"SFN_ADVISOR_BUCKET": BUCKET}, json.loads(answer))


class Designs(Case):
    """The function itself, with the environment that was deployed."""

    def setUp(self) -> None:
        super().setUp()
        self.s3 = self.aws.client("s3")
        about = {"command": [str(DESIGN)], "env": {"AWS_LAMBDA_LOG_FORMAT": "JSON"}, "memory": 128, "timeout": 60}
        self.server.admin("POST", "lambda/sfn-advisor-design", about)
        self.addCleanup(self.empty)

    def empty(self) -> None:
        """Terraform destroys only an empty bucket."""
        for key in self.keys():
            self.s3.delete_object(Bucket=BUCKET, Key=key)

    def keys(self, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [one["Key"] for page in pages for one in page.get("Contents", [])]

    def read(self, key: str) -> Any:
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def invoke(self, event: Any) -> tuple[Any, bool]:
        answer = self.aws.client("lambda").invoke(FunctionName="sfn-advisor-design", Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read()), "FunctionError" in answer

    def put(self, key: str, body: str | bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def answer(self, key: str) -> Any:
        """What is answered to an object, once it is."""
        self.assertTrue(harness.wait_for(lambda: key in self.keys("designs/answers/"), PATIENCE), f"no {key}")
        return self.read(key)

    def started(self) -> int:
        return self.server.admin("GET", "lambda/sfn-advisor-design/log").count('"started"')

    def holds(self, answer: Any) -> None:
        """All files of a design are where the answer says, and the answer beside them."""
        place = answer["place"].removeprefix(f"s3://{BUCKET}/")
        self.assertTrue(place.startswith("designs/"), place)
        self.assertEqual(sorted([*answer["files"], "design.json"]), sorted(key.removeprefix(place) for key in self.keys(place)))
        self.assertEqual(answer, self.read(f"{place}design.json"))

    def test_a_design_is_made_by_a_call(self) -> None:
        answer, failed = self.invoke(sample("design-requirements"))
        self.assertEqual((False, "designed", "order-saga"), (failed, answer.get("outcome"), answer.get("name")), answer)
        self.holds(answer)
        definition = self.read(f"{answer['place'].removeprefix(f's3://{BUCKET}/')}workflow.asl.json")
        self.assertIn("ReserveStock", definition["States"])
        self.assertEqual([], self.keys("designs/answers/"))

    def test_a_design_is_made_of_an_object_and_starts_no_other(self) -> None:
        self.put("requirements/checkout/order saga.yaml", sample("design-requirements")["requirements"])
        answer = self.answer("designs/answers/requirements/checkout/order=20saga.yaml.json")
        self.assertEqual("designed", answer["outcome"], answer)
        self.holds(answer)
        # The last object that it wrote has been announced by now, had it been announced to it.
        self.put("requirements/checkout/again.yaml", "version: 1\n")
        self.answer("designs/answers/requirements/checkout/again.yaml.json")
        self.assertEqual(2, self.started())

    def test_a_refusal_is_answered_to_a_call_and_to_an_object(self) -> None:
        event = sample("design-object")
        called, failed = self.invoke(event)
        self.put("requirements/thumbnail.json", json.dumps(event["requirements"]))
        told = self.answer("designs/answers/requirements/thumbnail.json.json")
        self.assertFalse(failed)
        for answer in (called, told):
            self.assertEqual(("refused", ["REFUSAL.md"]), (answer["outcome"], answer["files"]))
            self.holds(answer)
        self.assertEqual(called | {"place": ""}, told | {"place": ""})

    def test_what_is_wrong_is_answered_with_its_line_and_gets_no_design(self) -> None:
        wrong = "version: 1\nnaem: order\n"
        called, failed = self.invoke({"requirements": wrong})
        self.assertFalse(failed)
        self.assertEqual([], self.keys())
        self.put("requirements/wrong.yaml", wrong)
        told = self.answer("designs/answers/requirements/wrong.yaml.json")
        self.assertEqual(called, told)
        self.assertEqual(("invalid", None, []), (told["outcome"], told["place"], told["files"]))
        self.assertIn(2, [problem["line"] for problem in told["problems"]])
        self.assertEqual(["designs/answers/requirements/wrong.yaml.json"], self.keys("designs/"))

    def test_what_cannot_be_read_is_an_error_and_kept(self) -> None:
        answer, failed = self.invoke({"hello": 1})
        self.assertEqual((True, "BadEvent"), (failed, answer["errorType"]))
        for key, body in (("binary.yaml", b"\xff\xfe\x00"), ("large.yaml", b"#" * ((1 << 20) + 1))):
            with self.subTest(key):
                before = self.started()
                self.put(f"requirements/{key}", body)
                (kept,) = harness.wait_for(self.failed, PATIENCE)
                self.assertEqual("BadEvent", kept["responsePayload"]["errorType"])
                self.assertIn(f"requirements/{key}", kept["responsePayload"]["errorMessage"])
                self.assertEqual(f"requirements/{key}", kept["requestPayload"]["detail"]["object"]["key"])
                # The first attempt and the two that follow.
                self.assertEqual(before + 3, self.started())
        self.assertEqual([], self.keys("designs/"))

    def test_other_objects_start_nothing(self) -> None:
        for key in ("reports/order.yaml", "requirements.yaml", "designs/order.yaml", "requirements/notes.txt"):
            self.put(key, "version: 1\n")
        self.put("requirements/last.yaml", "version: 1\n")
        self.answer("designs/answers/requirements/last.yaml.json")
        # The notes are announced, and left alone.
        harness.wait_for(lambda: self.started() == 2, PATIENCE)
        self.assertEqual(2, self.started())
        self.assertEqual(["designs/answers/requirements/last.yaml.json", "designs/order.yaml"], self.keys("designs/"))


if __name__ == "__main__":
    unittest.main()
