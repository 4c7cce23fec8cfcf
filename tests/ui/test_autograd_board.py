"""The board of autograd: what it asks again, what it hears of earlier moves, and where the keyboard is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from tests.ui.node import needs_node, run
from ui.components.autograd import component as autograd

FILES = ["ask.js", "autograd/picture.js", "autograd/autograd.js"]
GRAPH = """
globalThis.HTMLInputElement = class {};
globalThis.HTMLButtonElement = class {};
globalThis.ResizeObserver = class { observe() {} disconnect() {} };
document.addEventListener = document.removeEventListener = () => {};
const parts = ["caption", "where", "leaves", "trouble", "why", "picture"].map(name => ["div", name]);
const buttons = ["play", "back", "next", "again", "zero"].map(name => ["button", name]);
const page = made("div", "", null), sent = [], asked = [];
const root = made("div", "autograd", page, [...parts, ...buttons]);
root.isConnected = true;
const scene = words => ({ now: -1, shown: [], blamed: [], words });
const graphOf = x => ({ ...NOTHING, text: "x", scenes: [scene("one"), scene(`${x}`)] });
const give = (x, turn) => component({
  parentElement: page, setTriggerValue: (name, value) => sent.push(value),
  data: { expression: "x", values: { x }, graph: graphOf(x), asks: "asks", farthest: 5, most: 12, turn },
});
const slider = () => root.querySelector("input"), caption = () => root.querySelector(".caption");
const move = x => { slider().value = String(x); slider().oninput(); slider().onchange(); };
const soon = () => new Promise(setImmediate);
let answer = async ({ values }) => ({ ok: true, json: async () => graphOf(values.x) });
globalThis.fetch = async (address, { body }) => {
  const question = JSON.parse(body);
  asked.push(question.values.x);
  return answer(question);
};
"""


@needs_node
def test_a_question_that_failed_is_asked_again_and_the_newest_comes_first(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GRAPH
        + """
        give(1, 0);
        const there = answer;
        (async () => {
          answer = async () => { throw new TypeError("away"); };
          move(2); await soon();
          answer = async () => ({ ok: false, status: 429 });
          passes(ASK_AGAIN); await soon();
          const before = caption().textContent;
          move(3);
          answer = there;
          passes(ASK_AGAIN); await soon(); passes(REST); await soon();
          told([asked, before, caption().textContent]);
        })();
        """,
    )
    assert said == [[2, 2, 3], "1", "3"]


@needs_node
def test_an_answer_to_an_earlier_move_leaves_the_slider_under_the_hand(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GRAPH
        + """
        give(1, 4);  // of a board that was here before
        const first = slider();
        first.focus();
        move(2); move(3);
        give(2, 5);
        const kept = [slider() === first, focused === first, root.state.values.x];
        give(3, 6); kept.push(slider() === first);
        give(0, 6);  // a card has moved the leaf
        told([kept, root.state.values.x, sent]);
        """,
    )
    moves = [{"turn": 5, "values": {"x": 2}}, {"turn": 6, "values": {"x": 3}}]
    assert said == [[True, True, 3, True], 0, moves]


@needs_node
def test_a_slider_that_is_held_is_left_and_its_captions_are_not_read_out(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GRAPH
        + """
        give(1, 0);
        const find = root.querySelector.bind(root), live = [caption().getAttribute("aria-live")];
        root.querySelector = name => name.endsWith(":active") ? slider() : find(name);
        give(2, 1); live.push(caption().getAttribute("aria-live"), root.state.values.x);
        root.querySelector = find;
        give(2, 1); live.push(caption().getAttribute("aria-live"), root.state.values.x);
        told(live);
        """,
    )
    assert said == ["polite", "off", 1, "polite", 2]


@needs_node
def test_a_button_at_its_end_keeps_the_focus_and_space_steps_where_nothing_may_move(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GRAPH
        + """
        give(1, 0);
        const back = root.querySelector(".back"), again = root.querySelector(".again");
        back.focus(); back.onclick();
        const steps = [root.state.scene, focused === back, back.getAttribute("aria-disabled")];
        back.onclick(); steps.push(root.state.scene);
        root.hears("keydown", { key: " ", composedPath: () => [root] });
        const after = [root.state.scene, root.state.playing];
        root.state.times = 12; give(1, 0); again.onclick();
        const named = root.getAttribute("aria-label").includes("Space: one node on");
        told([steps, after, root.state.times, named]);
        """,
    )
    assert said == [[0, True, "true", 0], [1, False], 12, True]


def test_the_page_hears_the_leaves_and_the_board_which_move_that_was(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    mounted: list[dict[str, Any]] = []
    state: dict[str, Any] = {"board": {}}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(autograd, "_board", lambda **said: mounted.append(said))

    def turn() -> int:
        autograd.show_autograd("board", "x", {"x": 1.0}, {}, heard.append, asks="")
        return int(mounted[-1]["data"]["turn"])

    assert turn() == 0
    left: Callable[[], None] = mounted[-1]["on_leaves_change"]
    turns = []
    for told in ({"turn": 7, "values": {"x": 2}}, {"turn": True, "x": 3}, {"turn": 10**9}, None):
        state["board"]["leaves"] = told
        left()
        turns.append(turn())
    assert turns == [7] * 4
    assert heard == [{"x": 2}, {"turn": True, "x": 3}, {"turn": 10**9}, None]
