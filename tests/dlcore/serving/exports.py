"""What the tests of export share: the shipped network and its files, and a net TorchScript refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import Tensor, nn

from dlcore.runs.jobs.export import load_trained
from dlcore.runs.shipped import shipped_run
from dlcore.serving.export import Written, write
from dlcore.serving.formats import FORMATS, FormatName
from dlcore.serving.trained import Trained
from dlcore.training.config import TrainConfig


def shipped(epoch: int = 5) -> Trained:
    return load_trained(next(c for c in shipped_run("mnist").checkpoints if c.epoch == epoch))


@cache
def written() -> dict[FormatName, tuple[Written, list[str]]]:
    """Every format after epoch 20, where logits pass 32, and what its making changed of the model."""
    files = {}
    for name in FORMATS:
        trained = shipped(20)
        with changes(trained.model) as changed:
            files[name] = write(trained, name), changed
    return files


@contextmanager
def changes(model: nn.Module) -> Iterator[list[str]]:
    """What is not as it was. Modes and requires_grad are mixed before, so that one value for all shows."""
    model.train().requires_grad_(True)
    next(model.children()).eval()
    next(model.parameters()).requires_grad_(False)
    before = [parameter.clone() for parameter in model.parameters()]
    modes = [module.training for module in model.modules()]
    asks = [parameter.requires_grad for parameter in model.parameters()]
    found: list[str] = []
    try:
        yield found
    finally:
        if not all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)):
            found.append("weights")
        if [module.training for module in model.modules()] != modes:
            found.append("modes")
        if [parameter.requires_grad for parameter in model.parameters()] != asks:
            found.append("requires_grad")
        if any(module._forward_hooks or module._forward_pre_hooks for module in model.modules()):
            found.append("hooks")


class Unscriptable(nn.Module):
    """Runs, can be traced and exported, but TorchScript has no set comprehensions."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x: Tensor) -> Tensor:
        times = len({size + 1 for size in (1, 2)})
        logits: Tensor = self.fc(x.flatten(1)) * times
        return logits


def unscriptable() -> Trained:
    return Trained(Unscriptable(), TrainConfig(), 0)
