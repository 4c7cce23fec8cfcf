"""The board of the playground: one's own points, what stands where nothing is known, and narrow pages."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.ui.node import needs_node, run

NAMES = "network lane picture own cut link story batches touch beside controls playground"
FILES = ["ask.js", *(f"playground/{name}.js" for name in NAMES.split())]
BOARD = """
Object.defineProperty(FakeElement.prototype, "lastElementChild", { get() { return this.children.at(-1); } });
globalThis.performance = { now: () => 0 };
globalThis.getComputedStyle = () => ({});
globalThis.fetch = () => new Promise(() => {});  // its answer is never there
const parts = [["div", "net"], ["details", "beside"], ["div", "story"]];
const root = Object.assign(made("div", "playground", null, parts), { isConnected: true });
for (const name of ["train", "test", "right"]) made("div", `score ${name}`, root, [["b", ""]]);
const config = { inputs: "x1 x2", layers: "2", activations: "", activation: "tanh", data: "own", loss: "" };
const names = { inputs: { x1: "x1", x2: "x2" }, activations: { tanh: "tanh" } }, sent = [];
const asks = { frames: "frames", blames: "blames", most: 5000 };
const board = Object.assign(Object.create(Board.prototype), {
  root, config, words: names, knobs: { loss: {}, penalty_rate: {} }, turn: 0, own: [],
  chosen: null, story: null, beside: null, batches: null, shown: 0, playing: false, autoplay: false, note: "",
  held: null, under: null, focus: null,
  find: name => root.querySelector(`.${name}`) ?? made("div", name, root), wake() {}, showPoints() {},
  component: { data: { asks, colours: [] }, setStateValue: (name, value) => sent.push([name, value]) },
});
board.lane = new Lane(asks, config, () => board.own, () => {});
const trained = epochs => { for (let epoch = 0; epoch <= epochs; epoch += 1) {
  board.lane.frames[epoch] = new Float32Array(board.lane.shape.params);
  board.lane.scores[epoch] = Float32Array.of(0.5, 0.25, 1, 0.75);
} board.shown = epochs; };
const own = [[1, 1, 1], [-1, -1, -1]];
"""


@needs_node
def test_own_points_end_what_was_of_the_old_training(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        BOARD
        + """
        board.restyle(); trained(5);
        const old = board.beside = new Lane(asks, config, () => [], () => {});
        Object.assign(board, { chosen: 0, link: [0, 0, 0], story: { stage: 0 } });
        board.find("beside-knob").value = "activation"; board.find("beside-value").value = "relu";
        board.find("beside").open = true;
        board.find("link").hidden = board.find("story").hidden = false;
        setOwn(board, own.slice(0, 1)); passes(400);
        const closed = [board.beside, board.chosen, board.find("link").hidden, board.find("story").hidden];
        setOwn(board, own); passes(400);
        told([closed, board.beside !== old, board.beside.config.activation, board.beside.asking]);
        """,
    )
    assert said == [[None, None, True, True], True, "relu", True]


@needs_node
def test_without_a_training_no_score_and_no_map_stands_there(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        BOARD
        + """
        const wiped = [], wipes = name => ({ set: () => { wiped.push(name); } });
        board.restyle();
        for (const name of ["ground", "beside-ground"]) {
          Object.defineProperty(board.find(name), "width", wipes(name));
        }
        board.find("beside").open = true;
        board.find("beside-score").textContent = "Epoch 5";
        paintCurve = () => {};
        board.tick(0);
        const tiles = root.querySelectorAll(".score").map(one => one.lastElementChild.textContent);
        told([tiles, wiped, board.find("beside-score").textContent]);
        """,
    )
    assert said == [["–"] * 3, ["ground", "beside-ground"], ""]


@needs_node
def test_a_line_that_is_clicked_before_anything_is_trained_does_nothing(tmp_path: Path) -> None:
    script = "board.restyle(); board.choose(0, 0, 0); const early = board.chosen; trained(1); told(early);"
    assert run(tmp_path, FILES, BOARD + script) is None


@needs_node
@pytest.mark.parametrize(("goes", "chosen"), [("board.shown = 3", None), ("", 6)])
def test_the_largest_gradient_is_of_the_moment_shown(tmp_path: Path, goes: str, chosen: int | None) -> None:
    said = run(
        tmp_path,
        FILES,
        BOARD
        + f"""
        board.restyle(); trained(5);
        const {{ shape }} = board.lane;
        board.choose = (layer, below, unit) => {{ board.chosen = placeOf(shape, layer, below, unit); }};
        const gradient = packed(new Float32Array(shape.params).map((_, place) => place === 6 ? 9 : 0));
        globalThis.fetch = async () => {{
          {goes};
          return {{ ok: true, json: async () => ({{ gradient }}) }};
        }};
        chooseLargest(board).then(() => told(board.chosen));
        """,
    )
    assert said == chosen


@needs_node
@pytest.mark.parametrize("width", [358, 392, 660])
@pytest.mark.parametrize("layers", [1, 5, 6])
def test_the_buttons_of_two_layers_do_not_lie_on_each_other(tmp_path: Path, width: int, layers: int) -> None:
    """They are at least as wide as one button on a phone; two of those stand one below the other."""
    said = run(
        tmp_path,
        FILES,
        BOARD
        + f"""
        board.find("net").clientWidth = {width};
        config.layers = Array({layers}).fill(8).join(" ");
        board.lane.begin(config);
        board.restyle();
        const style = ({{ style }}) => [style.left, style.width].map(parseFloat);
        const tops = root.querySelectorAll(".unit").map(one => parseFloat(one.style.top));
        told([root.querySelectorAll(".head").map(style), Math.min(...tops)]);
        """,
    )
    heads, top = said
    assert len(heads) == layers
    assert all(left + wide < other for (left, wide), (other, _) in pairwise(heads))
    assert min(wide for _, wide in heads) >= 32
    two_beside = 2 * 32 + 4
    assert top >= (36 if heads[0][1] >= two_beside else 36 + 2 + 36) + 2 + 26


@needs_node
def test_undo_keeps_the_focus_where_nothing_is_left(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        BOARD
        + """
        wireOwn(board);
        const undo = board.find("take-back");
        setOwn(board, own.slice(0, 1));
        undo.focus(); undo.onclick();
        board.shown = 7; undo.onclick();  // nothing is left
        told([board.own.length, focused === undo, undo.getAttribute("aria-disabled"), board.shown]);
        """,
    )
    assert said == [0, True, "true", 7]


@needs_node
def test_another_theme_or_width_paints_the_points_beside_anew(tmp_path: Path) -> None:
    script = "board.besidePointed = {}; board.restyle(); told(board.besidePointed);"
    assert run(tmp_path, FILES, BOARD + script) is None


@needs_node
def test_what_was_halted_does_not_play_by_itself(tmp_path: Path) -> None:
    script = "board.autoplay = true; setOwn(board, own); told(board.autoplay);"
    assert run(tmp_path, FILES, BOARD + script) is False


@needs_node
def test_each_config_is_told_with_the_turn_of_its_board(tmp_path: Path) -> None:
    script = """
        board.tell(); passes(400); board.turn = 1; board.tell(); passes(400);
        told(sent.filter(([name]) => name === "config").map(([, value]) => value.turn));
        """
    assert run(tmp_path, FILES, BOARD + script) == [0, 1], "the same again would not be heard"
