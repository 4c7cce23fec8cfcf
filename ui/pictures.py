"""A third way to a digit: a picture of one, uploaded or held up to the camera. It may be doubted."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from dlcore.errors import UploadError
from dlcore.figures.digits import digit_image
from dlcore.mnist.canvas import to_digit
from dlcore.mnist.photo import MAX_MEGABYTES, find_photo
from dlcore.serving.doubt import Offer, doubt
from ui import messages, state
from ui.digit_input import DigitInput
from ui.lenses import mnist

OFFER = 112  # pixels of a small picture to choose
PICTURE = "Your picture."


class Pictures:
    """The pictures of a page that has such digits. What speaks against one is said by `show_problem`."""

    def __init__(self, digits: DigitInput) -> None:
        self.digits = digits

    def key(self, name: str) -> str:
        return self.digits.key(name)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The ways out of what speaks against a picture."""
        return tuple(st.session_state.get(self.key("offers"), ()))

    def show_problem(self) -> None:
        """Why there is no digit, and below it a button for every way out of it."""
        if not self.digits.problem:
            return
        st.warning(messages.plain(self.digits.problem), icon=":material/image_not_supported:")
        with st.container(horizontal=True, key=self.key("offered")):
            for number, offer in enumerate(self.offers):
                with st.container(width=OFFER):
                    small = to_digit(offer.ink)
                    st.image(digit_image(small, OFFER), width=OFFER, alt=f"{offer.title}: 28×28 pixels")
                    name = self.key(f"offer_{number}")
                    st.button(offer.title, key=name, on_click=self._use, args=(offer,), width="stretch")

    def uploader(self) -> None:
        st.file_uploader(
            f"A PNG, JPEG, WebP, BMP or GIF, at most {MAX_MEGABYTES} MB",
            type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
            max_upload_size=MAX_MEGABYTES,
            key=(key := self._numbered("upload")),
            on_change=self._take,
            args=(key,),
        )

    def camera(self) -> None:
        """It opens only once somebody asks for it: the browser asks for leave."""
        if st.toggle("Use the camera", False, key=self.key("camera_on")):
            st.camera_input(
                "Hold up a paper with one large digit, and fill the picture with it",
                key=(key := self._numbered("camera")),
                on_change=self._take,
                args=(key,),
                width=360,
            )
            st.caption("Browsers lend the camera to this machine itself and to https addresses only.")

    def prepare_again(self) -> None:
        """The same picture, centred or not; a drawing comes again by itself."""
        digit, ink = state.current_digit(), st.session_state.get(self.key("uploaded"))
        if digit is not None and digit.source == PICTURE and ink is not None:
            self.digits.take(lambda: ink, PICTURE)

    def _numbered(self, name: str) -> str:
        """A fresh key makes the browser forget the last picture."""
        return f"{self.key(name)}_{st.session_state[self.key('pictures')]}"

    def _take(self, key: str) -> None:
        file: UploadedFile | DeletedFile | None = st.session_state[key]
        if isinstance(file, DeletedFile):  # the server has begun anew since, or the page was closed for long
            self.digits.refuse(UploadError("This picture is no longer on the server: choose it once more."))
        elif file is not None:
            st.session_state[self.key("pictured")] = True
            self.digits.empty_sheet()
            self.digits.take(lambda: self._one_digit(file.getvalue()), PICTURE)

    def _one_digit(self, picture: bytes) -> NDArray[np.uint8]:
        """The ink of a picture of one upright digit. Raises UploadError if it is not, and offers ways out."""
        photo = find_photo(picture)
        doubted = doubt(photo, mnist.yardstick(), mnist.shipped_predictor())
        if doubted is not None:
            st.session_state[self.key("offers")] = doubted.offers
            raise UploadError(doubted.sentence)
        st.session_state[self.key("uploaded")] = photo.digits[0]
        return photo.digits[0]

    def _use(self, offer: Offer) -> None:
        st.session_state[self.key("uploaded")] = offer.ink
        self.digits.take(lambda: offer.ink, PICTURE)
