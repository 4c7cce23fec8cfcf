"""Waiting for a fact. A deadline is there only to end a hang: a busy machine is slow, not wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

DEADLINE_SECONDS = 300.0
LOOK_SECONDS = 0.02


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
