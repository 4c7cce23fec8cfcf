"""A picture of a collection: what is kept of a file.

Kept is what is needed and no more: upright, red, green and blue, 320 pixels on its longer side, nothing of
what a camera writes beside it (place, time, owner).
"""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from dlcore.classifier.project import Picture
from dlcore.vision.pictures import FORMATS, read_picture

LONGEST, QUALITY = 320, 90
ORIENTATION = 0x0112  # the EXIF tag that says how a camera was held


def opened(picture: Picture) -> Image.Image:
    """Mode RGB."""
    with Image.open(io.BytesIO(picture.webp), formats=("WEBP",)) as image:
        return image.convert("RGB")


def picture_of(data: bytes, name: str, label: str) -> Picture:
    """What is kept of a file's bytes. Raises UploadError, one sentence, if it is no usable picture."""
    image = read_picture(data)  # first: it looks at the size before anything is decoded
    held, size = _held(data)
    return kept(image, name, label, size=size[::-1] if held > 4 else size, turned=held > 1)


def _held(data: bytes) -> tuple[int, tuple[int, int]]:
    """How the camera was held, as EXIF numbers it: 1 (upright) to 8; and the size in the file's header."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.format == "PNG":  # Pillow would decode all of it to find out
            return 1, image.size
        with suppress(Exception):  # EXIF that makes no sense says nothing
            said = image.getexif().get(ORIENTATION, 1)
            return (said if said in range(1, 9) else 1), image.size
        return 1, image.size


def kept(
    image: Image.Image, name: str, label: str, *, size: tuple[int, int] | None = None, turned: bool = False
) -> Picture:
    """An opened picture, mode RGB, made small."""
    small = image.copy()
    small.thumbnail((LONGEST, LONGEST), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=QUALITY)
    return Picture(name, label, digest_of(small), out.getvalue(), size or image.size, turned)


def digest_of(image: Image.Image) -> str:
    """Of its pixels and its shape: 32 hex digits."""
    shape = f"{image.width}×{image.height} ".encode()
    return hashlib.sha256(shape + image.tobytes()).hexdigest()[:32]


def near_copy(picture: Picture, number: int, seed: int) -> Picture:
    """The same thing shot once more: cut by up to 15 %, perhaps mirrored, up to a fifth lighter or darker."""
    key = f"{picture.digest} {number} {seed}".encode()
    draw = np.random.default_rng(int.from_bytes(hashlib.sha256(key).digest()[:8], "big"))
    image = opened(picture)
    share, across, down = draw.uniform(0.85, 1.0), draw.random(), draw.random()
    wide, high = round(share * image.width), round(share * image.height)
    left, top = round(across * (image.width - wide)), round(down * (image.height - high))
    image = image.crop((left, top, left + wide, top + high))
    if draw.random() < 0.5:
        image = ImageOps.mirror(image)
    image = ImageEnhance.Brightness(image).enhance(draw.uniform(0.8, 1.2))
    return kept(image, f"{picture.name}, copy {number}", picture.label)
