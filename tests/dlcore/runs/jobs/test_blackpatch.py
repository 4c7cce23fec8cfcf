"""The black patch as a run: kept, read back, steered, and taken up again to the last bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.network import Network
from dlcore.errors import CheckpointError, ConfigError, RunError
from dlcore.events import CheckpointReady, ControlApplied, Finished, Progress
from dlcore.runs.jobs.blackpatch import TrainJob, load_network
from dlcore.runs.kinds import make_job
from dlcore.runs.protocol import Control, Submission
from dlcore.runs.storage.checkpoints import load_weights, save_checkpoint
from dlcore.runs.storage.disk import state_path
from dlcore.training.config import TrainConfig
from tests.dlcore.runs.jobs.left import work

TINY = PatchConfig(hidden="6-5", epochs=4, lr=0.1, init=0.2, train_size=60, test_size=20, seed=3)


def submission(folder: Path, config: PatchConfig = TINY, **more: Any) -> Submission:
    return Submission("a-run", "anna", "black_patch", config.model_dump(), folder, 1, **more)


def numbers(network: Network) -> list[float]:
    return [w for layer in network.layers for row in [*layer.weights, layer.biases] for w in row]


# --- Kept and read back ---------------------------------------------------------------------------


def test_its_kind_makes_its_job(tmp_path: Path) -> None:
    job = make_job(submission(tmp_path))
    assert isinstance(job, TrainJob)
    assert (job.device, job.step) == ("plain Python", 0)


def test_what_it_keeps_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    job = TrainJob(submission(tmp_path))
    said, kept = work(job)
    assert said[-1] == Finished(240, 4, "finished")
    assert job.step == 240
    assert sorted(kept) == [0, 1, 2, 3, 4]
    network, config = load_network(kept[4])
    assert config == TINY
    assert network.widths == TINY.widths
    assert numbers(network) == numbers(job._state.network)
    assert numbers(load_network(kept[3])[0]) != numbers(network)


def test_its_weights_are_plain_float64_tensors(tmp_path: Path) -> None:
    _, kept = work(TrainJob(submission(tmp_path)), until=0)
    weights = load_weights(kept[0])
    assert {name: tuple(value.shape) for name, value in weights.items()} == {
        "layers.0.weight": (6, 81),
        "layers.0.bias": (6,),
        "layers.1.weight": (5, 6),
        "layers.1.bias": (5,),
        "layers.2.weight": (1, 5),
        "layers.2.bias": (1,),
    }
    assert {value.dtype for value in weights.values()} == {torch.float64}


# --- Taken up again -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"shuffle": True},
        {"shuffle": True, "batch_size": 7, "where": "anywhere", "hidden": "8"},
    ],
)
def test_taken_up_after_an_epoch_it_goes_on_bit_by_bit(tmp_path: Path, changes: dict[str, Any]) -> None:
    config = TINY.replace(**changes)
    whole, expected = work(TrainJob(submission(tmp_path / "whole", config)))
    _, kept = work(TrainJob(submission(tmp_path / "broken off", config)), until=2)
    job = TrainJob(submission(tmp_path / "later", config, resume=kept[2]))
    assert job.step == 2 * config.steps_per_epoch
    rest, later = work(job)
    place = whole.index(CheckpointReady(job.step // 2, 2))
    assert rest == whole[place + 1 :]
    assert sorted(later) == [3, 4]
    assert [later[epoch].digest for epoch in later] == [expected[epoch].digest for epoch in later]


def test_a_changed_learning_rate_is_kept_and_later_changes_are_repeated(tmp_path: Path) -> None:
    asked = ((30, "lr", 0.05), (150, "lr", 0.02))
    whole, expected = work(TrainJob(submission(tmp_path / "whole", planned=asked)))
    assert [event for event in whole if isinstance(event, ControlApplied)] == [
        ControlApplied(*control) for control in asked
    ]
    _, kept = work(TrainJob(submission(tmp_path / "broken off", planned=asked)), until=2)
    resumed = submission(tmp_path / "later", resume=kept[2], planned=asked[1:])
    rest, later = work(TrainJob(resumed))
    assert next(event.lr for event in rest if isinstance(event, Progress)) == 0.05
    assert later[4].digest == expected[4].digest


def test_more_epochs_are_as_if_they_had_been_asked_for_at_once(tmp_path: Path) -> None:
    config = TINY.replace(shuffle=True)
    _, expected = work(TrainJob(submission(tmp_path / "whole", config)))
    _, kept = work(TrainJob(submission(tmp_path / "short", config.replace(epochs=1))))
    _, later = work(TrainJob(submission(tmp_path / "later", config, resume=kept[1])))
    assert later[4].digest == expected[4].digest


# --- Steered --------------------------------------------------------------------------------------


def test_a_learning_rate_that_is_set_takes_effect(tmp_path: Path) -> None:
    job = TrainJob(submission(tmp_path))
    job.control(Control("set", "lr", 0.5))
    said, _ = work(job)
    assert said.count(ControlApplied(0, "lr", 0.5)) == 1
    assert {event.lr for event in said if isinstance(event, Progress)} == {0.5}


@pytest.mark.parametrize("lr", [0.0, -1.0, 101.0, float("nan"), float("inf")])
def test_a_learning_rate_out_of_bounds_is_refused(tmp_path: Path, lr: float) -> None:
    job = TrainJob(submission(tmp_path))
    with pytest.raises(ConfigError, match=r"^Learning rate must be a number from 0\.0000001 to 100\. Got "):
        job.control(Control("set", "lr", lr))
    said, _ = work(job)
    assert not any(isinstance(event, ControlApplied) for event in said)


def test_nothing_else_can_be_set(tmp_path: Path) -> None:
    job = TrainJob(submission(tmp_path))
    with pytest.raises(RunError, match=r"momentum changes nothing in it: move lr\.$"):
        job.control(Control("set", "momentum", 0.5))


def test_it_stops_when_asked(tmp_path: Path) -> None:
    job = TrainJob(submission(tmp_path))
    events = job.events()
    while not isinstance(next(events), Progress):
        pass
    job.control(Control("stop"))
    assert list(events) == [CheckpointReady(3, 0), Finished(3, 0, "stopped")]


def test_a_step_is_told_at_once(tmp_path: Path) -> None:
    job = TrainJob(submission(tmp_path, TINY.replace(train_size=1000)))
    job.control(Control("step"))
    assert next(event.step for event in job.events() if isinstance(event, Progress)) == 1


# --- What is refused ------------------------------------------------------------------------------


def test_settings_out_of_bounds_are_refused(tmp_path: Path) -> None:
    payload = TINY.model_dump() | {"patch": 10}
    with pytest.raises(ConfigError, match=r"^Patch size must be at most the image's 9 pixels\."):
        TrainJob(Submission("a-run", "anna", "black_patch", payload, tmp_path, 1))


@pytest.mark.parametrize("hidden", ["6", "6-4", "6-5-5"])
def test_a_checkpoint_of_another_shape_is_refused(tmp_path: Path, hidden: str) -> None:
    _, kept = work(TrainJob(submission(tmp_path)), until=1)
    sentence = r"^The checkpoint does not fit its network at layer \d: choose another checkpoint\.$"
    with pytest.raises(CheckpointError, match=sentence):
        TrainJob(submission(tmp_path / "later", TINY.replace(hidden=hidden), resume=kept[1]))
    about = kept[1].path.with_suffix(".json")
    told = json.loads(about.read_text())
    told["config"]["hidden"] = hidden
    about.write_text(json.dumps(told))
    with pytest.raises(CheckpointError, match=sentence):
        load_network(kept[1])


def test_a_checkpoint_of_another_kind_is_refused(tmp_path: Path) -> None:
    checkpoint = save_checkpoint(tmp_path / "run", {"a": torch.zeros(3)}, TrainConfig(), epoch=1, step=1)
    with pytest.raises(CheckpointError, match=r"cannot be read: choose another one\.$"):
        load_network(checkpoint)


def test_without_its_state_it_does_not_go_on_but_can_be_looked_at(tmp_path: Path) -> None:
    _, kept = work(TrainJob(submission(tmp_path)), until=1)
    state_path(kept[1]).unlink()
    with pytest.raises(CheckpointError):
        TrainJob(submission(tmp_path / "later", resume=kept[1]))
    assert load_network(kept[1])[0].widths == TINY.widths


@pytest.mark.parametrize("missing", ["order", "lr", "position"])
def test_half_a_state_is_refused(tmp_path: Path, missing: str) -> None:
    job = TrainJob(submission(tmp_path))
    _, kept = work(job, until=1)
    state = load_file(state_path(kept[1]))
    del state[missing]
    checkpoint = save_checkpoint(
        tmp_path / "half", load_weights(kept[1]), TINY, epoch=1, step=60, state=state
    )
    with pytest.raises(CheckpointError, match=r"does not fit its settings: start it again"):
        TrainJob(submission(tmp_path / "later", resume=checkpoint))


@pytest.mark.parametrize("broken", ["order", "lr", "position"])
def test_a_state_of_another_shape_is_refused(tmp_path: Path, broken: str) -> None:
    _, kept = work(TrainJob(submission(tmp_path)), until=1)
    state = load_file(state_path(kept[1])) | {broken: torch.zeros(5, dtype=torch.int64)}
    checkpoint = save_checkpoint(tmp_path / "odd", load_weights(kept[1]), TINY, epoch=1, step=60, state=state)
    with pytest.raises(CheckpointError, match=r"does not fit its settings: start it again"):
        TrainJob(submission(tmp_path / "later", resume=checkpoint))
