"""What a page measures of this machine: begun unasked, cancelled, and measured once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from ui import form, work
from ui.work import Asked, Result


@dataclass(frozen=True)
class MachineMeasured:
    """The turns of one measurement on a page; each turn measures anew."""

    page: str

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    def found(self, ask: Callable[[int], Asked[Result]]) -> Result | None:
        """What `ask` has measured in this turn; None while it is under way or cancelled, and that is said."""
        if st.session_state.get(self.key("stopped")):
            st.markdown("Nothing was measured: it was cancelled.")
            self._button("Measure this machine", "primary")
            return None
        asked = ask(st.session_state.get(self.key("turn"), 0))
        work.only_task(self.page, asked)
        work.wait(
            self.page,
            asked,
            lambda task: work.stage(task, "Starting Python and torch"),
            on_cancel=self._stop,
            again="retry",
        )
        return asked.result

    def once_more(self) -> None:
        self._button("Measure again", "secondary")

    def _button(self, words: str, look: Literal["primary", "secondary"]) -> None:
        icon = ":material/refresh:"
        st.button(words, type=look, icon=icon, key=self.key("measure"), on_click=self._again)

    def _again(self) -> None:
        st.session_state[self.key("turn")] = st.session_state.get(self.key("turn"), 0) + 1
        st.session_state[self.key("stopped")] = False

    def _stop(self) -> None:
        st.session_state[self.key("stopped")] = True
