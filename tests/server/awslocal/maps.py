"""Distributed Maps on moto's interpreter: batches, tolerated failures, written results.

moto runs the children, but it hands items out one by one, counts failures without acting on them, and writes a manifest
without results.
"""

from __future__ import annotations

import copy
import json
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from . import asl

# Bytes of a child's input.
MAX_INPUT = 262_144
MAX_WORKERS = 40


class Failed:
    """The output of a child execution that failed."""

    def __deepcopy__(self, _memo: Any) -> Failed:
        return self


FAILED = Failed()


def install() -> None:
    """Patches moto's distributed Maps."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import (
        distributed_iteration_component as component,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
        distributed_item_processor_worker as processor,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iterator import (
        distributed_iterator_worker as iterator,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap

    from_props = StateMap.from_state_props

    def from_state_props(self: Any, state_props: Any) -> None:
        from_props(self, state_props)
        taken = asl.taken_out(self.comment.comment or "" if self.comment else "")
        self.iteration_component.local_batcher = taken.get("ItemBatcher")
        self.result_writer = Writer(taken["ResultWriter"]) if "ResultWriter" in taken else None

    StateMap.from_state_props = from_state_props
    for worker in (processor.DistributedItemProcessorWorker, iterator.DistributedIteratorWorker):
        worker._eval_job = marking_failures(worker._eval_job)
    kind = component.DistributedIterationComponent
    original = kind._map_run

    def _map_run(self: Any, env: Any, eval_input: Any) -> None:
        items = env.stack.pop()
        batcher = getattr(self, "local_batcher", None)
        if batcher is not None:
            items = batches(env, batcher, items, eval_input)
        # moto starts one thread per item when no limit is given.
        record = eval_input.map_run_record
        limit = record.max_concurrency
        record.max_concurrency = min(limit or MAX_WORKERS, MAX_WORKERS, max(len(items), 1))
        env.stack.append(items)
        try:
            if items:
                original(self, env, eval_input)
            else:
                env.stack.pop()
                env.stack.append([])
        finally:
            record.max_concurrency = limit
        judge(env, eval_input)

    kind._map_run = _map_run
    install_lines()


def marking_failures(original: Any) -> Any:
    """Gives a failed child an output of its own, so that it is not taken for one that returned null."""
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded

    def _eval_job(self: Any, env: Any, job: Any) -> None:
        started = datetime.now(UTC)
        original(self, env, job)
        state = env.program_state()
        record = self._map_run_record
        result = {
            "ExecutionArn": record.map_state_machine_arn.replace(":stateMachine:", ":execution:") + f":{uuid.uuid4()}",
            "Input": json.dumps(job.job_input, default=str),
            "Name": str(uuid.uuid4()),
            "StartDate": started.isoformat(timespec="milliseconds"),
            "StopDate": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "StateMachineArn": record.map_state_machine_arn,
            "Status": "SUCCEEDED",
        }
        if isinstance(state, ProgramEnded):
            result["Output"] = json.dumps(job.job_output, default=str)
        else:
            error = getattr(state, "error", None) or {}
            result |= {"Status": "FAILED", "Error": error.get("error") or "", "Cause": error.get("cause") or ""}
            job.job_output = FAILED
        record.__dict__.setdefault("local_results", []).append((job.job_index, result))

    return _eval_job


def judge(env: Any, eval_input: Any) -> None:
    """Drops failed children from the output, or fails the Map Run when there are more than it tolerates."""
    outputs = env.stack.pop()
    failed = sum(1 for one in outputs if one is FAILED)
    count, percentage = eval_input.tolerated_failure_count, eval_input.tolerated_failure_percentage
    tolerated = failed <= (count or 0) or (percentage and failed * 100.0 / len(outputs) <= percentage)
    if failed and not tolerated:
        raise threshold_error(env)
    env.stack.append([one for one in outputs if one is not FAILED])


def threshold_error(env: Any) -> Exception:
    from moto.stepfunctions.parser.api import HistoryEventType, MapRunFailedEventDetails
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
        FailureEvent,
        FailureEventException,
    )
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    name = StatesErrorName(typ=StatesErrorNameType.StatesExceedToleratedFailureThreshold)
    details = MapRunFailedEventDetails(
        error=name.error_name, cause="The specified tolerated failure threshold was exceeded"
    )
    return FailureEventException(
        failure_event=FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.MapRunFailed,
            event_details=EventDetails(mapRunFailedEventDetails=details),
        )
    )


def batches(env: Any, batcher: dict[str, Any], items: list[Any], eval_input: Any) -> list[Any]:
    """Children's inputs: `{"BatchInput": ..., "Items": [...]}`. An ItemSelector is applied to each item first."""
    selected = [select(env, eval_input, position, item) for position, item in enumerate(items)]
    eval_input.item_selector = None
    size = int(setting(env, batcher, "MaxItemsPerBatch") or 0)
    most_bytes = int(setting(env, batcher, "MaxInputBytesPerBatch") or MAX_INPUT)
    shared = batcher.get("BatchInput")
    result: list[Any] = []
    current: list[Any] = []
    used = 0
    for item in selected:
        length = len(json.dumps(item, default=str))
        if current and ((size and len(current) >= size) or used + length > most_bytes):
            result.append(current)
            current, used = [], 0
        current.append(item)
        used += length
    if current:
        result.append(current)
    extra = {} if shared is None else {"BatchInput": template(env, shared)}
    return [{**copy.deepcopy(extra), "Items": batch} for batch in result]


def select(env: Any, eval_input: Any, position: int, item: Any) -> Any:
    """One item through the state's ItemSelector."""
    if eval_input.item_selector is None:
        return item
    frame = env.open_frame()
    try:
        frame.states.reset(input_value=env.states.get_input())
        frame.states.context_object.context_object_data["Map"] = {"Item": {"Index": position, "Value": item}}
        frame.stack.append(frame.states.get_input())
        eval_input.item_selector.eval(frame)
        return frame.stack.pop()
    finally:
        env.delete_frame(frame)


def setting(env: Any, batcher: dict[str, Any], name: str) -> Any:
    """A limit given as a number, as a path (`…Path`) or as a JSONata expression."""
    if name in batcher:
        return template(env, batcher[name])
    return path_value(env, batcher[f"{name}Path"]) if f"{name}Path" in batcher else None


def template(env: Any, value: Any) -> Any:
    """A payload template: `.$` fields and JSONata strings are evaluated against the Map state's input."""
    if isinstance(value, dict):
        return {
            key[:-2] if key.endswith(".$") else key: path_value(env, item)
            if key.endswith(".$")
            else template(env, item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [template(env, item) for item in value]
    if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
        from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata

        StringJSONata(value[2:-2].strip()).eval(env)
        return env.stack.pop()
    return value


def path_value(env: Any, path: str) -> Any:
    """A JSONPath into the state's input (`$`) or the context object (`$$`)."""
    from moto.stepfunctions.parser.asl.utils.json_path import extract_json

    context = env.states.context_object.context_object_data
    data, text = (context, path[1:]) if path.startswith("$$") else (env.states.get_input(), path)
    return data if text == "$" else extract_json(text, data)


class Writer:
    """Writes what the children returned to S3; moto writes a manifest that lists nothing."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.parameters = fields.get("Arguments") or fields.get("Parameters") or {}

    def eval(self, env: Any) -> None:
        """Replaces the output of the Map by where its results are."""
        from moto.stepfunctions.parser.asl.utils import boto_client

        env.stack.pop()
        parameters = template(env, self.parameters)
        record = env.map_run_record_pool_manager.get_all().pop()
        client = boto_client.boto_client_for(region=env.aws_execution_details.region, service="s3")
        bucket, prefix = parameters["Bucket"], parameters.get("Prefix", "")
        folder = f"{prefix.rstrip('/')}/" if prefix else ""
        folder += record.map_run_arn.split(":")[-1]
        files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
        results = [one for _, one in sorted(getattr(record, "local_results", []), key=lambda pair: pair[0])]
        for status in ("SUCCEEDED", "FAILED"):
            body = json.dumps([one for one in results if one["Status"] == status]).encode()
            if body != b"[]":
                key = f"{folder}/{status}_0.json"
                client.put_object(Bucket=bucket, Key=key, Body=body)
                files[status].append({"Key": key, "Size": len(body)})
        manifest = {"DestinationBucket": bucket, "MapRunArn": record.map_run_arn, "ResultFiles": files}
        key = f"{folder}/manifest.json"
        client.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())
        env.stack.append({"MapRunArn": record.map_run_arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}})


def install_lines() -> None:
    """A JSON Lines file: one item a line."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader import eval as reader
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap  # noqa: F401 - loads it

    def loads(text: Any) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            lines = text.decode() if isinstance(text, bytes) else text
            return [json.loads(line) for line in lines.splitlines() if line.strip()]

    reader.resource_output_transformer.transformer_json.json = SimpleNamespace(loads=loads)
