"""Each card of the surface page shows its effect on real surfaces of the shipped network."""

from __future__ import annotations

from typing import Any

import pytest
from torch import nn

from dlcore.events import Tick
from dlcore.landscape.cards import CARDS, ShownSurfaces, apart
from dlcore.landscape.config import SurfaceConfig, SurfacePage
from dlcore.landscape.picture import Moment, Picture, assemble_picture, iter_picture
from dlcore.landscape.samples import pick_samples
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.jobs.landscape import moments
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model

RUN = shipped_run("mnist")


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return load_model(RUN.checkpoints[-1])[0]


@pytest.fixture(scope="module")
def run() -> list[Moment]:
    return moments(RUN.checkpoints)


def picture(model: nn.Module, run: list[Moment], config: SurfaceConfig, redraw: int = 0) -> Picture:
    samples = pick_samples(config.digits, 48, NORMALIZE["mnist"], seed=0)
    events = iter_picture(model, run, config, samples, redraw=redraw)
    found = assemble_picture(event for event in events if not isinstance(event, Tick))
    assert found is not None
    return found


def seen(model: nn.Module, run: list[Moment], redraw: int = 0, **setup: Any) -> ShownSurfaces:
    page = SurfacePage(resolution="11", **setup)
    other = picture(model, run, page.other, redraw) if page.other is not None else None
    return ShownSurfaces(page, picture(model, run, page.surface), other)


def test_the_first_steps_are_the_long_ones(model: nn.Module, run: list[Moment]) -> None:
    finding = CARDS["path"].see(seen(model, run, **CARDS["path"].setup))
    assert finding is not None
    assert finding.shown
    assert finding.text == "in epoch 1 the weights moved 5.02, in epoch 2 4.58."
    assert finding.right == "In the first one"


def test_a_scale_lies_until_directions_are_measured_in_filter_norms(
    model: nn.Module, run: list[Moment]
) -> None:
    card = CARDS["scale"]
    lying = card.see(seen(model, run, **card.setup))
    assert lying is not None
    assert lying.shown
    assert "only the scale has lied" in lying.text
    assert lying.right == "No"
    honest = card.see(seen(model, run, **{**card.setup, "normalisation": "filter"}))
    assert honest is not None
    assert honest.shown
    assert "at most" in honest.text
    assert honest.right == "Yes, the same"
    # With biases that move, filter norms alone do not cure it: the card says what it sees.
    assert card.see(seen(model, run, plane="random", beside="nothing")) is None


def test_with_dropout_two_drawings_differ(model: nn.Module, run: list[Moment]) -> None:
    card = CARDS["dropout"]
    now = seen(model, run, redraw=1, **card.setup)
    assert card.see(now) is None, "it needs two drawings"
    before = seen(model, run, redraw=0, **card.setup).other
    assert before is not None
    finding = card.see(ShownSurfaces(now.page, now.picture, now.other, before))
    assert finding is not None
    assert finding.shown
    assert finding.right == "Another one"
    again = picture(model, run, SurfaceConfig(plane="random", resolution="11"))
    assert apart(now.picture, again) == 0, "without dropout they are equal"


def test_every_setup_is_a_set_up_of_the_page() -> None:
    for card in CARDS.values():
        assert SurfacePage(**dict(card.setup))
