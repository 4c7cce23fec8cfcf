"""Pictures of every kind that people bring: read, or refused in one sentence."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcore.errors import UploadError
from dlcore.vision import pictures
from dlcore.vision.pictures import read_picture

RED = (200, 30, 40)


def encoded(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def red(mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    return Image.new("RGB", size, RED).convert(mode)


@pytest.mark.parametrize(
    ("data", "near"),
    [
        (encoded(red()), RED),
        (encoded(red(), "JPEG", quality=95), RED),
        (encoded(red("CMYK"), "JPEG", quality=95), RED),
        (encoded(red(), "WEBP", lossless=True), RED),
        (encoded(red("P")), RED),
        (encoded(red(), "GIF"), RED),
        (encoded(red(), "TIFF"), RED),
        (encoded(red("L")), (82, 82, 82)),
        (encoded(red("1")), None),
        (encoded(Image.new("RGBA", (40, 30), (*RED, 0))), (255, 255, 255)),
        (encoded(Image.new("LA", (40, 30), (0, 128))), (127, 127, 127)),
    ],
    ids=["png", "jpeg", "cmyk", "webp", "palette", "gif", "tiff", "grey", "bits", "clear", "half-clear"],
)
def test_it_becomes_red_green_and_blue(data: bytes, near: tuple[int, int, int] | None) -> None:
    found = read_picture(data)
    assert (found.mode, found.size) == ("RGB", (40, 30))
    if near is not None:
        assert np.abs(np.asarray(found).reshape(-1, 3).mean(0) - near).max() < 12


def test_sixteen_bits_become_eight_from_the_darkest_to_the_lightest() -> None:
    ramp = np.linspace(1000, 5000, 40 * 30).reshape(30, 40).astype(np.uint16)
    found = np.asarray(read_picture(encoded(Image.fromarray(ramp))))
    assert (found.min(), found.max()) == (0, 255)


def test_a_camera_that_was_turned_is_turned_back() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    assert read_picture(encoded(red(), "JPEG", exif=exif)).size == (30, 40)


@pytest.mark.parametrize(
    ("size", "kept"), [((4000, 3000), (800, 600)), ((1000, 500), (1000, 500)), ((512, 4096), (256, 2048))]
)
def test_a_large_picture_is_kept_small(size: tuple[int, int], kept: tuple[int, int]) -> None:
    assert read_picture(encoded(red(size=size))).size == kept


def test_of_an_animation_the_first_frame_is_seen() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("white", "black")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.asarray(read_picture(data)).min() == 255


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a readable picture"),
        (b"%PDF-1.4", "not a readable picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a readable picture"),
        (encoded(red())[:60], "not a readable picture"),
        (encoded(red(size=(4, 30))), "at least 8 a side"),
        (encoded(red(size=(10, 90))), "over 8 times as long"),
        (encoded(Image.new("1", (20_001, 10))), "too large"),
        (encoded(Image.new("1", (9_000, 9_000))), "too large"),
        (encoded(Image.fromarray(np.full((30, 40), np.inf, np.float32)), "TIFF"), "not a readable picture"),
    ],
    ids=["nothing", "pdf", "svg", "cut", "sliver", "strip", "wide", "bomb", "endless"],
)
def test_what_is_no_picture_is_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UploadError, match=sentence):
        read_picture(data)


def test_a_file_that_is_too_large_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_MEGABYTES", 0)
    with pytest.raises(UploadError, match="too large"):
        read_picture(encoded(red()))
