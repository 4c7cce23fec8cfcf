"""What is counted of the digits, against torch's own mean and deviation."""

from __future__ import annotations

import pytest

from dlcore.batches.statistics import scaled, statistics_of
from dlcore.batches.words import classes_words, grey_words, scaled_words
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import Normalize


def test_classes_and_grey_levels_are_those_of_the_files() -> None:
    seen, test = statistics_of(load_train()), statistics_of(load_test())
    assert (seen.total, test.total) == (60_000, 10_000)
    assert (min(seen.classes), max(seen.classes)) == (5_421, 6_742)
    assert seen.mean == pytest.approx(0.1307, abs=5e-5)
    assert seen.std == pytest.approx(0.3081, abs=5e-5)
    assert seen.zeros == pytest.approx(0.809, abs=1e-3)
    assert "Rarest is the **5**: 5,421 of 60,000" in classes_words(seen, test)
    assert "Always saying 1 gets 11.35 %" in classes_words(seen, test)
    assert "**81 %** of all 47,040,000" in grey_words(seen)


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.5, 0.5), (0.1307, 0.3081)])
def test_normalize_by_hand_is_normalize(mean: float, std: float) -> None:
    samples = load_test()[:500]
    found, done = scaled(statistics_of(samples), mean, std), Normalize(mean, std)(samples.images).double()
    assert found.mean == pytest.approx(float(done.mean()), abs=1e-5)
    assert found.std == pytest.approx(float(done.std(correction=0)), abs=1e-5)
    assert (found.low, found.high) == pytest.approx((float(done.min()), float(done.max())), abs=1e-5)
    assert "-0.00" not in scaled_words(found, mean, std)
