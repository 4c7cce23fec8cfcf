"""What the tests of looking inside share: the shipped network, an untrained SimpleCNN, some test digits."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import nn

from dlcore.data import Samples
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE, Normalize
from dlcore.nets.registry import build_model
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model

NETS = ("FastCNN", "SimpleCNN")


@lru_cache(maxsize=2)
def network(name: str) -> tuple[nn.Module, Normalize]:
    """The shipped FastCNN, and a SimpleCNN that has learned nothing. Read-only, as on the pages."""
    if name == "FastCNN":
        model, config = load_model(shipped_run("mnist").checkpoints[-1])
        assert config.net == name
        return model, NORMALIZE[config.normalize]
    return build_model("SimpleCNN", seed=1).eval().requires_grad_(False), NORMALIZE["half"]


def digit(index: int) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = load_test().images[index, 0].numpy()
    return pixels


def few(count: int) -> Samples:
    return load_test()[:count]
