"""Step Functions: executions and their histories, on moto's interpreter."""

from __future__ import annotations

import copy
import json
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from . import machines, metrics
from .machines import SERVICE, backend, find, page
from .registry import operation
from .settings import CURRENT
from .wire import AwsError, Call, moment

# What `includeExecutionData=false` leaves out of an event.
PAYLOAD_FIELDS = (
    "input", "inputDetails", "output", "outputDetails", "parameters", "assignedVariables", "assignedVariablesDetails",
)  # fmt: skip
ENDED_METRIC = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
NAMES_LOCK = threading.Lock()


def now() -> datetime:
    return datetime.now(UTC)


def launch(call: Call, params: dict[str, Any]) -> tuple[Any, Any]:
    """Starts an execution and returns it with its machine."""
    arn = params["stateMachineArn"]
    target = find(call, arn)
    machine = find(call, machines.split(arn)[0])
    text = params.get("input") or "{}"
    try:
        json.loads(text)
    except ValueError as error:
        raise AwsError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from error
    name = params.get("name") or str(uuid.uuid4())
    if not machines.NAME.match(name):
        raise AwsError("InvalidName", f"Invalid Name: '{name}'")
    express = machine.type == "EXPRESS"
    with NAMES_LOCK:
        if not express:
            same = next((one for one in machine.executions if one.name == name), None)
            if same is not None:
                if same.status == "RUNNING" and same.execution_input == text:
                    return same, machine
                raise AwsError("ExecutionAlreadyExists", f"Execution Already Exists: '{same.execution_arn}'")
        execution = make(call, machine, target, name, text, express)
        if not express:
            machine.executions.append(execution)
    execution.local_finished = lambda one: publish_metrics(call, machine, one)
    execution.start()
    return execution, machine


def make(call: Call, machine: Any, target: Any, name: str, text: str, express: bool) -> Any:
    """An execution of moto's interpreter on a snapshot of the machine."""
    from moto.stepfunctions.parser.backend.execution import Execution

    snapshot = copy.copy(target)
    snapshot.executions = []
    tail = f"express:{machine.name}:{name}:{uuid.uuid4()}" if express else f"execution:{machine.name}:{name}"
    execution = Execution(
        name=name,
        sm_type="STANDARD",
        role_arn=target.roleArn,
        exec_arn=f"arn:aws:states:{call.region}:{call.account}:{tail}",
        account_id=call.account,
        region_name=call.region,
        state_machine=snapshot,
        start_date=now(),
        cloud_watch_logging_session=None,
        input_data=text,
        trace_header=None,
        activity_store=backend(call).activities,
    )
    execution.state_machine_arn = machine.arn
    execution.version_arn = target.arn if target is not machine else None
    return execution


def publish_metrics(call: Call, machine: Any, execution: Any) -> None:
    """What AWS/States would get from an execution, when the settings ask for it."""
    if not CURRENT.executions_publish_metrics:
        return
    store = metrics.store(call.account, call.region)
    duration = (execution.stop_date - execution.start_date).total_seconds() * 1000.0
    entered = sum(1 for one in raw_history(execution) if str(type_of(one)).endswith("StateEntered"))
    by_machine = [{"Name": "StateMachineArn", "Value": machine.arn}]
    transitions = [*by_machine, {"Name": "ServiceMetric", "Value": "StateTransition"}]
    ended = ENDED_METRIC.get(str(execution.status), "ExecutionsFailed")
    data = [
        ("ExecutionsStarted", 1.0, "Count", by_machine),
        (ended, 1.0, "Count", by_machine),
        ("ExecutionTime", duration, "Milliseconds", by_machine),
        ("ConsumedCapacity", float(entered), "Count", transitions),
    ]
    for name, value, unit, dimensions in data:
        datum = {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": dimensions}
        store.put("AWS/States", datum, time.time(), True)


@operation(SERVICE, "StartExecution")
def start_execution(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    execution, _ = launch(call, params)
    return {"executionArn": execution.execution_arn, "startDate": execution.start_date}


@operation(SERVICE, "StartSyncExecution")
def start_sync_execution(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Runs an EXPRESS machine to its end."""
    if find(call, machines.split(params["stateMachineArn"])[0]).type != "EXPRESS":
        raise AwsError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
    execution, machine = launch(call, params)
    deadline = time.monotonic() + 300
    while str(execution.status) == "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.005)
    stop = execution.stop_date or now()
    milliseconds = (stop - execution.start_date).total_seconds() * 1000
    succeeded = str(execution.status) == "SUCCEEDED"
    return {
        "executionArn": execution.execution_arn,
        "stateMachineArn": machine.arn,
        "name": execution.name,
        "startDate": execution.start_date,
        "stopDate": stop,
        "status": "TIMED_OUT"
        if str(execution.status) in ("RUNNING", "TIMED_OUT")
        else ("SUCCEEDED" if succeeded else "FAILED"),
        "error": execution.error,
        "cause": execution.cause,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "output": output_of(execution) if succeeded else None,
        "outputDetails": {"included": True} if succeeded else None,
        "billingDetails": {
            "billedMemoryUsedInMB": 64,
            "billedDurationInMilliseconds": int(-(-milliseconds // 100) * 100),
        },
    }


def output_of(execution: Any) -> str | None:
    """The output as the JSON text that the API returns."""
    if isinstance(execution.output, str) and execution.output[:1] in ('"', "{", "["):
        return execution.output
    return json.dumps(execution.output, separators=(",", ":"), default=str)


def running_machine(call: Call, arn: str) -> tuple[Any, Any]:
    """The execution of an ARN and its machine; EXPRESS executions are not kept, as on AWS."""
    parts = (arn or "").split(":")
    if len(parts) < 8 or parts[5] != "execution":
        raise AwsError("InvalidArn", f"Invalid Arn: '{arn}'")
    for machine in backend(call).state_machines:
        if machine.name == parts[6]:
            for execution in machine.executions:
                if execution.execution_arn == arn:
                    return execution, machine
    raise AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


@operation(SERVICE, "DescribeExecution")
def describe_execution(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    execution, machine = running_machine(call, params["executionArn"])
    succeeded = str(execution.status) == "SUCCEEDED"
    shown = params.get("includedData") != "METADATA_ONLY"
    return {
        "executionArn": execution.execution_arn,
        "stateMachineArn": machine.arn,
        "stateMachineVersionArn": execution.version_arn,
        "name": execution.name,
        "status": str(execution.status),
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "input": execution.execution_input if shown else None,
        "inputDetails": {"included": shown},
        "output": output_of(execution) if succeeded and shown else None,
        "outputDetails": {"included": shown} if succeeded else None,
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
    }


@operation(SERVICE, "ListExecutions")
def list_executions(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    if not params.get("stateMachineArn"):
        return {"executions": []}
    machine = find(call, machines.split(params["stateMachineArn"])[0])
    if machine.type == "EXPRESS":
        raise AwsError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
    wanted = params.get("statusFilter")
    newest_first = [one for one in reversed(machine.executions) if not wanted or str(one.status) == wanted]
    shown, token = page(params, newest_first, lambda one: one.execution_arn)
    return {
        "executions": [
            {
                "executionArn": one.execution_arn,
                "stateMachineArn": machine.arn,
                "stateMachineVersionArn": one.version_arn,
                "name": one.name,
                "status": str(one.status),
                "startDate": one.start_date,
                "stopDate": one.stop_date,
                "redriveCount": 0,
            }
            for one in shown
        ],
        "nextToken": token,
    }


@operation(SERVICE, "StopExecution")
def stop_execution(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    execution, _ = running_machine(call, params["executionArn"])
    if str(execution.status) == "RUNNING" and execution.exec_worker.env is not None:
        execution.stop(now(), params.get("error"), params.get("cause"))
        execution.error, execution.cause = params.get("error"), params.get("cause")
    return {"stopDate": execution.stop_date or now()}


@operation(SERVICE, "DescribeStateMachineForExecution")
def describe_machine_for_execution(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    execution, machine = running_machine(call, params["executionArn"])
    shown = machines.description(execution.state_machine)
    return shown | {"stateMachineArn": machine.arn, "updateDate": machine.update_date}


def type_of(event: dict[str, Any]) -> str:
    """The event type as its public name."""
    return getattr(event["type"], "value", event["type"])


def raw_history(execution: Any) -> list[dict[str, Any]]:
    """The live list of events; an execution that never parsed has a start and an end."""
    env = execution.exec_worker.env
    if env is not None:
        return env.event_manager._history_event_list
    if str(execution.status) == "RUNNING":
        return []
    start = {"roleArn": execution.role_arn, "input": execution.execution_input, "inputDetails": {"truncated": False}}
    failed = {"error": execution.error, "cause": execution.cause}
    return [
        {"id": 1, "previousEventId": 0, "type": "ExecutionStarted", "timestamp": execution.start_date,
         "executionStartedEventDetails": start},
        {"id": 2, "previousEventId": 0, "type": "ExecutionFailed", "timestamp": execution.stop_date,
         "executionFailedEventDetails": failed},
    ]  # fmt: skip


@operation(SERVICE, "GetExecutionHistory")
def get_execution_history(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    execution, _ = running_machine(call, params["executionArn"])
    events = list(raw_history(execution))
    if params.get("reverseOrder"):
        events.reverse()
    shown, token = page(params, events, lambda event: str(event["id"]))
    keep = params.get("includeExecutionData", True)
    return {"events": [public(event, keep) for event in shown], "nextToken": token}


def public(event: dict[str, Any], with_data: bool) -> dict[str, Any]:
    """One event as the API shows it."""
    shown = {**event, "type": type_of(event), "timestamp": moment(event["timestamp"])}
    if not with_data:
        for name, details in event.items():
            if isinstance(details, dict):
                shown[name] = {key: value for key, value in details.items() if key not in PAYLOAD_FIELDS}
    return shown


def stop_all() -> None:
    """Stops every running execution, so that none outlives a reset."""
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends
    from moto.stepfunctions.parser.utils import TMP_THREADS

    for _, _, store in stepfunctions_parser_backends.iter_backends():
        for machine in store.state_machines:
            for execution in machine.executions:
                if str(execution.status) == "RUNNING" and execution.exec_worker.env is not None:
                    execution.stop(now(), None, None)
    TMP_THREADS[:] = [thread for thread in TMP_THREADS if thread.is_alive()]
