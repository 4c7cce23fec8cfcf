"""Training knows nothing of digits: points of a plane and small pictures, with their own network."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import Tensor, nn

from dlcore.data import Samples, Splits
from dlcore.events import CheckpointReady, EpochEnd, Evaluated, Event, Finished, Tick, Watched
from dlcore.training import evaluation, loop
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import evaluate
from dlcore.training.loop import TrainState, start, train
from dlcore.training.resume import resume, state_tensors

CONFIG = TrainConfig(train_size=300, val_size=100, epochs=20, batch_size=30, lr=0.05, device="cpu")


def points(count: int, seed: int) -> Samples:
    """Which points lie within a circle?"""
    places = torch.rand(count, 2, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return Samples(places, (places.norm(dim=1) < 0.8).long())


def pictures(count: int, seed: int) -> Samples:
    """8×8 pixels of noise, brighter in one of three rows of the middle."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (count,), generator=generator)
    images = torch.randint(0, 100, (count, 1, 8, 8), generator=generator, dtype=torch.uint8)
    images[torch.arange(count), 0, 2 + labels] += 120
    return Samples(images, labels)


def shaken(given: Tensor, varied_by: torch.Generator | None = None, /) -> Tensor:
    """Points as they are; in training each a little aside."""
    return given if varied_by is None else given + 0.02 * torch.randn(given.shape, generator=varied_by)


def scaled(given: Tensor, varied_by: torch.Generator | None = None, /) -> Tensor:
    """Grey levels from 0 to 1; in training some pictures mirrored."""
    images = given / 255
    if varied_by is None:
        return images
    turned = torch.rand(len(images), generator=varied_by) < 0.5
    return torch.where(turned.view(-1, 1, 1, 1), images.flip(3), images)


def begin(what: str, config: TrainConfig) -> TrainState:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if what == "points":
            return start(config, nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2)), shaken)
        convolutions = [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Dropout(0.1), nn.Linear(144, 3)]
        return start(config.replace(dropout=0.1), nn.Sequential(*convolutions), scaled)


def splits(what: str) -> Splits:
    make = points if what == "points" else pictures
    return Splits(make(300, 1), make(100, 2), make(150, 3))


def told(state: TrainState, data: Splits) -> list[Event]:
    watch = data.test.images[:3]
    return [event for event in train(state, data, watch=watch) if not isinstance(event, Tick)]


def test_neither_the_loop_nor_an_evaluation_imports_the_digits() -> None:
    assert "mnist" not in inspect.getsource(loop) + inspect.getsource(evaluation)


@pytest.mark.parametrize("what", ["points", "pictures"])
def test_it_learns_them_and_is_judged_without_variation(what: str) -> None:
    state, data = begin(what, CONFIG), splits(what)
    events = told(state, data)
    ends = [event.loss for event in events if isinstance(event, EpochEnd)]
    assert ends[-1] < ends[0] / 2
    (tested,) = (event for event in events if isinstance(event, Evaluated) and event.split == "test")
    result = evaluate(state.model, data.test, state.prepare)
    assert (tested.loss, tested.correct) == (result.loss, result.correct)
    assert tested.accuracy > 0.9
    assert events[-1] == Finished(200, 20, "finished")
    classes = 2 if what == "points" else 3
    assert all(len(p) == classes for e in events if isinstance(e, Watched) for p in e.probabilities)


@pytest.mark.parametrize("what", ["points", "pictures"])
def test_the_same_seed_gives_the_same_numbers(what: str) -> None:
    one, again, other = (told(begin(what, CONFIG.replace(seed=seed)), splits(what)) for seed in (0, 0, 1))
    assert one == again  # bit by bit
    assert one != other


@pytest.mark.parametrize("what", ["points", "pictures"])
def test_it_goes_on_later_bit_by_bit(what: str) -> None:
    data, whole, broken_off, fresh = splits(what), *(begin(what, CONFIG) for _ in range(3))
    told(whole, data)
    events = train(broken_off, data)
    next(event for event in events if isinstance(event, CheckpointReady) and event.epoch == 2)
    events.close()  # type: ignore[attr-defined]
    kept = {name: value.clone() for name, value in broken_off.model.state_dict().items()}
    state = resume(fresh.config, kept, state_tensors(broken_off), fresh.model, fresh.prepare)
    told(state, data)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, state.model.state_dict()[name]), name
