"""Drawings become MNIST images: where and how large they are drawn does not matter."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from dlcore.errors import UploadError
from dlcore.mnist import canvas
from dlcore.mnist.canvas import decode_canvas, to_digit

Ink = NDArray[np.uint8]

ASSETS = Path(canvas.__file__).parent / "assets"
EMPTY = "^Draw a digit first: an empty canvas is not a zero.$"


@pytest.fixture(scope="module")
def digits() -> Ink:
    """The first 500 test digits, (500, 28, 28)."""
    idx = gzip.decompress((ASSETS / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(idx, np.uint8, offset=16).reshape(-1, 28, 28)[:500]


def enlarged(ink: Ink, side: int) -> Ink:
    return np.asarray(Image.fromarray(ink).resize((side, side), Image.Resampling.BICUBIC))


def distance(one: Ink, other: Ink) -> float:
    """The mean absolute difference of two images, in grey levels of 255."""
    return float(np.abs(one.astype(int) - other).mean())


def centre_of_mass(image: Ink) -> tuple[float, float]:
    mass = image.astype(float)
    places = np.arange(28)
    return mass.sum(axis=1) @ places / mass.sum(), mass.sum(axis=0) @ places / mass.sum()


# --- to_digit -----------------------------------------------------------------------------------


def test_real_digits_stay_as_they_are(digits: Ink) -> None:
    changes = np.array([distance(to_digit(digit), digit) for digit in digits])
    assert np.median(changes) < 0.3
    # A centre of mass near the edge of a pixel may move the digit by one whole pixel.
    assert np.mean(changes > 1) < 0.03


def test_it_leaves_its_own_results_alone(digits: Ink) -> None:
    once = [to_digit(digit) for digit in digits]
    assert max(distance(to_digit(digit), digit) for digit in once) < 0.1


@pytest.mark.parametrize("side", [60, 100, 280, 400])
def test_real_digits_come_back_from_a_canvas(digits: Ink, side: int) -> None:
    changes = [distance(to_digit(enlarged(digit, side)), digit) for digit in digits]
    assert np.median(changes) < 9  # of 255; two different digits differ by about 40


@pytest.mark.parametrize("side", [140, 280, 333])
def test_size_hardly_matters(digits: Ink, side: int) -> None:
    changes = [
        distance(to_digit(enlarged(digit, side)), to_digit(enlarged(digit, 560))) for digit in digits[:200]
    ]
    assert np.median(changes) < 2


strokes = st.lists(
    st.tuples(st.integers(0, 39), st.integers(0, 39), st.integers(17, 255)), min_size=1, max_size=40
)
places = st.tuples(st.integers(0, 60), st.integers(0, 60))


@settings(deadline=None)
@given(strokes, places, places)
def test_position_does_not_matter(
    points: list[tuple[int, int, int]], one: tuple[int, int], other: tuple[int, int]
) -> None:
    results = []
    for top, left in (one, other):
        ink = np.zeros((100, 100), np.uint8)
        for y, x, level in points:
            ink[top + y, left + x] = level
        results.append(to_digit(ink))
    np.testing.assert_array_equal(results[0], results[1])


@settings(deadline=None, max_examples=200)
@given(strokes, st.booleans())
def test_the_result_looks_like_mnist(points: list[tuple[int, int, int]], wide: bool) -> None:
    ink = np.zeros((40, 40), np.uint8)
    for y, x, level in points:
        ink[y // 8 if wide else y, x] = level
    digit = to_digit(ink)
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    assert digit.shape == (28, 28)
    assert digit.max() == 255
    assert np.ptp(rows) < 20
    assert np.ptp(columns) < 20
    for place, extent in zip(centre_of_mass(digit), (rows, columns), strict=True):
        assert 13.5 <= place < 14.5 or extent[0] == 0 or extent[-1] == 27


def test_mnist_itself_has_the_centre_we_aim_at(digits: Ink) -> None:
    places = np.array([centre_of_mass(digit) for digit in digits])
    assert places.min() >= 13.5
    assert places.max() < 14.5


@pytest.mark.parametrize("turns", range(4))
def test_a_lopsided_digit_is_not_cut_off(turns: int) -> None:
    """A heavy foot 20 pixels from a thin top would push the top out of the field."""
    ink = np.zeros((20, 20), np.uint8)
    ink[0], ink[-1] = 17, 255
    digit = np.rot90(to_digit(np.rot90(ink, turns)), -turns)
    np.testing.assert_array_equal(digit[:20, 4:24], ink)
    assert digit.astype(int).sum() == ink.astype(int).sum()


def test_a_symmetric_digit_lies_in_the_middle() -> None:
    digit = to_digit(np.full((200, 100), 255, np.uint8))
    expected = np.zeros((28, 28), np.uint8)
    expected[4:24, 9:19] = 255
    np.testing.assert_array_equal(digit, expected)


def test_the_aspect_ratio_is_kept() -> None:
    ink = np.zeros((300, 300), np.uint8)
    ink[20:220, 40:90] = 255  # 200 × 50 becomes 20 × 5
    rows, columns = np.nonzero(to_digit(ink))
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 == 5


def test_a_thin_line_is_still_ink() -> None:
    ink = np.zeros((400, 400), np.uint8)
    ink[50:350, 200] = 255
    assert (to_digit(ink) == 255).sum() == 20


@pytest.mark.parametrize("shape", [(1, 1), (1, 4096), (4096, 1), (3, 700)])
@pytest.mark.parametrize("centered", [True, False])
def test_any_shape_will_do(shape: tuple[int, int], centered: bool) -> None:
    digit = to_digit(np.full(shape, 255, np.uint8), centered=centered)
    assert digit.shape == (28, 28)
    assert digit.max() == 255


def test_a_dot_is_ink() -> None:
    ink = np.zeros((280, 280), np.uint8)
    ink[3, 270] = 255
    assert (to_digit(ink) == 255).sum() == 400


@pytest.mark.parametrize("centered", [True, False])
@pytest.mark.parametrize("ink", [np.zeros((1, 1)), np.zeros((280, 280)), np.full((9, 5), 16)])
def test_an_empty_canvas_is_refused(ink: Ink, centered: bool) -> None:
    with pytest.raises(UploadError, match=EMPTY):
        to_digit(ink.astype(np.uint8), centered=centered)


def test_faint_noise_is_paper() -> None:
    clean = np.zeros((100, 100), np.uint8)
    clean[30:60, 40:50] = 255
    noise = np.random.default_rng(0).integers(0, 17, clean.shape, dtype=np.uint8)
    np.testing.assert_array_equal(to_digit(np.maximum(clean, noise)), to_digit(clean))


def test_uncentered_squeezes_the_whole_canvas() -> None:
    ink = np.zeros((56, 112), np.uint8)
    ink[:4, :8] = 200
    digit = to_digit(ink, centered=False)
    expected = np.zeros((28, 28), np.uint8)
    expected[:2, :2] = 200
    np.testing.assert_array_equal(digit, expected)


def test_the_drawing_is_left_alone(digits: Ink) -> None:
    ink = digits[0].copy()
    to_digit(ink)
    np.testing.assert_array_equal(ink, digits[0])


# --- decode_canvas ------------------------------------------------------------------------------


def png(image: Image.Image, format: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claimed_png(width: int, height: int) -> bytes:
    """A PNG whose header claims any size, and whose pixels cannot be decoded."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"no pixels") + chunk(b"IEND", b"")


def stroke(mode: str) -> Image.Image:
    image = Image.new("L", (28, 28))
    image.paste(255, (5, 6, 8, 20))
    return image.convert(mode)


@pytest.mark.parametrize("mode", canvas.MODES)
def test_a_canvas_is_read(mode: str) -> None:
    ink = decode_canvas(png(stroke(mode)), side=28)
    assert ink.dtype == np.uint8
    np.testing.assert_array_equal(ink, np.asarray(stroke("L")))
    assert to_digit(ink).shape == (28, 28)


def test_transparency_shows_the_black_ground() -> None:
    image = Image.new("RGBA", (4, 4), (255, 255, 255, 0))
    image.putpixel((1, 2), (255, 255, 255, 255))
    image.putpixel((2, 2), (255, 255, 255, 128))
    expected = np.zeros((4, 4), np.uint8)
    expected[2, 1:3] = 255, 128
    np.testing.assert_array_equal(decode_canvas(png(image), side=4), expected)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a readable PNG"),
        (b"not an image", "not a readable PNG"),
        (png(stroke("L"), "BMP"), "not a readable PNG"),
        (png(stroke("L"), "GIF"), "not a readable PNG"),
        (png(stroke("L"))[:60], "not a readable PNG"),
        (claimed_png(28, 28), "not a readable PNG"),
        (claimed_png(27, 28), "not 28 × 28 pixels"),
        (claimed_png(10_000, 10_000), "not 28 × 28 pixels"),
        (claimed_png(60_000, 60_000), "not 28 × 28 pixels"),
        (png(stroke("1")), "not an RGB or greyscale PNG"),
        (png(stroke("P")), "not an RGB or greyscale PNG"),
        (png(stroke("I;16")), "not an RGB or greyscale PNG"),
        (png(stroke("L")) + bytes(1_000_000), "larger than 1 MB"),
    ],
)
def test_anything_else_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UploadError, match=f"^The drawing is [^.]*{sentence}[^.]*again.$"):
        decode_canvas(data, side=28)


@pytest.mark.parametrize("kind", [b"iCCP", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"IHDR", b"PLTE"])
@pytest.mark.parametrize("before", [b"IDAT", b"IEND"])
def test_a_broken_chunk_is_no_crash(kind: bytes, before: bytes) -> None:
    sound = png(stroke("RGB"))
    place = sound.index(before) - 4
    array_or_refusal(sound[:place] + chunk(kind, b"") + sound[place:])


def array_or_refusal(data: bytes) -> None:
    try:
        ink = decode_canvas(data, side=28)
    except UploadError:
        return
    assert ink.shape == (28, 28)
    assert ink.dtype == np.uint8


@settings(deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_random_bytes_give_an_array_or_a_refusal(data: bytes, signed: bool) -> None:
    array_or_refusal(b"\x89PNG\r\n\x1a\n" + data if signed else data)


def with_sound_checksums(data: bytes) -> bytes:
    """A damaged PNG whose chunks pass their checksums, so that the damage gets further in."""
    fixed, place = bytearray(data), 8
    while place + 12 <= len(fixed):
        (length,) = struct.unpack_from(">I", fixed, place)
        end = place + 8 + length
        if end + 4 > len(fixed):
            break
        struct.pack_into(">I", fixed, end, zlib.crc32(fixed[place + 4 : end]))
        place = end + 4
    return bytes(fixed)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some damage and goes on
@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(canvas.MODES),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=3)), min_size=1, max_size=4),
    st.booleans(),
)
def test_mutated_pngs_give_an_array_or_a_refusal(
    mode: str, changes: list[tuple[int, bytes]], fixed: bool
) -> None:
    data = png(stroke(mode))
    for place, new in changes:
        at = place % len(data)
        data = data[:at] + new + data[at + 2 :]
    array_or_refusal(with_sound_checksums(data) if fixed else data)
