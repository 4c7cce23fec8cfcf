"""The photographs that come with the lab: who took them, and what each shows."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

ASSETS = Path(__file__).parent / "assets"

PhotoName = Literal[
    "bison",
    "cat",
    "chameleon",
    "chicken",
    "cow",
    "crocodile",
    "dog",
    "dragon",
    "duck",
    "giraffe",
    "hedgehog",
    "horse",
    "jaguar",
    "kangaroo",
    "koala",
    "lemur",
    "moose",
    "narwhal",
    "owl",
    "panda",
    "pig",
    "polar_bear",
    "scarlet_macaw",
    "sheep",
]

# What ImageNet's list calls it; empty where the list has no such class, so that nothing it says is right.
SHOWS: Mapping[PhotoName, tuple[str, ...]] = {
    "bison": ("bison",),
    "cat": ("tabby", "Egyptian cat", "tiger cat"),
    "chameleon": ("African chameleon", "American chameleon"),
    "chicken": ("hen", "cock"),
    "cow": (),
    "crocodile": ("African crocodile", "American alligator"),
    "dog": ("German shepherd",),
    "dragon": ("Komodo dragon",),
    "duck": (),
    "giraffe": (),
    "hedgehog": (),
    "horse": (),
    "jaguar": ("jaguar", "leopard"),
    "kangaroo": (),
    "koala": ("koala",),
    "lemur": ("Madagascar cat",),
    "moose": (),
    "narwhal": (),
    "owl": (),
    "panda": ("giant panda",),
    "pig": (),
    "polar_bear": ("ice bear",),
    "scarlet_macaw": ("macaw",),
    "sheep": (),
}


@dataclass(frozen=True)
class Photo:
    """`source`: the page that it comes from. Every licence here allows everybody everything."""

    name: PhotoName
    path: Path
    author: str
    licence: str
    source: str

    @property
    def expected(self) -> tuple[str, ...]:
        """The classes of ImageNet's list that are right; none where the list does not know it."""
        return SHOWS[self.name]


@cache
def photos() -> tuple[Photo, ...]:
    with (ASSETS / "LICENCES.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Photo(
            _named(Path(row["file"]).stem), ASSETS / row["file"], row["author"], row["licence"], row["source"]
        )
        for row in rows
    )


def _named(stem: str) -> PhotoName:
    found: PhotoName = next(name for name in get_args(PhotoName) if name == stem)
    return found


def photo_of(name: PhotoName) -> Photo:
    return next(photo for photo in photos() if photo.name == name)
