"""Runs in real worker processes: exact, steerable, fair, and gone when the server is."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import psutil
import pytest
import torch

from dlcore.errors import DlcoreError, RunError, StoreError
from dlcore.events import Progress
from dlcore.mnist.splits import Splits
from dlcore.run import Metric, Run
from dlcore.runs import runner as module
from dlcore.runs.process import WorkerProcess
from dlcore.runs.protocol import Report, Submission
from dlcore.runs.runner import POINTS_IN_MEMORY, Runner, threads_for
from dlcore.runs.storage.checkpoints import load_model
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import WRITE_SECONDS
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train
from tests.dlcore.runs.lab import Lab, WaitUntil

ROOT = Path(__file__).parents[3]
TINY = TrainConfig(
    train_size=200, val_size=100, epochs=2, batch_size=40, dropout=0.3, augment=True, device="cpu"
)
LONG = TrainConfig(
    train_size=20_000, val_size=0, epochs=100, batch_size=40, lr=0.002, schedule="constant", device="cpu"
)


def workers() -> list[psutil.Process]:
    """The worker processes that this process has started and that still live."""
    found = []
    for child in psutil.Process().children():
        try:
            if "dlcore.runs.worker" in child.cmdline():
                found.append(child)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(scope="module", autouse=True)
def _one_thread_per_run() -> Iterator[None]:
    """As in this process, so that numbers can be compared bit for bit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "threads_for", lambda cores, active: 1)
        yield


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, wait_until: WaitUntil) -> Iterator[Lab]:
    """One runner with one worker, shared by the tests that leave it as they found it."""
    store = Store(tmp_path_factory.mktemp("runner"))
    runner = Runner(store, max_workers=1)
    yield Lab(runner, wait_until)
    runner.close()
    store.close()


@pytest.fixture(autouse=True)
def _nothing_goes_on(lab: Lab) -> Iterator[None]:
    yield
    lab.stop(*(run.id for run in lab.runner.active_runs()))


@pytest.fixture(scope="module")
def alone(small_splits: Callable[..., Splits]) -> tuple[list[float], dict[str, torch.Tensor]]:
    """TINY in this process: its losses and its final weights."""
    state = start(TINY)
    events = list(train(state, small_splits(200, 100, 10)))
    return [e.loss for e in events if isinstance(e, Progress)], state.model.state_dict()


def losses(run: Run) -> list[float]:
    return [point.value for point in run.series["train_loss"]]


# --- A run ----------------------------------------------------------------------------------------


def test_a_run_finishes_and_is_the_run_of_this_process_bit_for_bit(
    lab: Lab, alone: tuple[list[float], dict[str, torch.Tensor]]
) -> None:
    run_id = lab.submit(TINY)
    lab.until(run_id, lambda run: run.status == "finished", "it finishes")
    lab.wait_until(lambda: lab.stored(run_id).status == "finished", "its end is in the store")
    run = lab.stored(run_id)
    assert losses(run) == alone[0]
    assert {name: len(points) for name, points in run.series.items()} == {
        **dict.fromkeys(("train_loss", "train_accuracy", "lr"), 10),
        **dict.fromkeys(("epoch_loss", "epoch_accuracy"), 2),
        **dict.fromkeys(("val_loss", "val_accuracy", "val_correct", "val_total"), 2),
        **dict.fromkeys(("test_loss", "test_accuracy", "test_correct", "test_total"), 1),
    }
    assert run.config == TINY.model_dump()
    assert (run.owner, run.kind, run.name, run.device) == ("anna", "mnist", "a run", "cpu")
    assert (run.step, run.total_steps, run.epoch, run.threads, run.reason) == (10, 10, 2, 1, "")
    assert run.seconds > 0
    assert [len(row) for row in run.watched] == [10] * 12
    assert [(c.epoch, c.step) for c in run.checkpoints] == [(0, 0), (1, 5), (2, 10)]
    model, config = load_model(run.checkpoints[-1])
    assert config == TINY
    assert all(torch.equal(alone[1][name], value) for name, value in model.state_dict().items())


def test_the_store_and_the_memory_tell_the_same(lab: Lab) -> None:
    run_id = lab.submit(LONG)
    lab.started(run_id)
    lab.control(run_id, "pause")
    in_memory = lab.status(run_id, "paused")
    lab.wait_until(lambda: lab.stored(run_id).status == "paused", "the pause is in the store")
    stored = lab.stored(run_id)
    assert stored.series == in_memory.series
    assert stored.checkpoints == in_memory.checkpoints
    assert (stored.step, stored.epoch, stored.seconds) == (in_memory.step, in_memory.epoch, in_memory.seconds)


def test_two_owners_runs_go_on_at_once_and_do_not_touch_each_other(
    lab: Lab, alone: tuple[list[float], dict[str, torch.Tensor]]
) -> None:
    long = lab.submit(LONG.replace(dropout=0.5, augment=True))
    lab.started(long)
    before = lab.get(long).step
    tiny = lab.submit(TINY, owner="ben")
    run = lab.until(tiny, lambda run: not run.active, "the newcomer ends")
    assert run.status == "finished"
    assert losses(run) == alone[0]
    assert lab.get(long).status == "running"
    assert lab.get(long).step > before
    assert lab.get(long).sharing == 1


# --- Controls -------------------------------------------------------------------------------------


def test_pause_step_resume_stop(lab: Lab) -> None:
    run_id = lab.submit(LONG)
    lab.started(run_id)
    lab.control(run_id, "pause")
    paused = lab.status(run_id, "paused")
    for n in (1, 2):  # a step is one report: had the run gone on meanwhile, there would be more
        lab.control(run_id, "step")
        lab.until(run_id, lambda run, n=n: len(losses(run)) >= len(losses(paused)) + n, "it takes a step")
        stepped = lab.status(run_id, "paused")
        assert len(losses(stepped)) == len(losses(paused)) + n
        assert stepped.step == paused.step + n
    lab.control(run_id, "resume")
    lab.until(run_id, lambda run: len(losses(run)) > len(losses(paused)) + 4, "it goes on")
    lab.control(run_id, "stop")
    stopped = lab.status(run_id, "stopped")
    assert stopped.checkpoints[-1].step == stopped.step
    load_model(stopped.checkpoints[-1])


def test_a_paused_run_can_be_stopped(lab: Lab) -> None:
    run_id = lab.submit(LONG)
    lab.started(run_id)
    lab.control(run_id, "pause")
    lab.status(run_id, "paused")
    lab.stop(run_id)


def test_the_learning_rate_can_be_set(lab: Lab) -> None:
    run_id = lab.submit(LONG)
    lab.started(run_id)
    lab.control(run_id, "set", "lr", 0.0001)
    run = lab.until(run_id, lambda run: run.last("set_lr"), "the change is told")
    (change,) = run.series["set_lr"]
    run = lab.until(run_id, lambda run: run.step > change.step + 20, "it goes on")
    assert change.value == 0.0001
    assert all(point.value == (0.0001 if point.step > change.step else 0.002) for point in run.series["lr"])


@pytest.mark.parametrize(
    ("control", "sentence"),
    [
        (("set", "lr", 99.0), "Learning rate must be a number from 0.000001 to 10. Got 99.0 instead."),
        (("set", "epochs", 3.0), "A training run cannot set 'epochs': only lr can be set."),
    ],
)
def test_a_control_that_makes_no_sense_is_refused_with_a_sentence(
    lab: Lab, control: tuple[object, ...], sentence: str
) -> None:
    run_id = lab.submit(LONG)
    lab.started(run_id)
    lab.control(run_id, *control)
    run = lab.until(run_id, lambda run: run.reason, "the sentence comes")
    assert (run.reason, run.status) == (sentence, "running")


def test_a_run_that_ended_cannot_be_steered(lab: Lab) -> None:
    run_id = lab.submit(LONG)
    lab.stop(run_id)
    for unknown in (run_id, "nobody"):
        with pytest.raises(RunError, match=r"^This run has ended: start it again to steer it\.$"):
            lab.control(unknown, "stop")


def test_there_are_no_other_kinds(lab: Lab) -> None:
    with pytest.raises(
        RunError, match=r"^The kind of a run must be one of mnist, black_patch\. Got 'x' instead\.$"
    ):
        lab.runner.submit("anna", "x", TINY, name="x")


def test_an_unknown_run_is_none(lab: Lab) -> None:
    assert lab.runner.get("nobody") is None


def test_a_config_that_cannot_run_fails_with_its_sentence(lab: Lab) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has cuda")
    run = lab.status(lab.submit(TINY.replace(device="cuda")), "failed")
    assert run.reason.startswith("Device must be one of auto, ")


# --- Queue ----------------------------------------------------------------------------------------


def test_beyond_the_places_runs_wait_and_owners_take_turns(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS_PER_WORKER", 2)
    a1, a2, a3, a4 = (lab.submit(LONG) for _ in range(4))
    b1 = lab.submit(LONG, owner="ben")
    lab.started(a1, a2)
    waiting = {run_id: lab.get(run_id).queue_position for run_id in (a1, a2, b1, a3, a4)}
    assert waiting == {a1: 0, a2: 0, b1: 1, a3: 2, a4: 3}  # who has nothing yet comes first
    assert {lab.get(run_id).status for run_id in (a3, a4, b1)} == {"queued"}
    assert [run.id for run in lab.runner.active_runs()] == [a1, a2, a3, a4, b1]

    for action in ("pause", "step", "resume"):
        with pytest.raises(RunError, match=r"^This run waits for a free place: .+\.$"):
            lab.control(a3, action)
    lab.control(a3, "stop")  # at once: it never was anywhere
    assert (lab.get(a3).status, lab.get(a3).threads) == ("stopped", 0)

    lab.stop(a1)
    lab.started(b1)
    assert lab.get(a4).status == "queued"
    assert lab.get(a4).queue_position == 1
    lab.stop(a2)
    lab.started(a4)


def test_runs_that_want_the_gpu_share_the_one_process_that_owns_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    runner = Runner(store, max_workers=1, accelerator=True)
    sent: dict[object, list[str]] = {}

    def record(worker: WorkerProcess, message: object) -> None:
        if isinstance(message, Submission):
            sent.setdefault(worker, []).append(str(message.payload["device"]))

    monkeypatch.setattr(WorkerProcess, "send", record)
    try:
        for device in ("cpu", "auto", "cpu", "auto"):
            config = LONG.replace(device=device)
            runner.submit("anna", "mnist", config, name="run")
        assert sorted(sent.values()) == [["auto", "auto"], ["cpu", "cpu"]]
    finally:
        runner.close()
        store.close()


def test_an_owner_has_so_many_active_runs_and_no_more(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS_PER_WORKER", 1)
    mine = [lab.submit(LONG) for _ in range(module.MAX_ACTIVE_PER_OWNER)]
    with pytest.raises(RunError, match=r"^You have 8 runs active: stop one of them before"):
        lab.submit(LONG)
    lab.submit(LONG, owner="ben")
    lab.stop(mine[-1])
    lab.submit(LONG)


@pytest.mark.parametrize(
    ("cores", "active", "threads"), [(1, 1, 1), (8, 1, 8), (8, 3, 2), (2, 5, 1), (4, 0, 4)]
)
def test_threads_are_shared_out(cores: int, active: int, threads: int) -> None:
    assert threads_for(cores, active) == threads


def test_a_series_in_memory_is_thinned_and_keeps_its_ends() -> None:
    live = module._Live(Run("id", "anna", "mnist", "x", {}, "running"))
    for step in range(2200):  # the longest there is
        live.add([Metric("train_loss", step, 1, 0.0, 0.5)])
    steps = [point.step for point in live.series["train_loss"]]
    assert len(steps) <= POINTS_IN_MEMORY
    assert (steps[0], steps[-1]) == (0, 2199)
    assert all(1 <= after - before <= 8 for before, after in pairwise(steps))


# --- Processes that die ---------------------------------------------------------------------------


def test_a_killed_worker_fails_its_runs_and_is_replaced(lab: Lab) -> None:
    doomed = [lab.submit(LONG), lab.submit(LONG, owner="ben")]
    lab.started(*doomed)
    (worker,) = workers()
    worker.send_signal(signal.SIGKILL)
    for run_id in doomed:
        run = lab.status(run_id, "failed")
        assert run.reason == "The worker process ended unexpectedly (exit code -9): start the run again."
        lab.wait_until(lambda run_id=run_id: lab.stored(run_id).status == "failed", "the store knows")
        assert lab.stored(run_id).reason == run.reason
    again = lab.submit(LONG)
    lab.started(again)
    (successor,) = workers()
    assert successor.pid != worker.pid


def test_a_second_worker_comes_on_demand_and_both_end_with_the_runner(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    before = {process.pid for process in workers()}

    def mine() -> set[int]:
        return {process.pid for process in workers()} - before

    store = Store(tmp_path)
    runner = Runner(store, max_workers=2)
    lab = Lab(runner, wait_until)
    assert len(mine()) == 1
    lab.started(lab.submit(LONG))
    started = mine()
    assert len(started) == 2  # one is always ready for the next run
    runner.close()
    wait_until(lambda: all(map(gone, started)), "no worker is left")
    assert not runner._writer._thread.is_alive()
    store.close()


class FakeWorker:
    """A worker that only listens: what it was sent stays here."""

    made: ClassVar[list[FakeWorker]] = []

    def __init__(self, *_: object) -> None:
        self.sent: list[object] = []
        self.open = True
        self.made.append(self)

    def send(self, message: object) -> None:
        assert self.open
        self.sent.append(message)

    def close(self) -> None:
        self.open = False

    def join(self, timeout: float) -> None: ...

    def runs(self) -> list[str]:
        return [message.id for message in self.sent if isinstance(message, Submission)]


@pytest.fixture
def faked(tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A runner of two workers that are no processes; reports are given to it by hand."""
    monkeypatch.setattr(FakeWorker, "made", [])
    monkeypatch.setattr(module, "WorkerProcess", FakeWorker)
    store = Store(tmp_path)
    runner = Runner(store, max_workers=2)
    yield Lab(runner, wait_until)
    runner.close()
    store.close()


def test_waiting_owners_take_turns(faked: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two places; Ben asked for two runs before Cleo asked for one: his second waits for her first."""
    monkeypatch.setattr(module, "RUNS_PER_WORKER", 1)
    for _ in range(2):
        faked.submit(LONG)
    b1, b2 = faked.submit(LONG, "ben"), faked.submit(LONG, "ben")
    a3, c1 = faked.submit(LONG), faked.submit(LONG, "cleo")
    order = sorted((b1, b2, a3, c1), key=lambda run_id: faked.get(run_id).queue_position)
    assert order == [b1, c1, b2, a3]
    assert [faked.get(run_id).queue_position for run_id in order] == [1, 2, 3, 4]


def test_a_retired_worker_is_given_nothing_more(faked: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    first = faked.submit(LONG)
    one, other = FakeWorker.made
    assert one.runs() == [first]
    faked.runner._on_report(one, Report(first, status="stopped"))  # type: ignore[arg-type]
    monkeypatch.setattr(module, "IDLE_SECONDS", -1.0)
    monkeypatch.setattr(module, "READY_WORKERS", 1)
    faked.runner._keep_house()
    (kept,) = [worker for worker in (one, other) if worker.open]
    second = faked.submit(LONG)
    assert kept.runs()[-1:] == [second]


def test_a_second_worker_is_ready_before_anybody_needs_it_and_stays(
    faked: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    faked.runner._keep_house()
    assert len(FakeWorker.made) == 1, "not while the first visitors come"
    monkeypatch.setattr(faked.runner, "_all_ready_at", 0.0)
    monkeypatch.setattr(module, "IDLE_SECONDS", -1.0)
    for _ in range(3):
        faked.runner._keep_house()
    assert [worker.open for worker in FakeWorker.made] == [True, True]


def test_a_new_run_goes_to_the_worker_with_the_fewest(faked: Lab) -> None:
    runs = [faked.submit(LONG) for _ in range(4)]
    one, other = FakeWorker.made
    assert sorted(one.runs() + other.runs()) == sorted(runs)
    assert len(one.runs()) == len(other.runs()) == 2


def test_a_retired_owner_of_the_gpu_is_given_nothing_more(
    faked: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faked.runner, "_accelerator", True)
    busy, first = faked.submit(LONG), faked.submit(LONG.replace(device="cuda"))
    (owner,) = [worker for worker in FakeWorker.made if worker.runs() == [first]]
    faked.runner._on_report(owner, Report(first, status="stopped"))  # type: ignore[arg-type]
    monkeypatch.setattr(module, "IDLE_SECONDS", -1.0)
    faked.runner._keep_house()
    assert not owner.open
    second = faked.submit(LONG.replace(device="cuda"))
    given = [worker.runs() for worker in FakeWorker.made if worker.open and worker.runs()]
    assert given == [[busy], [second]]


def test_what_is_said_at_the_very_end_is_still_written(faked: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report may still lie in the pipe when the workers are asked to end."""
    run_id = faked.submit(LONG)

    def join(worker: FakeWorker, timeout: float) -> None:
        faked.runner._writer._thread.join(4 * WRITE_SECONDS)  # time enough to give up too early
        faked.runner._on_report(worker, Report(run_id, 9.0, status="finished"))  # type: ignore[arg-type]

    monkeypatch.setattr(FakeWorker, "join", join)
    faked.runner.close()
    assert faked.stored(run_id).status == "finished"


def test_a_database_that_refuses_for_a_while_loses_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    store, refused = lab.runner.store, []
    record = store.record

    def refuse_at_first(run_id: str, *rows: object) -> None:
        if len(refused) < 3:
            refused.append(run_id)
            raise StoreError("The run database cannot be used (locked).")
        record(run_id, *rows)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "record", refuse_at_first)
    run_id = lab.submit(TINY)
    lab.wait_until(lambda: lab.stored(run_id).status == "finished", "its end is in the store")
    assert refused
    run = lab.stored(run_id)
    assert [point.step for point in run.series["train_loss"]] == list(range(1, 11))
    assert [checkpoint.epoch for checkpoint in run.checkpoints] == [0, 1, 2]


PARENT = """
import json, sys, threading
from pathlib import Path
from typing import ClassVar
import psutil
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import WRITE_SECONDS
from dlcore.training.config import TrainConfig

runner = Runner(Store(Path(sys.argv[1])), max_workers=1)
config = TrainConfig(train_size=20_000, val_size=0, epochs=100, batch_size=40)
run_id = runner.submit("anna", "mnist", config, name="x")
while not (runner.get(run_id) and runner.get(run_id).step):
    threading.Event().wait(0.05)
print(json.dumps([run_id, [child.pid for child in psutil.Process().children()]]), flush=True)
threading.Event().wait()
"""


def test_a_killed_server_leaves_no_orphan_and_its_run_is_found_interrupted(
    tmp_path: Path, wait_until: WaitUntil, python_environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=python_environment,
    ) as parent:
        assert parent.stdout is not None
        run_id, pids = json.loads(parent.stdout.readline())
        assert pids
        assert not any(map(gone, pids))
        parent.kill()
    wait_until(lambda: all(map(gone, pids)), "the workers end with their server")
    store = Store(tmp_path)
    assert store.interrupt_lost_runs() == [run_id]
    store.close()


def test_a_run_cannot_begin_if_it_cannot_be_recorded(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: Run) -> None:
        raise StoreError("The run database cannot be used.")

    monkeypatch.setattr(lab.runner.store, "create", refuse)
    with pytest.raises(DlcoreError, match="cannot be used"):
        lab.submit(LONG)
    assert lab.runner.active_runs() == []
