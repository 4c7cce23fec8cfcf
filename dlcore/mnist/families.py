"""Files in MNIST's format that hold other images: what each family calls its classes, and how it is known.

A published file is known by its MD5, as torchvision lists them; a part of EMNIST, which is published as one
archive, by its name or its number of images (Cohen, Afshar, Tapson, van Schaik 2017, and their page).
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass

_DIGITS = tuple(string.digits)
# Letters whose two cases look alike count once.
_MERGED = (*_DIGITS, *string.ascii_uppercase, *"abdefghnqrt")


@dataclass(frozen=True)
class Family:
    """Its classes in the order of its labels; of which the first `digits` are the digits 0 to 9, if any.

    `transposed`: its rows are stored as columns.
    """

    name: str
    classes: tuple[str, ...]
    digits: int = 0
    transposed: bool = False


FAMILIES: Mapping[str, Family] = {
    "mnist": Family("MNIST", _DIGITS, digits=10),
    "fashion": Family(
        "Fashion-MNIST",
        (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
    ),
    "kmnist": Family("KMNIST", ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")),
    "emnist-digits": Family("EMNIST Digits", _DIGITS, digits=10, transposed=True),
    "emnist-mnist": Family("EMNIST MNIST", _DIGITS, digits=10, transposed=True),
    "emnist-letters": Family("EMNIST Letters", ("–", *string.ascii_lowercase), transposed=True),
    "emnist-balanced": Family("EMNIST Balanced", _MERGED, digits=10, transposed=True),
    "emnist-bymerge": Family("EMNIST ByMerge", _MERGED, digits=10, transposed=True),
    "emnist-byclass": Family(
        "EMNIST ByClass",
        (*_DIGITS, *string.ascii_uppercase, *string.ascii_lowercase),
        digits=10,
        transposed=True,
    ),
}

MD5: Mapping[str, str] = {
    "f68b3c2dcbeaaa9fbdd348bbdeb94873": "mnist",
    "d53e105ee54ea40749a09fcbcd1e9432": "mnist",
    "9fb629c4189551a2d022fa330f9573f3": "mnist",
    "ec29112dd5afa0611ce80d1b7f02629c": "mnist",
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d": "fashion",
    "25c81989df183df01b3e8a0aad5dffbe": "fashion",
    "bef4ecab320f06d8554ea6380940ec79": "fashion",
    "bb300cfdad3c16e7a12a480ee83cd310": "fashion",
    "bdb82020997e1d708af4cf47b453dcf7": "kmnist",
    "e144d726b3acfaa3e44228e80efcd344": "kmnist",
    "5c965bf0a639b31b8f53240b1b52f4d7": "kmnist",
    "7320c461ea6c1c855c0b718fb2a4b134": "kmnist",
}

# Of files that were unpacked, or packed again in another way.
UNPACKED_MD5: Mapping[str, str] = {
    "6bbc9ace898e44ae57da46a324031adb": "mnist",
    "a25bea736e30d166cdddb491f175f624": "mnist",
    "2646ac647ad5339dbf082846283269ea": "mnist",
    "27ae3e4e09519cfbb04c329615203637": "mnist",
}

# Of EMNIST: part -> images to learn from, images to ask.
SIZES: Mapping[str, tuple[int, int]] = {
    "emnist-balanced": (112_800, 18_800),
    "emnist-byclass": (697_932, 116_323),
    "emnist-bymerge": (697_932, 116_323),
    "emnist-digits": (240_000, 40_000),
    "emnist-letters": (124_800, 20_800),
    "emnist-mnist": (60_000, 10_000),
}


def family_of(names: tuple[str, ...], digests: tuple[str, ...], count: int | None, classes: int) -> Family:
    """Whose files these are: by their digests, else by their names, else by numbers that only one has.

    `digests` are MD5s of the files as they were given and of what is in them. `count` images with labels
    below `classes`; None where their number says nothing. Files that nobody
    knows have their labels for names.
    """
    all_known = {**MD5, **UNPACKED_MD5}
    known = {all_known[digest] for digest in digests if digest in all_known}
    if len(known) == 1:
        return FAMILIES[known.pop()]
    named = [part for part in SIZES if any(part in name.lower() for name in names)]
    sized = [part for part, sizes in SIZES.items() if count in sizes and part != "emnist-mnist"]
    for part in (*named, *(sized if len(sized) == 1 else ())):
        if classes <= len(FAMILIES[part].classes):
            return FAMILIES[part]
    labels = tuple(map(str, range(max(10, classes))))
    return Family("Unknown images", labels, digits=10 if classes <= 10 else 0)
