"""Networks that are kept for everybody: many usual ones, a few of the largest that somebody may build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from dlcore.nets.registry import build_model
from dlcore.run import Checkpoint
from dlcore.runs.storage.checkpoints import load_model, save_checkpoint
from dlcore.training.config import TrainConfig
from ui import limits
from ui.lenses import mnist

USUAL = TrainConfig(net="SoftmaxRegression")
LARGE = TrainConfig(net="MyNetwork", layers="dense 1536, relu, dense 1024, relu, dense 10")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Of which epoch's weights were read from the disk."""
    epochs: list[int] = []

    def noted(checkpoint: Checkpoint) -> object:
        epochs.append(checkpoint.epoch)
        return load_model(checkpoint)

    monkeypatch.setattr(mnist, "load_model", noted)
    yield epochs
    st.cache_resource.clear()


def checkpoints(folder: Path, config: TrainConfig, count: int) -> list[Checkpoint]:
    weights = build_model(**config.architecture).state_dict()
    return [save_checkpoint(folder, weights, config, epoch=one, step=one) for one in range(count)]


@pytest.mark.parametrize(("config", "most"), [(USUAL, limits.NETWORKS), (LARGE, limits.LARGE_NETWORKS)])
def test_who_slides_through_many_epochs_fills_no_memory(
    tmp_path: Path, read: list[int], config: TrainConfig, most: int
) -> None:
    saved = checkpoints(tmp_path, config, most + 1)
    for checkpoint in saved:
        mnist.network(checkpoint)
    assert read == list(range(most + 1)), "once for both, the module and the predictor"
    for checkpoint in saved[1:]:
        mnist.network(checkpoint)
    assert len(read) == most + 1
    mnist.network(saved[0])
    assert read[most + 1 :] == [0]
