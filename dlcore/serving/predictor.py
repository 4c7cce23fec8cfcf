"""One digit in, ten probabilities out: the network as it is served."""

from __future__ import annotations

import io
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.datasets.catalogue import DIGITS, class_names
from dlcore.mnist.normalize import NORMALIZE, Normalize
from dlcore.nets.my_network import NAME as MY_NETWORK
from dlcore.nets.registry import private_copy
from dlcore.training.config import TrainConfig

Engine = Literal["TorchScript", "eager"]


@dataclass(frozen=True)
class Prediction:
    """What the network makes of one 28x28 image."""

    digit: int
    probabilities: tuple[float, ...]  # ten shares that add up to 1
    milliseconds: float  # from grey levels to probabilities


class Predictor:
    """A frozen network behind one lock-free call. Read-only: any number of sessions may share it."""

    def __init__(
        self,
        forward: nn.Module,
        normalize: Normalize,
        engine: Engine,
        names: tuple[str, ...] = DIGITS,
    ) -> None:
        self._forward = forward
        self._normalize = normalize
        self.engine = engine
        self.names = names  # of the ten classes

    def predict(self, digit: NDArray[np.uint8]) -> Prediction:
        """`digit`: (28, 28) uint8, 0 = paper, 255 = ink."""
        began = time.perf_counter()
        probabilities = self.logits(torch.from_numpy(digit.copy())[None, None]).softmax(1)[0].tolist()
        milliseconds = 1000 * (time.perf_counter() - began)
        best = max(range(10), key=probabilities.__getitem__)
        return Prediction(best, tuple(probabilities), milliseconds)

    @torch.inference_mode()
    def logits(self, digits: Tensor) -> Tensor:
        """(B, 1, 28, 28) uint8 -> (B, 10)."""
        result: Tensor = self._forward(self._normalize(digits))
        return result


def torchscript_supported() -> bool:
    """TorchScript is deprecated in torch 2.14 and unsupported from Python 3.14 on."""
    return sys.version_info < (3, 14)


_scripting = threading.Lock()  # torch.jit.script keeps process-wide state


@contextmanager
def compiling() -> Iterator[None]:
    """Around every call of TorchScript: one at a time, and its deprecation stands in the docs."""
    with _scripting, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def compiled(model: nn.Module) -> nn.Module:
    """`model`, in eval mode, scripted and frozen where TorchScript is supported; else as it is."""
    if not torchscript_supported():
        return model
    with compiling():
        return frozen(torch.jit.script(model))


def frozen(module: torch.jit.ScriptModule) -> torch.jit.ScriptModule:
    """Its weights as constants. Read anew before, as from a file: then all that is compiled goes with it.

    Whatever Python has compiled is kept by torch for ever, and so would be the weights that are frozen there.
    """
    alone = torch.jit.load(io.BytesIO(module.save_to_buffer()))
    result: torch.jit.ScriptModule = torch.jit.freeze(alone)
    return result


def make_predictor(model: nn.Module, config: TrainConfig) -> Predictor:
    """Serve a copy of `model` with its run's normalisation, scripted where TorchScript is supported.

    TorchScript keeps every class that it has compiled, for ever. Those of blocks are made anew for each line
    that somebody writes: they are served as they are.
    """
    alone = private_copy(model)
    for part in alone.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0  # each share would be a class of its own
    scripted = torchscript_supported() and config.net != MY_NETWORK
    engine: Engine = "TorchScript" if scripted else "eager"
    predictor = Predictor(
        compiled(alone) if scripted else alone,
        NORMALIZE[config.normalize],
        engine,
        class_names(config.dataset),
    )
    for _ in range(3):  # the first calls of a scripted net compile it
        predictor.predict(np.zeros((28, 28), np.uint8))
    return predictor
