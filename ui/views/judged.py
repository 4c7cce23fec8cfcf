"""The twelve test digits that a training page judges live."""

from __future__ import annotations

import streamlit as st

from dlcore.figures.judged import Looks, answers, judged_html
from dlcore.mnist.files import load_test
from dlcore.run import Run
from dlcore.runs.jobs.mnist import WATCHED
from dlcore.training.config import TrainConfig
from dlcore.training.untrained import first_look
from ui import state
from ui.explain import explain


def show(run: Run, config: TrainConfig, *, before: bool) -> None:
    """As the run now judges them. `before` it began, and until its first look, as one so set begins."""
    begun = not before and bool(run.watched)
    looks = run.watched if begun else _first_look(config)
    test = load_test()
    images, labels = test.images[list(WATCHED), 0].numpy(), test.labels[list(WATCHED)].tolist()
    right = sum(said == label for said, label in zip(answers(looks), labels, strict=True))
    when = "before training" if not begun else "now" if run.active else "at its end"
    st.markdown(explain(f"**{len(labels)} unseen test digits**: {right} right {when}"))
    st.html(judged_html(list(images), labels, looks, state.theme()))


def _first_look(config: TrainConfig) -> Looks:
    return _looked(
        config.net, config.layers, config.activation, config.first_weights, config.normalize, config.seed
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _looked(net: str, layers: str, activation: str, first_weights: str, normalize: str, seed: int) -> Looks:
    """By all that it hangs on."""
    made = {"net": net, "layers": layers, "activation": activation, "first_weights": first_weights}
    config = TrainConfig().replace(**made, normalize=normalize, seed=seed)
    return first_look(config, load_test().images[list(WATCHED)])
