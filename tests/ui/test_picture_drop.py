"""Dropped pictures on their way to the page: in several messages, and never lost in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.ui.node import needs_node, run

pytestmark = needs_node
DROP = """
globalThis.createImageBitmap = async file => {
  if (!file.whole) throw new Error("no picture");
  return { width: 10, height: 10, close() {} };
};
Object.assign(FakeElement.prototype, {
  getContext: () => ({ fillRect() {}, drawImage() {} }), toDataURL: () => "data:image/jpeg;base64,AAAA",
});
const page = made("div", ""), box = made("div", "drop", page), sent = [];
for (const kind of ["button", "span", "output", "input"]) made(kind, "", box);
box.classList.remove = () => {};
const output = box.querySelector("output"), input = box.querySelector("input");
const show = (taken, most = 400) => component({
  parentElement: page, data: { label: "", hint: "", most, longest: 20, taken, at_once: 2 },
  setTriggerValue: (name, said) => sent.push(said),
});
const file = name => ({ name, whole: true });
const drop = (...names) => { input.files = names.map(file); input.onchange(); };
const until = async fact => { while (!fact()) await new Promise(setImmediate); };
const many = count => until(() => sent.length === count);
"""


def play(tmp_path: Path, script: str) -> Any:
    return run(tmp_path, ["picture_drop/picture_drop.js"], f"{DROP}(async () => {{ {script} }})();")


def test_messages_of_one_drop_are_told_apart_from_the_next_drop(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        show(0); drop("a", "b", "c", "d", "e");
        for (const taken of [1, 2, 3]) { await many(taken); show(taken); }
        drop("f"); await many(4);
        told(sent.map(({ number, first, pictures }) => [number, first, pictures.length]));
        """,
    )
    assert said == [[1, True, 2], [2, False, 2], [3, False, 1], [4, True, 1]]


def test_what_is_too_much_is_said(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        show(0, 3); drop("a", "b", "c", "d", "e"); const first = output.textContent;
        await many(1); show(1, 3); await many(2); show(2, 3); const cut = output.textContent;
        drop("f"); await many(3);
        told([first, cut, output.textContent, sent.flatMap(one => one.pictures.map(({ name }) => name))]);
        """,
    )
    words = ["Making picture 0 of 3 small …", "Only the first 3 were taken.", ""]
    assert said == [*words, ["a", "b", "c", "f"]]


def test_a_page_that_begins_anew_gets_what_is_left(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        show(0); drop("a", "b", "c", "d", "e");
        await many(1); show(1); await many(2);
        show(0); await many(3);  // the second message was lost with the visit
        told(sent.map(({ number }) => number));
        """,
    )
    assert said == [1, 2, 1]


def test_what_cannot_be_read_comes_by_its_name_and_the_others_whole(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        const good = name => ({ isFile: true, name, file: done => done(file(name)) });
        const bad = name => ({ isFile: true, name, file: (_, failed) => failed(new Error("gone")) });
        const shut = name => ({
          isDirectory: true, name,
          createReader: () => ({ readEntries: (_, failed) => failed(new Error("shut")) }),
        });
        show(0);
        const entries = [good("a"), bad("b"), shut("c"), good("d")];
        const items = entries.map(one => ({ webkitGetAsEntry: () => one }));
        await box.ondrop({ preventDefault() {}, dataTransfer: { items } });
        await many(1); show(1); await many(2);
        told(sent.flatMap(one => one.pictures.map(({ name, data }) => [name, Boolean(data)])));
        """,
    )
    assert said == [["a", True], ["b", False], ["c", False], ["d", True]]


def test_a_screen_reader_does_not_hear_of_every_picture(tmp_path: Path) -> None:
    said = play(
        tmp_path,
        """
        const said = [];
        output.setAttribute = (name, value) => said.push([value, output.textContent]);
        show(0); drop("a", "b"); await many(1);
        told(said.map(([live]) => live));
        """,
    )
    assert said == ["polite", "off", "off", "polite"]
