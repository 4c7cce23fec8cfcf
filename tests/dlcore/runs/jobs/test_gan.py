"""The forger's game as a run: kept, read back, steered, and taken up again to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from dlcore.errors import CheckpointError, ConfigError, RunError
from dlcore.events import CheckpointReady, ControlApplied, Finished, Measured, Progress
from dlcore.gan.config import GanConfig
from dlcore.gan.steps import FORGER
from dlcore.runs.jobs.gan import GanJob, load_pair
from dlcore.runs.kinds import make_job
from dlcore.runs.protocol import Control, Submission
from dlcore.runs.storage.checkpoints import save_checkpoint
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.jobs.left import work

TINY = GanConfig(epochs=2, noise=4, width=4, batch_size=4, seed=3)


def submission(folder: Path, config: GanConfig = TINY, **more: Any) -> Submission:
    return Submission("a-run", "anna", "gan", config.model_dump(), folder, 1, **more)


def test_it_is_judged_kept_and_read_back(tmp_path: Path) -> None:
    job = make_job(submission(tmp_path))
    assert isinstance(job, GanJob)
    said, kept = work(job)
    assert said[-1] == Finished(200, 2, "finished")
    assert sorted(kept) == [0, 1, 2]
    measured = {event.name: event.value for event in said if isinstance(event, Measured)}
    assert sum(measured[f"read_as_{digit}"] for digit in range(10)) == 500
    assert sum(measured[f"final_read_as_{digit}"] for digit in range(10)) == 2_000
    assert measured["final_frechet"] > 0
    assert 0 <= measured["final_asked_read"] <= 1
    forger, detective, config = load_pair(kept[2])
    assert config == TINY
    assert torch.equal(forger.project.weight, job._state.shown.project.weight)
    assert torch.equal(detective.conv1.weight, job._state.detective.conv1.weight)


def test_taken_up_after_an_epoch_it_goes_on_bit_by_bit(tmp_path: Path) -> None:
    whole, expected = work(GanJob(submission(tmp_path / "whole")))
    _, kept = work(GanJob(submission(tmp_path / "broken off")), until=1)
    job = GanJob(submission(tmp_path / "later", resume=kept[1]))
    assert (job.step, job.epoch) == (100, 1)
    rest, later = work(job)
    assert rest == whole[whole.index(CheckpointReady(100, 1)) + 1 :]
    assert later[2].digest == expected[2].digest


def test_a_step_of_one_side_is_told_at_once_and_stored_with_its_step(tmp_path: Path) -> None:
    job = GanJob(submission(tmp_path))
    job.control(Control("step", "generator"))
    said = []
    for event in job.events():
        said.append(event)
        if isinstance(event, Progress):
            break
    assert said[-1].step == 1
    assert ControlApplied(0, "side", FORGER) in said


def test_rates_can_be_moved_within_their_bounds_and_nothing_else(tmp_path: Path) -> None:
    job = GanJob(submission(tmp_path))
    job.control(Control("set", "lr_g", 0.01))
    with pytest.raises(
        ConfigError, match=r"^Detective's learning rate must be a number from 0\.000001 to 10"
    ):
        job.control(Control("set", "lr_d", 11.0))
    with pytest.raises(RunError, match="smoothing changes nothing in it: move lr_g, lr_d"):
        job.control(Control("set", "smoothing", 0.1))
    events = job.events()
    assert next(e for e in events if isinstance(e, ControlApplied)) == ControlApplied(0, "lr_g", 0.01)


def test_a_checkpoint_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = save_checkpoint(tmp_path / "run", {"a": torch.zeros(3)}, TrainConfig(), epoch=1, step=1)
    with pytest.raises(CheckpointError, match=r"cannot be read: choose another one\.$"):
        load_pair(other)
