"""The zip: everything a picture needs to become a digit, where there is neither the lab nor Streamlit."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from dlcore.datasets.catalogue import class_names, load
from dlcore.mnist.canvas import to_digit
from dlcore.mnist.files import load_test
from dlcore.mnist.photo import decode_photo
from dlcore.nets.registry import net_class
from dlcore.serving.bundle import TRIED, bundle, bundled_files
from dlcore.serving.export import Exported, files_by_now, quick_files
from dlcore.serving.export_words import parts
from dlcore.serving.own_picture import taken_whole
from dlcore.serving.predictor import make_predictor
from dlcore.serving.trained import Trained
from dlcore.training.config import TrainConfig
from tests.dlcore.datasets.sets import forget, images, write_pair, write_pictures
from tests.dlcore.serving.exports import shipped

SEVEN = Path(__file__).resolve().parents[3] / "docs" / "seven.png"
FILES = {
    "README.md",
    "canvas.py",
    "config.json",
    "model.py",
    "photo.py",
    "predict.py",
    "requirements.txt",
    "scan",
    "train.py",
    "weights.safetensors",
}

# As `python -I predict.py picture …` with nothing of ours, nor Streamlit, to be imported.
ELSEWHERE = """
import runpy, sys
sys.modules["dlcore"] = sys.modules["streamlit"] = None
predict, *pictures = sys.argv[1:]
for picture in pictures:
    sys.argv = [predict, picture]
    try:
        runpy.run_path(predict, run_name="__main__")
    except SystemExit as end:
        print(end)
"""


def picture(index: int, *, dark: bool, size: int = 300) -> bytes:
    """A test digit as somebody's PNG: large, off the centre, dark ink on light paper or the reverse."""
    digit = load_test().images[index, 0].numpy()
    sheet = np.zeros((60, 50), np.uint8)
    sheet[4:32, 17:45] = digit
    grey = 235 - (sheet * 0.8).astype(np.uint8) if dark else sheet
    file = io.BytesIO()
    Image.fromarray(grey).resize((size, size * 6 // 5)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    with zipfile.ZipFile(io.BytesIO(bundle(shipped()))) as packed:
        for name in packed.namelist():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(packed.read(name))
    return folder


def test_it_holds_all_of_it_and_nothing_of_ours(unpacked: Path) -> None:
    assert {path.name for path in unpacked.iterdir()} == FILES
    for path in (path for path in unpacked.rglob("*") if path.is_file()):
        assert b"import dlcore" not in path.read_bytes()
        assert b"from dlcore" not in path.read_bytes()
    assert len((unpacked / "README.md").read_text(encoding="utf-8").splitlines()) <= 10
    config = json.loads((unpacked / "config.json").read_text(encoding="utf-8"))
    assert config["config"] == shipped().config.model_dump()
    assert (config["seed"], config["epoch"]) == (0, 5)
    needs = (unpacked / "requirements.txt").read_text(encoding="utf-8").split()
    assert [need.partition(">=")[0] for need in needs] == ["torch", "safetensors", "numpy", "pillow"]
    assert [f"{name}>={old},<={new}" for name, (old, new) in TRIED.items()] == needs


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.partition("+")[0].split(".")]


@pytest.mark.parametrize("name", TRIED)
def test_what_is_installed_here_was_tried(name: str) -> None:
    oldest, newest = map(numbers, TRIED[name])
    assert oldest <= numbers(version(name)) <= newest


def test_the_same_weights_make_the_same_zip() -> None:
    assert bundle(shipped()) == bundle(shipped())


def test_its_script_says_what_a_hand_moved() -> None:
    moved = "lr 0.005 → 1 at step 150"
    assert f"a hand moved {moved}" in str(bundled_files(replace(shipped(), moved=moved))["train.py"])
    assert "a hand moved" not in str(bundled_files(shipped())["train.py"])


def test_its_size_is_that_of_what_is_taken_whatever_the_task_wrote() -> None:
    by_hand = replace(shipped(), moved="lr 0.005 → 1 at step 150")
    without = Exported("zip", size=len(bundle(shipped())), difference=0.0, images=1_000)
    found = {file.format: file for file in files_by_now(quick_files(by_hand), [without])}
    assert without.size < found["zip"].size == len(bundle(by_hand))
    assert found["zip"].agrees


def test_elsewhere_it_reads_pictures_as_the_lab_does(unpacked: Path, tmp_path: Path) -> None:
    contents = [SEVEN.read_bytes(), picture(1, dark=True), picture(4, dark=False)]
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    (tmp_path / "no.png").write_bytes(b"not a picture")
    Image.new("1", (9999, 9999)).save(tmp_path / "huge.png")
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            ELSEWHERE,
            unpacked / "predict.py",
            *paths,
            tmp_path / "no.png",
            tmp_path / "huge.png",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    *lines, refused, too_large = done.stdout.splitlines()
    assert too_large.startswith("This picture cannot be read: This picture is too large; use one of at most")
    assert refused.startswith("This picture cannot be read: This file is not a readable image")
    predictor = make_predictor(*shipped_pair())
    for number, content in enumerate(contents):
        digit, *shares = lines[11 * number : 11 * (number + 1)]
        expected = predictor.predict(to_digit(decode_photo(content)))
        assert int(digit) == expected.digit
        assert [line.split()[0] for line in shares] == [str(d) for d in range(10)]
        assert [float(line.split()[1]) for line in shares] == pytest.approx(expected.probabilities, abs=1e-4)


def shipped_pair() -> tuple[Any, Any]:
    trained = shipped()
    return trained.model, trained.config


def test_its_preprocessing_is_the_labs(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same 28×28, pixel by pixel, for drawings, photos and what is refused."""
    monkeypatch.syspath_prepend(unpacked)
    files = bundled_files(shipped())
    canvas: dict[str, Any] = {}
    exec(compile(str(files["canvas.py"]), "canvas.py", "exec"), canvas)
    photo: dict[str, Any] = {}
    source = str(files["photo.py"])
    assert source.count("from canvas import UploadError, decoding") == 1
    names = ("UploadError", "decoding")
    photo |= {name: canvas[name] for name in names}
    source = source.replace("from canvas import UploadError, decoding", "")
    exec(compile(source, "photo.py", "exec"), photo)
    for index in range(12):
        content = picture(index, dark=index % 2 == 0, size=200 + 10 * index)
        ink = decode_photo(content)
        assert np.array_equal(photo["decode_photo"](content), ink)
        assert np.array_equal(canvas["to_digit"](ink), to_digit(ink))
    with pytest.raises(canvas["UploadError"], match="not a readable image"):
        photo["decode_photo"](b"")
    with pytest.raises(canvas["UploadError"], match="Draw a digit first"):
        canvas["to_digit"](np.zeros((28, 28), np.uint8))


# --- Of other images -----------------------------------------------------------------------------


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Pictures on light paper, and files in MNIST's format, with images to test with."""
    folder = tmp_path / "sets"
    write_pictures(folder / "signs" / "train", ("round", "square"), 60)
    write_pictures(folder / "signs" / "test", ("round", "square"), 10)
    write_pair(folder / "wear", "train", *images(150))
    write_pair(folder / "wear", "t10k", *images(30, seed=1))
    forget()
    monkeypatch.setenv("DLLAB_DATASETS", str(folder))
    yield folder
    forget()


@pytest.mark.parametrize("name", ["signs", "wear"])
def test_elsewhere_another_sets_own_picture_is_read_as_its_pixels_are(
    name: str, sets: Path, tmp_path: Path
) -> None:
    found = load(name)
    torch.manual_seed(0)
    net = net_class("FastCNN")().eval()
    trained = Trained(net, TrainConfig(dataset=found.id), 0)
    away = tmp_path / "away"
    for path, content in bundled_files(trained).items():
        (away / path).parent.mkdir(parents=True, exist_ok=True)
        (away / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert not (away / "photo.py").exists()
    assert "digit" not in (away / "README.md").read_text().lower()
    picture = sets / "signs" / "test" / "round" / "000.png"
    pixels = found.test.images[0, 0].numpy()
    if name == "wear":
        picture = tmp_path / "wear.png"
        Image.fromarray(pixels).save(picture)
    done = subprocess.run(
        [sys.executable, "-I", "-c", ELSEWHERE, away / "predict.py", picture],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert np.array_equal(taken_whole(picture.read_bytes(), found.id), pixels)
    made_dark = ", light made dark" if name == "signs" else ""
    assert parts(trained)[2][2] == f"after grey, padded to a square, 28×28{made_dark}"
    assert parts(trained)[2][2].removeprefix("after ") in (away / "README.md").read_text()
    said, *shares = done.stdout.splitlines()
    expected = make_predictor(net, trained.config).predict(pixels)
    assert said == class_names(found.id)[expected.digit]
    assert [float(line.split()[-1]) for line in shares] == pytest.approx(expected.probabilities, abs=1e-4)
