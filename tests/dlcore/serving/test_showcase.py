"""A digit on its way: the maps, what training changed in them, the vote and its loss."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlcore.mnist.files import load_test
from dlcore.run import Checkpoint
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.predictor import make_predictor
from dlcore.serving.showcase import Network, pass_through


def network(checkpoint: Checkpoint) -> Network:
    model, config = load_model(checkpoint)
    return Network(model, config, make_predictor(model, config))


@pytest.fixture(scope="module")
def before_and_after() -> tuple[Network, Network]:
    checkpoints = shipped_run("mnist").checkpoints
    return network(checkpoints[0]), network(checkpoints[-1])


def test_what_training_changed_is_the_difference_of_the_maps(
    before_and_after: tuple[Network, Network],
) -> None:
    digit = load_test().images[0, 0].numpy()
    untrained, trained = (pass_through(*before_and_after, digit, 7, trained=after) for after in (False, True))
    np.testing.assert_allclose(untrained.maps + untrained.change, trained.maps, atol=1e-6)
    np.testing.assert_array_equal(untrained.change, trained.change)
    assert np.abs(trained.change).max() > 0.1, "training changed nothing"


def test_one_scale_holds_for_all_maps(before_and_after: tuple[Network, Network]) -> None:
    digit = load_test().images[0, 0].numpy()
    seen = [pass_through(*before_and_after, digit, 7, trained=after) for after in (False, True)]
    assert seen[0].limit == seen[1].limit
    assert seen[0].limit == max(float(np.abs(maps).max()) for s in seen for maps in (s.maps, s.change))


def test_a_digit_has_a_loss_once_somebody_says_what_it_is(before_and_after: tuple[Network, Network]) -> None:
    digit = load_test().images[0, 0].numpy()
    nobody = pass_through(*before_and_after, digit, None, trained=True)
    assert nobody.loss is None
    wrong = pass_through(*before_and_after, digit, 1, trained=False)
    assert wrong.loss == pytest.approx(-math.log(wrong.prediction.probabilities[1]))
