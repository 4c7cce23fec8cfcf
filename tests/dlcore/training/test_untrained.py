"""What a network says before training is what its run begins with."""

from __future__ import annotations

import pytest

from dlcore.events import Watched
from dlcore.mnist.files import load_test
from dlcore.mnist.splits import make_splits
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train
from dlcore.training.untrained import first_look


@pytest.mark.parametrize(
    "changes", [{}, {"net": "SimpleCNN", "normalize": "half", "dropout": 0.5, "augment": True, "seed": 3}]
)
def test_it_is_the_first_look_of_a_run_so_set(changes: dict[str, object]) -> None:
    config = TrainConfig(train_size=100, val_size=0, device="cpu").replace(**changes)
    watch = load_test().images[:12]
    events = train(start(config), make_splits(100, 0), watch=watch)
    run = next(event for event in events if isinstance(event, Watched))
    looks = first_look(config, watch)
    assert run.step == 0
    assert len(looks) == 12
    for mine, its in zip(looks, run.probabilities, strict=True):
        assert mine == pytest.approx(its, abs=1e-5)
