"""The widgets by which a visitor chooses a run and its weights, and the link to the next page."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dlcore.datasets.catalogue import catalogue, title_of
from dlcore.datasets.dataset import MNIST
from dlcore.errors import RunError
from dlcore.run import Checkpoint, Run, stop_names
from dlcore.runs.kinds import config_type, shown_as
from dlcore.runs.shipped import shipped_run
from ui import form, state
from ui.messages import plain
from ui.run_names import labels_of
from ui.showing import shows


def select_run(page: str, kind: str, *, brief: bool = False, only: str = "", of_weights: bool = True) -> Run:
    """The selector of a run to look through: at first one's own last one that has learned something, else
    the shipped one. A chip leads back to it from what is not one's own.

    A page about one set of images shows `only` those that have learnt it, and `say_who_is_missing`.
    """
    chosen = state.chosen_run()
    shipped, *own = runs = [run for run in state.runs_to_look_at(kind) if only in ("", learnt(run))]
    if chosen is not None and (only not in ("", learnt(chosen)) or shown_as(chosen.kind) != kind):
        chosen = None
    if chosen is not None and chosen.id not in {run.id for run in runs}:
        shared = chosen if state.mine(chosen) else replace(chosen, name=f"{chosen.name} (shared)")
        runs.append(shared)
    choices = labels_of(runs)
    last = state.last_trained(own)
    useless = of_weights and chosen is not None and not (chosen.active or chosen.checkpoints)
    empty = chosen if useless else None

    def choose(run_id: str) -> None:
        if run_id in choices:
            state.choose_run(run_id)

    now = chosen.id if chosen is not None and empty is None else (last or shipped).id
    run_id = st.selectbox(
        "Run",
        list(choices),
        list(choices).index(now),
        format_func=choices.__getitem__,
        **shows(form.key(page, "run"), now, choose),
    )
    run = state.run_named(run_id)
    if empty is not None and empty.id != run.id:
        st.caption(f"**{plain(empty.name)}** has no weights: another run is shown.")
    if last is not None and not state.mine(run):
        _whose(page, run, last)
    if "dataset" in config_type(kind).model_fields:
        state.show_images(learnt(run))
        if not brief:
            say_what_it_knows(run)
    return run


def learnt(run: Run) -> str:
    """The set of images that it has learnt."""
    return str(run.config.get("dataset", MNIST))


def say_who_is_missing(kind: str, only: str, why: str) -> None:
    """Under the selector of a page that is about one set of images: which runs it leaves out, and `why`."""
    chosen = state.chosen_run()
    if chosen is not None and shown_as(chosen.kind) == kind and learnt(chosen) != only:
        name, images = plain(chosen.name), plain(title_of(learnt(chosen)))
        words = (
            f"**{name}** has learnt {images}. {why}: a network that has learnt {title_of(only)} stands here."
        )
        st.info(words, icon=":material/filter_alt:")
    elif any(learnt(run) != only for run in state.runs_to_look_at(kind)):
        st.caption(f"{why}: your runs on other images are left out.")


def say_what_it_knows(run: Run) -> None:
    """Of a run that has learnt another set of images than MNIST, what that is.

    Raises DataError if that set is not here any more.
    """
    if learnt(run) != MNIST:
        entry = catalogue().find(learnt(run))
        st.caption(f"It knows {plain(entry.title)}: {plain(', '.join(entry.classes))}.")


def _whose(page: str, run: Run, last: Run) -> None:
    """What is shown is not one's own; one's own is a click away."""
    what = "the shipped network" if run.id == shipped_run(shown_as(run.kind)).id else "a shared network"
    st.button(
        f"{what}, not yours · use {plain(last.name)}",
        key=form.key(page, "use_own"),
        on_click=state.choose_run,
        args=(last.id,),
        type="tertiary",
        icon=":material/person:",
    )


def select_other_run(page: str, run: Run) -> Run:
    """The selector of a run beside this one; this one itself if there is no other."""
    runs = {other.id: other for other in state.runs_to_look_at(shown_as(run.kind)) if other.id != run.id}
    if not runs:
        st.caption("There is no other run yet: train one.")
        return run
    key = form.key(page, "other_run")
    called = labels_of(runs.values())
    chosen = st.selectbox("The other run", list(runs), format_func=called.__getitem__, key=key)
    return state.run_named(chosen)


def without_weights(run: Run) -> str:
    """Why a run has none, and what to do."""
    if run.active or run.status == "interrupted":
        return "This run has saved no weights yet: wait for its first epoch."
    return "This run ended before its first step, without weights: choose another one."


def select_checkpoint(page: str, run: Run, *, label: str = "Weights after epoch") -> Checkpoint:
    """The selector of an epoch of a run, its last one by default; every lens follows it, and the URL.

    Raises RunError if the run has saved no weights.
    """
    if not run.checkpoints:
        raise RunError(without_weights(run))
    _name_step(run)
    if len(run.checkpoints) == 1:
        if run.checkpoints[0].epoch == 0 and run.total_steps:
            st.caption("These are its weights before training: its first epoch is not finished.")
        return run.checkpoints[0]
    labels = stop_names(run.checkpoints)
    now = labels[run.checkpoints.index(state.chosen_checkpoint(run))]

    def choose(chosen: str) -> None:
        if chosen in labels:
            state.choose_checkpoint(run, run.checkpoints[labels.index(chosen)])

    chosen = st.select_slider(label, labels, now, **shows(form.key(page, f"epoch_{run.id}"), now, choose))
    return run.checkpoints[labels.index(chosen)]


def _name_step(run: Run) -> None:
    """The URL says after which step the chosen weights of this run are, unless they are its last ones."""
    chosen = state.chosen_checkpoint(run)
    named = chosen != run.checkpoints[-1] and st.query_params.get(state.RUN_PARAM) == run.id
    wanted = str(chosen.step) if named else None
    if wanted is None:
        st.query_params.pop(state.STEP_PARAM, None)
    elif st.query_params.get(state.STEP_PARAM) != wanted:
        st.query_params[state.STEP_PARAM] = wanted


def next_link(page: str, label: str, run: Run | None = None) -> None:
    """The one link a page ends with; the run comes along."""
    params = {state.RUN_PARAM: run.id} if run is not None else {}
    st.page_link(f"../pages/{page}", label=label, icon=":material/arrow_forward:", query_params=params)
