"""Where a network looked, three ways: each adds up as its paper says, and leaves the network as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dlcore.errors import VisionError
from dlcore.events import Stage
from dlcore.randomness import drawn_with
from dlcore.vision.integrated import CELLS, STEPS, Integrated, iter_integrated
from dlcore.vision.look import class_map
from dlcore.vision.occlusion import PLACES, Occlusion, iter_occlusion
from tests.dlcore.vision.published import drawn

GREY = torch.full((1, 3, 1, 1), 0.25)


def picture(side: int = 64, seed: int = 0) -> Tensor:
    return torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(seed))


def last(work: Iterator[Any], steps: int) -> Any:
    """The result of work that says as often as it has steps how far it is."""
    *stages, found = work
    assert [type(stage) for stage in stages] == [Stage] * steps
    assert stages[-1].share == 1
    return found


class Bright(nn.Module):
    """Class 1 counts the light of one tenth of the picture, class 0 nothing."""

    def forward(self, x: Tensor) -> Tensor:
        light = x[:, :, 12:18, 24:30].sum((1, 2, 3)) / 108
        return torch.stack([torch.zeros_like(light), light], 1)


class Linear(nn.Module):
    """Two classes, a weight for each pixel."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.linear = nn.Linear(3 * side * side, 2)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.linear(x.flatten(1))
        return found


class Bent(nn.Module):
    """A small network with all that could be left changed: norms, dropout, ReLUs in place."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2),
            nn.BatchNorm2d(8),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(32, 16),
            nn.GELU(),
            nn.Linear(16, 5),
        )

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.layers(x)
        return found


def bent() -> Bent:
    with drawn_with(3):
        return Bent().eval()


# --- The places' own shares -----------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["resnet18", "shufflenet_v2_x0_5", "mobilenet_v2-v2", "mnasnet0_5", "swin_t"]
)
def test_the_places_shares_add_up_to_the_logit(name: str) -> None:
    network, x = drawn(name), picture(96)
    with torch.inference_mode():
        logit = float(network(x)[0, 7])
    says, bias = class_map(network, x, 7)
    assert says.dim() == 2
    assert says.numel() > 1
    assert float(says.sum()) + bias == pytest.approx(logit, rel=1e-3, abs=1e-4)


def test_where_the_last_maps_are_the_classes_own_there_is_no_bias() -> None:
    network, x = drawn("squeezenet1_1"), picture(96)
    says, bias = class_map(network, x, 3)
    with torch.inference_mode():
        assert float(says.sum()) == pytest.approx(float(network(x)[0, 3]), rel=1e-4)
    assert bias == 0


@pytest.mark.parametrize("network", [bent, lambda: drawn("mobilenet_v3_small")], ids=["bent", "two layers"])
def test_a_network_that_ends_otherwise_says_so(network: Callable[[], nn.Module]) -> None:
    with pytest.raises(VisionError, match="does not end in a mean over its maps and one linear layer"):
        class_map(network(), picture(), 0)


# --- Covering -------------------------------------------------------------------------------


def test_covering_what_counts_costs_what_can_be_computed_by_hand() -> None:
    x = torch.ones(1, 3, 60, 60)  # the square is 12 wide; a place 6
    found = last(iter_occlusion(Bright(), x, 1, GREY), PLACES**2)
    assert isinstance(found, Occlusion)
    assert found.whole == pytest.approx(torch.tensor(1.0).sigmoid().item())
    expected = np.full((PLACES, PLACES), found.whole)
    for row in range(1, 4):  # rows 12 to 18 are place 2; the square reaches half a place to each side
        for column in range(3, 6):
            share = (1.0 if row == 2 else 0.5) * (1.0 if column == 4 else 0.5)
            expected[row, column] = torch.tensor(1 - 0.75 * share).sigmoid().item()
    np.testing.assert_allclose(found.covered, expected, atol=1e-6)
    assert found.lost.argmax() == 2 * PLACES + 4


def test_a_picture_of_any_side_is_covered_to_its_edges() -> None:
    for side in (37, 224, 299):
        x = torch.ones(1, 3, side, side)
        found = last(iter_occlusion(Linear(side), x, 0, GREY), PLACES**2)
        assert found.covered.shape == (PLACES, PLACES)
        assert (np.abs(found.lost[[0, 0, -1, -1], [0, -1, 0, -1]]) > 0).all()


# --- Gathered gradients -----------------------------------------------------------------------


def test_a_linear_network_gives_each_pixel_its_weight_times_its_way() -> None:
    network, x = Linear(28), picture(28)
    found = last(iter_integrated(network, x, 1, GREY), STEPS)
    assert isinstance(found, Integrated)
    given = ((x - GREY) * network.linear.weight[1].reshape(1, 3, 28, 28)).sum(1)[0].detach()
    cells = given.reshape(CELLS, 2, CELLS, 2).sum((1, 3))
    np.testing.assert_allclose(found.cells, cells.numpy(), atol=1e-6)
    assert found.left_out == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("side", [64, 37])
def test_what_the_pixels_are_given_adds_up_to_the_difference_of_the_logits(side: int) -> None:
    network, x = bent(), 20 * picture(side)
    found = last(iter_integrated(network, x, 2, GREY, steps=200), 200)
    with torch.inference_mode():
        rise = float(network(x)[0, 2] - network(GREY.expand_as(x))[0, 2])
    assert found.logit - found.start == pytest.approx(rise, abs=1e-6)
    assert abs(rise) > 0.01
    assert found.total == pytest.approx(rise, rel=0.01)
    assert found.cells.sum() == pytest.approx(found.total, rel=1e-4)
    coarse = last(iter_integrated(network, x, 2, GREY, steps=2), 2)
    assert abs(coarse.left_out) > abs(found.left_out)


# --- The network ------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [iter_occlusion, iter_integrated])
@pytest.mark.parametrize("whole", [True, False], ids=["to its end", "given up"])
def test_the_network_is_left_as_it_was(look: Callable[..., Iterator[Any]], whole: bool) -> None:
    network = bent()
    network.layers[1].train()  # one part alone in another mode
    next(network.parameters()).requires_grad_(False)
    before, random = deepcopy(network), torch.get_rng_state()
    modes = [part.training for part in network.modules()]
    work = look(network.eval() if not whole else network, picture(), 1, GREY)
    if whole:
        list(work)
        assert [part.training for part in network.modules()] == modes
    else:
        next(work)
        work.close()  # type: ignore[attr-defined]
    assert torch.is_grad_enabled()
    assert torch.equal(random, torch.get_rng_state())
    assert all(parameter.grad is None for parameter in network.parameters())
    for old, new in zip(before.parameters(), network.parameters(), strict=True):
        assert torch.equal(old, new)
        assert old.requires_grad == new.requires_grad
    assert not any(part._forward_hooks or part._backward_hooks for part in network.modules())
