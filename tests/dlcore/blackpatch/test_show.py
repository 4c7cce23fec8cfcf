"""The show goes on, back, and by itself; a caption sees what it speaks of and nothing before its time."""

from __future__ import annotations

import pytest

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.images import Maker, make_probes
from dlcore.blackpatch.network import build_network
from dlcore.blackpatch.show import STEPS, Show, shown_step, view
from dlcore.blackpatch.training import start
from dlcore.blackpatch.walk import after, walk, zeros

TAKEN = walk(build_network([81, 8, 1], init=0.3, seed=3), make_probes(Maker()).images[0], 1, 0.01)


def test_beyond_the_last_caption_the_nudge_is_made() -> None:
    assert Show(caption=STEPS).go_to(STEPS + 1) == Show(caption=1, nudges=1)
    assert Show(caption=3, nudges=2).go_to(4) == Show(caption=4, nudges=2)


def test_before_the_first_caption_there_is_nothing() -> None:
    assert Show().go_to(0) == Show()


def test_slow_motion_rests_on_the_last_caption() -> None:
    show = Show().play()
    for _ in range(STEPS - 1):
        assert show.playing
        show = show.tick()
    assert show == Show(caption=STEPS, playing=False)
    assert show.play().tick() == Show(caption=1, nudges=1, playing=True)


@pytest.mark.parametrize(
    ("caption", "values"),
    [(1, [None] * 8), (2, TAKEN.sums[0]), (3, TAKEN.flow[1]), (6, TAKEN.flow[1]), (7, TAKEN.blames[0])],
)
def test_the_bars_are_what_the_caption_speaks_of(caption: int, values: list[float | None]) -> None:
    assert view(TAKEN, caption).values == values


def test_the_outputs_numbers_come_one_by_one() -> None:
    first = {"probability": 4, "loss": 5, "blame": 6, "probability_after": 8, "loss_after": 8}
    for caption in range(1, STEPS + 1):
        shown = {name for name in first if getattr(view(TAKEN, caption), name) is not None}
        assert shown == {name for name, begins in first.items() if caption >= begins}


@pytest.mark.parametrize("weights", ["trained", "fresh", "zeros"])
def test_the_step_is_that_of_the_chosen_weights_after_its_nudges(weights: str) -> None:
    config = PatchConfig()
    trained = build_network(config.widths, init=0.3, seed=3)
    fresh = start(config.widths, init=config.init, lr=config.lr, seed=config.seed).network
    blank = make_probes(config.maker).images[-1]
    chosen = {"trained": trained, "fresh": fresh, "zeros": zeros(fresh)}[weights]
    network, taken = shown_step(trained, config, weights, "blank", 0.1, 2)
    assert taken == walk(after(chosen, blank, 0, 0.1, 2), blank, 0, 0.1)
    assert network.layers[0].weights == after(chosen, blank, 0, 0.1, 2).layers[0].weights
