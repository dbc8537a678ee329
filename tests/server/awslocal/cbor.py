"""Smithy rpc-v2-cbor bodies, driven by the shapes of the botocore service models.

The shape decides the CBOR type: a float stays a float even when it is whole, a timestamp is tag 1.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import cbor2

CONTENT_TYPE = "application/cbor"
PROTOCOL = "rpc-v2-cbor"
FLOATS = ("float", "double")
INTEGERS = ("integer", "long")


def loads(body: bytes) -> dict[str, Any]:
    """Decodes a request body; an empty body is an empty structure."""
    return cbor2.loads(body) if body else {}


def dumps(value: Any, shape: Any) -> bytes:
    """Encodes a result by its output shape (None for an operation without output)."""
    return cbor2.dumps(plain(value, shape) if shape is not None else {})


def plain(value: Any, shape: Any) -> Any:
    """The value as CBOR types; members that are None or unknown to the shape are left out."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        return {
            name: plain(item, members[name]) for name, item in value.items() if item is not None and name in members
        }
    if kind == "list":
        return [plain(item, shape.member) for item in value]
    if kind == "map":
        return {str(key): plain(item, shape.value) for key, item in value.items()}
    if kind == "timestamp":
        return cbor2.CBORTag(1, seconds(value))
    if kind in FLOATS:
        return float(value)
    if kind in INTEGERS:
        return int(value)
    return value


def seconds(value: Any) -> float:
    """A timestamp as seconds since the epoch."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return float(value)


def error(code: str, message: str) -> bytes:
    """An error body."""
    return cbor2.dumps({"__type": code, "message": message})
