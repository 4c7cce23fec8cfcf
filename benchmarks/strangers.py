"""Images that are no upright digit, (N, 28, 28), prepared as drawings are: to be told from digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dlcore.mnist.canvas import to_digit
from dlcore.mnist.files import load_test

Ink = NDArray[np.uint8]

SIDE = 280
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYabdefhkmnpqrtwxy&?#%$@"  # none that is written as a digit is
WORDS = (
    *("cat", "dog", "hi", "we", "no", "yes", "sun", "mom", "dad", "net", "key", "bad", "man", "the"),
    *("and", "for", "you", "red", "blue", "tree", "house", "water"),
)


def letters(rng: np.random.Generator) -> list[Ink]:
    return [_written(one, int(width), rng) for one in LETTERS for width in (2, 5, 8)]


def words(rng: np.random.Generator) -> list[Ink]:
    return [_written(one, int(rng.integers(2, 5)), rng) for one in WORDS for _ in range(3)]


def scribbles(rng: np.random.Generator) -> list[Ink]:
    return [_scribble(rng) for _ in range(200)]


def faces(rng: np.random.Generator) -> list[Ink]:
    return [_face(rng) for _ in range(100)]


def noise(rng: np.random.Generator) -> list[Ink]:
    return [to_digit(rng.integers(0, 256, (28, 28)).astype(np.uint8)) for _ in range(100)]


def stains(rng: np.random.Generator) -> list[Ink]:
    small = rng.normal(0, 127, (100, 7, 7)).astype(np.float32)
    large = [Image.fromarray(one).resize((28, 28), Image.Resampling.BICUBIC) for one in small]
    return [to_digit(np.asarray(one).clip(0, 255).astype(np.uint8)) for one in large]


def pairs(rng: np.random.Generator) -> list[Ink]:
    found = []
    for one, other in rng.integers(5000, 10_000, (200, 2)):
        found.append(to_digit(np.hstack([_test(one)[:, 3:25], _test(other)[:, 3:25]])))
    return found


def turned(rng: np.random.Generator) -> list[Ink]:
    chosen = rng.integers(5000, 10_000, 500)
    return [to_digit(np.rot90(_test(index), 1 + 2 * (n % 2))) for n, index in enumerate(chosen)]


STRANGERS: Mapping[str, Callable[[np.random.Generator], list[Ink]]] = {
    "letters": letters,
    "words": words,
    "scribbles": scribbles,
    "faces": faces,
    "noise": noise,
    "stains": stains,
    "pairs of digits": pairs,
    "digits on their side": turned,
}


def _test(index: int) -> Ink:
    image: Ink = load_test().images[index, 0].numpy()
    return image


def _written(text: str, width: int, rng: np.random.Generator) -> Ink:
    sheet = Image.new("L", (900, 320))
    font = ImageFont.load_default(180)
    ImageDraw.Draw(sheet).text((40, 40), text, fill=255, font=font, stroke_width=width)
    return to_digit(np.asarray(sheet.rotate(rng.uniform(-8, 8))))


def _scribble(rng: np.random.Generator) -> Ink:
    sheet = Image.new("L", (SIDE, SIDE))
    points = rng.uniform(30, SIDE - 30, (int(rng.integers(4, 12)), 2))
    ImageDraw.Draw(sheet).line([(float(x), float(y)) for x, y in points], fill=255, width=18, joint="curve")
    return to_digit(np.asarray(sheet))


def _face(rng: np.random.Generator) -> Ink:
    sheet = Image.new("L", (SIDE, SIDE))
    pen, width, eye = ImageDraw.Draw(sheet), int(rng.integers(10, 20)), int(rng.integers(8, 16))
    a, b, c, d = (float(v) for v in rng.uniform(-8, 8, 4))
    pen.ellipse((30 + a, 30 + b, 250 + c, 250 + d), outline=255, width=width)
    for x in (100, 180):
        pen.ellipse((x - eye + a, 110 - eye, x + eye + a, 110 + eye), fill=255)
    pen.arc((90, 120 + b, 190, 210), 20, 160, fill=255, width=width)
    return to_digit(np.asarray(sheet))
