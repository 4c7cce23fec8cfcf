"""A worker process: holds some jobs and gives each a short turn, so that none waits for another.

Started as `python -m dlcore.runs.worker NICENESS`, it reads pickled messages from its standard input and
writes Reports to its standard output, and now and then a Beat. When the input closes, the server is gone:
it ends at once.
"""

from __future__ import annotations

import logging
import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO

from dlcore.errors import DlcoreError, RunError
from dlcore.events import CheckpointReady, Finished, Progress, Tick
from dlcore.run import Checkpoint
from dlcore.runs import kinds, memory
from dlcore.runs.held_job import HeldJob
from dlcore.runs.protocol import Cancel, Control, Hold, Job, Report, Steer, Steerable, Submission, Warm
from dlcore.runs.unkept import not_kept, waits
from dlcore.runs.voice import Voice

TURN_SECONDS = 0.05
STEPS = {"epoch": CheckpointReady}  # what ends a step: by its name the event that says so, else Progress
RETRY_SECONDS = 1.0  # between two tries to write the last weights to a full disk

log = logging.getLogger(__name__)


class Worker:
    """Turns among jobs. `inbox` brings messages, `send` takes Reports away."""

    def __init__(self, inbox: queue.Queue[Any], send: Callable[[Report], None]) -> None:
        self._inbox = inbox
        self._send = send
        self._held: dict[str, HeldJob] = {}
        self._owner_turns: dict[str, int] = {}
        self._put_first: dict[str, int] = {}  # at which turn an owner's work last was, out of turn
        self._turn = 0

    def run(self) -> None:
        """Work until the process ends."""
        while True:
            self._listen()
            held = self._next()
            if held is not None:
                self._take_turn(held)

    def _listen(self) -> None:
        """Handle what came in; with nothing to do, wait for more."""
        while self._next() is None or not self._inbox.empty():
            unsaved = any(held.ending is not None for held in self._held.values())
            with suppress(queue.Empty):
                self._handle(self._inbox.get(timeout=RETRY_SECONDS if unsaved else None))

    def _handle(self, message: Warm | Submission | Steer | Cancel | Hold) -> None:
        match message:
            case Warm(kind):
                try:
                    kinds.warm(kind)
                except DlcoreError as error:  # whoever submits such work will be told
                    log.warning("not ready for %s: %s", kind, error)
            case Submission():
                self._held[message.id] = HeldJob(
                    message,
                    seconds=message.seconds,
                    until=STEPS.get(message.stepping.name, Progress) if message.stepping else None,
                    early=[message.stepping] if message.stepping else [],
                )
            case Steer(id, control) if id in self._held:
                self._steer(self._held[id], control)
            case Hold(id, held) if id in self._held:
                if held:
                    self._held[id].pause()
                else:
                    self._held[id].go_on(None)
            case Cancel(id) if id in self._held:
                self._end(self._held[id], self._held[id].report(status="stopped"))
            case Steer(id) | Cancel(id):  # it has just ended: whoever asks is answered all the same
                self._send(Report(id))

    def _steer(self, held: HeldJob, control: Control) -> None:
        match control.action:
            case "pause":
                held.pause()
                self._send(held.report(status="paused"))
                return
            case "resume" | "step" | "stop":
                held.after = held.job.step if held.job is not None else 0
                held.go_on(STEPS.get(control.name, Progress) if control.action == "step" else None)
                self._send(held.report(status="running"))
        self._put_next(held)
        if control.action == "resume":
            return
        if held.ending is not None:  # only its weights wait for room
            if control.action == "stop":
                self._end(held, held.ending)
        elif held.job is not None:
            self._tell(held, held.job, control)
        elif control.action == "stop":  # it never had a turn
            self._end(held, held.report(status="stopped"))
        else:
            held.early.append(control)

    def _put_next(self, held: HeldJob) -> None:
        """Somebody waits to see what it does; who clicks without end gets no more than twice a share."""
        owner = held.submission.owner
        owners = len({other.submission.owner for other in self._held.values()})
        held.last_turn = 0
        if self._turn - self._put_first.get(owner, -owners) >= owners:
            self._put_first[owner], self._owner_turns[owner] = self._turn, 0

    def _tell(self, held: HeldJob, job: Job, control: Control) -> None:
        try:
            if not isinstance(job, Steerable):
                raise RunError(f"This work cannot {control.action}: cancel it instead.")
            job.control(control)
        except DlcoreError as error:
            self._send(held.report(reason=str(error)))

    def _next(self) -> HeldJob | None:
        """Owners in turn, then that owner's jobs in turn."""
        now = time.monotonic()
        ready = [held for held in self._held.values() if not held.paused and now >= held.next_try]
        owner_turn = self._owner_turns.get
        return min(
            ready, key=lambda held: (owner_turn(held.submission.owner, 0), held.last_turn), default=None
        )

    def _take_turn(self, held: HeldJob) -> None:
        self._turn += 1
        held.last_turn = self._owner_turns[held.submission.owner] = self._turn
        ran_out = False
        try:
            if held.ending is not None:
                self._save_at_last(held)
                return
            if held.job is None:
                held.job = kinds.make_job(held.submission)
                for control in held.early:
                    self._tell(held, held.job, control)
                held.events = held.job.events()
                held.running_since = time.monotonic()
                self._send(held.report(status="running"))
            report = self._advance(held, held.job)
        except DlcoreError as error:
            report = held.report(status="failed", reason=str(error))
        except Exception as error:
            log.exception("job %s failed", held.submission.id)
            fault = f"The run broke off by a fault of ours ({type(error).__name__}): start it again."
            if ran_out := memory.ran_out(error):
                is_run = held.submission.kind in kinds.RUN_KINDS
                fault = memory.SAID if is_run else memory.SAID_OF_A_TASK
            report = held.report(status="failed", reason=fault)
        if report.status in ("finished", "stopped", "diverged") and held.unsaved is not None:
            held.ending = report
            self._send(replace(report, status="running", reason=waits(held.refused)))
        elif report.status in ("finished", "stopped", "diverged", "failed"):
            self._end(held, report)
            if ran_out:
                held.job, held.events = None, iter(())
                memory.give_back()
        elif report.events or report.checkpoints or report.status or report.reason is not None:
            self._send(report)

    def _advance(self, held: HeldJob, job: Job) -> Report:
        """Let the job work for one turn and collect what it says."""
        said: list[Any] = []
        checkpoints: list[Checkpoint] = []
        reason: str | None = None  # as it was
        until = time.monotonic() + TURN_SECONDS
        while time.monotonic() < until:
            event = next(held.events, None)
            match event:
                case None:
                    return held.report(
                        events=tuple(said),
                        checkpoints=tuple(checkpoints),
                        status="finished",
                        reason=reason or "",
                    )
                case Tick():
                    continue
                case CheckpointReady() if isinstance(job, Steerable):
                    reason = self._save(held, job, event, checkpoints, reason)
            said.append(event)
            if isinstance(event, Finished):
                return held.report(
                    events=tuple(said),
                    checkpoints=tuple(checkpoints),
                    status=event.status,
                    reason=event.reason,
                )
            over = held.until is not None and isinstance(event, held.until) and event.step > held.after
            if over and not getattr(event, "within", False):  # an epoch does not end at a halt on its way
                held.pause()
                return held.report(
                    events=tuple(said), checkpoints=tuple(checkpoints), status="paused", reason=reason
                )
        return held.report(events=tuple(said), checkpoints=tuple(checkpoints), reason=reason)

    def _save(
        self,
        held: HeldJob,
        job: Steerable,
        event: CheckpointReady,
        checkpoints: list[Checkpoint],
        reason: str | None = None,
    ) -> str | None:
        """Add these weights to `checkpoints`. Returns what is to be said: `reason` if nothing has changed, a
        sentence if the disk refuses them, "" if that is over.
        """
        try:
            checkpoints.append(job.save(event))
        except OSError as error:
            held.unsaved, held.refused = event, error
            return not_kept(error)
        refused_before, held.unsaved = held.unsaved is not None, None
        return "" if refused_before else reason

    def _save_at_last(self, held: HeldJob) -> None:
        """A run that has ended waits for room for its last weights, and ends when they are written."""
        assert isinstance(held.job, Steerable)
        assert held.unsaved is not None
        assert held.ending is not None
        held.next_try = time.monotonic() + RETRY_SECONDS
        checkpoints: list[Checkpoint] = []
        self._save(held, held.job, held.unsaved, checkpoints)
        if held.unsaved is None:
            how = {"status": held.ending.status, "reason": held.ending.reason}
            self._end(held, held.report(checkpoints=tuple(checkpoints), **how))

    def _end(self, held: HeldJob, report: Report) -> None:
        del self._held[held.submission.id]
        owner = held.submission.owner
        if all(other.submission.owner != owner for other in self._held.values()):
            self._owner_turns.pop(owner, None)
            self._put_first.pop(owner, None)
        close = getattr(held.events, "close", None)
        if close is not None:
            close()
        self._send(report)


def main() -> None:
    # These reach every process of a terminal, or of a service; whoever started this one closes its input.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    messages = os.fdopen(os.dup(0), "rb")
    reports = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the reports
    logging.basicConfig(level=logging.WARNING, format="worker %(process)d: %(message)s")
    if hasattr(os, "nice"):
        os.nice(int(sys.argv[1]))
    inbox: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_read, args=(messages, inbox), daemon=True).start()
    voice = Voice(reports)
    threading.Thread(target=voice.live, daemon=True).start()
    Worker(inbox, voice.say).run()


def _read(messages: BinaryIO, inbox: queue.Queue[Any]) -> None:
    while True:
        try:
            inbox.put(pickle.load(messages))
        except (EOFError, pickle.UnpicklingError):  # it ended, perhaps in the middle of a message
            os._exit(0)  # the server is gone; nobody is left to report to


if __name__ == "__main__":
    main()
