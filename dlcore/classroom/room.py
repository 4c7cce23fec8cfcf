"""The room: who is in it, on which page, what they were handed. All of it is gone when it is cleared."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dlcore.classroom import nicknames
from dlcore.classroom.assignment import Assignment
from dlcore.classroom.experiment import Experiment
from dlcore.classroom.running_plan import RunningPlan

STUDENTS = 240  # as many pages as an address may open
SESSIONS = 4  # open pages that are remembered of one student
GONE_SECONDS = 300.0  # after which who was not seen is gone
SET_SECONDS = 1.0  # by less no clock was set: two of them only differ
ASSIGNED = 60  # pages of one student, each with what was handed out for it


@dataclass(frozen=True)
class Student:
    """`number` counts from 1 in the order of coming. `sessions`: their open pages, the latest last.

    `seen`: when one of their pages last gave a sign, in seconds of the room's clock.
    """

    owner: str
    number: int
    nickname: str = ""
    page: str = ""
    sessions: tuple[str, ...] = ()
    seen: float = 0.0

    @property
    def name(self) -> str:
        return self.nickname or nicknames.student(self.number)


@dataclass(frozen=True)
class Sent:
    """A set-up that everybody in the room is asked to open: the page's file and the query of its link."""

    file: str
    query: Mapping[str, str]


@dataclass
class Room:
    """Asked by many pages at once. Nobody is in it before somebody has opened it."""

    _open: bool | None = None  # None: it never was
    _students: dict[str, Student] = field(default_factory=dict)
    _came: int = 0  # since it was opened
    opened: int = 0  # times
    _assigned: dict[tuple[str, str], Assignment] = field(default_factory=dict)
    _experiment: Experiment | None = None
    _handed_out: float = 0.0  # when it was, in seconds of the room's clock
    _plan: RunningPlan | None = None
    _sent: Sent | None = None
    _held: set[str] | None = None  # runs that the teacher has paused, while all are
    _spared: set[str] = field(default_factory=set)  # who teaches too, and trains while all pause
    _stopped: set[str] = field(default_factory=set)  # runs that the teacher has stopped
    _answers: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)
    clock: Callable[[], float] = time.monotonic  # which nobody sets
    time_of_day: Callable[[], float] = time.time
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))  # signs links

    @property
    def is_open(self) -> bool:
        return bool(self._open)

    @property
    def was_cleared(self) -> bool:
        return self._open is False

    def open(self) -> None:
        with self._lock:
            self.opened += not self._open
            self._open = True

    def clear(self) -> None:
        """The lesson is over: names, pages and assignments are forgotten. Runs are not the room's."""
        with self._lock:
            self._open = False
            self._came = 0
            self._students.clear()
            self._assigned.clear()
            self._experiment = None
            self._plan = None
            self._sent = None
            self._held = None
            self._spared.clear()
            self._stopped.clear()
            self._answers = False

    # --- who is here ------------------------------------------------------------------------

    def enter(self, owner: str, session: str, page: str) -> Student | None:
        """Somebody looks at a page. None while the room is shut, or full of people with names.

        A browser that refuses cookies is somebody new with every page: of those without a name the one of
        whom nothing was heard for longest makes room.
        """
        with self._lock:
            known = self._students.get(owner)
            if not self._open or (known is None and not self._has_room()):
                return None
            if known is None:
                self._came += 1
            student = known or Student(owner, self._came)
            others = tuple(other for other in student.sessions if other != session)
            sessions = (*others, session)[-SESSIONS:]
            student = replace(student, page=page, sessions=sessions, seen=self.clock())
            self._students[owner] = student
            return student

    def touch(self, owner: str) -> None:
        """One of their pages is still open."""
        with self._lock:
            if (student := self._students.get(owner)) is not None:
                self._students[owner] = replace(student, seen=self.clock())

    def leave(self, owner: str) -> None:
        """They hold the class now."""
        with self._lock:
            if owner in self._students:
                self._forget(owner)

    def _forget(self, owner: str) -> None:
        """They, and what they were handed."""
        del self._students[owner]
        for place in [place for place in self._assigned if place[0] == owner]:
            del self._assigned[place]

    def is_gone(self, student: Student) -> bool:
        """Has nothing been heard of them for some minutes?"""
        return self.clock() - student.seen > GONE_SECONDS

    def _has_room(self) -> bool:
        if len(self._students) < STUDENTS:
            return True
        nameless = [one for one in self._students.values() if not one.nickname]
        if nameless:
            self._forget(min(nameless, key=lambda one: one.seen).owner)
        return bool(nameless)

    def call(self, owner: str, typed: str) -> Student | None:
        """Somebody says what they want to be called; nothing makes them their number again."""
        with self._lock:
            student = self._students.get(owner)
            if student is None:
                return None
            others = [other.name for other in self._students.values() if other.owner != owner]
            name = nicknames.cleaned(typed)
            self._students[owner] = replace(student, nickname=nicknames.unlike(name, others) if name else "")
            return self._students[owner]

    def students(self) -> tuple[Student, ...]:
        """In the order of their numbers."""
        with self._lock:
            return tuple(self._students.values())

    def student(self, owner: str) -> Student | None:
        return self._students.get(owner)

    # --- what they were handed --------------------------------------------------------------

    def assign(self, owner: str, page: str, assignment: Assignment) -> None:
        """From now on this holds for somebody in the room on a page."""
        with self._lock:
            if not self._open or owner not in self._students:
                return
            self._assigned[owner, page] = assignment
            mine = [place for place in self._assigned if place[0] == owner]
            for place in mine[: max(0, len(mine) - ASSIGNED)]:
                del self._assigned[place]

    def assigned(self, owner: str, page: str) -> Assignment | None:
        return self._assigned.get((owner, page))

    @property
    def answers_shut(self) -> bool:
        """Has anybody opened a link that keeps the answers shut?"""
        with self._lock:
            return any(not assigned.answers for assigned in self._assigned.values())

    @property
    def answers_open(self) -> bool:
        """Do cards say their answers whatever a link has shut?"""
        return self._answers

    def open_answers(self, opened: bool) -> None:
        """For every link that was handed out, until the room is cleared. A room that is shut opens none."""
        with self._lock:
            self._answers = opened and self.is_open

    @property
    def experiment(self) -> Experiment | None:
        """By the time of day as it is now, which dates the runs: if it was set back, so is the beginning."""
        with self._lock:
            if (found := self._experiment) is not None:
                began = self.time_of_day() - (self.clock() - self._handed_out)
                if began < found.since - SET_SECONDS:
                    self._experiment = replace(found, since=began)
            return self._experiment

    def hand_out(self, experiment: Experiment | None) -> None:
        """To everybody; None takes it back. A room that is shut has none."""
        with self._lock:
            self._experiment, self._handed_out = experiment if self._open else None, self.clock()

    @property
    def plan(self) -> RunningPlan | None:
        """Where the lesson is."""
        return self._plan

    def lead(self, plan: RunningPlan | None) -> None:
        """From now on the class is there; None: no plan leads it. A room that is shut has none."""
        with self._lock:
            self._plan = plan if self._open else None

    @property
    def sent(self) -> Sent | None:
        """What everybody is asked to open."""
        return self._sent

    def send(self, sent: Sent | None) -> None:
        """From now on everybody is asked to open this; None: nothing. A room that is shut has none."""
        with self._lock:
            self._sent = sent if self._open else None

    # --- the teacher speaks -----------------------------------------------------------------

    @property
    def paused(self) -> bool:
        return self._held is not None

    def pause(self) -> None:
        """All trainings, until `let_go`. In a room that is shut nobody would say so."""
        with self._lock:
            if self._open:
                self._held = self._held or set()

    def holds(self, owner: str) -> bool:
        """Do all pause, and is this one of them?"""
        return self.paused and owner in self._students

    def spare(self, owner: str) -> None:
        """This one teaches too, and trains although all pause."""
        with self._lock:
            if self._held is not None:
                self._spared.add(owner)

    def spares(self, owner: str) -> bool:
        return owner in self._spared

    def hold(self, run_id: str) -> bool:
        """This run was paused because all are; are they still?"""
        with self._lock:
            if self._held is not None:
                self._held.add(run_id)
            return self._held is not None

    def let_go(self) -> frozenset[str]:
        """All may train again; these were held."""
        with self._lock:
            held, self._held = frozenset(self._held or ()), None
            self._spared.clear()
            return held

    def stopped(self, run_id: str) -> None:
        """The teacher has stopped this run."""
        with self._lock:
            if self.is_open:
                self._stopped.add(run_id)

    def goes_on(self, run_id: str) -> None:
        """Its owner has let this run go on: whoever stops it next may be somebody else."""
        with self._lock:
            self._stopped.discard(run_id)

    def was_stopped(self, run_id: str) -> bool:
        return run_id in self._stopped

    def names(self) -> Mapping[str, str]:
        """By owner."""
        return {student.owner: student.name for student in self.students()}
