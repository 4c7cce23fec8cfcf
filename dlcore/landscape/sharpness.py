"""How sharply the loss bends at a network: the largest eigenvalue of its Hessian, by power iteration."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlcore.events import Tick
from dlcore.nets.registry import private_copy

CHUNK = 32  # samples between two Ticks
TOLERANCE = 0.02  # of the eigenvalue: an error that small is small enough


@dataclass(frozen=True)
class Sharpness:
    """The eigenvalue of largest size. The Hessian has one within `error` of it."""

    eigenvalue: float
    error: float  # the length of H·v - eigenvalue·v
    iterations: int
    samples: int


def iter_sharpness(
    model: nn.Module, images: Tensor, labels: Tensor, *, seed: int, iterations: int = 30
) -> Iterator[Tick | Sharpness]:
    """One Sharpness per iteration, until its error is below TOLERANCE of it or `iterations` are done.

    `images`: (N, 1, 28, 28) float32, normalised; `labels`: (N,). The model is copied, not touched.
    """
    model = private_copy(model).cpu().requires_grad_(True)
    parameters = list(model.parameters())
    generator = torch.Generator().manual_seed(seed)
    v = torch.cat([torch.randn(p.numel(), generator=generator) for p in parameters])
    v /= v.norm()
    for iteration in range(1, iterations + 1):
        product = yield from _hessian_times(model, parameters, v, images, labels)
        eigenvalue = float(v @ product)
        error = float((product - eigenvalue * v).norm())
        yield Sharpness(eigenvalue, error, iteration, len(labels))
        if error <= TOLERANCE * abs(eigenvalue):
            return
        v = product / product.norm()


def _hessian_times(
    model: nn.Module, parameters: list[nn.Parameter], v: Tensor, images: Tensor, labels: Tensor
) -> Generator[Tick, None, Tensor]:
    """H·v of the mean loss (P,): the gradient of gradient·v (Pearlmutter, 1994)."""
    product = torch.zeros_like(v)
    for x, y in zip(images.split(CHUNK), labels.split(CHUNK), strict=True):
        loss = F.cross_entropy(model(x), y, reduction="sum") / len(labels)
        gradient = torch.autograd.grad(loss, parameters, create_graph=True, materialize_grads=True)
        along = torch.cat([g.flatten() for g in gradient]) @ v
        bent = torch.autograd.grad(along, parameters, materialize_grads=True)
        product += torch.cat([g.flatten() for g in bent])
        yield Tick()
    return product
