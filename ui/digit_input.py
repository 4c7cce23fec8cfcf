"""The ways to a digit: a canvas, the test digits, an uploaded picture. Each makes the current digit."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit_drawable_canvas import st_canvas

from dlcore.errors import DataError, DlcoreError, UploadError
from dlcore.figures.digits import digit_image
from dlcore.mnist import files
from dlcore.mnist.canvas import PAPER, decode_canvas, to_digit
from dlcore.mnist.photo import MAX_MEGABYTES, find_photo
from dlcore.serving.doubt import Offer, doubt
from ui import messages, state
from ui.lenses import mnist
from ui.pace import DRAWING, SHORTEST

SIDE = 280  # pixels of the canvas
PEN = 20
OFFER = 112  # pixels of a small picture to choose
DRAWN, UPLOADED = "Your drawing.", "Your picture."


@dataclass(frozen=True)
class _Seen:
    """What the canvas last sent, the ink in it if it could be read, and how that was prepared."""

    image: str  # a data URI
    ink: NDArray[np.uint8] | None
    centered: bool


def _sent(said: Any) -> tuple[str, bool]:
    """What the canvas sent: its picture as a data URI, and whether there are strokes on it."""
    drawing = said.get("drawing") if isinstance(said, Mapping) else None
    if not isinstance(drawing, Mapping):
        return "", False
    image, raw = drawing.get("data"), drawing.get("raw")
    return image if isinstance(image, str) else "", isinstance(raw, Mapping) and bool(raw.get("objects"))


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
    def offers(self) -> tuple[Offer, ...]:
        """The ways out of what speaks against a picture."""
        return tuple(st.session_state.get(self.key("offers"), ()))

    def show_problem(self) -> None:
        """Why there is no digit, and below it a button for every way out of it."""
        if not self.problem:
            return
        st.warning(messages.plain(self.problem), icon=":material/image_not_supported:")
        with st.container(horizontal=True, key=self.key("offered")):
            for number, offer in enumerate(self.offers):
                with st.container(width=OFFER):
                    small = to_digit(offer.ink)
                    st.image(digit_image(small, OFFER), width=OFFER, alt=f"{offer.title}: 28×28 pixels")
                    name, take = self.key(f"offer_{number}"), self._use_offer
                    st.button(offer.title, key=name, on_click=take, args=(offer,), width="stretch")

    @property
    def _centered(self) -> bool:
        return bool(st.session_state.get(self.key("centered"), True))

    @property
    def _upload_key(self) -> str:
        return f"{self.key('upload')}_{st.session_state[self.key('uploads')]}"

    def begin(self) -> None:
        """Outside all fragments. On a page's first run: an empty sheet, and a test digit if there is none."""
        if self.key("sheet") not in st.session_state:
            st.session_state[self.key("sheet")] = st.session_state[self.key("uploads")] = 0
            if state.current_digit() is None:
                self._use_test_digit(0)

    def canvas(self, then: Callable[[], None] = lambda: None) -> None:
        """The canvas. A new stroke is the current digit, and then `then` is called, in the same callback."""

        def drawn() -> None:
            st.session_state[self.key("lifted")] = True
            self._look()
            then()

        try:
            with st.container(key=self.key("canvas")):
                st_canvas(
                    stroke_width=PEN,
                    stroke_color="#FFFFFF",
                    background_color="#000000",
                    width=SIDE,
                    height=SIDE,
                    return_image_data=True,
                    key=self._sheet,
                    on_change=drawn,
                )
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # a client may send anything
            unreadable = UploadError("The drawing cannot be read: a fresh sheet is there, draw it again.")
            unreadable.__cause__ = error
            self._refuse(unreadable)
            self._empty_sheet()
        self._look()

    @property
    def ink(self) -> NDArray[np.uint8] | None:
        """The ink on the canvas, (280, 280) uint8, if there is any."""
        seen: _Seen | None = st.session_state.get(self.key("seen"))
        return seen.ink if seen else None

    @property
    def _sheet(self) -> str:
        return f"canvas-{self.page}-{st.session_state[self.key('sheet')]}"  # a component's key: no "__" in it

    def _look(self) -> None:
        """A stroke, or another way to prepare the same strokes, makes the drawing the current digit."""
        image, strokes = _sent(st.session_state.get(self._sheet))
        seen: _Seen | None = st.session_state.get(self.key("seen"))
        if not (image and strokes):
            if image and seen:  # emptied by its own toolbar
                st.session_state[self.key("seen")] = None
                if (digit := state.current_digit()) is not None and digit.source == DRAWN:
                    state.set_current_digit(None)
            return
        if seen is None or seen.image != image:
            seen = _Seen(image, self._decoded(image), self._centered)
        elif seen.centered != self._centered:
            seen = replace(seen, centered=self._centered)
        else:
            return
        st.session_state[self.key("seen")] = seen
        if (ink := seen.ink) is not None:
            self._take(lambda: ink, DRAWN)

    def moved(self, ink: NDArray[np.uint8]) -> None:
        """A stroke goes on: the (H, W) ink so far."""
        st.session_state[self.key("ink")] = ink
        st.session_state[self.key("every")] = DRAWING.seconds(state.owner())

    @property
    def every(self) -> float:
        """Seconds from one look at an unfinished stroke to the next."""
        return float(st.session_state.get(self.key("every"), SHORTEST))

    def under_the_pen(self) -> state.CurrentDigit | None:
        """The digit of a stroke that goes on, once after each `moved`; the current digit stays what it is.

        Where the end of the stroke has come with its last movement, the whole stroke is what counts.
        """
        lifted = st.session_state.pop(self.key("lifted"), False)
        ink = st.session_state.pop(self.key("ink"), None)
        if lifted or ink is None or not (ink > PAPER).any():
            return None
        return state.CurrentDigit(to_digit(ink, centered=self._centered), DRAWN)

    def _decoded(self, image: str) -> NDArray[np.uint8] | None:
        try:
            return decode_canvas(_png(image), side=SIDE)
        except UploadError as error:
            self._refuse(error)
            return None

    def buttons(self) -> None:
        with st.container(horizontal=True, width="content"):
            st.button("Clear", icon=":material/delete:", key=self.key("clear"), on_click=self.clear)
            st.button(
                "Test digit",
                icon=":material/shuffle:",
                key=self.key("test"),
                on_click=self.next_test_digit,
            )

    def uploader(self) -> None:
        """Takes a picture. The page says with `show_problem` what speaks against it."""
        st.file_uploader(
            f"A PNG, JPEG, WebP, BMP or GIF, at most {MAX_MEGABYTES} MB",
            type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
            max_upload_size=MAX_MEGABYTES,
            key=self._upload_key,
            on_change=self._use_upload,
        )

    def clear(self) -> None:
        """A fresh canvas and no digit."""
        self._empty_sheet()
        if st.session_state.get(self._upload_key) is not None:
            st.session_state[self.key("uploads")] += 1
        st.session_state[self.key("problem")] = ""
        state.set_current_digit(None)

    def next_test_digit(self) -> None:
        self.take_test_digit(st.session_state.get(self.key("test_index"), 0) + 1)

    def take_test_digit(self, index: int) -> None:
        """The test digit of this number, counted from 0 and beyond the last from the first again."""
        self._empty_sheet()
        st.session_state[self.key("test_index")] = index
        self._use_test_digit(index)

    def prepare_again(self) -> None:
        """The same picture, centred or not; a drawing comes again by itself."""
        digit, ink = state.current_digit(), st.session_state.get(self.key("uploaded"))
        if digit is not None and digit.source == UPLOADED and ink is not None:
            self._take(lambda: ink, UPLOADED)

    def _empty_sheet(self) -> None:
        """A new key makes the browser forget the strokes."""
        st.session_state[self.key("offers")] = ()
        st.session_state[self.key("sheet")] += 1
        st.session_state[self.key("seen")] = None

    def _use_test_digit(self, index: int) -> None:
        try:
            test = files.load_test()
        except DataError as error:
            self._refuse(error)
            return
        index %= len(test)
        label = int(test.labels[index])
        source = f"Test digit {index + 1:,}, labelled {label}."
        state.set_current_digit(state.CurrentDigit(test.images[index, 0].numpy(), source, label, index))
        st.session_state[self.key("problem")] = ""

    def _use_upload(self) -> None:
        file = st.session_state[self._upload_key]
        if file is not None:
            self._empty_sheet()
            self._take(lambda: self._one_digit(file.getvalue()), UPLOADED)

    def _one_digit(self, picture: bytes) -> NDArray[np.uint8]:
        """The ink of a picture of one upright digit. Raises UploadError if it is not, and offers ways out."""
        photo = find_photo(picture)
        doubted = doubt(photo, mnist.yardstick(), mnist.shipped_predictor())
        if doubted is not None:
            st.session_state[self.key("offers")] = doubted.offers
            raise UploadError(doubted.sentence)
        st.session_state[self.key("uploaded")] = photo.digits[0]
        return photo.digits[0]

    def _use_offer(self, offer: Offer) -> None:
        st.session_state[self.key("uploaded")] = offer.ink
        self._take(lambda: offer.ink, UPLOADED)

    def _take(self, read_ink: Callable[[], NDArray[np.uint8]], source: str) -> None:
        """Make a drawing or picture the current digit, or say why it cannot be."""
        st.session_state[self.key("offers")] = ()
        try:
            pixels = to_digit(read_ink(), centered=self._centered)
            state.set_current_digit(state.CurrentDigit(pixels, source))
            st.session_state[self.key("problem")] = ""
        except UploadError as error:
            self._refuse(error)

    def _refuse(self, error: DlcoreError) -> None:
        """There is no digit, and the page says why."""
        state.set_current_digit(None)
        st.session_state[self.key("problem")] = str(error)
