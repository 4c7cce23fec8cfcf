"""The parts of many GPUs: one step and its ring, time, an epoch, what breaks, and the model of many."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import streamlit as st

from dlcore.distributed.config import ManyConfig, RanksConfig, compared, looked_at, timed, trapped
from dlcore.distributed.rank import Rank
from dlcore.distributed.scaling import Machine, machine_of
from dlcore.distributed.script import script_zip
from dlcore.distributed.training import Trained, Trainings
from dlcore.distributed.words import (
    apart_words,
    epoch_words,
    equal_words,
    fate_words,
    fingerprint_words,
    machine_words,
    measured_words,
    pays_words,
    shares_words,
    speed_words,
    steps_table,
    trap_words,
    whole_words,
)
from dlcore.figures.distributed import scaling_chart, speed_chart, time_chart
from dlcore.schema import knobs
from dlcore.words import exact_percent
from ui import form, live, state, visits, work
from ui.components.ring.component import show_ring
from ui.explain import explain
from ui.layout import side_and_stage
from ui.lenses import distributed
from ui.machine import MachineMeasured

KNOBS = knobs(ManyConfig)
SOURCE = "\n\n".join(inspect.getsource(part) for part in (Rank.join, Rank.train, Rank._step))


def _sizes(page: str, *names: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in names:
            form.choice(page, KNOBS[name])


def _trained(page: str, name: str, configs: Sequence[RanksConfig], first: str) -> Trainings | None:
    """What these trainings showed; None while they are under way, have failed, or were cancelled."""
    stopped = form.key(page, f"stopped_{name}")
    if st.session_state.get(stopped) == list(configs):
        st.markdown("Nothing was trained: it was cancelled.")
        again = form.key(page, f"start_{name}")
        st.button(
            "Train them",
            type="primary",
            icon=":material/play_arrow:",
            key=again,
            on_click=_go_on,
            args=(stopped,),
        )
        return None
    work.only_task(page)  # time is measured for nobody who looks at something else
    asked = distributed.trainings(configs)
    last = form.key(page, f"last_{name}")
    before = st.session_state.get(last)
    if before is not None and asked.task is not None and before.id != asked.task.id:
        work.drop(before)  # another set-up is wanted now; who leaves the page finds this one done
    st.session_state[last] = asked.task
    work.wait(
        page,
        asked,
        lambda task: work.stage(task, first),
        on_cancel=lambda: _stop(stopped, configs),
        again=f"again_{name}",
        cancel=f"cancel_{name}",
    )
    return asked.result


def _stop(stopped: str, configs: Sequence[RanksConfig]) -> None:
    """These are cancelled; another set-up is trained."""
    st.session_state[stopped] = list(configs)


def _go_on(stopped: str) -> None:
    st.session_state.pop(stopped, None)


def show_step(page: str, config: ManyConfig) -> Trained | None:
    """The shares and their ring at once; below, what the processes themselves say."""
    asked_for = looked_at(config)
    shares = distributed.shares(asked_for)
    with st.container(key=form.key(page, "ring")):
        show_ring(shares, "many-gpus-ring")
    st.markdown(explain(shares_words(shares)))
    _sizes(page, "ranks", "batch")
    found = _trained(page, "step", [asked_for], f"{config.ranks} processes start")
    if found is None:
        return None
    (trained,) = found.each
    st.markdown(explain(equal_words(trained)))
    st.table(steps_table(trained), hide_index=True)
    st.caption(explain(fingerprint_words()))
    st.markdown(explain(whole_words(trained, shares)))
    with st.expander("The source that ran", icon=":material/code:"):
        st.code(SOURCE, language="python")
    return trained


def show_time(page: str) -> None:
    """Images a second by ranks, and a step taken apart, measured on this machine."""
    machine = MachineMeasured(page)
    # The first measurement is everybody's: thirty at once would measure each other.
    found = machine.found(
        lambda turn: distributed.trainings(timed(), f"{visits.session()} {turn}" if turn else "first")
    )
    if found is None:
        return
    one, two, apart, four = found.each
    st.markdown(explain(speed_words(found)))
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown("**By ranks**")
        live.show_chart(speed_chart((one, two, four), state.theme()), form.key(page, "speeds"))
    with right:
        st.markdown("**Three steps, taken apart**")
        live.show_chart(time_chart(apart, state.theme()), form.key(page, "times"))
    st.markdown(explain(apart_words(apart, two)))
    machine.once_more()


def show_epoch(page: str, config: ManyConfig) -> Trainings | None:
    """One epoch, four ways."""
    _sizes(page, "ranks", "batch")
    found = _trained(page, "epoch", compared(config), "Four epochs, one after the other")
    if found is None:
        return None
    names = ("1 rank", "1 rank, whole batch", f"{config.ranks} ranks", f"{config.ranks} ranks, scaled rate")
    for column, name, trained in zip(st.columns(4), names, found.each, strict=True):
        ran = trained.config
        column.metric(name, exact_percent(trained.accuracy))
        column.caption(
            f"{ran.ranks} × {ran.batch}, learning rate {ran.lr:g}, {ran.most_steps} updates; of "
            f"{trained.total:,} test digits"
        )
    st.markdown(explain(epoch_words(found)))
    _take_away(page, found.each[2].config)
    return found


def _take_away(page: str, config: RanksConfig) -> None:
    """The same training as a script; it is packed when it is asked for."""
    st.download_button(
        "Take it with you: a script for torchrun",
        lambda: script_zip(config),
        file_name="many_gpus.zip",
        mime="application/zip",
        icon=":material/download:",
        key=form.key(page, "script"),
        on_click="ignore",
    )
    st.caption(
        f"`torchrun --standalone --nproc-per-node {config.ranks} train.py` ends with these very weights on a "
        "machine like this. Where there are as many GPUs, each rank takes one."
    )


def show_traps(page: str, config: ManyConfig) -> Trained | None:
    """Something goes wrong on purpose; torch's own words, and the way out."""
    form.choice(page, KNOBS["trap"], hidden=True)
    found = _trained(page, "trap", [trapped(config)], "Two processes start")
    if found is None:
        return None
    (trained,) = found.each
    for fate in trained.fates:
        st.markdown(f"{'✗' if fate.code else '✓'} {fate_words(fate)}")
        if fate.said:
            st.code(fate.said, language=None, wrap_lines=True)
    st.markdown(explain(trap_words(trained)))
    return trained


def show_many(page: str, config: ManyConfig) -> Machine | None:
    """What N of them should bring, by the numbers of this machine or others."""
    found = _trained(page, "many", [looked_at(ManyConfig())], "Two processes measure what they need")
    if found is None:
        return None
    here = machine_of(found.each[0])
    machine = Machine(
        config.compute / 1e6 or here.compute,
        0.0 if config.compute else here.fixed,
        1e9 * config.bandwidth or here.bandwidth,
        config.latency / 1e6 or here.latency,
        here.weights,
    )
    side, stage = side_and_stage(page)
    with side:
        form.widget(page, KNOBS["total"])
        for name, measured in measured_words(here).items():
            form.widget(page, KNOBS[name])
            if not getattr(config, name):
                st.caption(f"At 0 it is what was measured here: {measured}.")
        if config.compute:
            st.caption("With a compute of your own, a step costs nothing besides: only images count.")
    with stage:
        live.show_chart(scaling_chart(machine, config.total, state.theme()), form.key(page, "many"))
        st.markdown(explain(pays_words(machine, config.total)))
        st.caption(f"Measured here: {machine_words(here)}")
        if machine != here:
            st.caption(f"Drawn: {machine_words(machine)}")
    return machine
