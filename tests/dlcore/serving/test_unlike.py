"""How unlike a digit an image is: digits are near, other things far, and the shipped rates are true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.strangers import STRANGERS
from dlcore.errors import DataError
from dlcore.mnist.canvas import to_digit
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.mnist.splits import make_splits
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving import unlike
from dlcore.serving.unlike import HELD_OUT, LINE, STATISTICS, STEPS, Yardstick, make_yardstick, read_rates
from dlcore.serving.unlike_words import meaning_words, unlike_words


@pytest.fixture(scope="module")
def yardstick() -> Yardstick:
    return make_yardstick(*load_model(shipped_run("mnist").checkpoints[-1]))


def test_the_statistics_are_those_of_the_shipped_network() -> None:
    model, config = load_model(shipped_run("mnist").checkpoints[-1])
    some = make_splits(config.train_size, config.val_size).train.images[:50, 0].numpy()
    found = unlike.directions(unlike.last_but_one(model), NORMALIZE[config.normalize], some)
    with np.load(STATISTICS / "known.npz") as kept:
        np.testing.assert_allclose(kept["known"][:50] * STEPS, found, atol=0.6 * STEPS)


def test_the_line_lies_where_the_held_out_digits_say(yardstick: Yardstick) -> None:
    held_out = yardstick.measure_all(load_test().images[:HELD_OUT, 0].numpy())
    assert np.mean([found.beyond for found in held_out]) == pytest.approx(1 - LINE, abs=0.002)
    assert np.median([found.times for found in held_out]) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("kind", STRANGERS)
def test_other_things_are_as_often_called_unlike_as_is_said(kind: str, yardstick: Yardstick) -> None:
    images = np.stack(STRANGERS[kind](np.random.default_rng(0)))
    called = np.mean([found.beyond for found in yardstick.measure_all(images)])
    assert called == pytest.approx(read_rates().others[kind], abs=0.02)
    assert called > 0.5


def test_true_digits_are_seldom_called_unlike(yardstick: Yardstick) -> None:
    found = yardstick.measure_all(load_test().images[HELD_OUT:, 0].numpy())
    assert np.mean([one.beyond for one in found]) == pytest.approx(read_rates().digits, abs=0.002)
    assert read_rates().digits < 0.02


def test_one_image_is_measured_as_many_are(yardstick: Yardstick) -> None:
    images = load_test().images[:20, 0].numpy()
    together = yardstick.measure_all(images)
    for image, expected in zip(images, together, strict=True):
        assert yardstick.measure(image).distance == pytest.approx(expected.distance, abs=1e-5)


def test_the_words_say_number_meaning_and_errors(yardstick: Yardstick) -> None:
    digit = unlike_words(yardstick.measure(load_test().images[0, 0].numpy()))
    noise = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    stranger = unlike_words(yardstick.measure(to_digit(noise)))
    assert digit.startswith("Like a digit: ")
    assert stranger.startswith("Unlike a digit: ")
    assert "times as far from the training digits as a usual digit" in stranger
    assert "called unlike, wrongly" in meaning_words(read_rates())


def test_missing_statistics_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "known.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="put back"):
        make_yardstick(*load_model(shipped_run("mnist").checkpoints[-1]), folder=tmp_path)
    with pytest.raises(DataError, match="put back"):
        read_rates(tmp_path)
