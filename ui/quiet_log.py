"""A log that the same error, again and again, cannot fill."""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Callable

SECONDS = 1.0
REMEMBERED = 200
NUMBERS = re.compile(r"[0-9a-f]{8,}|\d+")


class OncePerSecond(logging.Filter):
    """Let a line through at most once a second; the next one says how many were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}  # when it was written last, how many since

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        line = (record.name, _what(record))
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


def _what(record: logging.LogRecord) -> str:
    """The same for the same error: where it was raised, or else its words without their numbers and ids."""
    if record.exc_info and (error := record.exc_info[1]) is not None:
        places = traceback.extract_tb(error.__traceback__)[-1:]
        return f"{type(error).__name__} {[(place.filename, place.lineno) for place in places]}"
    return NUMBERS.sub("#", record.getMessage())[:300]


def quieten() -> None:
    """Set the filter on every handler there is. What asyncio says of its sockets, and what nobody else
    handles, gets one of its own.
    """
    once = OncePerSecond()
    if not logging.root.handlers:  # as Python itself would do at the first warning
        logging.root.addHandler(logging.StreamHandler())
    sockets = logging.getLogger("asyncio")
    if not sockets.handlers:
        sockets.addHandler(logging.StreamHandler())
        sockets.propagate = False
    if logging.lastResort is not None:  # what the web server says of requests that are none
        logging.lastResort.addFilter(once)
    known = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    for handler in {handler for logger in known for handler in logger.handlers}:
        handler.addFilter(once)
