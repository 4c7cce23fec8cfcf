"""Somebody's images in MNIST's format, packed or not: read, recognised, turned upright."""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dlcore.data import Samples
from dlcore.errors import DataError
from dlcore.mnist.families import Family, family_of

MAX_BYTES = 560_000_000  # of one file, unpacked: EMNIST ByClass to learn from takes 547 million
TEST_WORDS = ("t10k", "test")
NEEDED = "images (…-images-idx3-ubyte, packed or not) and their labels (…-labels-idx1-ubyte)"


@dataclass(frozen=True)
class ImageSet:
    """Upright images (N, 1, 28, 28) uint8 and their labels; `turned` if the files hold them transposed."""

    family: Family
    samples: Samples
    turned: bool

    def about(self) -> str:
        """What it is, in a sentence or two."""
        names = ", ".join(self.family.classes)
        turned = " Its files hold them transposed; here they stand upright." if self.turned else ""
        return f"{self.family.name}: {len(self.samples):,} images of {names}.{turned}"


def read_folder(folder: Path) -> ImageSet:
    """The set in a folder; of several pairs of files the one to test with. Raises DataError."""
    paths = _paths(folder)
    return _read([path for path in paths if is_test(path.name)] or paths, folder)


def read_train_folder(folder: Path) -> ImageSet:
    """The set in a folder that is there to learn from. Raises DataError."""
    paths = _paths(folder)
    train = [path for path in paths if not is_test(path.name)]
    if paths and not train:
        raise DataError(f"{folder} holds only files to test with: put those to learn from beside them.")
    return _read(train, folder)


def holds_test(folder: Path) -> bool:
    """Is there a set to test with? Raises DataError if nobody can look."""
    return any(is_test(path.name) for path in _paths(folder))


def _paths(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if "-ubyte" in path.name and path.is_file())
    except OSError as error:
        raise DataError(
            f"{folder} cannot be read ({error.strerror}): name the folder of the files."
        ) from error


def _read(paths: Sequence[Path], folder: Path) -> ImageSet:
    packed, names = dict[str, bytes](), one_of_each(path.name for path in paths)
    for path in (path for path in paths if path.name in names):
        try:
            packed[path.name] = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}): allow it or name others.") from error
    if not packed:
        raise DataError(f"{folder} holds no files in MNIST's format: put there {NEEDED}.")
    return read_set(packed)


def read_set(files: Mapping[str, bytes], max_bytes: int = MAX_BYTES, *, by_count: bool = True) -> ImageSet:
    """The set that these files, by name, are: one of images, one of labels. `by_count`: whose they are may
    be told by how many they hold, where nothing else tells. Raises DataError.
    """
    wrong = DataError(f"A set is one file of {NEEDED}. Got {', '.join(files) or 'nothing'} instead.")
    if len(files) != 2:
        raise wrong
    raws = {name: _unpacked(name, content, max_bytes) for name, content in files.items()}
    arrays = {name: _array(name, raw) for name, raw in raws.items()}
    images = [name for name, array in arrays.items() if array.ndim == 3]
    labels = [name for name, array in arrays.items() if array.ndim == 1]
    if len(images) != 1 or len(labels) != 1:
        raise wrong
    pixels, classes = arrays[images[0]], arrays[labels[0]]
    if pixels.shape[1:] != (28, 28) or not len(pixels):
        shape = " × ".join(map(str, pixels.shape))
        raise DataError(f"{images[0]} must hold images of 28 × 28 pixels. Got {shape} instead.")
    if len(pixels) != len(classes):
        raise DataError(
            f"{images[0]} has {len(pixels):,} images and {labels[0]} {len(classes):,} labels: "
            "give two files that belong together."
        )
    digests = tuple(map(_md5, (*files.values(), *raws.values())))
    family = family_of(tuple(files), digests, len(pixels) if by_count else None, int(classes.max()) + 1)
    upright = pixels.transpose(0, 2, 1) if family.transposed else pixels
    samples = Samples(
        torch.from_numpy(upright.copy(order="C")).unsqueeze(1),
        torch.from_numpy(classes.astype(np.int64)),
    )
    return ImageSet(family, samples, family.transposed)


def one_of_each(names: Iterable[str]) -> list[str]:
    """Files by name; of one that is there unpacked too, not the packed one: torchvision leaves both."""
    found = set(names)
    return sorted(name for name in found if name.removesuffix(".gz") == name or name[:-3] not in found)


def is_test(name: str) -> bool:
    """Does a file hold what is to be tested with?"""
    return any(word in name.lower() for word in TEST_WORDS)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _array(name: str, raw: bytes) -> NDArray[np.uint8]:
    """The idx file's values in its shape; nothing is taken from its header that its bytes do not hold."""
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08" or raw[3] not in (1, 3) or len(raw) < 4 + 4 * raw[3]:
        raise DataError(f"{name} is not in MNIST's format: give {NEEDED}.")
    shape = struct.unpack_from(f">{raw[3]}I", raw, 4)
    begin = 4 + 4 * raw[3]
    wanted, got = math.prod(shape), len(raw) - begin
    if wanted != got:
        raise DataError(
            f"{name} must hold {wanted:,} values, as it says. Got {got:,} instead: fetch it again."
        )
    return np.frombuffer(raw, np.uint8, offset=begin).reshape(shape)


def _unpacked(name: str, content: bytes, max_bytes: int) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    unpacker = zlib.decompressobj(wbits=31)  # of gzip
    try:
        raw = unpacker.decompress(content, max_bytes + 1)
    except zlib.error as error:
        raise DataError(f"{name} is damaged ({error}): fetch it again.") from error
    if len(raw) > max_bytes:
        raise DataError(f"{name} is too large: unpacked it may take {max_bytes / 1e6:,.0f} MB.")
    if not unpacker.eof:
        raise DataError(f"{name} is cut off: fetch it again.")
    return raw
