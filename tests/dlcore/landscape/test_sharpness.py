"""Sharpness against the whole Hessian, of networks so small that it can be written out."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.functional import hessian
from torch.func import functional_call

from dlcore.events import Tick
from dlcore.landscape.sharpness import CHUNK, Sharpness, iter_sharpness
from tests.dlcore.landscape.toys import digits, network


def small(*hidden: nn.Module) -> nn.Module:
    """A network of these layers, always with the same weights: how far its eigenvalues lie apart is known."""
    model = nn.Sequential(nn.AvgPool2d(7), nn.Flatten(), *hidden)
    generator = torch.Generator().manual_seed(3)
    for value in model.parameters():
        nn.init.uniform_(value.data, -0.4, 0.4, generator=generator)
    return model


def eigenvalues(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Of the Hessian of the mean loss, in ascending order, (P,)."""
    names = [name for name, _ in model.named_parameters()]
    sizes = [value.numel() for value in model.parameters()]

    def loss(vector: Tensor) -> Tensor:
        parts = zip(names, vector.split(sizes), model.parameters(), strict=True)
        weights = {name: part.view(value.shape) for name, part, value in parts}
        return F.cross_entropy(functional_call(model, weights, (images,)), labels)

    flat = torch.cat([value.detach().flatten() for value in model.parameters()])
    found: Tensor = torch.linalg.eigvalsh(hessian(loss, flat))  # type: ignore[no-untyped-call]
    return found


@pytest.mark.parametrize(
    "model",
    [
        small(nn.Linear(16, 10)),
        small(nn.Linear(16, 4), nn.Tanh(), nn.Linear(4, 10)),
        small(nn.Linear(16, 5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 10)),
    ],
    ids=["convex", "tanh", "relu"],
)
def test_it_is_the_largest_eigenvalue_and_the_error_bounds_it(model: nn.Module) -> None:
    images, labels = digits(2 * CHUNK + 5)
    exact = eigenvalues(model.eval(), images, labels)
    events = list(iter_sharpness(model, images, labels, seed=1, iterations=100))
    found = [event for event in events if isinstance(event, Sharpness)]
    assert len([event for event in events if isinstance(event, Tick)]) == 3 * len(found)
    for each in found:
        assert float((exact - each.eigenvalue).abs().min()) <= each.error + 1e-5
    largest = exact[exact.abs().argmax()]
    assert found[-1].eigenvalue == pytest.approx(float(largest), rel=0.05)
    assert found[-1].samples == len(labels)
    assert len(found) < 100, "it knows when it has arrived"


def test_it_is_seeded_and_stops_when_told() -> None:
    model, samples = network("FastCNN"), digits(10)
    runs = [list(iter_sharpness(model, *samples, seed=seed, iterations=2)) for seed in (0, 0, 1)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert max(each.iterations for each in runs[0] if isinstance(each, Sharpness)) == 2


def test_a_layer_that_does_not_count_is_no_trouble() -> None:
    model = small(nn.Linear(16, 10))
    model.spare = nn.Linear(3, 3)  # type: ignore[assignment]
    model.forward = lambda x: model[2](model[1](model[0](x)))  # type: ignore[method-assign,index,operator]
    assert any(isinstance(e, Sharpness) for e in iter_sharpness(model, *digits(5), seed=0, iterations=2))


def test_where_nothing_bends_it_is_zero() -> None:
    model = small(nn.Linear(16, 10))
    with torch.no_grad():
        for value in model.parameters():
            value.fill_(1000.0)
        model.get_parameter("2.bias").copy_(torch.arange(10) * 1e6)  # one class is certain
    *_, last = iter_sharpness(model, *digits(5), seed=0)
    assert isinstance(last, Sharpness)
    assert (last.eigenvalue, last.error, last.iterations) == (0, 0, 1)
