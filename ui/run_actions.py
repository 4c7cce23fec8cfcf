"""What can be done with one run: open, repeat with one knob turned, name, share, download, delete."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from dlcore.errors import ConfigError
from dlcore.figures.compare import LETTERS, MAX_RUNS
from dlcore.run import Run
from dlcore.runs.kinds import RUN_KINDS, config_type, lenses, variations
from dlcore.runs.naming import root_name, variation_name
from dlcore.runs.storage.archive import archive, tensorboard_installed
from dlcore.runs.storage.disk import resumable
from dlcore.schema import parse, parse_leniently
from ui import assignments, beginnings, messages, services, state, taken
from ui.explain import explain

PAGE = "runs"
PINNED = f"{PAGE}__pinned"


def letter(run: Run) -> str:
    """By which the pictures and tables name a compared run; "" for the others."""
    ids = st.session_state[PINNED]
    return LETTERS[ids.index(run.id)] if run.id in ids else ""


def titled(run: Run) -> str:
    return f"{letter(run)} · {messages.plain(run.name)}"


def again(run: Run, variation: str, begun: list[str]) -> None:
    """The same run with one knob turned. What was changed while it ran is repeated at the same steps.

    It takes as many threads: with another number the last digits would differ too. `begun`: what clicks on
    this button have begun since it was drawn; a second click begins nothing more.
    """
    with taken.TAKING.first():
        if not begun:
            _repeat(run, variation, begun)
        _show(begun)


def next_seeds(runs: tuple[Run, ...], begun: list[str]) -> None:
    """Each of them once more, with the next seed."""
    with taken.TAKING.first():
        try:
            for run in runs[len(begun) :]:
                _repeat(run, "next_seed", begun)
        finally:  # also if one of them is refused
            _show(begun)


def _repeat(run: Run, variation: str, begun: list[str]) -> None:
    config: Any = parse(config_type(run.kind), run.config)
    turned = variations(run.kind)[variation].apply(config)
    other = {name for name in type(config).model_fields if getattr(turned, name) != getattr(config, name)}
    planned = tuple(control for control in run.controls() if control[1] not in other)
    mine = state.my_runs(limit=1000)
    root = root_name(run.name)
    known = next((other for other in mine if other.name == root and other.kind == run.kind), run)
    before = parse(config_type(run.kind), known.config).model_dump()  # also of an older lab's run
    name = variation_name(root, before, turned.model_dump(), {other.name for other in mine})
    state.check_may_train()
    beginnings.check_run()
    turned = assignments.pinned(RUN_KINDS[run.kind].address, turned)  # what a teacher has set stands still
    how: dict[str, Any] = {"planned": planned, "address": state.address(), "threads": run.threads}
    begun.append(services.runner().submit(state.owner(), run.kind, turned, name=name, **how))


def _show(begun: list[str]) -> None:
    """They are compared from now on, each in the place of the last where there is no other."""
    pinned = st.session_state[PINNED]
    for run_id in begun:
        pinned = pinned if run_id in pinned else [*pinned[: MAX_RUNS - 1], run_id]
    st.session_state[PINNED] = pinned
    for run_id in begun:
        taken.say(run_id)


def rename(run: Run) -> None:
    services.runner().rename(run.id, st.session_state[f"{PAGE}__name_{run.id}"])


def share(run: Run) -> None:
    services.runner().share(run.id, st.session_state[f"{PAGE}__share_{run.id}"])


def go_on(run: Run) -> None:
    state.check_may_train()
    beginnings.check_run()
    services.runner().resume(run.id, address=state.address())


def delete(run: Run) -> None:
    services.runner().delete(run.id)
    st.session_state[PINNED] = [run_id for run_id in st.session_state[PINNED] if run_id != run.id]


def shut(box: str) -> None:
    st.session_state[box] = False


def show(runs: list[Run]) -> None:
    """What can be done with one of the pinned runs."""
    st.subheader("One of them")
    by_id = {run.id: run for run in runs}
    chosen = st.segmented_control(
        "Run",
        list(by_id),
        default=runs[0].id,
        format_func=lambda run_id: titled(by_id[run_id]),
        required=True,
        key=f"{PAGE}__one_{runs[0].id}",
        label_visibility="collapsed",
    )
    run = by_id.get(chosen, runs[0])
    own = state.mine(run)
    st.write(explain(messages.status_sentence(run)))
    with st.container(horizontal=True, vertical_alignment="center"):
        params = {state.RUN_PARAM: run.id}
        for lens in lenses(run.kind):
            st.page_link(f"../pages/{lens.page}", label=lens.words, icon=lens.icon, query_params=params)
        if own and may_go_on(run):
            st.button(
                messages.going_on(run),
                icon=":material/forward:",
                key=f"{PAGE}__go_on",
                on_click=messages.guarded(PAGE, go_on),
                args=(run,),
            )
        if own:
            with st.popover("Rename", icon=":material/edit:"):
                st.text_input(
                    "New name",
                    run.name,
                    max_chars=40,
                    key=f"{PAGE}__name_{run.id}",
                    on_change=messages.guarded(PAGE, rename),
                    args=(run,),
                )
            if run.kind not in RUN_KINDS or RUN_KINDS[run.kind].page:
                with st.popover("Share", icon=":material/link:"):
                    share_by_link(run)
        download(run)
        if own and not run.active:
            # Of this very run: one press too many would delete the next one.
            box = f"{PAGE}__delete_box_{run.id}"
            with st.popover("Delete", icon=":material/delete:", key=box, on_change="rerun"):
                st.write(f"Delete {messages.plain(run.name)} with its weights, for good?")
                with st.container(horizontal=True):
                    st.button(
                        "Delete for good",
                        key=f"{PAGE}__delete_{run.id}",
                        on_click=messages.guarded(PAGE, delete),
                        args=(run,),
                        type="primary",
                    )
                    st.button("Cancel", key=f"{PAGE}__keep_{run.id}", on_click=shut, args=(box,))


def may_go_on(run: Run) -> bool:
    """A run whose kind has a page to train on goes on there."""
    here = run.kind in RUN_KINDS and not RUN_KINDS[run.kind].page
    ended = run.status in ("stopped", "failed", "interrupted")
    return here and ended and not run.silent and resumable(run.checkpoints) is not None


def repeat(runs: list[Run]) -> None:
    """One of the compared runs once more, one knob turned: what the page is for, in one row."""
    by_id = {run.id: run for run in runs if run.kind in RUN_KINDS}
    if not by_id:
        return
    titles, first = {run_id: titled(run) for run_id, run in by_id.items()}, next(iter(by_id))
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{PAGE}__repeat"):
        chosen = st.selectbox(
            "Again",
            list(by_id),
            format_func=titles.__getitem__,
            key=f"{PAGE}__which_{first}",
            width=210,
        )
        run = by_id.get(chosen, by_id[first])
        config: Any
        config, unknown = parse_leniently(config_type(run.kind)(), run.config)
        if unknown:
            refused = f"Made by another version of the lab: it cannot be repeated. {unknown[0]}"
        else:
            refused = repeat_with(run, config)
    if refused:
        st.caption(messages.plain(refused))


def repeat_with(run: Run, config: Any) -> str:
    """The knob to turn and the button. Returns why this run cannot be repeated so; "" if it can."""
    known, key = variations(run.kind), f"{PAGE}__variation"
    if st.session_state.get(key) not in known:  # chosen for a run of another kind
        st.session_state.pop(key, None)
    variation = st.selectbox(
        f"with the same data, seed {config.seed}, but",
        list(known),
        format_func=lambda name: known[name].title,
        key=key,
        width=228,  # beside its button on a phone
    )
    refused = ""
    try:
        known[variation].apply(config)
    except ConfigError as error:
        refused = str(error)
    st.button(
        "Start again",
        type="primary",
        icon=":material/replay:",
        key=f"{PAGE}__again",
        on_click=messages.guarded(PAGE, again),
        args=(run, variation, []),
        disabled=bool(refused),
    )
    return refused


def share_by_link(run: Run) -> None:
    st.toggle(
        "Whoever has the link may look, and touch nothing",
        run.shared,
        key=f"{PAGE}__share_{run.id}",
        on_change=messages.guarded(PAGE, share),
        args=(run,),
    )
    if run.shared and run.kind in RUN_KINDS:
        here, there = urlsplit(st.context.url or ""), RUN_KINDS[run.kind].address
        st.code(f"{here.scheme}://{here.netloc}/{there}?run={run.id}", language=None)


def download(run: Run) -> None:
    missing = (
        "" if tensorboard_installed() else " TensorBoard files come with it once tensorboard is installed."
    )
    st.download_button(
        "Download",
        data=partial(archive, run),
        file_name=f"{run.name.replace(' ', '-')}.zip",
        mime="application/zip",
        icon=":material/download:",
        key=f"{PAGE}__download",
        on_click="ignore",
        help=f"Settings, measurements (CSV) and weights in one zip.{missing}",
    )
