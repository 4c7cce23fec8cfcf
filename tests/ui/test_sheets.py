"""Pictures made of cells: what keys, the pointer and a screen reader find on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.ui.node import needs_node, run

pytestmark = needs_node
WALL = """
const page = made("div", "", null, [["div", "wall"]]), sent = [], chosen = new Set();
const show = (toggles, tips = []) => {
  const at = cell => ({ row: Math.floor(cell / 5), column: cell % 5, height: 1, width: 1 });
  const boxes = [...chosen].map(at);
  const sheet = {
    id: "quiz", title: "", note: "", uri: "", alt: "Ten digits", texts: [], tips, boxes,
    rows: 2, columns: 5, count: tips.length ? 0 : 10, width: 40, anchor: boxes.length ? [...chosen][0] : -1,
  };
  const setTriggerValue = (name, { cell }) => sent.push(cell);
  const data = { rows: [[sheet]], leads_to: "", toggles };
  return component({ parentElement: page, data, setTriggerValue });
};
const press = (key, more) => page.querySelector(".sheet").hears("keydown", { key, ...more });
const where = () => page.querySelector(".where").textContent;
"""


def play(tmp_path: Path, script: str) -> Any:
    return run(tmp_path, ["sheets/sheets.js"], WALL + script)


def test_where_cells_are_chosen_one_by_one_arrow_keys_only_go_there(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        const said = [];
        show(true);
        for (const key of ["Enter", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"]) press(key);
        passes(250); said.push([...sent], where());
        press(" "); press("Enter", { repeat: true }); chosen.add(6); show(true);
        said.push([...sent], where());
        press("ArrowLeft"); said.push(where());
        press("ArrowRight"); press("Enter"); chosen.delete(6); show(true); said.push(sent, where());
        told(said);
        """,
    )
    assert said == [[], "row 2, column 2", [6], "row 2, column 2, chosen", "row 2, column 1", [6, 6],
                    "row 2, column 2"]  # fmt: skip


def test_what_is_chosen_stays_framed_beside_where_the_keyboard_is(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        chosen.add(3); show(true); press("ArrowRight");
        told(page.querySelectorAll(".box").map(box => [box.className, box.style.left]));
        """,
    )
    assert said == [["box", "60%"], ["box here", "0%"]]


def test_a_mouse_brings_no_second_frame(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        show(true); page.querySelector(".sheet").hears("click", { clientX: 30, clientY: 10 });
        chosen.add(1); show(true); told([sent, page.querySelectorAll(".box").length]);
        """,
    )
    assert said == [[1], 1]


def test_a_screen_reader_hears_where_the_arrow_keys_are(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        show(false); press("ArrowRight"); press("ArrowDown");
        told([where(), page.querySelector(".where").getAttribute("aria-live")]);
        """,
    )
    assert said == ["row 2, column 1", "polite"]


def test_a_pointer_that_stays_in_its_cell_writes_nothing_anew(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        show(false, ["one", "two"]);
        const note = page.querySelector("span"), written = [];
        let text = "";
        const set = words => written.push(text = words);
        Object.defineProperty(note, "textContent", { get: () => text, set });
        const goes = clientX => page.querySelector(".sheet").hears("pointermove", { clientX, clientY: 10 });
        goes(2); goes(4); goes(6); goes(30); goes(32);
        told(written);
        """,
    )
    assert said == ["one", "two"]


def test_an_earlier_call_that_is_over_takes_no_arrow_key_back(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        const leave = show(false), wall = page.querySelector(".wall");
        wall.isConnected = true;
        press("ArrowRight"); leave(); passes(250);
        wall.isConnected = false;
        press("ArrowRight"); leave(); passes(250);
        told(sent);
        """,
    )
    assert said == [0]
