"""The server itself: its life, the request log, faults, quotas, and functions as local programs."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from harness import HERE, PASS, Case, Server, function_command, seed, wait_for

FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:work"


class Life(unittest.TestCase):
    def test_ends_when_its_input_closes(self) -> None:
        server = Server()
        server.stop()
        self.assertEqual(server.process.returncode, 0)

    def test_ends_on_sigterm_with_its_functions(self) -> None:
        server = Server()
        server.admin("POST", "lambda/work", {"command": function_command()})
        aws = seed.Clients(server.url)
        aws.client("lambda").invoke(FunctionName="work")
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(server.process.pid)], capture_output=True, text=True
        ).stdout.split()
        self.assertEqual(len(children), 1)
        os.kill(server.process.pid, signal.SIGTERM)
        server.process.wait(10)
        self.assertTrue(wait_for(lambda: not Path(f"/proc/{children[0]}").exists() if Path("/proc").exists() else True))
        server.stop()

    def test_configuration_file_and_log(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            config, log = Path(folder, "config.json"), Path(folder, "calls.log")
            config.write_text(json.dumps({
                "settings": {"accept_any_definition": True},
                "faults": [{"op": "states:ListTagsForResource", "kind": "deny"}],
                "lambdas": {"work": {"command": function_command(), "env": {"GREETING": "hello"}}},
            }))  # fmt: skip
            server = Server("--config", str(config), "--log", str(log), "--quota", "--delay-ms", "1")
            self.addCleanup(server.stop)
            aws = seed.Clients(server.url)
            arn = seed.machine(aws, "x", "nonsense")
            answer = json.load(aws.client("lambda").invoke(FunctionName="work", Payload=b'{"a": 1}')["Payload"])
            self.assertEqual(answer, {"event": {"a": 1}, "greeting": "hello"})
            with self.assertRaises(aws.sfn.exceptions.ClientError):
                aws.sfn.list_tags_for_resource(resourceArn=arn)
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            seen = [(line["op"], line["status"]) for line in lines]
            wanted = [("states:CreateStateMachine", 200), ("lambda:Invoke", 200), ("states:ListTagsForResource", 400)]
            self.assertEqual(seen, wanted)
            self.assertNotIn("nonsense", log.read_text())

    def test_fills_from_a_folder(self) -> None:
        server = Server()
        self.addCleanup(server.stop)
        with tempfile.TemporaryDirectory() as folder:
            for number in range(12):
                Path(folder, f"{number:02} machine.asl.json").write_text(json.dumps(PASS) if number else "{broken")
            command = [
                os.sys.executable,
                str(HERE / "seed.py"),
                "--endpoint",
                server.url,
                "--definitions",
                folder,
                "--count",
                "11",
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        self.assertEqual(json.loads(done.stdout), {"machines": 11, "alarms": 9})
        aws = seed.Clients(server.url)
        names = [one["name"] for one in aws.sfn.list_state_machines()["stateMachines"]]
        self.assertEqual((len(names), names[0]), (11, "00-machine-asl"))


class Log(Case):
    def test_counts_by_operation_and_never_keeps_bodies(self) -> None:
        arn = seed.machine(self.aws, "secret-name", PASS)
        for _ in range(3):
            self.sfn.describe_state_machine(stateMachineArn=arn)
        report = self.server.admin("GET", "calls")
        self.assertEqual(report["counts"], {"states:CreateStateMachine": 1, "states:DescribeStateMachine": 3})
        self.assertNotIn("secret-name", json.dumps(report))
        times = [call["at"] for call in report["calls"]]
        self.assertEqual((times, len(times)), (sorted(times), 4))
        self.server.admin("POST", "calls/reset")
        self.assertEqual(self.counts(), {})
        self.sfn.describe_state_machine(stateMachineArn=arn)
        self.server.admin("POST", "reset")
        self.assertEqual(
            self.error_code(self.sfn.describe_state_machine, stateMachineArn=arn), "StateMachineDoesNotExist"
        )

    def test_calls_of_the_interpreter_are_counted_apart(self) -> None:
        self.aws.client("sns").create_topic(Name="t")
        topic = "arn:aws:sns:us-east-1:123456789012:t"
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": topic, "Message": "m"},
            "End": True,
        }
        arn = seed.machine(self.aws, "m", {"StartAt": "A", "States": {"A": task}})
        self.assertEqual(set(seed.execute(self.aws, arn, [{}]).values()), {"SUCCEEDED"})
        report = self.server.admin("GET", "calls")
        self.assertEqual((report["internal"], report["counts"].get("sns:Publish")), ({"sns:Publish": 1}, None))

    def test_connections_are_kept_alive(self) -> None:
        connection = http.client.HTTPConnection(urlparse(self.server.url).netloc)
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "AWSStepFunctions.ListStateMachines"}
        connection.request("POST", "/", body="{}", headers=headers)
        self.assertEqual(connection.getresponse().read(), b'{"stateMachines": []}')
        socket = connection.sock
        connection.request("POST", "/", body=iter([b"{", b"}"]), headers=headers, encode_chunked=True)
        self.assertEqual((connection.getresponse().read(), connection.sock), (b'{"stateMachines": []}', socket))
        connection.close()

    def test_regions_and_accounts_are_apart(self) -> None:
        seed.machine(self.aws, "m", PASS)
        for aws in (seed.Clients(self.server.url, "eu-west-1"), self.other_account()):
            self.assertEqual(aws.sfn.list_state_machines()["stateMachines"], [])

    def other_account(self) -> seed.Clients:
        sts = self.aws.client("sts")
        role = sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/auditor", RoleSessionName="audit")
        aws = seed.Clients(self.server.url, access_key=role["Credentials"]["AccessKeyId"])
        self.assertEqual(aws.client("sts").get_caller_identity()["Account"], "222222222222")
        return aws


class Faults(Case):
    def setUp(self) -> None:
        super().setUp()
        self.arns = [seed.machine(self.aws, f"m{number}", PASS) for number in range(3)]

    def fault(self, **fault: Any) -> None:
        self.server.admin("POST", "faults", fault)

    def code(self, arn: str) -> str:
        return self.error_code(self.sfn.describe_state_machine, stateMachineArn=arn)

    def test_denied_in_the_shape_of_each_protocol(self) -> None:
        for op in ("states:*", "sns:*", "s3:*", "lambda:*", "tag:*", "cloudwatch:*"):
            self.fault(op=op, kind="deny")
        client = self.aws.client
        denied = {
            "json": (self.sfn.list_state_machines, {}, "AccessDeniedException"),
            "query": (client("sns").list_topics, {}, "AccessDenied"),
            "xml": (client("s3").list_objects_v2, {"Bucket": "b"}, "AccessDenied"),
            "rest": (client("lambda").list_functions, {}, "AccessDeniedException"),
            "tagging": (client("resourcegroupstaggingapi").get_resources, {}, "AccessDeniedException"),
            "cloudwatch": (self.cloudwatch.describe_alarms, {}, "AccessDenied"),
        }
        for protocol, (function, arguments, code) in denied.items():
            with self.subTest(protocol):
                self.assertEqual(self.error_code(function, **arguments), code)

    def test_one_machine_only(self) -> None:
        self.fault(op="states:DescribeStateMachine", kind="gone", resource=self.arns[0])
        self.fault(op="states:DescribeStateMachine", kind="kms", resource=self.arns[1])
        self.fault(op="states:GetExecutionHistory", kind="deny", resource=":m2:")
        self.assertEqual(
            (self.code(self.arns[0]), self.code(self.arns[1])), ("StateMachineDoesNotExist", "KmsAccessDeniedException")
        )
        self.assertEqual(len(self.sfn.list_state_machines()["stateMachines"]), 3)
        shown = self.sfn.describe_state_machine(stateMachineArn=self.arns[1], includedData="METADATA_ONLY")
        self.assertEqual(
            (shown["name"], self.sfn.describe_state_machine(stateMachineArn=self.arns[2])["name"]), ("m1", "m2")
        )

    def test_failures_resets_and_delays(self) -> None:
        once = seed.Clients(self.server.url)
        self.fault(op="states:DescribeStateMachine", kind="fail", every=2)
        self.sfn.describe_state_machine(stateMachineArn=self.arns[0])
        once.sfn.describe_state_machine(stateMachineArn=self.arns[0])
        statuses = [
            call["status"]
            for call in self.server.admin("GET", "calls")["calls"]
            if call["op"] == "states:DescribeStateMachine"
        ]
        self.assertEqual(statuses, [200, 500, 200])
        self.server.admin("DELETE", "faults")
        self.fault(op="states:DescribeStateMachine", kind="reset", every=1, times=1)
        self.sfn.describe_state_machine(stateMachineArn=self.arns[0])
        report = self.server.admin("GET", "calls")
        self.assertEqual([call["code"] for call in report["calls"][-2:]], ["reset", None])
        self.fault(op="states:ListStateMachines", kind="delay", ms=150)
        started = time.monotonic()
        self.sfn.list_state_machines()
        self.assertGreaterEqual(time.monotonic() - started, 0.15)

    def test_throttling_is_counted(self) -> None:
        self.fault(op="states:DescribeStateMachine", kind="throttle")
        self.assertEqual(self.code(self.arns[0]), "ThrottlingException")
        self.assertEqual(self.server.admin("GET", "calls")["throttled"], {"states:DescribeStateMachine": 2})

    def test_wrong_faults_are_refused(self) -> None:
        for wrong in ({"op": "x", "kind": "explode"}, {"op": "x"}, {"op": "x", "kind": "deny", "colour": "red"}):
            with self.assertRaises(Exception) as caught:
                self.fault(**wrong)
            self.assertEqual(caught.exception.code, 400)
            caught.exception.close()

    def test_documented_buckets(self) -> None:
        self.server.admin("POST", "faults", {"quota": True})
        self.addCleanup(self.server.admin, "POST", "faults", {"quota": False})
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(self.describe_once, range(260)))
        report = self.server.admin("GET", "calls")
        calls = [call for call in report["calls"] if call["op"] == "states:DescribeStateMachine"]
        elapsed = calls[-1]["at"] + 0.01 - calls[0]["at"]
        self.assertGreaterEqual(sum(outcomes), 200)
        self.assertLessEqual(sum(outcomes), 200 + 20 * elapsed + 1)
        self.assertEqual(report["throttled"]["states:DescribeStateMachine"], 260 - sum(outcomes))

    def describe_once(self, _number: int) -> bool:
        connection = http.client.HTTPConnection(urlparse(self.server.url).netloc)
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": "AWSStepFunctions.DescribeStateMachine",
        }
        connection.request("POST", "/", body=json.dumps({"stateMachineArn": self.arns[0]}), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            self.assertEqual((answer.status, json.loads(body)["__type"]), (400, "ThrottlingException"))
        return answer.status == 200


class Functions(Case):
    def setUp(self) -> None:
        super().setUp()
        self.awslambda = self.aws.client("lambda")
        self.configure("work", timeout=1)

    def configure(self, name: str, **more: Any) -> None:
        self.server.admin("POST", f"lambda/{name}", {"command": function_command(), **more})

    def invoke(self, event: Any, **more: Any) -> tuple[str | None, Any]:
        answer = self.awslambda.invoke(FunctionName="work", Payload=json.dumps(event), **more)
        return answer.get("FunctionError"), json.load(answer["Payload"])

    def events(self, name: str) -> list[Any]:
        lines = self.server.admin("GET", f"lambda/{name}/log").splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("event ")]

    def test_results_and_errors(self) -> None:
        self.assertEqual(self.invoke({"a": 1}), (None, {"event": {"a": 1}, "greeting": None}))
        self.assertEqual(
            self.invoke({"fail": "Refused"}), ("Unhandled", {"errorType": "Refused", "errorMessage": "asked to fail"})
        )
        error, body = self.invoke({"die": True})
        self.assertEqual(
            (error, body["errorType"], "exit status 3" in body["errorMessage"]),
            ("Unhandled", "Runtime.ExitError", True),
        )
        error, body = self.invoke({"sleep": 5})
        self.assertEqual((error, body["errorType"]), ("Unhandled", "Sandbox.Timedout"))
        self.assertEqual(self.invoke([1])[1]["event"], [1])
        answer = self.awslambda.invoke(FunctionName=f"{FUNCTION_ARN}:$LATEST", LogType="Tail")
        self.assertEqual(
            (answer["StatusCode"], answer["ExecutedVersion"], bool(answer["LogResult"])), (200, "$LATEST", True)
        )

    def test_invocations_run_side_by_side(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(self.invoke, [{"sleep": 0.2, "n": number} for number in range(8)]))
        self.assertEqual(
            [(error, body["event"]["n"]) for error, body in results], [(None, number) for number in range(8)]
        )
        starts = self.server.admin("GET", "lambda/work/log").count("started work")
        self.assertTrue(1 < starts <= 4, starts)

    def test_asynchronous_invocations_follow_destinations(self) -> None:
        self.configure("work", on_success="report", on_failure="report", retries=1)
        self.configure("report")
        answer = self.awslambda.invoke(FunctionName="work", InvocationType="Event", Payload=b'{"a": 1}')
        self.assertEqual(answer["StatusCode"], 202)
        (envelope,) = wait_for(lambda: self.events("report"))
        self.assertEqual((envelope["requestPayload"], envelope["responsePayload"]["event"]), ({"a": 1}, {"a": 1}))
        context = envelope["requestContext"]
        self.assertEqual((context["condition"], context["functionArn"]), ("Success", f"{FUNCTION_ARN}:$LATEST"))
        self.awslambda.invoke(FunctionName="work", InvocationType="Event", Payload=b'{"fail": "Refused"}')
        _, failed = wait_for(lambda: len(self.events("report")) == 2 and self.events("report"))
        self.assertEqual(
            (failed["requestContext"]["condition"], failed["requestContext"]["approximateInvokeCount"]),
            ("RetriesExhausted", 2),
        )
        self.assertEqual(failed["responsePayload"]["errorType"], "Refused")

    def test_a_program_that_cannot_start(self) -> None:
        self.server.admin("POST", "lambda/work", {"command": ["/nonexistent/bootstrap"]})
        self.assertEqual(self.error_code(self.awslambda.invoke, FunctionName="work"), "InvalidRuntimeException")
        self.server.admin("POST", "lambda/work", {"command": ["/bin/sh", "-c", "echo broken; exit 1"]})
        self.assertEqual(self.invoke({})[1]["errorType"], "Runtime.ExitError")
        self.assertIn("broken", self.server.admin("GET", "lambda/work/log"))

    def test_canned_answers_need_no_program(self) -> None:
        self.server.admin("POST", "lambda/*", {})
        self.server.admin("POST", "lambda/work", {"response": {"ok": True}})
        self.assertEqual(self.invoke({"a": 1}), (None, {"ok": True}))
        echoed = self.awslambda.invoke(FunctionName="any-other", Payload=b'{"a": 1}')
        self.assertEqual(json.load(echoed["Payload"]), {"a": 1})
        self.server.admin("POST", "lambda/work", {"error": {"errorType": "Broken", "errorMessage": "always"}})
        self.assertEqual(self.invoke({})[1]["errorType"], "Broken")
        self.assertEqual(self.events("work"), [{}])

    def test_an_unknown_function(self) -> None:
        self.assertEqual(self.error_code(self.awslambda.invoke, FunctionName="nobody"), "ResourceNotFoundException")


if __name__ == "__main__":
    unittest.main()
