"""Draw a digit, see what the network sees, and how it shares its vote."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit_drawable_canvas import st_canvas

from dlcore.cards import Card
from dlcore.errors import DataError, DlcoreError, UploadError
from dlcore.figures.bars import probability_chart
from dlcore.figures.digits import digit_image
from dlcore.mnist.canvas import decode_canvas, to_digit
from dlcore.mnist.files import load_test
from dlcore.mnist.photo import decode_photo
from dlcore.serving.cards import CARDS, look
from dlcore.serving.predictor import Predictor, torchscript_supported
from ui import cards, live, resources, state

PAGE = "mnist_draw"
SIDE = 280  # pixels of the canvas
PEN = 20
DRAWN, UPLOADED = "Your drawing.", "Your picture."

st.title("Draw")
st.write("It must pick one of ten digits, and it knows only what it was trained on.")


def clear() -> None:
    """A fresh canvas: a new key makes the browser forget the strokes."""
    empty_sheet()
    st.session_state[f"{PAGE}__uploads"] += 1
    st.session_state[f"{PAGE}__problem"] = ""
    state.set_current_digit(None)


def empty_sheet() -> None:
    st.session_state[f"{PAGE}__sheet"] += 1
    st.session_state[f"{PAGE}__seen"] = None


def show_test_digit() -> None:
    empty_sheet()
    index = st.session_state.get(f"{PAGE}__test_index", 0) + 1
    st.session_state[f"{PAGE}__test_index"] = index
    use_test_digit(index)


def use_test_digit(index: int) -> None:
    try:
        test = load_test()
    except DataError as error:
        refuse(error)
        return
    label = int(test.labels[index])
    source = f"Test digit {index + 1:,}, labelled {label}."
    state.set_current_digit(state.CurrentDigit(test.images[index, 0].numpy(), source))
    st.session_state[f"{PAGE}__problem"] = ""


def use_upload() -> None:
    file = st.session_state[upload_key()]
    if file is not None:
        empty_sheet()
        take(lambda: decode_photo(file.getvalue()), UPLOADED)


def upload_key() -> str:
    return f"{PAGE}__upload_{st.session_state[f'{PAGE}__uploads']}"


def prepare_again() -> None:
    """The same picture, centred or not; a drawing comes again by itself."""
    digit = state.current_digit()
    if digit is not None and digit.source == UPLOADED:
        use_upload()


def take(read_ink: Callable[[], NDArray[np.uint8]], source: str) -> None:
    """Make a drawing or picture the current digit, or say why it cannot be."""
    try:
        pixels = to_digit(read_ink(), centered=st.session_state.get(f"{PAGE}__centered", True))
        state.set_current_digit(state.CurrentDigit(pixels, source))
        st.session_state[f"{PAGE}__problem"] = ""
    except UploadError as error:
        refuse(error)


def refuse(error: DlcoreError) -> None:
    """There is no digit, and the page says why."""
    state.set_current_digit(None)
    st.session_state[f"{PAGE}__problem"] = str(error)


@st.fragment
def play(predictor: Predictor) -> None:
    row = st.container(horizontal=True, gap="medium")
    with row.container(width=SIDE + 4, gap="small"):
        drawing = canvas()
    digit = state.current_digit()
    problem = st.session_state.get(f"{PAGE}__problem", "")
    with row.container(width=SIDE, gap="small"):
        st.markdown("**What the network sees**, 28×28")
        if digit is not None:
            image = digit_image(digit.pixels, SIDE)
            st.image(image, width=SIDE, alt="The 28×28 image that the network reads")
            st.caption(digit.source)
    with row.container(width="stretch", gap="small"):
        vote(predictor, digit, problem)
    with st.expander("No mouse? Upload a picture of a digit"):
        st.file_uploader(
            "A PNG, JPEG, WebP, BMP or GIF, at most 10 MB",
            type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
            key=upload_key(),
            on_change=use_upload,
        )
    seen = look(drawing, predictor) if drawing is not None and not problem else None
    cards.show(PAGE, CARDS, apply_card, seen)


def canvas() -> NDArray[np.uint8] | None:
    """The canvas and what belongs to it; the ink on it, if there is any."""
    st.markdown("**Draw here**, large")
    sheet = st.session_state[f"{PAGE}__sheet"]
    with st.container(key=f"{PAGE}__canvas"):
        drawing = st_canvas(
            stroke_width=PEN,
            stroke_color="#FFFFFF",
            background_color="#000000",
            width=SIDE,
            height=SIDE,
            return_image_data=True,
            key=f"canvas-{sheet}",  # a component's key may not contain "__"
        )
    with st.container(horizontal=True):
        st.button("Clear", icon=":material/delete:", key=f"{PAGE}__clear", on_click=clear)
        st.button("Test digit", icon=":material/shuffle:", key=f"{PAGE}__test", on_click=show_test_digit)
    centered = st.toggle(
        "Scale and centre as MNIST does", True, key=f"{PAGE}__centered", on_change=prepare_again
    )
    if not (drawing.image_bytes and drawing.json_data and drawing.json_data.get("objects")):
        if drawing.image_bytes and st.session_state.get(f"{PAGE}__seen"):  # emptied by its own toolbar
            st.session_state[f"{PAGE}__seen"] = None
            if (digit := state.current_digit()) is not None and digit.source == DRAWN:
                state.set_current_digit(None)
        return None
    try:
        ink = decode_canvas(drawing.image_bytes, side=SIDE)
    except UploadError as error:
        refuse(error)
        return None
    # A stroke, or another way to prepare the same strokes, makes the drawing the current digit.
    now = (drawing.image_bytes, centered)
    if now != st.session_state.get(f"{PAGE}__seen"):
        st.session_state[f"{PAGE}__seen"] = now
        take(lambda: ink, DRAWN)
    return ink


def vote(predictor: Predictor, digit: state.CurrentDigit | None, problem: str) -> None:
    if problem:
        st.warning(problem, icon=":material/image_not_supported:")
        return
    if digit is None:
        with st.container(key=f"{PAGE}__prediction"):
            st.info("Draw a digit. An empty canvas is not a zero.", icon=":material/draw:")
        return
    prediction = predictor.predict(digit.pixels)
    with st.container(key=f"{PAGE}__prediction"):
        st.metric("It reads", str(prediction.digit))
    live.show_chart(probability_chart(prediction.probabilities, state.theme()), f"{PAGE}__bars")
    st.caption(f"{predictor.engine}, {prediction.milliseconds:.1f} ms on this server's CPU.")


def apply_card(card: Card) -> None:
    for name, value in card.setup.items():
        st.session_state[f"{PAGE}__{name}"] = value


with st.container(horizontal=True, vertical_alignment="bottom"):
    run = state.select_run(PAGE, "mnist")
    checkpoint = state.select_checkpoint(PAGE, run)
if f"{PAGE}__sheet" not in st.session_state:
    st.session_state[f"{PAGE}__sheet"] = st.session_state[f"{PAGE}__uploads"] = 0
    if state.current_digit() is None:
        use_test_digit(0)

play(resources.predictor(checkpoint))

if not torchscript_supported():
    st.caption("TorchScript is not supported from Python 3.14 on: the network is served eagerly here.")
state.next_link("mnist/train.py", "Next: train a network of your own")
