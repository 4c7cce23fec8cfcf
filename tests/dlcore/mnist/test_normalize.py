"""Grey levels become numbers as ToTensor and Normalize make them."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torchvision.transforms import functional as oracle

from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import NORMALIZE, NormalizeName


def test_every_name_has_its_numbers() -> None:
    assert set(NORMALIZE) == set(get_args(NormalizeName))


@pytest.mark.parametrize("name", NORMALIZE)
def test_it_is_what_torchvision_does(name: NormalizeName) -> None:
    images, normalize = load_test().images[:20], NORMALIZE[name]
    before = images.clone()
    expected = [
        oracle.normalize(oracle.to_tensor(image[0].numpy()), [normalize.mean], [normalize.std])
        for image in images
    ]
    torch.testing.assert_close(normalize(images), torch.stack(expected), atol=1e-6, rtol=1e-6)
    assert torch.equal(images, before)


def test_half_maps_to_minus_one_and_one() -> None:
    ends = NORMALIZE["half"](torch.tensor([0, 255], dtype=torch.uint8).reshape(2, 1, 1, 1))
    assert ends.flatten().tolist() == pytest.approx([-1, 1], abs=1e-6)


def test_mnist_gives_mean_0_and_deviation_1() -> None:
    pixels = NORMALIZE["mnist"](load_train().images)
    assert float(pixels.mean()) == pytest.approx(0, abs=1e-3)
    assert float(pixels.std()) == pytest.approx(1, abs=1e-3)
