"""Loss surface in a browser: it sharpens where it stands, keeps the visitor's view, and plays the path."""

from __future__ import annotations

import math
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import LOOK, field

PAGE = "mnist_loss_surface"
PLOT = f".st-key-{PAGE}__surface .js-plotly-plot"
EYE = f"document.querySelector('{PLOT}')._fullLayout.scene._scene.getCamera().eye"
SIDE = f"document.querySelector('{PLOT}')._fullData[0].x.length"


def test_it_sharpens_in_place_and_plays_the_path(new_visitor: Any) -> None:
    tab = new_visitor(reduced_motion="no-preference").open(f"{PAGE}?{PAGE}__samples=32&{PAGE}__seed=7")
    canvas = tab.locator(f"{PLOT} canvas").first
    expect(canvas).to_be_visible()
    tab.locator(f".st-key-{PAGE}__surface [role=img]").focus()
    before = tab.evaluate(EYE)
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function(f"before => {EYE}.x !== before.x", arg=before)
    turned = tab.evaluate(EYE)
    tab.evaluate(f"() => {{ window.plot = document.querySelector('{PLOT}'); }}")
    tab.wait_for_function(f"{SIDE} === 41", polling=LOOK)
    assert tab.evaluate(f"window.plot === document.querySelector('{PLOT}')")
    assert tab.evaluate(EYE) == pytest.approx(turned, abs=1e-6)
    expect(tab.get_by_text("of the movement between 6 checkpoints")).to_be_visible()

    begun = "plot._fullData[3].x.length < 6"
    tab.evaluate(f"() => {{ plot.on('plotly_afterplot', () => {{ window.walked ||= {begun}; }}); }}")
    tab.get_by_role("button", name="Play").click()
    tab.wait_for_function("window.walked", polling=LOOK)
    tab.wait_for_function(f"document.querySelector('{PLOT}')._fullData[3].x.length === 6", polling=LOOK)
    assert tab.evaluate(EYE) == pytest.approx(turned, abs=1e-6)
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Numbers (CSV)").click()
    lines = saved.value.path().read_text().splitlines()
    assert lines[0] == "alpha,beta,loss,accuracy"
    assert len(lines) == 1 + 41 * 41

    tab.locator(field(f"{PAGE}__plane")).get_by_text("Random").click()
    flat = f"document.querySelector('{PLOT}')._fullData.every(t => t.type !== 'scatter3d')"
    tab.wait_for_function(flat, polling=LOOK)
    assert tab.evaluate(f"window.plot === document.querySelector('{PLOT}')")
    assert tab.evaluate(EYE) == pytest.approx(turned, abs=1e-6)
    expect(tab.get_by_text("Two random directions of")).to_be_visible()
    assert_tip_says_what_stands_there(tab)


def assert_tip_says_what_stands_there(tab: Page) -> None:
    """The loss in the tip of a point is that of its height: where alpha and beta could not be swapped."""
    tab.evaluate(
        f"window.tips = []; document.querySelector('{PLOT}')"
        ".on('plotly_hover', e => { window.tips.push(e.points[0]); })"
    )
    box = tab.locator(f"{PLOT} canvas").first.bounding_box()
    assert box is not None
    for share in (0.35, 0.65):
        tab.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"], steps=30)
    apart = "window.tips.find(tip => Math.abs(tip.x - tip.y) > 0.05)"
    tab.wait_for_function(f"{apart} !== undefined")
    tip = tab.evaluate(f"(tip => ({{z: tip.z, loss: tip.customdata[0]}}))({apart})")
    assert math.log10(tip["loss"]) == pytest.approx(tip["z"], abs=1e-3)
