"""What these tests share: losses that are known in closed form, few real digits, networks of other kinds."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from dlcore.events import Tick
from dlcore.landscape.directions import Weights, flat
from dlcore.landscape.engines import Engine
from dlcore.landscape.judged import Judged
from dlcore.landscape.planes import Plane
from dlcore.landscape.samples import pick_samples
from dlcore.landscape.surfaces import Row, Surface, assemble, iter_level, strides
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import NetName, build_model

CHAINED: tuple[NetName, ...] = ("FastCNN", "SimpleCNN", "LeNet5")  # the row engine knows these

HALF = NORMALIZE["half"]


class Toy:
    """An engine whose loss is a function of the vector, in float64. It counts how often it is asked."""

    def __init__(self, loss: Callable[[Tensor], float]) -> None:
        self._loss = loss
        self.asked = 0

    def vector(self, weights: Weights) -> Tensor:
        return flat(weights)

    def judge(
        self, start: Tensor, along: Tensor, steps: Sequence[float]
    ) -> Generator[Tick, None, list[Judged]]:
        self.asked += len(steps)
        yield Tick()
        return [Judged(self._loss(start + step * along), 0.5) for step in steps]


@cache
def network(net: NetName, seed: int = 1) -> nn.Module:
    """Built once, for all who only read it."""
    return build_model(net, seed=seed).eval()


def digits(count: int) -> tuple[Tensor, Tensor]:
    return pick_samples("train", count, HALF, seed=0)


def naive(model: nn.Module, weights: Weights, images: Tensor, labels: Tensor) -> float:
    """The loss as one would write it at first."""
    with torch.no_grad():
        return F.cross_entropy(functional_call(model, dict(weights), (images,)), labels).item()


def state_of(model: nn.Module) -> dict[str, Any]:
    """Everything of a model that a borrower could have changed."""
    return {
        "values": {name: value.clone() for name, value in model.state_dict().items()},
        "pointers": [value.data_ptr() for value in model.parameters()],
        "wanting": [value.requires_grad for value in model.parameters()],
        "gradients": [value.grad for value in model.parameters()],
        "modes": [module.training for module in model.modules()],
        "hooks": [(list(m._forward_hooks), list(m._forward_pre_hooks)) for m in model.modules()],
        "random": torch.get_rng_state(),
        "grad": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
    }


def same(before: dict[str, Any], after: dict[str, Any]) -> bool:
    values = [before.pop("values"), after.pop("values")]
    random = [before.pop("random"), after.pop("random")]
    equal = all(torch.equal(values[0][name], values[1][name]) for name in values[0])
    return equal and torch.equal(*random) and before == after


class Net(nn.Module):
    """A small network of any forward pass, over layers that most of them share."""

    def __init__(self, forward: Callable[[Any, Tensor], Any], **layers: nn.Module) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(1, 4, 3)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(4 * 13 * 13, 10)
        self.fc2 = nn.Linear(10, 10)
        for name, layer in layers.items():
            setattr(self, name, layer)
        self._call = forward

    def forward(self, x: Tensor) -> Any:
        return self._call(self, x)


def iter_rows(
    engine: Engine, plane: Plane, resolution: int, *, part: int = 0, parts: int = 1
) -> Iterator[Tick | Row]:
    """All levels of a grid, coarse points first."""
    for level in range(len(strides(resolution))):
        yield from iter_level(engine, plane, resolution, level, part=part, parts=parts)


def iter_surface(engine: Engine, plane: Plane, resolution: int) -> Iterator[Tick | Surface]:
    """One Surface per level, coarse to fine, with Ticks in between."""
    rows: list[Row] = []
    seen = 0
    for event in iter_rows(engine, plane, resolution):
        if isinstance(event, Tick):
            yield event
            continue
        rows.append(event)
        surface = assemble(rows, plane.window, resolution)
        if surface is not None and surface.resolution > seen:
            seen = surface.resolution
            yield surface
