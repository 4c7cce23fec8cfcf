"""The bar and the clicks of a figure in space, without plotly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.ui.node import needs_node, run
from ui.components.parts import part

pytestmark = needs_node
PARTS = [f"plotly3d/{name}.js" for name in ("tools", "camera", "clicks", "bar")]
FIGURE = """
const heard = {}, sent = [];
globalThis.window = { addEventListener: (name, call) => { heard[name] = call; }, removeEventListener() {} };
const live = Object.assign(Object.create(Live.prototype), {
  root: made("div", "plotly3d"), plot: made("div", ""), words: made("p", ""), bar: made("div", ""),
  step: null, last: null, Plotly: {}, draw() {},
});
live.buttons();
const update = steps => live.update({
  data: {
    alt: "", figure: { data: [] }, height: 400, clickable: true,
    play: { traces: [], heads: [], steps, label: "Step", names: [], controls: true, report: true },
  },
  setStateValue: (name, step) => sent.push(step), setTriggerValue: (name, point) => sent.push(point.point),
}, "");
"""


def play(tmp_path: Path, script: str) -> Any:
    live = part("plotly3d/live.js").replace("export function", "function")
    return run(tmp_path, PARTS, live + FIGURE + script)


def test_a_step_that_was_told_is_told_again_where_another_figure_moves_it(tmp_path: Path) -> None:
    script = "update(150); live.report(); update(400); update(400); told([sent, live.slider.value]);"
    assert play(tmp_path, script) == [[150, 400], 400]


def test_a_bar_that_nobody_moved_tells_nothing(tmp_path: Path) -> None:
    assert play(tmp_path, "update(150); update(400); told(sent);") == []


def test_while_it_plays_or_is_dragged_a_screen_reader_is_left_alone(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        const { output } = live, spoken = [], now = () => spoken.push(output.attributes["aria-live"]);
        update(3); now();
        live.playing = true; live.showBar(); now();
        live.playing = false; live.slider.value = 1; live.slider.hears("input"); now();
        live.slider.hears("change"); live.nextButton.onclick(); now();
        const written = [];
        const set = text => written.push(text);
        Object.defineProperty(output, "textContent", { get: () => "Step 2 of 3", set });
        update(3); update(3);
        told([spoken, written]);
        """,
    )
    assert said == [["polite", "off", "off", "polite"], []]


def test_a_click_on_nothing_is_no_click_on_what_the_mouse_finds_later(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        update(3); live.pointer();
        const at = { data: {}, curveNumber: 0, x: 0, y: 0, z: 0 };
        const point = pointNumber => ({ points: [{ ...at, pointNumber }] });
        const press = pointerType => {
          live.point = null;
          live.plot.hears("pointerdown", { clientX: 5, clientY: 5, pointerType });
          heard.pointerup({ clientX: 5, clientY: 5, pointerType });
        };
        press("mouse"); live.plot.hears("pointermove", { pointerType: "mouse" }); live.near(point(1));
        press("mouse"); live.near(point(2));  // plotly found it only now
        press("touch"); live.plot.hears("pointermove", { pointerType: "touch" }); live.near(point(3));
        told(sent);
        """,
    )
    assert said == [2, 3]


def test_an_earlier_call_that_is_over_leaves_the_figure_where_it_stands(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        const { root } = live, dropped = [];
        lives.set(root, { update() {}, drop() { dropped.push(root.isConnected); } });
        root.isConnected = true;
        const leave = show({ parentElement: { querySelector: () => root } }, "");
        leave();
        root.isConnected = false;
        leave();
        told(dropped);
        """,
    )
    assert said == [False]
