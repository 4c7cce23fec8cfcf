"""Samples: what training takes, whatever they show."""

from __future__ import annotations

import pytest
import torch

from dlcore.data import Samples
from dlcore.mnist.files import load_test, load_train

POINTS = Samples(torch.arange(12.0).reshape(6, 2), torch.arange(6) % 2)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (load_train(), "Samples(60,000 of 1×28×28 uint8)"),
        (load_test()[:0], "Samples(0 of 1×28×28 uint8)"),
        (POINTS, "Samples(6 of 2 float32)"),
    ],
)
def test_one_sees_how_many_they_are_and_of_which_shape(samples: Samples, words: str) -> None:
    assert repr(samples) == words


def test_some_of_them_keep_their_labels() -> None:
    first, chosen = POINTS[:2], POINTS[torch.tensor([5, 0])]
    assert (first.images.tolist(), first.labels.tolist()) == ([[0, 1], [2, 3]], [0, 1])
    assert (chosen.images.tolist(), chosen.labels.tolist()) == ([[10, 11], [0, 1]], [1, 0])
    assert (len(POINTS), len(first), len(chosen)) == (6, 2, 2)


def test_where_they_lie_already_nothing_is_copied() -> None:
    again = POINTS.to(torch.device("cpu"))
    assert again.images is POINTS.images
    assert again.labels is POINTS.labels
