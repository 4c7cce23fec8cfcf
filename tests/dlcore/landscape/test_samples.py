"""Which digits a surface is measured on."""

from __future__ import annotations

import torch

from dlcore.landscape.samples import pick_samples
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.mnist.splits import make_splits

HALF = NORMALIZE["half"]


def rows(images: torch.Tensor) -> set[bytes]:
    return {image.numpy().tobytes() for image in images}


def test_they_are_seeded_and_normalised() -> None:
    images, labels = pick_samples("test", 50, HALF, seed=0)
    assert images.shape == (50, 1, 28, 28)
    assert images.dtype == torch.float32
    assert (float(images.min()), float(images.max())) == (-1, 1)
    assert rows(images) <= rows(HALF(load_test().images))
    again, other = pick_samples("test", 50, HALF, seed=0), pick_samples("test", 50, HALF, seed=1)
    assert torch.equal(images, again[0])
    assert torch.equal(labels, again[1])
    assert not torch.equal(images, other[0])


def test_of_a_small_run_only_what_it_learnt_from() -> None:
    images, labels = pick_samples("train", 10_000, HALF, seed=0, train_size=300)
    assert len(images) == len(labels) == 300
    learnt = make_splits(300, 0).train
    assert rows(images) == rows(HALF(learnt.images))
    assert labels.bincount().tolist() == learnt.labels.bincount().tolist()
    assert len(rows(pick_samples("train", 500, HALF, seed=0)[0]) & rows(images)) < 50
