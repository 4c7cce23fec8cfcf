"""Draw a digit at once; see it pass through the machine, before and after training; then the path."""

from functools import partial
from typing import Any

import streamlit as st

from dlcore.datasets.dataset import MNIST
from dlcore.mnist.files import load_test
from dlcore.run import Checkpoint
from dlcore.runs.shipped import shipped_run
from dlcore.schema import parse
from dlcore.serving.home_cards import AFTER, BEFORE, CARDS
from dlcore.serving.showcase import pass_through
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation
from dlcore.words import duration
from ui import cards, drawing, form, layout, messages, overview, path, pickers, plans, state, trail
from ui.digit_input import DigitInput
from ui.explain import explain
from ui.lenses import mnist
from ui.showing import shows
from ui.views import passage as panels
from ui.work import Asked

PAGE = "home"
key = partial(form.key, PAGE)
DIGIT = DigitInput(PAGE)
INDEX, PLAYING, FOLLOWING = key("index"), key("playing"), key("following")
SECONDS = 2.5  # between two digits


def next_digit() -> None:
    show_test_digit((st.session_state[INDEX] + 1) % len(load_test()))


def next_wrong(result: Evaluation) -> None:
    """The next test digit, in order, that this network gets wrong."""
    st.session_state[PLAYING] = False
    show_test_digit(result.next_wrong(st.session_state[INDEX]))


def show_test_digit(index: int) -> None:
    """Below the canvas; what was drawn on it stays."""
    st.session_state[INDEX] = index
    st.session_state[FOLLOWING] = False


def chose(name: str, value: Any) -> None:
    if value is not None:
        st.session_state[name] = value


def follow_canvas() -> None:
    """Another digit than before is the current one: it passes through the machine."""
    digit = state.current_digit()
    if digit is st.session_state.get(key("followed"), 0):
        return
    st.session_state[key("followed")] = digit
    st.session_state[FOLLOWING] = True
    st.session_state.pop(key("meant"), None)
    if st.session_state.get(PLAYING):
        st.session_state[PLAYING] = False
    if digit is not None and digit.index is not None:
        st.session_state[INDEX] = digit.index


def shown_digit() -> state.CurrentDigit | None:
    if st.session_state[FOLLOWING]:
        return state.current_digit()
    index, test = st.session_state[INDEX], load_test()
    label = int(test.labels[index])
    return state.CurrentDigit(test.images[index, 0].numpy(), "", label, index)


def shown_checkpoint() -> Checkpoint:
    return shipped_run("mnist").checkpoints[-1 if st.session_state[key("when")] == AFTER else 0]


def onwards(place: trail.Place) -> trail.Place:
    """The page where somebody was, or the next one if a card has said something there."""
    following = path.NEXT.get(place.stop.file)
    if following is not None and cards.answered(place.stop.address):
        return trail.Place(following, None)
    return place


def first_screen(place: trail.Place | None) -> None:
    st.title("A machine that learned to read digits")
    sentence = f"{path.summary()} **Draw a digit: it reads along.**"
    drawing.play(DIGIT, mnist.shipped_predictor(), then=st.rerun, shares=(2, 3), brief=sentence)
    with st.container(horizontal=True, vertical_alignment="center", key=key("ways")):
        if place is not None:
            place = onwards(place)
            label, icon = f"Go on: {messages.plain(place.label)}", ":material/arrow_forward:"
            if st.button(label, type="primary", icon=icon, key=key("go_on")):
                place.open()
        else:
            first = path.PATH[0]
            if st.button(f"Begin: {first.label}", type="primary", icon=":material/draw:", key=key("draw")):
                st.switch_page(path.PAGES / first.file)
        untrained = not state.my_runs("mnist", limit=1)
        if untrained and st.button("Train now", icon=":material/model_training:", key=key("train")):
            st.switch_page(path.PAGES / "mnist/train.py")
        DIGIT.buttons()


def latest_run() -> None:
    """Where the visitor's newest run stands."""
    for run in state.my_runs("mnist")[:1]:
        said = {
            "finished": (f"finished: {duration(run.seconds)}.", "Open"),
            "interrupted": ("was interrupted: the server stopped.", "Go on"),
        }.get(run.status, ("is under way.", "Watch it") if run.active else None)
        if said is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"Your run **{messages.plain(run.name)}** {said[0]}")
                pickers.next_link("mnist/train.py", said[1], run)


def passage() -> None:
    """The three panels. Each digit is really computed when it is shown."""
    if st.session_state.get(PLAYING) and st.session_state.get(key("drawn")):
        next_digit()
    st.session_state[key("drawn")] = True
    evaluated = mnist.evaluation(shown_checkpoint())
    digit = shown_digit()
    if digit is None:
        st.markdown("Draw a digit above, or take the next one: here it passes through the machine.")
    else:
        three_panels(digit, evaluated)
    if evaluated.result is not None and st.session_state[key("waiting")]:
        messages.redraw()  # what stands around this fragment has waited for it


def three_panels(digit: state.CurrentDigit, evaluated: Asked[Evaluation]) -> None:
    data, machine, criterion = st.columns([6, 11, 6], border=True)
    with data:
        label = panels.data(PAGE, digit)
    checkpoints = shipped_run("mnist").checkpoints
    before, after = (mnist.network(checkpoint) for checkpoint in (checkpoints[0], checkpoints[-1]))
    trained = st.session_state[key("when")] == AFTER
    seen = pass_through(before, after, digit.pixels, label, trained=trained)
    with machine:
        panels.machine(seen)
    with criterion:
        panels.criterion(PAGE, seen, label)
    test_line(digit.index, evaluated)


def test_line(index: int | None, evaluated: Asked[Evaluation]) -> None:
    """How this machine does on the test digits: up to this one, and on all."""
    result = evaluated.result
    if result is None:
        st.markdown(messages.plain(evaluated.reason) or explain("Reading all 10,000 test digits …"))
        return
    so_far = (
        "" if index is None else f"**{result.wrong_among(index + 1):,} wrong of the first {index + 1:,}**. "
    )
    st.markdown(f"{so_far}All: {messages.evaluation_score(result)}.")


def journey() -> Evaluation | None:
    """One digit on its way; the result on all test digits, once it is there."""
    st.subheader("How it reads: data, machine, criterion")
    config = parse(TrainConfig, shipped_run("mnist").config)
    st.write(
        explain(
            f"Nobody wrote down what a 7 looks like. It found out from {config.train_size:,} examples of "
            f"MNIST's {config.train_size + config.val_size:,}; the others were kept to check it."
        )
    )
    when = st.session_state.setdefault(key("when"), AFTER)
    playing = st.session_state.setdefault(PLAYING, False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "The machine",
            [BEFORE, AFTER],
            default=when,
            required=True,
            label_visibility="collapsed",
            **shows(key("when"), when, partial(chose, key("when"))),
        )
        result = mnist.evaluation(shown_checkpoint()).result
        st.button("Next digit", icon=":material/skip_next:", key=key("next"), on_click=next_digit)
        layout.wrong_one(PAGE, "One it gets wrong", next_wrong, result, disabled=result is None)
        st.toggle("Play", playing, **shows(PLAYING, playing, partial(chose, PLAYING)))
    st.session_state[key("waiting")] = result is None
    moving = st.session_state[PLAYING] or result is None
    st.session_state[key("drawn")] = False
    st.fragment(passage, run_every=SECONDS if moving else None)()
    return result


st.session_state.setdefault(INDEX, 0)
state.show_images(MNIST)  # whatever the last page's network has learnt, here it is the shipped one
DIGIT.begin()
walked = trail.walked()
first_screen(trail.last_place(walked))
follow_canvas()
latest_run()
result = journey()
cards.show(PAGE, CARDS, result)
overview.show(walked.pages)
plans.show()
