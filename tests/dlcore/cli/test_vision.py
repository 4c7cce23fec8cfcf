"""`vision` on the command line: a picture is named, a file that is none is a sentence."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

import pytest

from dlcore.cli.vision import vision
from dlcore.errors import ConfigError, UploadError, VisionError
from dlcore.vision.networks import Network, networks
from dlcore.vision.photos import photos
from tests.dlcore.cli import call
from tests.dlcore.vision.hub import serving
from tests.dlcore.vision.published import SMALL, publish

invoke = partial(call.invoke, vision)
answer = partial(call.answer, vision)
PANDA = str(next(photo.path for photo in photos() if photo.name == "panda"))


def test_a_picture_is_named() -> None:
    found = answer("name", PANDA, "--top", "3")
    assert found["top"][0]["name"] == "giant panda"
    assert len(found["top"]) == 3
    assert sum(guess["share"] for guess in found["top"]) < 1
    assert "%  giant panda" in invoke("name", PANDA)


def test_the_networks_are_listed() -> None:
    (row,) = answer("models")["models"]
    assert row == {
        "name": "efficientnet_lite0",
        "title": "EfficientNet-Lite0",
        "parameters": 4_652_008,
        "megabytes": 18.8,
        "accuracy": 0.751,
        "file": "efficientnet-lite0-57934424.pth",
        "here": True,
    }
    assert "4,652,008 parameters" in invoke("models")
    every = answer("models", "--all")["models"]
    assert len(every) == len(networks())
    assert sum(row["here"] for row in every) == 1
    assert "not here: ResNet-18" in invoke("models", "--all")


def test_a_network_of_the_named_folder_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = publish(SMALL, tmp_path)
    monkeypatch.setitem(cast(dict[str, Network], networks()), SMALL, small)
    with pytest.raises(
        VisionError, match=f"SqueezeNet1.1 is not here: fetch it, or put {small.file} into a folder"
    ):
        invoke("name", PANDA, "--network", SMALL)
    monkeypatch.setenv("DLLAB_WEIGHTS", str(tmp_path))
    found = answer("name", PANDA, "--network", SMALL, "--top", "2")
    assert found["network"] == SMALL
    assert len(found["top"]) == 2
    assert [row["name"] for row in answer("models")["models"]] == ["efficientnet_lite0", SMALL]
    rows = answer("beside", PANDA)["networks"]
    assert [row["name"] for row in rows] == ["efficientnet_lite0", SMALL]
    assert rows[0]["top"][0]["name"] == "giant panda"
    assert "giant panda" in invoke("beside", PANDA, "--network", "efficientnet_lite0")


def test_weights_are_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = publish(SMALL, tmp_path)
    monkeypatch.setitem(cast(dict[str, Network], networks()), SMALL, small)
    with serving() as hub:
        hub.offer(tmp_path)
        monkeypatch.setenv("DLLAB_WEIGHTS_HUB", hub.address)
        first, again = (answer("fetch", SMALL)["file"] for _ in range(2))
        assert hub.asked == [small.file]
    assert first == again
    assert answer("name", PANDA, "--network", SMALL)["network"] == SMALL
    assert answer("fetch", "efficientnet_lite0")["file"].endswith("57934424.pth")


def test_what_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Network must be a name of the list, as resnet101-v2"):
        invoke("name", PANDA, "--network", "resnet101")
    with pytest.raises(UploadError, match="cannot be read"):
        invoke("name", str(tmp_path / "nobody.jpg"))
    text = tmp_path / "text.jpg"
    text.write_text("words")
    with pytest.raises(UploadError, match="not a readable picture"):
        invoke("name", str(text))
