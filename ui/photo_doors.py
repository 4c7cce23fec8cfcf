"""Ways for a picture of one's own onto a page: a file, the camera. It lasts as long as the visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from dlcore.errors import UploadError
from dlcore.vision.photos import photos
from dlcore.vision.pictures import MAX_MEGABYTES
from ui import form, messages

Own = TypeVar("Own")
TYPES = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"]


@dataclass(frozen=True)
class PhotoDoors(Generic[Own]):
    """`read` makes of a file's bytes and its name what the page looks at; it raises DlcoreError."""

    page: str
    read: Callable[[bytes, str], Own]

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    @property
    def own(self) -> Own | None:
        """The picture that came in; None while one of the lab's photographs is looked at."""
        found: Own | None = st.session_state.get(self.key("own"))
        return found

    def leave(self) -> None:
        """Back to the lab's photographs."""
        st.session_state.pop(self.key("own"), None)

    def choose(self, _: str, cell: int) -> None:
        """A photograph of the lab, clicked on its sheet."""
        st.session_state[self.key("photo")] = photos()[cell].name
        self.leave()

    def file(self) -> None:
        st.file_uploader(
            f"A JPEG, PNG, WebP, BMP, GIF or TIFF, at most {MAX_MEGABYTES} MB",
            type=TYPES,
            max_upload_size=MAX_MEGABYTES,
            key=self.key("upload"),
            on_change=messages.guarded(self.page, self._take),
            args=("upload",),
        )
        st.caption("It stays in this server's memory and goes with your visit.")

    def camera(self) -> None:
        if st.toggle("Use the camera", False, key=self.key("camera_on")):
            st.camera_input(
                "Hold something into the picture",
                key=self.key("camera"),
                on_change=messages.guarded(self.page, self._take),
                args=("camera",),
            )
        st.caption("Browsers lend the camera to this machine itself and to https addresses only.")

    def _take(self, name: str) -> None:
        """Raises UploadError if it is no picture."""
        file: UploadedFile | DeletedFile | None = st.session_state[self.key(name)]
        if isinstance(file, DeletedFile):
            raise UploadError("This picture is no longer on the server: choose it once more.")
        if file is not None:
            st.session_state[self.key("own")] = self.read(file.getvalue(), file.name)
