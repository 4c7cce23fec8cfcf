"""Waiting for a fact. A deadline is there only to end a hang: a busy machine is slow, not wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

DEADLINE_SECONDS = 300.0
LOOK_SECONDS = 0.02


class Counted:
    """A lock that knows how often somebody came to it, whoever still waits included."""

    def __init__(self, lock: AbstractContextManager[Any]) -> None:
        self._lock = lock
        self._came: list[int] = []

    @property
    def came(self) -> int:
        return len(self._came)

    def __enter__(self) -> None:
        self._came.append(1)
        self._lock.__enter__()

    def __exit__(self, *_: object) -> None:
        self._lock.__exit__(None, None, None)


def wait_until(
    condition: Callable[[], object],
    what: str,
    every: float = LOOK_SECONDS,
    deadline: float = DEADLINE_SECONDS,
) -> None:
    """Look again and again until it holds. The look must be cheap: it shares the processor."""
    pause = threading.Event()
    until = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > until:
            pytest.fail(f"After {deadline:.0f} s this does not hold: {what}.")
        pause.wait(every)
