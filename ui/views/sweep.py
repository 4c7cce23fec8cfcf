"""A sweep on the page: how far it is, its dots, and what its knobs are worth beside luck."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dlcore.datasets.catalogue import title_of
from dlcore.datasets.dataset import MNIST
from dlcore.figures.sweep import SELECTION, dots_chart, drawn_chart, means_chart, parallel_chart
from dlcore.run import Run
from dlcore.runs.storage.leases import LEFT_TO_OWNER
from dlcore.runs.sweep_results import Found, luck_or_not, outcome, share_of, shipped_sweep
from dlcore.schema import knobs
from dlcore.sweep.record import Sweep
from dlcore.training.config import TrainConfig
from dlcore.words import count_of, exact_percent
from ui import form, live, messages, path, services, state
from ui.explain import explain
from ui.views.run_verdict import VERDICTS

PAGE = "sweep"
key = partial(form.key, PAGE)
KNOBS = knobs(TrainConfig)
DRAWN = (
    "No two points of a draw differ in one knob alone, so none is judged here. A draw shows where to look: a "
    "grid there, with several seeds, judges each knob."
)
FEW = 2  # tested runs, from which a comparison is drawn


def shown_sweep() -> Found:
    """The sweep chosen here, else the newest of this visitor, else the one that comes with the lab."""
    mine = [listed.id for listed in services.store().listed_sweeps(state.owner())]
    chosen = st.session_state.get(key("shown"))
    sweep = services.store().sweep(chosen if chosen in mine else mine[0]) if mine else None
    return found_of(sweep) if sweep is not None else shipped_sweep()


def found_of(sweep: Sweep) -> Found:
    """With its runs as they stand now; what has ended is read once in a visit, as long as it is there."""
    ended: dict[str, Run] = st.session_state.setdefault(key("ended"), {})
    kept = {entry.run_id for entry in sweep.entries if entry.run_id in ended}
    for gone in ended.keys() - services.store().there(kept):  # deleted, or of another sweep
        del ended[gone]
    runs: list[Run | None] = []
    for entry in sweep.entries:
        run = ended.get(entry.run_id)
        if run is None and entry.run_id:
            run = services.runner().get(entry.run_id)
            if run is not None and not run.active and run.status != "interrupted":
                run = ended[run.id] = outcome(run)
        runs.append(run)
    return Found(sweep, tuple(runs))


def choose() -> None:
    """Between the sweeps of this visitor, if there are several."""
    names = {sweep.id: sweep.name for sweep in services.store().listed_sweeps(state.owner())}
    if len(names) > 1:
        if st.session_state.get(key("shown")) not in names:
            st.session_state.pop(key("shown"), None)
        st.selectbox("Sweep", list(names), format_func=names.__getitem__, key=key("shown"), width=200)


def show(found: Found) -> None:
    """Its state in a sentence, then a dot for each run that was tested."""
    ours = found.sweep.owner == ""
    with st.container(key=key("status")):
        if ours:
            turned = " and ".join(KNOBS[name].title.lower() for name in found.turned)
            told = f"{turned}, {len(found.runs)} runs of the preset Class. Yours will stand here."
            st.markdown(explain(f"**A sweep that comes with the lab**: {told}"))
        else:
            whose = f"**{messages.plain(found.sweep.name)}**{on_words(found.sweep)}"
            st.markdown(f"{whose} · {explain(found.words)}.")
            st.progress(found.progress)
    if trouble := services.feeder().trouble(found.sweep.id):
        st.warning(messages.plain(f"The next run waits. {trouble}"), icon=":material/hourglass_top:")
    if left := sum(run is not None and _is_left(run) for run in found.runs):
        st.warning(left_words(left), icon=":material/front_hand:")
    if not found.tested:
        st.caption("A dot comes here for each run, once it is tested.")
    live.show_selectable(dots_chart(found, state.theme()), key("dots"), partial(pick, found))
    early = [entry for entry in found.sweep.entries if entry.why]
    if early:
        with st.expander(f"{count_of(len(early), 'run')} stopped early: why", key=key("early")):
            for entry in early:
                words = f"{found.point(entry.config.model_dump())}, seed {entry.config.seed}: {entry.why}"
                st.caption(explain(messages.plain(words)))


def say_that_it_trains(run: Run) -> None:
    """On Train, beside a start that must wait for a run of a sweep: for which."""
    store = services.store()
    running = [listed.id for listed in store.listed_sweeps(run.owner) if listed.status == "running"]
    for sweep in filter(None, map(store.sweep, running)):
        if any(entry.run_id == run.id for entry in sweep.entries):
            with st.container(horizontal=True, vertical_alignment="center"):
                words = f"This run is one of the sweep **{messages.plain(sweep.name)}**"
                st.markdown(f"{words}: start yours when it has ended, or stop it there.")
                st.page_link(path.PAGES / "sweep.py", label="To the sweep", icon=":material/grid_on:")


def on_words(sweep: Sweep) -> str:
    """ " on Letters": its images, where they are not MNIST's."""
    dataset = sweep.entries[0].config.dataset if sweep.entries else MNIST
    return "" if dataset == MNIST else f" on {messages.plain(title_of(dataset))}"


def _is_left(run: Run) -> bool:
    return run.status == "interrupted" and run.reason == LEFT_TO_OWNER


def left_words(count: int) -> str:
    """So many of its runs are left to their owner."""
    waits, it = ("waits", "it") if count == 1 else ("wait", "them")
    return (
        f"{count_of(count, 'run')} {waits} for you: three servers in a row were gone with {it}. "
        f"Open {it} below to resume, or stop the sweep."
    )


def pick(found: Found) -> None:
    """A click on a dot chooses its run."""
    said = st.session_state[key("dots")].selection.get(SELECTION, [])
    place = said[0].get(SELECTION) if said and isinstance(said[0], dict) else None
    if isinstance(place, int | float) and 0 <= place < len(found.runs):
        run = found.runs[int(place)]
        if run is not None and run.id:
            st.session_state[key("run")] = run.id


def offer_runs(found: Found) -> None:
    """Each run can be opened, by its dot or from a list."""
    begun = {run.id: run for run in found.runs if run is not None and run.id}
    if not begun:
        return
    if st.session_state.get(key("run")) not in begun:
        st.session_state.pop(key("run"), None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "A run: click its dot, or choose it",
            list(begun),
            format_func=lambda run_id: _titled(found, begun[run_id]),
            key=key("run"),
            width=360,
        )
        run = begun.get(chosen) or next(iter(begun.values()))
        share = share_of(run)
        st.markdown(exact_percent(share) if share is not None else run.status)
        st.page_link(
            path.PAGES / "mnist/train.py",
            label="Open it",
            icon=":material/open_in_new:",
            query_params={state.RUN_PARAM: run.id},
        )


def _titled(found: Found, run: Run) -> str:
    """What does not change while it trains: a browser keeps the words that were chosen."""
    return f"{found.point(run.config)} · seed {run.config.get('seed')}"


def show_verdicts(found: Found) -> None:
    """Of each knob: is its difference more than luck?"""
    st.subheader("More than luck?")
    if len(found.tested) < FEW:
        st.caption("Once two runs are tested, each knob is judged here.")
        return
    said = luck_or_not(found.tested, found.turned)
    for verdict in said.values():
        box, icon = VERDICTS[verdict.kind]
        box(f"**{messages.plain(verdict.sentence)}**", icon=icon)
    if not said and found.sweep.drawn and len(found.turned) > 1:
        st.caption(DRAWN)
    elif not said and found.turned:
        yet = " yet" if found.sweep.status == "running" else ""
        st.caption(f"No two values of one knob are tested{yet} with all others equal.")
    elif not found.turned:
        shares = [share_of(run) or 0.0 for run in found.tested]
        spread = f"from {exact_percent(min(shares))} to {exact_percent(max(shares))}"
        st.info(explain(f"Only the seed differs: {spread}."), icon=":material/casino:")
    if len(said) > 1:
        st.caption("Each knob is judged where the others stand as in the point with the best mean.")


def show_means(found: Found) -> None:
    """What each value gave, the other knobs mixed; then all knobs side by side."""
    if len(found.tested) < FEW:
        return
    for name in found.turned:
        if found.sweep.drawn and KNOBS[name].kind in (int, float):
            st.markdown(f"**{KNOBS[name].title}**: a dot for each run")
            live.show_chart(drawn_chart(found, name, state.theme()), key(f"drawn_{name}"))
        elif len(found.turned) > 1:  # of one knob the dots say it all
            st.markdown(f"**{KNOBS[name].title}**, all its runs: dots, mean, lowest to highest")
            live.show_chart(means_chart(found, name, state.theme()), key(f"means_{name}"))
    st.markdown(
        explain("**All knobs side by side**: a line is a run, the stronger the more test images right.")
    )
    live.show_chart(parallel_chart(found, state.theme()), key("parallel"))
