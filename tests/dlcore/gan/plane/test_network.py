"""The dense network against torch: forward, backward, and Adam's nudges."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlcore.gan.plane.network import LEAK, Adam, Dense, Descent, first_weights, matrices, num_params

SIZES = (2, 7, 5, 1)


def pair() -> tuple[np.ndarray, Dense, torch.nn.Sequential]:
    flat = first_weights(SIZES, np.random.default_rng(0))
    layers: list[torch.nn.Module] = []
    for matrix in matrices(flat, SIZES):
        layer = torch.nn.Linear(matrix.shape[0] - 1, matrix.shape[1])
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(matrix[:-1].T.copy()))
            layer.bias.copy_(torch.from_numpy(matrix[-1].copy()))
        layers += [layer, torch.nn.LeakyReLU(LEAK)]
    return flat, Dense(flat, SIZES), torch.nn.Sequential(*layers[:-1])


def flat_gradient(model: torch.nn.Sequential) -> np.ndarray:
    parts = []
    for layer in model:
        if isinstance(layer, torch.nn.Linear):
            assert layer.weight.grad is not None
            assert layer.bias.grad is not None
            parts += [layer.weight.grad.T.flatten(), layer.bias.grad]
    return torch.cat(parts).numpy()


def test_forward_and_backward_are_torchs() -> None:
    flat, network, model = pair()
    x = np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)
    seen = torch.from_numpy(x).requires_grad_()
    given = model(seen)
    assert np.allclose(network.forward(x), given.detach().numpy(), atol=1e-6)
    blame = np.linspace(-1, 1, 9, dtype=np.float32)[:, None]
    given.backward(torch.from_numpy(blame))
    by_inputs = network.backward(blame)
    assert seen.grad is not None
    assert np.allclose(by_inputs, seen.grad, atol=1e-6)
    assert np.allclose(network.gradient, flat_gradient(model), atol=1e-5)
    assert flat.shape == (num_params(SIZES),)


def test_the_inputs_alone_leave_the_gradient_as_it_was() -> None:
    _, network, _ = pair()
    network.forward(np.ones((3, 2), np.float32))
    whole = network.backward(np.ones((3, 1), np.float32))
    before = network.gradient.copy()
    network.forward(np.ones((3, 2), np.float32))
    assert np.array_equal(network.backward(np.ones((3, 1), np.float32), inputs_alone=True), whole)
    assert np.array_equal(network.gradient, before)


@pytest.mark.parametrize("betas", [(0.5, 0.9), (0.9, 0.999)])
def test_adam_nudges_as_torchs_does(betas: tuple[float, float]) -> None:
    draw = np.random.default_rng(2)
    weights = draw.normal(size=6)
    mine, kept = weights.copy(), np.zeros((2, 6))
    theirs = torch.from_numpy(weights.copy()).requires_grad_()
    optimizer = torch.optim.Adam([theirs], lr=0.1, betas=betas)
    for step in range(1, 6):
        gradient = draw.normal(size=6)
        theirs.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
        Adam(betas).nudge(mine, gradient, kept, 0.1, step)
    assert np.allclose(mine, theirs.detach().numpy())


def test_descent_goes_against_the_gradient() -> None:
    weights = np.array([1.0, 2.0])
    Descent().nudge(weights, np.array([10.0, -10.0]), np.zeros((2, 2)), 0.01, 1)
    assert weights.tolist() == pytest.approx([0.9, 2.1])
