"""A photo, scan or picture of a digit becomes ink, whatever its format, paper and lighting.

Each step is one file in `scan/`: grey levels, the sheet on its desk, rims, light, ruled lines, marks,
digits, thin strokes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dlcore.errors import UploadError
from dlcore.mnist.canvas import decoding
from dlcore.mnist.scan.digits import CONTRAST, NOTHING, find_digits
from dlcore.mnist.scan.grey import grey_versions
from dlcore.mnist.scan.light import without_paper
from dlcore.mnist.scan.paper import straightened
from dlcore.mnist.scan.rims import inner
from dlcore.mnist.scan.rules import without_rules
from dlcore.mnist.scan.strokes import thickened

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
MAX_MEGABYTES = 10
MAX_MEGAPIXELS = 25
MAX_SIDE = 10_000  # pixels
LONGEST = 512  # pixels on the longer side of the result
FRAMES = 12  # of an animation are looked at, until one shows a digit

WIDE = 1.45  # times as wide as it is high
WIDE_WORDS = (
    "This is wider than a digit: cut the picture to one if these are two, or turn it if it lies on its side."
)
_TOO_LARGE = (
    f"This picture is too large; use one of at most {MAX_MEGABYTES} MB, "
    f"{MAX_MEGAPIXELS} megapixels and {MAX_SIDE:,} pixels a side."
)
_UNREADABLE = "This file is not a readable image; use a PNG or JPEG."


def decode_photo(data: bytes) -> NDArray[np.uint8]:
    """The ink, (H, W) with sides up to 512, of an image file: 0 for paper, 255 for ink.

    Takes JPEG, PNG, WebP, BMP and GIF (the first frame that shows a digit), turned as the camera says.
    Dark ink on light paper and light ink on dark are told apart; a desk around the paper, frames, ruled
    lines, shading and noise of the paper are removed.

    Raises UploadError if the file is too large, not a sound image, or shows no ink or several digits.
    """
    return find_photo(data).only()


@dataclass(frozen=True)
class Photo:
    """What a picture shows: the ink (H, W) of each digit alone, from left to right."""

    digits: tuple[NDArray[np.uint8], ...]
    wide: bool = False  # a single one, wider than digits are

    def only(self) -> NDArray[np.uint8]:
        """The one digit. Raises UploadError if there are several, or what may be two."""
        if len(self.digits) > 1:
            raise UploadError(several_words(len(self.digits)))
        if self.wide:
            raise UploadError(WIDE_WORDS)
        return self.digits[0]


def find_photo(data: bytes) -> Photo:
    """The digits of an image file, as `decode_photo` reads it.

    Raises UploadError if the file is too large, not a sound image, or shows no ink.
    """
    if len(data) > MAX_MEGABYTES * 1_000_000:
        raise UploadError(_TOO_LARGE)
    nothing = UploadError("")
    with (
        decoding(too_large=_TOO_LARGE, unreadable=_UNREADABLE),
        Image.open(io.BytesIO(data), formats=FORMATS) as image,
    ):
        width, height = image.size  # from the header: nothing is decoded yet
        if width * height > MAX_MEGAPIXELS * 1_000_000 or max(width, height) > MAX_SIDE:
            raise UploadError(_TOO_LARGE)
        image.draft("L", (2 * LONGEST, 2 * LONGEST))  # a large JPEG is decoded small
        for grey in _iter_grey(image):
            try:
                return _digits(grey)
            except UploadError as error:
                nothing = nothing if str(nothing) else error
    raise nothing


def _iter_grey(image: Image.Image) -> Iterator[NDArray[np.float64]]:
    """Grey levels, (H, W), of the frames of a picture, until enough of them were looked at."""
    width, height = image.size
    frames = min(getattr(image, "n_frames", 1), FRAMES, 1 + MAX_MEGAPIXELS * 1_000_000 // (width * height))
    for frame in range(frames):
        image.seek(frame)
        image.load()
        still = image.copy() if frames > 1 else image
        _turn_upright(still)
        yield from grey_versions(still, LONGEST)


def _turn_upright(image: Image.Image) -> None:
    """Turn `image` in place as its EXIF says; EXIF that makes no sense is ignored, as browsers do."""
    with suppress(UploadError), decoding(too_large=_TOO_LARGE, unreadable=_UNREADABLE):
        ImageOps.exif_transpose(image, in_place=True)


def _digits(grey: NDArray[np.float64]) -> Photo:
    """The digits on the sheet that is seen on a desk; on the whole picture if there is no such sheet.

    Raises UploadError if neither shows any.
    """
    if np.ptp(grey) < CONTRAST:
        raise UploadError(NOTHING)
    sheet = straightened(grey)
    if sheet is not None:
        with suppress(UploadError):
            return _digits_on(sheet)
    return _digits_on(grey)


def _digits_on(grey: NDArray[np.float64]) -> Photo:
    within = inner(grey)
    lit = without_paper(grey[within])
    bare = replace(lit, ink=without_rules(lit.ink, lit.floor))
    found = find_digits(bare)
    sheets = []
    for digit in found:
        sheet = np.zeros(grey.shape, np.uint8)
        sheet[within] = thickened(digit)
        sheets.append(sheet)
    return Photo(tuple(sheets), len(found) == 1 and found[0].wide > WIDE and not found[0].solid)


def several_words(digits: int) -> str:
    words = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
    return f"I see {words[digits - 2] if digits < 10 else digits} digits in this picture: choose one of them."
