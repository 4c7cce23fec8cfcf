"""What happens later, unless it is cancelled."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

log = logging.getLogger(__name__)


class Timer(Protocol):
    def cancel(self) -> None: ...


MakeTimer = Callable[[float, Callable[[], None]], Timer | None]


def start_timer(seconds: float, what: Callable[[], None]) -> Timer | None:
    """None where no thread can begin: whoever sets it must not end by that."""
    timer = threading.Timer(seconds, what)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError as error:
        log.warning("no timer: %s", error)
        return None
    return timer
