"""Each card's own set-up shows its effect, with three seeds where chance has a part."""

from __future__ import annotations

from functools import cache

import pytest

from dlcore.batches.cards import CARDS, ShownData
from dlcore.batches.config import BatchesConfig
from dlcore.batches.leaks import TEST, Leak, measure_leak
from dlcore.batches.loading import Loading, LoadingConfig, iter_loading
from dlcore.batches.statistics import Statistics, statistics_of
from dlcore.batches.words import leak_words
from dlcore.mnist.files import load_test, load_train


@cache
def counted() -> tuple[Statistics, Statistics]:
    return statistics_of(load_train()), statistics_of(load_test())


def config(card: str) -> BatchesConfig:
    return BatchesConfig().replace(**CARDS[card].setup)


@pytest.mark.parametrize(
    ("card", "right"), [("rarest", "The 5"), ("zeros", "About four fifths"), ("half", "About -0.7")]
)
def test_what_is_counted_shows_its_effect(card: str, right: str) -> None:
    found = CARDS[card].found(ShownData(config(card), *counted()))
    assert found is not None
    assert found.shown
    assert found.right == right
    assert CARDS[card].found(ShownData(config(card))) is None


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_copies_make_half_right_where_nothing_is_to_be_learned(seed: int) -> None:
    none, half, every = (measure_leak(share, seed) for share in (0, 0.5, 1))
    assert none.leaked == none.honest == half.honest
    assert none.shuffled == pytest.approx(0.1, abs=0.05)
    assert none.honest < half.leaked < every.leaked
    assert every.copies == TEST
    found = CARDS["copies"].found(ShownData(config("copies"), leak=every))
    assert found is not None
    assert found.shown
    assert found.right == "Half"
    assert CARDS["copies"].found(ShownData(BatchesConfig(), leak=half)) is None


def test_how_many_are_right_is_nearest_to_what_was_measured() -> None:
    seen = Leak(500, 0.86, 0.99, 0.1, 0.97)
    found = CARDS["copies"].found(ShownData(config("copies"), leak=seen))
    assert found is not None
    assert found.right == "Nearly all"
    assert "from 86.0 % to **99.0 %**" in leak_words(seen)
    assert "No copies: 86.0 % of 500" in leak_words(Leak(0, 0.86, 0.86, 0.1, 0.1))


def test_the_loader_is_measured_against_tensors() -> None:
    *_, found = iter_loading(LoadingConfig(images=640, workers=0))
    assert isinstance(found, Loading)
    said = CARDS["loader"].found(ShownData(config("loader"), loading=found))
    assert said is not None  # how much longer is this machine's affair
