"""The steps of a forward pass: modules and functions in their order, whatever happens on the way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlcore.inspection.steps import around_steps

IMAGE = torch.zeros(2, 3)


class Net(nn.Module):
    """A net that uses a module twice, a function twice, one within a module, and one without a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 3), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        assert x.size(1) == 3
        x = F.relu(self.inner(x))
        return F.relu(self.inner(x))


class Broken(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x) @ torch.zeros(7, 7)


def hooks(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def test_steps_come_in_order_and_by_unique_names() -> None:
    log: list[str] = []
    seen: list[tuple[str, tuple[int, ...]]] = []

    @contextmanager
    def around(name: str) -> Any:
        log.append(f"+{name}")
        yield
        log.append(f"-{name}")

    model = Net()
    with around_steps(model, around, lambda name, operation, given, got: seen.append((name, got.shape))):
        model(IMAGE)
        model(IMAGE)
    once = ["inner.0", "inner.1", "relu1", "inner.0 2", "inner.1 2", "relu2"]
    assert [name for name, _ in seen] == 2 * once
    assert {shape for _, shape in seen} == {(2, 3)}
    assert [entry for entry in log if "size" not in entry] == 2 * [f"{s}{n}" for n in once for s in "+-"]
    assert hooks(model) == 0


def test_what_runs_outside_of_the_network_is_no_step() -> None:
    names: list[str] = []
    model = Net()
    with around_steps(
        model, lambda name: contextmanager(lambda: iter([None]))(), lambda n, *_: names.append(n)
    ):
        F.relu(IMAGE)
        assert names == []
        model(IMAGE)
        F.relu(IMAGE)
    assert names[-1] == "relu2"


def test_a_network_that_breaks_closes_its_steps_and_leaves_no_hook() -> None:
    open_steps: list[str] = []

    @contextmanager
    def around(name: str) -> Any:
        open_steps.append(name)
        try:
            yield
        finally:
            open_steps.remove(name)

    model = Broken()
    with pytest.raises(RuntimeError, match="mat1 and mat2"), around_steps(model, around):
        model(IMAGE)
    assert open_steps == []
    assert hooks(model) == 0
    F.relu(IMAGE)  # nothing listens any more
    assert open_steps == []
