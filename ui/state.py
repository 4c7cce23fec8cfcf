"""What a visitor is looking at: who they are, which run, which of its checkpoints, which digit."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dlcore.errors import RunError
from dlcore.runs.protocol import Checkpoint, Run
from dlcore.runs.shipped import SHIPPED_ID, shipped_run
from ui import services
from ui.middleware import OWNER_COOKIE

RUN_PARAM = "run"


def owner() -> str:
    """This browser's name from its cookie; without cookies, one for this visit."""
    cookie = st.context.cookies.get(OWNER_COOKIE)
    if cookie:
        return str(cookie)
    return str(st.session_state.setdefault("owner", secrets.token_urlsafe(16)))


def theme() -> Literal["light", "dark"]:
    return "dark" if st.context.theme.type == "dark" else "light"


def run_named(run_id: str) -> Run:
    """One of this visitor's runs, or the shipped one.

    Raises RunError for an unknown id and, alike, for somebody else's.
    """
    if run_id == SHIPPED_ID:
        return shipped_run()
    run = services.runner().get(run_id)
    if run is None or run.owner != owner():
        raise RunError("There is no such run of yours on this computer: another one is shown.")
    return run


def choose_run(run_id: str) -> None:
    """From now on every lens looks at this run; the URL says so too."""
    st.session_state[RUN_PARAM] = st.query_params[RUN_PARAM] = run_id


def chosen_run() -> Run | None:
    """The run that `?run=` names, or that was chosen before in this visit; None if none was.

    An unknown id in the URL is said in a sentence and taken out of it.
    """
    in_url = st.query_params.get(RUN_PARAM)
    run_id = in_url or st.session_state.get(RUN_PARAM)
    if not run_id:
        return None
    try:
        run = run_named(run_id)
    except RunError as error:
        st.session_state.pop(RUN_PARAM, None)
        if in_url:
            del st.query_params[RUN_PARAM]
        st.warning(str(error), icon=":material/link_off:")
        return None
    choose_run(run_id)
    return run


def my_runs(kind: str) -> list[Run]:
    """This visitor's runs of a kind, newest first, without their series."""
    return [run for run in services.store().runs_of(owner()) if run.kind == kind]


def select_run(page: str, kind: str) -> Run:
    """The selector of a run to look through: the shipped one, or one's own."""
    chosen = chosen_run()
    choices = {SHIPPED_ID: shipped_run().name} | {run.id: run.name for run in my_runs(kind)}
    key = f"{page}__run"
    st.session_state[key] = chosen.id if chosen is not None and chosen.id in choices else SHIPPED_ID
    run_id = st.selectbox(
        "Run",
        list(choices),
        format_func=choices.__getitem__,
        key=key,
        on_change=lambda: choose_run(st.session_state[key]),
    )
    return run_named(run_id)


def next_link(page: str, label: str, run: Run | None = None) -> None:
    """The one link a page ends with; the run comes along."""
    params = {RUN_PARAM: run.id} if run is not None else {}
    st.page_link(f"../pages/{page}", label=label, icon=":material/arrow_forward:", query_params=params)


def select_checkpoint(page: str, run: Run) -> Checkpoint:
    """The selector of an epoch of a run; its last one by default.

    Raises RunError if the run has saved no weights yet.
    """
    if not run.checkpoints:
        raise RunError("This run has saved no weights yet: wait for its first epoch.")
    by_label = {_label(checkpoint): checkpoint for checkpoint in run.checkpoints}
    labels = list(by_label)
    key = f"{page}__epoch_{run.id}"
    if len(labels) == 1:
        return by_label[labels[0]]
    if st.session_state.get(key) not in labels:
        st.session_state[key] = labels[-1]
    return by_label[st.select_slider("Weights after epoch", labels, key=key, persist_state="session")]


def _label(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.epoch}" if checkpoint.step == 0 or checkpoint.epoch else f"step {checkpoint.step}"


@dataclass(frozen=True)
class CurrentDigit:
    """The digit every lens looks at: (28, 28) uint8, and where it came from."""

    pixels: NDArray[np.uint8]
    source: str


def current_digit() -> CurrentDigit | None:
    return st.session_state.get("current_digit")


def set_current_digit(digit: CurrentDigit | None) -> None:
    st.session_state["current_digit"] = digit
