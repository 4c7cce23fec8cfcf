"""Where somebody's own pictures come in: files or a zip, checked, kept or let go."""

from __future__ import annotations

import secrets
from collections import Counter

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dlcore.classifier.gather import Gathered, label_of, together
from dlcore.classifier.project import Picture
from dlcore.errors import UploadError
from dlcore.vision.pictures import MAX_MEGABYTES
from dlcore.words import count_of
from ui import albums, form, messages, services, state, work
from ui.lenses import classifier as lens

TYPES = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "zip"]
UNNAMED = "unnamed"


class Album:
    """One page's own pictures. `changed` is what the last files brought, in words, until it was said."""

    def __init__(self, page: str) -> None:
        self.page = page

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return albums.kept(state.owner())

    # --- callbacks ----------------------------------------------------------------------------

    def _drop(self) -> None:
        """Files were chosen. Raises UploadError if the class has no name that can be shown."""
        files: list[UploadedFile] = st.session_state[self._uploader] or []
        self._begin([(file.name, file.getvalue()) for file in files])

    def _shot(self, name: str) -> None:
        """The camera's picture. Raises UploadError if the class has no name that can be shown."""
        file: UploadedFile | None = st.session_state[name]
        if isinstance(file, UploadedFile):
            self._begin([(f"camera {len(self.pictures) + 1}.jpg", file.getvalue())])

    def _begin(self, files: list[tuple[str, bytes]]) -> None:
        wanted = st.session_state.get(self.key("label"), "")
        label = label_of(wanted) if wanted.strip() else UNNAMED
        st.session_state[self.key("dropped")] = (files, label, secrets.token_hex(8))
        st.session_state[self.key("turn")] = self._turn + 1  # the uploader is empty again

    def _forget(self) -> None:
        albums.forget(state.owner())
        st.session_state[self.key("keeps")] = False

    def _keep(self) -> None:
        if st.session_state[self.key("keeps")]:
            services.store().keep_pictures(state.owner(), self.pictures)
        else:
            services.store().forget_pictures(state.owner())

    def _stop(self) -> None:
        st.session_state.pop(self.key("dropped"), None)

    # --- the page -----------------------------------------------------------------------------

    @property
    def _turn(self) -> int:
        return int(st.session_state.get(self.key("turn"), 0))

    @property
    def _uploader(self) -> str:
        return self.key(f"files_{self._turn}")

    def show(self) -> None:
        """The door for files, and what is to become of the pictures."""
        st.text_input(
            "Class of loose pictures",
            key=self.key("label"),
            max_chars=30,
            placeholder="for example: brown bear",
            help="A zip needs none: its folders are the classes.",
        )
        st.file_uploader(
            f"Pictures, or a zip with a folder for each class; at most {MAX_MEGABYTES} MB together",
            type=TYPES,
            accept_multiple_files=True,
            max_upload_size=MAX_MEGABYTES,
            key=self._uploader,
            on_change=messages.guarded(self.page, self._drop),
        )
        with st.popover("Camera", icon=":material/photo_camera:"):
            if st.toggle("Use the camera", False, key=self.key("camera_on")):
                name = self.key(f"camera_{self._turn}")
                shot = messages.guarded(self.page, self._shot)
                st.camera_input("Hold it into the picture", key=name, on_change=shot, args=(name,))
            st.caption("Browsers lend the camera to this machine itself and to https addresses only.")
        self._take_in()
        if self.pictures:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.toggle(
                    "Keep them on this server",
                    bool(services.store().keeps_pictures(state.owner())),
                    key=self.key("keeps"),
                    on_change=messages.guarded(self.page, self._keep),
                    help="Else they are in its memory only, and gone when it stops. Small copies are kept, "
                    "without place and time.",
                )
                st.button(
                    "Delete all",
                    icon=":material/delete:",
                    key=self.key("forget"),
                    on_click=messages.guarded(self.page, self._forget),
                )

    def _take_in(self) -> None:
        """What was dropped is opened in a process of its own, then joins the others."""
        dropped = st.session_state.get(self.key("dropped"))
        if dropped is None:
            self._say()
            return
        files, label, token = dropped
        asked = lens.gathered(files, label, token)
        work.wait(self.page, asked, work.stage, on_cancel=self._stop)
        if asked.failed:
            self._stop()
        if asked.result is not None and asked.task is not None:
            work.forget(asked.task)
            self._stop()
            self._join(asked.result)
            st.rerun()

    def _join(self, new: Gathered) -> None:
        try:
            before = self.pictures
            albums.keep(state.owner(), together(before, new.pictures), state.address())
            if st.session_state.get(self.key("keeps")):
                services.store().keep_pictures(state.owner(), self.pictures)
            st.session_state[self.key("said")] = (_words(new), new.refused)
        except UploadError as error:
            st.session_state[f"{self.page}__refusal"] = str(error)

    def _say(self) -> None:
        said = st.session_state.get(self.key("said"))
        if said is None:
            return
        words, refused = said
        st.caption(messages.plain(words))
        if refused:
            with st.expander(f"{count_of(len(refused), 'file')} could not be used", key=self.key("refused")):
                for one in refused[:50]:
                    st.markdown(f"- **{messages.plain(one.name)}**: {messages.plain(one.reason)}")


def _words(new: Gathered) -> str:
    counts = Counter(picture.label for picture in new.pictures)
    classes = ", ".join(f"{count} {label}" for label, count in counts.items())
    return f"{count_of(len(new.pictures), 'picture')} came in: {classes}."
