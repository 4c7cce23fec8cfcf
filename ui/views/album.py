"""Where somebody's own pictures come in: files or a zip, checked, kept or let go."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dlcore.classifier.gather import MOST, Gathered, Given, Refused, label_of
from dlcore.classifier.pictures import LONGEST
from dlcore.classifier.project import Picture
from dlcore.errors import DlcoreError, UploadError
from dlcore.vision.pictures import MAX_MEGABYTES
from dlcore.words import count_of
from dlcore.zips import LABEL_LETTERS, shown_name
from ui import albums, form, messages, services, state, work
from ui.components.picture_drop.component import Dropped, picture_drop
from ui.lenses import classifier as lens
from ui.limits import UPLOADED_PER_SESSION
from ui.showing import shows

# What the session holds of the pictures, and of what was made of them.
HELD = ("dropped", "nameless", "said", "collection", "features", "judged", "wall", "previews")


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

    def _zip(self) -> None:
        file: UploadedFile | None = st.session_state[self._key_of("zip")]
        if isinstance(file, UploadedFile):
            self._begin([Given(file.name, file.getvalue(), "")])

    def _shot(self) -> None:
        file: UploadedFile | None = st.session_state[self._key_of("camera")]
        if isinstance(file, UploadedFile):
            self._bring([Given(f"camera {len(self.pictures) + 1}.jpg", file.getvalue(), "")])

    def _dropped(self, files: Sequence[Dropped], first: bool) -> None:
        if files:
            self._bring([Given(file.name, file.content, file.folder) for file in files], goes_on=not first)

    def _bring(self, files: Sequence[Given], *, goes_on: bool = False) -> None:
        """Pictures without a folder are of the class that is named; they wait until one is."""
        named = str(st.session_state.get(self.key("label"), ""))
        if all(one.label for one in files) or shown_name(named):
            self._begin(_with_label(files, named), goes_on=goes_on)
            return
        nameless = (*self._nameless, *files)
        if len(nameless) > MOST or self._held + _size(files) > UPLOADED_PER_SESSION:
            raise UploadError("Too much at once: name the class of those that wait first.")
        st.session_state[self.key("nameless")] = nameless
        st.session_state[self.key("turn")] = self._turn + 1  # the camera is ready for the next one
        if named.strip():
            label_of(named)  # says what a name is

    def _named(self) -> None:
        """The class has a name: what waited for it comes in. Raises UploadError if that cannot be now."""
        named, nameless = str(st.session_state.get(self.key("label"), "")), self._nameless
        if nameless and named.strip():
            files = _with_label(nameless, named)
            self._let_go()
            try:
                self._begin(files)
            except UploadError:
                st.session_state[self.key("nameless")] = nameless
                raise

    def _let_go(self) -> None:
        st.session_state.pop(self.key("nameless"), None)

    def _begin(self, files: Sequence[Given], *, goes_on: bool = False) -> None:
        """`goes_on` with what was dropped before: they are told together."""
        if self._held + _size(files) > UPLOADED_PER_SESSION:
            raise UploadError("Too much at once: wait until these pictures are in.")
        waiting = (*self._waiting, (files, secrets.token_hex(8)))
        if not (goes_on or self._waiting):
            st.session_state.pop(self.key("said"), None)
        st.session_state[self.key("dropped")] = waiting
        st.session_state[self.key("turn")] = self._turn + 1  # the uploader is empty again

    def _forget(self) -> None:
        albums.forget(state.owner())
        for name in HELD:
            st.session_state.pop(self.key(name), None)

    def _take_out(self, label: str) -> None:
        st.session_state[self.key("out")] = None  # one press too many takes out no other
        albums.take_out(state.owner(), label, state.address())
        if services.store().keeps_pictures(state.owner()):
            services.store().keep_pictures(state.owner(), self.pictures)

    def _keep(self, wanted: bool) -> None:
        if wanted:
            services.store().keep_pictures(state.owner(), self.pictures)
        else:
            services.store().forget_pictures(state.owner())

    def _stop(self) -> None:
        """Nothing of what is still to be opened comes in."""
        st.session_state.pop(self.key("dropped"), None)

    @property
    def _waiting(self) -> tuple[tuple[Sequence[Given], str], ...]:
        """What was dropped and is still to be opened, the first first, each under a name of its own."""
        found: tuple[tuple[Sequence[Given], str], ...] = st.session_state.get(self.key("dropped"), ())
        return found

    @property
    def _nameless(self) -> tuple[Given, ...]:
        """What was dropped without a folder, and before its class had a name."""
        found: tuple[Given, ...] = st.session_state.get(self.key("nameless"), ())
        return found

    @property
    def _held(self) -> int:
        """Bytes of what is not in yet."""
        return _size(self._nameless) + sum(_size(batch) for batch, _ in self._waiting)

    # --- the page -----------------------------------------------------------------------------

    @property
    def _turn(self) -> int:
        return int(st.session_state.get(self.key("turn"), 0))

    def _key_of(self, door: str) -> str:
        return self.key(f"{door}_{self._turn}")

    def show(self) -> None:
        """The doors for pictures, and what is to become of them."""
        st.text_input(
            "Class of loose pictures",
            key=self.key("label"),
            max_chars=LABEL_LETTERS,
            placeholder="for example: brown bear",
            on_change=messages.guarded(self.page, self._named),
            help="Folders and zips need none: each folder is a class.",
        )
        picture_drop(
            f"{self.page}-drop",
            label="Choose pictures",
            hint="or drop pictures and folders here: a folder is a class",
            most=MOST,
            longest=LONGEST + LONGEST // 4,  # a little to spare: the server makes them smaller once more
            on_drop=messages.guarded(self.page, self._dropped),
        )
        self._ask_for_a_name()
        with st.container(horizontal=True):
            with st.popover("A zip", icon=":material/folder_zip:"):
                st.file_uploader(
                    f"A zip with a folder for each class, at most {MAX_MEGABYTES} MB",
                    type="zip",
                    max_upload_size=MAX_MEGABYTES,
                    key=self._key_of("zip"),
                    on_change=messages.guarded(self.page, self._zip),
                )
            with st.popover("Camera", icon=":material/photo_camera:"):
                if st.toggle("Use the camera", False, key=self.key("camera_on")):
                    name, shot = self._key_of("camera"), messages.guarded(self.page, self._shot)
                    st.camera_input("Hold it into the picture", key=name, on_change=shot)
                st.caption("Browsers lend the camera to this machine itself and to https addresses only.")
        self._take_in()
        if self.pictures:
            with st.container(horizontal=True, vertical_alignment="center"):
                kept = bool(services.store().keeps_pictures(state.owner()))  # the store says how it stands
                st.toggle(
                    "Keep them on this server",
                    kept,
                    help="Else they are in its memory only, and gone when it stops. Small copies are kept, "
                    "without place and time, as long as there is room and you come by within 30 days.",
                    **shows(self.key("keeps"), kept, messages.guarded(self.page, self._keep)),
                )
                with st.popover("Take out a class", icon=":material/remove:"):
                    self._offer_to_take_out()
                with st.popover("Delete all", icon=":material/delete:"):
                    st.write(f"Delete {count_of(len(self.pictures), 'picture')}, here and on the server?")
                    st.button(
                        "Delete for good",
                        key=self.key("forget"),
                        on_click=messages.guarded(self.page, self._forget),
                        type="primary",
                    )

    def _ask_for_a_name(self) -> None:
        if waiting := len(self._nameless):
            waits = "waits" if waiting == 1 else "wait"
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f":material/label: **{count_of(waiting, 'picture')} {waits} for the name of a class**: "
                    "write it above."
                )
                if shown_name(st.session_state[self.key("label")]):  # there was no room for them
                    named = messages.guarded(self.page, self._named)
                    st.button("Take them in", key=self.key("take_in"), on_click=named)
                st.button("Let go", key=self.key("let_go"), on_click=self._let_go)

    def _offer_to_take_out(self) -> None:
        counts = Counter(picture.label for picture in self.pictures)
        label = st.selectbox("Class", sorted(counts), None, key=self.key("out"), placeholder="Which?")
        if label is not None and label in counts:
            st.button(
                f"Take out {count_of(counts[label], 'picture')}",
                key=self.key(f"out_{label}"),
                on_click=messages.guarded(self.page, self._take_out),
                args=(label,),
                type="primary",
            )

    def _take_in(self) -> None:
        """What was dropped is opened in a process of its own, then joins the others."""
        if not self._waiting:
            self._say()
            return
        asked = lens.gathered(*self._waiting[0])
        work.wait(self.page, asked, work.stage, on_cancel=self._stop)
        if asked.failed and (len(self._waiting) == 1 and self.key("said") not in st.session_state):
            self._stop()
        elif asked.failed:  # one message of several
            self._skip(asked.reason)
        if asked.result is not None and asked.task is not None:
            work.forget(asked.task)
            st.session_state[self.key("dropped")] = self._waiting[1:]
            self._join(asked.result)
            st.rerun()

    def _skip(self, reason: str) -> None:
        """Nothing of what was opened last could be used: the others of its drop come in all the same."""
        (files, _), *rest = self._waiting
        st.session_state[self.key("dropped")] = tuple(rest)
        self._join(Gathered((), tuple(Refused(one.name, reason) for one in files)))
        st.rerun()

    def _join(self, new: Gathered) -> None:
        try:
            albums.add(state.owner(), new.pictures, state.address())
            labels, refused = st.session_state.get(self.key("said"), ((), ()))
            came = tuple(picture.label for picture in new.pictures)
            st.session_state[self.key("said")] = (*labels, *came), (*refused, *new.refused)
            if services.store().keeps_pictures(state.owner()):
                services.store().keep_pictures(state.owner(), self.pictures)
        except DlcoreError as error:
            st.session_state[f"{self.page}__refusal"] = str(error)

    def _say(self) -> None:
        said = st.session_state.get(self.key("said"))
        if said is None:
            return
        labels, refused = said
        st.caption(messages.plain(_words(labels)))
        if refused:
            with st.expander(f"{count_of(len(refused), 'file')} could not be used", key=self.key("refused")):
                for one in refused[:50]:
                    st.markdown(f"- **{messages.plain(one.name)}**: {messages.plain(one.reason)}")


def _words(labels: Sequence[str]) -> str:
    classes = ", ".join(f"{count} {label}" for label, count in Counter(labels).items())
    return f"{count_of(len(labels), 'picture')} came in{': ' if labels else ''}{classes}."


def _with_label(files: Sequence[Given], named: str) -> list[Given]:
    """Raises UploadError if some have no folder and their class no name that can be shown."""
    label = "" if all(one.label for one in files) else label_of(named)
    return [one if one.label else replace(one, label=label) for one in files]


def _size(files: Sequence[Given]) -> int:
    return sum(len(one.content) for one in files)
