"""The wall of digits: its orders, and the nearest digits."""

from __future__ import annotations

import numpy as np
import torch

from dlcore.batches.wall import CHUNK, neighbours, on_the_wall
from dlcore.data import Samples
from dlcore.mnist.files import load_test, load_train

LABELS = np.array([3, 5, 3, 3, 5])
SAID = np.array([3, 3, 5, 8, 5])
SURE = np.array([0.9, 0.6, 0.99, 0.7, 0.8], np.float32)
LOSS = np.array([0.1, 2.0, 4.0, 1.0, 0.2], np.float32)


def wall(order: str, digit: int | None = None) -> list[int]:
    return list(on_the_wall(order, LABELS, SAID, SURE, LOSS, digit))


def test_orders_and_labels() -> None:
    assert wall("first") == [0, 1, 2, 3, 4]
    assert wall("first", 5) == [1, 4]
    assert wall("hardest") == [2, 1, 3, 4, 0]
    assert wall("hardest", 3) == [2, 3, 0]
    assert wall("doubtful") == [2, 3, 1], "only what is read as another digit"
    assert wall("first", 7) == []


def test_a_digit_is_its_own_nearest_across_chunks() -> None:
    train = load_train()
    number = CHUNK + 17
    (first, far), *others = neighbours(train.images[number], train)
    assert (first, far) == (number, 0.0)
    assert [distance for _, distance in others] == sorted(distance for _, distance in others)


def test_distances_are_those_of_pixels_and_few_images_are_enough() -> None:
    test = load_test()
    few = Samples(test.images[:3], test.labels[:3])
    found = dict(neighbours(test.images[0], few))
    assert set(found) == {0, 1, 2}
    expected = ((test.images[0].float() - test.images[2].float()) / 255).norm()
    assert torch.isclose(torch.tensor(found[2]), expected, atol=1e-3)
