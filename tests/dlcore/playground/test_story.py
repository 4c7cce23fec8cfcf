"""One point's step, number by number, is the step that training would make of it."""

from __future__ import annotations

import numpy as np
import pytest

from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.points import Points
from dlcore.playground.steps import NUDGES
from dlcore.playground.story import story_of
from dlcore.playground.training import start, train_ahead


@pytest.mark.parametrize("optimizer", NUDGES)
def test_it_is_the_step_of_a_batch_of_one(optimizer: str) -> None:
    config = PlaygroundConfig(optimizer=optimizer, batch_size=1, penalty="l2")
    begin = start(config)
    alone = Points(np.array([[1.5, -2.0]] * 2, np.float32), np.array([-1.0, -1.0], np.float32), 1)
    frames = train_ahead(config, alone, begin, 1)
    story = story_of(config, begin, (1.5, -2.0), -1.0)
    assert story.nudged == pytest.approx(frames.weights[1], abs=1e-6)
    assert story.loss == pytest.approx(float(frames.scores[0, 0]), rel=1e-5)
    assert story.loss_after == pytest.approx(float(frames.scores[1, 0]), rel=1e-5)
    assert story.loss_after < story.loss


def test_its_numbers_belong_together() -> None:
    config = PlaygroundConfig(layers="3 2", loss="entropy")
    story = story_of(config, start(config), (1.0, 2.0), 1.0)
    assert [len(one) for one in story.sums] == [len(one) for one in story.blames] == [3, 2, 1]
    assert story.gives[0] == pytest.approx(np.tanh(story.sums[0]))
    share = (1 + story.gives[-1][0]) / 2
    assert story.loss == pytest.approx(-np.log(share))
    assert story.blames[-1][0] == pytest.approx(share - 1)  # p - y
    assert story.gradient[-1] == pytest.approx(story.blames[-1][0])  # of the last bias
    assert story.gradient[-3] == pytest.approx(story.blames[-1][0] * story.gives[1][0])
