"""What the components' scripts and styles do by themselves, without a browser."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.dlcore.figures.test_palette import luminance
from tests.ui.node import needs_node, run
from ui.components.parts import HERE

SETTINGS = Path(__file__).resolve().parents[2] / ".streamlit/config.toml"
FILLED = re.compile(r"[^{}]*\{[^{}]*background(-color)?: var\(--st-primary-color\)[^{}]*\}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_white_can_be_read_on_the_primary_colour(theme: str) -> None:
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    primary = settings["theme"][theme]["primaryColor"]
    assert 1.05 / (luminance(primary) + 0.05) >= 4.5


def test_what_stands_on_the_primary_colour_is_white() -> None:
    """The page's background is not: on the dark one it has only 4.1:1."""
    filled = {
        f"{path.name}: {rule[0].strip()}": rule[0]
        for path in HERE.rglob("*.css")
        for rule in FILLED.finditer(path.read_text(encoding="utf-8"))
    }
    assert len(filled) >= 6
    assert [name for name, rule in filled.items() if " color: #fff;" not in rule] == []


# --- What they do, with as much of a browser as they need ----------------------------------------

WALL = """
const page = made("div", "", null, [["div", "wall"]]), sent = [];
const show = (anchor, id = "maps") => {
  const boxes = anchor < 0 ? [] : [{ row: Math.floor(anchor / 4), column: anchor % 4, height: 1, width: 1 }];
  const words = { id, title: "", note: "", uri: "", alt: "", texts: [], tips: [] };
  const sheet = { ...words, rows: 4, columns: 4, count: 12, width: 40, boxes, anchor };
  const data = { rows: [[sheet]], leads_to: "" }, setTriggerValue = (name, { cell }) => sent.push(cell);
  return component({ parentElement: page, data, setTriggerValue });
};
const press = way => page.querySelector(".sheet").hears("keydown", { key: `Arrow${way}` });
const frame = () => { const { left, top } = page.querySelector(".box").style; return [left, top]; };
"""


@needs_node
def test_arrow_keys_on_a_sheet_add_up_and_are_told_once_the_hand_rests(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        ["sheets/sheets.js"],
        WALL
        + """
        show(5);
        press("Right"); press("Down"); press("Down");  // the last would leave the sheet
        const early = [...sent], there = frame();
        show(5);  // the page is drawn anew meanwhile
        const still = frame();
        passes(250);
        press("Left"); passes(250);  // before the page's answer
        show(9); press("Up"); passes(250);
        show(0); press("Right"); passes(250);  // elsewhere it was chosen otherwise
        told([early, there, still, sent]);
        """,
    )
    assert said == [[], ["50%", "50%"], ["50%", "50%"], [10, 9, 5, 1]]


@needs_node
@pytest.mark.parametrize("leaves", ["leave()", 'show(5, "others")'])
def test_a_sheet_that_is_left_tells_nothing_more(tmp_path: Path, leaves: str) -> None:
    script = WALL + f'const leave = show(5); press("Right"); {leaves}; passes(250); told(sent);'
    assert run(tmp_path, ["sheets/sheets.js"], script) == []


@needs_node
def test_a_window_that_is_left_tells_nothing_more(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        ["slide/slide.js"],
        """
        const show = () => {}, spot = () => [0, 0], visit = (state, place) => { state.place = place; };
        const data = { version: 1, colours: [], at: 0, by_itself: true }, sent = [];
        globalThis.window = { addEventListener() {}, removeEventListener() {} };
        globalThis.cancelAnimationFrame = () => {};
        const root = new FakeElement("div");
        const pictures = { gives: { sheet: { rows: 3, columns: 3 } } };
        Object.assign(root, { willing: false, state: { data, pictures, place: 0, playing: false } });
        const enter = () => component({
          parentElement: { querySelector: () => root }, data,
          setTriggerValue: (name, { cell }) => sent.push(cell),
        });
        const leave = enter();
        move(root, 0, 1); passes(250);
        move(root, 1, 0); leave(); passes(250);
        enter(); told([sent, Boolean(root.rest)]);
        """,
    )
    assert said == [[1], False]


PAD = """
const page = made("div", "", null, [["div", "pad"]]), pad = page.querySelector(".pad"), sent = [];
const black = Array(9).fill(false), data = { size: 3, black, version: "1", label: "A pad" };
pad.getRootNode = () => ({ elementFromPoint: (x, y) => pad.querySelectorAll(".cell")[3 * y + x] });
const setStateValue = (name, { cells }) => sent.push(cells.flatMap((on, i) => on ? [i] : []));
component({ parentElement: page, data, setStateValue });
"""


@needs_node
def test_the_pixel_where_the_keyboard_is_has_a_name_on_the_pad(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        ["pixel_pad/pixel_pad.js"],
        PAD
        + """
        const here = () => {
          const cell = pad.inside().find(one => one.id === pad.getAttribute("aria-activedescendant"));
          const roles = [cell, cell.parentElement].map(one => one.getAttribute("role"));
          return [...roles, cell.getAttribute("aria-label")];
        };
        const press = key => { pad.hears("keydown", { key }); return here(); };
        told([here(), press("ArrowRight"), press(" "), press("ArrowUp"), sent]);
        """,
    )
    places = ["row 2, column 2: empty", "row 2, column 3: empty", "row 2, column 3: black"]
    places.append("row 1, column 3: empty")
    assert said == [*(["gridcell", "row", place] for place in places), [[5]]]


@needs_node
def test_only_the_first_button_paints_and_only_while_it_is_down(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        ["pixel_pad/pixel_pad.js"],
        PAD
        + """
        const hears = (name, buttons, x, y, button = 0) => {
          const target = pad.querySelectorAll(".cell")[3 * y + x];
          pad.hears(`pointer${name}`, { button, buttons, clientX: x, clientY: y, target });
        };
        hears("down", 2, 1, 1, 2); hears("move", 2, 2, 1);
        hears("down", 1, 0, 0); hears("move", 1, 1, 0);
        hears("move", 0, 2, 0);  // it was let go where nobody heard it
        hears("move", 1, 2, 2);
        told(sent);
        """,
    )
    assert said == [[0, 1]]


BOARD = """
const found = {}, board = {
  config: { data: "own" }, own: [], under: null, root: made("div", ""), painter: {}, lane: { begin() {} },
  find: name => found[name] ??= made("div", name), pause() {}, wake() {},
};
"""
PLANES = {
    "playground": [f"playground/{name}.js" for name in ("network", "link", "story", "touch", "own")],
    "forger": ["forger/paint.js", "forger/story.js", "forger/own.js"],
}


@needs_node
@pytest.mark.parametrize("name", PLANES)
def test_only_the_first_button_puts_points_and_only_while_it_is_down(tmp_path: Path, name: str) -> None:
    said = run(
        tmp_path,
        PLANES[name],
        BOARD
        + """
        if (typeof wireTouch !== "undefined") wireTouch(board);
        wireOwn(board);
        const plane = board.find("plane"), points = [];
        const hears = (name, buttons, at, button = 0) => {
          plane.hears(`pointer${name}`, { button, buttons, clientX: at, clientY: at });
          points.push(board.own.length);
        };
        hears("down", 2, 50, 2); hears("move", 2, 60);
        hears("down", 1, 20); hears("move", 1, 40); hears("up", 0, 40); hears("move", 0, 60);
        hears("down", 1, 20); hears("cancel", 0, 20); hears("move", 1, 40);
        hears("down", 1, 20); hears("move", 0, 40);  // it was let go where nobody heard it
        hears("move", 1, 60);
        told([points, plane.captured]);
        """,
    )
    assert said == [[0, 0, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], 1]


CONTROLS = """
const root = made("div", "playground", null, [["div", "net"], ["div", "inputs-row"], ["div", "layers-row"]]);
const row = root.querySelector(".layers-row");
for (const name of ["fewer", "more"]) made("button", name, row).dataset.spot = name;
const config = { inputs: "x1 x2", layers: "4 2", activations: "", activation: "tanh", data: "circle" };
const inputs = { x1: "x1", x2: "x2", x1x1: "x1 squared" };
const words = { inputs, activations: { tanh: "tanh", relu: "ReLU" } };
globalThis.getComputedStyle = () => ({});
const board = Object.assign(Object.create(Board.prototype), {
  root, config, words, knobs: { loss: {}, penalty_rate: {} }, own: [], lane: {}, wake() {},
  find: name => root.querySelector(`.${name}`) ?? made("div", name, root), component: { data: {} },
  change(changes) { Object.assign(config, changes); board.draw(); },
  draw() { board.lane.shape = shapeOf(config); board.restyle(); },
});
const named = () => focused && (focused.getAttribute("aria-label") ?? focused.dataset.spot);
const press = spot => {
  const one = root.querySelector(`[data-spot="${spot}"]`);
  one.focus(); one.onclick();
  return named();
};
"""
FILES = ["network", "picture", "own", "story", "touch", "controls", "playground"]


@needs_node
def test_what_changes_the_network_keeps_the_focus(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        [f"playground/{name}.js" for name in FILES],
        CONTROLS
        + """
        const rest = () => config.layers.split(" ").slice(1).join(" ");
        board.find("fewer").onclick = () => board.change({ layers: rest() });
        board.draw();
        const first = ["One unit more in layer 2", "One unit less in layer 2", "input x1x1"].map(press);
        const select = root.querySelector('[data-spot="Activation of layer 1"]');
        select.focus(); select.value = "relu"; select.onchange();
        const then = [named(), config.activations, press("One unit less in layer 2"), config.layers];
        told([first, then, press("fewer"), press("fewer"), config.layers]);
        """,
    )
    assert said[0] == ["One unit more in layer 2", "One unit less in layer 2", "input x1x1"]
    assert said[1] == ["Activation of layer 1", "relu -", None, "4 1"]
    assert said[2:] == ["fewer", None, ""], "where it can do no more, no other has it"


@needs_node
def test_slow_motion_keeps_the_focus_from_caption_to_caption(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        ["forger/story.js", "forger/forger.js"],
        """
        const root = made("div", "forger", null, [["button", "slow"], ["div", "story"]]);
        const frame = { scores: [0] }, framesOf = () => [frame, frame, frame];
        const ask = async () => ({ said: {} });
        const board = {
          shown: 0, config: {}, balance: 1, pause() {}, wake() {},
          find: name => root.querySelector(`.${name}`),
          lane: { turn: 1, own: () => [], reaching: () => ({}), asks: {} },
          single: async () => {},
        };
        const button = spot => root.querySelector(`[data-spot="${spot}"]`);
        const where = () => [focused?.dataset.spot ?? focused?.className ?? null, board.story?.stage];
        const soon = () => new Promise(setImmediate), places = [];
        (async () => {
          await beginStory(board, true); places.push(where());
          button("next").onclick(); places.push(where());
          button("close").focus(); nextCaption(board); places.push(where());
          focused = null; nextCaption(board); places.push(where());  // it takes nobody's focus
          button("next").focus(); for (let i = 0; i < 5; i += 1) button("next").onclick();
          await soon(); places.push(where(), [board.story.auto]);
          button("close").onclick(); places.push(where());
          told(places);
        })();
        """,
    )
    assert said[:3] == [["next", 0], ["next", 1], ["close", 2]]
    assert said[3:] == [[None, 3], ["next", 0], [False], ["slow", None]]


@needs_node
def test_real_points_are_put_by_keys_too(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        PLANES["forger"],
        BOARD
        + """
        wireOwn(board);
        const plane = board.find("plane"), spot = board.find("spot");
        spot.hidden = true;
        const press = (key, more) => plane.hears("keydown", { key, ...more }).prevented ?? false;
        const keys = ["ArrowRight", "ArrowUp", "Enter", ...Array(30).fill("ArrowLeft"), " "];
        const taken = keys.map(key => press(key)).every(Boolean);
        const seen = [spot.hidden, spot.style.left, spot.style.top, board.find("cursor").textContent];
        const others = [press("Tab"), press("ArrowLeft", { altKey: true }), press("Enter", { repeat: true })];
        plane.hears("blur");
        const own = board.own;
        board.config.data = "ring";
        const nothing = [press("Enter"), press("ArrowUp")];
        told([taken, seen, others, spot.hidden, own, nothing]);
        """,
    )
    seen = [False, "0%", "47.5%", "At (-2.0, 0.1). Put so far: 2."]
    assert said == [True, seen, [False, False, True], True, [[0.1, 0.1], [-2, 0.1]], [False] * 2]
