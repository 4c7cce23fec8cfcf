"""Images as the four files of MNIST, by name."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dlcore.datasets.dataset import Dataset

Part = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images (N, 28, 28), labels (N,)


def idx_files(train: Part, test: Part) -> Mapping[str, bytes]:
    """Packed, the same bytes for the same images."""
    files = {}
    for part, arrays in (("train", train), ("t10k", test)):
        for kind, array in zip(("images-idx3", "labels-idx1"), arrays, strict=True):
            head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            files[f"{part}-{kind}-ubyte.gz"] = gzip.compress(head + array.tobytes(), mtime=0)
    return files


def idx_zip(found: Dataset) -> bytes:
    """The four files of a set, and the names of its classes, as a set of DLLAB_DATASETS has them."""
    parts = [
        (samples.images[:, 0].numpy(), samples.labels.numpy().astype(np.uint8))
        for samples in (found.train, found.test)
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in idx_files(*parts).items():
            file.writestr(name, content)
        file.writestr("classes.txt", "\n".join(found.classes) + "\n")
    return out.getvalue()
