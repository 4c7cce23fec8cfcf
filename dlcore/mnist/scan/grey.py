"""Every kind of picture becomes grey levels, 0 to 255: deep files, dithered ones, ink on nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Grey = NDArray[np.float64]

CONTRAST = 20  # of 255
SHEET = 0.55  # of its rectangle is opaque: a picture, not a shape cut out
LARGE = 0.25  # of the whole is opaque, likewise
STUCK = 1e-4  # of a sensor's pixels, at most
DOTS = 0.002  # of a picture's pixels are alone among four others: it was dithered


def grey_versions(image: Image.Image, longest: int) -> Iterator[Grey]:
    """The picture in grey, (H, W), at most so large; the likeliest reading first."""
    if image.mode.startswith("I;16"):
        yield _small(_eight_bits(image), longest)
    elif image.has_transparency_data:
        yield from _opaque_versions(image if image.mode == "RGBA" else image.convert("RGBA"), longest)
    else:
        yield _small(_without_dots(image.convert("L")), longest)


def _small(image: Image.Image, longest: int) -> Grey:
    image.thumbnail((longest, longest))
    return np.array(image, dtype=np.float64)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Cameras write 10, 12 or 14 bits into 16: the highest bit in use is the highest there is, but for the
    few pixels of a sensor that are stuck above all others.
    """
    values = np.asarray(image)
    most = int(np.quantile(values, 1 - STUCK, method="lower"))
    bits = max(8, most.bit_length())
    return Image.fromarray(np.minimum(values >> (bits - 8), 255).astype(np.uint8))


def _opaque_versions(image: Image.Image, longest: int) -> Iterator[Grey]:
    """An RGBA image on white, as a page shows it, on black if white would swallow it; or its shape alone."""
    if max(image.size) > longest:
        image.thumbnail((longest, longest))
    alpha = np.asarray(image.getchannel("A"))
    opaque = alpha > 127
    shape = 255.0 - alpha
    if opaque.any() and not opaque.all():
        rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
        box = opaque[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        if box.mean() < SHEET or opaque.mean() < LARGE:
            yield shape
            return
    paper = int(np.median(np.asarray(image.convert("L"))[opaque])) if opaque.any() else 255
    grounds = ((paper,) * 3, (255,) * 3, (0,) * 3)
    for ground in grounds:
        flat = Image.alpha_composite(Image.new("RGBA", image.size, (*ground, 255)), image)
        grey = np.array(flat.convert("L"), dtype=np.float64)
        if np.ptp(grey) >= CONTRAST:
            yield grey
            break
    yield shape


def _without_dots(image: Image.Image) -> Image.Image:
    """Dots that stand alone are shades of a printer; blurred, they are grey again."""
    if max(image.size) > 1500:
        return image  # it is shrunk, and its dots with it
    levels = np.asarray(image)
    dark = levels < 128
    if dark.shape[0] < 40 or dark.shape[1] < 40 or ((levels > 40) & (levels < 215)).mean() > 0.02:
        return image
    inner = dark[1:-1, 1:-1]
    around = (dark[:-2, 1:-1], dark[2:, 1:-1], dark[1:-1, :-2], dark[1:-1, 2:])
    alone = np.logical_and.reduce([inner != other for other in around])
    if alone.mean() < DOTS:
        return image
    return image.filter(ImageFilter.GaussianBlur(max(1.5, 0.008 * max(image.size))))
