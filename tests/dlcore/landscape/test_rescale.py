"""The same network in other numbers: equal answers, and a surface that shows it only on an honest scale."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from dlcore.errors import ConfigError
from dlcore.landscape.directions import Weights, weights_of
from dlcore.landscape.engines import make_engine
from dlcore.landscape.planes import random_plane
from dlcore.landscape.rescale import rescaled
from dlcore.landscape.surfaces import Surface
from dlcore.nets.registry import NetName
from tests.dlcore.landscape.toys import CHAINED, digits, iter_surface, network


def surface(model: nn.Module, weights: Weights, **how: object) -> np.ndarray:
    plane = random_plane(weights, seed=0, **how)  # type: ignore[arg-type]
    events = iter_surface(make_engine(model, *digits(8)), plane, 11)
    *_, found = (event for event in events if isinstance(event, Surface))
    return found.loss


@pytest.mark.parametrize("net", CHAINED)
def test_the_twin_gives_the_same_answers(net: NetName) -> None:
    model, (images, _) = network(net), digits(8)
    weights = weights_of(model)
    twin = rescaled(model, weights)
    moved = [name for name in weights if not torch.equal(weights[name], twin[name])]
    assert len(moved) == 3
    with torch.no_grad():
        logits = [functional_call(model, each, (images,)) for each in (weights, twin)]
    torch.testing.assert_close(logits[1], logits[0], rtol=1e-4, atol=1e-5)
    assert all(torch.equal(weights[name], value) for name, value in weights_of(model).items())


@pytest.mark.parametrize("net", CHAINED)
def test_only_filter_norms_see_that_it_is_the_same(net: NetName) -> None:
    model = network(net)
    weights = weights_of(model)
    twin = rescaled(model, weights)
    np.testing.assert_allclose(surface(model, twin), surface(model, weights), rtol=1e-3)
    one, other = (surface(model, each, normalisation="none", extent=0.05) for each in (weights, twin))
    assert one[5, 5] == pytest.approx(other[5, 5], rel=1e-4)
    assert np.abs(other / one - 1).max() > 0.1


def test_what_is_no_chain_cannot_be_rescaled() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    with pytest.raises(ConfigError, match=r"^Only a chain of layers can be rescaled: choose another network"):
        rescaled(model, weights_of(model))
