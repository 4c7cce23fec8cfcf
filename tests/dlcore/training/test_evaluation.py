"""How good, how sure, and where wrong: counted against the plain computation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dlcore.data import Samples
from dlcore.events import Tick
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model
from dlcore.nets.shapes import CHUNK
from dlcore.training.evaluation import Evaluation, band, evaluate, iter_evaluation

MNIST = NORMALIZE["mnist"]


def first(count: int) -> Samples:
    return load_test()[:count]


@pytest.fixture
def model() -> nn.Module:
    return build_model("FastCNN", dropout=0.5, seed=1)


@pytest.mark.parametrize("count", [1, CHUNK, 2 * CHUNK + 44])
def test_it_is_the_plain_computation(model: nn.Module, count: int) -> None:
    digits = first(count)
    result = evaluate(model, digits, MNIST)
    with torch.no_grad():
        logits = model.eval()(MNIST(digits.images))
    probabilities = logits.softmax(1).numpy()
    losses = F.cross_entropy(logits, digits.labels, reduction="none").numpy()
    assert result.total == count
    assert result.labels.tolist() == digits.labels.tolist()
    assert result.predictions.tolist() == logits.argmax(1).tolist()
    assert result.correct == int((logits.argmax(1) == digits.labels).sum())
    np.testing.assert_allclose(result.confidences, probabilities.max(1), atol=1e-6)
    np.testing.assert_allclose(result.losses, losses, atol=1e-5)
    assert result.loss == pytest.approx(float(losses.mean()), abs=1e-5)


def test_it_gives_way_after_every_chunk(model: nn.Module) -> None:
    assert list(iter_evaluation(model, first(2 * CHUNK + 1), MNIST)) == [Tick()] * 3


def test_the_model_is_left_as_found(model: nn.Module) -> None:
    model.train()
    model.get_submodule("conv1").eval()
    before = [module.training for module in model.modules()]
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    for _ in iter_evaluation(model, first(300), MNIST):
        assert [module.training for module in model.modules()] == before
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in model.parameters())


# --- What a result tells --------------------------------------------------------------------------


@pytest.fixture
def result() -> Evaluation:
    return Evaluation(
        labels=np.array([0, 1, 2, 2, 9, 9]),
        predictions=np.array([0, 7, 2, 3, 4, 4]),
        confidences=np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], np.float32),
        losses=np.array([9.0, 1.0, 0.1, 3.0, 2.0, 2.0], np.float32),
    )


def test_right_and_wrong_are_counted(result: Evaluation) -> None:
    assert (result.correct, result.total) == (2, 6)
    assert result.loss == pytest.approx(17.1 / 6)


def test_confusion_has_truth_in_rows(result: Evaluation) -> None:
    confusion = result.confusion
    assert confusion.shape == (10, 10)
    assert (confusion[0, 0], confusion[1, 7], confusion[2, 2], confusion[2, 3], confusion[9, 4]) == (
        1,
        1,
        1,
        1,
        2,
    )
    assert confusion.sum() == result.total
    assert np.trace(confusion) == result.correct
    assert confusion.sum(1).tolist() == np.bincount(result.labels, minlength=10).tolist()


def test_the_worst_are_wrong_and_the_surest_comes_first(result: Evaluation) -> None:
    assert result.worst(10).tolist() == [1, 3, 4, 5]  # image 0 is right, whatever its loss
    assert result.worst(2).tolist() == [1, 3]
    assert result.worst(0).tolist() == []


def test_of_equally_sure_mistakes_the_largest_loss_comes_first(result: Evaluation) -> None:
    equally = Evaluation(result.labels, result.predictions, np.full(6, 1.0, np.float32), result.losses)
    assert equally.worst(10).tolist() == [3, 4, 5, 1]
    assert equally.worst(2).tolist() == [3, 4]


def test_the_wrong_among_the_first_are_counted(result: Evaluation) -> None:
    assert [result.wrong_among(count) for count in range(7)] == [0, 0, 1, 1, 2, 3, 4]


def test_the_next_wrong_image_follows_and_the_last_is_followed_by_the_first(result: Evaluation) -> None:
    assert [result.next_wrong(index) for index in range(6)] == [1, 3, 3, 4, 5, 1]


def test_where_nothing_is_wrong_there_is_no_next(result: Evaluation) -> None:
    right = Evaluation(result.labels, result.labels, result.confidences, result.losses)
    assert right.next_wrong(2) == 2
    assert right.worst(3).tolist() == []


# --- The band of an accuracy ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [  # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_band_is_wilsons(correct: int, total: int, low: float, high: float) -> None:
    assert band(correct, total) == pytest.approx((low, high), abs=5e-5)


def test_the_band_of_the_lesson() -> None:
    assert band(9_834, 10_000).half_width == pytest.approx(0.0025, abs=5e-5)
    assert band(9_834, 10_000).low < 0.9834 < band(9_834, 10_000).high


@pytest.mark.parametrize("correct", [0, 10])
def test_the_band_stays_between_nothing_and_all(correct: int) -> None:
    low, high = band(correct, 10)
    assert 0 <= low < high <= 1
