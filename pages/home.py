"""A machine that learned to read digits: one digit passes through it, before and after training."""

from functools import partial

import streamlit as st

from dlcore.figures.bars import probability_chart
from dlcore.figures.digits import digit_image, maps_image
from dlcore.mnist.files import load_test
from dlcore.run import Checkpoint
from dlcore.runs.shipped import shipped_run
from dlcore.serving.home_cards import AFTER, BEFORE, CARDS
from dlcore.serving.showcase import pass_through
from dlcore.training.evaluation import Evaluation
from dlcore.words import duration
from ui import cards, form, layout, live, messages, pickers, state
from ui.lenses import mnist

PAGE = "home"
key = partial(form.key, PAGE)
INDEX = key("index")
SECONDS = 2.5  # between two digits


def next_digit() -> None:
    st.session_state[INDEX] = (st.session_state[INDEX] + 1) % len(load_test())


def next_wrong(result: Evaluation) -> None:
    """The next test digit, in order, that this network gets wrong."""
    st.session_state[key("playing")] = False
    st.session_state[INDEX] = result.next_wrong(st.session_state[INDEX])


def shown_checkpoint() -> Checkpoint:
    trained = st.session_state[key("when")] == AFTER
    return shipped_run("mnist").checkpoints[-1 if trained else 0]


def title_and_runs() -> None:
    st.title("A machine that learned to read digits")
    st.write("Nobody wrote down what a 7 looks like. It found out from 55,000 examples.")
    for run in state.my_runs("mnist")[:1]:
        if run.status == "finished":
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"Your run **{messages.plain(run.name)}** finished: {duration(run.seconds)}.")
                pickers.next_link("mnist/train.py", "Open", run)
        elif run.status == "interrupted":
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"Your run **{messages.plain(run.name)}** was interrupted: the server stopped.")
                pickers.next_link("mnist/train.py", "Go on", run)
        elif run.active:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"Your run **{messages.plain(run.name)}** is under way.")
                pickers.next_link("mnist/train.py", "Watch it", run)


def passage() -> None:
    """The three panels. Each digit is really computed when it is shown."""
    checkpoint = shown_checkpoint()
    if st.session_state.get(key("playing")) and st.session_state.get(key("drawn")):
        next_digit()
    st.session_state[key("drawn")] = True
    index, test = st.session_state[INDEX], load_test()
    pixels, label = test.images[index, 0].numpy(), int(test.labels[index])
    model, config = mnist.model(checkpoint)
    seen = pass_through(model, config, mnist.predictor(checkpoint), pixels, label)
    evaluated = mnist.evaluation(checkpoint)
    result = evaluated.result

    data, machine, criterion = st.columns([5, 8, 6], border=True)
    with data:
        st.markdown("**1 Data**: 28×28 grey levels and a label")
        st.image(digit_image(pixels, 196), width=196, alt=f"Test digit {index + 1:,}: a {label}")
        st.markdown(f"Label: **{label}**")
        st.caption(f"Test digit {index + 1:,} of 10,000. It was not learned from.")
    with machine:
        st.markdown("**2 Machine**: 24 small filters look, then ten outputs vote")
        maps, vote = st.columns([1, 1])
        with maps:
            image = maps_image(seen.maps, state.theme(), columns=6, scale=2)
            st.image(image, alt="What each of the 24 filters of the first layer found in this digit")
            st.caption("First layer: green where a filter's pattern is there, violet where its opposite is.")
        with vote:
            chart = probability_chart(seen.prediction.probabilities, state.theme(), height=230)
            live.show_chart(chart, key("bars"))
    with criterion:
        right = seen.prediction.digit == label
        st.markdown("**3 Criterion**: one number says how bad that was")
        st.metric("Loss of this digit (nats)", f"{seen.loss:.3f}" if seen.loss >= 0.001 else "under 0.001")
        st.markdown(f"It says **{seen.prediction.digit}** {'✓' if right else ':red[✗]'}")
        if result is not None:
            st.markdown(f"**{result.wrong_among(index + 1):,} wrong of {index + 1:,}** test images so far")
            st.caption(f"All: {messages.evaluation_score(result)}.")
        else:
            st.caption(messages.plain(evaluated.reason) or "Reading all 10,000 test digits …")
    if result is not None and st.session_state[key("waiting")]:
        st.rerun()  # what stands around this fragment has waited for it


st.session_state.setdefault(INDEX, 0)
title_and_runs()
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.segmented_control(
        "The machine",
        [BEFORE, AFTER],
        default=AFTER,
        required=True,
        key=key("when"),
        label_visibility="collapsed",
    )
    st.toggle("Play", True, key=key("playing"))
result = mnist.evaluation(shown_checkpoint()).result
st.session_state[key("waiting")] = result is None
playing = st.session_state[key("playing")] or result is None
st.session_state[key("drawn")] = False
st.fragment(passage, run_every=SECONDS if playing else None)()
with st.container(horizontal=True):
    if st.button("Draw your own", type="primary", icon=":material/draw:", key=key("draw")):
        st.switch_page("../pages/mnist/draw.py")
    st.button("Next digit", icon=":material/skip_next:", key=key("next"), on_click=next_digit)
    layout.wrong_one(PAGE, "One it gets wrong", next_wrong, result, disabled=result is None)
    if st.button("Train now", icon=":material/model_training:", key=key("train")):
        st.switch_page("../pages/mnist/train.py")
cards.show(PAGE, CARDS, result)
st.caption(
    "**45 minutes with a class:** this page, 3 · Draw, 10: break it · Train, 20: preset Class, a run each · "
    "Draw again, 10: your own network reads your hand."
)
