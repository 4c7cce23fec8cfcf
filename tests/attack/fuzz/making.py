"""Input from a seed, and what of the lab's own it begins with."""

from __future__ import annotations

import importlib
import io
import pkgutil
import random
import string
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

import dlcore
from dlcore.schema import Config, knobs
from tests.attack.payloads import PAYLOADS

SIDE = 28
ODD = (
    "nan",
    "inf",
    "-inf",
    "1e400",
    "5e-324",
    "-0",
    "0x1",
    "1_000",
    "９",
    "true",
    "None",
    "[]",
    "{}",
    "\0",
    "é" * 500,
)
LETTERS = string.printable + "é☃\u202e\u2060\ud7ff"


class Fuzz:
    """Input from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def word(self) -> str:
        chance = self.chance
        match chance.randrange(5):
            case 0:
                return chance.choice(ODD)
            case 1:
                return chance.choice(PAYLOADS)
            case 2:
                return str(chance.choice((-1, 1)) * 10 ** chance.uniform(-12, 12))
            case 3:
                return str(chance.randrange(-(10 ** chance.randrange(1, 30)), 10**6))
        return "".join(chance.choices(LETTERS, k=chance.randrange(40)))

    def value(self, depth: int = 0) -> Any:
        """Anything that JSON can say."""
        chance = self.chance
        kinds = 5 if depth > 2 else 7
        match chance.randrange(kinds):
            case 0:
                return None
            case 1:
                return chance.random() < 0.5
            case 2:
                return chance.randrange(-(10**6), 10**6)
            case 3:
                return chance.uniform(-1e6, 1e6)
            case 5:
                return [self.value(depth + 1) for _ in range(chance.randrange(4))]
            case 6:
                return {self.word(): self.value(depth + 1) for _ in range(chance.randrange(4))}
        return self.word()

    def setting(self, config: type[Config], name: str) -> Any:
        """Of a knob: mostly one that it may have, a bound of its own, or a little beyond."""
        knob, chance = knobs(config)[name], self.chance
        if chance.random() < 0.2:
            return self.value()
        if knob.options:
            return chance.choice(list(knob.options))
        if knob.low is None or knob.high is None:
            return chance.choice((True, False, self.word()))
        return chance.choice((knob.low, knob.high, chance.uniform(knob.low, knob.high), 1.01 * knob.high))

    def damaged(self, content: bytes) -> bytes:
        """Some bytes changed, left out, or put in; now and then cut short."""
        changed, chance = bytearray(content), self.chance
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(len(changed) or 1)
            changed[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        return bytes(changed[: chance.randrange(len(changed) + 1)] if chance.random() < 0.1 else changed)

    def odd_png(self, png: bytes) -> bytes:
        """Some bytes changed in place. The sums of its chunks fit all the same: else nobody looks further."""
        changed, chance = bytearray(png), self.chance
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(8, len(changed))] = chance.randrange(256)
        at = 8
        while (end := at + 8 + int.from_bytes(changed[at : at + 4], "big")) + 4 <= len(changed):
            changed[end : end + 4] = zlib.crc32(changed[at + 4 : end]).to_bytes(4, "big")
            at = end + 4
        return bytes(changed)


def pictures() -> list[bytes]:
    found = []
    ink = Image.fromarray((np.indices((SIDE, SIDE)).sum(axis=0) % 7 < 3).astype(np.uint8) * 255)
    for mode, format in (
        ("L", "PNG"),
        ("RGBA", "PNG"),
        ("P", "PNG"),
        ("RGB", "JPEG"),
        ("P", "GIF"),
        ("L", "BMP"),
        ("RGB", "WEBP"),
    ):
        out = io.BytesIO()
        ink.convert(mode).save(out, format)
        found.append(out.getvalue())
    light = np.linspace(120, 230, 120 * 90).reshape(120, 90)
    light[30:90, 40:52] = 20  # a stroke on a paper that is lit from one side
    out = io.BytesIO()
    Image.fromarray(light.astype(np.uint8)).save(out, "JPEG")
    return [*found, out.getvalue()]


PICTURES = pictures()


@cache
def configs() -> tuple[type[Config], ...]:
    """Every configuration of the lab that has knobs."""
    for module in pkgutil.walk_packages(dlcore.__path__, "dlcore."):
        if not module.name.startswith(("dlcore.runs.ray", "dlcore.__main__")):
            importlib.import_module(module.name)
    return tuple(sorted(filter(knobs, _below(Config)), key=lambda config: config.__qualname__))


def _below(config: type[Config]) -> Iterator[type[Config]]:
    for kind in config.__subclasses__():
        if kind.__module__.startswith("dlcore."):
            yield kind
        yield from _below(kind)
