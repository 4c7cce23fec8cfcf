"""A picture of whatever kind becomes red, green and blue, upright as its camera says."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
from PIL import Image, ImageOps

from dlcore.errors import UploadError
from dlcore.mnist.canvas import decoding

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
MAX_MEGABYTES, MAX_MEGAPIXELS, MAX_SIDE = 20, 50, 20_000
LEAST = 8  # pixels a side: less shows nothing
LONGEST = 8  # times the shorter side
MOST = 2048  # pixels of the longer side that are kept
ENOUGH = 512  # pixels of the shorter side: a large picture becomes no larger than it needs

_TOO_LARGE = (
    f"This picture is too large; use one of at most {MAX_MEGABYTES} MB, {MAX_MEGAPIXELS} megapixels "
    f"and {MAX_SIDE:,} pixels a side."
)
_UNREADABLE = "This file is not a readable picture; use a JPEG, PNG or WebP."


def read_picture(data: bytes) -> Image.Image:
    """The picture in a file, mode RGB; of an animation the first frame, on white where it is transparent.

    Raises UploadError, one sentence, if it is too large or too small, damaged or no picture.
    """
    if len(data) > MAX_MEGABYTES * 1_000_000:
        raise UploadError(_TOO_LARGE)
    with (
        decoding(too_large=_TOO_LARGE, unreadable=_UNREADABLE),
        Image.open(io.BytesIO(data), formats=FORMATS) as image,
    ):
        wide, high = image.size  # from the header: nothing is decoded yet
        if wide * high > MAX_MEGAPIXELS * 1_000_000 or max(wide, high) > MAX_SIDE:
            raise UploadError(_TOO_LARGE)
        if min(wide, high) < LEAST:
            raise UploadError(f"This picture is {wide}×{high} pixels: use one of at least {LEAST} a side.")
        if max(wide, high) > LONGEST * min(wide, high):
            raise UploadError(
                f"This picture is over {LONGEST} times as long as it is wide: cut a part of it out."
            )
        image.draft("RGB", (ENOUGH, ENOUGH))
        image.load()
        upright: Image.Image = image
        with suppress(UploadError), decoding(too_large=_TOO_LARGE, unreadable=_UNREADABLE):
            upright = ImageOps.exif_transpose(image)  # EXIF that makes no sense is ignored, as browsers do
        smaller = max(1, min(upright.size) // ENOUGH, -(-max(upright.size) // MOST))
        return _red_green_blue(upright).reduce(smaller)


def _red_green_blue(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # deeper than 8 bits: from the darkest to the lightest there is
        grey = np.asarray(image, np.float64)
        low, high = float(np.nanmin(grey)), float(np.nanmax(grey))
        if not np.isfinite([low, high]).all():
            raise UploadError(_UNREADABLE)
        scaled = (grey - low) * (255 / ((high - low) or 1))
        return Image.fromarray(np.nan_to_num(scaled).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return image.convert("RGB")
