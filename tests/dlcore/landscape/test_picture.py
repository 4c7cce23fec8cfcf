"""Whole pictures: the middle is the network, and what cannot be drawn is a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dlcore.errors import CheckpointError, ConfigError
from dlcore.events import Tick
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.directions import weights_of
from dlcore.landscape.picture import Moment, Picture, Stop, assemble_picture, iter_picture
from dlcore.landscape.plan import shares
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import NETS, NetName
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model, load_weights
from dlcore.training.evaluation import evaluate
from tests.dlcore.landscape.toys import network, same, state_of

RUN = shipped_run("mnist").checkpoints
MNIST = NORMALIZE["mnist"]
FEW = load_test()[:40]
SAMPLES = (MNIST(FEW.images), FEW.labels)


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return load_model(RUN[-1])[0]


@pytest.fixture(scope="module")
def run() -> list[Moment]:
    return [Moment(c.epoch, c.step, load_weights(c)) for c in RUN]


def picture(model: nn.Module, run: list[Moment], **fields: Any) -> Picture:
    config = SurfaceConfig(**{"resolution": "11", **fields})
    found = assemble_picture(event for event in iter_picture(model, run, config, SAMPLES))
    assert found is not None
    return found


@pytest.mark.parametrize("net", NETS)
def test_the_middle_of_a_random_plane_is_what_evaluation_says(net: NetName) -> None:
    model = network(net)
    found = picture(model, [Moment(0, 0, weights_of(model))], plane="random")
    expected = evaluate(model, FEW, MNIST)
    assert found.surface is not None
    assert float(found.surface.loss[5, 5]) == pytest.approx(expected.loss, rel=1e-5)
    assert float(found.surface.accuracy[5, 5]) == pytest.approx(expected.correct / expected.total)
    assert found.whole
    assert found.path == ()


def test_the_stops_are_what_evaluation_says(model: nn.Module, run: list[Moment]) -> None:
    found = picture(model, run, plane="three")
    assert len(found.path) == len(RUN)
    for checkpoint, stop in zip(RUN, found.path, strict=True):
        expected = evaluate(load_model(checkpoint)[0], FEW, MNIST)
        assert stop.loss == pytest.approx(expected.loss, rel=1e-4, abs=1e-6)
    on_it = [stop for stop in found.path if stop.epoch in (0, 5, 20)]
    assert [stop.placed.distance for stop in on_it] == pytest.approx([0, 0, 0], abs=1e-5)
    assert [stop.below for stop in on_it] == pytest.approx([stop.loss for stop in on_it], rel=1e-3, abs=1e-6)
    assert found.prepared.held is None


@pytest.mark.parametrize(("digits", "parts"), [(32, (2, 2)), (2000, (2, 4)), (10_000, (6, 11))])
def test_shares_leave_nothing_out(
    digits: int, parts: tuple[int, int], model: nn.Module, run: list[Moment]
) -> None:
    coarse, fine = shares(11, digits), shares(21, digits)
    assert (len(coarse), len(fine)) == parts
    few = (SAMPLES[0][:8], SAMPLES[1][:8])
    config = SurfaceConfig(resolution="21", samples=32)
    events: list[object] = []
    for each, part in [(config.replace(resolution="11"), p) for p in coarse] + [(config, p) for p in fine]:
        events += iter_picture(model, run, each, few, share=part)
    found = assemble_picture(events, 21)
    assert found is not None
    assert found.whole
    assert len([event for event in events if isinstance(event, Stop)]) == len(RUN)


def test_a_mean_divided_again_is_too_small_by_the_batch(model: nn.Module, run: list[Moment]) -> None:
    one, other = picture(model, run, plane="random"), picture(model, run, plane="random", fault="divided")
    assert one.surface is not None
    assert other.surface is not None
    np.testing.assert_allclose(one.surface.loss, other.surface.loss * 32, rtol=1e-5)
    assert np.array_equal(one.surface.accuracy, other.surface.accuracy)


def test_the_path_on_it_is_as_wrong_as_its_ground(model: nn.Module, run: list[Moment]) -> None:
    one, other = picture(model, run, plane="path"), picture(model, run, plane="path", fault="divided")
    assert len(one.path) == len(run)
    for stop, wrong in zip(one.path, other.path, strict=True):
        assert (stop.loss, stop.below) == pytest.approx((32 * wrong.loss, 32 * wrong.below), rel=1e-5)


def test_whatever_happens_the_network_stays(model: nn.Module, run: list[Moment]) -> None:
    before = state_of(model)
    for fields in ({}, {"rescaled": True}, {"plane": "random", "fault": "dropout"}):
        events = iter_picture(model, run, SurfaceConfig(resolution="81", **fields), SAMPLES)
        for _ in range(20):
            next(events)
        events.close()  # type: ignore[attr-defined]
        assert same(before.copy(), state_of(model))
    assert all(torch.equal(load_weights(RUN[-1])[name], value) for name, value in run[-1].weights.items())


def test_what_cannot_be_drawn_is_a_sentence(model: nn.Module, run: list[Moment]) -> None:
    broken = dict(run[1].weights)
    broken["fc2.bias"] = torch.full_like(broken["fc2.bias"], torch.inf)
    with pytest.raises(CheckpointError, match=r"^The weights after epoch 1 are not finite numbers: choose"):
        picture(model, [run[0], run[1]._replace(weights=broken), *run[2:]])
    with pytest.raises(ConfigError, match=r"^A plane of three needs three checkpoints"):
        picture(model, run[-2:], plane="three")
    with pytest.raises(ConfigError, match=r"^A path needs two checkpoints"):
        picture(model, run[-1:])
    other = Moment(0, 0, weights_of(network("SimpleCNN")))
    with pytest.raises(ConfigError, match="must be of one architecture"):
        picture(model, [other, *run])


def test_no_ticks_are_kept(model: nn.Module, run: list[Moment]) -> None:
    config = SurfaceConfig(resolution="11", plane="random")
    events = list(iter_picture(model, run, config, SAMPLES))
    assert sum(isinstance(event, Tick) for event in events) >= 121, "at least one per point"
    assert assemble_picture(e for e in events if isinstance(e, Tick)) is None
