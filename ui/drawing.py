"""A canvas with the answer beside it: what the network sees and its vote, moving while the pen moves."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dlcore.datasets.catalogue import DIGITS
from dlcore.datasets.dataset import NO_CLASS
from dlcore.serving.predictor import Predictor
from dlcore.serving.unlike_words import unlike_words
from ui import state
from ui.components.vote.component import show_vote
from ui.digit_input import DigitInput
from ui.layout import side_and_stage
from ui.lenses import mnist
from ui.live_vote import Canvas, votes
from ui.pictures import Pictures
from ui.remember import remembered


@st.fragment
def play(
    digits: DigitInput,
    predictor: Predictor,
    *,
    then: Callable[[], None],
    shares: tuple[int, int] = (1, 2),
    brief: str = "",
) -> None:
    """All that a stroke redraws; `then` is called once the pen is lifted. A `brief` one is drawing and bars
    alone under one sentence: who served the answer, and how unlike the training digits it is, stay unsaid.
    The sentence stands above the bars: what is long the canvas's toolbar would cover.

    The canvas is in it: a rerun of the answer by its key would be cheaper, but Streamlit then drops what a
    run of the page has not sent yet, and an old canvas stays.
    """
    side, stage = side_and_stage(digits.page, shares)
    with side:
        if brief:
            st.space("small")  # a label would push the buttons off a phone's first screen
        else:
            st.markdown("**Draw here**, large")
        digits.canvas(then=then)
    if brief:
        stage.markdown(brief)
    with stage.container(key=digits.key("prediction")):
        _answer(digits, predictor, brief=bool(brief))


def _answer(digits: DigitInput, predictor: Predictor, *, brief: bool) -> None:
    """What the network sees and how it votes. While the pen is down, the browser asks for the vote itself."""
    pictures = Pictures(digits)
    pictures.show_problem()
    digit = state.current_digit()
    pixels, prediction = None, None
    others = predictor.names != DIGITS
    note, detail = "Draw a digit. An empty canvas is not a zero.", ""
    if others:
        known = [name for name in predictor.names if not name.startswith(NO_CLASS)]
        note = f"Draw one of {', '.join(known)}."
    if pictures.offers:
        note = "Choose one first."
    elif digits.problem:
        note = ""  # it stands above, in its own words
    if digit is not None:
        pixels = digit.pixels
        vote = remembered(digits.key("vote"), (digit, predictor), lambda: predictor.predict(digit.pixels))
        prediction, note = vote, digit.source
        if not brief:
            detail = f"{predictor.engine}, {vote.milliseconds:.1f} ms on this server's CPU."
    show_vote(
        f"{digits.page}-vote",
        pixels,
        prediction,
        note=note,
        detail=detail,
        canvas=digits.key("canvas"),
        asks=_asks(digits, predictor),
        turn=digits.turn,
        unlike=None if brief or others else (_how_unlike(digits, digit), mnist.unlike_meaning()),
        names=predictor.names,
    )


def _asks(digits: DigitInput, predictor: Predictor) -> str:
    """Where the browser asks for the vote on a stroke that goes on."""
    key, canvas = digits.key("asks"), Canvas(state.owner(), predictor, digits.centered)
    before, _ = st.session_state.get(key, ("", None))
    name = votes.admit(canvas, before)
    st.session_state[key] = name, canvas  # as long as the page is open
    return f"/vote/{name}"


def _how_unlike(digits: DigitInput, digit: state.CurrentDigit | None) -> str:
    """ "" as long as there is no digit: its place is kept, so that no canvas below it moves."""
    if digit is None:
        return ""
    yardstick = mnist.yardstick()
    return unlike_words(remembered(digits.key("unlike"), (digit,), lambda: yardstick.measure(digit.pixels)))
