"""The network against the reference that its weights were published with, to the last bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet

from dlcore.errors import VisionError
from dlcore.nets.registry import count_parameters
from dlcore.vision import weights
from dlcore.vision.lite0 import EfficientNetLite0
from dlcore.vision.photos import photos
from dlcore.vision.pictures import read_picture
from dlcore.vision.prepare import prepare


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    return weights.pretrained()


def test_its_logits_are_the_references(
    network: EfficientNetLite0, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(weights.weights_file()))
    batch = prepare(read_picture(photos()[0].path.read_bytes())).batch
    noise = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        for x in (batch, noise):
            torch.testing.assert_close(network(x), reference.eval()(x), rtol=0, atol=1e-5)
    assert count_parameters(network) == 4_652_008


def test_its_answer_is_the_mean_of_its_maps_weighed(network: EfficientNetLite0) -> None:
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        maps = network.maps(x)
        assert maps.shape == (1, 1280, 7, 7)
        torch.testing.assert_close(network.fc(maps.mean((2, 3))), network(x))


def test_weights_that_are_not_the_published_ones_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "weights.pth"
    content = bytearray(weights.weights_file().read_bytes())
    content[1000] ^= 1
    damaged.write_bytes(content)
    monkeypatch.setattr(weights, "weights_file", lambda: damaged)
    with pytest.raises(VisionError, match="are damaged: run make repair"):
        weights.pretrained()


def test_weights_that_are_missing_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for package, file in (("nobodys_package", weights.FILE), (weights.PACKAGE, "no.pth")):
        monkeypatch.setattr(weights, "PACKAGE", package)
        monkeypatch.setattr(weights, "FILE", file)
        with pytest.raises(VisionError, match="not installed: run make repair"):
            weights.weights_file()
