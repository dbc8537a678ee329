"""Step Functions: state machines, versions, tags.

The machines themselves are moto's, so that its tagging, CloudFormation and alias operations see them too.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Iterable
from typing import Any

from . import asl
from .registry import operation
from .settings import CURRENT
from .wire import AwsError, Call

SERVICE = "stepfunctions"
DEFAULT_PAGE, MAX_PAGE = 100, 1000
NAME = re.compile(r"^[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff]{1,80}$")
MACHINE_ARN = re.compile(r"^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[^:]+(:[^:]+)?$")
ROLE_ARN = re.compile(r"^arn:[\w-]+:iam::\d{12}:role/.+$")
MAX_DEFINITION = 1_048_576


def backend(call: Call) -> Any:
    """moto's interpreting backend of the caller's account and Region."""
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    return stepfunctions_parser_backends[call.account][call.region]


def missing(arn: str) -> AwsError:
    return AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def find(call: Call, arn: str) -> Any:
    """The machine, version or (through its first route) alias that an ARN names."""
    if not MACHINE_ARN.match(arn or ""):
        raise AwsError("InvalidArn", f"Invalid Arn: '{arn}'")
    base, suffix = split(arn)
    machine = next((one for one in backend(call).state_machines if one.arn == base), None)
    if machine is None:
        raise missing(arn)
    if not suffix:
        return machine
    if suffix in machine.aliases:
        suffix = machine.aliases[suffix].routing_configuration[0]["stateMachineVersionArn"].rpartition(":")[2]
    if suffix.isdigit() and int(suffix) in machine.versions:
        return machine.versions[int(suffix)]
    raise missing(arn)


def split(arn: str) -> tuple[str, str]:
    """An ARN without its version or alias, and that version or alias."""
    parts = arn.split(":")
    return ":".join(parts[:7]), ":".join(parts[7:])


def page(call_params: dict[str, Any], items: list[Any], key: Any) -> tuple[list[Any], str | None]:
    """`maxResults` and `nextToken` over a list in a fixed order; the token names the last item shown."""
    limit = call_params.get("maxResults") or DEFAULT_PAGE
    if not 0 <= limit <= MAX_PAGE:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{limit}' at 'maxResults' failed to satisfy constraint: "
            f"Member must have value less than or equal to {MAX_PAGE}",
        )
    start = 0
    if call_params.get("nextToken"):
        after = decode_token(call_params["nextToken"])
        start = next((at + 1 for at, item in enumerate(items) if key(item) == after), len(items))
    shown = items[start : start + limit]
    more = start + limit < len(items)
    return shown, encode_token(key(shown[-1])) if more else None


def encode_token(text: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([text]).encode()).decode()


def decode_token(token: str) -> str:
    try:
        return json.loads(base64.urlsafe_b64decode(token.encode()))[0]
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise AwsError("InvalidToken", f"Invalid Token: '{token[:40]}'") from error


@operation(SERVICE, "ListStateMachines")
def list_state_machines(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    shown, token = page(params, backend(call).state_machines, lambda machine: machine.arn)
    return {
        "stateMachines": [
            {
                "stateMachineArn": machine.arn,
                "name": machine.name,
                "type": machine.type,
                "creationDate": machine.creation_date,
            }
            for machine in shown
        ],
        "nextToken": token,
    }


@operation(SERVICE, "DescribeStateMachine")
def describe_state_machine(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    arn = params.get("stateMachineArn", "")
    machine = find(call, arn)
    return description(machine, params.get("includedData") != "METADATA_ONLY")


def description(machine: Any, with_definition: bool = True) -> dict[str, Any]:
    """The fields of DescribeStateMachine."""
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "status": "ACTIVE",
        "definition": machine.definition if with_definition else "",
        "roleArn": machine.roleArn,
        "type": machine.type,
        "creationDate": machine.creation_date,
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False} | (machine.loggingConfiguration or {}),
        "tracingConfiguration": machine.tracingConfiguration or {"enabled": False},
        "encryptionConfiguration": machine.encryptionConfiguration or {"type": "AWS_OWNED_KEY"},
        "revisionId": getattr(machine, "revision_id", None),
        "description": machine.description,
    }


def accept(definition: str, kind: str) -> None:
    """Raises InvalidDefinition (or InvalidArn-like errors) for what AWS would not store."""
    if CURRENT.accept_any_definition:
        return
    try:
        judge(definition, kind)
    except asl.Invalid as error:
        raise AwsError("InvalidDefinition", f"Invalid State Machine Definition: '{error}'") from error


def judge(definition: str, kind: str) -> None:
    """Structure first, then the grammar."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser, ASLParserException

    if len(definition.encode()) > MAX_DEFINITION:
        raise asl.Invalid("SCHEMA_VALIDATION_FAILED", f"The definition is longer than {MAX_DEFINITION} bytes")
    data = asl.load(definition)
    asl.check(data)
    fault = asl.express_faults(data) if kind == "EXPRESS" else None
    if fault:
        raise asl.Invalid("SCHEMA_VALIDATION_FAILED", fault)
    try:
        AmazonStateLanguageParser.parse(definition)
    except ASLParserException as error:
        raise asl.Invalid("SCHEMA_VALIDATION_FAILED", "; ".join(error.errors[:3])) from error
    except Exception as error:  # noqa: BLE001 - the preprocessor raises many kinds for a definition it cannot build
        raise asl.Invalid("SCHEMA_VALIDATION_FAILED", f"{type(error).__name__}: {error}") from error


@operation(SERVICE, "ValidateStateMachineDefinition")
def validate(_call: Call, params: dict[str, Any]) -> dict[str, Any]:
    try:
        judge(params["definition"], params.get("type", "STANDARD"))
    except asl.Invalid as error:
        fault = {"severity": "ERROR", "code": error.code, "message": error.message, "location": error.location or None}
        return {"result": "FAIL", "diagnostics": [fault], "truncated": False}
    return {"result": "OK", "diagnostics": [], "truncated": False}


@operation(SERVICE, "CreateStateMachine")
def create_state_machine(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    from moto.stepfunctions.models import StateMachine

    name, definition, role = params["name"], params["definition"], params["roleArn"]
    kind = params.get("type", "STANDARD")
    if not NAME.match(name):
        raise AwsError("InvalidName", f"Invalid Name: '{name}'")
    if not ROLE_ARN.match(role):
        raise AwsError("InvalidArn", f"Invalid Role Arn: '{role}'")
    check_version_description(params)
    accept(definition, kind)
    store = backend(call)
    arn = f"arn:aws:states:{call.region}:{call.account}:stateMachine:{name}"
    machine = next((one for one in store.state_machines if one.arn == arn), None)
    if machine is not None:
        if (machine.definition, machine.roleArn, machine.type) != (definition, role, kind):
            raise AwsError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
    else:
        machine = StateMachine(
            arn,
            name,
            definition,
            role,
            store,
            params.get("encryptionConfiguration"),
            params.get("loggingConfiguration"),
            params.get("tracingConfiguration"),
            sm_type=kind,
        )
        machine.revision_id = str(uuid.uuid4())
        if params.get("tags"):
            store.tagger.tag_resource(arn, params["tags"])
        store.state_machines.append(machine)
        if params.get("publish"):
            publish(machine, params.get("versionDescription"))
    version = machine.latest_version.arn if params.get("publish") and machine.latest_version else None
    return {"stateMachineArn": arn, "creationDate": machine.creation_date, "stateMachineVersionArn": version}


def check_version_description(params: dict[str, Any]) -> None:
    if params.get("versionDescription") and not params.get("publish"):
        raise AwsError("ValidationException", "Version description can only be set when publish is true")


@operation(SERVICE, "UpdateStateMachine")
def update_state_machine(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    machine = find(call, split(params["stateMachineArn"])[0])
    fields = {
        "definition": params.get("definition"),
        "roleArn": params.get("roleArn"),
        "loggingConfiguration": params.get("loggingConfiguration"),
        "tracingConfiguration": params.get("tracingConfiguration"),
        "encryptionConfiguration": params.get("encryptionConfiguration"),
    }
    if not any(value is not None for value in fields.values()) and not params.get("publish"):
        raise AwsError(
            "MissingRequiredParameter", "Either the definition, the role ARN or a configuration must be given"
        )
    check_version_description(params)
    if fields["definition"] is not None:
        accept(fields["definition"], machine.type)
    machine.update(**fields)
    machine.revision_id = str(uuid.uuid4())
    version = publish(machine, params.get("versionDescription")).arn if params.get("publish") else None
    return {
        "updateDate": machine.update_date,
        "revisionId": machine.revision_id,
        "stateMachineVersionArn": version,
    }


@operation(SERVICE, "DeleteStateMachine")
def delete_state_machine(call: Call, params: dict[str, Any]) -> None:
    store = backend(call)
    store.state_machines[:] = [one for one in store.state_machines if one.arn != params["stateMachineArn"]]
    store.tagger.delete_all_tags_for_resource(params["stateMachineArn"])


def publish(machine: Any, text: str | None) -> Any:
    """A new version, unless nothing has changed since the last one."""
    revision = getattr(machine, "revision_id", None)
    if machine.latest_version is None or getattr(machine, "published_revision", "none") != revision:
        machine.publish(text)
        machine.latest_version.revision_id = revision
        machine.published_revision = revision
    return machine.latest_version


@operation(SERVICE, "PublishStateMachineVersion")
def publish_version(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    machine = find(call, params["stateMachineArn"])
    wanted = params.get("revisionId")
    if wanted not in (None, "INITIAL", getattr(machine, "revision_id", None)):
        raise AwsError("ConflictException", "The revision of the state machine is not the one given")
    version = publish(machine, params.get("description"))
    return {"creationDate": version.creation_date, "stateMachineVersionArn": version.arn}


@operation(SERVICE, "ListStateMachineVersions")
def list_versions(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    machine = find(call, params["stateMachineArn"])
    newest_first = [machine.versions[number] for number in sorted(machine.versions, reverse=True)]
    shown, token = page(params, newest_first, lambda version: version.arn)
    return {
        "stateMachineVersions": [
            {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date} for version in shown
        ],
        "nextToken": token,
    }


@operation(SERVICE, "DeleteStateMachineVersion")
def delete_version(call: Call, params: dict[str, Any]) -> None:
    base, number = split(params["stateMachineVersionArn"])
    machine = find(call, base)
    users = [
        one
        for one in machine.aliases.values()
        if params["stateMachineVersionArn"] in json.dumps(one.routing_configuration)
    ]
    if users:
        raise AwsError("ConflictException", "The version is referenced by an alias")
    machine.versions.pop(int(number) if number.isdigit() else 0, None)


@operation(SERVICE, "ListTagsForResource")
def list_tags(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    check_resource(call, params["resourceArn"])
    return backend(call).tagger.list_tags_for_resource(params["resourceArn"])


@operation(SERVICE, "TagResource")
def tag_resource(call: Call, params: dict[str, Any]) -> None:
    check_resource(call, params["resourceArn"])
    backend(call).tagger.tag_resource(params["resourceArn"], params["tags"])


def check_resource(call: Call, arn: str) -> None:
    """Tags belong to a machine or an activity that exists."""
    store = backend(call)
    known: Iterable[str] = (one.arn for one in store.state_machines)
    if arn not in known and arn not in store.activities:
        raise AwsError("ResourceNotFound", f"Resource not found: '{arn}'")
