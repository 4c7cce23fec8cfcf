"""Draw a digit, see what the network sees, and how it shares its vote."""

from functools import partial

import streamlit as st

from dlcore.serving.draw_cards import CARDS, Look, look
from dlcore.serving.predictor import Predictor, torchscript_supported
from dlcore.serving.unlike_words import unlike_words
from ui import cards, path, pickers, state
from ui.components.vote.component import show_vote
from ui.digit_input import DigitInput
from ui.layout import side_and_stage
from ui.lenses import mnist
from ui.remember import remembered

PAGE = "mnist_draw"
DIGIT = DigitInput(PAGE)

path.title(__file__)
st.write("It must pick one of ten digits, and it knows only what it was trained on.")


@st.fragment
def play(predictor: Predictor) -> None:
    """All that a stroke redraws.

    The canvas is in it: a rerun of `answer` by its key would be cheaper, but Streamlit then drops what a run
    of the page has not sent yet, and an old canvas stays.
    """
    side, stage = side_and_stage(PAGE)
    with side:
        st.markdown("**Draw here**, large")
        DIGIT.canvas(then=whole_page_for_cards)
    with stage.container(key=f"{PAGE}__prediction"):
        answer(predictor)


def whole_page_for_cards() -> None:
    """A card that somebody has guessed speaks of each stroke."""
    if cards.guessed(PAGE, CARDS):
        st.rerun()


@st.fragment
def answer(predictor: Predictor) -> None:
    """What the network sees and how it votes. While the pen is down, this alone is redrawn."""
    DIGIT.show_problem()
    moving = DIGIT.under_the_pen()
    digit = moving or state.current_digit()
    pixels, prediction = None, None
    note, detail = "Draw a digit. An empty canvas is not a zero.", ""
    if DIGIT.offers:
        note = "Choose one first."
    if digit is not None:
        pixels = digit.pixels
        vote = remembered(f"{PAGE}__vote", (digit, predictor), lambda: predictor.predict(digit.pixels))
        prediction, note = vote, digit.source
        detail = f"{predictor.engine}, {vote.milliseconds:.1f} ms on this server's CPU."
    show_vote(
        "mnist_draw-vote",
        pixels,
        prediction,
        note=note,
        detail=detail,
        canvas=DIGIT.key("canvas"),
        every=DIGIT.every,
        on_ink=DIGIT.moved,
    )
    if digit is not None:
        st.caption(how_unlike(digit, moving=moving is not None), help=mnist.unlike_meaning())


def how_unlike(digit: state.CurrentDigit, *, moving: bool) -> str:
    """In words; while a stroke goes on, those of the drawing before it."""
    key = f"{PAGE}__unlike"
    if not moving:
        yardstick = mnist.yardstick()
        st.session_state[f"{key}_words"] = unlike_words(
            remembered(key, (digit,), lambda: yardstick.measure(digit.pixels))
        )
    return str(st.session_state.get(f"{key}_words", "…"))


def look_at(predictor: Predictor) -> Look | None:
    drawing = DIGIT.ink
    if drawing is None or DIGIT.problem:
        return None
    return remembered(f"{PAGE}__look", (drawing, predictor), lambda: look(drawing, predictor))


with st.container(horizontal=True, vertical_alignment="bottom"):
    run = pickers.select_run(PAGE, "mnist")
    checkpoint = pickers.select_checkpoint(PAGE, run)
DIGIT.begin()

predictor = mnist.predictor(checkpoint)
play(predictor)
with st.container(horizontal=True, vertical_alignment="center"):
    DIGIT.buttons()
    st.toggle(
        "Scale and centre as MNIST does",
        True,
        key=f"{PAGE}__centered",
        on_change=DIGIT.prepare_again,
    )
with st.expander("No mouse? Upload a picture of a digit"):
    DIGIT.uploader()
cards.show(PAGE, CARDS, partial(look_at, predictor))

if not torchscript_supported():
    st.caption("TorchScript is not supported from Python 3.14 on: the network is served eagerly here.")
path.next_link(__file__)
