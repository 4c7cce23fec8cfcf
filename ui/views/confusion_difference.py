"""Of two runs: which mistakes one makes more often than the other."""

from __future__ import annotations

import streamlit as st

from dlcore.datasets.catalogue import class_names
from dlcore.datasets.dataset import MNIST
from dlcore.figures.confusion import confusion_difference_figure
from dlcore.run import Run
from dlcore.runs.compare import turned
from dlcore.runs.kinds import RUN_KINDS
from dlcore.training.evaluation import Evaluation
from ui import live, messages, run_actions, state, work
from ui.lenses import mnist

PAGE = run_actions.PAGE
COMPARED = "It compares these two networks, image by image: another seed may give others."
UNFINISHED = "Of a run that has not finished, the table above shows no result."


def show(runs: list[Run]) -> None:
    """Where the second of two runs errs more or less than the first."""
    first, second = runs[0], runs[1]
    measurable = first.kind in RUN_KINDS and RUN_KINDS[first.kind].evaluation == "evaluate"
    images = [str(run.config.get("dataset", MNIST)) for run in (first, second)]
    alike = first.kind == second.kind and images[0] == images[1]
    if not measurable or not alike or not (first.checkpoints and second.checkpoints):
        return
    names = [messages.plain(run.name) for run in (first, second)]
    words = f"Confusion: what B = {names[1]} does differently from A = {names[0]}"
    box = st.expander(words, key=f"{PAGE}__difference", on_change="rerun")
    if not box.open:  # measuring both costs some seconds
        return
    with box:
        asked = _measured(first, second)
        a, b = asked[0].result, asked[1].result
        if failed := next((one for one in asked if one.failed), None):
            work.wait(PAGE, failed, "", again="difference_again")
            return
        if a is None or b is None:
            st.caption("Measuring both on the test images …")
            work.follow(lambda: any(one.active for one in _measured(first, second)), active=True)
            return
        change = turned(a, b)
        verdict = "within chance" if change.within_chance else "more than chance explains"
        alone = f"B alone has {change.learned:,} right, A alone {change.forgot:,}"
        st.write(f"A: {_score(first, a)}. B: {_score(second, b)}. {alone}: {verdict}.")
        st.caption(COMPARED if first.status == second.status == "finished" else f"{COMPARED} {UNFINISHED}")
        figure = confusion_difference_figure(a.confusion, b.confusion, state.theme(), class_names(images[0]))
        alt = f"Confusion of B less that of A. A: {a.correct:,} right. B: {b.correct:,} right."
        live.show_figure(figure, f"{PAGE}__confusion", alt)
        st.markdown("Red: B makes this mistake more often than A. Blue: less often.")


def _score(run: Run, result: Evaluation) -> str:
    """Where it is not the result that the table shows, the weights that it is of."""
    told, step = run.last("test_correct"), state.chosen_checkpoint(run).step
    of = "" if told is not None and told.step == step else f", of its weights of step {step:,}"
    return messages.evaluation_score(result) + of


def _measured(*runs: Run) -> list[work.Asked[Evaluation]]:
    return [mnist.evaluation(state.chosen_checkpoint(run)) for run in runs]
