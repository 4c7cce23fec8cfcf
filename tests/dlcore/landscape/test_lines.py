"""Lines between two networks: their ends are exact, and a known hill has its height."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from dlcore.errors import ConfigError
from dlcore.events import drained
from dlcore.landscape.directions import weights_of
from dlcore.landscape.engines import judge_one, make_engine
from dlcore.landscape.lines import Line, iter_line
from dlcore.landscape.words import about_line
from tests.dlcore.landscape.toys import Toy, digits, network

START = {"w": torch.tensor([0.0, 1.0], dtype=torch.float64)}
END = {"w": torch.tensor([1.0, 3.0], dtype=torch.float64)}


def line(loss: Callable[[float], float], points: int = 41, reach: float = 0.25) -> Line:
    """Along it, the first weight is `t`."""

    def of(vector: Tensor) -> float:
        return loss(float(vector[0]))

    *_, last = (e for e in iter_line(Toy(of), START, END, points=points, reach=reach) if isinstance(e, Line))
    return last


@pytest.mark.parametrize("reach", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("points", [5, 11, 20, 41])
def test_it_has_its_points_and_both_ends(points: int, reach: float) -> None:
    found = line(lambda t: t, points, reach)
    assert len(found.t) == points
    assert {0.0, 1.0} <= set(found.t)
    assert found.losses == pytest.approx(found.t)
    assert found.t[0] == pytest.approx(1 - found.t[-1]), "as far beyond one end as beyond the other"
    steps = {round(later - earlier, 9) for earlier, later in pairwise(found.t)}
    assert len(steps) == 1


def test_a_hill_between_two_networks_is_a_barrier() -> None:
    assert line(lambda t: 3 * t + 4 * t * (1 - t)).barrier == pytest.approx(1.0)
    assert line(lambda t: 3 * t).barrier == pytest.approx(0, abs=1e-12)
    assert line(lambda t: t * (t - 1)).barrier == pytest.approx(0, abs=1e-12), "a valley is none"
    assert line(lambda t: 100.0 if t < 0 or t > 1 else 1.0).barrier == 0, "what lies beyond does not count"


def test_a_network_that_breaks_on_the_way_is_no_zero() -> None:
    assert math.isnan(line(lambda t: math.nan if 0.4 < t < 0.6 else 1.0).barrier)
    assert line(lambda t: math.inf if 0.4 < t < 0.6 else 1.0).barrier == math.inf


def test_the_line_grows_while_it_is_measured() -> None:
    lines = [e for e in iter_line(Toy(lambda v: 0.0), START, END, points=25) if isinstance(e, Line)]
    assert [len(each.t) for each in lines] == [10, 13, 23, 25]
    assert all(lines[-1].t[: len(each.t)] == each.t for each in lines)


def test_the_ends_are_the_networks() -> None:
    one, other = network("FastCNN"), network("FastCNN", 2)
    engine = make_engine(one, *digits(20))
    *_, found = iter_line(engine, weights_of(one), weights_of(other), points=5)
    assert isinstance(found, Line)
    for t, model in ((0.0, one), (1.0, other)):
        judged = drained(judge_one(engine, engine.vector(weights_of(model))))
        at = found.t.index(t)
        assert (found.losses[at], found.accuracies[at]) == judged


def test_two_architectures_have_no_line() -> None:
    one, other = network("FastCNN"), network("SimpleCNN")
    engine = make_engine(one, *digits(5))
    with pytest.raises(ConfigError, match="must be of one architecture"):
        next(iter_line(engine, weights_of(other), weights_of(one)))


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ((0.002, 0.002, 0.002), "never rises"),
        ((0.002, 0.0115, 0.002), "hardly rises: 0.0095 nats at most"),
        ((0.1, 1.0, 0.3), "stands a hill: 0.80 nats"),
        ((0.1, math.nan, 0.3), "the network breaks"),
    ],
)
def test_a_hill_is_told_by_its_height(losses: tuple[float, ...], words: str) -> None:
    assert words in about_line(Line((0.0, 0.5, 1.0), losses, (1.0, 1.0, 1.0)))
