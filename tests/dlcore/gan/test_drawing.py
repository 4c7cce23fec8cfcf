"""Walks between noises, planes of noises, and the digit that is nearest to a drawing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlcore.gan.drawing import REACH, between, drawn, nearest, noise_of, noise_plane, walk
from dlcore.gan.networks import build_pair
from dlcore.mnist.files import load_train

FORGER = build_pair(noise=6, width=4, seed=0)[0].eval()


def test_a_walk_begins_and_ends_at_its_noises_and_keeps_their_length_between() -> None:
    start, end = noise_of(1, 400)[0], noise_of(2, 400)[0]
    noise = between(start, end, torch.linspace(0, 1, 5))
    assert torch.allclose(noise[0], start, atol=1e-4)
    assert torch.allclose(noise[-1], end, atol=1e-4)
    lengths = noise.norm(dim=1)
    assert float(lengths.min()) > 0.9 * float(min(start.norm(), end.norm())), (
        "a straight line would be shorter"
    )


def test_a_walk_from_a_noise_to_itself_or_to_its_opposite_stays_finite() -> None:
    start = noise_of(1, 5)[0]
    for end in (start, -start):
        assert bool(between(start, end, torch.linspace(0, 1, 7)).isfinite().all())


def test_a_walk_between_noises_of_one_number_goes_straight() -> None:
    noise = between(torch.tensor([0.5]), torch.tensor([-0.3]), torch.linspace(0, 1, 5))
    assert noise.flatten().tolist() == pytest.approx([0.5, 0.3, 0.1, -0.1, -0.3])


def test_a_walk_draws_its_ends() -> None:
    found = walk(FORGER, 3, (10, 11), 5)
    assert found.shape == (5, 28, 28)
    alone = walk(FORGER, 3, (11, 10), 2)
    assert np.abs(found[0].astype(int) - alone[1]).max() <= 1
    assert np.abs(found[-1].astype(int) - alone[0]).max() <= 1


def test_a_plane_changes_two_numbers_of_the_noise_and_no_other() -> None:
    found = noise_plane(FORGER, 4, 10, (0, 2), side=5)
    assert found.shape == (25, 28, 28)
    noise = noise_of(10, 6)
    noise[0, 0], noise[0, 2] = -REACH, REACH
    with torch.no_grad():
        corner = FORGER(noise, torch.tensor([4]))
    top_left = ((corner[0, 0] + 1) * 127.5).round().to(torch.uint8).numpy()
    assert np.array_equal(found[0], top_left)
    assert not np.array_equal(found[0], found[4])


def test_a_noise_of_one_number_has_a_plane_too() -> None:
    forger = build_pair(noise=1, width=4, seed=0)[0].eval()
    assert noise_plane(forger, 4, 10, (0, 1)).shape == (81, 28, 28)


def test_drawings_come_by_seed() -> None:
    one, again, other = (drawn(FORGER, None, count=12, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("place", [0, 7_777, 59_999])
def test_the_nearest_digit_of_a_digit_is_itself(place: int) -> None:
    digits = load_train()
    image = digits.images[place, 0].numpy()
    found, apart = nearest(image, digits)
    assert found == place
    assert apart == pytest.approx(0, abs=0.2)
    raised = np.clip(image.astype(int) + 10, 0, 255).astype(np.uint8)
    found, apart = nearest(raised, digits)
    difference = digits.images[found, 0].numpy().astype(float) - raised
    assert apart == pytest.approx(float(np.sqrt((difference**2).mean())), rel=1e-3)
