"""A log that the same error, again and again, cannot fill."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

SECONDS = 1.0
REMEMBERED = 200


class OncePerSecond(logging.Filter):
    """Let a line through at most once a second; the next one says how many were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}  # when it was written last, how many since

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        line = (record.name, str(record.msg)[:120])
        last, left_out = self._seen.get(line, (-SECONDS, 0))
        if now - last < SECONDS:
            self._seen[line] = (last, left_out + 1)
            return False
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[line] = (now, 0)
        if left_out:
            record.msg = f"{record.getMessage()} (and {left_out} times more since the last line)"
            record.args = ()
        return True


def quieten() -> None:
    """Set the filter on every handler there is. What asyncio says of its sockets gets one of its own."""
    once = OncePerSecond()
    sockets = logging.getLogger("asyncio")
    if not sockets.handlers:
        sockets.addHandler(logging.StreamHandler())
        sockets.propagate = False
    known = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    for handler in {handler for logger in known for handler in logger.handlers}:
        handler.addFilter(once)
