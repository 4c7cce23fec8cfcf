"""Each mistake does what it is known for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlcore.events import drained
from dlcore.landscape.directions import weights_of
from dlcore.landscape.engines import judge_one, make_engine
from dlcore.landscape.faults import DropoutEngine, iter_walk
from dlcore.landscape.planes import random_plane
from dlcore.landscape.surfaces import Row, Surface, assemble
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from tests.dlcore.landscape.toys import Toy, digits, iter_surface, network

ONE = {"a": torch.full((4, 5), 3.0), "b": torch.full((6,), -0.5)}


def test_a_walk_never_comes_back() -> None:
    model, _ = load_model(shipped_run("mnist").checkpoints[-1])
    engine, weights = make_engine(model, *digits(16)), weights_of(model)
    plane = random_plane(weights, seed=0, extent=0.3)
    *_, truth = (event for event in iter_surface(engine, plane, 11) if isinstance(event, Surface))
    rows = [e for e in iter_walk(engine, weights, extent=0.3, points=11, seed=0) if isinstance(e, Row)]
    walk = assemble(rows, plane.window, 11)
    assert walk is not None
    centre = truth.loss[5, 5]
    assert centre < 0.1
    assert walk.loss[5, 5] > 10 * centre, "in its middle, the walk is far from the network"
    assert walk.loss[-1, -1] > 2 * truth.loss[-1, -1]
    assert np.median(walk.loss[-1]) > np.median(walk.loss[0]), "and goes on going away"


def test_its_steps_are_as_long_as_two_random_directions_at_right_angles() -> None:
    visited: list[torch.Tensor] = []

    def remember(vector: torch.Tensor) -> float:
        visited.append(vector.clone())
        return 0.0

    list(iter_walk(Toy(remember), ONE, extent=1.0, points=21, seed=0))
    steps = torch.stack(visited).diff(dim=0)
    alphas = torch.linspace(-1, 1, 21)
    lengths = torch.hypot(*torch.meshgrid(alphas, alphas, indexing="ij")).flatten()[1:]
    far = lengths > 0.5
    for name, part in (("a", slice(0, 20)), ("b", slice(20, 26))):
        moved = steps[far][:, part].norm(dim=1) / lengths[far]
        own = float(ONE[name].norm())
        assert float((moved**2).mean()) == pytest.approx(own**2, rel=0.15), "each tensor in its own norm"
    assert not steps[lengths == 0].any()


def test_a_walk_is_seeded() -> None:
    walks = []
    for seed in (0, 0, 1):
        toy = Toy(lambda vector: float(vector.sum()))
        walks.append(list(iter_walk(toy, ONE, extent=1.0, points=3, seed=seed)))
    assert walks[0] == walks[1]
    assert walks[0] != walks[2]


def test_with_dropout_on_no_two_looks_are_equal() -> None:
    model, samples = network("FastCNN"), digits(24)
    before = torch.get_rng_state()

    def looks(redraw: int) -> list[float]:
        engine = DropoutEngine(model, *samples, redraw=redraw)
        vector = engine.vector(weights_of(model))
        return [drained(judge_one(engine, vector)).loss for _ in range(3)]

    first, again, other = looks(0), looks(0), looks(1)
    assert len(set(first)) == 3, "at every point other units are missing"
    assert first == again
    assert not set(first) & set(other), "and in every redraw"
    assert torch.equal(before, torch.get_rng_state())
