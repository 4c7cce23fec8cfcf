"""The range test on real networks: where it ends, that it repeats itself, and that it serves every choice."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import torch

from dlcore.datasets.catalogue import catalogue
from dlcore.errors import ConfigError
from dlcore.lr_finder.result import STEPS, RangeTest, Tries, asked_of
from dlcore.lr_finder.search import EXPLODED, Probe, iter_search, iter_tries
from dlcore.nets.registry import NETS
from dlcore.training.config import OptimizerName, TrainConfig
from tests.dlcore.datasets.sets import forget, images, write_pair
from tests.dlcore.lr_finder.searches import SEEDS, config, searched, tried

SMALL = TrainConfig(batch_size=2, train_size=100)


def result(of: TrainConfig) -> RangeTest:
    *_, last = iter_search(of)
    assert isinstance(last, RangeTest)
    return last


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_it_ends_where_the_loss_explodes_and_its_suggestion_lies_before(optimizer: str, seed: int) -> None:
    found = searched(optimizer, seed)
    assert len(found.losses) < STEPS
    assert f"{EXPLODED:g} times the lowest mean" in found.why
    assert found.suggestion is not None
    assert found.rates[found.steepest] <= found.rates[found.lowest] < found.rates[-1]
    assert found.suggestion < found.rates[found.lowest]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_suggestion_trains_well(seed: int) -> None:
    _, best, _ = tried("sgd", seed).tries
    assert best.share > 0.8


@pytest.mark.parametrize("optimizer", get_args(OptimizerName))
@pytest.mark.parametrize("net", NETS)
def test_it_serves_every_network_and_optimizer(net: str, optimizer: str) -> None:
    found = result(SMALL.replace(net=net, optimizer=optimizer))
    assert len(found.losses) > 20
    assert found.losses[0] == pytest.approx(2.3, abs=0.6)


def test_the_same_seed_says_the_same_whatever_else_draws() -> None:
    before = torch.random.get_rng_state()
    config = SMALL.replace(dropout=0.3, augment=True)
    first = result(config)
    assert torch.equal(before, torch.random.get_rng_state()), "nobody else's numbers were drawn"
    torch.rand(3)
    assert result(config) == first
    assert result(config.replace(seed=1)) != first


def test_what_it_does_not_read_is_not_asked() -> None:
    assert asked_of(SMALL) == asked_of(SMALL.replace(lr=0.7, epochs=9, schedule="step", val_size=0))
    assert asked_of(SMALL) != asked_of(SMALL.replace(momentum=0.1))
    assert asked_of(TrainConfig(train_size=60_000, val_size=0)).train_size == 55_000


def test_it_learns_from_the_labels_that_it_is_given() -> None:
    assert result(SMALL.replace(wrong_labels=0.9)).losses != result(SMALL).losses


def test_tries_say_how_many_classes_their_images_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part, count in (("train", 300), ("t10k", 60)):
        write_pair(tmp_path / "two", part, *images(count, classes=2))
    forget()
    try:
        monkeypatch.setenv("DLLAB_DATASETS", str(tmp_path))
        *_, last = iter_tries(SMALL.replace(dataset=catalogue().find("two").id), (0.001,))
    finally:
        forget()
    assert isinstance(last, Tries)
    assert last.classes == 2
    assert tried("sgd", 0).classes == 10


def test_a_batch_larger_than_the_data_is_all_of_them() -> None:
    events = iter_search(SMALL.replace(batch_size=4096))
    assert next(event for event in events if isinstance(event, Probe)).loss > 2


def test_a_rate_out_of_bounds_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"Learning rate must be a number from 0\.000001 to 10\. Got 100"):
        iter_tries(config("adam", 0), (100.0,))
