"""An inspection leaves the network as it found it, also one that fails: bits, modes, gradients, hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dlcore.inspection.structure.graphs import autograd_graph, module_graph
from dlcore.inspection.structure.structure import inspect_model
from dlcore.nets.registry import NETS, build_model

INSPECTIONS: dict[str, Callable[[nn.Module], Any]] = {
    "structure": inspect_model,
    "module graph": module_graph,
    "autograd graph": partial(autograd_graph, saved=False),
    "autograd graph with saved tensors": partial(autograd_graph, saved=True),
}


def breaks(*_: Any) -> None:
    raise ArithmeticError("broken on purpose")


def last(model: nn.Module) -> Any:
    """Its last layer, the one that gives the logits."""
    return [module for module in model.modules() if isinstance(module, nn.Linear)][-1]


@pytest.fixture(params=NETS)
def model(request: pytest.FixtureRequest) -> Iterator[nn.Module]:
    """A net in a state that nobody would set by accident."""
    net = build_model(request.param, dropout=0.4).train()
    net.fc1.eval()
    next(net.parameters()).requires_grad_(False)
    last(net).bias.grad = torch.ones_like(last(net).bias)
    yield net
    torch.set_grad_enabled(True)


def state(model: nn.Module) -> list[Any]:
    return [
        [(name, type(module), module.training) for name, module in model.named_modules()],
        [(name, p.requires_grad, p.is_contiguous(), p.grad is None) for name, p in model.named_parameters()],
        [
            [list(hooks) for hooks in (m._forward_hooks, m._forward_pre_hooks, m._backward_hooks)]
            for m in model.modules()
        ],
    ]


def values(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


@pytest.mark.parametrize("fails", [False, True], ids=["works", "fails"])
@pytest.mark.parametrize("name", INSPECTIONS)
def test_the_network_is_as_it_was(model: nn.Module, name: str, fails: bool) -> None:
    if fails:
        last(model).register_forward_pre_hook(breaks)
    looks, bits, random = state(model), values(model), torch.get_rng_state()
    if fails:
        with pytest.raises((ArithmeticError, RuntimeError)):
            INSPECTIONS[name](model)
    else:
        INSPECTIONS[name](model)
    assert state(model) == looks
    assert all(torch.equal(value, bits[key]) for key, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)
    assert torch.is_grad_enabled()
    assert torch.equal(last(model).bias.grad, torch.ones_like(last(model).bias))
