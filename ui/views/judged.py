"""The twelve test images that a training page judges live."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlcore.datasets.catalogue import class_names, noun_of
from dlcore.errors import DataError
from dlcore.figures.judged import Looks, answers, judged_html
from dlcore.run import Run
from dlcore.runs.jobs.mnist import watched_samples
from dlcore.training.config import TrainConfig
from dlcore.training.network_config import ARCHITECTURE
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
    noun = noun_of(config.dataset)
    st.markdown(explain(f"**{len(labels)} unseen test {noun}s**: {right} right {when}"))
    st.html(judged_html(list(images), labels, looks, state.theme(), class_names(config.dataset)))


def _first_look(config: TrainConfig) -> Looks:
    hangs_on = (*ARCHITECTURE, "first_weights", "normalize", "seed", "dataset")
    return _looked(**{name: getattr(config, name) for name in hangs_on})


@st.cache_data(max_entries=64, show_spinner=False)
def _looked(dataset: str, **hangs_on: Any) -> Looks:
    """By all that it hangs on."""
    return first_look(TrainConfig().replace(**hangs_on), watched_samples(dataset).images)
