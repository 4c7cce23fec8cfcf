"""A worker gives every job its turns, survives their faults, and ends with its server."""

from __future__ import annotations

import json
import pickle
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlcore.errors import DataError, RunError
from dlcore.events import CheckpointReady, EpochEnd, Event, Finished, Measured, Progress, Tick
from dlcore.run import Checkpoint
from dlcore.runs import held_job, memory
from dlcore.runs import worker as module
from dlcore.runs.held_job import HeldJob
from dlcore.runs.protocol import Beat, Cancel, Control, Hold, Report, Steer, Submission, Warm
from dlcore.runs.unkept import WAITS_FOR_ROOM
from dlcore.runs.worker import Worker
from tests.dlcore.runs import tug

ROOT = Path(__file__).parents[3]

# --- A worker in this process: scripted messages, jobs of our own, a clock that counts looks ------


class Over(BaseException):
    """The script has no more messages and no job has work: the worker would wait forever."""


class Script(queue.Queue[Any]):
    """Messages that arrive before a given turn."""

    def __init__(self, log: list[str], messages: dict[int, list[Any]]) -> None:
        super().__init__()
        self._log, self._later = log, messages

    def empty(self) -> bool:
        return not self._due()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        due = self._due() or sorted(self._later)  # idle: the next one comes at once
        if not due:
            raise queue.Empty if timeout else Over
        message = self._later[due[0]].pop(0)
        self._later = {turn: left for turn, left in self._later.items() if left}
        return message

    def _due(self) -> list[int]:
        return [turn for turn in sorted(self._later) if turn <= len(self._log)]


class Clock:
    """A turn lasts as long as two looks at this clock: two events."""

    now = 0.0

    def monotonic(self) -> float:
        self.now += module.TURN_SECONDS / 2.5
        return self.now


@dataclass
class FakeJob:
    """Says what it is told to say, and notes when it works and what it hears."""

    name: str
    log: list[str]
    said: list[Any]
    device: str = "toy"
    step: int = 0
    epoch: int = 0
    heard: list[Control] = field(default_factory=list)
    closed: bool = False
    disk_full: int = 0  # how often it refuses

    def events(self) -> Iterator[Any]:
        try:
            for event in self.said:
                self.log.append(self.name)
                if isinstance(event, Exception):
                    raise event
                self.step = getattr(event, "step", self.step)
                self.epoch = event.epoch if isinstance(event, EpochEnd) else self.epoch
                yield event
        finally:
            self.closed = True

    def control(self, control: Control) -> None:
        if control.action == "set" and control.value < 0:
            raise RunError("It must be positive.")
        self.heard.append(control)

    def save(self, event: CheckpointReady) -> Checkpoint:
        if self.disk_full:
            self.disk_full -= 1
            raise OSError(28, "No space left on device")
        return Checkpoint(Path(self.name), "digest", event.epoch, event.step)


@dataclass
class FakeTask:
    """It only works: nothing more may be needed of it."""

    said: list[Any]
    device: str = "toy"
    step: int = 0
    epoch: int = 0

    def events(self) -> Iterator[Any]:
        yield from self.said


PROGRESS = [Progress(n, 1, 1 / n, 0.5, 0.1) for n in range(1, 7)]

Jobs = dict[str, FakeJob]
Work = Callable[..., tuple[list[Report], Jobs, list[str]]]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """`work({"a": events, ..}, {turn: [messages]})` -> all reports, the jobs, who had each event's turn."""

    def run(said: dict[str, Any], messages: dict[int, list[Any]], **more: Any) -> Any:
        log: list[str] = []
        jobs = {
            name: job if isinstance(job, FakeTask) else FakeJob(name, log, job, **more)
            for name, job in said.items()
        }

        def make_job(submission: Submission) -> FakeJob | FakeTask:
            if submission.payload.get("refused"):
                raise DataError("The digits are gone.")
            return jobs[submission.id]

        monkeypatch.setattr(module.kinds, "make_job", make_job)
        clock = Clock()
        for part in (module, held_job):
            monkeypatch.setattr(part, "time", clock)
        reports: list[Report] = []
        with pytest.raises(Over):
            Worker(Script(log, messages), reports.append).run()
        return reports, jobs, log

    return run


def submit(name: str, owner: str = "anna", **payload: Any) -> Submission:
    return Submission(name, owner, "mnist", payload, Path(), threads=1)


def statuses(reports: list[Report], name: str) -> list[str]:
    return [report.status for report in reports if report.id == name and report.status]


def events_of(reports: list[Report], name: str) -> list[Any]:
    return [event for report in reports if report.id == name for event in report.events]


# --- Turns ----------------------------------------------------------------------------------------


def test_a_job_says_everything_but_its_ticks(work: Work) -> None:
    said = [
        Tick(),
        PROGRESS[0],
        Tick(),
        Tick(),
        PROGRESS[1],
        CheckpointReady(2, 1),
        Finished(2, 1, "finished"),
    ]
    reports, _, _ = work({"a": said}, {0: [submit("a")]})
    assert events_of(reports, "a") == [event for event in said if event != Tick()]
    assert statuses(reports, "a") == ["running", "finished"]
    assert [c for report in reports for c in report.checkpoints] == [Checkpoint(Path("a"), "digest", 1, 2)]
    assert {report.device for report in reports} == {"toy"}
    assert (reports[0].step, reports[-1].step) == (0, 2)


def test_a_run_tells_how_many_epochs_are_complete(work: Work) -> None:
    said = [*PROGRESS[:3], EpochEnd(3, 1, 0.5), *PROGRESS[3:]]
    reports, _, _ = work({"a": said}, {0: [submit("a")]})
    told = [report.epoch for report in reports]
    assert (told[0], told[-1], told) == (0, 1, sorted(told))


def test_jobs_of_one_owner_take_turns(work: Work) -> None:
    _, _, log = work({"a": PROGRESS, "b": PROGRESS}, {0: [submit("a"), submit("b")]})
    assert "".join(log) == "aabbaabbaabb"


def test_turns_go_round_owners_first(work: Work) -> None:
    jobs = dict.fromkeys("abcd", PROGRESS[:4])
    messages = [submit(name) for name in "abc"] + [submit("d", "ben")]
    _, _, log = work(jobs, {0: messages})
    assert "".join(log) == "aaddbbddccaabbcc"


def test_a_newcomer_need_not_wait_for_the_old_to_end(work: Work) -> None:
    _, _, log = work({"a": PROGRESS, "b": PROGRESS[:2]}, {0: [submit("a")], 3: [submit("b", "ben")]})
    assert "".join(log) == "aaaabbaa"


# --- Controls -------------------------------------------------------------------------------------


def test_a_paused_job_has_no_turn_until_it_is_resumed(work: Work) -> None:
    pause, resume = Steer("a", Control("pause")), Steer("a", Control("resume"))
    reports, _, log = work(
        {"a": PROGRESS, "b": PROGRESS}, {0: [submit("a"), submit("b")], 2: [pause], 6: [resume]}
    )
    assert "".join(log) == "aabbbbaabbaa"
    assert statuses(reports, "a") == ["running", "paused", "running", "finished"]


def test_a_pause_does_not_count_as_work(work: Work) -> None:
    """The clock goes on while b works and a rests."""
    pause, resume = Steer("a", Control("pause")), Steer("a", Control("resume"))
    reports, _, _ = work(
        {"a": PROGRESS, "b": PROGRESS * 20}, {0: [submit("a"), submit("b", "ben")], 2: [pause]}
    )
    rested = [report.seconds for report in reports if report.id == "a"]
    worked = [report.seconds for report in reports if report.id == "b"]
    assert rested[-1] < worked[-1] / 10
    reports, _, _ = work({"a": PROGRESS}, {0: [submit("a")], 2: [pause, pause], 3: [resume]})
    seconds = [report.seconds for report in reports]
    assert seconds == sorted(seconds)


def test_a_step_ends_at_the_next_progress(work: Work) -> None:
    step = Steer("a", Control("step"))
    said = [PROGRESS[0], Tick(), Tick(), Tick(), *PROGRESS[1:3], EpochEnd(3, 1, 0.5, 0.5)]
    reports, jobs, log = work({"a": said}, {0: [submit("a"), step], 1: [step]})
    assert events_of(reports, "a") == PROGRESS[:2]
    assert len(log) == 5
    assert statuses(reports, "a") == ["running", "running", "paused", "running", "paused"]
    assert Control("step") in jobs["a"].heard


def test_a_whole_epoch_does_not_end_at_a_halt_within_it(work: Work) -> None:
    step = Steer("a", Control("step", "epoch"))
    said = [CheckpointReady(0, 0), PROGRESS[0], CheckpointReady(1, 0, within=True), PROGRESS[1]]
    whole = [*said, CheckpointReady(2, 1)]
    reports, _, _ = work({"a": [*whole, *PROGRESS[2:]]}, {0: [submit("a"), step]})
    assert events_of(reports, "a") == whole
    assert statuses(reports, "a")[-1] == "paused"


@pytest.mark.parametrize(
    ("step", "heard"),
    [(Control("step", "generator"), PROGRESS[:1]), (Control("step", "epoch"), PROGRESS[:2])],
)
def test_what_is_taken_up_for_a_step_does_the_step_that_was_asked_for(
    work: Work, step: Control, heard: list[Event]
) -> None:
    said = [*PROGRESS[:2], CheckpointReady(2, 1), PROGRESS[2]]
    reports, jobs, _ = work({"a": said}, {0: [replace(submit("a"), stepping=step)]})
    assert [event for event in events_of(reports, "a") if isinstance(event, Progress)] == heard
    assert statuses(reports, "a")[-1] == "paused"
    assert jobs["a"].heard == [step]


def test_a_step_asked_for_in_the_middle_of_one_is_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn may end between what a step says first and its Progress: that Progress ends no step."""
    job = tug.TugJob(Submission("one", "anna", "tug", tug.TugConfig().model_dump(), Path(), 1))
    events = job.events()
    for event in events:
        if isinstance(event, Measured) and event.step == 3:
            break
    held = HeldJob(submit("one"), job=job, events=events, paused=True)
    worker = Worker(queue.Queue(), lambda report: None)
    worker._held["one"] = held
    worker._steer(held, Control("step"))
    monkeypatch.setattr(module, "TURN_SECONDS", 60.0)
    report = worker._advance(held, job)
    assert (report.status, report.step) == ("paused", 4)
    assert [event.step for event in report.events if isinstance(event, Progress)] == [3, 4]


def test_whoever_clicks_is_next_but_not_again_and_again(work: Work) -> None:
    """Anna moves a control before each turn: once she is next, then the others have theirs."""
    move = Steer("a", Control("set", "lr", 0.1))
    jobs = {"a": PROGRESS * 4, "b": PROGRESS * 4, "c": PROGRESS * 4}
    messages = {turn: [move] for turn in range(2, 24, 2)}
    messages[0] = [submit("a"), submit("b", "ben"), submit("c", "cleo")]
    _, _, log = work(jobs, messages)
    turns = "".join(log[:24:2])
    assert turns[:3] == "aab"
    assert min(turns.count(name) for name in "bc") >= 3
    assert turns.count("a") <= 6


def test_a_control_before_the_first_turn_is_not_lost(work: Work) -> None:
    change = Control("set", "lr", 0.1)
    _, jobs, _ = work({"a": PROGRESS}, {0: [submit("a"), Steer("a", change)]})
    assert jobs["a"].heard == [change]


def test_a_refused_control_before_the_first_turn_says_why(work: Work) -> None:
    reports, _, _ = work({"a": PROGRESS}, {0: [submit("a"), Steer("a", Control("set", "lr", -1))]})
    assert "It must be positive." in [report.reason for report in reports]
    assert statuses(reports, "a") == ["running", "finished"]


def test_a_stop_before_the_first_turn_ends_it(work: Work) -> None:
    reports, _, log = work({"a": PROGRESS}, {0: [submit("a"), Steer("a", Control("stop"))]})
    assert statuses(reports, "a")[-1] == "stopped"
    assert log == []


def test_a_refused_control_says_why_and_the_job_goes_on(work: Work) -> None:
    reports, _, log = work({"a": PROGRESS}, {0: [submit("a")], 2: [Steer("a", Control("set", "lr", -1))]})
    assert "It must be positive." in [report.reason for report in reports]
    assert statuses(reports, "a") == ["running", "finished"]
    assert len(log) == 6


def test_a_task_need_not_be_steered_or_kept(work: Work) -> None:
    """Whoever tries to steer it is told, and it works on."""
    task = FakeTask([PROGRESS[0], CheckpointReady(1, 1), PROGRESS[1]])
    reports, _, _ = work({"a": task}, {0: [submit("a"), Steer("a", Control("set", "lr", 0.1))]})
    assert "This work cannot set: cancel it instead." in [report.reason for report in reports]
    assert events_of(reports, "a") == task.said
    assert statuses(reports, "a") == ["running", "finished"]
    assert not any(report.checkpoints for report in reports)


def test_a_cancelled_job_is_closed_where_it_stands(work: Work) -> None:
    reports, jobs, log = work({"a": PROGRESS}, {0: [submit("a")], 2: [Cancel("a")]})
    assert statuses(reports, "a") == ["running", "stopped"]
    assert log == ["a", "a"]
    assert jobs["a"].closed


def test_a_job_that_is_held_has_no_turn_until_it_may_go_on(work: Work) -> None:
    """It says nothing of it; cancelled meanwhile, it ends."""
    messages = {0: [submit("a"), submit("b")], 3: [Hold("a", True)], 6: [Hold("a", False)]}
    reports, _, log = work({"a": PROGRESS, "b": PROGRESS}, messages)
    assert "a" not in log[3:6]
    assert events_of(reports, "a") == PROGRESS
    assert statuses(reports, "a") == ["running", "finished"]
    reports, jobs, _ = work({"a": PROGRESS}, {0: [submit("a")], 2: [Hold("a", True)], 100: [Cancel("a")]})
    assert statuses(reports, "a") == ["running", "stopped"]
    assert jobs["a"].closed


@pytest.mark.parametrize("message", [Cancel("x"), Steer("x", Control("stop")), Hold("x", True)])
def test_messages_for_jobs_that_are_gone_are_ignored(work: Work, message: Any) -> None:
    reports, _, _ = work({"a": PROGRESS}, {0: [message, submit("a"), message], 100: [message]})
    assert statuses(reports, "a") == ["running", "finished"]


# --- Faults ---------------------------------------------------------------------------------------


def test_a_job_that_breaks_does_not_hurt_the_others(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    reports, _, _ = work(
        {"a": [PROGRESS[0], ZeroDivisionError()], "b": PROGRESS}, {0: [submit("a"), submit("b")]}
    )
    assert statuses(reports, "a") == ["running", "failed"]
    assert reports[-1].id == "b"
    assert statuses(reports, "b") == ["running", "finished"]
    (reason,) = [report.reason for report in reports if report.status == "failed"]
    assert reason == "The run broke off by a fault of ours (ZeroDivisionError): start it again."
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    "error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")]
)
def test_a_job_that_finds_no_memory_says_the_way_out_and_keeps_none(
    work: Work, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[bool] = []
    monkeypatch.setattr(memory, "give_back", lambda: freed.append(True))
    reports, _, _ = work({"a": [PROGRESS[0], error], "b": PROGRESS}, {0: [submit("a"), submit("b")]})
    assert [report.reason for report in reports if report.status == "failed"] == [memory.SAID]
    assert statuses(reports, "b") == ["running", "finished"]
    assert len(freed) == 1


def test_what_is_computed_beside_runs_has_a_way_out_of_its_own(work: Work) -> None:
    reports, _, _ = work({"a": [MemoryError()]}, {0: [replace(submit("a"), kind="evaluate")]})
    assert [report.reason for report in reports if report.status == "failed"] == [memory.SAID_OF_A_TASK]


def test_the_allocators_own_refusals_are_known() -> None:
    for ask in (lambda: torch.empty(2**58), lambda: np.empty(2**58)):
        with pytest.raises((MemoryError, RuntimeError)) as refused:
            ask()
        assert memory.ran_out(refused.value)
    assert not memory.ran_out(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    memory.give_back()


def test_an_error_of_ours_is_told_in_its_own_words(work: Work) -> None:
    reports, _, _ = work({"a": []}, {0: [submit("a", refused=True)]})
    assert [(report.status, report.reason) for report in reports] == [("failed", "The digits are gone.")]


NO_ROOM = "A checkpoint could not be written (No space left on device): free some room."


def test_a_full_disk_costs_an_early_checkpoint_not_the_run(work: Work) -> None:
    said = [CheckpointReady(0, 0), PROGRESS[0], CheckpointReady(1, 1), Finished(1, 1, "finished")]
    reports, _, _ = work({"a": said}, {0: [submit("a")]}, disk_full=1)
    assert statuses(reports, "a") == ["running", "finished"]
    assert events_of(reports, "a") == said
    assert NO_ROOM in [report.reason for report in reports]
    assert [c.step for report in reports for c in report.checkpoints] == [1]


def test_that_a_checkpoint_could_not_be_written_is_said_until_one_can_be(work: Work) -> None:
    said = [CheckpointReady(0, 0), PROGRESS[0], CheckpointReady(1, 1), PROGRESS[0], CheckpointReady(2, 2)]
    reports, _, _ = work(
        {"a": [*said, *PROGRESS, Finished(3, 3, "finished")]}, {0: [submit("a")]}, disk_full=1
    )
    reasons = [report.reason for report in reports if report.reason is not None]
    assert reasons[0] == NO_ROOM
    assert set(reasons[1:]) == {""}, "and nothing more is said"
    over = next(report for report in reports if report.reason == "")
    assert [c.step for c in over.checkpoints][:1] == [1], "as soon as there is room"
    assert over.status is None, "while the run goes on"


def test_the_last_weights_wait_for_room(work: Work) -> None:
    """The run is over, and says what it waits for; it ends when its weights are written."""
    said = [CheckpointReady(0, 0), PROGRESS[0], CheckpointReady(1, 1), Finished(1, 1, "finished")]
    reports, _, _ = work({"a": said, "b": PROGRESS}, {0: [submit("a"), submit("b")]}, disk_full=5)
    assert statuses(reports, "a") == ["running", "running", "finished"]
    assert statuses(reports, "b") == ["running", "finished"]
    waiting, last = [r for r in reports if r.id == "a" and r.status][1:]
    assert waiting.reason == WAITS_FOR_ROOM
    assert last.reason == ""
    assert [c.step for c in last.checkpoints] == [1]
    assert events_of(reports, "a") == said


def test_who_does_not_wait_for_room_stops(work: Work) -> None:
    said = [CheckpointReady(0, 0), Finished(1, 1, "finished")]
    reports, _, _ = work({"a": said}, {0: [submit("a")], 2: [Steer("a", Control("stop"))]}, disk_full=99)
    assert [c for report in reports for c in report.checkpoints] == []
    assert reports[-1].status == "finished"


def test_a_divergence_brings_its_reason(work: Work) -> None:
    reports, _, _ = work({"a": [Finished(3, 0, "diverged", "Loss became infinite.")]}, {0: [submit("a")]})
    assert (reports[-1].status, reports[-1].reason) == ("diverged", "Loss became infinite.")


def test_failing_to_warm_up_is_no_reason_to_end(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a missing file would end every worker at its start, and the sentence would never be read."""

    def no_digits() -> None:
        raise DataError("The digits are gone.")

    monkeypatch.setattr("dlcore.runs.jobs.mnist.warm", no_digits)
    reports, _, _ = work({"a": PROGRESS}, {0: [Warm("mnist"), submit("a")]})
    assert statuses(reports, "a") == ["running", "finished"]


# --- A worker as a process ------------------------------------------------------------------------


def lives(said: bytes) -> bool:
    """Is that all it said, however often it came to that?"""
    beat = pickle.dumps(Beat())
    return said == beat * (len(said) // len(beat))


@pytest.mark.parametrize(
    "input",
    [b"", pickle.dumps(Warm("mnist"))[:-5], pickle.dumps(Submission("a", "b", "mnist", {}, Path(), 1))[:20]],
    ids=["closed", "cut", "cut-early"],
)
def test_it_ends_when_its_input_does(input: bytes, python_environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlcore.runs.worker", "0"],
        input=input,
        capture_output=True,
        cwd=ROOT,
        env=python_environment,
        timeout=300,
    )
    assert (done.returncode, lives(done.stdout)) == (0, True)
    assert b"Traceback" not in done.stderr


def started(environment: dict[str, str], *python: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *python], stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT, env=environment
    )


def test_it_ends_without_a_word_when_nobody_reads_its_reports(python_environment: dict[str, str]) -> None:
    with started(python_environment, "-m", "dlcore.runs.worker", "0") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(pickle.dumps(Submission("a", "b", "mnist", {}, Path(), 1)))
        process.stdin.flush()
        assert process.stderr.read() == b""
    assert process.returncode == 0


IMPORT_THE_WORKERS_WORLD = """
import json, sys
import dlcore.runs.worker
from dlcore.runs.kinds import RUN_KINDS, TASK_KINDS, load, warm
light = list(sys.modules)
for name, kind in {**RUN_KINDS, **TASK_KINDS}.items():
    load(kind.job)
    warm(name)
print(json.dumps([light, list(sys.modules)]))
"""


def test_a_worker_never_imports_streamlit(python_environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_THE_WORKERS_WORLD],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=python_environment,
        check=True,
    )
    light, everything = (set(names) for names in json.loads(done.stdout))
    assert "dlcore.runs.jobs.mnist" in everything
    assert "streamlit" not in everything
    assert "dlcore.runs.jobs.mnist" not in light, "a worker imports only what its kinds need"


PRINT_AND_END = """
import os, sys
import dlcore.runs.jobs.mnist as mnist
from dlcore.runs.worker import main

def warm():
    print("printed", flush=True)
    os.write(1, b"written")
    os._exit(7)

mnist.warm = warm
sys.argv = ["worker", "0"]
main()
"""


def test_its_output_carries_reports_only_whatever_prints(python_environment: dict[str, str]) -> None:
    with started(python_environment, "-c", PRINT_AND_END) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(pickle.dumps(Warm("mnist")))
        process.stdin.flush()
        assert lives(process.stdout.read())
        assert process.stderr.read() == b"printed\nwritten"
    assert process.returncode == 7
