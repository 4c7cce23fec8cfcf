"""A place to drop pictures and folders: browsers make them small, so that sixty photos are soon there."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ui.components.parts import part

MOST_AT_ONCE, LETTERS = 200, 400_000  # pictures of a message, and of one of them in base 64

_drop = st.components.v2.component(
    "picture_drop",
    html='<div class="drop"><button type="button"></button><span></span><output></output>'
    '<input type="file" multiple accept="image/*"></div>',
    css=part("picture_drop/picture_drop.css"),
    js=part("picture_drop/picture_drop.js"),
)


@dataclass(frozen=True)
class Dropped:
    """`content` is a small JPEG; b"" if the browser could not open the file. `folder` may be ""."""

    name: str
    folder: str
    content: bytes


def picture_drop(
    key: str,
    *,
    label: str,
    hint: str,
    most: int,
    longest: int,
    on_drop: Callable[[Sequence[Dropped], bool], None],
) -> None:
    """At most `most` pictures at a time, each `longest` pixels on its longer side.

    They come in several messages, one after the other: `on_drop` is called with each, once, and with whether
    it is the first of them.
    """
    state = f"{key}-taken"

    def dropped() -> None:
        said = st.session_state[key].get("pictures")
        if not isinstance(said, dict) or type(said.get("number")) is not int:
            return  # a client may send anything
        st.session_state[state] = said["number"]
        pictures = said.get("pictures")
        rows = pictures if isinstance(pictures, list) else []
        found = [one for row in rows[:MOST_AT_ONCE] if (one := _dropped(row)) is not None]
        on_drop(found, said.get("first") is not False)

    taken = st.session_state.get(state, 0)
    data: dict[str, Any] = {"label": label, "hint": hint, "most": most, "longest": longest, "taken": taken}
    data["at_once"] = MOST_AT_ONCE
    _drop(key=key, data=data, on_pictures_change=dropped)


def _dropped(row: Any) -> Dropped | None:
    if not isinstance(row, dict):
        return None
    name, folder, data = (row.get(part) for part in ("name", "folder", "data"))
    if not (isinstance(name, str) and isinstance(folder, str) and isinstance(data, str)):
        return None
    if len(data) > LETTERS:
        return None
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    return Dropped(name[:80], folder[:80], content)
