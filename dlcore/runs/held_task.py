"""A task that is held: who wants it, who works on it, and whether it may begin now."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dlcore.errors import RunError
from dlcore.runs.kinds import TASK_KINDS, Kind
from dlcore.runs.pool import Handle

if TYPE_CHECKING:
    from dlcore.runs.tasks import Task

MAX_WAITING_PER_OWNER = 24
MAX_WAITING_PER_ADDRESS = 192  # a class behind one address
RETRY_SECONDS = 10.0  # after which a failed task may be tried again


class Visitor(NamedTuple):
    """Who asks, and from where; "" is the machine itself, or nobody in particular."""

    owner: str
    address: str


@dataclass
class HeldTask:
    task: Task
    payload: Mapping[str, Any]
    key: str
    sessions: dict[str, Visitor] = field(default_factory=dict)  # who wants it
    process: Handle | None = None
    gives_way: bool = False  # it has a process and stands still
    failed_at: float = 0.0
    size: int = 0  # bytes of what it has said so far, pickled
    packed: bytes = b""  # what it has said, while nobody wants it

    @property
    def owners(self) -> set[str]:
        return {visitor.owner for visitor in self.sessions.values()}

    @property
    def addresses(self) -> set[str]:
        return {visitor.address for visitor in self.sessions.values()}

    @property
    def divisible(self) -> bool:
        """What is cancelled ends by itself."""
        return not self.in_one_go and bool(self.sessions)

    @property
    def in_one_go(self) -> bool:
        """What measures time must not be interrupted, and what computes in a thread cannot be."""
        return self.kind.fresh or self.kind.threaded

    @property
    def kind(self) -> Kind:
        return TASK_KINDS[self.task.kind]

    @property
    def works(self) -> bool:
        return self.process is not None and not self.gives_way

    @property
    def waits(self) -> bool:
        return self.task.active and not self.works

    def pack(self) -> None:
        """Thousands of numbers in tuples take three times the memory that they take pickled."""
        if self.task.events:
            self.task, self.packed = replace(self.task, events=()), pickle.dumps(self.task.events)

    def unpack(self) -> None:
        if self.packed:
            said = pickle.loads(self.packed)
            self.task, self.packed = replace(self.task, events=said), b""

    def worth_another_try(self, now: float) -> bool:
        """Was it dropped, or did it fail a while ago? A page that asks every second must not hammer."""
        waited = now - self.failed_at
        return self.task.status == "stopped" or (self.task.status == "failed" and waited > RETRY_SECONDS)


def check_room(visitor: Visitor, every: Iterable[HeldTask]) -> None:
    """May this visitor ask for one more? Raises RunError if not."""
    waiting = [held for held in every if held.waits]
    if sum(visitor.owner in held.owners for held in waiting) >= MAX_WAITING_PER_OWNER:
        raise RunError(
            f"{MAX_WAITING_PER_OWNER} of your computations wait already: wait for them, or leave their pages."
        )
    if (
        visitor.address
        and sum(visitor.address in held.addresses for held in waiting) >= MAX_WAITING_PER_ADDRESS
    ):
        raise RunError(
            f"From your network {MAX_WAITING_PER_ADDRESS} computations wait already: try again in a minute."
        )


def leaves_room(held: HeldTask, every: Iterable[HeldTask]) -> bool:
    """May it begin? What cannot give way may not hold all places of one owner; what comes last, and what
    starts processes of its own, not two of all.
    """
    if held.kind.last:
        return not any(other.kind.last and other.process is not None and other is not held for other in every)
    working = [other for other in every if other.works]
    if held.kind.alone and any(other.kind.alone for other in working):
        return False
    alike = [other for other in working if other.in_one_go]
    return not (held.in_one_go and any(other.owners & held.owners for other in alike))


def behind(first: HeldTask, working: Iterable[HeldTask]) -> HeldTask | None:
    """What comes last gives way to whatever does not."""
    return next((held for held in working if held.kind.last and held.divisible and not first.kind.last), None)
