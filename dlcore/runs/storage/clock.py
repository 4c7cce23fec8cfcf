"""The time of day, as far as it can be believed."""

from __future__ import annotations

import time


def now() -> float:
    """The time of day, but no more of it than has really passed since this process began.

    A clock that is set to next year forsakes nobody.
    """
    return min(time.time(), BEGAN + _passed())


def _passed() -> float:
    """Seconds on a clock that nobody sets, and that, where there is one, goes on while the machine sleeps."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


BEGAN = time.time() - _passed()
