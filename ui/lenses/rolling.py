"""The ground under a run that trains, as far as its tasks have come: one at a time, shared where equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import streamlit as st

from dlcore.landscape.rolling import Known, Request, Rolled, next_request
from dlcore.run import Checkpoint, Run
from dlcore.runs.compare import setting
from dlcore.runs.storage.checkpoint_files import is_there
from ui import services, state
from ui.work import Asked, ask

KIND = "rolling"
DIGITS = {"samples": 256, "digits": "train", "seed": 0}
SEEN = "rolling_seen"  # in the session: the run that was looked at last


@dataclass
class Seen:
    """What this visit has seen of one run. `before`: whose directions these are; None: random ones."""

    run_id: str
    start: Checkpoint
    before: Run | None
    known: Known = field(default_factory=Known)
    pending: Request | None = None  # it is waited for, however far the run goes on meanwhile
    heard: tuple[Rolled, Known] | None = None  # what was found last, and what is known with it

    def told(self, found: Rolled) -> Known:
        """The same object as long as nothing else is found."""
        if self.heard is None or self.heard[0] is not found:
            self.heard = found, self.known.told(found)
        return self.heard[1]

    def next(self, checkpoints: Sequence[Checkpoint]) -> Request | None:
        """What is waited for, else what is not known yet. Once nobody trains, it is waited for no longer than
        it takes: what rested is asked for anew, but for the balls that it has found.
        """
        rests = any(run.status in ("running", "queued") for run in services.runner().active_runs())
        if self.pending is not None and self.pending.rests and not rests:
            self.pending = None
            self.known = self.heard[1] if self.heard is not None else self.known
        request = self.pending or next_request(self.known, checkpoints)
        return request and (request if self.pending else replace(request, rests=rests))


@dataclass(frozen=True)
class Rolling:
    """As far as it has come; `before` is the name of the run whose directions these are."""

    run_id: str
    known: Known
    before: str
    asked: Asked[Rolled]


def rolling(run: Run) -> Rolling:
    """What is known of this run, which has a checkpoint, and the task that works on more of it."""
    seen: Seen | None = st.session_state.get(SEEN)
    if seen is None or (seen.run_id, seen.start) != (run.id, run.checkpoints[0]):
        seen = st.session_state[SEEN] = Seen(run.id, run.checkpoints[0], _before(run))
    before = seen.before.checkpoints if seen.before is not None else ()
    known, asked = seen.known, Asked[Rolled]()
    while (request := seen.next(run.checkpoints)) is not None:
        key = _key(run, (seen.start, *before), request)
        asked = ask(Rolled, KIND, key, partial(_payload, seen.start, before, request))
        seen.pending = request if asked.active else None
        known = seen.known if asked.result is None else seen.told(asked.result)
        if asked.task is None or asked.task.status != "finished":
            break  # of what is measured now, the balls come before the ground
        seen.known = known
    if asked.failed and before and _gone(before):
        st.session_state.pop(SEEN)
        return rolling(run)  # along another run, or at random
    return Rolling(run.id, known, seen.before.name if seen.before is not None else "", asked)


def _gone(checkpoints: Sequence[Checkpoint]) -> bool:
    """Was their run deleted meanwhile, or some of them, as it went on?"""
    return not all(map(is_there, checkpoints))


def _before(run: Run) -> Run | None:
    """The visitor's last run before this one that was trained to its end, of the same network."""
    for other in state.my_runs(run.kind) if state.mine(run) else ():
        alike = all(setting(other, name) == setting(run, name) for name in ("net", "dataset"))
        alike = alike and other.created < run.created
        if alike and other.status == "finished":
            found = state.run_named(other.id)
            if len(found.checkpoints) > 1 and not _gone(found.checkpoints):
                return found
    return None


def _key(run: Run, frame: Sequence[Checkpoint], request: Request) -> str:
    """By the weights, wherever they lie: a class that trains the same run has it measured once."""
    digests = [" ".join(c.digest for c in checkpoints) for checkpoints in (frame, request.stops)]
    trained = [setting(run, name) for name in ("net", "normalize", "train_size", "dataset")]
    return f"{digests} {trained} {request.measure} {request.window} {request.rests} {DIGITS}"


def _payload(start: Checkpoint, before: Sequence[Checkpoint], request: Request) -> dict[str, Any]:
    return {"start": start, "before": tuple(before), "request": request, "config": DIGITS}
