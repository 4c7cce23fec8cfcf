"""`infer` says what it sees and names the option for it; with that option it reads."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dlcore.cli import mnist_infer
from dlcore.cli.main import app
from dlcore.errors import DlcoreError, UploadError
from dlcore.mnist.files import load_test
from dlcore.run import Checkpoint
from dlcore.serving.predictor import Predictor
from tests.dlcore.mnist import doubtful, pictures

Infer = Callable[..., str]


@pytest.fixture
def infer(tmp_path: Path) -> Infer:
    """`infer(picture, "--turn", "left")`: what the command printed."""

    def run(picture: bytes, *options: str) -> str:
        path = tmp_path / "picture.jpg"
        path.write_bytes(picture)
        result = CliRunner().invoke(app, ["mnist", "infer", "--image", str(path), *options])
        if isinstance(result.exception, DlcoreError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return run


def digit(index: int) -> pictures.Ink:
    image: pictures.Ink = load_test().images[index, 0].numpy()
    return image


def test_a_digit_is_read_and_its_likeness_said(infer: Infer) -> None:
    picture = pictures.plain(digit(0), np.random.default_rng(0))
    first, second = infer(picture).splitlines()
    assert first.startswith("7 (")
    assert second.startswith("Like a digit: ")
    answer = json.loads(infer(picture, "--json"))
    assert answer["digit"] == 7
    assert set(answer["unlike"]) == {"distance", "times", "share"}


def test_of_two_digits_one_is_chosen(infer: Infer) -> None:
    picture = doubtful.beside(digit(0), digit(1), np.random.default_rng(0))
    with pytest.raises(UploadError, match=r"I see two digits .* Ways out: --choose 1, --choose 2\.$"):
        infer(picture)
    with pytest.raises(UploadError, match="I see two digits"):
        infer(picture, "--as-it-is")
    assert infer(picture, "--choose", "1").startswith("7 (")
    assert infer(picture, "--choose", "2").startswith("2 (")
    with pytest.raises(UploadError, match=r"must be at most 2, the digits seen\. Got 3 instead"):
        infer(picture, "--choose", "3")


def test_a_digit_on_its_side_is_turned(infer: Infer) -> None:
    picture = doubtful.turned(digit(0), 1, np.random.default_rng(0))
    with pytest.raises(UploadError, match=r"lies on its side: turn it right\?.*--turn right, --as-it-is\.$"):
        infer(picture)
    assert infer(picture, "--turn", "right").startswith("7 (")
    assert infer(picture, "--as-it-is")


def test_a_network_of_other_images_says_their_names_and_nothing_of_digits(
    infer: Infer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = mnist_infer.make_predictor

    def of_letters(*trained: Any) -> Predictor:
        predictor = make(*trained)
        predictor.names = tuple("ABCDEFGHIJ")
        return predictor

    monkeypatch.setattr(mnist_infer, "make_predictor", of_letters)
    picture = pictures.plain(digit(0), np.random.default_rng(0))
    (line,) = infer(picture).splitlines()
    assert line.startswith("H (")
    assert line.endswith("% among its classes)")
    answer = json.loads(infer(picture, "--json"))
    assert (answer["digit"], answer["name"]) == (7, "H")
    assert "unlike" not in answer
    assert infer(doubtful.turned(digit(0), 1, np.random.default_rng(0)), "--turn", "right").startswith("H (")


def test_a_picture_for_a_network_of_pictures_is_taken_whole(
    infer: Infer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digit in a corner is sought for a network of strokes, and stays there for one of pictures."""
    load, seen = mnist_infer.load_model, list[pictures.Ink]()
    predict = Predictor.predict

    def of_pictures(checkpoint: Checkpoint) -> Any:
        model, config = load(checkpoint)
        return model, config.replace(dataset="wear@0123456789ab")

    def watched(self: Predictor, image: pictures.Ink) -> Any:
        seen.append(image)
        return predict(self, image)

    monkeypatch.setattr(mnist_infer, "load_model", of_pictures)
    monkeypatch.setattr(Predictor, "predict", watched)
    sheet = np.zeros((56, 56), np.uint8)
    sheet[:28, :28] = digit(0)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    (line,) = infer(file.getvalue()).splitlines()
    assert line.endswith("among its classes)")
    assert seen[-1].shape == (28, 28)
    assert not seen[-1][16:, 16:].any()
    with pytest.raises(UploadError, match="must be at most 1"):
        infer(file.getvalue(), "--choose", "2")
