"""Step Functions: machines, versions, executions and histories on the interpreter."""

from __future__ import annotations

import json
import unittest
from typing import Any

from harness import PASS, ROLE, Case, function_command, seed, wait_for


def distributed(items: Any = "$.items", **more: Any) -> dict[str, Any]:
    """A distributed Map with Express children; a child fails when its input (or an item) is negative."""
    child = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "Look",
        "States": {
            "Look": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "NumericLessThan": 0, "Next": "Refuse"}],
                "Default": "Done",
            },
            "Refuse": {"Type": "Fail", "Error": "Negative"},
            "Done": {"Type": "Pass", "End": True},
        },
    }
    state = {"Type": "Map", "ItemsPath": items, "ItemProcessor": child, "MaxConcurrency": 10, "End": True, **more}
    return {"StartAt": "Fan", "States": {"Fan": state}}



class Timeouts(Case):
    """A call that is never answered: its Task times out at once, whatever the service."""

    def setUp(self) -> None:
        super().setUp()
        self.dynamodb = self.aws.client("dynamodb")
        self.dynamodb.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def put(self, **more: Any) -> dict[str, Any]:
        """Puts a row; what cannot be put ends with the error as its output."""
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {"TableName": "orders", "Item": {"id": {"S": "1"}}},
            "TimeoutSeconds": 3600,
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}],
            "Next": "Put",
            **more,
        }
        definition = {"StartAt": "Write", "States": {"Write": state, "Caught": {"Type": "Pass", "End": True}, "Put": {"Type": "Pass", "End": True}}}
        return self.run_one(definition)["output"]

    def rows(self) -> int:
        return self.dynamodb.scan(TableName="orders")["Count"]

    def test_before_the_call_and_after_it(self) -> None:
        for after in (False, True):
            with self.subTest(after=after):
                self.setUp()
                self.server.admin("POST", "faults", {"op": "dynamodb:PutItem", "kind": "never", "internal": True, "after": after})
                self.assertEqual(self.put()["error"]["Error"], "States.Timeout")
                self.assertEqual(self.rows(), int(after))

    def test_a_retry_is_answered(self) -> None:
        self.server.admin("POST", "faults", {"op": "dynamodb:PutItem", "kind": "never", "internal": True, "times": 1})
        self.server.admin("POST", "config", {"max_wait_seconds": 0.01})
        self.assertNotIn("error", self.put(Retry=[{"ErrorEquals": ["States.Timeout"]}]))
        self.assertEqual(self.rows(), 1)

    def test_a_fault_after_the_call_that_says_nothing_is_refused(self) -> None:
        with self.assertRaises(Exception) as caught:
            self.server.admin("POST", "faults", {"op": "dynamodb:PutItem", "kind": "delay", "after": True})
        self.assertEqual(caught.exception.code, 400)
        caught.exception.close()


class Machines(Case):
    def test_lists_in_pages_without_loss(self) -> None:
        arns = [seed.machine(self.aws, f"m-{number:03}", PASS) for number in range(25)]
        pages = self.sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 10})
        listed = [[one["stateMachineArn"] for one in page["stateMachines"]] for page in pages]
        self.assertEqual(([len(page) for page in listed], sum(listed, [])), ([10, 10, 5], arns))
        self.assertEqual(self.error_code(self.sfn.list_state_machines, maxResults=1001), "ValidationException")
        self.assertEqual(self.error_code(self.sfn.list_state_machines, nextToken="x"), "InvalidToken")

    def test_describe(self) -> None:
        arn = seed.machine(self.aws, "one", PASS, "EXPRESS", {"team": "x"}, tracingConfiguration={"enabled": True})
        first = self.sfn.describe_state_machine(stateMachineArn=arn)
        self.assertEqual(
            (first["type"], first["tracingConfiguration"], first["roleArn"]), ("EXPRESS", {"enabled": True}, ROLE)
        )
        self.assertEqual(json.loads(first["definition"]), PASS)
        self.assertEqual(first["loggingConfiguration"], {"level": "OFF", "includeExecutionData": False})
        again = self.sfn.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")
        self.assertEqual((again["definition"], again["revisionId"]), ("", first["revisionId"]))
        updated = self.sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps({**PASS, "Comment": "new"}))
        self.assertNotEqual(updated["revisionId"], first["revisionId"])
        self.assertEqual(self.sfn.describe_state_machine(stateMachineArn=arn)["revisionId"], updated["revisionId"])

    def test_what_does_not_exist(self) -> None:
        arn = "arn:aws:states:us-east-1:123456789012:stateMachine:nobody"
        self.assertEqual(
            self.error_code(self.sfn.describe_state_machine, stateMachineArn=arn), "StateMachineDoesNotExist"
        )
        self.assertEqual(self.error_code(self.sfn.describe_state_machine, stateMachineArn="nonsense"), "InvalidArn")
        self.assertEqual(self.error_code(self.sfn.list_tags_for_resource, resourceArn=arn), "ResourceNotFound")
        execution = arn.replace("stateMachine", "execution") + ":run"
        self.assertEqual(self.error_code(self.sfn.describe_execution, executionArn=execution), "ExecutionDoesNotExist")

    def test_definitions_are_checked_unless_told_otherwise(self) -> None:
        sync = {
            "Type": "Task",
            "Resource": "arn:aws:states:::glue:startJobRun.sync",
            "Parameters": {"JobName": "x"},
            "End": True,
        }
        refused = {
            "not JSON": ("{not json", "STANDARD"),
            "no target": ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}, "STANDARD"),
            "no start": ({"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}, "STANDARD"),
            "no such type": ({"StartAt": "A", "States": {"A": {"Type": "Nap", "End": True}}}, "STANDARD"),
            "sync in Express": ({"StartAt": "A", "States": {"A": sync}}, "EXPRESS"),
        }
        for reason, (definition, kind) in refused.items():
            with self.subTest(reason):
                code = self.error_code(seed.machine, clients=self.aws, name="x", definition=definition, kind=kind)
                self.assertEqual(code, "InvalidDefinition")
                text = definition if isinstance(definition, str) else json.dumps(definition)
                verdict = self.sfn.validate_state_machine_definition(definition=text, type=kind)
                self.assertEqual((verdict["result"], verdict["diagnostics"][0]["severity"]), ("FAIL", "ERROR"))
        self.assertEqual(self.sfn.validate_state_machine_definition(definition=json.dumps(PASS))["result"], "OK")
        self.server.admin("POST", "config", {"accept_any_definition": True})
        arn = seed.machine(self.aws, "broken", "{not json")
        self.assertEqual(self.sfn.describe_state_machine(stateMachineArn=arn)["definition"], "{not json")
        (status,) = seed.execute(self.aws, arn, [{}]).values()
        self.assertEqual(status, "FAILED")

    def test_names_are_unique(self) -> None:
        arn = seed.machine(self.aws, "one", PASS)
        self.assertEqual(seed.machine(self.aws, "one", PASS), arn)
        other = {**PASS, "Comment": "other"}
        self.assertEqual(
            self.error_code(seed.machine, clients=self.aws, name="one", definition=other), "StateMachineAlreadyExists"
        )
        self.assertEqual(self.error_code(seed.machine, clients=self.aws, name="a b", definition=PASS), "InvalidName")

    def test_versions_and_aliases(self) -> None:
        arn = seed.machine(self.aws, "one", PASS, publish=True)
        self.sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps({**PASS, "Comment": "2"}))
        second = self.sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
        self.assertEqual(self.sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"], second)
        versions = self.sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
        self.assertEqual([one["stateMachineVersionArn"] for one in versions], [f"{arn}:2", f"{arn}:1"])
        routing = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
        alias = self.sfn.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
        self.assertEqual(json.loads(self.sfn.describe_state_machine(stateMachineArn=alias)["definition"]), PASS)

    def test_tags_are_found_by_the_tagging_api(self) -> None:
        arn = seed.machine(self.aws, "one", PASS, tags={"team": "x"})
        seed.machine(self.aws, "two", PASS)
        self.sfn.tag_resource(resourceArn=arn, tags=[{"key": "env", "value": "prod"}])
        found = self.aws.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["states:stateMachine"])
        (one,) = found["ResourceTagMappingList"]
        self.assertEqual((one["ResourceARN"], len(one["Tags"])), (arn, 2))

    def test_what_is_not_implemented_answers_501_once(self) -> None:
        arn = "arn:aws:states:us-east-1:123456789012:execution:one:run"
        self.assertEqual(self.error_code(self.sfn.redrive_execution, executionArn=arn), "NotImplementedException")


class Executions(Case):
    def test_many_executions_of_many_machines(self) -> None:
        arns = [seed.machine(self.aws, f"m-{number}", PASS) for number in range(10)]
        statuses = [status for arn in arns for status in seed.execute(self.aws, arn, range(10)).values()]
        self.assertEqual(statuses, ["SUCCEEDED"] * 100)
        listed = self.sfn.list_executions(stateMachineArn=arns[0], maxResults=4)
        rest = self.sfn.list_executions(stateMachineArn=arns[0], nextToken=listed["nextToken"])
        self.assertEqual((len(listed["executions"]), len(rest["executions"])), (4, 6))
        self.assertEqual(self.sfn.list_executions(stateMachineArn=arns[0], statusFilter="FAILED")["executions"], [])

    def test_history_pages_orders_and_hides_payload(self) -> None:
        states = {f"S{at}": {"Type": "Pass", "Next": f"S{at + 1}"} for at in range(30)} | {"S30": {"Type": "Succeed"}}
        arn = seed.machine(self.aws, "long", {"StartAt": "S0", "States": states})
        (execution,) = seed.execute(self.aws, arn, [{"card": "4111"}])
        pages = self.sfn.get_paginator("get_execution_history").paginate(
            executionArn=execution, PaginationConfig={"PageSize": 20}
        )
        events = [page["events"] for page in pages]
        self.assertEqual([len(page) for page in events], [20, 20, 20, 4])
        self.assertEqual([event["id"] for page in events for event in page], list(range(1, 65)))
        reverse = self.sfn.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=1)["events"]
        self.assertEqual(reverse[0]["type"], "ExecutionSucceeded")
        bare = self.sfn.get_execution_history(executionArn=execution, includeExecutionData=False)["events"]
        self.assertNotIn("4111", json.dumps(bare, default=str))
        self.assertEqual(bare[1]["stateEnteredEventDetails"], {"name": "S0"})
        self.assertIn("4111", json.dumps(events, default=str))

    def test_jsonata(self) -> None:
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": "Add",
            "States": {
                "Add": {
                    "Type": "Pass",
                    "Assign": {"quoted": "{% $states.input.name & ' said \"hi\"' %}"},
                    "Output": {
                        "sum": "{% $sum($states.input.values) %}",
                        "hash": "{% $hash('a', 'SHA-256') %}",
                        "parts": "{% $partition([1, 2, 3], 2) %}",
                        "parsed": "{% $parse('{\"a\": [1]}') %}",
                    },
                    "Next": "Big",
                },
                "Big": {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% $states.input.sum > 3 %}", "Next": "Yes"}],
                    "Default": "No",
                },
                "Yes": {
                    "Type": "Pass",
                    "Output": {"said": "{% $quoted %}", "before": "{% $states.input %}"},
                    "End": True,
                },
                "No": {"Type": "Fail"},
            },
        }
        done = self.run_one(definition, {"name": 'O\'Neil "x"', "values": [1, 2, 3]})
        self.assertEqual(done["output"]["said"], 'O\'Neil "x" said "hi"')
        before = done["output"]["before"]
        self.assertEqual((before["sum"], before["parts"], before["parsed"]), (6, [[1, 2], [3]], {"a": [1]}))
        self.assertEqual(before["hash"][:8], "ca978112")
        arn = done["stateMachineArn"]
        (execution,) = seed.execute(self.aws, arn, [{"name": "x", "values": "none"}])
        self.assertEqual(self.sfn.describe_execution(executionArn=execution)["error"], "States.QueryEvaluationError")

    def test_distributed_map_with_express_children(self) -> None:
        done = self.run_one(distributed(), {"items": list(range(400))})
        self.assertEqual((done["status"], done["output"]), ("SUCCEEDED", list(range(400))))
        (run,) = self.sfn.list_map_runs(executionArn=done["executionArn"])["mapRuns"]
        counts = self.sfn.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
        self.assertEqual((counts["total"], counts["succeeded"]), (400, 400))

    def test_tolerated_failures(self) -> None:
        value = {"items": [1, 2, -3, 4]}
        cases: list[tuple[dict[str, Any], str]] = [
            ({}, "FAILED"),
            ({"ToleratedFailurePercentage": 25}, "SUCCEEDED"),
            ({"ToleratedFailurePercentage": 20}, "FAILED"),
            ({"ToleratedFailureCount": 1}, "SUCCEEDED"),
        ]
        for position, (more, status) in enumerate(cases):
            done = self.run_one(distributed(**more), value, f"m{position}")
            self.assertEqual(done["status"], status, more)
            if status == "FAILED":
                self.assertEqual(done["error"], "States.ExceedToleratedFailureThreshold")
            else:
                self.assertEqual(done["output"], [1, 2, 4])

    def test_item_batcher(self) -> None:
        definition = distributed(
            ItemSelector={"n.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index"},
            ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"run.$": "$.run", "fixed": True}},
        )
        definition["States"]["Fan"]["ItemProcessor"]["States"]["Look"]["Choices"][0]["Variable"] = "$.Items[0].n"
        done = self.run_one(definition, {"items": [5, 6, 7], "run": "r1"})
        shared = {"run": "r1", "fixed": True}
        batches = [[{"n": 5, "at": 0}, {"n": 6, "at": 1}], [{"n": 7, "at": 2}]]
        self.assertEqual(done["output"], [{"BatchInput": shared, "Items": batch} for batch in batches])

    def test_map_reads_items_from_s3(self) -> None:
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="work")
        s3.put_object(Bucket="work", Key="items.json", Body=json.dumps([3, 4]))
        reader = {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "work", "Key": "items.json"},
        }
        definition = distributed(ItemReader=reader)
        del definition["States"]["Fan"]["ItemsPath"]
        self.assertEqual(self.run_one(definition)["output"], [3, 4])

    def test_results_are_written_to_s3(self) -> None:
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="out")
        writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "run"}}
        done = self.run_one(distributed(ResultWriter=writer, ToleratedFailureCount=1), {"items": [1, -2, 3]})
        details = done["output"]["ResultWriterDetails"]
        manifest = json.load(s3.get_object(Bucket="out", Key=details["Key"])["Body"])
        self.assertEqual(manifest["MapRunArn"], done["output"]["MapRunArn"])
        written = {}
        for status in ("SUCCEEDED", "FAILED"):
            (file,) = manifest["ResultFiles"][status]
            written[status] = json.load(s3.get_object(Bucket="out", Key=file["Key"])["Body"])
        self.assertEqual([json.loads(one["Output"]) for one in written["SUCCEEDED"]], [1, 3])
        self.assertEqual([(one["Input"], one["Error"]) for one in written["FAILED"]], [("-2", "Negative")])

    def test_json_lines(self) -> None:
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="work")
        s3.put_object(Bucket="work", Key="items.jsonl", Body='{"n": 1}\n{"n": 2}\n')
        reader = {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": "work", "Key": "items.jsonl"},
        }
        definition = distributed(ItemReader=reader)
        definition["States"]["Fan"]["ItemProcessor"]["States"]["Look"]["Choices"][0]["Variable"] = "$.n"
        del definition["States"]["Fan"]["ItemsPath"]
        self.assertEqual(self.run_one(definition)["output"], [{"n": 1}, {"n": 2}])

    def test_a_refused_definition_does_not_change_how_the_next_one_is_read(self) -> None:
        nested = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a": 1}, "End": True}}}
        wrong = {
            "QueryLanguage": "JSONata",
            "StartAt": "P",
            "States": {"P": {"Type": "Parallel", "Branches": [nested], "End": True}},
        }
        self.assertEqual(
            self.error_code(seed.machine, clients=self.aws, name="x", definition=wrong), "InvalidDefinition"
        )
        self.assertEqual(self.run_one(nested)["output"], {"a": 1})

    def test_express_executions_are_not_kept(self) -> None:
        arn = seed.machine(self.aws, "quick", PASS, "EXPRESS")
        execution = self.sfn.start_execution(stateMachineArn=arn)["executionArn"]
        self.assertEqual(execution.split(":")[5], "express")
        self.assertEqual(self.error_code(self.sfn.list_executions, stateMachineArn=arn), "StateMachineTypeNotSupported")
        self.assertEqual(self.error_code(self.sfn.describe_execution, executionArn=execution), "InvalidArn")
        self.assertEqual(self.error_code(self.sfn.get_execution_history, executionArn=execution), "InvalidArn")
        done = self.sfn.start_sync_execution(stateMachineArn=arn, input='{"a": 1}')
        self.assertEqual((done["status"], json.loads(done["output"])), ("SUCCEEDED", {"a": 1}))
        self.assertEqual(done["billingDetails"], {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100})

    def test_waits_can_be_cut_short_and_executions_stopped(self) -> None:
        waiting = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
        arn = seed.machine(self.aws, "slow", waiting)
        execution = self.sfn.start_execution(stateMachineArn=arn)["executionArn"]
        wait_for(lambda: len(self.sfn.get_execution_history(executionArn=execution)["events"]) == 2)
        self.sfn.stop_execution(executionArn=execution, error="Stopped", cause="test")
        ended = wait_for(lambda: self.sfn.describe_execution(executionArn=execution)["status"] != "RUNNING")
        self.assertTrue(ended)
        described = self.sfn.describe_execution(executionArn=execution)
        self.assertEqual((described["status"], described["error"]), ("ABORTED", "Stopped"))
        self.server.admin("POST", "config", {"max_wait_seconds": 0})
        self.assertEqual(set(seed.execute(self.aws, arn, [{}]).values()), {"SUCCEEDED"})

    def test_machine_time_out(self) -> None:
        definition = {
            "TimeoutSeconds": 1,
            "StartAt": "W",
            "States": {"W": {"Type": "Wait", "Seconds": 30, "End": True}},
        }
        done = self.run_one(definition)
        self.assertEqual((done["status"], "stopDate" in done), ("TIMED_OUT", True))

    def test_a_running_execution_of_the_same_name_and_input_is_returned(self) -> None:
        arn = seed.machine(
            self.aws, "slow", {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
        )
        first = self.sfn.start_execution(stateMachineArn=arn, name="run", input="{}")
        self.assertEqual(
            self.sfn.start_execution(stateMachineArn=arn, name="run", input="{}")["startDate"], first["startDate"]
        )
        code = self.error_code(self.sfn.start_execution, stateMachineArn=arn, name="run", input='{"a": 1}')
        self.assertEqual(code, "ExecutionAlreadyExists")

    def test_executions_publish_metrics_when_asked(self) -> None:
        self.server.admin("POST", "config", {"executions_publish_metrics": True})
        arn = seed.machine(self.aws, "one", PASS)
        seed.execute(self.aws, arn, range(3))
        wait_for(lambda: len(self.cloudwatch.list_metrics(Namespace=seed.NAMESPACE)["Metrics"]) == 4)
        names = {one["MetricName"] for one in self.cloudwatch.list_metrics(Namespace=seed.NAMESPACE)["Metrics"]}
        self.assertEqual(names, {"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionTime", "ConsumedCapacity"})

    def test_callbacks_nested_executions_and_service_calls(self) -> None:
        sqs = self.aws.client("sqs")
        url = sqs.create_queue(QueueName="work")["QueueUrl"]
        child = seed.machine(self.aws, "child", PASS)
        message = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}
        nested = {"StateMachineArn": child, "Input": {"from.$": "$.answer"}}
        tasks = [
            ("sqs:sendMessage.waitForTaskToken", message, {}),
            ("states:startExecution.sync:2", nested, {"ResultPath": "$.child"}),
            ("aws-sdk:sfn:listStateMachines", {"MaxResults": 1}, {"ResultPath": "$.listed"}),
        ]
        states: dict[str, Any] = {}
        for position, (resource, parameters, more) in enumerate(tasks):
            following = {"Next": f"T{position + 1}"} if position < 2 else {"End": True}
            resource = f"arn:aws:states:::{resource}"
            states[f"T{position}"] = {
                "Type": "Task",
                "Resource": resource,
                "Parameters": parameters,
                **more,
                **following,
            }
        arn = seed.machine(self.aws, "parent", {"StartAt": "T0", "States": states})
        execution = self.sfn.start_execution(stateMachineArn=arn)["executionArn"]
        (received,) = wait_for(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
        token = json.loads(received["Body"])["token"]
        self.sfn.send_task_success(taskToken=token, output='{"answer": 42}')
        wait_for(lambda: self.sfn.describe_execution(executionArn=execution)["status"] != "RUNNING")
        done = self.sfn.describe_execution(executionArn=execution)
        self.assertEqual(done["status"], "SUCCEEDED", done.get("cause"))
        output = json.loads(done["output"])
        self.assertEqual(output["child"]["Output"], {"from": 42})
        self.assertEqual(output["listed"]["StateMachines"][0]["Name"], "child")

    def test_tasks_call_functions(self) -> None:
        self.server.admin("POST", "lambda/work", {"command": function_command()})
        invoke = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "work", "Payload.$": "$"},
        }
        caught = {"Catch": [{"ErrorEquals": ["Refused"], "ResultPath": "$.why", "Next": "Plain"}]}
        definition = {
            "StartAt": "Invoke",
            "States": {
                "Invoke": {**invoke, **caught, "Next": "Plain"},
                "Plain": {
                    "Type": "Task",
                    "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work",
                    "ResultPath": "$.plain",
                    "Parameters": {"n": 1},
                    "End": True,
                },
            },
        }
        done = self.run_one(definition, {"a": 1})
        self.assertEqual((done["output"]["Payload"]["event"], done["output"]["plain"]["event"]), ({"a": 1}, {"n": 1}))
        (execution,) = seed.execute(self.aws, done["stateMachineArn"], [{"fail": "Refused"}])
        output = json.loads(self.sfn.describe_execution(executionArn=execution)["output"])
        self.assertEqual(output["why"]["Error"], "Refused")


if __name__ == "__main__":
    unittest.main()
