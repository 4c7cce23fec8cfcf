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
from dlcore.runs.placing import MAX_ACTIVE_PER_OWNER
from dlcore.runs.protocol import Control
from dlcore.runs.runner import ENDED, Runner
from dlcore.runs.storage.disk import state_path
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.fakes import Pool

CONFIG = TrainConfig(train_size=100, val_size=0, epochs=9, batch_size=20, device="cpu")
STEPS = CONFIG.steps_per_epoch


@dataclass
class Model:
    owner: str
    status: Status
    epoch: int = 0


class Runs(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="dllab-test-"))
        self.model: dict[str, Model] = {}
        self.begin()

    def begin(self) -> None:
        self.pool = Pool()
        self.runner = Runner(Store(self.folder), pool=self.pool, max_workers=2)

    def teardown(self) -> None:
        self.end()
        shutil.rmtree(self.folder)

    def end(self) -> None:
        self.runner.close()
        self.runner.store.close()

    def active_of(self, owner: str) -> int:
        return sum(m.owner == owner and m.status in ("running", "paused") for m in self.model.values())

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
        run_id = self.runner.submit(owner, "mnist", CONFIG, name="a run")
        self.pool.obey()
        return run_id

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
        self.pool.obey()

    @rule(run_id=ids)
    def train_epoch(self, run_id: str) -> None:
        known = self.model.get(run_id)
        if known is not None and known.status == "running":
            known.epoch += 1
            if known.epoch == CONFIG.epochs:
                known.status = "finished"
            self.say_epoch(run_id, known)

    def say_epoch(self, run_id: str, known: Model) -> None:
        folder, epoch, step = self.runner.store.run_folder(run_id), known.epoch, STEPS * known.epoch
        folder.mkdir(parents=True, exist_ok=True)
        checkpoint = Checkpoint(folder / f"epoch-{epoch}.safetensors", str(epoch), epoch, step)
        for path in (checkpoint.path, checkpoint.path.with_suffix(".json"), state_path(checkpoint)):
            path.write_bytes(b"something")
        event = EpochEnd(step, epoch, 1 / epoch, 0.5)
        self.pool.worker_of(run_id).say(
            run_id, known.status, step=step, epoch=epoch, events=(event,), checkpoints=(checkpoint,)
        )

    @rule(run_id=ids)
    def go_on(self, run_id: str) -> None:
        known = self.model.get(run_id)
        if known is None or known.status in ("running", "paused"):
            with pytest.raises(RunError, match="under way or unknown"):
                self.runner.resume(run_id)
        elif self.active_of(known.owner) < MAX_ACTIVE_PER_OWNER and known.status != "finished":
            self.runner.resume(run_id)
            self.pool.obey()
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
        worker = self.pool.worker_of(data.draw(st.sampled_from(active)))
        for run_id in active:
            if self.pool.worker_of(run_id) is worker:
                self.model[run_id].status = "failed"
        worker.kill()

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
