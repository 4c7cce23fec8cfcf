"""Both engines give the network's own losses, at every point, for every number of digits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from dlcore.events import Tick, drained
from dlcore.landscape import generic_engine, row_engine
from dlcore.landscape.chain import read_chain
from dlcore.landscape.directions import weights_of
from dlcore.landscape.engines import judge_one, make_engine
from dlcore.landscape.faults import DropoutEngine
from dlcore.landscape.generic_engine import GenericEngine
from dlcore.landscape.lines import iter_line
from dlcore.landscape.planes import random_plane
from dlcore.landscape.row_engine import RowEngine
from dlcore.landscape.sharpness import iter_sharpness
from dlcore.landscape.surfaces import Surface
from dlcore.nets.registry import NetName, build_model
from tests.dlcore.landscape.toys import CHAINED, digits, iter_surface, naive, network, same, state_of


def row(model: nn.Module, count: int) -> RowEngine:
    chain = read_chain(model)
    assert chain is not None
    return RowEngine(chain, *digits(count))


@pytest.mark.parametrize("net", CHAINED)
def test_every_cell_is_what_the_network_itself_says(net: NetName) -> None:
    model = network(net)
    plane = random_plane(weights_of(model), seed=0, extent=1.0, fix_biases=False)
    images, labels = digits(12)
    losses = []
    for engine in (row(model, 12), GenericEngine(model, images, labels)):
        *_, surface = (event for event in iter_surface(engine, plane, 11) if isinstance(event, Surface))
        losses.append(surface.loss)
    own = [
        [
            naive(
                model,
                {n: w + alpha * plane.first[n] + beta * plane.second[n] for n, w in plane.origin.items()},
                images,
                labels,
            )
            for alpha in surface.alpha
        ]
        for beta in surface.beta
    ]
    np.testing.assert_allclose(losses[0], own, rtol=1e-4)
    np.testing.assert_allclose(losses[1], own, rtol=1e-4)


@pytest.mark.parametrize("stored", [10**9, 0])
@pytest.mark.parametrize("count", [1, 8, 9, 16, 27])
@pytest.mark.parametrize("net", CHAINED)
def test_any_number_of_digits(net: NetName, count: int, stored: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_engine, "CHUNK", 16)
    monkeypatch.setattr(row_engine, "PIECE", 8)
    monkeypatch.setattr(row_engine, "STORED", stored)
    monkeypatch.setattr(generic_engine, "CHUNK", 8)
    model = network(net)
    weights = weights_of(model)
    images, labels = digits(count)
    expected = naive(model, weights, images, labels)
    for engine in (row(model, count), GenericEngine(model, images, labels)):
        found = drained(judge_one(engine, engine.vector(weights)))
        assert found.loss == pytest.approx(expected, rel=1e-5)
        other = drained(judge_one(engine, engine.vector(weights_of(network(net, 2)))))
        assert other != found
        again = drained(judge_one(engine, engine.vector(weights)))
        assert found == again, "nothing is left over from the first time"


@pytest.mark.parametrize("noise", [0.0, 0.1], ids=["paper", "no paper"])
@pytest.mark.parametrize("net", CHAINED)
def test_a_row_of_any_length_is_what_each_of_its_places_is(
    net: NetName, noise: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_engine, "CHUNK", 8)
    monkeypatch.setattr(row_engine, "PIECE", 4)
    images, labels = digits(19)
    images = images + noise * torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    chain = read_chain(network(net))
    assert chain is not None
    weights, others = weights_of(network(net)), weights_of(network(net, 2))
    for engine in (RowEngine(chain, images, labels), GenericEngine(network(net), images, labels)):
        start, along = engine.vector(weights), engine.vector(others)
        for places in (1, 2, row_engine.PLACES, row_engine.PLACES + 1, 3 * row_engine.PLACES + 1):
            steps = [-0.5 + 0.1 * place for place in range(places)]
            found = [judged.loss for judged in drained(engine.judge(start, along, steps))]
            expected = [
                naive(network(net), {n: w + step * others[n] for n, w in weights.items()}, images, labels)
                for step in steps
            ]
            np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_where_maps_are_large_fewer_places_are_computed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    start, along = (weights_of(network("FastCNN", seed)) for seed in (0, 2))
    steps = [0.1 * place for place in range(5)]

    def losses() -> tuple[int, list[float]]:
        engine = row(network("FastCNN"), 5)
        found = drained(engine.judge(engine.vector(start), engine.vector(along), steps))
        return len(engine._pooled), [judged.loss for judged in found]

    places, usual = losses()
    assert places == row_engine.PLACES
    monkeypatch.setattr(row_engine, "MOST", 1)
    places, few = losses()
    assert places == 1
    np.testing.assert_allclose(few, usual, rtol=1e-6)


def test_without_onednn_the_losses_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = row(network("SimpleCNN"), 5)
    vector = engine.vector(weights_of(network("SimpleCNN")))
    usual = drained(judge_one(engine, vector)).loss
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert drained(judge_one(engine, vector)).loss == pytest.approx(usual, rel=1e-6)


def test_vectors_are_linear() -> None:
    model, other = network("FastCNN"), network("FastCNN", 2)
    a, b = weights_of(model), weights_of(other)
    mixed = {name: a[name] + 0.5 * b[name] for name in a}
    for engine in (row(model, 3), GenericEngine(model, *digits(3))):
        torch.testing.assert_close(engine.vector(mixed), engine.vector(a) + 0.5 * engine.vector(b))
        turned = dict(reversed(a.items()))
        assert torch.equal(engine.vector(turned), engine.vector(a))


@pytest.mark.parametrize("net", CHAINED)
def test_a_network_that_breaks_has_a_loss_that_is_not_finite(net: NetName) -> None:
    weights = weights_of(network(net))
    bias = next(name for name in weights if name.endswith("bias"))
    broken = [
        {name: torch.full_like(value, 1e30) for name, value in weights.items()},
        {name: value * 1e22 if value.dim() > 1 else value for name, value in weights.items()},
        weights | {bias: weights[bias] * math.nan},
        weights | {"fc1.weight": weights["fc1.weight"] * math.inf},
    ]
    for engine in (row(network(net), 5), GenericEngine(network(net), *digits(5))):
        for each in broken:
            assert not math.isfinite(drained(judge_one(engine, engine.vector(each))).loss)


@pytest.mark.parametrize("end", ["whole", "closed", "raised"])
@pytest.mark.parametrize("net", CHAINED)
def test_the_network_stays_as_it_is(net: NetName, end: str) -> None:
    model = build_model(net, dropout=0.5, seed=1)
    model.get_submodule("fc1").eval()
    model.get_parameter("fc2.bias").requires_grad_(False)
    before = state_of(model)
    samples = digits(40)
    weights = weights_of(model)
    engines = [
        make_engine(model, *samples),
        GenericEngine(model, *samples),
        DropoutEngine(model, *samples, redraw=0),
    ]
    works = [iter_line(engine, weights, weights, points=3) for engine in engines]
    works.append(iter_sharpness(model, *samples, seed=0, iterations=2))
    for work in works:
        next(work)
        if end == "whole":
            assert not isinstance(list(work)[-1], Tick)
        elif end == "closed":
            work.close()  # type: ignore[attr-defined]
        else:
            with pytest.raises(KeyboardInterrupt):
                work.throw(KeyboardInterrupt)  # type: ignore[attr-defined]
        assert same(before.copy(), state_of(model))
