"""A trained net and what belongs to it when it leaves the lab."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass
from typing import Any

from torch import nn

from dlcore.datasets.catalogue import class_names
from dlcore.mnist.normalize import NORMALIZE, Normalize
from dlcore.nets.registry import count_parameters, private_copy
from dlcore.training.config import TrainConfig


@dataclass(frozen=True)
class Trained:
    """`model` with the config it was trained with, after which epoch, and what a hand `moved` on the way.

    Read-only: it may be shared.
    """

    model: nn.Module
    config: TrainConfig
    epoch: int
    moved: str = ""  # in words

    @property
    def normalize(self) -> Normalize:
        return NORMALIZE[self.config.normalize]

    @property
    def stem(self) -> str:
        """How its files are called, without their ending."""
        return f"{type(self.model).__name__.lower()}-epoch-{self.epoch}"

    @property
    def num_params(self) -> int:
        return count_parameters(self.model)

    @property
    def weight_bytes(self) -> int:
        """What the weights themselves take: four bytes each."""
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def in_eval(self) -> nn.Module:
        """A copy to compute with or to take apart: the model itself stays as it is, whatever happens."""
        return private_copy(self.model)

    def about(self) -> dict[str, Any]:
        """What a file says of its weights, in plain numbers and words."""
        return {
            "net": type(self.model).__name__,
            "epoch": self.epoch,
            "seed": self.config.seed,
            "normalize": self.normalize._asdict(),
            "input": "(B, 1, 28, 28) float32: (grey / 255 - mean) / std, 0 = paper and 255 = ink",
            "classes": list(class_names(self.config.dataset)),
            "config": self.config.model_dump(),
        }


def source_file(model: nn.Module) -> str:
    """The file that holds the architecture: torch and nothing of ours."""
    return inspect.getsource(sys.modules[type(model).__module__])


def source_class(kind: type) -> str:
    """An architecture, or another class, alone: its code without docstring and remarks of their own line."""
    source = re.sub(r'\n    """.*?"""\n\n', "\n", inspect.getsource(kind), count=1, flags=re.DOTALL)
    source = re.sub(r"\n +#[^\n]*(?=\n)", "", source)
    return re.sub(r"(\w+): Tensor = ([^\n]+)\n +return \1\n", r"return \2\n", source)
