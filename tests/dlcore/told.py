"""What a generator of events said, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from dlcore.events import Event, Tick

Kind = TypeVar("Kind")


def told(events: Iterable[Event]) -> list[Event]:
    """Everything but Ticks."""
    return [event for event in events if not isinstance(event, Tick)]


def only(kind: type[Kind], events: Iterable[Event]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]
