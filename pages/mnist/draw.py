"""Draw a digit, see what the network sees, and how it shares its vote."""

from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.datasets.catalogue import DIGITS
from dlcore.serving.draw_cards import CARDS, Look, look
from dlcore.serving.predictor import Predictor, torchscript_supported
from ui import cards, drawing, path, pickers
from ui.digit_input import DigitInput
from ui.lenses import mnist
from ui.pictures import Pictures
from ui.remember import remembered

PAGE = "mnist_draw"
DIGIT = DigitInput(PAGE)
PICTURES = Pictures(DIGIT)

path.title(__file__)
about = st.container()


def whole_page_for_cards() -> None:
    """A card that somebody has guessed speaks of each stroke."""
    if cards.guessed(PAGE, CARDS):
        st.rerun()


def apply_card(card: Card) -> None:
    """On a fresh sheet, for a card speaks of what is drawn after it."""
    cards.apply_card(PAGE, card)
    DIGIT.clear()


def look_at(predictor: Predictor) -> Look | None:
    ink = DIGIT.ink
    if ink is None or DIGIT.problem:
        return None
    return remembered(f"{PAGE}__look", (ink, predictor), lambda: look(ink, predictor))


DIGIT.begin()
first = st.container()  # canvas and answer stand above the rest, so that a phone shows both
with st.container(horizontal=True, vertical_alignment="bottom"):
    run = pickers.select_run(PAGE, "mnist")
    checkpoint = pickers.select_checkpoint(PAGE, run)
predictor = mnist.predictor(checkpoint)
classes = "ten digits" if predictor.names == DIGITS else "its classes"
about.write(f"It must pick one of {classes}, and it knows only what it was trained on.")
with first:
    drawing.play(DIGIT, predictor, then=whole_page_for_cards, shares=(2, 3))
    with st.container(horizontal=True, vertical_alignment="center"):
        DIGIT.buttons()
        st.toggle(
            "Scale and centre as MNIST does",
            True,
            key=f"{PAGE}__centered",
            on_change=PICTURES.prepare_again,
        )
noun = "a digit" if predictor.names == DIGITS else "one of them"
with st.expander(f"No mouse? Upload a picture of {noun}, or hold one up to the camera"):
    PICTURES.uploader()
    PICTURES.camera()
if predictor.names == DIGITS:  # of which the cards speak
    cards.show(PAGE, CARDS, partial(look_at, predictor), apply=apply_card)

if not torchscript_supported():
    st.caption("TorchScript is not supported from Python 3.14 on: the network is served eagerly here.")
path.next_link(__file__)
