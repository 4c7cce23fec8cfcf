"""Draw a digit, see what the network sees, and how it shares its vote."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dlcore.figures.bars import probability_chart
from dlcore.figures.digits import digit_image
from dlcore.serving.draw_cards import CARDS, Look, look
from dlcore.serving.predictor import Predictor, torchscript_supported
from dlcore.serving.unlike_words import unlike_words
from ui import cards, live, pickers, state
from ui.digit_input import SIDE, DigitInput
from ui.lenses import mnist
from ui.remember import remembered

PAGE = "mnist_draw"
DIGIT = DigitInput(PAGE)
WHOLE = f"{PAGE}__whole"  # is the whole page being drawn, and not its fragment alone?

st.title("Draw")
st.write("It must pick one of ten digits, and it knows only what it was trained on.")


@st.fragment
def play(predictor: Predictor) -> NDArray[np.uint8] | None:
    """All that a stroke redraws, and once somebody has guessed the cards too. The ink, if there is any."""
    if not st.session_state.pop(WHOLE, False) and cards.guessed(PAGE, CARDS):
        st.rerun()
    if DIGIT.uploader_is_behind:
        st.rerun()
    row = st.container(horizontal=True, gap="medium")
    with row.container(width=SIDE + 4, gap="small"):
        drawing = draw_here()
    digit = state.current_digit()
    with row.container(width=SIDE, gap="small"):
        st.markdown("**What the network sees**, 28×28")
        if digit is not None:
            image = digit_image(digit.pixels, SIDE)
            st.image(image, width=SIDE, alt="The 28×28 image that the network reads")
            st.caption(digit.source)
    with row.container(width="stretch", gap="small"):
        vote(predictor, digit)
    return drawing


def draw_here() -> NDArray[np.uint8] | None:
    """The canvas and what belongs to it; the ink on it, if there is any."""
    st.markdown("**Draw here**, large")
    drawing = DIGIT.canvas()
    DIGIT.buttons()
    st.toggle(
        "Scale and centre as MNIST does",
        True,
        key=f"{PAGE}__centered",
        on_change=DIGIT.prepare_again,
    )
    return drawing


def vote(predictor: Predictor, digit: state.CurrentDigit | None) -> None:
    if DIGIT.problem:
        DIGIT.show_problem()
        return
    if digit is None:
        with st.container(key=f"{PAGE}__prediction"):
            st.info("Draw a digit. An empty canvas is not a zero.", icon=":material/draw:")
        return
    prediction = remembered(f"{PAGE}__vote", (digit, predictor), lambda: predictor.predict(digit.pixels))
    with st.container(key=f"{PAGE}__prediction"):
        st.metric("It reads", str(prediction.digit))
    live.show_chart(probability_chart(prediction.probabilities, state.theme()), f"{PAGE}__bars")
    st.caption(f"{predictor.engine}, {prediction.milliseconds:.1f} ms on this server's CPU.")
    yardstick = mnist.yardstick()
    unlike = remembered(f"{PAGE}__unlike", (digit,), lambda: yardstick.measure(digit.pixels))
    st.caption(unlike_words(unlike), help=mnist.unlike_meaning())


def look_at(drawing: NDArray[np.uint8] | None, predictor: Predictor) -> Look | None:
    if drawing is None or DIGIT.problem:
        return None
    return remembered(f"{PAGE}__look", (drawing, predictor), lambda: look(drawing, predictor))


with st.container(horizontal=True, vertical_alignment="bottom"):
    run = pickers.select_run(PAGE, "mnist")
    checkpoint = pickers.select_checkpoint(PAGE, run)
DIGIT.begin()

predictor = mnist.predictor(checkpoint)
st.session_state[WHOLE] = True
ink = play(predictor)
with st.expander("No mouse? Upload a picture of a digit"):
    DIGIT.uploader()
cards.show(PAGE, CARDS, partial(look_at, ink, predictor))

if not torchscript_supported():
    st.caption("TorchScript is not supported from Python 3.14 on: the network is served eagerly here.")
pickers.next_link("mnist/train.py", "Next: train a network of your own")
