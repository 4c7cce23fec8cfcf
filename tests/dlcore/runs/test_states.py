"""Whatever is asked of runs in whatever order, they stand where a plain model of them says."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from dlcore.errors import RunError
from dlcore.events import EpochEnd
from dlcore.run import Checkpoint, Status
from dlcore.runs import runner as module
from dlcore.runs.protocol import Control, Report, Steer, Submission
from dlcore.runs.runner import ENDED, MAX_ACTIVE_PER_OWNER, Runner
from dlcore.runs.storage.disk import state_path
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig

CONFIG = TrainConfig(train_size=100, val_size=0, epochs=9, batch_size=20, device="cpu")
STEPS = CONFIG.steps_per_epoch


class Obedient:
    """A worker that is no process: it does at once what it is told, and trains an epoch when asked to."""

    def __init__(self, on_report: Any, on_end: Any) -> None:
        self.on_report, self.on_end = on_report, on_end
        self.held: dict[str, tuple[Submission, int]] = {}  # and how many epochs are done

    def send(self, message: object) -> None:
        match message:
            case Submission():
                done = message.resume.epoch if message.resume else 0
                self.held[message.id] = (message, done)
                self.say(message.id, "paused" if message.stepping else "running")
            case Steer(id, Control("pause")) if id in self.held:
                self.say(id, "paused")
            case Steer(id, Control("resume" | "step" as action)) if id in self.held:
                self.say(id, "running" if action == "resume" else "paused")
            case Steer(id, Control("stop")) if id in self.held:
                self.say(id, "stopped")
                del self.held[id]

    def say(self, id: str, status: Status | None, **more: Any) -> None:
        epoch = self.held[id][1]
        self.on_report(self, Report(id, step=STEPS * epoch, epoch=epoch, status=status, **more))

    def train_epoch(self, id: str) -> None:
        submission, done = self.held[id]
        epoch, step = done + 1, STEPS * (done + 1)
        submission.folder.mkdir(parents=True, exist_ok=True)
        checkpoint = Checkpoint(submission.folder / f"epoch-{epoch}.safetensors", str(epoch), epoch, step)
        for path in (checkpoint.path, checkpoint.path.with_suffix(".json"), state_path(checkpoint)):
            path.write_bytes(b"something")
        self.held[id] = (submission, epoch)
        last = epoch == CONFIG.epochs
        event = EpochEnd(step, epoch, 1 / epoch, 0.5)
        self.say(id, "finished" if last else None, events=(event,), checkpoints=(checkpoint,))
        if last:
            del self.held[id]

    def close(self) -> None:
        self.held.clear()

    def join(self, timeout: float) -> None: ...


@dataclass
class Model:
    owner: str
    status: Status
    epoch: int = 0


class Runs(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(module, "WorkerProcess", Obedient)
        self.folder = Path(tempfile.mkdtemp(prefix="dllab-test-"))
        self.model: dict[str, Model] = {}
        self.begin()

    def begin(self) -> None:
        self.runner = Runner(Store(self.folder), max_workers=2)

    def teardown(self) -> None:
        self.end()
        self.patch.undo()
        shutil.rmtree(self.folder)

    def end(self) -> None:
        self.runner.close()
        self.runner.store.close()

    def active_of(self, owner: str) -> int:
        return sum(m.owner == owner and m.status in ("running", "paused") for m in self.model.values())

    def worker_of(self, run_id: str) -> Obedient:
        (worker,) = [w for w in self.runner._workers if run_id in w.held]  # type: ignore[attr-defined]
        return worker  # type: ignore[return-value]

    @rule(target=ids, owner=st.sampled_from(["anna", "ben"]))
    def submit(self, owner: str) -> str:
        if self.active_of(owner) == MAX_ACTIVE_PER_OWNER:
            with pytest.raises(RunError, match="stop one of them"):
                self.submit_for(owner)
            return ""
        run_id = self.submit_for(owner)
        self.model[run_id] = Model(owner, "running")
        return run_id

    def submit_for(self, owner: str) -> str:
        return self.runner.submit(owner, "mnist", CONFIG, name="a run")

    @rule(run_id=ids, action=st.sampled_from(["pause", "resume", "step", "stop"]))
    def control(self, run_id: str, action: Any) -> None:
        known = self.model.get(run_id)
        if known is not None and known.status in ("running", "paused"):
            self.runner.control(run_id, Control(action))
            known.status = {"resume": "running", "stop": "stopped"}.get(action, "paused")  # type: ignore[assignment]
        elif known is not None and known.status == "interrupted" and action == "stop":
            self.runner.control(run_id, Control("stop"))
            known.status = "stopped"
        elif known is not None and known.status == "interrupted" and action != "pause":
            if self.active_of(known.owner) < MAX_ACTIVE_PER_OWNER:
                self.runner.control(run_id, Control(action))
                known.status = "running" if action == "resume" else "paused"
        else:
            with pytest.raises(RunError, match=ENDED):
                self.runner.control(run_id, Control(action))

    @rule(run_id=ids)
    def train_epoch(self, run_id: str) -> None:
        known = self.model.get(run_id)
        if known is not None and known.status == "running":
            self.worker_of(run_id).train_epoch(run_id)
            known.epoch += 1
            if known.epoch == CONFIG.epochs:
                known.status = "finished"

    @rule(run_id=ids)
    def go_on(self, run_id: str) -> None:
        known = self.model.get(run_id)
        if known is None or known.status in ("running", "paused"):
            with pytest.raises(RunError, match="under way or unknown"):
                self.runner.resume(run_id)
        elif self.active_of(known.owner) < MAX_ACTIVE_PER_OWNER and known.status != "finished":
            self.runner.resume(run_id)
            known.status = "running"

    @rule(run_id=consumes(ids))
    def delete(self, run_id: str) -> None:
        known = self.model.get(run_id)
        if known is not None and known.status in ("running", "paused"):
            with pytest.raises(RunError, match="stop it before"):
                self.runner.delete(run_id)
        elif known is not None:
            self.runner.delete(run_id)
            del self.model[run_id]
            assert not self.runner.store.run_folder(run_id).exists()

    @rule()
    def restart(self) -> None:
        self.end()
        for known in self.model.values():
            if known.status in ("running", "paused"):
                known.status = "interrupted"
        self.begin()

    @precondition(lambda self: any(m.status in ("running", "paused") for m in self.model.values()))
    @rule(data=st.data())
    def kill_worker(self, data: st.DataObject) -> None:
        active = [run_id for run_id, m in self.model.items() if m.status in ("running", "paused")]
        worker = self.worker_of(data.draw(st.sampled_from(active)))
        for run_id in worker.held:
            self.model[run_id].status = "failed"
        self.runner._on_end(worker, -9)  # type: ignore[arg-type]

    @invariant()
    def every_run_stands_where_the_model_says(self) -> None:
        for run_id, known in self.model.items():
            run = self.runner.get(run_id)
            assert run is not None
            assert (run.owner, run.status, run.epoch) == (known.owner, known.status, known.epoch)
            assert [c.epoch for c in run.checkpoints] == list(range(1, known.epoch + 1))
            assert all(c.path.exists() for c in run.checkpoints)


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
