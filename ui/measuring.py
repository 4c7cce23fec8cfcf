"""What pages that measure on request share: once more, cancel, what is wanted, what was found last."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import streamlit as st

from dlcore.figures.phases import HIGHEST, step_chart
from dlcore.figures.projector import ROOM
from dlcore.inspection.phases import Phase, parts_words, step_finding
from ui import form, live, messages, present, state, work
from ui.work import Asked, Result


@dataclass(frozen=True)
class MeasuringPage(Generic[Result]):
    """`ask` has a subject measured; its second argument tells two measurements of the same subject apart.

    What is not `shared` is measured anew even if somebody has measured the same before.
    """

    page: str
    ask: Callable[[Any, str], Asked[Result]]
    shared: bool = True

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    # --- callbacks ----------------------------------------------------------------------------

    def measure(self, subject: Callable[[], Any]) -> None:
        """Measure what `subject` gives; the same once more is measured anew."""
        wanted, before = subject(), st.session_state.get(self.key("wanted"))
        anew = not self.shared or (before is not None and before[0] == wanted)
        st.session_state[self.key("wanted")] = (wanted, secrets.token_hex(4) if anew else "")

    def cancel(self) -> None:
        """Nothing is wanted any more; what was shown stays."""
        asked = self.asked()
        if asked.active and asked.task is not None:
            work.drop(asked.task)
            st.session_state[self.key("wanted")] = None

    # --- the page -----------------------------------------------------------------------------

    def begin(self, subject: Callable[[], Any], *, of: Any = None) -> None:
        """Measure unasked: on the first visit, and when the page is `of` something else than before."""
        if st.session_state.get(self.key("of")) != (of,):
            st.session_state[self.key("of")] = (of,)
            st.session_state[self.key("wanted")] = st.session_state[self.key("shown")] = None
            messages.guarded(self.page, self.measure)(subject)

    def asked(self, subject: Any = None) -> Asked[Result]:
        """What is wanted, as far as it has come; with a `subject`, nothing if another one is wanted."""
        wanted = st.session_state.get(self.key("wanted"))
        if wanted is None or subject not in (None, wanted[0]):
            return Asked()
        asked = self.ask(*wanted)
        if asked.result is not None:
            st.session_state[self.key("shown")] = asked.result
        return asked

    def alone(self) -> Asked[Result]:
        """What is wanted, where a page works on nothing else: it ends when the page is left."""
        asked = self.asked()
        work.only_task(self.page, asked)
        return asked

    @property
    def shown(self) -> Result | None:
        """What was found last: it stays while something else is measured."""
        found: Result | None = st.session_state.get(self.key("shown"))
        return found

    def step_picture(self, phases: Sequence[Phase] | None, *, active: bool) -> None:
        """One training step over time; its place, as high, before it is measured."""
        height = round(HIGHEST * ROOM) if present.on() else HIGHEST
        with st.container(key=self.key("step"), height=height, border=False):
            if phases is not None:
                live.show_chart(step_chart(phases, state.theme()), self.key("phases"))
            elif active:
                st.caption("One training step over time is drawn here. Measuring it …")
            else:
                st.caption("One training step over time is drawn here. Choose *Profile*, and it is measured.")
        with st.container(key=self.key("finding__two_lines")):
            st.markdown(step_finding(phases) if phases is not None else "Which part takes most of one step?")
        st.caption(parts_words())

    def buttons(
        self, words: str, subject: Callable[[], Any], *, busy: bool, active: bool, name: str = "start"
    ) -> None:
        """One measures, unless the page is `busy`; the other cancels what is `active`."""
        with st.container(horizontal=True):
            st.button(
                words,
                type="primary" if name == "start" else "secondary",
                icon=":material/timer:",
                key=self.key(name),
                on_click=messages.guarded(self.page, self.measure),
                args=(subject,),
                disabled=busy,
            )
            st.button(
                "Cancel",
                icon=":material/close:",
                key=self.key("cancel"),
                on_click=self.cancel,
                disabled=not active,
            )
        messages.show_refusal(self.page)
