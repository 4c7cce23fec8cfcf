"""Fingers, keys and calls that come late: a square on a picture, the vote, what is played step by step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.node import needs_node, run

pytestmark = needs_node
SQUARE = """
const page = made("div", ""), root = made("div", "crop", page), sent = [];
for (const name of ["square", "picture"]) made("div", name, root);
for (const kind of ["img", "p"]) made(kind, "", root);
root.isConnected = true;
const square = root.querySelector(".square");
square.classList.add = square.classList.remove = () => {};
const show = (turn, left, uri = "a") => component({
  parentElement: page, data: { uri, width: 100, height: 100, side: 20, left, top: 0, label: "", turn },
  setTriggerValue: (name, said) => sent.push(said.across),
});
const hears = (name, pointerId, clientX) =>
  square.hears(`pointer${name}`, { pointerId, clientX, clientY: 0 });
"""


def test_a_second_finger_moves_no_square(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        ["crop/crop.js"],
        SQUARE
        + """
        show(0, 0); hears("down", 1, 10); hears("move", 1, 30);
        hears("down", 2, 80); hears("move", 2, 90); hears("up", 2, 90);
        const between = root.left;
        hears("move", 1, 50); hears("up", 1, 50);
        told([between, root.left, sent]);
        """,
    )
    assert said == [20, 40, [0.5]]


def test_a_page_that_begins_anew_says_where_the_square_lies(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        ["crop/crop.js"],
        SQUARE
        + """
        show(0, 0); hears("down", 1, 0); hears("move", 1, 40); hears("up", 1, 40);
        show(0, 0); const early = root.left;  // it has not heard yet
        show(1, 40); show(0, 8); told([early, root.left]);
        """,
    )
    assert said == [40, 8]


def test_a_stroke_that_is_broken_off_leaves_the_vote_that_the_note_speaks_of(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        ["vote/vote.js"],
        """
        const heard = {}, shown = [], root = made("div", "vote drawing");
        globalThis.window = { addEventListener: (name, call) => { heard[name] = call; } };
        root.classList.remove = name => root.classList.toggle(name, false);
        root.latest = { data: "the page's" };
        show = (where, vote) => shown.push(vote);
        watch(root);
        heard.pointercancel();
        told([shown, root.className]);
        """,
    )
    assert said == [["the page's"], "vote"]


PLAYED = """
const page = made("div", ""), ticks = [];
const parts = ["ring", "ranks", "conveyor", "line", "draw", "get", "make", "stack", "tile", "grid", "place"];
for (const name of parts) made("div", name, page);
for (const name of ["play", "back", "step", "count"]) made("button", name, page);
globalThis.setInterval = call => ticks.push(call);
globalThis.clearInterval = () => {};
const find = name => page.querySelector(name), frame = { words: "", values: [], parts: [], hops: [] };
const items = Array.from({ length: 10 }, (_, index) => ({ index, label: 1, raw: [], scaled: [] }));
const data = {
  items, columns: 5, total: 60, uri: "", shape: "", ranks: [], chunks: [], frames: Array(11).fill(frame),
};
const leave = component({ parentElement: page, data });
find(".place").value = 8;
"""


@pytest.mark.parametrize("name", ["ring", "conveyor"])
def test_a_button_that_can_do_no_more_keeps_the_focus(tmp_path: Path, name: str) -> None:
    said = run(
        tmp_path,
        [f"{name}/{name}.js"],
        PLAYED
        + """
        const step = find(".step"), said = [];
        step.focus();
        for (let i = 0; i < 3; i += 1) {
          step.onclick();
          const shut = [step.disabled, step.getAttribute("aria-disabled")];
          said.push([find(".place").value, ...shut, focused === step]);
        }
        told(said);
        """,
    )
    assert said == [[9, False, "false", True], *[[10, False, "true", True]] * 2]


@pytest.mark.parametrize("name", ["ring", "conveyor"])
def test_what_plays_is_read_aloud_at_its_end_alone(tmp_path: Path, name: str) -> None:
    said = run(
        tmp_path,
        [f"{name}/{name}.js"],
        PLAYED
        + """
        const live = () => find(".count").getAttribute("aria-live");
        find(".place").value = 2;
        find(".play").onclick(); ticks[0]();
        const playing = live();
        find(".place").value = 9; ticks[0]();
        told([playing, live(), find(".place").value]);
        """,
    )
    assert said == ["off", "polite", 10]


@pytest.mark.parametrize("name", ["ring", "conveyor"])
def test_an_earlier_call_that_is_over_stops_nobody(tmp_path: Path, name: str) -> None:
    said = run(
        tmp_path,
        [f"{name}/{name}.js"],
        PLAYED
        + """
        page.isConnected = true;
        find(".play").onclick(); leave();
        const played = find(".play").textContent;
        page.isConnected = false;
        leave(); told([played, find(".play").textContent]);
        """,
    )
    assert said == ["Pause", "Play"]
