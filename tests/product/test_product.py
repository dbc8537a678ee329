"""The whole product against the local AWS server: the command, the Lambda binaries, and what subscribers receive.

State machines come from the corpus beside the repository where it is there, else from `tests/fixtures/machines`.

    $(tests/server/venv) -m unittest discover --start-directory tests/product
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "server"), str(ROOT / "tests" / "demo")]
os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT = "111122223333"

import record  # noqa: E402
import seed  # noqa: E402
from harness import Server  # noqa: E402

BINARIES = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / os.environ.get("SFN_ADVISOR_PROFILE", "debug")
CORPUS = ROOT.parent / "shared" / "corpus"
REGION = "us-east-1"
BUCKET, RUN = "advisor-reports", "audit-1"


def advisor(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "HOME": "/nonexistent"}
    command = [str(BINARIES / "sfn-advisor"), *arguments, "--endpoint-url", server.url, "--region", REGION, "--no-pacing"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def audit(server: Server, *arguments: str) -> dict[str, Any]:
    ran = advisor(server, "audit", "--format", "json", *arguments)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def of(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(machine for machine in report["machines"] if machine["name"] == name)


def rules_of(machine: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in machine["findings"]]


class Audit(unittest.TestCase):
    """`sfn-advisor audit` over the demo's account, filled anew: machines, real executions, metrics, alarms."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        account = json.loads((ROOT / "tests" / "demo" / "account.json").read_text())
        record.fill(cls.server, account)
        cls.server.admin("POST", "calls/reset")
        cls.report = audit(cls.server)
        cls.calls = cls.server.admin("GET", "calls")

    def test_every_machine_is_read_or_named(self) -> None:
        self.assertEqual(len(self.report["machines"]), 20)
        (missing,) = self.report["not_read"]
        self.assertTrue(missing["arn"].endswith(":payroll"))
        self.assertEqual(missing["why"], "AccessDenied on states:DescribeStateMachine")

    def test_a_busy_short_standard_machine_is_cheaper_as_express(self) -> None:
        machine = of(self.report, "order-enrichment")
        finding = next(one for one in machine["findings"] if one["rule"] == "standard-suits-express")
        saving = finding["saving"]
        started = 214_000 * 14
        standard = started * 730 / 336 * 7.25 * 25 / 1e6
        self.assertLess(saving["low"], saving["usd_per_month"] + 1e-9)
        self.assertAlmostEqual(saving["usd_per_month"], standard, delta=0.03 * standard)
        text = json.dumps(finding)
        for word in ("Notify", "checkout", "order-enrichment-failed", "ConsumedCapacity"):
            self.assertIn(word, text)

    def test_machines_that_cannot_be_express_are_not_told_to(self) -> None:
        for name in ("video-import", "checkout", "user-onboarding", "legacy-batch", "nightly-reconciliation", "search-index"):
            self.assertNotIn("standard-suits-express", rules_of(of(self.report, name)), name)

    def test_states_that_do_nothing_are_found_where_they_are(self) -> None:
        removable = {
            finding["location"]["state"]
            for machine in self.report["machines"]
            for finding in machine["findings"]
            if finding["rule"] == "removable-transition"
        }
        self.assertEqual(
            removable,
            {"Prepare", "Checked", "Joined", "Welcome", "Done", "Language", "Finish", "Format", "AllQueued", "Asked"},
        )

    def test_failures_that_nobody_was_told_of(self) -> None:
        invoice = next(one for one in of(self.report, "invoice-run")["findings"] if one["rule"] == "failures-unwatched")
        self.assertIn("42 failed executions", invoice["message"])
        self.assertEqual(invoice["severity"], "high")
        names = {file["name"] for file in invoice["fix"]["files"]}
        self.assertEqual(names, {"alarms.cfn.yaml", "alarms.tf"})
        fraud = next(one for one in of(self.report, "fraud-check")["findings"] if one["rule"] == "failures-unwatched")
        self.assertIn("ExecutionsFailedCount", fraud["message"])
        self.assertNotIn("failures-unwatched", rules_of(of(self.report, "payment-saga")))
        self.assertNotIn("failures-unwatched", rules_of(of(self.report, "iot-ingest")))

    def test_what_is_true_of_many_machines_is_told_once(self) -> None:
        self.assertTrue(self.report["account_findings"])
        for finding in self.report["account_findings"]:
            self.assertGreater(len(finding["machines"]), 1)

    def test_an_idle_machine_is_not_assessed_and_says_why(self) -> None:
        reasons = {one["rule"]: one["why"] for one in of(self.report, "support-ticket")["not_assessed"]}
        self.assertEqual(reasons["standard-suits-express"], "no executions in the window of 14 days")

    def test_no_payload_is_asked_for_and_nothing_is_asked_machine_by_machine(self) -> None:
        counts = self.calls["counts"]
        self.assertEqual(counts["states:DescribeStateMachine"], 21)
        for operation in ("states:ListTagsForResource", "states:DescribeExecution", "cloudwatch:DescribeAlarmsForMetric"):
            self.assertNotIn(operation, counts)
        for operation in ("states:ListStateMachines", "cloudwatch:DescribeAlarms", "tag:GetResources", "events:ListRules"):
            self.assertEqual(counts[operation], 1, operation)
        # Who did anything, and then the rest of these.
        self.assertEqual(counts["cloudwatch:GetMetricData"], 2)

    def test_the_recorded_account_judges_as_the_live_one(self) -> None:
        file = Path(self.enterContext(__import__("tempfile").TemporaryDirectory())) / "account.json"
        self.assertEqual(advisor(self.server, "collect", "--out", str(file)).returncode, 0)
        command = [str(BINARIES / "sfn-advisor"), "audit", "--format", "json", "--facts", str(file)]
        recorded = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        fingerprints = lambda report: {f["fingerprint"] for m in report["machines"] for f in m["findings"]}  # noqa: E731
        self.assertEqual(fingerprints(recorded), fingerprints(self.report))


class Many(unittest.TestCase):
    """Three hundred machines that somebody else deployed, with one that is gone, one encrypted and one malformed."""

    def test_three_hundred_machines(self) -> None:
        server = Server()
        self.addCleanup(server.stop)
        aws = seed.Clients(server.url)
        seed.allow_any_definition(server.url)
        definitions = list(seed.definition_files(CORPUS / "definitions" if CORPUS.is_dir() else record.MACHINES))
        print(f"\n{len(definitions)} definitions from {'the corpus' if CORPUS.is_dir() else 'the fixtures'}")
        for number in range(300):
            _, text = definitions[number % len(definitions)]
            seed.machine(aws, f"machine-{number:03}", "{\"StartAt\": \"A\", " if number == 7 else text)
        arn = lambda number: f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:machine-{number:03}"  # noqa: E731
        server.admin("POST", "faults", {"op": "states:DescribeStateMachine", "kind": "gone", "resource": arn(8)})
        server.admin("POST", "faults", {"op": "states:DescribeStateMachine", "kind": "kms", "resource": arn(9)})
        report = audit(server)
        self.assertEqual(len(report["machines"]), 299)
        self.assertEqual([one["arn"] for one in report["not_read"]], [arn(8)])
        self.assertIn("invalid-json", rules_of(of(report, "machine-007")))
        self.assertTrue(of(report, "machine-009")["not_assessed"])


class Post(BaseHTTPRequestHandler):
    """An HTTP subscriber: confirms its subscription and keeps what it is sent."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["Type"] == "SubscriptionConfirmation":
            self.server.tokens.append((body["TopicArn"], body["Token"]))
        else:
            self.server.received.append(body["Message"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class Functions(unittest.TestCase):
    """The three Lambda binaries behind a Runtime API: a scheduled audit by the product's own state machine, and deploys."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.aws = seed.Clients(cls.server.url)
        for name in ("invoice-run", "order-enrichment", "support-ticket"):
            seed.machine(cls.aws, name, (record.MACHINES / f"{name}.asl.json").read_text())
        seed.traffic(cls.aws, record.arn("invoice-run"), seed.Traffic(started_per_day=310, failed_share=0.01))
        waits = {"Threshold": 100.0, "EvaluationPeriods": 3, "DatapointsToAlarm": 2}
        seed.alarm(cls.aws, "invoice-run-failed", record.arn("invoice-run"), **waits)
        cls.s3, cls.sqs, cls.sns = cls.aws.client("s3"), cls.aws.client("sqs"), cls.aws.client("sns")
        cls.s3.create_bucket(Bucket=BUCKET)
        cls.queue = cls.sqs.create_queue(QueueName="findings")["QueueUrl"]
        cls.savings = cls.sqs.create_queue(QueueName="savings")["QueueUrl"]
        cls.topic = cls.sns.create_topic(Name="sfn-advisor")["TopicArn"]
        cls.subscribe()
        environment = {
            "SFN_ADVISOR_BUCKET": BUCKET, "SFN_ADVISOR_TOPIC_ARN": cls.topic, "SFN_ADVISOR_PAGE_SIZE": "2",
            "AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_REGION": REGION,
        }
        for name in ("discover", "inspect", "report"):
            about = {"command": [str(BINARIES / name)], "env": environment, "timeout": 60}
            cls.server.admin("POST", f"lambda/{name}", about)

    @classmethod
    def subscribe(cls) -> None:
        cls.http = ThreadingHTTPServer(("127.0.0.1", 0), Post)
        cls.http.tokens, cls.http.received = [], []
        threading.Thread(target=cls.http.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.http.shutdown)
        arn = lambda queue: cls.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]  # noqa: E731
        raw = {"RawMessageDelivery": "true"}
        cls.sns.subscribe(TopicArn=cls.topic, Protocol="sqs", Endpoint=arn(cls.queue), Attributes=raw)
        policy = {"new_findings": [{"numeric": [">", 0]}], "usd_per_month": [{"numeric": [">=", 0.01, "<", 1000000000]}]}
        wanted = raw | {"FilterPolicy": json.dumps(policy)}
        cls.sns.subscribe(TopicArn=cls.topic, Protocol="sqs", Endpoint=arn(cls.savings), Attributes=wanted)
        cls.sns.subscribe(TopicArn=cls.topic, Protocol="email", Endpoint="team@example.com")
        cls.sns.subscribe(TopicArn=cls.topic, Protocol="https", Endpoint=f"http://127.0.0.1:{cls.http.server_port}/chat")
        deadline = time.monotonic() + 20
        while not cls.http.tokens and time.monotonic() < deadline:
            time.sleep(0.05)
        for topic, token in cls.http.tokens:
            cls.sns.confirm_subscription(TopicArn=topic, Token=token)

    def invoke(self, function: str, event: Any) -> Any:
        answer = self.aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise AssertionError(f"{function}: {body}\n{self.server.admin('GET', f'lambda/{function}/log')}")
        return body

    def received(self) -> dict[str, Any]:
        """What each subscriber got since the last look: SQS, HTTP, email."""
        messages = []
        while batch := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages"):
            for message in batch:
                messages.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        deadline = time.monotonic() + 10
        while len(self.http.received) < len(messages) and time.monotonic() < deadline:
            time.sleep(0.05)
        chat = [json.loads(message) for message in self.http.received]
        self.http.received.clear()
        mail = self.server.admin("GET", "mailbox")
        self.server.admin("DELETE", "mailbox")
        return {"sqs": messages, "https": chat, "email": mail}

    def filtered(self) -> list[Any]:
        """The attributes of what came through the filter by numbers since the last look."""
        got = self.sqs.receive_message(QueueUrl=self.savings, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in got.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.savings, ReceiptHandle=message["ReceiptHandle"])
        return [message["MessageAttributes"] for message in got.get("Messages", [])]

    def event(self, name: str, machine: str | None = None, **detail: Any) -> Any:
        text = (ROOT / "events" / f"{name}.json").read_text()
        if machine:
            text = text.replace("arn:aws:states:eu-west-1:111122223333:stateMachine:invoice-run", record.arn(machine))
        event = json.loads(text)
        event.get("detail", {}).update(detail)
        return event

    def test_1_the_audit_state_machine_runs_and_each_subscriber_gets_its_own_body(self) -> None:
        text = (ROOT / "infra" / "audit.asl.json").read_text()
        for name in ("discover", "inspect", "report"):
            function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
            text = text.replace("${" + name.capitalize() + "FunctionArn}", function)
        text = text.replace("${Partition}", "aws")
        self.assertNotIn("${", text)
        arn = seed.machine(self.aws, "sfn-advisor-audit", text)
        (execution, status), = seed.execute(self.aws, arn, [{}], wait_seconds=90).items()
        described = self.aws.sfn.describe_execution(executionArn=execution)
        self.assertEqual(status, "SUCCEEDED", described)
        got = self.received()
        (report,), (chat,), (mail,) = got["sqs"], got["https"], got["email"]
        self.assertEqual(report["version"], 1)
        self.assertEqual(len(report["machines"]), 4)
        self.assertIn("removable-transition", rules_of(of(report, "invoice-run")))
        told = {one["severity"]: one["message"] for one in of(report, "invoice-run")["findings"]}
        self.assertIn("needs more than 100 failed executions in 5 minutes, in 2 of 3 periods", told["high"])
        self.assertEqual(rules_of(of(report, "sfn-advisor-audit")), [])
        self.assertEqual((chat["version"], chat["source"]), ("1.0", "custom"))
        self.assertIn("invoice-run", chat["content"]["description"])
        self.assertTrue(mail["subject"].startswith("[sfn-advisor] "))
        self.assertIn("invoice-run", mail["body"])
        (attributes,) = self.filtered()
        for name in ("new_findings", "usd_per_month"):
            self.assertEqual(attributes[name]["DataType"], "Number")
        stored = self.s3.list_objects_v2(Bucket=BUCKET, Prefix="reports/")["Contents"]
        self.assertEqual(len(stored), 1)

    def test_2_a_second_audit_tells_nothing_as_new(self) -> None:
        discovered = self.invoke("discover", self.event("discover-scheduled"))
        pages = [page for region in discovered["regions"] for page in region["pages"]]
        self.assertEqual(len(pages), 2)
        results = [self.invoke("inspect", page) for page in pages]
        told = self.invoke("report", {"discovered": discovered, "results": [results]})
        self.assertEqual((told["new"], told["resolved"]), (0, 0))
        (mail,) = self.received()["email"]
        self.assertNotIn("\nNEW", mail["body"])
        self.assertEqual(self.filtered(), [])

    def test_3_a_deploy_publishes_that_machine_once(self) -> None:
        definition = json.loads((record.MACHINES / "support-ticket.asl.json").read_text())
        definition["States"]["Classify"]["Next"] = "Classified"
        definition["States"]["Classified"] = {"Type": "Pass", "Next": "Route"}
        updated = self.aws.sfn.update_state_machine(stateMachineArn=record.arn("support-ticket"), definition=json.dumps(definition))
        trail = self.event("inspect-deploy-update", "support-ticket", responseElements={"revisionId": updated["revisionId"]})
        answer = self.invoke("inspect", trail)
        told = self.invoke("report", {"requestPayload": trail, "responsePayload": answer})
        self.assertEqual((told["new"], told["resolved"]), (1, 0))
        got = self.received()
        (report,), (mail,) = got["sqs"], got["email"]
        self.assertEqual([machine["name"] for machine in report["machines"]], ["support-ticket"])
        self.assertIn("support-ticket", mail["subject"])
        # CloudFormation tells of the same deploy, and CloudTrail may deliver twice.
        self.assertIn("ignored", self.invoke("inspect", self.event("inspect-deploy-cloudformation", "support-ticket")))
        again = self.invoke("inspect", trail)
        self.assertIn("deploy", again)
        self.assertEqual(self.invoke("report", again)["message_id"], None)
        self.assertEqual(self.received()["email"], [])

    def test_4_events_that_mean_nothing_are_ignored_and_wrong_ones_have_a_name(self) -> None:
        self.assertIn("ignored", self.invoke("inspect", self.event("inspect-deploy-failed-call")))
        self.assertEqual(self.invoke("report", {"ignored": "because"})["message_id"], None)
        answer = self.aws.client("lambda").invoke(FunctionName="inspect", Payload=b'{"hello": 1}')
        self.assertEqual(json.loads(answer["Payload"].read())["errorType"], "BadEvent")

    def test_5_logs_carry_no_definition_and_no_event(self) -> None:
        for name in ("discover", "inspect", "report"):
            log = self.server.admin("GET", f"lambda/{name}/log")
            self.assertIn("done", log)
            for secret in ("StartAt", "HIDDEN_DUE_TO_SECURITY_REASONS", "userIdentity", "AWS_SECRET", "compute-invoice"):
                self.assertNotIn(secret, log)

    def test_6_a_topic_that_does_not_exist_is_an_error_and_loses_nothing(self) -> None:
        about = {
            "command": [str(BINARIES / "report")], "timeout": 30,
            "env": {"SFN_ADVISOR_BUCKET": BUCKET, "SFN_ADVISOR_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:missing", "AWS_REGION": REGION},
        }
        self.server.admin("POST", "lambda/report-to-nowhere", about)
        discovered = self.invoke("discover", {"run": "lost"})
        results = [self.invoke("inspect", page) for region in discovered["regions"] for page in region["pages"]]
        event = {"discovered": discovered, "results": [results]}
        answer = self.aws.client("lambda").invoke(FunctionName="report-to-nowhere", Payload=json.dumps(event).encode())
        failure = json.loads(answer["Payload"].read())
        self.assertEqual(failure["errorType"], "PublishFailed")
        self.assertIn("missing", failure["errorMessage"])
        keys = [one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET, Prefix="reports/")["Contents"]]
        self.assertTrue(any("lost" in key for key in keys), keys)


class Designs(unittest.TestCase):
    """The Lambda `design` behind a Runtime API: what it writes and answers is what the command does."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.aws = seed.Clients(cls.server.url)
        cls.s3 = cls.aws.client("s3")
        for bucket in (BUCKET, "requirements-inbox"):
            cls.s3.create_bucket(Bucket=bucket)
        environment = {"SFN_ADVISOR_BUCKET": BUCKET, "AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_REGION": REGION}
        about = {"command": [str(BINARIES / "design")], "env": environment, "timeout": 60}
        cls.server.admin("POST", "lambda/design", about)

    def event(self, name: str) -> Any:
        return json.loads((ROOT / "events" / f"design-{name}.json").read_text())

    def invoke(self, event: Any) -> Any:
        answer = self.aws.client("lambda").invoke(FunctionName="design", Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())

    def written(self, place: str | None = None) -> dict[str, bytes]:
        prefix = place.removeprefix(f"s3://{BUCKET}/") if place else ""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return {key.removeprefix(prefix): self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}

    def test_a_design_is_the_one_that_the_command_makes(self) -> None:
        event = self.event("requirements")
        answer = self.invoke(event)
        self.assertEqual((answer["version"], answer["outcome"]), (1, "designed"), answer)
        written = self.written(answer["place"])
        self.assertEqual(json.loads(written.pop("design.json")), answer)
        self.assertEqual(sorted(written), answer["files"])
        folder = Path(self.enterContext(__import__("tempfile").TemporaryDirectory()))
        (folder / "order.yaml").write_text(event["requirements"])
        command = [str(BINARIES / "sfn-advisor"), "design", "order.yaml", "-o", "out", "--format", "json"]
        told = json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout)
        made = {str(path.relative_to(folder / "out")): path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}
        made.pop(".sfn-advisor-files")
        self.assertEqual(written, made)
        self.assertEqual(told | {"place": None}, answer | {"place": None})

    def test_a_refusal_says_what_serves_better(self) -> None:
        answer = self.invoke(self.event("object"))
        self.assertEqual((answer["outcome"], answer["files"]), ("refused", ["REFUSAL.md"]))
        self.assertIn("REFUSAL.md", self.written(answer["place"]))

    def test_requirements_come_from_s3(self) -> None:
        text = self.event("requirements")["requirements"].encode()
        self.s3.put_object(Bucket="requirements-inbox", Key="checkout/order saga.yaml", Body=text)
        for name in ("s3-notification", "s3-eventbridge"):
            answer = self.invoke(self.event(name))
            self.assertEqual(answer.get("outcome"), "designed", answer)
            self.assertIn("workflow.asl.json", self.written(answer["place"]))
            key = "designs/answers/requirements-inbox:checkout/order=20saga.yaml.json"
            self.assertEqual(json.loads(self.written()[key]), answer)
        gone = self.event("s3-eventbridge")
        gone["detail"]["object"]["key"] = "gone.yaml"
        self.assertEqual(self.invoke(gone)["errorType"], "BadEvent")

    def test_invalid_requirements_are_told_and_nothing_is_written(self) -> None:
        before = self.written()
        answer = self.invoke({"requirements": "version: 1\nnaem: order\n"})
        self.assertEqual((answer["outcome"], answer["place"], answer["files"]), ("invalid", None, []))
        self.assertIn(2, [problem["line"] for problem in answer["problems"]])
        self.assertEqual(self.invoke({"hello": 1})["errorType"], "BadEvent")
        self.assertEqual(self.written(), before)

    def test_logs_carry_no_requirements(self) -> None:
        self.invoke(self.event("requirements"))
        log = self.server.admin("GET", "lambda/design/log")
        self.assertIn("done", log)
        for secret in ("shop.checkout", "reserve-stock", "TakePayment", "AWS_SECRET"):
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    unittest.main()
