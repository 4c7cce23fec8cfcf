"""Pictures made of cells that can be clicked: maps on a wall, pixels of a map. Arrow keys move too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from dlcore.figures.maps import Sheet

HTML = '<div class="wall"></div>'
CSS = """
.wall { display: flex; flex-direction: column; gap: 10px; font-family: var(--st-font);
        color: var(--st-text-color); }
.row { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 8px 18px; }
figure { margin: 0; flex: 1 1 0; min-width: 0; }
figcaption { font-size: 14px; line-height: 22px; display: flex; flex-wrap: wrap; gap: 0 8px; }
figcaption b { font-weight: 600; }
figcaption span { color: var(--st-gray-text-color); }
.sheet { position: relative; width: 100%; outline: 1px solid var(--st-border-color); overflow: hidden; }
.sheet img { display: block; width: 100%; height: 100%; image-rendering: pixelated; }
.sheet.live { cursor: pointer; touch-action: manipulation; }
.sheet:focus-visible { outline: 3px solid var(--st-primary-color); }
.box { position: absolute; box-sizing: border-box; pointer-events: none;
       border: 2px solid var(--st-text-color);
       box-shadow: 0 0 0 1.5px var(--st-background-color), inset 0 0 0 1px var(--st-background-color); }
.texts { position: absolute; inset: 0; display: grid; pointer-events: none; }
.texts div { display: flex; align-items: center; justify-content: center; text-align: center;
             white-space: pre; overflow: hidden; font-size: 13px; line-height: 16px; font-weight: 600;
             color: var(--st-text-color);
             text-shadow: 0 0 2px var(--st-background-color), 0 0 2px var(--st-background-color),
                          0 0 3px var(--st-background-color), 0 0 4px var(--st-background-color); }
"""
JS = """
const make = (kind, name, into) => {
  const element = document.createElement(kind);
  element.className = name;
  into.appendChild(element);
  return element;
};
const percent = value => `${100 * value}%`;
export default function({ parentElement, data, setTriggerValue }) {
  const wall = parentElement.querySelector(".wall");
  const shape = JSON.stringify(data.rows.map(row => row.map(sheet => sheet.id)));
  if (wall.dataset.shape !== shape) {
    wall.dataset.shape = shape;
    wall.replaceChildren();
    for (const row of data.rows) {
      const line = make("div", "row", wall);
      for (const sheet of row) {
        const figure = make("figure", "", line);
        figure.dataset.id = sheet.id;
        const caption = make("figcaption", "", figure);
        make("b", "", caption);
        make("span", "", caption);
        const picture = make("div", "sheet", figure);
        make("img", "", picture).alt = "";
        make("div", "texts", picture);
        make("div", "boxes", picture);
      }
    }
  }
  for (const sheet of data.rows.flat()) {
    const figure = [...wall.querySelectorAll("figure")].find(f => f.dataset.id === sheet.id);
    const picture = figure.querySelector(".sheet"), live = sheet.count > 0;
    figure.style.maxWidth = `${sheet.width}px`;
    figure.style.flexBasis = `${Math.min(190, 0.5 * sheet.width)}px`;
    figure.querySelector("b").textContent = sheet.title;
    figure.querySelector("span").textContent = sheet.note;
    const high = sheet.texts.length ? 1.1 : 1;  // a cell with words is a little higher than wide
    picture.style.aspectRatio = `${sheet.columns} / ${sheet.rows * high}`;
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", sheet.alt);
    picture.classList.toggle("live", live);
    picture.tabIndex = live ? 0 : -1;
    const image = picture.querySelector("img");
    if (image.src !== sheet.uri) image.src = sheet.uri;
    const texts = picture.querySelector(".texts");
    texts.style.gridTemplateColumns = `repeat(${sheet.columns}, 1fr)`;
    texts.replaceChildren(...sheet.texts.map(text => {
      const cell = document.createElement("div");
      cell.textContent = text;
      return cell;
    }));
    picture.querySelector(".boxes").replaceChildren(...sheet.boxes.map(box => {
      const frame = document.createElement("div");
      frame.className = "box";
      frame.style.left = percent(box.column / sheet.columns);
      frame.style.top = percent(box.row / sheet.rows);
      frame.style.width = percent(box.width / sheet.columns);
      frame.style.height = percent(box.height / sheet.rows);
      return frame;
    }));
    const pick = cell => {
      if (cell >= 0 && cell < sheet.count) setTriggerValue("pick", { sheet: sheet.id, cell });
    };
    picture.onclick = event => {
      const area = picture.getBoundingClientRect();
      const row = Math.floor((event.clientY - area.top) / area.height * sheet.rows);
      const column = Math.floor((event.clientX - area.left) / area.width * sheet.columns);
      pick(row * sheet.columns + column);
    };
    picture.onkeydown = event => {
      const wide = sheet.columns;
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide }[event.key];
      const start = sheet.anchor;
      if (by === undefined || !live) return;
      event.preventDefault();
      pick(start < 0 ? 0 : start + by);
    };
  }
}
"""

_sheets = st.components.v2.component("sheets", html=HTML, css=CSS, js=JS)


def show_sheets(
    rows: Sequence[Sequence[Sheet]], key: str, on_pick: Callable[[str, int], None] | None = None
) -> None:
    """Rows of sheets. A click calls back with the sheet's id and the cell's number; a component's key may
    not contain "__".
    """
    known = {sheet.id: sheet for row in rows for sheet in row}

    def picked() -> None:
        said = st.session_state[key].get("pick")
        sheet = known.get(said.get("sheet", "")) if isinstance(said, dict) else None
        cell = said.get("cell") if sheet is not None else None
        if on_pick is not None and sheet is not None and isinstance(cell, int) and 0 <= cell < sheet.count:
            on_pick(sheet.id, cell)

    data: dict[str, Any] = {"rows": [[_plain(sheet) for sheet in row] for row in rows]}
    _sheets(key=key, data=data, on_pick_change=picked)


def _plain(sheet: Sheet) -> dict[str, Any]:
    """`anchor` is the cell that the arrow keys begin at; -1 if none is framed."""
    box = sheet.boxes[0] if sheet.boxes else None
    middle = -1
    if box is not None:
        middle = (box.row + box.height // 2) * sheet.columns + box.column + box.width // 2
    return {**asdict(sheet), "anchor": middle}
