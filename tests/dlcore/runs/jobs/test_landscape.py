"""Surfaces as tasks: shares that make one picture, and sentences for what cannot be drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlcore.errors import CheckpointError, ConfigError
from dlcore.events import Tick
from dlcore.landscape.lines import Line
from dlcore.landscape.picture import Picture, Prepared, assemble_picture
from dlcore.landscape.plan import COARSE, WHOLE, Share, shares
from dlcore.landscape.sharpness import Sharpness
from dlcore.nets.registry import build_model
from dlcore.run import Checkpoint
from dlcore.runs.jobs.landscape import MOST_STOPS, LineJob, SharpnessJob, SurfaceJob, moments
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import save_checkpoint
from dlcore.runs.tasks import Tasks
from dlcore.training.config import TrainConfig
from tests.forks import Forks

RUN = shipped_run("mnist").checkpoints
SMALL = {"resolution": "21", "samples": 32}


def submission(checkpoints: tuple[Checkpoint, ...] = RUN, share: Share = WHOLE, **fields: Any) -> Submission:
    payload = {"checkpoints": checkpoints, "config": fields, "share": share, "redraw": 0}
    return Submission("x", "", "surface", payload, Path(), 1)


def surface(checkpoints: tuple[Checkpoint, ...] = RUN, share: Share = WHOLE, **fields: Any) -> list[Any]:
    job = SurfaceJob(submission(checkpoints, share, **SMALL | fields))
    return [event for event in job.events() if not isinstance(event, Tick)]


def checkpoint(folder: Path, net: str, seed: int, epoch: int = 0) -> Checkpoint:
    config = TrainConfig(net=net)
    weights = build_model(config.net, seed=seed).state_dict()
    return save_checkpoint(folder, weights, config, epoch=epoch, step=epoch)


@pytest.fixture(scope="module")
def whole() -> Picture:
    picture = assemble_picture(surface())
    assert picture is not None
    return picture


@pytest.fixture
def tasks(forks: Forks) -> Iterator[Tasks]:
    pool = Tasks(forks.pool())
    yield pool
    pool.close()


def test_three_shares_make_the_same_picture_as_one(whole: Picture) -> None:
    coarse = surface(share=COARSE)
    first = assemble_picture(coarse)
    assert first is not None
    assert first.surface is not None
    assert whole.surface is not None
    assert first.surface.resolution == 11
    assert len(first.path) == len(RUN)
    fine = [event for share in shares(21, 256) for event in surface(share=share)]
    both = assemble_picture([*coarse, *fine])
    assert both is not None
    assert both.surface is not None
    assert (both.done, both.cells) == (441, 441)
    assert np.array_equal(both.surface.loss, whole.surface.loss)
    assert both.path == whole.path


def test_the_shipped_path_goes_down_and_ends_in_the_plane(whole: Picture) -> None:
    assert [stop.epoch for stop in whole.path] == [0, 1, 2, 5, 10, 20]
    assert whole.path[0].loss == pytest.approx(np.log(10), abs=0.1)
    end = whole.path[-1]
    assert end.placed.distance == 0
    assert end.loss == pytest.approx(end.below)
    assert whole.prepared.held is not None
    assert 0.7 < whole.prepared.held < 0.95
    assert whole.prepared.moved[0] > whole.prepared.moved[-1] / 10  # per epoch


def test_a_task_says_it_bit_by_bit_and_is_dropped_at_once(
    tasks: Tasks, wait_until: Callable[..., None]
) -> None:
    payload = submission(RUN[-1:], plane="random", resolution="81").payload
    task_id = tasks.submit("surface", payload, key="one", session="me")

    def rows() -> int:
        task = tasks.get(task_id)
        assert task is not None
        assert task.reason == ""
        return len(task.events)

    wait_until(lambda: rows() > 3, "some rows are there")
    tasks.release("me")

    def over() -> bool:
        task = tasks.get(task_id)
        return task is not None and task.status == "stopped"

    wait_until(over, "it has stopped")
    assert rows() < 81


def test_a_long_run_is_thinned_out_but_keeps_its_ends(tmp_path: Path) -> None:
    one = checkpoint(tmp_path, "FastCNN", 0)
    many = [Checkpoint(one.path, one.digest, epoch, epoch) for epoch in range(101)]
    chosen = moments(many)
    assert len(chosen) == MOST_STOPS
    assert (chosen[0].epoch, chosen[-1].epoch) == (0, 100)
    assert len(moments(many[:7])) == 7
    assert len(moments(many[:1])) == 1


def test_the_line_from_start_to_end_begins_high_and_ends_low() -> None:
    *_, line = LineJob(submission((RUN[0], RUN[-1]), samples=64)).events()
    assert isinstance(line, Line)
    assert line.losses[line.t.index(0.0)] == pytest.approx(np.log(10), abs=0.1)
    assert line.losses[line.t.index(1.0)] < 0.01


def test_sharpness_becomes_more_exact() -> None:
    found = [e for e in SharpnessJob(submission(RUN[2:3], samples=64)).events() if isinstance(e, Sharpness)]
    assert found[-1].eigenvalue > 0
    relative = [one.error / abs(one.eigenvalue) for one in found]
    assert relative[-1] < 0.1 < relative[0]
    assert [one.iterations for one in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"resolution": "500"}, "Resolution must be one of 11, 21, 41, 81"),
        ({"extent": 0}, "Extent must be"),
        ({"samples": 1}, "Images must be"),
        ({"plane": "path", "fault": "walk"}, "choose the random plane"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        surface(**fields)


@pytest.mark.parametrize("job", [SurfaceJob, LineJob, SharpnessJob])
def test_what_is_out_of_bounds_is_refused_before_anything_begins(job: Any) -> None:
    with pytest.raises(ConfigError, match="Images must be"):
        job(submission(samples=1))


def test_one_checkpoint_has_no_path() -> None:
    with pytest.raises(ConfigError, match="train two more epochs"):
        surface(RUN[-1:], plane="path")
    assert isinstance(surface(RUN[-1:], share=COARSE, plane="random")[0], Prepared)


def test_two_architectures_have_no_line(tmp_path: Path) -> None:
    other = checkpoint(tmp_path, "SimpleCNN", 0)
    with pytest.raises(ConfigError, match="one architecture"):
        list(LineJob(submission((other, RUN[-1]))).events())


def test_weights_that_are_no_numbers_are_a_sentence(tmp_path: Path) -> None:
    config = TrainConfig()
    weights = build_model("FastCNN", seed=0).state_dict()
    weights["fc2.bias"] = torch.full_like(weights["fc2.bias"], torch.nan)
    broken = save_checkpoint(tmp_path, weights, config, epoch=3, step=3)
    with pytest.raises(CheckpointError, match="after epoch 3 are not finite"):
        surface((broken,), plane="random")
