"""The twelve test images that a training page judges live."""

from __future__ import annotations

import streamlit as st

from dlcore.datasets.catalogue import class_names
from dlcore.datasets.dataset import MNIST
from dlcore.errors import DataError
from dlcore.figures.judged import Looks, answers, judged_html
from dlcore.run import Run
from dlcore.runs.jobs.mnist import watched_samples
from dlcore.training.config import TrainConfig
from dlcore.training.untrained import first_look
from ui import state
from ui.explain import explain
from ui.messages import plain


def show(run: Run, config: TrainConfig, *, before: bool) -> None:
    """As the run now judges them. `before` it began, and until its first look, as one so set begins."""
    try:
        asked = watched_samples(config.dataset)
    except DataError as error:
        st.warning(plain(str(error)), icon=":material/image_not_supported:")
        return
    begun = not before and bool(run.watched)
    looks = run.watched if begun else _first_look(config)
    images, labels = asked.images[:, 0].numpy(), asked.labels.tolist()
    right = sum(said == label for said, label in zip(answers(looks), labels, strict=True))
    when = "before training" if not begun else "now" if run.active else "at its end"
    noun = "digits" if config.dataset == MNIST else "images"
    st.markdown(explain(f"**{len(labels)} unseen test {noun}**: {right} right {when}"))
    st.html(judged_html(list(images), labels, looks, state.theme(), class_names(config.dataset)))


def _first_look(config: TrainConfig) -> Looks:
    return _looked(
        config.net,
        config.layers,
        config.activation,
        config.first_weights,
        config.normalize,
        config.seed,
        config.dataset,
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _looked(
    net: str, layers: str, activation: str, first_weights: str, normalize: str, seed: int, dataset: str
) -> Looks:
    """By all that it hangs on."""
    made = {"net": net, "layers": layers, "activation": activation, "first_weights": first_weights}
    config = TrainConfig().replace(**made, normalize=normalize, seed=seed)
    return first_look(config, watched_samples(dataset).images)
