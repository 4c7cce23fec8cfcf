"""Black patch, Inside: eight captions of one step, one weight followed, the gradient found in three ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.images import Maker, make_probes
from dlcore.blackpatch.inside_cards import CARDS
from dlcore.blackpatch.network import Network
from dlcore.blackpatch.training import start as begin
from dlcore.blackpatch.walk import after, steadiest, walk, zeros
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.shipped import shipped_run
from ui import services

PATH, PAGE = "black_patch/inside.py", "black_patch_inside"
PROBES = make_probes(Maker())
LR = 0.01


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    return open_page(PATH)


def fresh() -> Network:
    return load_network(shipped_run("black_patch").checkpoints[0])[0]


def wide_run(owner: str, wait_until: Callable[..., None]) -> str:
    """The id of a finished run on larger images, of the visitor on the page."""
    config = PatchConfig(size=12, hidden="5-4", epochs=1, train_size=40, test_size=20)
    runner = services.runner()
    run_id = runner.submit(owner, "black_patch", config, name="wide")

    def finished() -> bool:
        run = services.store().get(run_id)
        return run is not None and run.status == "finished"

    wait_until(finished, "it is finished and written down")
    return run_id


def step(page: Any, times: int) -> Any:
    for _ in range(times):
        page.click(f"{PAGE}__step")
    return page


def test_eight_captions_then_the_next_step_begins(page: Any) -> None:
    taken = walk(fresh(), PROBES.images[0], 1, LR)
    assert "1 of 8" in page.words
    assert page.metric() == page.metric(1) == "?"
    step(page, 3)
    assert page.metric() == f"{taken.probability:.4f}"
    step(page, 4)
    assert "8 of 8" in page.words
    assert page.metric(0) == f"{taken.probability_after:.4f}", "before and after are not mixed"
    assert page.metric(1) == f"{taken.loss_after:.4f}"
    assert f"Before: p = {taken.probability:.4f}, loss {taken.loss:.4f}" in page.words
    step(page, 1)
    assert "1 of 8, step 2" in page.words
    step(page, 4)
    again = walk(after(fresh(), PROBES.images[0], 1, LR, 1), PROBES.images[0], 1, LR)
    assert page.metric(1) == f"{again.loss:.4f}"
    page.click(f"{PAGE}__over")
    assert "1 of 8 ·" in page.words


def test_bars_come_with_their_step_and_the_pixel_is_outlined(page: Any) -> None:
    assert page.charts()[0]["value"] == [None] * 56
    assert "Their numbers come with step 2." in page.words
    arrow = steadiest(walk(fresh(), PROBES.images[0], 1, LR))
    _, row, column = arrow.to_pixel(9)
    place = f"left:{100 * column / 9:.2f}%;top:{100 * row / 9:.2f}%"
    pictures = [html.proto.body for html in page.at.get("html") if "<img" in html.proto.body]
    assert len(pictures) == 3
    assert all(place in picture for picture in pictures)
    step(page, 1)
    assert page.charts()[0]["value"] == pytest.approx(walk(fresh(), PROBES.images[0], 1, LR).sums[0])


def test_back_goes_back(page: Any) -> None:
    step(page, 2).click(f"{PAGE}__back")
    assert "2 of 8" in page.words


@pytest.mark.parametrize("weights", ["fresh", "trained", "zeros"])
def test_the_bars_are_the_units_of_the_chosen_weights(page: Any, weights: str) -> None:
    page.set(PAGE, weights=weights, caption=7)
    network, _ = load_network(shipped_run("black_patch").checkpoints[-1 if weights == "trained" else 0])
    network = zeros(network) if weights == "zeros" else network
    units, slope = page.charts()
    assert units["value"] == pytest.approx(walk(network, PROBES.images[0], 1, LR).blames[0])
    assert slope["line"].count("here") == 1
    assert not page.sentences


def test_a_unit_that_is_off_says_so(page: Any) -> None:
    taken = walk(fresh(), PROBES.images[0], 1, LR)
    off = next(unit for unit, z in enumerate(taken.sums[0], start=1) if z < 0)
    page.set(PAGE, unit=off)
    assert "This unit is off (z < 0): its weights have no say." in page.words


def test_the_slider_moves_along_the_loss(page: Any) -> None:
    page.set(PAGE, delta=0.37)
    _, slope = page.charts()
    here = slope["line"].index("here")
    assert slope["delta"][here] == 0.37
    assert f"now {slope['loss'][here]:.4f}" in page.words


def test_another_run_begins_anew(open_page: Callable[..., Any], wait_until: Callable[..., None]) -> None:
    run = wide_run("test_anew", wait_until)
    page = step(open_page(PATH, owner="test_anew", run="shipped-patch"), 9)
    assert "step 2" in page.words
    page.at.selectbox(key=page.shown(f"{PAGE}__run")).set_value(run).run()
    assert "1 of 8 ·" in page.words
    assert not page.sentences


def test_before_training_needs_no_first_checkpoint(
    open_page: Callable[..., Any], wait_until: Callable[..., None]
) -> None:
    """A full data folder may have cost a run all weights but its last."""
    run = wide_run("test_dropped", wait_until)
    stored = services.store().get(run)
    assert stored is not None
    services.store().record(run, [], [], dropped=stored.checkpoints[:-1])
    page = step(open_page(PATH, owner="test_dropped", run=run), 1)
    config = PatchConfig(**stored.config)
    first = begin(config.widths, init=config.init, lr=config.lr, seed=config.seed).network
    taken = walk(first, make_probes(config.maker).images[0], 1, LR)
    assert page.charts()[0]["value"] == pytest.approx(taken.sums[0])


def test_slow_motion_moves_on_by_itself(page: Any) -> None:
    page.click(f"{PAGE}__play")
    page.at.session_state[f"{PAGE}__shown_at"] -= 10.0  # this caption has stood long enough
    page.run()
    assert "1 of 8" not in page.words, "the next caption comes"


@pytest.mark.parametrize("name", CARDS)
def test_a_card_sets_its_controls(page: Any, name: str) -> None:
    page.click(f"{PAGE}__setup_{name}")
    for control, value in CARDS[name].setup.items():
        assert page.state(f"{PAGE}__{control}") == value
    assert not page.sentences


def test_a_step_comes_back_whole(page: Any) -> None:
    page.at.segmented_control(key=page.shown(f"{PAGE}__picture")).set_value("blank").run()
    page.at.select_slider(key=page.shown(f"{PAGE}__lr")).set_value(0.1).run()
    step(page, 7)
    shown = page.metric(), page.metric(1)
    page.switch("mnist/draw.py").switch(PATH)
    assert "8 of 8" in page.words
    assert (page.metric(), page.metric(1)) == shown
