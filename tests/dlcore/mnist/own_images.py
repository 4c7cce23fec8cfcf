"""Files in MNIST's format that somebody has, made of test digits."""

from __future__ import annotations

import struct
from pathlib import Path

import torch

from dlcore.mnist.files import load_test


def write(
    folder: Path, prefix: str, first: int, last: int, *, transposed: bool = False, more: int = 0
) -> Path:
    """Test digits from `first` to `last` as a pair of files; their labels with `more` added."""
    folder.mkdir(exist_ok=True)
    images, labels = load_test().images[first:last, 0], load_test().labels[first:last] + more
    images = images.transpose(1, 2).contiguous() if transposed else images
    head = struct.pack(">4B3I", 0, 0, 8, 3, *images.shape)
    (folder / f"{prefix}-images-idx3-ubyte").write_bytes(head + images.numpy().tobytes())
    head = struct.pack(">4BI", 0, 0, 8, 1, len(labels))
    (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(head + labels.to(torch.uint8).numpy().tobytes())
    return folder
