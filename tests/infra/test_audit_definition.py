"""The audit's definition: sound in shape, patient with Lambda, and free of what the product itself advises against."""

from __future__ import annotations

import re
import unittest
from typing import Any, Iterator

from deployment import ROOT, definition, variants

EVERY = {"Type", "Comment", "Next", "End", "InputPath", "OutputPath"}
FIELDS = {
    "Task": EVERY | {"Resource", "Parameters", "ResultSelector", "ResultPath", "TimeoutSeconds", "HeartbeatSeconds", "Retry", "Catch"},
    "Map": EVERY
    | {"ItemsPath", "ItemSelector", "ItemProcessor", "MaxConcurrency", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch"},
    "Pass": EVERY | {"Parameters", "Result", "ResultPath"},
}
RETRIER = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
# What the developer guide ("Handle Lambda service exceptions", 2026-10) names, and the error of a concurrency limit.
LAMBDA_ERRORS = {
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}
State = dict[str, Any]


def scopes(scope: State, path: str = "") -> Iterator[tuple[str, State]]:
    """A scope and those of its Map states, each with its path."""
    yield path, scope
    for name, state in scope["States"].items():
        if state["Type"] == "Map":
            yield from scopes(state["ItemProcessor"], f"{path}/{name}")


def states() -> Iterator[tuple[str, str, State]]:
    for path, scope in scopes(definition()):
        for name, state in scope["States"].items():
            yield f"{path}/{name}", name, state


def targets(state: State) -> list[str]:
    """The states that may follow, by transition and by catch."""
    return [one["Next"] for one in [state, *state.get("Catch", [])] if "Next" in one]


class Shape(unittest.TestCase):
    def test_the_machine_has_an_end(self) -> None:
        self.assertEqual({"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds"}, set(definition()))

    def test_every_state_has_fields_of_its_type_and_one_way_on(self) -> None:
        for path, _, state in states():
            with self.subTest(path):
                self.assertLessEqual(set(state), FIELDS[state["Type"]])
                self.assertEqual(1, ("Next" in state) + (state.get("End") is True))

    def test_every_target_is_there_and_every_state_is_reached(self) -> None:
        for path, scope in scopes(definition()):
            with self.subTest(path):
                reached, queue = set(), [scope["StartAt"]]
                while queue:
                    name = queue.pop()
                    if name not in reached:
                        reached.add(name)
                        queue += targets(scope["States"][name])
                self.assertEqual(set(scope["States"]), reached)

    def test_no_transition_could_be_saved(self) -> None:
        """The only state that does no work is one that a catcher needs: it has to name a state."""
        for path, scope in scopes(definition()):
            caught = {one["Next"] for state in scope["States"].values() for one in state.get("Catch", [])}
            passed = {state["Next"] for state in scope["States"].values() if "Next" in state} | {scope["StartAt"]}
            for name, state in scope["States"].items():
                with self.subTest(f"{path}/{name}"):
                    self.assertIn(state["Type"], ("Task", "Map", "Pass"))
                    if state["Type"] == "Pass":
                        self.assertIn(name, caught - passed)


class Tasks(unittest.TestCase):
    def tasks(self) -> Iterator[tuple[str, State]]:
        found = [(name, state) for _, name, state in states() if state["Type"] == "Task"]
        self.assertEqual(["Discover", "Inspect", "Report"], sorted(name for name, _ in found))
        yield from found

    def test_a_task_waits_a_little_longer_than_its_function_may_run(self) -> None:
        limits = {name.rpartition("-")[2]: one["timeout"] for name, one in variants()["SAM"]["functions"].items()}
        for name, task in self.tasks():
            with self.subTest(name):
                self.assertTrue(limits[name.lower()] < task["TimeoutSeconds"] <= limits[name.lower()] + 60)
                self.assertLess(task["TimeoutSeconds"], definition()["TimeoutSeconds"])

    def test_every_task_retries_what_lambda_may_answer_and_what_is_worth_it(self) -> None:
        for name, task in self.tasks():
            with self.subTest(name):
                service, own = task["Retry"]
                self.assertEqual(LAMBDA_ERRORS, set(service["ErrorEquals"]))
                self.assertEqual({"CollectFailed", "StoreFailed"}, set(own["ErrorEquals"]))
                for retrier in (service, own):
                    self.assertEqual(RETRIER, set(retrier))
                    self.assertEqual("FULL", retrier["JitterStrategy"])
                    self.assertGreater(retrier["BackoffRate"], 1)

    def test_own_errors_are_ones_that_the_functions_raise(self) -> None:
        raised = set(re.findall(r'=> "(\w+)"', (ROOT / "shared/lambda/src/fault.rs").read_text()))
        for name, task in self.tasks():
            with self.subTest(name):
                own = {error for one in task["Retry"] for error in one["ErrorEquals"] if "." not in error}
                self.assertLessEqual(own, raised)

    def test_the_pages_of_one_region_run_one_after_the_other(self) -> None:
        concurrency = {name: state["MaxConcurrency"] for _, name, state in states() if state["Type"] == "Map"}
        self.assertEqual({"EachRegion": 5, "EachPage": 1}, concurrency)


class Deployed(unittest.TestCase):
    """Logged, traced and watched, in both variants."""

    def test_logs_and_traces(self) -> None:
        for tool, model in variants().items():
            with self.subTest(tool):
                machine = model["machine"]
                self.assertEqual(("ERROR", False, True), (machine["log_level"], machine["log_data"], machine["tracing"]))
                self.assertRegex(machine["log_group"], r":log-group:/aws/vendedlogs/states/[\w-]+:\*$")
                self.assertIn(machine["log_group"].split(":")[6], model["log_groups"])
                for name, function in model["functions"].items():
                    self.assertEqual(("JSON", "Active"), (function["log_format"], function["tracing"]), name)
                    self.assertIn(function["log_group"], model["log_groups"])

    def test_every_failure_has_an_alarm_that_tells_somebody(self) -> None:
        for tool, model in variants().items():
            machine = model["schedule"]["target"]
            wanted = {("AWS/States", metric, machine) for metric in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled")}
            wanted |= {("AWS/Lambda", "Errors", name) for name in model["functions"]}
            wanted |= {("AWS/SQS", "ApproximateNumberOfMessagesVisible", name) for name in model["queues"]}
            with self.subTest(tool):
                found = set()
                for alarm in model["alarms"].values():
                    (dimension,) = alarm["dimensions"].values()
                    found.add((*alarm["metric"][:2], dimension))
                    self.assertEqual("notBreaching", alarm["missing"])
                    self.assertTrue(alarm["actions"][0].endswith(f":{model['topic']['name']}"))
                self.assertEqual(wanted, found)

    def test_whatever_is_delivered_without_waiting_has_a_place_to_fail_to(self) -> None:
        for tool, model in variants().items():
            with self.subTest(tool):
                queues = {f"arn:aws:sqs:eu-west-1:123456789012:{name}" for name in model["queues"]}
                used = {model["schedule"]["dead_letters"]}
                used |= {target["dead_letters"] for rule in model["rules"].values() for target in rule["targets"].values()}
                used |= {one["OnFailure"] for one in model["asynchronous"].values()}
                self.assertEqual(queues, used)
                self.assertEqual({"sfn-advisor-design", "sfn-advisor-inspect", "sfn-advisor-report"}, set(model["asynchronous"]))
                self.assertTrue(all(queue["encrypted"] for queue in model["queues"].values()))


if __name__ == "__main__":
    unittest.main()
