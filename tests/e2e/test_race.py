"""Race in a browser: the hill is redrawn in place, keeps the visitor's view, and a click is a new start."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import field

PAGE = "optimizers_race"
SPACE, MAP = f".st-key-{PAGE}__space .js-plotly-plot", f".st-key-{PAGE}__map .js-plotly-plot"
EYE = f"document.querySelector('{SPACE}')._fullLayout.scene._scene.getCamera().eye"
# From now on: does the scene stand in the page in every frame, and does it show something after a redraw?
WATCH = f"""() => {{
    const plot = document.querySelector('{SPACE}'), canvas = plot.querySelector('canvas');
    const scene = plot._fullLayout.scene._scene.glplot;
    window.seen = {{ plot, canvas, looks: 0, blank: 0, gone: 0 }};
    let left = 0;
    plot.on('plotly_afterplot', () => {{ left = 3; }});
    const look = () => {{
        seen.asked = requestAnimationFrame(look);
        seen.gone += !canvas.isConnected;
        if (left-- <= 0) return;
        scene.redraw();  // pixels can be read only in the frame that draws them
        const {{ gl }} = scene, row = new Uint8Array(4 * gl.drawingBufferWidth);
        gl.readPixels(0, gl.drawingBufferHeight / 2, row.length / 4, 1, gl.RGBA, gl.UNSIGNED_BYTE, row);
        seen.looks += 1;
        seen.blank += new Set(row).size < 10;
    }};
    look();
}}"""
SAME = f"""() => seen.plot === document.querySelector('{SPACE}') &&
    seen.canvas === seen.plot.querySelector('canvas')"""
ENDS = "._fullData.slice(1, 7).flatMap(path => [path.x.length, path.x.at(-1), path.y.at(-1)])"


def ends(tab: Page, figure: str) -> list[float]:
    """How long each path is, and where it ends."""
    return tab.evaluate(f"document.querySelector('{figure}'){ENDS}")


def words(tab: Page) -> str:
    return tab.locator(f".st-key-{PAGE}__map [role=img]").get_attribute("aria-label") or ""


def start(tab: Page) -> str:
    """Where the race began, as its picture says it."""
    found = re.search(r"start \(.*?\)", words(tab))
    assert found
    return found[0]


def test_five_redraws_keep_node_and_camera_and_a_click_is_a_start(new_visitor: Any) -> None:
    tab = new_visitor(reduced_motion="no-preference").open(PAGE)
    expect(tab.locator(f"{SPACE} canvas").first).to_be_visible()
    expect(tab.locator(f"{MAP} .contourlayer path").first).to_be_attached()
    expect(tab.locator(f".st-key-{PAGE}__space .plotly3d-words")).to_be_hidden()
    tab.locator(f".st-key-{PAGE}__space [role=img]").focus()
    for _ in range(3):
        before = tab.evaluate(EYE)
        tab.keyboard.press("ArrowRight")
        tab.wait_for_function(f"before => {EYE}.x !== before.x", arg=before)
    turned = tab.evaluate(EYE)
    tab.evaluate(WATCH)
    momentum = tab.locator(field(f"{PAGE}__momentum")).locator("input[type=range]")
    for _ in range(5):
        drawn = ends(tab, SPACE)
        momentum.focus()
        tab.keyboard.press("ArrowLeft")
        tab.wait_for_function(
            f"drawn => document.querySelector('{SPACE}'){ENDS}.some((end, i) => end !== drawn[i])", arg=drawn
        )
        assert tab.evaluate(SAME)
    tab.wait_for_function("seen.looks >= 5")
    tab.evaluate("() => cancelAnimationFrame(seen.asked)")
    assert tab.evaluate("[seen.blank, seen.gone]") == [0, 0]
    assert tab.evaluate(EYE) == pytest.approx(turned, abs=1e-6)

    tab.locator(MAP).click(position={"x": 200, "y": 200})
    picture = tab.locator(f".st-key-{PAGE}__map [role=img]")
    expect(picture).not_to_have_attribute("aria-label", re.compile(r"start \(-1\.8, -0\.55\)"))
    clicked, said = start(tab), words(tab)
    momentum.focus()
    for _ in range(5):
        tab.keyboard.press("ArrowLeft")
    expect(picture).not_to_have_attribute("aria-label", said)
    assert start(tab) == clicked, "a later run of the page does not click again"

    length = f"document.querySelector('{MAP}')._fullData[1].x.length"
    whole = tab.evaluate(length)
    tab.get_by_role("button", name="Play").click()
    tab.wait_for_function(f"whole => {length} < whole", arg=whole)
    tab.get_by_role("button", name="Pause").click()
    expect(tab.get_by_text(re.compile(r"^SGD, step \d+ of 150\."))).to_be_visible()
    tab.wait_for_function(f"""() => document.querySelector('{SPACE}')._fullData[1].x.length ===
        document.querySelector('{MAP}')._fullData[1].x.length""")
    assert tab.evaluate(EYE) == pytest.approx(turned, abs=1e-6)
    with tab.expect_download() as saved:
        tab.locator(f".st-key-{PAGE}__space").get_by_role("button", name="Save as PNG").click()
    assert saved.value.suggested_filename == "race.png"
