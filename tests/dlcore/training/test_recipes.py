"""Presets are whole configurations, and a configuration knows which preset it is."""

from __future__ import annotations

import pytest

from dlcore.events import EpochEnd
from dlcore.mnist.splits import TRAIN_TOTAL, make_splits
from dlcore.nets.registry import count_parameters
from dlcore.runs.kinds import preset_of
from dlcore.schema import parse
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train
from dlcore.training.recipes import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_sound_and_recommended_in_a_sentence(name: str) -> None:
    preset = PRESETS[name]
    assert parse(TrainConfig, preset.config.model_dump()) == preset.config
    assert preset.about.endswith(".")
    assert preset.title


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_recognised_whatever_its_seed_and_device(name: str) -> None:
    config = PRESETS[name].config
    assert preset_of("mnist", config) == name
    assert preset_of("mnist", config.replace(seed=7, device="cpu")) == name


@pytest.mark.parametrize("name", PRESETS)
def test_a_turned_knob_makes_it_nobodys_preset(name: str) -> None:
    assert preset_of("mnist", PRESETS[name].config.replace(lr=0.0041)) is None


def test_without_a_choice_it_is_the_fast_one() -> None:
    assert preset_of("mnist", TrainConfig()) == "fast"


@pytest.mark.parametrize(("name", "stops"), [("class", 13), ("fast", 13), ("best", 13), ("lesson", 11)])
def test_a_run_of_every_preset_has_a_path(name: str, stops: int) -> None:
    """Its start, its halts and the ends of its epochs: a dozen in short runs, the epochs of long ones."""
    config = PRESETS[name].config
    assert 1 + config.epochs * (1 + len(config.halts)) == stops


def test_the_best_is_small_and_learns() -> None:
    """Its weights take 1.5 MB at most. A hundredth shows that it learns; what it reaches takes minutes."""
    config = PRESETS["best"].config.replace(train_size=1280, val_size=0, epochs=3, device="cpu")
    state = start(config)
    assert 4 * count_parameters(state.model) <= 1_500_000
    losses = [event.loss for event in train(state, make_splits(1280, 0)) if isinstance(event, EpochEnd)]
    assert losses[0] < 2.35
    assert losses[-1] < losses[0] - 0.1


def test_the_lesson_is_the_lesson_to_the_letter() -> None:
    config = PRESETS["lesson"].config
    told = {
        "net": "SimpleCNN",
        "train_size": TRAIN_TOTAL,
        "val_size": 0,
        "epochs": 10,
        "batch_size": 32,
        "optimizer": "sgd",
        "lr": 0.0008,
        "momentum": 0.9,
        "nesterov": False,
        "weight_decay": 0.0,
        "schedule": "constant",
        "dropout": 0.0,
        "augment": False,
        "normalize": "half",
    }
    assert {name: getattr(config, name) for name in told} == told
