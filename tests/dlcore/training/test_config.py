"""What a training configuration knows of itself: its steps, its rhythm and the rules over several fields."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcore.errors import ConfigError
from dlcore.schema import parse
from dlcore.training.config import TrainConfig


@pytest.mark.parametrize(
    ("size", "batch", "epochs", "per_epoch", "total"),
    [(60_000, 32, 10, 1875, 18_750), (55_000, 128, 2, 430, 860), (100, 100, 3, 1, 3), (101, 100, 1, 2, 2)],
)
def test_steps_are_counted(size: int, batch: int, epochs: int, per_epoch: int, total: int) -> None:
    config = TrainConfig(train_size=size, val_size=0, batch_size=batch, epochs=epochs)
    assert (config.steps_per_epoch, config.total_steps) == (per_epoch, total)


@given(st.integers(100, 60_000), st.integers(1, 4096), st.integers(1, 200))
def test_progress_is_neither_rare_nor_a_flood(size: int, batch: int, epochs: int) -> None:
    config = TrainConfig(train_size=size, val_size=0, batch_size=batch, epochs=epochs)
    reports = config.total_steps / config.report_every
    assert config.report_every >= 1
    assert reports <= 2000
    assert reports >= min(config.total_steps, 50 * epochs, 1000)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "adamw"])
def test_nesterov_without_momentum_matters_to_sgd_only(optimizer: str) -> None:
    values: dict[str, Any] = {"nesterov": True, "momentum": 0.0}
    assert parse(TrainConfig, values | {"optimizer": optimizer}).nesterov
    with pytest.raises(ConfigError, match=r"^Momentum must be above 0 for Nesterov\. Got 0 instead\.$"):
        parse(TrainConfig, values | {"optimizer": "sgd"})


def test_a_configuration_survives_json() -> None:
    config = TrainConfig(net="SimpleCNN", lr=0.0008, augment=True)
    assert parse(TrainConfig, json.loads(json.dumps(config.model_dump()))) == config
