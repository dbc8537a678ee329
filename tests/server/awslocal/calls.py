"""The request log: which operation, when, with what status. Bodies are never kept."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import Any, TextIO

from .wire import Call

KEPT = 50_000


class CallLog:
    """Counts and the last calls; calls of moto's interpreter are counted apart."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.file: TextIO | None = None
        self.reset()

    def open(self, path: str) -> None:
        """Also appends one JSON line a call to a file."""
        self.file = open(path, "a", encoding="utf-8", buffering=1)

    def reset(self) -> None:
        with self.lock:
            self.counts: Counter[str] = Counter()
            self.throttled: Counter[str] = Counter()
            self.internal: Counter[str] = Counter()
            self.statuses: Counter[str] = Counter()
            self.calls: list[dict[str, Any]] = []

    def add(self, call: Call, status: int, started: float, code: str | None) -> None:
        """Records an answered call; `started` is a monotonic time."""
        throttled = code in ("ThrottlingException", "Throttling")
        record = {
            "op": call.name,
            "status": status,
            "code": code,
            "at": round(started, 6),
            "ms": round((time.monotonic() - started) * 1000, 3),
            "region": call.region,
            "account": call.account,
            "protocol": call.protocol,
            "throttled": throttled,
            "internal": call.internal,
        }
        with self.lock:
            (self.internal if call.internal else self.counts)[call.name] += 1
            self.statuses[f"{call.name} {status}"] += 1
            if throttled:
                self.throttled[call.name] += 1
            if len(self.calls) < KEPT:
                self.calls.append(record)
            if self.file:
                self.file.write(json.dumps(record) + "\n")

    def report(self) -> dict[str, Any]:
        with self.lock:
            return {
                "counts": dict(sorted(self.counts.items())),
                "throttled": dict(sorted(self.throttled.items())),
                "internal": dict(sorted(self.internal.items())),
                "statuses": dict(sorted(self.statuses.items())),
                "calls": list(self.calls),
            }
