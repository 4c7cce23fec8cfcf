"""Two ways to a digit: a canvas and the test digits. Each makes the current digit."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit_drawable_canvas import st_canvas

from dlcore.datasets.catalogue import noun_of
from dlcore.errors import DataError, DlcoreError, UploadError
from dlcore.mnist.canvas import decode_canvas, is_dot, to_digit
from ui import sketches, state

SIDE = 280  # pixels of the canvas
PEN = 20
DRAWN = "Your drawing."


@dataclass(frozen=True)
class _Seen:
    """What the canvas last sent, the ink in it if it could be read, and how that was prepared."""

    image: str  # a data URI
    ink: NDArray[np.uint8] | None
    centered: bool


def _sent(said: Any) -> tuple[str, Mapping[str, Any]]:
    """What the canvas sent: its picture as a data URI, and its strokes; none if it is empty."""
    drawing = said.get("drawing") if isinstance(said, Mapping) else None
    if not isinstance(drawing, Mapping):
        return "", {}
    image, raw = drawing.get("data"), drawing.get("raw")
    strokes = raw if isinstance(raw, Mapping) and raw.get("objects") else {}
    return image if isinstance(image, str) else "", strokes


def _png(image: str) -> bytes:
    """Raises UploadError if it is no data URI in base64."""
    try:
        return base64.b64decode(image.partition(";base64,")[2], validate=True)
    except ValueError as error:
        raise UploadError("The drawing did not arrive whole; clear the canvas and draw it again.") from error


class DigitInput:
    """A page's canvas and what belongs to it. `begin` comes first; a drawing is prepared as MNIST does it,
    unless the page's toggle `<page>__centered` says otherwise.
    """

    def __init__(self, page: str) -> None:
        self.page = page

    def key(self, name: str) -> str:
        return f"{self.page}__{name}"

    @property
    def problem(self) -> str:
        """Why there is no digit, in a sentence; "" if nothing went wrong."""
        return str(st.session_state.get(self.key("problem"), ""))

    @property
    def centered(self) -> bool:
        """Is a digit scaled and centred as MNIST does it?"""
        return bool(st.session_state.get(self.key("centered"), True))

    def begin(self) -> None:
        """Outside all fragments. Who comes to a page finds their last drawing on its canvas, and a test digit
        if there is neither a drawing nor another digit.
        """
        first, entry = self.key("sheet") not in st.session_state, state.entry()
        if not first and st.session_state[self.key("entry")] == entry:
            return
        st.session_state[self.key("entry")] = entry
        st.session_state[self.key("sheet")] = 0 if first else st.session_state[self.key("sheet")] + 1
        st.session_state.setdefault(self.key("pictures"), 0)
        st.session_state[self.key("seen")] = None
        st.session_state[self.key("sketch")] = sketch = sketches.kept(state.owner())
        if sketch is not None:
            self._read(sketch.image)
        elif first and state.current_digit() is None:
            self._use_test_digit(0)

    def canvas(self, then: Callable[[], None] = lambda: None) -> None:
        """The canvas. A new stroke is the current digit, and then `then` is called, in the same callback."""

        def drawn() -> None:
            st.session_state[self.key("strokes")] = st.session_state.get(self.key("strokes"), 0) + 1
            self._look()
            then()

        sketch: sketches.Sketch | None = st.session_state[self.key("sketch")]
        try:
            with st.container(key=self.key("canvas")):
                st_canvas(
                    stroke_width=PEN,
                    stroke_color="#FFFFFF",
                    background_color="#000000",
                    width=SIDE,
                    height=SIDE,
                    initial_drawing=dict(sketch.strokes) if sketch is not None else None,
                    return_image_data=True,
                    key=self._sheet,
                    on_change=drawn,
                )
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # a client may send anything
            unreadable = UploadError("The drawing cannot be read: a fresh sheet is there, draw it again.")
            unreadable.__cause__ = error
            self.refuse(unreadable)
            self.empty_sheet()
        self._look()

    @property
    def ink(self) -> NDArray[np.uint8] | None:
        """The ink on the canvas, (280, 280) uint8, if there is any."""
        seen: _Seen | None = st.session_state.get(self.key("seen"))
        return seen.ink if seen else None

    @property
    def turn(self) -> tuple[int, int]:
        """Another one after every stroke, and on every sheet."""
        return st.session_state[self.key("sheet")], st.session_state.get(self.key("strokes"), 0)

    @property
    def _drawn_on(self) -> bool:
        """Is there anything on the canvas, a dot even?"""
        return st.session_state.get(self.key("seen")) is not None or sketches.kept(state.owner()) is not None

    @property
    def _sheet(self) -> str:
        return f"canvas-{self.page}-{st.session_state[self.key('sheet')]}"  # a component's key: no "__" in it

    def _look(self) -> None:
        """A stroke, or another way to prepare the same strokes, makes the drawing the current digit."""
        image, strokes = _sent(st.session_state.get(self._sheet))
        seen: _Seen | None = st.session_state.get(self.key("seen"))
        if not image:  # nothing was drawn on this canvas since it is there
            if seen is not None and seen.centered != self.centered:
                self._read(seen.image)
            return
        if not strokes:
            if seen is not None:  # emptied by its own toolbar
                st.session_state[self.key("seen")] = None
                sketches.forget(state.owner())
                if (digit := state.current_digit()) is not None and digit.source == DRAWN:
                    state.set_current_digit(None)
            return
        if seen is None or (seen.image, seen.centered) != (image, self.centered):
            self._read(image)
            if self.ink is not None:
                sketches.keep(state.owner(), sketches.Sketch(image, strokes), state.address())
            else:  # nobody wants again what is no digit
                sketches.forget(state.owner())

    def _read(self, image: str) -> None:
        """This picture of the canvas is the current digit. The same one is not decoded twice."""
        seen: _Seen | None = st.session_state.get(self.key("seen"))
        ink = seen.ink if seen is not None and seen.image == image else self._decoded(image)
        st.session_state[self.key("seen")] = _Seen(image, ink, self.centered)
        if ink is not None:
            self.take(lambda: ink, DRAWN)

    def _decoded(self, image: str) -> NDArray[np.uint8] | None:
        try:
            ink = decode_canvas(_png(image), side=SIDE)
            if is_dot(ink):
                raise UploadError("That is a dot. Draw a digit, larger.")
        except UploadError as error:
            self.refuse(error)
            return None
        return ink

    def buttons(self) -> None:
        with st.container(horizontal=True, width="content"):
            st.button("Clear", icon=":material/delete:", key=self.key("clear"), on_click=self.clear)
            st.button(
                f"Test {noun_of(state.shown_images())}",
                icon=":material/shuffle:",
                key=self.key("test"),
                on_click=self.next_test_digit,
            )
            if st.session_state.get(self.key("wiped")) is not None and not self._drawn_on:
                st.button(
                    "My drawing again",
                    icon=":material/undo:",
                    key=self.key("again"),
                    on_click=self.drawing_again,
                )

    def drawing_again(self) -> None:
        """The drawing that was last wiped is on the canvas, and is the current digit."""
        sketch: sketches.Sketch = st.session_state[self.key("wiped")]
        self.empty_sheet()
        sketches.keep(state.owner(), sketch, state.address())
        st.session_state[self.key("sketch")] = sketch
        self._read(sketch.image)

    def clear(self) -> None:
        """A fresh canvas and no digit."""
        self.empty_sheet()
        if st.session_state.pop(self.key("pictured"), False):
            st.session_state[self.key("pictures")] += 1
        st.session_state[self.key("problem")] = ""
        state.set_current_digit(None)

    def next_test_digit(self) -> None:
        self.take_test_digit(st.session_state.get(self.key("test_index"), 0) + 1)

    def take_test_digit(self, index: int) -> None:
        """The test digit of this number, counted from 0 and beyond the last from the first again."""
        self.empty_sheet()
        st.session_state[self.key("test_index")] = index
        self._use_test_digit(index)

    def empty_sheet(self) -> None:
        """An empty canvas: a new key makes the browser forget the strokes. What was drawn is put aside."""
        if (sketch := sketches.kept(state.owner())) is not None:
            st.session_state[self.key("wiped")] = sketch
        st.session_state[self.key("offers")] = ()
        st.session_state[self.key("sheet")] += 1
        st.session_state[self.key("seen")] = st.session_state[self.key("sketch")] = None
        sketches.forget(state.owner())

    def _use_test_digit(self, index: int) -> None:
        try:
            state.set_current_digit(state.test_image(state.shown_images(), index))
        except DataError as error:
            self.refuse(error)
            return
        st.session_state[self.key("problem")] = ""

    def take(self, read_ink: Callable[[], NDArray[np.uint8]], source: str) -> None:
        """Make a drawing or picture the current digit, or say why it cannot be."""
        st.session_state[self.key("offers")] = ()
        try:
            pixels = to_digit(read_ink(), centered=self.centered)
            state.set_current_digit(state.CurrentDigit(pixels, source))
            st.session_state[self.key("problem")] = ""
        except UploadError as error:
            self.refuse(error)

    def refuse(self, error: DlcoreError) -> None:
        """There is no digit, and the page says why."""
        state.set_current_digit(None)
        st.session_state[self.key("problem")] = str(error)
