"""Saliency: integrated gradients share out the logit, and each method points where the digit is."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from dlcore.inspection.activations.saliency import measure
from dlcore.inspection.activations.words import saliency_notes, saliency_words
from tests.dlcore.inspection.nets import digit, network


@pytest.mark.parametrize("index", range(4))
def test_integrated_gradients_add_up_to_the_difference(index: int) -> None:
    model, normalize = network("FastCNN")
    images = np.stack([digit(index), np.zeros_like(digit(index))])[:, None]
    logits = model(normalize(torch.from_numpy(images)))
    best = int(logits[0].argmax())
    found = measure(model, digit(index), normalize, "integrated", best)
    assert found.difference == pytest.approx(float(logits[0, best] - logits[1, best]), abs=1e-4)
    assert found.total == pytest.approx(found.difference, rel=0.01)
    assert found.gap < 0.01
    assert not found.map[digit(index) == 0].any(), "paper is the background it starts from"


def test_the_gradient_is_the_slope() -> None:
    """On noise, where no two numbers of a pool are alike: there the logit has one slope, not two."""
    model, normalize = network("FastCNN")
    noise = np.random.default_rng(1).integers(0, 256, (28, 28)).astype(np.uint8)
    found = measure(model, noise, normalize, "gradient", 7)
    exact = copy.deepcopy(model).double()
    image = normalize(torch.from_numpy(noise)[None, None]).double()
    row, column = np.unravel_index(int(np.abs(found.map).argmax()), (28, 28))
    nudge = torch.zeros_like(image)
    nudge[0, 0, row, column] = 1e-6
    slope = (exact(image + nudge) - exact(image - nudge))[0, 7] / 2e-6
    assert found.map[row, column] == pytest.approx(float(slope), rel=1e-3)


def test_occlusion_finds_the_ink() -> None:
    model, normalize = network("FastCNN")
    found = measure(model, digit(0), normalize, "occlusion", 7)
    ink = digit(0) > 0
    assert np.abs(found.map[ink]).mean() > 3 * np.abs(found.map[~ink]).mean()
    assert found.drop > 1
    blank = measure(model, np.zeros((28, 28), np.uint8), normalize, "occlusion", 7)
    assert not blank.map.any(), "paper over paper changes nothing"


@pytest.mark.parametrize("method", ["gradient", "integrated", "occlusion"])
def test_the_words_hold_the_numbers(method) -> None:
    found = measure(*_args(), method, 7)
    assert f"{found.logit:+.2f}" in saliency_notes(found)[0]
    if method == "integrated":
        assert f"{found.total:+.3f}" in saliency_words(found)
    if method == "occlusion":
        assert f"{found.drop:.2f}" in saliency_words(found)


def _args():
    model, normalize = network("FastCNN")
    return model, digit(0), normalize
