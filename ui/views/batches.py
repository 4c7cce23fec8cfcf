"""The parts of data and batches: the wall of digits, what was counted, near-copies, loading times."""

from __future__ import annotations

import streamlit as st

from dlcore.batches.config import ALL, BatchesConfig
from dlcore.batches.leaks import Leak
from dlcore.batches.loading import Loading, LoadingConfig
from dlcore.batches.statistics import Statistics, scaled
from dlcore.batches.wall import ORDERS, neighbours, on_the_wall
from dlcore.batches.words import (
    classes_words,
    grey_words,
    leak_words,
    loading_words,
    noise_words,
    scaled_words,
    workers_words,
)
from dlcore.figures.batches import classes_chart, grey_chart, stages_chart, wall_sheet, ways_chart
from dlcore.mnist.files import load_test, load_train
from dlcore.runs.shipped import shipped_run
from dlcore.schema import knobs
from dlcore.training.evaluation import Evaluation
from dlcore.words import exact_percent, vote_percent
from ui import form, live, state, work
from ui.components.sheets.component import show_sheets
from ui.explain import explain
from ui.layout import side_and_stage
from ui.lenses import batches, mnist
from ui.machine import MachineMeasured
from ui.remember import remembered

KNOBS = knobs(BatchesConfig)


def show_wall(page: str, config: BatchesConfig) -> None:
    """The test digits in some order, and the chosen one beside those it is most like."""
    asked = mnist.evaluation(shipped_run("mnist").checkpoints[-1])
    work.wait(page, asked, "The shipped network reads the 10,000 test digits", again="again")
    if asked.result is None:
        return
    read, digit = asked.result, None if config.digit == ALL else int(config.digit)
    order = on_the_wall(
        config.order, read.labels, read.predictions, read.confidences, read.losses, digit
    ).tolist()
    picked, samples = form.key(page, "picked"), load_test()

    def pick(_: str, cell: int) -> None:
        st.session_state[picked] = order[cell]

    at = st.session_state.get(picked)
    chosen = order.index(at) if at in order else 0
    side, stage = side_and_stage(page, (2, 3))
    with stage:
        note = f"{ORDERS[config.order]}: {len(order)} of 10,000 test digits. Click one."
        sheet = wall_sheet(samples.images[order, 0].numpy(), chosen if order else None, note)
        show_sheets([[sheet]], f"{page.replace('_', '-')}-wall", pick, leads_to=form.key(page, "chosen"))
    with side:
        form.choice(page, KNOBS["order"], hidden=True)
        form.widget(page, KNOBS["digit"])
        with st.container(key=form.key(page, "chosen")):
            if order:
                _chosen(page, order[chosen], read)


def _chosen(page: str, number: int, read: Evaluation) -> None:
    """One test digit, how it is read, and its nearest training digits."""
    image = load_test().images[number]
    said, label = int(read.predictions[number]), int(read.labels[number])
    share = vote_percent(float(read.confidences[number]))
    st.markdown(
        explain(
            f"Test digit **{number:,}**: its label is **{label}**, the shipped network says "
            f"**{said}**, {share}."
        )
    )
    near = remembered(form.key(page, "near"), (number,), lambda: neighbours(image, load_train()))
    train = load_train()
    live.digit_tiles(
        [image[0].numpy(), *(train.images[at, 0].numpy() for at, _ in near)],
        [f"label {label}", *(f"{int(train.labels[at])}, {far:.1f}" for at, far in near)],
        ["The chosen digit", *(f"Training digit {at}, a {int(train.labels[at])}" for at, _ in near)],
    )
    st.caption("Behind it the nearest of 60,000 training digits: label, and distance pixel by pixel.")


def show_counts(page: str, config: BatchesConfig) -> tuple[Statistics, Statistics]:
    """How often each digit comes, the grey levels, and Normalize by hand."""
    train, test = batches.statistics()
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How many of each**")
        live.show_chart(classes_chart(train, state.theme()), form.key(page, "classes"))
        st.markdown(explain(classes_words(train, test)))
    with right:
        st.markdown("**Normalize by hand:** (x − mean) / std")
        live.show_chart(grey_chart(train, config.mean, config.std, state.theme()), form.key(page, "grey"))
        one, other = st.columns(2)
        with one:
            form.widget(page, KNOBS["mean"])
        with other:
            form.widget(page, KNOBS["std"])
        st.markdown(scaled_words(scaled(train, config.mean, config.std), config.mean, config.std))
        st.markdown(grey_words(train))
    return train, test


def show_splits(page: str, config: BatchesConfig) -> Leak:
    """What copies across the split do to a score."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        form.widget(page, KNOBS["copies"])
        form.widget(page, KNOBS["seed"])
    found = batches.leak(config.copies / 100, config.seed)
    with right:
        labels = ("Real labels", "… and copies", "Random labels", "… and copies")
        shares = (found.honest, found.leaked, found.shuffled, found.shuffled_leaked)
        for column, label, share in zip(st.columns(4), labels, shares, strict=True):
            column.metric(label, exact_percent(share, 1))
        st.markdown(explain(leak_words(found)))
    st.markdown(
        explain(
            "**Three splits, three questions.** Training images: what does it learn from? Validation images: "
            "which of my settings is best? Test images: how good is it, asked once, at the end? Copies of "
            "one picture, and all pictures of one writer, belong into one split."
        )
    )
    return found


def show_loading(page: str) -> Loading | None:
    """DataLoader against tensors, on this machine."""
    machine = MachineMeasured(page)
    found = machine.found(lambda turn: batches.loading(LoadingConfig(), turn))
    if found is None:
        return None
    st.markdown(explain(loading_words(found)))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How long an image takes**")
        live.show_chart(ways_chart(found, state.theme()), form.key(page, "ways"))
    with right:
        st.markdown("**Where the DataLoader's time goes**")
        live.show_chart(stages_chart(found, state.theme()), form.key(page, "stages"))
    st.markdown(explain(f"**Workers.** {workers_words(found)}"))
    st.caption(noise_words(found))
    machine.once_more()
    return found
