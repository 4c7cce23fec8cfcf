"""A drawing becomes what the makers of MNIST would have made of it.

Their recipe: scale the digit to fit 20 × 20 pixels, its aspect ratio kept and its edges anti-aliased,
then put its centre of mass at the centre of a 28 × 28 field (LeCun, Bottou, Bengio, Haffner 1998,
"Gradient-Based Learning Applied to Document Recognition", section III-A). What the paper leaves open
follows Yadav and Bottou 2019, "Cold Case: the Lost MNIST Digits": anti-aliasing is the mean over the
area a pixel covers, the darkest pixel becomes 255, the shift is a whole number of pixels.
"""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlcore.errors import UploadError

FIELD = 28  # side of an MNIST image, in pixels
BOX = 20  # the longer side of its digit
PAPER = 16  # of 255: ink this faint is paper
DOT = 40  # pixels of the canvas, twice the pen: what is no larger is a dot

MAX_MEGABYTES = 1
MODES = ("RGBA", "RGB", "L")

# Which of the two it is depends on the size, and on whether warnings are errors.
BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@contextmanager
def decoding(*, too_large: str, unreadable: str) -> Iterator[None]:
    """While Pillow reads a file from elsewhere: whatever it raises becomes an UploadError of these sentences.

    A damaged file may bring out any exception, an AssertionError too: no list of them is ever complete.
    """
    try:
        yield
    except UploadError:
        raise
    except BOMB as error:
        raise UploadError(too_large) from error
    except Exception as error:
        raise UploadError(unreadable) from error


def to_digit(ink: NDArray[np.uint8], *, centered: bool = True) -> NDArray[np.uint8]:
    """The MNIST image, (28, 28), of a drawing.

    `ink` is (H, W), 0 for paper and 255 for ink. The result does not depend on where the digit was
    drawn, and hardly on how large. With `centered=False` the whole canvas is squeezed into 28 × 28
    instead: what happens to a net that never saw such digits is worth seeing.

    Raises UploadError if there is no ink.
    """
    ink = np.where(ink > PAPER, ink, 0)
    if not ink.any():
        raise UploadError("Draw a digit first: an empty canvas is not a zero.")
    if not centered:
        height, width = ink.shape
        return _rounded(_cover(height, FIELD, height) @ ink @ _cover(width, FIELD, width).T)
    return _place(_fit(_crop(ink)))


def is_dot(ink: NDArray[np.uint8]) -> bool:
    """Is all there is on a canvas, (H, W), no larger than a dot of the pen? Nothing at all is none."""
    inked = ink > PAPER
    return bool(inked.any()) and all(np.ptp(np.flatnonzero(inked.any(axis=axis))) < DOT for axis in (0, 1))


def _crop(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The smallest rectangle, (h, w), that holds all the ink."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`ink`, (h, w), scaled so that its longer side is 20 and its darkest pixel 255."""
    height, width = ink.shape
    longer = max(height, width)
    small = _cover(height, BOX, longer) @ ink @ _cover(width, BOX, longer).T
    return _rounded(small * (255 / small.max()))


def _rounded(ink: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(ink).astype(np.uint8)


def _cover(count: int, to: int, per: int) -> NDArray[np.float64]:
    """How much of each output pixel each of `count` input pixels covers: (outputs, count).

    Every `per` input pixels become `to` output pixels, so a row of weights takes a mean over area.
    """
    edges = np.arange(count + 1) * to / per  # of the input pixels, in output pixels
    left = np.arange(math.ceil(count * to / per))[:, np.newaxis]
    overlap: NDArray[np.float64] = np.minimum(edges[1:], left + 1) - np.maximum(edges[:-1], left)
    return overlap.clip(min=0)


def _place(digit: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`digit`, (h, w) with sides up to 20, on a (28, 28) field, its centre of mass in the middle."""
    height, width = digit.shape
    top, left = _start(digit.sum(axis=1)), _start(digit.sum(axis=0))
    field = np.zeros((FIELD, FIELD), np.uint8)
    field[top : top + height, left : left + width] = digit
    return field


def _start(mass: NDArray[np.uint64]) -> int:
    """Where the rows (or columns) of a digit, with these masses, begin in the field.

    In MNIST the centre of mass of every image lies in [13.5, 14.5) when pixels count from 0. A
    digit so lopsided that this would cut it off stops at the edge of the field.
    """
    centre = float(mass @ np.arange(mass.size) / mass.sum())
    return min(max(math.ceil(13.5 - centre), 0), FIELD - mass.size)


def decode_canvas(png: bytes, *, side: int) -> NDArray[np.uint8]:
    """The ink, (side, side), of the PNG that a browser's canvas sent: light strokes on black.

    The bytes come from the client, so nothing is decoded before its header has been checked.
    Transparent pixels show the black ground.

    Raises UploadError if `png` is anything but a sound PNG of that size.
    """
    if len(png) > MAX_MEGABYTES * 1_000_000:
        raise UploadError(
            f"The drawing is larger than {MAX_MEGABYTES} MB; clear the canvas and draw it again."
        )
    wrong_size = f"The drawing is not {side} × {side} pixels; reload the page and draw it again."
    unreadable = "The drawing is not a readable PNG; reload the page and draw it again."
    with (
        decoding(too_large=wrong_size, unreadable=unreadable),
        Image.open(io.BytesIO(png), formats=("PNG",)) as image,
    ):
        if image.size != (side, side):
            raise UploadError(wrong_size)
        if image.mode not in MODES:
            raise UploadError(
                "The drawing is not an RGB or greyscale PNG; reload the page and draw it again."
            )
        ink = image.convert("RGBA")
        if ink.getchannel("A").getextrema() != (255, 255):
            ink = Image.alpha_composite(Image.new("RGBA", ink.size, "black"), ink)
        return np.array(ink.convert("L"))
