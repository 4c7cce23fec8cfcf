"""A network whose weights are not here: what it is, a click that fetches it, what to do without internet."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dlcore.vision import files
from dlcore.vision.fetch import Fetched
from dlcore.vision.networks import Network
from dlcore.vision.words import fetch_words
from dlcore.words import size
from ui import form, messages, state, work
from ui.explain import explain
from ui.lenses import vision


@dataclass(frozen=True)
class Fetching:
    """The place of a page where it can be fetched. Nothing is asked of the net before somebody clicks."""

    page: str

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    def start(self, network: Network) -> None:
        """For a click, and for nothing else. Raises VisionError if there can be no room for it."""
        vision.check_can_be_kept(network)
        _, before = st.session_state.get(self.key("fetches"), ("", ""))
        if (earlier := work.begun(Fetched, before).task) is not None:
            work.drop(earlier)  # a visit fetches one at a time
        asked = vision.fetching(network)
        if asked.failed and asked.task is not None:  # another click is another try
            work.retry(asked.task)
            asked = vision.fetching(network)
        if asked.task is not None:
            st.session_state[self.key("fetches")] = (network.name, asked.task.id)

    def stop(self) -> None:
        st.session_state.pop(self.key("fetches"), None)

    def show(self, network: Network) -> None:
        """What is missing, and the way to it; how far it is while it comes."""
        st.markdown(f"**{network.title} is not on this machine yet.** Nothing is fetched without your click.")
        name, task_id = st.session_state.get(self.key("fetches"), ("", ""))
        asked = work.begun(Fetched, task_id) if name == network.name else work.Asked[Fetched]()
        if asked.active:
            work.wait(self.page, asked, lambda task: work.stage(task, "Asking for it"), on_cancel=self.stop)
            return
        if asked.task is not None and asked.task.status == "failed":
            st.error(messages.plain(asked.reason), icon=":material/error:")
        st.button(
            f"Fetch it: {size(network.bytes)}",
            type="primary",
            icon=":material/download:",
            key=self.key("fetch"),
            on_click=messages.guarded(self.page, self.start),
            args=(network,),
        )
        st.caption(explain(fetch_words(network)))
        named = files.own_folder() if state.at_the_machine() else None
        where = f"`{named}`" if named else "a folder on the machine that runs the lab"
        told = "" if named else f", and start it with `{files.VARIABLE}` naming that folder"
        st.caption(f"Without internet: put `{network.file}` into {where}{told}.")
