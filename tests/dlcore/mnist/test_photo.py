"""Any picture of a digit becomes the same ink; any other file becomes one sentence."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ExifTags, Image

from dlcore.errors import UploadError
from dlcore.mnist import photo
from dlcore.mnist.canvas import to_digit
from dlcore.mnist.photo import decode_photo

Ink = NDArray[np.uint8]

ASSETS = Path(photo.__file__).parent / "assets"


@pytest.fixture(scope="module")
def digits() -> Ink:
    """The first 40 test digits, (40, 28, 28)."""
    idx = gzip.decompress((ASSETS / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(idx, np.uint8, offset=16).reshape(-1, 28, 28)[:40]


FINEST: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95}}


def saved(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **FINEST.get(format, {}) | options)
    return file.getvalue()


def letter_l() -> Ink:
    """An L, (60, 40), 255 on 0: turned or mirrored it is another picture."""
    ink = np.zeros((60, 40), np.uint8)
    ink[12:48, 12:16] = 255
    ink[44:48, 12:28] = 255
    return ink


INK = letter_l()
PAGE = Image.fromarray(255 - INK)  # dark on light


def assert_is_the_letter(data: bytes, within: int = 0) -> None:
    ink = decode_photo(data)
    assert ink.dtype == np.uint8
    np.testing.assert_allclose(ink.astype(int), INK, atol=within)


# --- Formats and modes --------------------------------------------------------------------------


@pytest.mark.parametrize("format", photo.FORMATS)
def test_every_format_on_the_list(format: str) -> None:
    assert_is_the_letter(saved(PAGE, format), within=40 if format == "JPEG" else 0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA", "I;16"])
def test_every_mode_of_a_png(mode: str) -> None:
    if mode == "I;16":
        page = Image.fromarray(np.asarray(PAGE).astype(np.uint16) * 257)
    else:
        page = PAGE.convert(mode)
    assert Image.open(io.BytesIO(saved(page))).mode == mode
    assert_is_the_letter(saved(page))


def test_16_bits_are_scaled_not_clipped() -> None:
    """Ink at 30,000 of 65,535 would be white, as the paper is, if it were clipped to 255."""
    page = np.where(INK > 0, 30_000, 60_000).astype(np.uint16)
    assert_is_the_letter(saved(Image.fromarray(page)))


def test_cmyk() -> None:
    data = saved(PAGE.convert("RGB").convert("CMYK"), "JPEG")
    assert Image.open(io.BytesIO(data)).mode == "CMYK"
    assert_is_the_letter(data, within=40)


def test_light_ink_on_a_dark_ground() -> None:
    assert_is_the_letter(saved(Image.fromarray(INK)))
    assert_is_the_letter(saved(Image.fromarray(INK // 2 + 60)))


@pytest.mark.parametrize("colour", ["black", "white", "blue"])
def test_ink_on_a_transparent_ground(colour: str) -> None:
    image = Image.new("RGBA", PAGE.size, colour)
    image.putalpha(Image.fromarray(INK))
    assert_is_the_letter(saved(image))


def test_a_transparent_margin_is_no_ink() -> None:
    page = PAGE.convert("RGBA")
    page.putalpha(255)
    sheet = Image.new("RGBA", (60, 80))
    sheet.paste(page, (10, 10))
    np.testing.assert_array_equal(decode_photo(saved(sheet)), np.pad(INK, 10))


def test_a_transparent_entry_of_a_palette() -> None:
    image = Image.fromarray(INK // 255)
    image.putpalette([9, 9, 9, 0, 0, 0])
    assert_is_the_letter(saved(image, transparency=0))
    assert_is_the_letter(saved(image, "GIF", transparency=0))


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_an_animation(format: str) -> None:
    others = [PAGE.rotate(180), Image.new("L", PAGE.size, 255)]
    data = saved(PAGE, format, save_all=True, append_images=others)
    assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == 3
    assert_is_the_letter(data)


@pytest.mark.parametrize(
    ("orientation", "mirrored", "quarters"),
    [
        (1, False, 0),
        (2, True, 0),
        (3, False, 2),
        (4, True, 2),
        (5, True, 1),
        (6, False, 1),
        (7, True, 3),
        (8, False, 3),
    ],
)
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_camera_held_sideways(orientation: int, mirrored: bool, quarters: int, format: str) -> None:
    """EXIF's eight orientations: a picture and its mirror image, turned by quarters."""
    stored = np.rot90(np.fliplr(255 - INK) if mirrored else 255 - INK, quarters)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    data = saved(image, format, exif=exif)
    assert_is_the_letter(data, within=40 if format == "JPEG" else 0)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("exif", [b"Exif\0\0nonsense", b"Exif\0\0MM\0*\0\0\0\x08\0\x09"])
def test_nonsense_in_exif_is_ignored(exif: bytes) -> None:
    assert_is_the_letter(saved(PAGE, exif=exif))


@pytest.mark.parametrize(
    ("size", "expected"),
    [((3000, 2000), (341, 512)), ((512, 700), (512, 374)), ((500, 40), (40, 500))],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_the_longer_side_is_at_most_512(
    size: tuple[int, int], expected: tuple[int, int], format: str
) -> None:
    page = Image.new("RGB", size, "white")
    page.paste("black", (size[0] // 3, size[1] // 3, size[0] // 2, size[1] // 2))
    ink = decode_photo(saved(page, format))
    assert ink.shape == expected
    assert (ink == 255).mean() == pytest.approx(1 / 36, rel=0.3)


# --- Paper, light and noise ---------------------------------------------------------------------


def photographed(digit: Ink, noise: float, quality: int, seed: int) -> bytes:
    """A phone's picture, 450 × 600, of a digit in dark grey pen on unevenly lit paper."""
    ink = np.zeros((600, 450))
    large = Image.fromarray(digit).resize((300, 300), Image.Resampling.BICUBIC)
    ink[170:470, 60:360] = np.asarray(large) / 255
    y, x = np.mgrid[-1:1:600j, -1:1:450j]
    paper = 180 + 30 * x - 40 * y - 25 * (x**2 + y**2)
    light = paper * (1 - ink) + 45 * ink
    light += np.random.default_rng(seed).normal(0, noise, light.shape)
    return saved(Image.fromarray(light.clip(0, 255).astype(np.uint8)), "JPEG", quality=quality)


@pytest.mark.parametrize(("noise", "quality"), [(0, 95), (6, 80), (12, 50)])
def test_a_phone_photo_becomes_the_digit(digits: Ink, noise: float, quality: int) -> None:
    changes = []
    for seed, digit in enumerate(digits):
        ink = decode_photo(photographed(digit, noise, quality, seed))
        assert (ink[:40] == 0).all(), "the paper above the digit is not clean"
        changes.append(np.abs(to_digit(ink).astype(int) - digit).mean())
    assert np.median(changes) < 15  # of 255; two different digits differ by about 40


def test_a_real_digit_as_a_png_is_itself(digits: Ink) -> None:
    changes = [np.abs(decode_photo(saved(Image.fromarray(d))).astype(int) - d).mean() for d in digits]
    assert max(changes) < 4


@pytest.mark.parametrize(
    "page",
    [
        Image.new("L", (1, 1)),
        Image.new("RGB", (300, 200), "white"),
        Image.new("RGBA", (300, 200)),
        Image.linear_gradient("L"),
        Image.effect_noise((300, 200), 30),
    ],
)
def test_a_page_without_ink_is_refused(page: Image.Image) -> None:
    with pytest.raises(UploadError, match=r"^This picture shows no digit that stands out; [^.]*\.$"):
        decode_photo(saved(page))


# --- What is refused ----------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claimed_png(width: int, height: int) -> bytes:
    """A PNG whose header claims any size, and whose pixels cannot be decoded."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"no pixels") + chunk(b"IEND", b"")


def claimed(format: str, width: int, height: int) -> bytes:
    """A file of this format whose header claims any size, and whose pixels are too few."""
    data = bytearray(saved(Image.new("RGB", (8, 8)), format))
    if format == "JPEG":
        struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    elif format == "BMP":
        struct.pack_into("<ii", data, 18, width, height)
    elif format == "GIF":
        struct.pack_into("<HH", data, 6, width, height)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(claimed_png(60_000, 60_000), id="bomb"),
        pytest.param(claimed_png(10_000, 10_000), id="100 megapixels"),
        pytest.param(claimed_png(5_001, 5_000), id="25 megapixels and some"),
        pytest.param(claimed_png(10_001, 1), id="too long"),
        pytest.param(claimed("JPEG", 60_000, 60_000), id="jpeg"),
        pytest.param(claimed("BMP", 9_000, 9_000), id="bmp"),
        pytest.param(claimed("GIF", 9_000, 9_000), id="gif"),
        pytest.param(bytes(10_000_001), id="10 MB and some"),
    ],
)
def test_a_picture_that_is_too_large_is_not_decoded(data: bytes) -> None:
    """Decoding would end in another sentence: none of these holds the pixels it claims."""
    with pytest.raises(UploadError, match=r"^This picture is too large; [^.]*\.$"):
        decode_photo(data)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M1 1h7"/></svg>'


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"hello", id="text"),
        pytest.param(SVG, id="svg"),
        pytest.param(saved(PAGE, "TIFF"), id="tiff"),
        pytest.param(saved(PAGE, "PPM"), id="ppm"),
        pytest.param(claimed_png(5_000, 5_000), id="png of garbage"),
        pytest.param(saved(PAGE, "JPEG")[:-200], id="cut jpeg"),
        *(
            pytest.param(saved(PAGE, format)[: len(saved(PAGE, format)) // 2], id=f"half a {format}")
            for format in photo.FORMATS
        ),
    ],
)
def test_what_is_no_sound_image_is_refused(data: bytes) -> None:
    sentence = "^This file is not a readable image; use a PNG or JPEG.$"
    with pytest.raises(UploadError, match=sentence):
        decode_photo(data)


def array_or_refusal(data: bytes) -> None:
    try:
        ink = decode_photo(data)
    except UploadError:
        return
    assert ink.dtype == np.uint8
    assert max(ink.shape) <= 512
    assert ink.max() == 255


def seeds() -> list[bytes]:
    """One small file per format and mode, with EXIF and text for the damage to hit."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "camera"
    frames = {"save_all": True, "append_images": [PAGE.rotate(180)]}
    return [
        *(saved(PAGE.convert(mode), exif=exif) for mode in ("1", "L", "P", "LA", "RGB", "RGBA")),
        *(saved(PAGE.convert(mode), "JPEG", exif=exif) for mode in ("L", "RGB", "CMYK")),
        *(saved(PAGE, format, **frames) for format in ("GIF", "PNG", "WEBP")),
        saved(PAGE, "BMP"),
    ]


def test_a_paler_digit_beside_a_dark_one_is_as_dark_once_alone() -> None:
    page = np.full((100, 160), 255, np.uint8)
    page[20:80, 40:48], page[20:80, 110:118] = 0, 90
    digits = photo.find_photo(saved(Image.fromarray(page))).digits
    assert [ink.max() for ink in digits] == [255, 255]


@settings(deadline=None)
@given(st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM"]), st.binary())
def test_random_bytes_give_an_array_or_a_refusal(signature: bytes, data: bytes) -> None:
    array_or_refusal(signature + data)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some damage and goes on
@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(seeds()),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=3)), min_size=1, max_size=4),
)
def test_mutated_files_give_an_array_or_a_refusal(data: bytes, changes: list[tuple[int, bytes]]) -> None:
    for place, new in changes:
        at = place % len(data)
        data = data[:at] + new + data[at + 2 :]
    array_or_refusal(data)
