"""What happens inside a network in one training step, layer by layer. Looking changes nothing.

Of each layer with weights: how long its gradient is, how far the step moves its weights in relation to their
length, and, where a ReLU reads it, which share of its units gave 0 for every image of the batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

MOST_POINTS = 200  # of each curve: a long run looks less often
FEWEST_POINTS = 8  # of each curve, if there are so many steps
APART = 10  # steps between two looks: one costs up to two thirds of a step of a small dense network
GRADIENT, UPDATE, DEAD = "gradient of ", "update of ", "dead in "  # begin the names of the curves
READERS = (F.conv2d, F.linear)  # of a layer's weights, their second argument
RELUS = (F.relu, torch.relu, torch.relu_)


def layers_of(model: nn.Module) -> dict[str, nn.Module]:
    """By its name, each module with weights of its own; those of a norm are none."""
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(getattr(module, "weight", None), Tensor) and module.weight.dim() > 1
    }


def looks_every(report_every: int, total_steps: int) -> int:
    """Steps between two looks: a multiple of those between two reports."""
    apart = max(min(APART, total_steps // FEWEST_POINTS), total_steps / MOST_POINTS)
    return report_every * math.ceil(max(1, apart) / report_every)


class Look(TorchFunctionMode):
    """One step, looked at: `during` every forward pass of it, and around its `update`."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._layers = layers_of(model)
        self._names = {id(module.weight): name for name, module in self._layers.items()}
        self._read = ""  # the layer whose weights were read last
        self._alive: dict[str, Tensor] = {}  # (units,), whether one was above 0 for any image yet
        self._gradients: list[Tensor] = []
        self._updates: list[Tensor] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in READERS:
            self._read = self._names.get(id(args[1]), "")
        elif func in RELUS and self._read:
            self._see(self._read, result.detach())
            self._read = ""
        return result

    @torch.no_grad()
    def _see(self, name: str, out: Tensor) -> None:
        """(B, units) or (B, units, H, W), after a ReLU."""
        alive = out.amax(dim=(0, *range(2, out.dim()))) > 0
        self._alive[name] = self._alive[name] | alive if name in self._alive else alive

    @contextmanager
    def during(self, other: AbstractContextManager[None]) -> Iterator[None]:
        """A forward pass, in which something `other` holds too."""
        with other, self:
            yield

    @contextmanager
    def update(self) -> Iterator[None]:
        """Around the update: the gradients of the whole batch are there, the weights still as they were."""
        with torch.no_grad():
            for module in self._layers.values():
                found = [parameter.grad for parameter in module.parameters(False)]
                norms = [gradient.norm() for gradient in found if gradient is not None]
                self._gradients.append(torch.linalg.vector_norm(torch.stack(norms)))
            before = [_weight(module).clone() for module in self._layers.values()]
        yield
        with torch.no_grad():
            for module, was in zip(self._layers.values(), before, strict=True):
                length = was.norm().clamp_min(1e-12)
                self._updates.append(was.sub_(_weight(module)).norm() / length)

    def found(self) -> Iterator[tuple[str, float]]:
        """(curve, value): read from the device all at once."""
        names = [GRADIENT + name for name in self._layers] + [UPDATE + name for name in self._layers]
        names += [DEAD + name for name in self._alive]
        shares = [1 - alive.float().mean() for alive in self._alive.values()]
        yield from zip(names, torch.stack([*self._gradients, *self._updates, *shares]).tolist(), strict=True)


def _weight(module: nn.Module) -> Tensor:
    weight = module.weight
    assert isinstance(weight, Tensor)
    return weight.detach()
