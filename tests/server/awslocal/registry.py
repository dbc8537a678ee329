"""The operations that this server answers itself; everything else goes to moto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .wire import Call

Operation = Callable[[Call, dict[str, Any]], "dict[str, Any] | None"]
OPERATIONS: dict[tuple[str, str], Operation] = {}


def operation(service: str, name: str) -> Callable[[Operation], Operation]:
    """Registers a function as the answer to an operation of a botocore service."""

    def register(function: Operation) -> Operation:
        OPERATIONS[(service, name)] = function
        return function

    return register
