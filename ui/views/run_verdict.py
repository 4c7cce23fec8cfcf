"""The knob or the seed: one verdict on the compared runs, its dots, and the runs it still lacks."""

import streamlit as st

from dlcore.figures.seeds import seeds_chart
from dlcore.run import Run
from dlcore.runs.kinds import RUN_KINDS
from dlcore.runs.verdict import verdict
from ui import live, messages, run_actions, state

PAGE = run_actions.PAGE
VERDICTS = {
    "more than luck": (st.success, ":material/check_circle:"),
    "within luck": (st.info, ":material/casino:"),
    "luck": (st.info, ":material/casino:"),
    "unknown": (st.warning, ":material/help:"),
}


def show(runs: list[Run]) -> None:
    found = verdict(runs)
    if found is None:
        return
    box, icon = VERDICTS[found.kind]
    box(f"**{messages.plain(found.sentence)}**", icon=icon)
    if len(found.groups) > 1:
        several = any(len(group.runs) > 1 for group in found.groups)
        how = ", by the mean over their seeds" if several else ""
        st.caption(f"The verdict compares settings{how}. Only finished runs count.")
    if found.groups:
        live.show_chart(seeds_chart(found, state.theme()), f"{PAGE}__seeds")
    lacking = tuple(run for run in found.lacking if run.kind in RUN_KINDS)
    if lacking:
        alone = [group.words for group in found.groups if group.runs[0] == lacking[0]]
        each = alone[0] if len(lacking) == 1 else "Both" if len(lacking) == 2 else "Each"
        st.button(
            f"{each} once more, with the next seed",
            icon=":material/casino:",
            key=f"{PAGE}__next_seeds",
            on_click=messages.guarded(PAGE, run_actions.next_seeds),
            args=(lacking, []),
        )
