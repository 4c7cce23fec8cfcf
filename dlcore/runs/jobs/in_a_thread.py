"""Work that gives no way in, done beside the one who waits for it: a cancelled task ends at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar

from dlcore.events import Tick

LOOK_SECONDS = 0.02  # between two looks whether a step is done

Event = TypeVar("Event")


def in_a_thread(steps: Iterator[Event]) -> Iterator[Event | Tick]:
    """The same steps, with Ticks while one takes its time.

    Whoever closes it early leaves the step at work behind: a task's kind says so by `threaded`.
    """
    pool = ThreadPoolExecutor(1)
    try:
        while True:
            work = pool.submit(next, steps, None)
            while wait([work], LOOK_SECONDS).not_done:
                yield Tick()
            step: Any = work.result()
            if step is None:
                return
            yield step
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
