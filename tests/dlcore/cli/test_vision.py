"""`vision` on the command line: a picture is named, a file that is none is a sentence."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from dlcore.cli.vision import vision
from dlcore.errors import UploadError
from dlcore.vision.photos import photos
from tests.dlcore.cli import call

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
    assert row == {"name": "EfficientNet-Lite0", "parameters": 4_652_008, "megabytes": 18.8}
    assert "4,652,008 parameters" in invoke("models")


def test_what_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UploadError, match="cannot be read"):
        invoke("name", str(tmp_path / "nobody.jpg"))
    text = tmp_path / "text.jpg"
    text.write_text("words")
    with pytest.raises(UploadError, match="not a readable picture"):
        invoke("name", str(text))
