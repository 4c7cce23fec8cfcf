"""A photo, scan or picture of a digit becomes ink, whatever its format, paper and lighting."""

import io
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dlcore.errors import UploadError
from dlcore.mnist.canvas import decoding

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
MAX_MEGABYTES = 10
MAX_MEGAPIXELS = 25
MAX_SIDE = 10_000  # pixels
LONGEST = 512  # pixels on the longer side of the result
CONTRAST = 20  # of 255: ink must stand out from its paper by this much

_TOO_LARGE = (
    f"This picture is too large; use one of at most {MAX_MEGABYTES} MB, "
    f"{MAX_MEGAPIXELS} megapixels and {MAX_SIDE:,} pixels a side."
)
_UNREADABLE = "This file is not a readable image; use a PNG or JPEG."


def decode_photo(data: bytes) -> NDArray[np.uint8]:
    """The ink, (H, W) with sides up to 512, of an image file: 0 for paper, 255 for ink.

    Takes JPEG, PNG, WebP, BMP and GIF (the first frame), turned as the camera says. Dark ink on
    light paper and light ink on dark are told apart; shading and noise of the paper are removed.

    Raises UploadError if the file is too large, not a sound image, or shows no ink.
    """
    if len(data) > MAX_MEGABYTES * 1_000_000:
        raise UploadError(_TOO_LARGE)
    with (
        decoding(too_large=_TOO_LARGE, unreadable=_UNREADABLE),
        Image.open(io.BytesIO(data), formats=FORMATS) as image,
    ):
        width, height = image.size  # from the header: nothing is decoded yet
        if width * height > MAX_MEGAPIXELS * 1_000_000 or max(width, height) > MAX_SIDE:
            raise UploadError(_TOO_LARGE)
        image.draft("L", (2 * LONGEST, 2 * LONGEST))  # a large JPEG is decoded small
        image.load()
        _turn_upright(image)
        grey = _grey(image)
    return _ink(np.array(grey, dtype=np.float64))


def _turn_upright(image: Image.Image) -> None:
    """Turn `image` in place as its EXIF says; EXIF that makes no sense is ignored, as browsers do."""
    with suppress(UploadError), decoding(too_large=_TOO_LARGE, unreadable=_UNREADABLE):
        ImageOps.exif_transpose(image, in_place=True)


def _grey(image: Image.Image) -> Image.Image:
    """`image` in 8-bit grey, at most 512 × 512, its aspect ratio kept."""
    if image.mode == "I;16":  # the only deep mode these formats have; convert() would clip it
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
    else:
        image = image.convert("L")
    image.thumbnail((LONGEST, LONGEST))
    return _flat(image) if image.mode == "RGBA" else image


def _flat(image: Image.Image) -> Image.Image:
    """An RGBA `image` on white, as a page shows it; on black if white would swallow it."""
    white, black = (
        Image.alpha_composite(Image.new("RGBA", image.size, ground), image).convert("L")
        for ground in ("white", "black")
    )
    return white if np.ptp(np.asarray(white)) >= CONTRAST else black


def _ink(grey: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The ink of a picture, (H, W): its paper becomes 0, the core of its strokes 255."""
    rise, noise = _without_paper(grey)
    # Ink is the few pixels far from the paper, so its side is where the skew points.
    ink = rise if (rise**3).sum() > 0 else -rise
    floor = max(6 * noise, 1.0)
    strokes = ink[ink > floor]
    core = np.percentile(strokes, 75) if strokes.size else 0.0
    if core < floor + CONTRAST:
        raise UploadError(
            "This picture shows no digit that stands out; use one dark digit on plain light paper."
        )
    return np.rint(255 * np.clip((ink - floor) / (core - floor), 0, 1)).astype(np.uint8)


def _without_paper(grey: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """How far each pixel, (H, W), is lighter than the paper there, and the paper's noise.

    Paper is lit unevenly but smoothly: a quadratic surface. It is fitted to the margin of the
    picture by least trimmed squares (Rousseeuw 1984), so that strokes running into the margin do not
    bend it; the noise is the standard deviation there, estimated from the median.
    """
    height, width = grey.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)  # (H, W, 6)

    margin = np.maximum(abs(x), abs(y)) >= 0.75
    step = max(1, margin.sum() // 4096)  # that many pixels fix six numbers well enough
    basis, level = terms[margin][::step], grey[margin][::step]
    kept = np.arange(level.size)
    for _ in range(8):
        surface = np.linalg.lstsq(basis[kept], level[kept])[0]
        distance = abs(basis @ surface - level)
        kept = np.argsort(distance)[: level.size // 2 + 1]
    return grey - terms @ surface, 1.48 * float(np.median(distance))
