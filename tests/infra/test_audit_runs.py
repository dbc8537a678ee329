"""The audit's definition on an interpreter, with stand-ins for the functions: what each is asked, and what becomes of
failures. The shapes are those of events/, which the functions' own tests load."""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import functions  # noqa: E402
import harness  # noqa: E402
import seed  # noqa: E402
from functions import KINDS, configure, sample  # noqa: E402

RUN = "morning"
# Seconds until an audit that has to end is given up on.
PATIENCE = 180
PAGES = {"eu-west-1": 2, "us-east-1": 1}
ANSWERED = {"key": "reports/2026/11/22/morning.json", "message_id": "m-1", "findings": 3, "new": 1, "resolved": 0}


def page(region: str, number: int) -> dict[str, Any]:
    return {"run": RUN, "region": region, "number": number, "of": PAGES[region]}


def discovered() -> dict[str, Any]:
    regions = [{"region": name, "pages": [page(name, number + 1) for number in range(count)]} for name, count in PAGES.items()]
    return {"run": "", "machines": 600, "regions": regions, "not_listed": [{"region": "eu-west-9", "why": "AccessDenied"}]}


DONE = {"page": {"key": "runs/morning/results/1.json", "machines": 200, "findings": 1, "not_read": 0}}


class AuditRuns(harness.Case):
    def setUp(self) -> None:
        super().setUp()
        # Retries wait as long as they are told to; not here.
        self.server.admin("POST", "config", {"max_wait_seconds": 0.01})
        arns = {f"{kind.capitalize()}FunctionArn": f"arn:aws:lambda:us-east-1:123456789012:function:sfn-advisor-{kind}" for kind in KINDS}
        text = (functions.ROOT / "infra" / "audit.asl.json").read_text()
        for name, arn in arns.items():
            text = text.replace(f"${{{name}}}", arn)
        self.machine = seed.machine(self.aws, "sfn-advisor-audit", json.loads(text))
        self.answers(discovered(), DONE)

    def answers(self, found: Any, inspected: Any, report: Any = ANSWERED, **inspect_environment: str) -> None:
        configure(self.server, "discover", found)
        configure(self.server, "inspect", inspected, **inspect_environment)
        configure(self.server, "report", report)

    def audit(self) -> dict[str, Any]:
        started = self.sfn.start_execution(stateMachineArn=self.machine, name=RUN, input="{}")
        self.execution = started["executionArn"]
        ended = harness.wait_for(self.ended, PATIENCE)
        self.assertTrue(ended, "the audit did not end")
        return ended

    def ended(self) -> dict[str, Any] | None:
        found = self.sfn.describe_execution(executionArn=self.execution)
        return None if found["status"] == "RUNNING" else found

    def asked(self, kind: str) -> list[Any]:
        return functions.events(self.server, kind)

    def test_the_functions_are_asked_as_in_the_samples(self) -> None:
        report = sample("report-audit")
        self.answers(report["discovered"], report["results"][0][0])
        ended = self.audit()
        self.assertEqual("SUCCEEDED", ended["status"])
        self.assertEqual(ANSWERED, json.loads(ended["output"]))
        self.assertEqual([set(sample("discover-audit"))], [set(event) for event in self.asked("discover")])
        self.assertEqual([sample("inspect-page")], self.asked("inspect"))
        self.assertEqual([report], self.asked("report"))

    def test_every_page_of_every_region_is_inspected_and_all_are_reported_once(self) -> None:
        self.assertEqual("SUCCEEDED", self.audit()["status"])
        self.assertEqual([{"run": RUN}], self.asked("discover"))
        inspected = self.asked("inspect")
        self.assertEqual([1, 2], [event["number"] for event in inspected if event["region"] == "eu-west-1"])
        self.assertEqual([page("us-east-1", 1)], [event for event in inspected if event["region"] == "us-east-1"])
        self.assertEqual([{"discovered": discovered() | {"run": RUN}, "results": [[DONE, DONE], [DONE]]}], self.asked("report"))

    def test_an_audit_costs_one_transition_for_a_page_one_for_a_region_and_three(self) -> None:
        self.audit()
        history = self.sfn.get_execution_history(executionArn=self.execution, maxResults=1000)["events"]
        entered = [event for event in history if event["type"].endswith("StateEntered")]
        self.assertEqual(3 + len(PAGES) + sum(PAGES.values()), len(entered))

    def test_a_page_that_fails_is_reported_and_the_others_are_done(self) -> None:
        for error, attempts in (("AccessDenied", 1), ("BadConfiguration", 1), ("CollectFailed", 3), ("StoreFailed", 3)):
            with self.subTest(error):
                self.setUp()
                self.answers(discovered(), DONE, FAIL=error, FAIL_REGION="us-east-1")
                self.assertEqual("SUCCEEDED", self.audit()["status"])
                failed = {"failed": {"page": page("us-east-1", 1), "error": error}}
                self.assertEqual([[DONE, DONE], [failed]], self.asked("report")[0]["results"])
                tried = [event for event in self.asked("inspect") if event["region"] == "us-east-1"]
                self.assertEqual(attempts, len(tried))

    def test_a_page_that_ends_its_sandbox_is_reported(self) -> None:
        self.answers(discovered(), DONE, FAIL="exit", FAIL_REGION="us-east-1")
        self.assertEqual("SUCCEEDED", self.audit()["status"])
        (failed,) = self.asked("report")[0]["results"][1]
        self.assertEqual(page("us-east-1", 1), failed["failed"]["page"])
        self.assertTrue(failed["failed"]["error"])

    def test_a_failure_that_passes_leaves_no_trace(self) -> None:
        self.answers(discovered(), DONE, FAIL="CollectFailed", FAIL_TIMES="1")
        self.assertEqual("SUCCEEDED", self.audit()["status"])
        self.assertEqual([[DONE, DONE], [DONE]], self.asked("report")[0]["results"])
        self.assertEqual(4, len(self.asked("inspect")))

    def test_without_state_machines_there_is_still_a_report(self) -> None:
        nothing = {"run": "", "machines": 0, "regions": [{"region": "eu-west-1", "pages": []}], "not_listed": []}
        self.answers(nothing, DONE)
        self.assertEqual("SUCCEEDED", self.audit()["status"])
        self.assertEqual([{"discovered": nothing | {"run": RUN}, "results": [[]]}], self.asked("report"))

    def test_an_audit_that_cannot_begin_fails_by_the_name_of_its_error(self) -> None:
        configure(self.server, "discover", {}, FAIL="AccessDenied")
        ended = self.audit()
        self.assertEqual(("FAILED", "AccessDenied"), (ended["status"], ended["error"]))
        self.assertEqual(([], []), (self.asked("inspect"), self.asked("report")))

    def test_a_report_that_cannot_be_published_fails_the_audit(self) -> None:
        configure(self.server, "report", {}, FAIL="PublishFailed")
        ended = self.audit()
        self.assertEqual(("FAILED", "PublishFailed"), (ended["status"], ended["error"]))


if __name__ == "__main__":
    unittest.main()
