"""What a test may switch, by `--config`, by flags or while the server runs (`POST /_local/config`)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class Settings:
    """Switches of the whole server; the defaults are what AWS does."""

    # Store any text as a definition, without parsing it.
    accept_any_definition: bool = False
    # Longest real time that a Wait state or a retry may take, in seconds; None waits as written.
    max_wait_seconds: float | None = None
    # Executions publish AWS/States metrics when they end.
    executions_publish_metrics: bool = False
    # HTTP subscribers need not confirm.
    sns_auto_confirm: bool = False
    # Metric data of any age may be published (AWS: two weeks).
    metrics_any_age: bool = False
    # Periods start at multiples of the period since the epoch instead of at the (rounded) StartTime.
    metrics_epoch_aligned: bool = False


CURRENT = Settings()


def update(values: dict[str, Any]) -> dict[str, Any]:
    """Sets the switches that are named; an unknown name is a ValueError."""
    known = {one.name for one in fields(Settings)}
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"unknown setting {name!r}; known: {', '.join(sorted(known))}")
        setattr(CURRENT, name, value)
    return asdict(CURRENT)


def reset() -> None:
    """Back to the defaults."""
    update(asdict(Settings()))
