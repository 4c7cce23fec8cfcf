"""The four MNIST files as published by LeCun, Cortes and Burges: checked, then parsed to tensors.

A digit is an image (1, 28, 28) uint8, 0 = paper and 255 = ink, and a label 0 to 9.

The idx format: two zero bytes, a type code (8 = unsigned byte), the number of dimensions, each dimension
as a big-endian uint32, then the values in row-major order.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
import tempfile
import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dlcore.data import Samples
from dlcore.errors import DataError

ASSETS = Path(__file__).parent / "assets"
SHA256 = {
    "train-images-idx3-ubyte.gz": "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    "train-labels-idx1-ubyte.gz": "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    "t10k-images-idx3-ubyte.gz": "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    "t10k-labels-idx1-ubyte.gz": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
}


@lru_cache(maxsize=4)
def load_train(folder: Path = ASSETS) -> Samples:
    """The 60,000 training digits, read once per process. Do not write into them.

    Raises DataError if a file is missing or is not the published one.
    """
    return _load("train", folder)


@lru_cache(maxsize=4)
def load_test(folder: Path = ASSETS) -> Samples:
    """The 10,000 test digits, read once per process. Do not write into them.

    Raises DataError if a file is missing or is not the published one.
    """
    return _load("t10k", folder)


def _load(prefix: str, folder: Path) -> Samples:
    images = _read_idx(folder, f"{prefix}-images-idx3-ubyte.gz").reshape(-1, 1, 28, 28)
    labels = _read_idx(folder, f"{prefix}-labels-idx1-ubyte.gz").long()
    return Samples(images, labels)


def _read_idx(folder: Path, name: str) -> Tensor:
    raw = gzip.decompress(_checked(folder, name))
    dimensions = raw[3]
    shape = struct.unpack_from(f">{dimensions}I", raw, 4)
    values = np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions)
    return torch.from_numpy(values.copy()).reshape(shape)


def _checked(folder: Path, name: str) -> bytes:
    """The bytes of one published file, or a DataError that names it and the cure."""
    path = folder / name
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"The digits' file {name} cannot be read ({error.strerror}): "
            f"put back dlcore/mnist/assets/ from the project's repository."
        ) from error
    if hashlib.sha256(packed).hexdigest() != SHA256[name]:
        raise DataError(
            f"The digits' file {name} is damaged or was altered: "
            f"put back dlcore/mnist/assets/ from the project's repository."
        )
    return packed


def torchvision_root(data_folder: Path) -> Path:
    """Unpack the files for `torchvision.datasets.MNIST(root, download=False)` and return its root.

    Each file appears whole or not at all, also when two processes unpack at once.
    Raises DataError if a file is missing, damaged, or the folder cannot be written.
    """
    raw = data_folder / "torchvision" / "MNIST" / "raw"
    try:
        raw.mkdir(parents=True, exist_ok=True)
        for name in SHA256:
            target = raw / name.removesuffix(".gz")
            if not target.exists():
                _unpack(gzip.decompress(_checked(ASSETS, name)), target)
    except (OSError, zlib.error) as error:
        raise DataError(
            f"The digits cannot be unpacked into {raw} ({error}): free some room or "
            f"choose another folder with DLLAB_DATA_DIR."
        ) from error
    return raw.parent.parent


def _unpack(content: bytes, target: Path) -> None:
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(part, target)
    except OSError:
        os.unlink(part)
        raise
