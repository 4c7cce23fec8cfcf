"""The learning-rate finder: its curve, the tries of what it found, and the ways to and from Train."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dlcore.events import Stage
from dlcore.figures.lr_finder import HEIGHT, search_chart, tries_chart
from dlcore.figures.projector import ROOM
from dlcore.lr_finder.result import STEPS, RangeTest, Tries
from dlcore.lr_finder.search import Probe
from dlcore.lr_finder.words import config_words, ended_words, found_words, tries_words, verdict_words
from dlcore.runs.kinds import preset_of
from dlcore.runs.tasks import Task
from dlcore.training.config import TrainConfig
from dlcore.words import number
from ui import form, live, path, present, state, work
from ui.explain import explain
from ui.work import Asked

PAGE = "lr_finder"
TRAIN = "mnist_train"
key = partial(form.key, PAGE)


# --- To and from Train --------------------------------------------------------------------------


def offer() -> None:
    """On Train: its settings as they stand come along."""
    go = st.button(
        "Find a learning rate for these",
        icon=":material/query_stats:",
        key=form.key(TRAIN, "find_rate"),
    )
    if go:
        config = form.read(TRAIN, TrainConfig)
        form.open_with(PAGE, config, preset_of("mnist", config))
        st.session_state.pop(key("of"), None)  # it searches unasked, as on a first visit
        st.switch_page(path.PAGES / "lr_finder.py")


def use_button(config: TrainConfig, found: RangeTest | None) -> None:
    """One click: Train's form takes the suggestion, and the settings that it was found for."""
    rate = found.suggestion if found is not None else None
    go = st.button(
        f"Train with {number(rate)}" if rate is not None else "Train with it",
        icon=":material/arrow_forward:",
        key=key("use"),
        disabled=rate is None,
    )
    if go and rate is not None:
        config = config.replace(lr=rate)
        form.open_with(TRAIN, config, preset_of("mnist", config))
        st.switch_page(path.PAGES / "mnist/train.py")


# --- What it found ------------------------------------------------------------------------------


def show_search(asked: Asked[RangeTest], found: RangeTest | None) -> None:
    """The curve as far as it has come; `found` is the last search's."""
    room = round(HEIGHT * ROOM) if present.on() else HEIGHT
    with st.container(key=key("picture"), height=room + 60, border=False):
        if asked.active or asked.failed:
            work.wait(PAGE, asked, _stage, below=_growing)
        elif found is not None:
            live.show_chart(search_chart(found.losses, found, state.theme()), key("curve"))
        else:
            st.caption("The loss at each learning rate is drawn here: press the button.")
            live.show_chart(search_chart((), None, state.theme()), key("curve"))


def _losses(task: Task) -> tuple[float, ...]:
    return tuple(event.loss for event in task.events if isinstance(event, Probe))


def _stage(task: Task) -> Stage:
    done = len(_losses(task))
    return Stage(done / STEPS, f"Step {done} of at most {STEPS}")


def _growing(task: Task) -> None:
    if losses := _losses(task):
        live.show_chart(search_chart(losses, None, state.theme()), key("growing"))


def say_found(config: TrainConfig, found: RangeTest) -> None:
    with st.container(key=key("finding")):
        st.markdown(explain(found_words(found)))
    st.caption(explain(f"{config_words(config)}. {ended_words(found)}"))
    st.caption(
        explain(
            "Dots: the loss of each batch, before its step. Line: each dot averaged with five neighbours on "
            "either side. With the schedule *One cycle*, the rate is the peak."
        )
    )


def show_tries(asked: Asked[Tries], suggestion: float) -> None:
    if asked.result is None:
        work.wait(PAGE, asked, lambda task: work.stage(task, "Starting"), again="try_again")
        return
    live.show_chart(tries_chart(asked.result, suggestion, state.theme()), key("tries"))
    st.markdown(explain(verdict_words(asked.result, suggestion)))
    st.caption(explain(tries_words(asked.result)))
