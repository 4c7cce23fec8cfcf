"""After each way of looking inside, also one that breaks: same weights, modes, hooks as before."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from dlcore.errors import ConfigError
from dlcore.inspection.activations.filters import find_filters
from dlcore.inspection.activations.flow import trace
from dlcore.inspection.activations.saliency import measure
from dlcore.inspection.activations.switching import iter_switching
from dlcore.inspection.embedding.digits import DigitConfig, embed_digits
from dlcore.mnist.normalize import Normalize
from dlcore.nets.registry import build_model
from tests.dlcore.inspection.nets import digit, few, network

Inspection = Callable[[nn.Module, Normalize], Any]


def broken(pixels: Any) -> Any:
    """A digit that fits no layer."""
    return pixels[:20]


def look_at_filters(model: nn.Module, normalize: Normalize, cut: Callable[[Any], Any] = lambda p: p) -> Any:
    whole, _ = network("FastCNN")
    operation = trace(whole, digit(0), normalize).named("conv2")
    return find_filters(model, cut(digit(0)), normalize, operation, 3, 7)


INSPECTIONS: dict[str, Inspection] = {
    "trace": lambda m, n: trace(m, digit(0), n, [("conv1", 2)]),
    "trace with a unit off that it does not have": lambda m, n: trace(m, digit(0), n, [("conv9", 0)]),
    "filters": look_at_filters,
    "gradient": lambda m, n: measure(m, digit(0), n, "gradient", 7),
    "integrated": lambda m, n: measure(m, digit(0), n, "integrated", 7, frozenset({("fc1", 2)})),
    "occlusion": lambda m, n: measure(m, digit(0), n, "occlusion", 7),
    "switching": lambda m, n: list(iter_switching(m, few(150), n, "conv1", (0, 1))),
    "a switching left early": lambda m, n: next(iter(iter_switching(m, few(150), n, "conv1", (0, 1)))),
    "embedding": lambda m, n: embed_digits(m, n, DigitConfig(layer="fc1")),
}
BREAKING: dict[str, Inspection] = {
    "trace": lambda m, n: trace(m, broken(digit(0)), n),
    "filters": lambda m, n: look_at_filters(m, n, broken),
    "gradient": lambda m, n: measure(m, broken(digit(0)), n, "gradient", 7),
    "integrated": lambda m, n: measure(m, digit(0), n, "integrated", 11),
    "occlusion": lambda m, n: measure(m, broken(digit(0)), n, "occlusion", 7),
    "switching": lambda m, n: list(iter_switching(m, few(1), n, "conv9", (0,))),
    "embedding": lambda m, n: embed_digits(m, n, DigitConfig(layer="conv9")),
}


@pytest.fixture
def model() -> nn.Module:
    """Modes and wishes for gradients that no careless call would bring back, and a hook of somebody's."""
    model = build_model("FastCNN", dropout=0.5, seed=3)
    model.train()
    model.conv2.eval()  # type: ignore[operator, union-attr]
    model.conv1.weight.requires_grad_(False)  # type: ignore[operator, union-attr]
    model.fc1.register_forward_hook(lambda *_: None)  # type: ignore[operator, union-attr]
    return model


def state_of(model: nn.Module) -> Any:
    return (
        {name: (value.clone(), value.requires_grad, value.grad) for name, value in model.named_parameters()},
        [(name, module.training) for name, module in model.named_modules()],
        [
            list(getattr(module, hooks))
            for module in model.modules()
            for hooks in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
        ],
    )


def same(before: Any, after: Any) -> bool:
    (weights, *rest), (weights_after, *rest_after) = before, after
    return rest == rest_after and all(
        torch.equal(value, weights_after[name][0]) and wishes == list(weights_after[name][1:])
        for name, (value, *wishes) in weights.items()
    )


@pytest.mark.parametrize("name", INSPECTIONS)
def test_it_leaves_the_model_as_found(model: nn.Module, name: str) -> None:
    _, normalize = network("FastCNN")
    before, random = state_of(model), torch.get_rng_state()
    INSPECTIONS[name](model, normalize)
    assert same(before, state_of(model))
    assert torch.is_grad_enabled()
    assert torch.equal(random, torch.get_rng_state()), "dropout was off"


@pytest.mark.parametrize("name", BREAKING)
def test_also_when_it_breaks(model: nn.Module, name: str) -> None:
    _, normalize = network("FastCNN")
    before = state_of(model)
    with pytest.raises((RuntimeError, IndexError, AttributeError, ConfigError)):
        BREAKING[name](model, normalize)
    assert same(before, state_of(model))
    assert torch.is_grad_enabled()


def test_the_check_would_see_a_change(model: nn.Module) -> None:
    before = state_of(model)
    changed = copy.deepcopy(model)
    with torch.no_grad():
        changed.fc2.bias[0] += 1e-7  # type: ignore[union-attr, index]
    assert not same(before, state_of(changed))
    model.conv2.train()  # type: ignore[operator, union-attr]
    assert not same(before, state_of(model))
