"""Definitions before moto's grammar sees them: structural checks it lacks, and rewriting of what it cannot parse.

The grammar of moto 5.2.5 rejects `ExecutionType: EXPRESS` on a distributed Map, `ItemBatcher`, a JSONata
`ResultWriter`, an integer `ToleratedFailurePercentage` and `InputType: JSONL`; AWS takes all of them. The text that a
client stored is never changed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

# A Map state's Comment that starts with this carries the fields that were taken out.
TAKEN_OUT = "local-taken-out:"
TERMINAL = ("Succeed", "Fail")


class Invalid(Exception):
    """A definition that AWS refuses: its code (as in ValidateStateMachineDefinition), text and location."""

    def __init__(self, code: str, message: str, location: str = "") -> None:
        super().__init__(f"{code}: {message}" + (f" at {location}" if location else ""))
        self.code = code
        self.message = message
        self.location = location


def load(text: str) -> dict[str, Any]:
    """The definition as data; not JSON, or not an object, is Invalid."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("INVALID_JSON_DESCRIPTION", f"Invalid JSON: {error}") from error
    if not isinstance(data, dict):
        raise Invalid("SCHEMA_VALIDATION_FAILED", "The definition must be a JSON object")
    return data


def scopes(data: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with `States`: the machine, Parallel branches and Map processors."""
    yield path, data
    states = data.get("States")
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        where = f"{path}/States/{name}"
        for key in ("ItemProcessor", "Iterator"):
            if isinstance(state.get(key), dict):
                yield from scopes(state[key], f"{where}/{key}")
        branches = state.get("Branches")
        for position, branch in enumerate(branches if isinstance(branches, list) else ()):
            if isinstance(branch, dict):
                yield from scopes(branch, f"{where}/Branches[{position}]")


def check(data: dict[str, Any]) -> None:
    """Raises Invalid for the first structural fault: no states, a target that does not exist."""
    for path, scope in scopes(data):
        states = scope.get("States")
        if not isinstance(states, dict) or not states:
            raise Invalid("SCHEMA_VALIDATION_FAILED", "Field 'States' is missing or empty", path or "/")
        if scope.get("StartAt") not in states:
            raise Invalid(
                "MISSING_TRANSITION_TARGET", f"Missing 'StartAt' target: {scope.get('StartAt')}", f"{path}/StartAt"
            )
        for name, state in states.items():
            for field, target in targets(state):
                if target not in states:
                    raise Invalid(
                        "MISSING_TRANSITION_TARGET",
                        f"Missing '{field}' target: {target}",
                        f"{path}/States/{name}/{field}",
                    )


def targets(state: Any) -> Iterator[tuple[str, Any]]:
    """Where a state may go."""
    if not isinstance(state, dict):
        return
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field]
    for field in ("Choices", "Catch"):
        entries = state.get(field)
        for position, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and "Next" in entry:
                yield f"{field}[{position}].Next", entry["Next"]


def for_grammar(text: str) -> str:
    """The definition as moto's grammar can parse it. Raises Invalid for text that is not a JSON object."""
    data = load(text)
    for _, scope in scopes(data):
        states = scope.get("States")
        for state in states.values() if isinstance(states, dict) else ():
            if isinstance(state, dict) and state.get("Type") == "Map":
                rewrite_map(state)
    return json.dumps(data, ensure_ascii=False)


def taken_out(comment: str) -> dict[str, Any]:
    """The fields that a Comment carries."""
    return json.loads(base64.b64decode(comment[len(TAKEN_OUT) :])) if comment.startswith(TAKEN_OUT) else {}


def rewrite_map(state: dict[str, Any]) -> None:
    """Rewrites one Map state in place."""
    taken = {name: state.pop(name) for name in ("ItemBatcher", "ResultWriter") if isinstance(state.get(name), dict)}
    if "Resource" not in taken.get("ResultWriter", {}):
        # A writer with a WriterConfig only says how results are grouped; nothing is written.
        taken.pop("ResultWriter", None)
    if taken:
        # The grammar hands strings on with their escapes; base64 has none.
        state["Comment"] = TAKEN_OUT + base64.b64encode(json.dumps(taken).encode()).decode()
    percentage = state.get("ToleratedFailurePercentage")
    if isinstance(percentage, int) and not isinstance(percentage, bool):
        state["ToleratedFailurePercentage"] = float(percentage)
    for key in ("ItemProcessor", "Iterator"):
        processor = state.get(key)
        config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        if isinstance(config, dict) and config.get("ExecutionType") == "EXPRESS":
            config["ExecutionType"] = "STANDARD"
    reader = state.get("ItemReader")
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    if isinstance(config, dict) and config.get("InputType") == "JSONL":
        config["InputType"] = "JSON"


def express_faults(data: dict[str, Any]) -> str | None:
    """Why a definition cannot be an EXPRESS machine, or None."""
    for _, scope in scopes(data):
        states = scope.get("States")
        for state in states.values() if isinstance(states, dict) else ():
            if not isinstance(state, dict):
                continue
            resource = state.get("Resource") if isinstance(state.get("Resource"), str) else ""
            suffix = resource.rpartition(".")[2]
            if suffix in ("sync", "sync:2", "waitForTaskToken"):
                return f"Express state machine does not support '.{suffix}' service integration"
            if ":activity:" in resource:
                return "Express state machine does not support Activity ARN"
            processor = state.get("ItemProcessor") or state.get("Iterator") or {}
            if isinstance(processor, dict) and (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
                return "Express state machine does not support Distributed Map"
    return None
