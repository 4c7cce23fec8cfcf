"""A hand: some drawings and what each was meant to be. Every fifth of a digit is not learned from."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from dlcore.data import Samples
from dlcore.errors import DataError
from dlcore.mnist.canvas import FIELD

MOST = 200  # drawings of a hand
WANTED = 50  # five of each digit
ASIDE = 5  # of a digit, every so many is set aside
SIZE = FIELD * FIELD
MOST_LETTERS = 4 * -(-(MOST * (SIZE + 1) + 1000) // 3)  # of a packed hand, if it cannot be made smaller

Digit = NDArray[np.uint8]


@dataclass(frozen=True)
class Drawing:
    """A (28, 28) uint8 image, 0 = paper, and the digit it was meant to be."""

    label: int
    pixels: Digit


Hand = tuple[Drawing, ...]


def aside(hand: Sequence[Drawing]) -> NDArray[np.bool_]:
    """(N,) which drawings are set aside: of each digit every fifth, in the order in which it was drawn."""
    seen: Counter[int] = Counter()
    found = np.zeros(len(hand), np.bool_)
    for index, drawing in enumerate(hand):
        seen[drawing.label] += 1
        found[index] = seen[drawing.label] % ASIDE == 0
    return found


def parted(hand: Sequence[Drawing]) -> tuple[Hand, Hand]:
    """Those to learn from, and those set aside."""
    apart = aside(hand)
    return (
        tuple(drawing for drawing, away in zip(hand, apart, strict=True) if not away),
        tuple(drawing for drawing, away in zip(hand, apart, strict=True) if away),
    )


def next_digit(hand: Sequence[Drawing]) -> int:
    """The one to write next: of which there are fewest."""
    counts = Counter(drawing.label for drawing in hand)
    return min(range(10), key=lambda digit: (counts[digit], digit))


def refusal(hand: Sequence[Drawing]) -> str:
    """Why nothing can be learned from this hand: a sentence, or ""."""
    digits = {drawing.label for drawing in hand}
    if not digits:
        return "Draw some digits first: it learns from them."
    if len(digits) == 1:
        (only,) = digits
        return f"All your drawings are a {only}: it would learn to read {only} everywhere. Draw others too."
    return ""


def samples(hand: Sequence[Drawing]) -> Samples:
    """As training takes them: (N, 1, 28, 28) uint8."""
    images = np.stack([drawing.pixels for drawing in hand]) if hand else np.zeros((0, FIELD, FIELD), np.uint8)
    labels = torch.tensor([drawing.label for drawing in hand], dtype=torch.int64)
    return Samples(torch.from_numpy(images)[:, None], labels)


def pack(hand: Sequence[Drawing]) -> str:
    """A hand in letters, as a run's settings keep it; "" if it is empty."""
    if not hand:
        return ""
    raw = bytes(drawing.label for drawing in hand) + b"".join(drawing.pixels.tobytes() for drawing in hand)
    return base64.b64encode(zlib.compress(raw, 9)).decode()


@lru_cache(maxsize=128)  # every listing of runs reads its settings
def unpack(text: str) -> Hand:
    """The hand again; nobody can write into it. Raises DataError if these letters are none."""
    if not text:
        return ()
    try:
        reader = zlib.decompressobj()
        raw = reader.decompress(base64.b64decode(text, validate=True), MOST * (SIZE + 1) + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise _unreadable() from error
    count, rest = divmod(len(raw), SIZE + 1)
    if rest or not 1 <= count <= MOST or not reader.eof or max(raw[:count]) > 9:
        raise _unreadable()
    pixels = np.frombuffer(raw, np.uint8, offset=count).reshape(count, FIELD, FIELD)
    return tuple(Drawing(label, image) for label, image in zip(raw[:count], pixels, strict=True))


def _unreadable() -> DataError:
    return DataError(f"These drawings cannot be read: a hand is 1 to {MOST} drawings. Draw them again.")
