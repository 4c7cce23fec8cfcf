"""On the hill in a browser: the ball rolls on where it is drawn, and the visitor's view stays."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.test_train import LONG, button, start

PLOT = ".st-key-mnist_train__hill .js-plotly-plot"
EYE = f"document.querySelector('{PLOT}')._fullLayout.scene._scene.getCamera().eye"
STOPS = f"document.querySelector('{PLOT}')._fullData[3]?.x.length"


def test_the_ball_rolls_on_in_place(visitor: Any) -> None:
    tab = visitor.open(LONG)
    start(tab)
    tab.locator(".st-key-mnist_train__beside").get_by_text("On the hill").click()
    expect(tab.locator(f"{PLOT} canvas").first).to_be_visible()
    tab.wait_for_function(f"{STOPS} > 0")
    tab.locator(".st-key-mnist_train__hill [role=img]").focus()
    eye = tab.evaluate(EYE)
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function(f"before => {EYE}.x !== before.x", arg=eye)
    turned, stops = tab.evaluate(EYE), tab.evaluate(STOPS)
    tab.evaluate(f"() => {{ window.plot = document.querySelector('{PLOT}'); }}")
    tab.wait_for_function(f"before => {STOPS} > before", arg=stops)
    button(tab, "stop").click()
    expect(button(tab, "start")).to_be_enabled()
    assert tab.evaluate(f"window.plot === document.querySelector('{PLOT}')")
    assert tab.evaluate(EYE) == pytest.approx(turned, abs=1e-6)
    expect(tab.get_by_text("of the movement so far")).to_be_visible()
