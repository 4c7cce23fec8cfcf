"""A classifier that was taken away names pictures elsewhere, without the lab; stored, it comes back."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from dlcore.classifier.app import App, app_of, read, written
from dlcore.classifier.collection import collect
from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.examples import example_features, examples
from dlcore.classifier.features import features_of
from dlcore.classifier.judge import judge
from dlcore.classifier.pictures import opened
from dlcore.classifier.project import EXAMPLE
from dlcore.classifier.squares import as_batch, square
from dlcore.classifier.words import plain_score
from dlcore.errors import ConfigError
from dlcore.serving.picture_app import iter_zip, network_of
from dlcore.vision.weights import pretrained

FISH, TOWER, HAMMER = (examples()[place] for place in (4, 34, 60))


@pytest.fixture(scope="module")
def app() -> App:
    config = ClassifierConfig()
    collection = collect(examples(), config, {})
    judged = judge(torch.from_numpy(example_features().values), collection.labels, collection.classes)
    return app_of(collection, judged, "pad", EXAMPLE, plain_score(config, collection, judged))


@pytest.fixture(scope="module")
def unpacked(app: App, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    content = list(iter_zip(app))[-1]
    assert isinstance(content, bytes)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        file.extractall(folder)
    return folder


def test_elsewhere_it_names_pictures_without_the_lab(app: App, unpacked: Path, tmp_path: Path) -> None:
    assert "dlcore" not in "".join(path.read_text("utf-8") for path in unpacked.glob("*.py"))
    network = pretrained()
    for picture in (FISH, TOWER, HAMMER):
        (tmp_path / "picture.webp").write_bytes(picture.webp)
        done = subprocess.run(
            [sys.executable, "-I", str(unpacked / "predict.py"), str(tmp_path / "picture.webp")],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        first, *rows = done.stdout.splitlines()
        assert first == picture.label
        here = app.shares(features_of(network, picture, "pad").numpy())
        there = [float(row.split()[0]) for row in rows]
        assert there == pytest.approx(here.tolist(), abs=2e-4)


def test_a_picture_that_is_none_is_a_sentence_there(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "words.jpg").write_text("words")
    done = subprocess.run(
        [sys.executable, "-I", str(unpacked / "predict.py"), str(tmp_path / "words.jpg")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("This picture cannot be read: ")
    assert "Traceback" not in done.stderr


def test_the_small_app_runs_there(unpacked: Path) -> None:
    code = (
        "from streamlit.testing.v1 import AppTest;"
        "at = AppTest.from_file('app.py', default_timeout=240).run();"
        "assert not at.exception, at.exception; print(at.markdown[0].value)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=unpacked, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("It tells apart: fishes, monuments, tools.")
    assert len((unpacked / "app.py").read_text("utf-8").splitlines()) <= 32


def test_its_other_formats_give_the_same_logits(app: App, unpacked: Path) -> None:
    batch = torch.cat([as_batch(square(opened(one), "pad")) for one in (FISH, HAMMER)])
    with torch.inference_mode():
        logits = network_of(app)(batch)
        traced = torch.jit.load(unpacked / "model-traced.pt")(batch)
    session = onnxruntime.InferenceSession(unpacked / "model.onnx", providers=["CPUExecutionProvider"])
    (onnx,) = session.run(None, {"pictures": batch.numpy()})
    torch.testing.assert_close(traced, logits, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(torch.from_numpy(np.asarray(onnx)), logits, rtol=1e-3, atol=1e-3)


def test_its_card_says_what_is_known_and_what_is_not(unpacked: Path) -> None:
    card = (unpacked / "README.md").read_text("utf-8")
    assert EXAMPLE.objective in card
    assert "28 fishes, 27 monuments, 38 tools" in card
    assert "of 93 pictures were named as labelled" in card
    assert 'no "none of these"' in card


def test_what_is_written_is_read_again(app: App) -> None:
    back = read(json.loads(written(app)))
    np.testing.assert_array_equal(back.weight, app.weight)
    np.testing.assert_array_equal(back.bias, app.bias)
    assert replace(back, weight=app.weight, bias=app.bias) == app


@pytest.mark.parametrize(
    "change",
    [
        {"numbers": "AAAA"},
        {"classes": ["one"]},
        {"classes": ["", "b", "c"]},
        {"counts": [1]},
        {"plan": {}},
        {"fit": "explode"},
        {"more": 1},
    ],
)
def test_anything_else_is_no_app(app: App, change: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        read(json.loads(written(app)) | change)


def test_numbers_that_are_none_are_no_app(app: App) -> None:
    numbers = np.full(app.weight.size + app.bias.size, np.nan, "<f4").tobytes()
    with pytest.raises(ConfigError):
        read(json.loads(written(app)) | {"numbers": base64.b64encode(numbers).decode()})
