"""The letters that come along: as a program draws them, and as they lie in their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dlcore.datasets.catalogue import catalogue, load
from dlcore.datasets.contents import contents_of
from dlcore.datasets.idx import idx_zip
from dlcore.datasets.letters import SEED, TEST, TRAIN, make_letters
from dlcore.datasets.reading import read_dataset

LETTERS = catalogue().find("letters").id


def test_the_files_are_what_the_program_draws() -> None:
    shipped = load(LETTERS)
    for samples, count, seed in ((shipped.train, TRAIN, SEED), (shipped.test, TEST, SEED + 1)):
        images, labels = make_letters(count, seed, first=40)
        assert np.array_equal(samples.images[:40, 0].numpy(), images)
        assert samples.labels[:40].tolist() == labels.tolist()
    assert images.shape == (40, 28, 28)
    assert (images[:, :2].max(), images[:, :, :2].max()) == (0, 0), "MNIST's paper is as wide"
    assert set(shipped.train.labels.tolist()) == set(range(10))


def test_a_set_leaves_as_four_files_and_comes_back_the_same(tmp_path: Path) -> None:
    place = tmp_path / "letters.zip"
    place.write_bytes(idx_zip(load(LETTERS)))
    assert read_dataset(contents_of(place), "letters").digest == load(LETTERS).digest
