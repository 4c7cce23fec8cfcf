"""Pictures as people bring them: a test digit on a desk, on lined paper, in a frame, on its side.

Each maker takes a digit (28, 28), 255 for ink, and a generator; it gives the bytes of a file.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Grey = NDArray[np.float64]
Ink = NDArray[np.uint8]
Maker = Callable[[Ink, np.random.Generator], bytes]

HIGH, WIDE, SIDE = 205, 172, 126  # pixels of a usual picture and its digit: few, so that a test reads many


def encoded(grey: Grey | Image.Image, format: str = "PNG", **options: Any) -> bytes:
    image = (
        grey if isinstance(grey, Image.Image) else Image.fromarray(grey.clip(0, 255).round().astype(np.uint8))
    )
    file = io.BytesIO()
    image.save(file, format, **({"compress_level": 1} if format == "PNG" else {}) | options)
    return file.getvalue()


def enlarged(digit: Ink, side: int) -> Grey:
    """The digit with its own margin, (side, side), 0 to 1."""
    large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(large) / 255.0


def on_sheet(
    digit: Ink, rng: np.random.Generator, high: int = HIGH, wide: int = WIDE, side: int = SIDE
) -> Grey:
    """The digit's ink, 0 to 1, somewhere near the middle of a sheet."""
    ink = np.zeros((high, wide))
    top, left = (high - side) // 2 + rng.integers(-10, 11), (wide - side) // 2 + rng.integers(-10, 11)
    top, left = max(0, top), max(0, left)
    ink[top : top + side, left : left + side] = enlarged(digit, side)
    return ink


def lit(high: int, wide: int, rng: np.random.Generator, level: float = 215) -> Grey:
    """Paper under uneven light."""
    y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
    a, b, c = rng.uniform(-12, 12, 3)
    return level + a * x + b * y - abs(c) * (x * x + y * y)


def shaded(high: int, wide: int, slope: float, level: float = 215) -> Grey:
    """Paper that darkens to one side: to the right by `slope` of its light, or to the left."""
    away = np.linspace(0, 1, wide) if slope > 0 else np.linspace(1, 0, wide)
    light: Grey = level * (1 - abs(slope) * away) * np.ones((high, 1))
    return light


def written(paper: Grey, ink: Grey, pen: float | Grey = 40) -> Grey:
    return paper * (1 - ink) + pen * ink


def noisy(grey: Grey, rng: np.random.Generator, by: float = 3) -> Grey:
    return grey + rng.normal(0, by, grey.shape)


def wood(high: int, wide: int, rng: np.random.Generator, level: float = 120) -> Grey:
    """Planks with grain: stripes that wander, and dark joints between the boards."""
    y, x = np.mgrid[0:high, 0:wide].astype(float)
    phase = rng.uniform(0, 6.28, 4)
    wander = 6 * np.sin(x / wide * 5 + phase[0]) + 3 * np.sin(x / wide * 13 + phase[1])
    grain = 12 * np.sin((y + wander) / 3.2 + phase[2]) + 8 * np.sin((y + 2 * wander) / 11 + phase[3])
    boards = np.where((y + rng.integers(0, 60)) % 48 < 2, -35, 0)
    return level + grain + boards + rng.normal(0, 5, (high, wide))


# --- Plain sheets, and what lies around them ----------------------------------------------------


def plain(digit: Ink, rng: np.random.Generator) -> bytes:
    return encoded(noisy(written(lit(HIGH, WIDE, rng), on_sheet(digit, rng)), rng), "JPEG", quality=85)


def clean(digit: Ink, rng: np.random.Generator) -> bytes:
    """What a 12-megapixel photo leaves after reduction: a noise of a few tenths of a grey level."""
    return encoded(noisy(written(np.full((205, 274), 250.0), on_sheet(digit, rng, 205, 274), 20), rng, 0.4))


def desk(share: tuple[float, float, float, float], kind: str, turn: float = 0.0) -> Maker:
    """Paper with so much desk to its top, right, bottom, left, as shares of the sides; turned in degrees."""

    def make(digit: Ink, rng: np.random.Generator) -> bytes:
        ground = wood(HIGH, WIDE, rng) if kind == "wood" else noisy(np.full((HIGH, WIDE), 45.0), rng, 6)
        top, right, bottom, left = share
        mask = np.zeros((HIGH, WIDE))
        mask[
            round(top * HIGH) : round((1 - bottom) * HIGH), round(left * WIDE) : round((1 - right) * WIDE)
        ] = 255
        side = int(min(SIDE, (1 - top - bottom) * HIGH * 0.8, (1 - left - right) * WIDE * 0.8))
        middle_y = (top + 1 - bottom) / 2 * HIGH
        middle_x = (left + 1 - right) / 2 * WIDE
        ink = np.zeros((HIGH, WIDE))
        y0, x0 = int(middle_y - side / 2), int(middle_x - side / 2)
        ink[y0 : y0 + side, x0 : x0 + side] = enlarged(digit, side)
        paper = written(lit(HIGH, WIDE, rng), ink)
        layers = [Image.fromarray(a.astype(np.float32)) for a in (paper, mask)]
        angle = rng.uniform(-turn, turn)
        centre = (WIDE / 2, HIGH / 2)
        paper, mask = (np.asarray(a.rotate(angle, Image.Resampling.BILINEAR, center=centre)) for a in layers)
        share_ = mask.clip(0, 255) / 255.0
        return encoded(noisy(paper * share_ + ground * (1 - share_), rng), "JPEG", quality=88)

    return make


def ruled(gap: int, dark: float, *, squared: bool, margin: bool = False, turn: float = 0.0) -> Maker:
    """Lined or squared paper; `dark`: grey levels the lines are below the paper."""

    def make(digit: Ink, rng: np.random.Generator) -> bytes:
        paper = lit(HIGH, WIDE, rng, 225)
        slope = np.tan(np.radians(rng.uniform(-turn, turn)))
        y, x = np.mgrid[0:HIGH, 0:WIDE].astype(float)
        offsets = rng.integers(0, gap, 2)
        down, across = (y + slope * x + offsets[0]) % gap, (x - slope * y + offsets[1]) % gap
        lines = down < 1.6
        if squared:
            lines = lines | (across < 1.6)
        page = paper - dark * lines
        if margin:
            page = page - 60 * (abs(x - slope * y - 0.13 * WIDE) < 1.2)
        return encoded(
            noisy(np.minimum(page, written(page, on_sheet(digit, rng))), rng, 2), "JPEG", quality=88
        )

    return make


def tight(digit: Ink, rng: np.random.Generator) -> bytes:
    """Cropped to the very ink."""
    rows, columns = np.flatnonzero(digit.max(1) > 60), np.flatnonzero(digit.max(0) > 60)
    crop = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (crop.shape[1] * 9, crop.shape[0] * 9)
    ink = np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.BICUBIC)) / 255.0
    return encoded(noisy(written(lit(size[1], size[0], rng), ink), rng, 2))


def tight_light(digit: Ink, rng: np.random.Generator) -> bytes:
    """The same, white on black."""
    return encoded(255 - np.asarray(Image.open(io.BytesIO(tight(digit, rng)))).astype(np.float64))


def framed(width: int, inset: int) -> Maker:
    """A thin black frame, at the border or a little inside."""

    def make(digit: Ink, rng: np.random.Generator) -> bytes:
        grey = written(np.full((HIGH, WIDE), 255.0), on_sheet(digit, rng), 0)
        image = Image.fromarray(grey.astype(np.uint8))
        box = (inset, inset, WIDE - 1 - inset, HIGH - 1 - inset)
        ImageDraw.Draw(image).rectangle(box, outline=0, width=width)
        return encoded(image)

    return make


def screenshot(digit: Ink, rng: np.random.Generator) -> bytes:
    """The lab's own canvas, white strokes on black, with the page's white around it."""
    rim = int(rng.integers(3, 22))
    ink = 255 * on_sheet(digit, rng, 200, 200, 170)
    return encoded(np.pad(ink, ((rim, rim), (rim, rim + int(rng.integers(0, 9)))), constant_values=255))


def outlined(digit: Ink, rng: np.random.Generator) -> bytes:
    """White ink with a black outline on a transparent ground, as stickers are."""
    ink = Image.fromarray((255 * on_sheet(digit, rng)).astype(np.uint8))
    around = ink.filter(ImageFilter.MaxFilter(5))
    image = Image.merge("RGBA", (ink, ink, ink, around))
    return encoded(image)


# --- Files of every depth -----------------------------------------------------------------------


def deep(bits: int, stuck: int = 0) -> Maker:
    """Values of so many bits in a 16-bit PNG; so many pixels of the sensor are stuck at the largest."""

    def make(digit: Ink, rng: np.random.Generator) -> bytes:
        grey = noisy(written(lit(HIGH, WIDE, rng), on_sheet(digit, rng)), rng, 1.5)
        values = (grey.clip(0, 255) / 255 * (2**bits - 1)).astype(np.uint16)
        values.reshape(-1)[rng.integers(0, values.size, stuck)] = 65535
        return encoded(Image.fromarray(values))

    return make


def dithered(digit: Ink, rng: np.random.Generator) -> bytes:
    grey = noisy(written(lit(HIGH, WIDE, rng, 225), on_sheet(digit, rng)), rng, 2).clip(0, 255)
    return encoded(Image.fromarray(grey.astype(np.uint8)).convert("1"))


def later_frame(digit: Ink, rng: np.random.Generator) -> bytes:
    """An animation that writes the digit: its first frame is empty."""
    full = Image.fromarray((255 - 255 * on_sheet(digit, rng)).astype(np.uint8))
    empty = Image.new("L", full.size, 255)
    return encoded(empty, "GIF", save_all=True, append_images=[empty.point(lambda v: v - 1), full])


def thin(digit: Ink, rng: np.random.Generator) -> bytes:
    """The digit's middle line, a pixel or two wide."""
    fine = skeleton(enlarged(digit, 84) > 0.4)
    line = np.asarray(Image.fromarray(fine).resize((168, 168), Image.Resampling.NEAREST)).astype(float)
    line = line if rng.random() < 0.5 else np.maximum(line, np.roll(line, 1, (0, 1)))
    grey = np.full((250, 210), 235.0)
    top, left = (250 - 168) // 2, (210 - 168) // 2
    grey[top : top + 168, left : left + 168] -= 175 * line
    return encoded(noisy(grey, rng, 2))


def skeleton(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Strokes thinned to lines of one pixel (Zhang and Suen 1984)."""
    ink = np.pad(ink, 1)
    while True:
        before = ink.copy()
        for step in (0, 1):
            around = [
                np.roll(ink, shift, (0, 1))
                for shift in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            ]
            count = np.sum(around, axis=0)
            turns = sum((~a & b).astype(int) for a, b in zip(around, around[1:] + around[:1], strict=True))
            up, right, down, left = around[0], around[2], around[4], around[6]
            if step == 0:
                free = ~(up & right & down) & ~(right & down & left)
            else:
                free = ~(up & right & left) & ~(up & down & left)
            ink = ink & ~(ink & (count >= 2) & (count <= 6) & (turns == 1) & free)
        if (ink == before).all():
            return ink[1:-1, 1:-1]


READ: Mapping[str, tuple[Maker, int]] = {
    "plain": (plain, 48),
    "clean": (clean, 49),
    "dark desk": (desk((0.12, 0.12, 0.12, 0.12), "dark"), 45),
    "wooden desk": (desk((0.12, 0.12, 0.12, 0.12), "wood"), 45),
    "tilted on a dark desk": (desk((0.14, 0.16, 0.14, 0.16), "dark", 8), 45),
    "tilted on a wooden desk": (desk((0.14, 0.16, 0.14, 0.16), "wood", 8), 45),
    "desk at the left": (desk((0, 0, 0, 0.15), "wood"), 45),
    "desk at the bottom": (desk((0, 0, 0.15, 0), "dark"), 45),
    "desk at a corner": (desk((0.12, 0.12, 0, 0), "dark"), 45),
    "much desk": (desk((0.3, 0.3, 0.3, 0.3), "dark"), 45),
    "rim of desk": (desk((0.01, 0.01, 0.01, 0.01), "dark"), 45),
    "rim of wood": (desk((0.01, 0.01, 0.01, 0.01), "wood"), 45),
    "lined, pale": (ruled(19, 25, squared=False, turn=1), 45),
    "lined": (ruled(19, 70, squared=False, margin=True), 45),
    "lined, tilted": (ruled(22, 50, squared=False, margin=True, turn=3), 45),
    "squared, pale": (ruled(13, 25, squared=True), 45),
    "squared": (ruled(14, 60, squared=True, margin=True, turn=1), 45),
    "no margin": (tight, 48),
    "no margin, light ink": (tight_light, 48),
    "frame at the border": (framed(3, 0), 48),
    "frame inside": (framed(2, 8), 48),
    "screenshot": (screenshot, 48),
    "outlined on transparent": (outlined, 48),
    "12 of 16 bits": (deep(12), 48),
    "10 of 16 bits": (deep(10), 48),
    "12 bits, pixels stuck": (deep(12, stuck=2), 48),
    "dithered": (dithered, 48),
    "a later frame": (later_frame, 48),
    "thin strokes": (thin, 46),
}
