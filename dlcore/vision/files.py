"""Where the weights of a network lie on this machine: looked for before anything is asked of the net."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from dlcore.errors import VisionError
from dlcore.vision.networks import FIRST, Network
from dlcore.words import size

VARIABLE = "DLLAB_WEIGHTS"  # names a folder of files as torchvision publishes them
FETCHED = "weights"  # the folder of fetched files, within the data folder
PIECE = 1 << 20  # bytes that are read at a time
SLACK = 1_000_000  # bytes: a file may be so much, and half as much again, larger than published


def own_folder() -> Path | None:
    """What DLLAB_WEIGHTS names, if it names anything."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else None


def find(network: Network, data: Path) -> Path | None:
    """The file of a network's weights: in DLLAB_WEIGHTS, else among those fetched into the folder `data`.

    None if there is none. A folder of that name, a pipe or a link to nowhere is none.
    """
    for folder in (own_folder(), data / FETCHED):
        if folder is not None and _is_file(path := folder / network.file):
            return path
    return None


def here(network: Network, data: Path) -> bool:
    """Can it be loaded without the net?"""
    return network.name == FIRST or find(network, data) is not None


def missing(network: Network) -> VisionError:
    return VisionError(f"{network.title} is not here: fetch it, or {by_hand(network)}.")


def by_hand(network: Network) -> str:
    """What to do where there is no internet. Where folders lie is the business of the machine's owner."""
    where = f"the folder that {VARIABLE} names" if own_folder() else f"a folder and name that with {VARIABLE}"
    return f"put {network.file} into {where}"


def told(path: Path) -> str:
    """A file as a sentence names it: with the last of its folders."""
    return f"{path.parent.name}/{path.name}"


def most_bytes(network: Network) -> int:
    """No file of its weights is larger."""
    return network.bytes + network.bytes // 2 + SLACK


def check_size(network: Network, length: int) -> None:
    """Raises VisionError if a file of so many bytes cannot be its weights."""
    if not 0 < length <= most_bytes(network):
        told = "empty" if length == 0 else f"{size(length)} long, not {size(network.bytes)}"
        raise VisionError(f"The file {network.file} is {told}: it is not the one that was published.")


def sha256(file: BinaryIO) -> str:
    """Of all that is left to read."""
    found = hashlib.sha256()
    while piece := file.read(PIECE):
        found.update(piece)
    return found.hexdigest()


def is_published(network: Network, digest: str) -> bool:
    """Does the file of this SHA-256 bear its right name?"""
    return len(network.digest) >= 8 and digest.startswith(network.digest)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # nobody may look there
        return False
