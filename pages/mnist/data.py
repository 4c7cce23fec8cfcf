"""Digits on their way into a batch; what they are, how they are split, and how long they take."""

import inspect
from functools import partial

import streamlit as st

from dlcore.batches.cards import CARDS, ShownData
from dlcore.batches.config import PRESETS, BatchesConfig
from dlcore.batches.pipeline import Digits, Normalized, Passage, first_batch, make_loader
from dlcore.batches.words import batch_words
from dlcore.mnist.files import load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.schema import knobs
from ui import cards, form, messages, path, work
from ui.components.conveyor.component import show_conveyor
from ui.explain import explain
from ui.remember import remembered
from ui.views.batches import show_counts, show_loading, show_splits, show_wall

PAGE = "mnist_data"
key = partial(form.key, PAGE)
KNOBS = knobs(BatchesConfig)


def next_epoch() -> None:
    st.session_state[key("epoch")] = (st.session_state[key("epoch")] + 1) % 100


def passage(config: BatchesConfig) -> Passage:
    """The first batch of the epoch that is shown."""
    transform = Normalized(*NORMALIZE["mnist"])
    return remembered(
        key("passage"),
        (config.shuffle, config.epoch),
        lambda: first_batch(load_train(), transform, shuffle=config.shuffle, seed=config.epoch),
    )


def batch(config: BatchesConfig) -> ShownData:
    """The moving picture, and the source that made it."""
    seen = passage(config)
    with st.container(key=key("picture")):
        show_conveyor(seen, "mnist-data-conveyor")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Another epoch", icon=":material/refresh:", key=key("next"), on_click=next_epoch)
        form.widget(PAGE, KNOBS["shuffle"])
    st.markdown(explain(batch_words(seen, shuffle=config.shuffle)))
    with st.expander("The source that ran", icon=":material/code:"):
        sources = (inspect.getsource(shown) for shown in (Normalized, Digits, make_loader))
        st.code("\n\n".join(sources), language="python")
    return ShownData(config)


def digits(config: BatchesConfig) -> ShownData:
    show_wall(PAGE, config)
    return ShownData(config, *show_counts(PAGE, config))


def splits(config: BatchesConfig) -> ShownData:
    return ShownData(config, leak=show_splits(PAGE, config))


def time(config: BatchesConfig) -> ShownData:
    return ShownData(config, loading=show_loading(PAGE))


SHOW = {"batch": batch, "digits": digits, "splits": splits, "time": time}

path.title(__file__)
st.write(
    explain("A network never sees a file: images are drawn, prepared the same way each time, and stacked.")
)
messages.show_refusal(PAGE)
form.prepare(PAGE, BatchesConfig, PRESETS)
form.choice(PAGE, KNOBS["part"], hidden=True)
config = form.read(PAGE, BatchesConfig)
if config.part != "time":
    work.only_task(PAGE)  # nothing is measured for who looks at something else
with st.container():  # so that the cards keep their place
    shown = SHOW[config.part](config)
form.share(PAGE, BatchesConfig, PRESETS)
cards.show(PAGE, CARDS, shown)
with st.expander("Check yourself: why three splits, not two?", key=key("check")):
    st.markdown(
        explain(
            "Whoever picks the best of many settings by the test has fitted them to it. Validation is for "
            "picking, the test for asking once."
        )
    )
path.next_link(__file__)
