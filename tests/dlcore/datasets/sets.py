"""Sets of images as somebody may put them into DLLAB_DATASETS."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlcore.datasets import catalogue as catalogues


def images(count: int, classes: int = 3, seed: int = 0, first: int = 0) -> tuple[NDArray[np.uint8], ...]:
    """(count, 28, 28) and labels from `first` on: each class a bright square of its own place."""
    draw = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    pixels = draw.integers(0, 60, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(pixels, labels, strict=True):
        image[4 + 2 * label : 10 + 2 * label, 4 + 2 * label : 10 + 2 * label] = 255
    return pixels, (labels + first).astype(np.uint8)


def idx(array: NDArray[np.uint8], code: int = 8) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


def write_pair(folder: Path, part: str, pixels: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(pixels))
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    return folder


def write_pictures(
    folder: Path, classes: tuple[str, ...], count: int, mode: str = "RGB", paper: int = 255
) -> Path:
    """`count` of each class: pictures wider than high, the class' ink on paper."""
    for number, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for index in range(count):
            picture = Image.new("L", (40, 30), paper)
            picture.paste(255 - paper, (5 + 8 * number, 8, 11 + 8 * number, 20 + index % 5))
            picture.convert(mode).save(folder / name / f"{index:03}.png")
    return folder


def zipped(folder: Path) -> Path:
    """A zip of the folder, which stays, with the folder's own name in every path."""
    place = folder.with_name(f"{folder.name}-zipped.zip")
    with zipfile.ZipFile(place, "w") as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(folder.parent))
    return place


def forget() -> None:
    """DLLAB_DATASETS is read anew."""
    for cached in (catalogues._catalogue, catalogues._places, catalogues._entry):
        cached.cache_clear()
    catalogues._kept.clear()
