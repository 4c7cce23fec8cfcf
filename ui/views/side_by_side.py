"""The same picture through several networks: those whose weights are here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st
from PIL import Image

from dlcore.vision.beside import MOST, Beside, SideBySide
from dlcore.vision.config import RecogniserConfig
from dlcore.vision.networks import network_named
from dlcore.vision.words import beside_words
from dlcore.words import exact_percent, milliseconds, size, vote_percent
from ui import form, messages, work
from ui.explain import explain
from ui.lenses import vision
from ui.work import Asked

AT_FIRST = 4  # networks that are compared unless somebody chooses


@dataclass(frozen=True)
class SideBySideView:
    """The section of a page."""

    page: str

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    def show(self, picture: Image.Image, config: RecogniserConfig) -> Asked[SideBySide]:
        """Returns what it asked for."""
        st.subheader("Several networks side by side")
        here = {one.name: one.title for one in vision.all_here()}
        if len(here) == 1:
            (only,) = here.values()
            st.markdown(f"{only} alone is here. Choose another network above, and fetch it.")
            return Asked()
        if self.key("beside") not in st.session_state:
            st.session_state[self.key("beside")] = list(here)[:AT_FIRST]
        kept = [name for name in st.session_state[self.key("beside")] if name in here]  # another made room
        if kept != st.session_state[self.key("beside")]:
            st.session_state[self.key("beside")] = kept
        chosen = st.multiselect(
            "Networks",
            list(here),
            format_func=here.__getitem__,
            max_selections=MOST,
            key=self.key("beside"),
        )
        subject = (tuple(sorted(chosen, key=list(here).index)), picture, vision.prepared_as(config))
        st.button(
            "Ask them all",
            icon=":material/compare_arrows:",
            key=self.key("ask_all"),
            on_click=self._start,
            args=(subject,),
            disabled=not chosen,
        )
        return self._answered(picture, config)

    def _start(self, subject: tuple[Any, ...]) -> None:
        """The same once more is measured anew."""
        before, again = st.session_state.get(self.key("asked_all"), (None, 0))
        st.session_state[self.key("asked_all")] = (subject, again + (before == subject))

    def _stop(self) -> None:
        st.session_state.pop(self.key("asked_all"), None)

    def _answered(self, picture: Image.Image, config: RecogniserConfig) -> Asked[SideBySide]:
        (names, of, asked_as), again = st.session_state.get(self.key("asked_all"), ((None, None, None), 0))
        if of is not picture or asked_as != vision.prepared_as(config):
            return Asked()
        networks = tuple(network_named(name) for name in names)
        asked = vision.beside(networks, picture, config, str(again) if again else "")
        if asked.result is None:
            work.wait(
                self.page,
                asked,
                lambda task: work.stage(task, "Reading the networks"),
                on_cancel=self._stop,
                again="beside_again",
                cancel="cancel_beside",
            )
        else:
            self._table(asked.result)
        return asked

    def _table(self, found: SideBySide) -> None:
        st.dataframe([_row(one) for one in found.rows], height="content", key=self.key("beside_table"))
        for one in found.rows:
            if one.problem:
                st.error(messages.plain(one.problem), icon=":material/error:")
        st.caption(explain(beside_words(found)))


def _row(one: Beside) -> dict[str, str]:
    told = [f"{guess.name} {vote_percent(guess.share, brief=True)}" for guess in one.guesses]
    ranks = dict(zip(("First", "Second", "Third"), (*told, "", "", ""), strict=False))
    return {
        "Network": one.network.title,
        **ranks,
        "Time": milliseconds(one.milliseconds) if told else "",
        "Size": size(one.network.bytes),
        "Published": exact_percent(one.network.accuracy, 1),
    }
