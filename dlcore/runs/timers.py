"""What happens later, unless it is cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    def cancel(self) -> None: ...


MakeTimer = Callable[[float, Callable[[], None]], Timer]


def start_timer(seconds: float, what: Callable[[], None]) -> Timer:
    timer = threading.Timer(seconds, what)
    timer.daemon = True
    timer.start()
    return timer
