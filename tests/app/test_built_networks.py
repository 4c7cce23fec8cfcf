"""Networks that somebody built, without convolutions, with norms: on every page that shows a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.training.config import TrainConfig
from tests.waiting import wait_until
from ui import services

OpenPage = Callable[..., Any]
LENSES = (
    "draw",
    "fool",
    "activations",
    "embedding",
    "structure",
    "loss_surface",
    "profiling",
    "export",
    "hand",
)
LAYERS = {
    "MyNetwork": "conv 4x5 pad 2, norm, tanh, average 2, residual 4, residual 6, pool 2, dropout 0.1, "
    "dense 12, sigmoid, residual 12, dense 10",
    "SoftmaxRegression": "dense 10",
    "SmallResNet": "dense 10",
    "LeNet5": "dense 10",
}


@pytest.mark.parametrize("net", LAYERS)
def test_it_is_seen_by_every_page_that_sees_a_network(open_page: OpenPage, net: str) -> None:
    config = TrainConfig(
        net=net,
        layers=LAYERS[net],
        norm="group",  # where there is one to choose
        train_size=200,
        val_size=0,
        epochs=1,
        batch_size=20,
        device="cpu",
    )
    runner = services.runner()
    owner = f"built-{net}"
    run = runner.submit(owner, "mnist", config, name="built", address="")
    wait_until(lambda: not runner.get(run).active, "it is trained")
    assert runner.get(run).status == "finished"
    for name in LENSES:
        page = open_page(f"mnist/{name}.py", owner=owner, run=run)
        assert not page.at.exception, name
        assert not page.at.error, (name, [error.value for error in page.at.error])
    page = open_page("runs.py", owner=owner)
    assert not page.at.exception
    assert not page.at.error
