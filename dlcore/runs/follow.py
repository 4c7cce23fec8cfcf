"""A task followed from its beginning to its end: the command line's way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from dlcore.errors import RunError
from dlcore.runs.tasks import Tasks

POLL_SECONDS = 0.05


def iter_task(kind: str, payload: Mapping[str, Any]) -> Iterator[Any]:
    """Run one task in a process of its own and yield its events; closed early, the process ends.

    Raises RunError if it fails.
    """
    with closing(Tasks()) as tasks:
        task_id, seen = tasks.submit(kind, payload, key="", session=""), 0
        while True:
            task = tasks.get(task_id)
            assert task is not None
            yield from task.events[seen:]
            seen = len(task.events)
            if task.status == "failed":
                raise RunError(task.reason)
            if not task.active:
                return
            time.sleep(POLL_SECONDS)
