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

# What ImageNet's list calls it. Empty: the list has no such class. None: its words can be argued about, as
# "porcupine, hedgehog" or "sorrel" for a horse, so nobody judges.
SHOWS: Mapping[PhotoName, tuple[str, ...] | None] = {
    "bison": ("bison",),
    "cat": ("tabby", "Egyptian cat", "tiger cat"),
    "chameleon": ("African chameleon", "American chameleon"),
    "chicken": ("hen", "cock"),
    "cow": None,
    "crocodile": ("African crocodile", "American alligator"),
    "dog": ("German shepherd",),
    "dragon": ("Komodo dragon",),
    "duck": None,
    "giraffe": (),
    "hedgehog": None,
    "horse": None,
    "jaguar": ("jaguar", "leopard"),
    "kangaroo": None,
    "koala": ("koala",),
    "lemur": ("Madagascar cat",),
    "moose": (),
    "narwhal": (),
    "owl": None,
    "panda": ("giant panda",),
    "pig": ("hog",),
    "polar_bear": ("ice bear",),
    "scarlet_macaw": ("macaw",),
    "sheep": None,
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
    def expected(self) -> tuple[str, ...] | None:
        """The classes of ImageNet's list that are right: () if it has none, None if nobody judges."""
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
