"""What a tensor is, topic by topic: pictures of cells, beside what torch prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st
import torch

from dlcore.errors import ConfigError
from dlcore.figures.cells import (
    broadcast_grids,
    indexed_grids,
    lies_grids,
    product_grids,
    shared_grids,
)
from dlcore.schema import knobs
from dlcore.tensors.broadcasting import Broadcast, broadcast
from dlcore.tensors.config import TensorsConfig
from dlcore.tensors.indexing import indexed, product
from dlcore.tensors.lessons import TENSORS
from dlcore.tensors.sharing import share
from dlcore.tensors.values import lies, read_index, read_tensor
from dlcore.tensors.words import (
    broadcast_words,
    indexed_words,
    lies_words,
    printed,
    refused_product_words,
    shared_words,
)
from ui import form, messages
from ui.components.cells.component import show_cells
from ui.explain import explain
from ui.views.lesson import show_lesson

KNOBS = knobs(TensorsConfig)
STEPS = ("As they are", "Stretched", "The result")
Read = TypeVar("Read")


def show_topic(page: str, config: TensorsConfig) -> Broadcast | None:
    """The chosen topic, and no other; a broadcast is given back for the cards."""
    match config.topic:
        case "storage":
            _storage(page)
        case "view":
            _view(page, config)
        case "broadcast":
            return _broadcast(page)
        case "index":
            _index(page)
        case "product":
            _product(page)
        case "says":
            show_lesson(page, "tensor_lesson", TENSORS)
    return None


def _typed(page: str, name: str, read: Callable[[str], Read]) -> Read:
    """What is typed, read; if it cannot be, that is said, and the picture shows what stood there before."""
    knob = KNOBS[name]
    text = st.text_input(
        knob.title,
        st.session_state[form.key(page, name)],
        help=knob.help,
        max_chars=100 if name == "index" else 1_000,
        **form.field(page, knob),
    )
    kept = form.key(page, f"good_{name}")
    try:
        found = read(text or "")
    except ConfigError as error:
        st.error(messages.plain(str(error)), icon=":material/error:")
        return read(st.session_state.get(kept, knob.default))
    st.session_state[kept] = text
    return found


def _a(page: str) -> torch.Tensor:
    return _typed(page, "a", lambda text: read_tensor(text, "a"))


def _b(page: str, name: str = "b") -> torch.Tensor:
    return _typed(page, name, lambda text: read_tensor(text, "b"))


def _both(page: str, right_one: str = "b") -> tuple[torch.Tensor, torch.Tensor]:
    left, right = st.columns(2)
    with left:
        a = _a(page)
    with right:
        b = _b(page, right_one)
    return a, b


def _refused(error: str) -> None:
    if error:
        st.code(error, language=None, wrap_lines=True)


def _storage(page: str) -> None:
    found = lies(_a(page))
    show_cells(lies_grids(found), f"{page}-cells")
    st.markdown(f"{lies_words(found)} The small numbers say which cell of storage holds a value.")
    st.code(printed("a", found), language="python", wrap_lines=True)


def _view(page: str, config: TensorsConfig) -> None:
    a = _a(page)
    form.choice(page, KNOBS["share"])
    held = form.key(page, "changed")
    of = (config.share, a.tolist())
    if st.session_state.get(held, (None, None))[0] != of:
        st.session_state[held] = (of, None)
    found = share(a, config.share, st.session_state[held][1])

    def change(cell: int) -> None:
        st.session_state[held] = (of, cell)

    show_cells(shared_grids(found), f"{page}-shared", change)
    st.markdown(f"**{shared_words(found)}**")
    _refused(found.error)
    if found.b is not None:
        st.code(printed("b", found.b), language="python", wrap_lines=True)


def _broadcast(page: str) -> Broadcast:
    found = broadcast(*_both(page))
    step = st.segmented_control(
        "Step",
        STEPS,
        default=STEPS[-1],
        required=True,
        key=form.key(page, "step"),
        label_visibility="collapsed",
    )
    show_cells(broadcast_grids(found, STEPS.index(step) if step in STEPS else 2), f"{page}-broadcast")
    dashed = " Dashed values are read again: nothing is copied for them." if found.stretches else ""
    st.markdown(explain(f"**{broadcast_words(found)}**{dashed}"))
    _refused(found.error)
    rows = [
        {
            "Axis": -1 - at,
            "a": "–" if axis.a is None else str(axis.a),
            "b": "–" if axis.b is None else str(axis.b),
            "What happens": axis.words,
        }
        for at, axis in enumerate(found.axes)
    ]
    if rows:
        st.dataframe(rows, hide_index=True, key=form.key(page, "axes"))
    return found


def _index(page: str) -> None:
    left, right = st.columns(2)
    with left:
        a = _a(page)
    with right:
        index = _typed(page, "index", read_index)
    found = indexed(a, index)
    show_cells(indexed_grids(found), f"{page}-indexed")
    st.markdown(f"**{indexed_words(found)}**")
    _refused(found.error)
    if found.result is not None:
        text = st.session_state.get(form.key(page, "good_index"), KNOBS["index"].default)
        st.code(printed(f"a[{text}]", found.result), language="python", wrap_lines=True)


def _product(page: str) -> None:
    held = form.key(page, "cell")
    found = product(*_both(page, "factor"), st.session_state.get(held, 0))

    def look(cell: int) -> None:
        st.session_state[held] = cell

    show_cells(product_grids(found), f"{page}-product", look)
    if found.sum:
        st.markdown(f"**Row {found.row} of a, column {found.column} of b:** {messages.plain(found.sum)}")
        st.caption("Click a cell of a @ b to see its row and its column.")
    if found.error:
        st.markdown(f"**{refused_product_words(found)}**")
    _refused(found.error)
