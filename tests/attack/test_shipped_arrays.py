"""The arrays that came with the lab are damaged in a random way: one sentence, whatever was hit."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from dlcore.errors import DataError
from dlcore.landscape.kept import SHIPPED, read_kept
from dlcore.npz import read_npz
from dlcore.serving.unlike import STATISTICS

FILES: dict[str, tuple[Path, Callable[[Path], object]]] = {
    "surface": (SHIPPED, read_kept),
    "statistics": (STATISTICS / "known.npz", read_npz),
}


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Cut off, some bits turned, a block of zeros, or another directory at its end."""
    made = bytearray(content)
    match chance.randrange(4):
        case 0:
            del made[chance.randrange(len(made)) :]
        case 1:
            for _ in range(chance.choice((1, 3, 50))):
                made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
        case 2:
            at = chance.randrange(len(made))
            made[at : at + 4096] = bytes(len(made[at : at + 4096]))
        case _:
            for _ in range(3):
                made[-chance.randrange(1, 400)] = chance.randrange(256)
    return bytes(made)


@pytest.mark.parametrize("name", FILES)
def test_damaged_arrays_are_one_sentence(name: str, tmp_path: Path) -> None:
    """Or are read all the same, where nothing that counts was hit."""
    file, read = FILES[name]
    content, copy = file.read_bytes(), tmp_path / file.name
    counted: Counter[str] = Counter()
    for number in range(150):
        copy.write_bytes(damaged(content, random.Random(number)))
        try:
            read(copy)
        except (DataError, ValueError):
            counted["said"] += 1
        else:
            counted["read"] += 1
    assert counted["said"] > 100


def test_arrays_that_are_not_there_are_no_damage(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        read_npz(tmp_path / "nowhere.npz")
