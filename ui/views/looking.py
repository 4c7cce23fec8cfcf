"""Where a network looked, in three ways: its places' own shares, what covering costs, gathered gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dlcore.errors import VisionError
from dlcore.figures.vision import looked_scale, looked_sheet
from dlcore.vision.config import RecogniserConfig
from dlcore.vision.integrated import STEPS, Integrated
from dlcore.vision.occlusion import PLACES, Occlusion
from dlcore.vision.recogniser import Guess, Named
from dlcore.vision.words import integrated_words, occlusion_words, place_words
from ui import form, messages, state, work
from ui.components.sheets.component import show_sheets
from ui.explain import explain
from ui.lenses import vision
from ui.remember import remembered
from ui.work import Asked

METHODS = {"places": "Its places' shares", "occlusion": "Cover a part", "integrated": "Follow the gradient"}
BEGIN = {
    "occlusion": f"Cover {PLACES**2} places, one after the other",
    "integrated": f"Walk from grey to the picture in {STEPS} steps",
}
BEFORE = {
    "occlusion": "A grey square covers one part after the other. Where the answer loses, it had looked.",
    "integrated": "Step by step from grey to the picture: what each pixel adds to the logit on the way.",
}
TITLES = {
    "places": "Share of the logit",
    "occlusion": "Points lost",
    "integrated": "Share of the rise",
}
HIGH = 420  # pixels of the place that a picture will take
Looked = Occlusion | Integrated
UNITS = {"places": "", "occlusion": " points", "integrated": ""}


@dataclass(frozen=True)
class Looking:
    """The section of a page."""

    page: str

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    def show(self, named: Named, config: RecogniserConfig) -> Asked[Looked]:
        """Returns what it asked for."""
        st.subheader("Where it looked")
        if config.mode == "train":
            st.markdown("In training mode nothing is measured here: switch back to eval().")
            return Asked()
        names = [guess.name for guess in named.guesses]
        if st.session_state.get(self.key("class")) not in names:
            st.session_state[self.key("class")] = names[0]
        chosen = st.segmented_control("For the class", names, key=self.key("class"), required=True)
        guess = named.guesses[names.index(chosen or names[0])]
        method = st.segmented_control(
            "By", list(METHODS), format_func=METHODS.__getitem__, key=self.key("method"), required=True
        )
        return self._shown(method or "places", named, config, guess)

    def _shown(self, method: str, named: Named, config: RecogniserConfig, guess: Guess) -> Asked[Looked]:
        if method == "places":
            self._places(named, config, guess)
            return Asked()
        subject = vision.subject(method, config, named, guess.place)
        if st.session_state.get(self.key("looks")) != subject:
            self._begin(method, subject)
            return Asked()
        asked = vision.looked(method, config, named, guess.place)
        if asked.result is None:
            work.wait(
                self.page,
                asked,
                lambda task: work.stage(task, "Reading its weights"),
                on_cancel=self._stop,
                again="look_again",
                height=HIGH,
            )
        else:
            self._drawn(method, named, *_found(guess, asked.result), of=asked.result)
        return asked

    def _places(self, named: Named, config: RecogniserConfig, guess: Guess) -> None:
        try:
            says, bias = remembered(
                self.key("says"), (named, guess.place), lambda: vision.says(config, named, guess.place)
            )
        except VisionError as error:
            st.markdown(explain(messages.plain(str(error))))
            return
        self._drawn("places", named, says.numpy(), place_words(guess, says, bias), of=says)

    def _begin(self, method: str, subject: str) -> None:
        st.button(
            BEGIN[method],
            icon=":material/play_arrow:",
            key=self.key("look"),
            on_click=self._start,
            args=(subject,),
        )
        st.markdown(explain(BEFORE[method]))
        st.caption("It takes some seconds; a large network, a minute.")

    def _start(self, subject: str) -> None:
        st.session_state[self.key("looks")] = subject

    def _stop(self) -> None:
        st.session_state.pop(self.key("looks"), None)

    def _drawn(
        self, method: str, named: Named, values: NDArray[np.float32], words: str, *, of: object
    ) -> None:
        left, right = st.columns([2, 3])
        with left:
            sheet = remembered(
                self.key("sheet"),
                (of, named, state.theme()),
                lambda: looked_sheet(named.prepared, values, UNITS[method], TITLES[method], state.theme()),
            )
            show_sheets([[sheet]], f"{self.page}-looked")
            with st.container(horizontal=True, vertical_alignment="center", key=self.key("scale_bar")):
                st.markdown("0 or less", width="content")
                st.image(looked_scale(state.theme()), width=120, alt="From clear to the full colour")
                st.markdown(f"{max(0.0, float(values.max())):.3g}{UNITS[method]}", width="content")
        with right:
            st.markdown(explain(words))
            with st.expander("All numbers", key=self.key("numbers")):
                st.dataframe(np.round(values, 3), height="content", key=self.key("numbers_table"))


def _found(guess: Guess, found: Looked) -> tuple[NDArray[np.float32], str]:
    """What is drawn of it, and what is said."""
    if isinstance(found, Occlusion):
        return 100 * found.lost, occlusion_words(guess, found)
    return found.cells, integrated_words(guess, found)
