"""A moved digit is still the digit: same size, same ink, and the same every time its seed is the same."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dlcore.mnist import augment as module
from dlcore.mnist.augment import augment
from dlcore.mnist.files import load_test


@pytest.fixture
def images() -> Tensor:
    return load_test().images[:500]


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def only(monkeypatch: pytest.MonkeyPatch, *kept: str) -> None:
    """Switch off every movement but these."""
    for name in {"MAX_SHIFT", "MAX_ROTATION", "MAX_SCALE"} - set(kept):
        monkeypatch.setattr(module, name, 0.0)


def centres(images: Tensor) -> Tensor:
    """The centre of mass of each image, (B, 2): row, column."""
    mass, places = images[:, 0].double(), torch.arange(28.0, dtype=torch.float64)
    total = mass.sum((1, 2))
    return torch.stack([mass.sum(2) @ places / total, mass.sum(1) @ places / total], dim=1)


def test_shape_and_type_stay(images: Tensor) -> None:
    moved = augment(images, seeded(0))
    assert (moved.shape, moved.dtype) == (images.shape, torch.uint8)
    assert augment(images[:1], seeded(0)).shape == (1, 1, 28, 28)


def test_the_images_given_are_not_changed(images: Tensor) -> None:
    before = images.clone()
    augment(images, seeded(0))
    assert torch.equal(images, before)


def test_the_generator_alone_decides(images: Tensor) -> None:
    state = torch.get_rng_state()
    generator = seeded(0)
    first, second = augment(images, generator), augment(images, generator)
    assert torch.equal(first, augment(images, seeded(0)))
    assert not torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), state)


def test_every_image_moves_in_its_own_way(images: Tensor) -> None:
    moved = augment(images[:1].expand(50, 1, 28, 28), seeded(0))
    assert len(moved.flatten(1).unique(dim=0)) == 50


def test_without_movement_nothing_changes(images: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    assert torch.equal(augment(images, seeded(0)), images)


def test_the_ink_stays(images: Tensor) -> None:
    before, after = images.float().mean((1, 2, 3)), augment(images, seeded(0)).float().mean((1, 2, 3))
    assert after.mean() == pytest.approx(float(before.mean()), rel=0.05)
    share = after / before
    assert share.min() > 0.6  # a scale of 0.88 leaves 77 % of the area; an edge may cut a little
    assert share.max() < 1.4  # a scale of 1.12 makes 125 % of it


def test_a_shift_is_up_to_two_pixels_either_way(images: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "MAX_SHIFT")
    moves = centres(augment(images, seeded(0))) - centres(images)  # (B, 2) in pixels
    assert moves.abs().max() < 2.1
    assert moves.min() < -1.9
    assert moves.max() > 1.9
    assert moves.mean(0).abs().max() < 0.2


def test_a_turn_is_up_to_twelve_degrees_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "MAX_ROTATION")
    bar = torch.zeros(400, 1, 28, 28, dtype=torch.uint8)
    bar[:, :, 13:15, 4:24] = 255
    moved = augment(bar, seeded(0))[:, 0].double()
    places = torch.arange(28.0, dtype=torch.float64) - 13.5
    total = moved.sum((1, 2))
    xy = (moved * places[:, None] * places).sum((1, 2)) / total
    xx, yy = moved.sum(1) @ places**2 / total, moved.sum(2) @ places**2 / total
    degrees = torch.rad2deg(torch.atan2(2 * xy, xx - yy) / 2)  # of the main axis
    assert degrees.abs().max() < 12.5
    assert degrees.min() < -11
    assert degrees.max() > 11


def test_a_scale_is_up_to_twelve_percent_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "MAX_SCALE")
    square = torch.zeros(400, 1, 28, 28, dtype=torch.uint8)
    square[:, :, 8:20, 8:20] = 255
    sides = augment(square, seeded(0)).double().sum((1, 2, 3)).div(255).sqrt() / 12
    assert 0.87 < sides.min() < 0.9
    assert 1.1 < sides.max() < 1.13
    assert math.isclose(sides.mean(), 1, abs_tol=0.01)
