"""Every photograph that comes along is named; each slip in its preparation is seen."""

from __future__ import annotations

import pytest
import torch
from PIL import Image

from dlcore.vision.lite0 import EfficientNetLite0
from dlcore.vision.photos import Photo, photos
from dlcore.vision.pictures import read_picture
from dlcore.vision.prepare import PrepareConfig, prepare
from dlcore.vision.recipe import SIDE
from dlcore.vision.recogniser import best, class_names, name_picture
from dlcore.vision.weights import pretrained


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    return pretrained()


def picture(name: str) -> Image.Image:
    return read_picture(next(photo for photo in photos() if photo.name == name).path.read_bytes())


def test_the_classes_are_a_thousand_and_each_photo_has_a_licence() -> None:
    assert len(class_names()) == 1000
    assert len(photos()) == 24
    for photo in photos():
        assert photo.path.is_file()
        assert photo.licence in ("CC0-1.0", "Public Domain")
        assert photo.author
        assert photo.source.startswith("https://")
        assert set(photo.expected or ()) <= set(class_names())


@pytest.mark.parametrize("photo", photos(), ids=lambda photo: photo.name)
def test_what_a_photo_shows_is_among_the_first_five(photo: Photo, network: EfficientNetLite0) -> None:
    found = name_picture(network, read_picture(photo.path.read_bytes()))
    names = [guess.name for guess in found.guesses]
    assert len(names) == 5
    assert not photo.expected or set(photo.expected) & set(names)
    assert found.guesses[0].share == max(guess.share for guess in found.guesses)


def test_shares_are_the_softmax_of_logits() -> None:
    logits = torch.tensor([0.0, 2.0, 1.0])
    first, second = best(logits, 2, ("a", "b", "c"))
    assert (first.name, first.place, second.name) == ("b", 1, "c")
    assert first.share == pytest.approx(float(torch.exp(logits[1]) / torch.exp(logits).sum()))
    assert len(best(logits, 9, ("a", "b", "c"))) == 3


def test_a_crop_goes_where_it_is_put_and_stays_within() -> None:
    wide = Image.new("RGB", (800, 400), "white")
    found = {across: prepare(wide, PrepareConfig(across=across)).corner for across in (0.0, 0.5, 1.0)}
    assert found == {0.0: (0, 16), 0.5: (144, 16), 1.0: (288, 16)}
    narrow = prepare(Image.new("RGB", (50, 400), "white"))
    assert narrow.resized.size == (256, 2048)
    assert narrow.cropped.size == (SIDE, SIDE)
    assert narrow.batch.shape == (1, 3, SIDE, SIDE)


def test_each_slip_changes_the_numbers_as_it_says() -> None:
    red = Image.new("RGB", (300, 300), (255, 127, 0))

    def pixel(**slip: str) -> list[float]:
        batch = prepare(red, PrepareConfig.model_validate(slip)).batch
        return [round(value, 3) for value in batch[0, :, 0, 0].tolist()]

    assert pixel() == [1.0, 0.0, -0.992]
    assert pixel(channels="bgr") == [-0.992, 0.0, 1.0]
    assert pixel(scale="none") == [255.0, 127.0, 0.0]
    assert pixel(scale="imagenet") == [2.249, 0.188, -1.804]


def test_without_the_scale_of_its_training_it_sees_nothing(network: EfficientNetLite0) -> None:
    bear = picture("polar_bear")
    assert name_picture(network, bear).guesses[0].name == "ice bear"
    raw = name_picture(network, bear, 5, PrepareConfig(scale="none"))
    assert raw.guesses[0].name != "ice bear"
