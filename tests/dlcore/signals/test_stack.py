"""The stack is real torch: its gradients are those of modules built by others, and nothing is left behind."""

from __future__ import annotations

import gc

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from dlcore.schema import knobs
from dlcore.signals.config import SignalsConfig
from dlcore.signals.stack import BATCH, Stack, build, pass_through

MODULES = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "linear": nn.Identity,
    "leaky": nn.LeakyReLU,
    "gelu": lambda: nn.GELU("tanh"),
}
CHOICES = {name: list(knob.options) for name, knob in knobs(SignalsConfig).items() if knob.options}
CONFIGS = st.builds(
    SignalsConfig,
    activation=st.sampled_from(CHOICES["activation"]),
    init=st.sampled_from([name for name in CHOICES["init"] if name != "zero"]),  # nothing to compare there
    norm=st.sampled_from(CHOICES["norm"]),
    residual=st.booleans(),
    depth=st.integers(1, 7),
    width=st.integers(2, 12),
    seed=st.integers(0, 99),
)


class Around(nn.Module):
    """What goes in is added to what comes out."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.inner(x)
        return x + found


def other_hands(config: SignalsConfig, stack: Stack) -> tuple[float, list[Tensor], list[Tensor]]:
    """The loss, the weights' gradients and what each layer gives, by modules and `backward`."""
    blocks, linears = [], []
    for weight, bias in zip(stack.weights, stack.biases, strict=True):
        linear = nn.Linear(config.width, config.width, dtype=weight.dtype)
        linear.load_state_dict({"weight": weight, "bias": bias})
        norm = {
            "none": nn.Identity(),
            "layer": nn.LayerNorm(config.width, dtype=weight.dtype),
            "batch": nn.BatchNorm1d(config.width, dtype=weight.dtype),
        }[config.norm]
        block: nn.Module = nn.Sequential(linear, norm, MODULES[config.activation]())
        blocks.append(Around(block) if config.residual else block)
        linears.append(linear)
    network = nn.Sequential(*blocks)
    gives = [network[: place + 1](stack.inputs).detach() for place in range(config.depth)]
    loss = nn.CrossEntropyLoss()(network(stack.inputs), stack.labels)
    loss.backward()
    return loss.item(), [linear.weight.grad for linear in linears], gives  # type: ignore[misc]


@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-6), (torch.float64, 1e-9)])
@settings(max_examples=60)
@given(config=CONFIGS)
def test_gradients_are_those_of_modules(config: SignalsConfig, dtype: torch.dtype, close: float) -> None:
    stack = build(config, dtype)
    passed = pass_through(config, stack)
    loss, gradients, gives = other_hands(config, stack)
    assert passed.loss == pytest.approx(loss, rel=close)
    for found, expected in zip(passed.gradients, gradients, strict=True):
        assert (found - expected).norm() <= close * expected.norm()
    for found, expected in zip(passed.gives, gives, strict=True):
        assert (found - expected).norm() <= close * expected.norm()


@pytest.mark.parametrize("residual", [False, True])
def test_blame_is_the_slope_of_the_loss(residual: bool) -> None:
    """Of what a layer in the middle gives: nudged by hand, the loss moves as its blame says."""
    config = SignalsConfig(activation="tanh", depth=4, width=6, residual=residual)
    stack = build(config, torch.float64)
    passed, at, step = pass_through(config, stack), 1, 1e-6

    def loss_with(nudge: float) -> float:
        signal = passed.gives[at].clone()
        signal[3, 2] += nudge
        for weight, bias in list(zip(stack.weights, stack.biases, strict=True))[at + 1 :]:
            found = torch.tanh(signal @ weight.T + bias)
            signal = signal + found if residual else found
        return float(nn.functional.cross_entropy(signal, stack.labels))

    measured = (loss_with(step) - loss_with(-step)) / (2 * step)
    assert float(passed.blames[at][3, 2]) == pytest.approx(measured, rel=1e-4)


def test_it_leaves_nothing_behind() -> None:
    config = SignalsConfig(depth=3, width=8, norm="batch")
    torch.manual_seed(7)
    before, graphs = torch.get_rng_state(), torch.is_grad_enabled()
    stack = build(config)
    first, second = pass_through(config, stack), pass_through(config, stack)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.is_grad_enabled() == graphs
    assert first.loss == second.loss, "it is no training"
    assert all(weight.grad is None and not weight.requires_grad for weight in stack.weights)
    kept = [*first.sums, *first.gives, *first.blames, *first.gradients]
    assert not any(tensor.requires_grad for tensor in kept), "no graph is kept alive"
    with torch.no_grad():
        assert pass_through(config, stack).loss == first.loss, "whatever the caller's mode"
    gc.collect()


def test_the_same_config_draws_the_same_and_another_seed_does_not() -> None:
    config = SignalsConfig(width=8, depth=2)
    one, same, other = build(config), build(config), build(config.replace(seed=1))
    assert torch.equal(one.inputs, same.inputs)
    assert torch.equal(one.weights[1], same.weights[1])
    assert not torch.equal(one.weights[1], other.weights[1])
    assert one.inputs.shape == (BATCH, 8)
    assert int(one.labels.max()) < 8


def test_pytorchs_own_weights_are_those_of_its_layer() -> None:
    """As wide as what torch.nn.Linear draws by itself, biases too."""
    stack = build(SignalsConfig(init="torch", width=100, depth=1))
    with torch.random.fork_rng():
        own = nn.Linear(100, 100)
    for found, expected in ((stack.weights[0], own.weight.detach()), (stack.biases[0], own.bias.detach())):
        assert float(found.abs().max()) <= 0.1
        assert float(found.std()) == pytest.approx(float(expected.std()), rel=0.3)
