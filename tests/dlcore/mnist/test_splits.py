"""Learning, choosing and the final question never share a digit, and every run is asked the same."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from dlcore.data import Samples
from dlcore.errors import ConfigError
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.splits import make_splits


def images_of(digits: Samples) -> Counter[bytes]:
    return Counter(row.tobytes() for row in digits.images.numpy())


@pytest.mark.parametrize(("train", "val"), [(55_000, 5_000), (60_000, 0), (100, 0), (50_000, 10_000)])
def test_splits_have_their_sizes(train: int, val: int) -> None:
    splits = make_splits(train, val)
    assert (len(splits.train), len(splits.val), len(splits.test)) == (train, val, 10_000)
    assert splits.val.images.shape == (val, 1, 28, 28)


def test_train_and_val_are_the_training_digits_dealt_out_once() -> None:
    splits = make_splits(55_000, 5_000)
    assert images_of(splits.train) + images_of(splits.val) == images_of(load_train())


def test_labels_stay_with_their_images() -> None:
    splits, digits = make_splits(100, 100), load_train()
    label_of = {row.tobytes(): label for row, label in zip(digits.images.numpy(), digits.labels, strict=True)}
    for part in (splits.train, splits.val):
        assert [label_of[row.tobytes()] for row in part.images.numpy()] == part.labels.tolist()


def test_the_split_is_shuffled() -> None:
    assert make_splits(1000, 0).train.labels.tolist() != load_train().labels[:1000].tolist()


def test_a_smaller_training_set_is_a_part_of_a_larger_one() -> None:
    small, large = make_splits(500, 1000), make_splits(2000, 1000)
    assert torch.equal(small.train.images, large.train.images[:500])
    assert torch.equal(small.val.images, large.val.images)


def test_the_split_does_not_depend_on_the_process_wide_generator() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        one = make_splits(300, 200)
        torch.manual_seed(2)
        other = make_splits(300, 200)
    assert torch.equal(one.train.images, other.train.images)
    assert torch.equal(one.val.labels, other.val.labels)


def test_the_test_digits_are_the_published_ones_in_their_order() -> None:
    assert make_splits(100, 0).test is load_test()


@pytest.mark.parametrize(("train", "val"), [(60_000, 1), (55_000, 5_001)])
def test_sizes_that_overlap_are_refused(train: int, val: int) -> None:
    sentence = r"^Training and validation images must be 60,000 together at most\. Got 60,001 instead\.$"
    with pytest.raises(ConfigError, match=sentence):
        make_splits(train, val)
