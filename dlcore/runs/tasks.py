"""Passing work in processes of its own: asked for by a page, followed, not stored, dropped when unwanted.

One task has one process at a time and gives way to runs. The same work asked for twice is done once. While
somebody waits who has no process, nobody else works in two: one of theirs stands still meanwhile.
"""

from __future__ import annotations

import math
import pickle
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dlcore.errors import RunError
from dlcore.run import ACTIVE, Status
from dlcore.runs.held_task import HeldTask, Visitor, behind, check_room, leaves_room
from dlcore.runs.kinds import TASK_KINDS
from dlcore.runs.placing import check_engine
from dlcore.runs.pool import Handle, LocalPool, Pool
from dlcore.runs.protocol import Cancel, Hold, Report, Submission
from dlcore.runs.turns import in_turn, who_gives_way

MAX_PROCESSES = 2  # at work; one more may stand still
KEPT = 1024  # ended tasks whose events can still be read
KEPT_BYTES = 4_000_000  # of what those have said whom nobody wants who is here
WANTED_BYTES = 256_000_000  # of what all have said: whoever still wants what is forgotten asks anew
NICE = 15  # runs come first
Clock = Callable[[], float]


@dataclass(frozen=True)
class Task:
    """A task as it stands: everything it has said so far. It is queued until a process is free for it.

    It is paused while it gives way to somebody else's. `place` in the line of those that wait: 1 is next.
    """

    id: str
    kind: str
    status: Status = "queued"
    reason: str = ""
    events: tuple[Any, ...] = ()
    place: int = 0

    @property
    def active(self) -> bool:
        return self.status in ACTIVE


class Tasks:
    """Tasks and who works on them. Any thread may call; nothing here blocks for long."""

    def __init__(
        self, pool: Pool | None = None, *, processes: int = MAX_PROCESSES, clock: Clock = time.monotonic
    ) -> None:
        self.pool, self._processes = pool or LocalPool(nice=NICE), processes
        self.pool.listen(self._on_report, self._on_end)
        self._clock = clock
        self._lock = threading.RLock()
        self._held: dict[str, HeldTask] = {}  # in the order of submission
        self._by_key: dict[tuple[str, str], str] = {}  # kind and key: the id of the latest such task
        self._closing = False

    def prepare(self, kind: str) -> None:
        """From now on keep all processes, ready for this kind of work: nobody waits for one to start."""
        self.pool.keep_ready(self._processes, kind)

    def submit(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        key: str,
        session: str,
        owner: str = "",
        address: str = "",
    ) -> str:
        """Begin a task for a session and return its id; the same kind and key share one task.

        Processes are shared out among owners; a session without one counts for itself.

        Raises RunError if there is no such kind of task, nothing that computes, or too much waits already.
        """
        check_engine(self.pool)
        if kind not in TASK_KINDS:
            raise RunError(
                f"The kind of a task must be one of {', '.join(TASK_KINDS)}. Got {kind!r} instead."
            )
        with self._lock:
            found = self.find(kind, key, session=session, owner=owner, address=address)
            if found is not None:
                return found.id
            visitor = Visitor(owner or session, address)
            check_room(visitor, self._held.values())
            task = Task(secrets.token_urlsafe(9), kind)
            self._held[task.id] = HeldTask(task, payload, key, {session: visitor})
            self._by_key[kind, key] = task.id
            self._forget_old()
            self._schedule()
            return task.id

    def find(self, kind: str, key: str, *, session: str, owner: str = "", address: str = "") -> Task | None:
        """The task of this kind and key, which this session now wants too; None if it must be submitted."""
        with self._lock:
            held = self._held.get(self._by_key.get((kind, key), ""))
            if held is None or held.worth_another_try(self._clock()):
                return None
            held.sessions[session] = Visitor(owner or session, address)
            held.unpack()
            if not held.task.active:  # the one asked for last is forgotten last
                self._held[held.task.id] = self._held.pop(held.task.id)
            return self._view(held)

    def all(self) -> list[Task]:
        """Every task that is not forgotten yet, in the order of submission; some without their events."""
        with self._lock:
            places = {held.task.id: place for place, held in enumerate(self._line(), 1)}
            return [self._view(held, places) for held in self._held.values()]

    def get(self, task_id: str) -> Task | None:
        """The task as it stands; None if it is unknown or forgotten."""
        with self._lock:
            held = self._held.get(task_id)
            if held is None:
                return None
            held.unpack()
            return self._view(held)

    def cancel(self, task_id: str) -> None:
        """Drop a task, whoever else wanted it; one that has ended stays as it is."""
        with self._lock:
            held = self._held.get(task_id)
            if held is None or not held.task.active:
                return
            if held.process is not None:
                held.process.send(Cancel(task_id))
            else:
                held.task, held.payload = replace(held.task, status="stopped"), {}

    def retry(self, task_id: str) -> None:
        """Somebody asks for it: if the task has failed, it may be tried again at once."""
        with self._lock:
            if (held := self._held.get(task_id)) is not None:
                held.failed_at = -math.inf

    def drop(self, task_id: str, session: str) -> None:
        """A session wants this task no longer; if nobody else does, it is cancelled."""
        with self._lock:
            held = self._held.get(task_id)
            if held is not None:
                held.sessions.pop(session, None)
                if not held.sessions:
                    self.cancel(task_id)
                    if TASK_KINDS[held.task.kind].private and not held.task.active:
                        self._forget(held)

    def forget(self, task_id: str) -> None:
        """What an ended task has said was taken elsewhere: it is kept here no longer."""
        with self._lock:
            held = self._held.get(task_id)
            if held is not None and not held.task.active:
                self._forget(held)

    def release(self, session: str) -> None:
        """A session has left for good: what nobody else wants is dropped."""
        with self._lock:
            for task_id in list(self._held):
                self.drop(task_id, session)
            self._forget_old()

    def close(self, timeout: float = 5.0) -> None:
        """End all task processes."""
        with self._lock:
            self._closing = True
        self.pool.close(timeout)

    def _schedule(self) -> None:
        while not self._closing:
            working = [held for held in self._held.values() if held.works]
            line = [held for held in self._line() if leaves_room(held, self._held.values())]
            if not line:
                return
            if len(working) >= self._processes:
                spare = behind(line[0], working)
                still = any(held.gives_way and not held.kind.last for held in self._held.values())
                if spare is None and not (still or line[0].kind.last):
                    spare = who_gives_way(line[0], working)
                if spare is None or spare.process is None:
                    return
                spare.gives_way = True
                spare.process.send(Hold(spare.task.id, True))
            try:
                self._begin(line[0])
            except RunError as error:
                self._fail(line[0], str(error))

    def _line(self) -> list[HeldTask]:
        """All that wait, the next one first."""
        every = self._held.values()
        line = in_turn([held for held in every if held.waits], [held for held in every if held.works])
        return sorted(line, key=lambda held: held.kind.last)

    def _begin(self, held: HeldTask) -> None:
        """It gets a place, or goes on in the process that it has."""
        task = held.task
        if held.process is not None:
            held.gives_way = False
            held.process.send(Hold(task.id, False))
            return
        held.process = process = self.pool.take(fresh=TASK_KINDS[task.kind].fresh)
        process.send(Submission(task.id, "", task.kind, held.payload, folder=Path(), threads=1))
        held.task = replace(task, status="running")  # "queued" is what waits for a place

    def _view(self, held: HeldTask, places: Mapping[str, int] | None = None) -> Task:
        if not held.waits:
            return held.task
        status: Status = "paused" if held.gives_way else held.task.status
        place = self._line().index(held) + 1 if places is None else places[held.task.id]
        return replace(held.task, status=status, place=place)

    def _on_report(self, report: Report) -> None:
        size = len(pickle.dumps(report.events)) if report.events else 0  # before anybody waits for the lock
        with self._lock:
            held = self._held.get(report.id)
            if held is None:
                return
            held.size += size
            held.task = replace(
                held.task,
                status=report.status or held.task.status,
                reason=report.reason or held.task.reason,
                events=held.task.events + report.events,
            )
            if not held.task.active and held.process is not None:
                process, held.process, held.failed_at = held.process, None, self._clock()
                held.gives_way, held.payload = False, {}  # who tries it again asks anew
                kind = TASK_KINDS[held.task.kind]
                if kind.fresh or (kind.threaded and held.task.status == "stopped"):
                    self.pool.retire(process)
                else:
                    self.pool.give_back(process)
                self._forget_old()
                self._schedule()

    def _on_end(self, process: Handle, how: str) -> None:
        with self._lock:
            for held in self._held.values():
                if held.process is process:
                    self._fail(held, f"The task's process ended unexpectedly ({how}): ask for it again.")
            self._forget_old()
            self._schedule()

    def _fail(self, held: HeldTask, reason: str) -> None:
        held.process, held.gives_way, held.failed_at, held.payload = None, False, self._clock(), {}
        held.task = replace(held.task, status="failed", reason=reason)

    def _forget_old(self) -> None:
        for held in self._ended():
            if held.kind.private and not held.sessions:  # it ended before it heard that it was dropped
                self._forget(held)
        ended = self._ended()
        for held in ended[: max(0, len(ended) - KEPT)]:
            self._forget(held)
        self._keep(KEPT_BYTES, [held for held in self._ended() if not held.sessions])
        self._keep(WANTED_BYTES, self._ended())
        for held in self._ended():
            if not held.sessions:
                held.pack()

    def _ended(self) -> list[HeldTask]:
        return [held for held in self._held.values() if not held.task.active]

    def _keep(self, most: int, ended: list[HeldTask]) -> None:
        """So many bytes of what they have said: the oldest go first, but before them what is too large."""
        size = sum(held.size for held in ended)
        for held in sorted(ended, key=lambda held: held.size <= most):
            if size <= most:
                break
            self._forget(held)
            size -= held.size

    def _forget(self, held: HeldTask) -> None:
        del self._held[held.task.id]
        if self._by_key.get((held.task.kind, held.key)) == held.task.id:  # not tried again meanwhile
            del self._by_key[held.task.kind, held.key]
