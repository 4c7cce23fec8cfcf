"""A classifier as it stands: its four lines, its score, one picture's answer, where it errs, its rounds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime

import streamlit as st
from PIL import Image

from dlcore.classifier.collection import COPIES, Collection
from dlcore.classifier.config import ClassifierConfig, Fit
from dlcore.classifier.judge import Judged
from dlcore.classifier.pictures import near_copy, opened
from dlcore.classifier.project import ASKED, EXAMPLE, LINE_LETTERS, Iteration, Picture, Plan
from dlcore.classifier.squares import square
from dlcore.classifier.words import Round, change_words, changed_words, fold_words, round_of, score_words
from dlcore.errors import StoreError
from dlcore.figures.classifier import (
    SHOWN,
    calibration_chart,
    misnamed,
    mistakes_alt,
    mistakes_figure,
    pictures_sheet,
    shares_chart,
    wall_of,
)
from dlcore.words import number
from ui import form, live, messages, services, state
from ui.components.sheets.component import show_sheets
from ui.explain import explain
from ui.remember import remembered

FITS: Mapping[Fit, str] = {"pad": "White margin", "crop": "Cut", "squash": "Squeeze"}


def plan_of(which: str) -> Plan:
    """What this visitor wrote; of the lab's pictures there is something to begin with."""
    stored = services.store().plan_of(state.owner(), which)
    return stored or (EXAMPLE if which == "example" else Plan())


def plan(page: str, which: str) -> None:
    """The four lines, written before anything is trained; they can be changed at any time."""
    now = plan_of(which)
    for name, text in now.as_plain().items():
        shown = messages.plain(text) if text else f":gray[{ASKED[name]}]"
        st.markdown(explain(f"**{name.capitalize()}.** {shown}"))
    with st.popover("Write these lines", icon=":material/edit:"):
        fresh = {
            name: st.text_area(
                name.capitalize(),
                text,
                key=form.key(page, f"plan_{which}_{name}"),
                max_chars=LINE_LETTERS,
                placeholder=ASKED[name],
                height=68,
            )
            for name, text in now.as_plain().items()
        }
        keep = messages.guarded(page, lambda: services.store().keep_plan(state.owner(), which, Plan(**fresh)))
        st.button("Keep them", key=form.key(page, "keep_plan"), type="primary", on_click=keep)


def score(page: str, config: ClassifierConfig, collection: Collection, judged: Judged) -> int:
    """How many are right, all pictures, and what the picked one is taken for. Returns the picked place."""
    st.markdown(explain(score_words(config, collection, judged)))
    few = collection.pictures[:SHOWN]
    wrong = [place for place in misnamed(judged, len(collection.pictures)) if place < len(few)]
    picked = st.session_state.get(form.key(page, "picked"))
    place = next((n for n, one in enumerate(few) if one.digest == picked), None)

    def pick(_: str, cell: int) -> None:
        st.session_state[form.key(page, "picked")] = few[cell].digest

    note = (
        "Click a picture."
        if place is not None or not wrong
        else "Click a picture. Framed: not named as labelled."
    )
    shown = " ".join(picture.digest for picture in few)
    uri = remembered(form.key(page, "wall"), (shown,), lambda: wall_of(few))
    sheet = pictures_sheet(uri, len(few), wrong, place, note)
    show_sheets([[sheet]], f"{page}-pictures", pick, leads_to=form.key(page, "picture"))
    if len(collection.pictures) > len(few):
        st.caption(f"The first {len(few)} of {len(collection.pictures)}.")
    return place if place is not None else (wrong[0] if wrong else 0)


def previews(page: str, picture: Picture, seed: int) -> None:
    """The picked picture in each of the three squares, and its near-copies."""

    def made() -> dict[str, Image.Image]:
        squares = {FITS[fit]: square(opened(picture), fit) for fit in FITS}
        numbers = range(1, COPIES + 1)
        return squares | {f"Copy {number}": opened(near_copy(picture, number, seed)) for number in numbers}

    shown = remembered(form.key(page, "previews"), (picture.digest, seed), made)
    st.image(
        list(shown.values()),
        caption=list(shown),
        width=112,
        alt=[f"The picked picture: {name}" for name in shown],
    )


def one(page: str, collection: Collection, judged: Judged, place: int) -> None:
    """A picture and what the head that never saw it says."""
    picture = collection.pictures[place]
    left, right = st.columns([1, 3])
    with left:
        st.image(picture.webp, width=150, alt=f"The picture {picture.name}")
    with right:
        live.show_chart(shares_chart(judged, place, state.theme()), form.key(page, "shares"))
        st.caption(
            f"{messages.plain(picture.name)}, labelled {messages.plain(judged.classes[judged.labels[place]])}"
            f", part {int(judged.folds[place]) + 1}: asked of the head that learned from all other parts."
        )


def mistakes(page: str, judged: Judged) -> None:
    """Which class it takes for which, and whether it is as sure as it may be."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(explain("**Which it takes for which** :gray[· confusion matrix]"))
        figure = mistakes_figure(judged, state.theme())
        live.show_figure(figure, form.key(page, "mistakes"), mistakes_alt(judged))
    with right:
        st.markdown("**Is it as sure as it may be?** :gray[· calibration]")
        live.show_chart(calibration_chart(judged, state.theme()), form.key(page, "calibration"))
        st.caption(fold_words(judged))


def write_down(page: str, config: ClassifierConfig, collection: Collection, judged: Judged) -> None:
    """A round that differs from the last one of this visit joins the time line."""
    key = form.key(page, f"round_{config.which}")
    before: Round | None = st.session_state.get(key)
    now = round_of(config, collection, judged)
    words = changed_words(before, now)
    if not words:
        return
    st.session_state[key] = now
    made = Iteration(time.time(), words, judged.right, judged.total)
    try:
        last = services.store().iterations_of(state.owner(), config.which)[-1:]
        if last and before is None and (last[0].right, last[0].total) == (made.right, made.total):
            return  # somebody came back: nothing was changed
        services.store().add_iteration(state.owner(), config.which, made)
    except StoreError as error:
        st.warning(messages.plain(str(error)), icon=":material/save:")


def rounds(page: str, which: str) -> None:
    """Every round from end to end: what was changed, what the score did."""
    found = services.store().iterations_of(state.owner(), which)
    rows = [
        {
            "When": datetime.fromtimestamp(after.at).strftime("%d %b %H:%M"),
            "What was changed": after.words,
            "Right": f"{after.right} of {after.total}",
            "%": number(round(100 * after.right / after.total, 1)),
            "Against the round before": change_words(before, after),
        }
        for before, after in zip((None, *found), found, strict=False)
    ]
    st.dataframe(rows[::-1], hide_index=True, key=form.key(page, "rounds"))
