"""A digit on its way through a network: every map, and one of its numbers four times, each time closer."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from torch import nn

from dlcore.cards import Card
from dlcore.datasets.catalogue import DIGITS, class_names, noun_for, noun_of
from dlcore.datasets.dataset import MNIST
from dlcore.figures import maps
from dlcore.figures.digits import digit_image
from dlcore.inspection.activations.cards import CARDS, ShownFlow
from dlcore.inspection.activations.filters import find_filters
from dlcore.inspection.activations.flow import Flow, trace
from dlcore.inspection.activations.look import LookConfig, Place, find_place
from dlcore.inspection.activations.saliency import measure
from dlcore.inspection.activations.words import (
    off_words,
    saliency_notes,
    saliency_words,
    silent_words,
    unknown_words,
)
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from dlcore.words import vote_percent
from ui import cards, form, messages, path, pickers, state, work
from ui.components.sheets.component import show_sheets
from ui.digit_input import SIDE, DigitInput
from ui.lenses import mnist
from ui.views import one_number
from ui.views.one_number import choose_map
from ui.views.switching_off import SwitchingOff

PAGE = "mnist_activations"
key = partial(form.key, PAGE)
KNOBS = knobs(LookConfig)
START = {"start": LookConfig()}
DIGIT, SWITCHING = DigitInput(PAGE), SwitchingOff(PAGE)
WIDEST = 1200  # pixels at most: the maps take a line of their own


def choose_unit(flow: Flow, place: Place, sheet: str, cell: int) -> None:
    choose_map(PAGE, flow, place.operation.name, cell)


def apply_card(card: Card, flow: Flow, checkpoint: Checkpoint) -> None:
    setup: dict[str, Any] = dict(card.setup)
    each = setup.pop("each", None)
    form.write(PAGE, form.read(PAGE, LookConfig).replace(**setup))
    if each is not None:
        layer = setup["operation"] if each else ""
        units = range(flow.named(layer).units) if each else ()
        SWITCHING.want(checkpoint, layer, tuple(units))


def keep_place(flow: Flow) -> Place:
    """The number looked at; the widgets follow if this network has no such place."""
    look = form.read(PAGE, LookConfig)
    if flow.index(look.operation) is None:
        sentence = f"{flow.net} has no operation {look.operation!r}: {flow.operations[0].name} is shown."
        st.warning(messages.plain(sentence), icon=":material/link_off:")
    place = find_place(flow, look)
    st.session_state[key("operation")] = place.operation.name
    st.session_state[key("unit")] = place.unit + 1
    if not place.one_number:
        st.session_state[key("row")], st.session_state[key("column")] = place.row + 1, place.column + 1
    return place


def reading(flow: Flow, digit: state.CurrentDigit) -> None:
    """What it reads and how sure it is, with the units that are off."""
    share = flow.probabilities[flow.digit]
    wrong = digit.label is not None and digit.label != flow.digit
    with st.container(key=key("prediction"), horizontal=True, vertical_alignment="center", gap="small"):
        st.image(digit_image(digit.pixels, 56), width=56, alt="The 28×28 image that the network reads")
        st.metric("It reads", f"{flow.names[flow.digit]} {'✗' if wrong else ''}", width="content")
    st.caption(f"{vote_percent(share).capitalize()} of the vote. {messages.plain(digit.source)}")
    if flow.off:
        st.caption(off_words(flow.off))
        all_on, icon = key("all_on"), ":material/power:"
        st.button("All on again", icon=icon, key=all_on, on_click=SWITCHING.all_on, args=(flow.net,))


def wall(flow: Flow, place: Place) -> None:
    """All maps of all layers."""
    sheets = maps.wall(flow, place, state.theme())
    show_sheets(sheets, "activations-wall", partial(choose_map, PAGE, flow), leads_to=key("detail"))
    if flow.unknown:
        st.warning(messages.plain(unknown_words(flow)), icon=":material/visibility_off:")
    st.caption(
        ":green[Green] is above 0, :violet[violet] below, the background 0. Each sheet has its own scale."
    )


def its_weights(model: nn.Module, config: TrainConfig, flow: Flow, place: Place, label: int | None) -> None:
    """The kernels, and what this digit's loss would have them become."""
    operation = flow.named(place.operation.layer)
    unit = min(place.unit, operation.units - 1)
    right = flow.digit if label is None else label
    normalize = NORMALIZE[config.normalize]
    found = find_filters(model, flow.pixels, normalize, operation, unit, right, flow.off)
    one = f"the weights of {operation.noun} {unit + 1}"
    many = f"all {len(found.weights)} kernels" if found.whole_layer else one
    st.markdown(f"**{operation.name}, {many}**, and the gradient of this {noun_for(flow.names)}'s loss.")
    sheets = maps.weights_and_gradients(
        found.weights, found.gradients, unit if found.whole_layer else None, state.theme()
    )
    show_sheets(sheets, "activations-weights", partial(choose_unit, flow, place))
    noun = "digit" if flow.names == DIGITS else "class"
    whose = "its label" if label is not None else "its own answer, since a drawing has no label,"
    st.caption(
        f"Loss {found.loss:.2g} for the {noun} {flow.names[found.label]}: {whose} counts as right. A step "
        "against the gradient lowers it. A small loss passes small gradients."
    )


def what_mattered(model: nn.Module, config: TrainConfig, flow: Flow) -> None:
    form.choice(PAGE, KNOBS["method"])
    method = st.session_state[key("method")]
    found = measure(model, flow.pixels, NORMALIZE[config.normalize], method, flow.digit, flow.off)
    sheets = maps.saliency_sheets(flow.pixels, found.map, saliency_notes(found, flow.names), state.theme())
    show_sheets(sheets, "activations-saliency")
    with st.container(key=key("saliency")):
        st.markdown(saliency_words(found, flow.names))


def check_yourself(flow: Flow) -> None:
    noun = noun_for(flow.names)
    with st.expander(f"Check yourself: a map is all 0 for your {noun}. Is its filter useless?", key=key("q")):
        st.write(
            f"You cannot tell from one {noun}. {silent_words(flow)} Another {noun} may wake them. "
            "*Switch off* counts those that stay 0 on all test images."
        )


def detail(model: nn.Module, config: TrainConfig, checkpoint: Checkpoint, seen: ShownFlow) -> ShownFlow:
    """The chosen map, looked at in one of four ways."""
    flow, place = seen.flow, seen.place
    form.choice(PAGE, KNOBS["view"], hidden=True)
    match st.session_state[key("view")]:
        case "map":
            one_number.show(PAGE, flow, place)
        case "filters":
            digit = last_readable()
            its_weights(model, config, flow, place, digit.label if digit is not None else None)
        case "saliency":
            what_mattered(model, config, flow)
        case "off":
            return replace(seen, switching=SWITCHING.show(flow, place, checkpoint))
    return seen


def last_readable() -> state.CurrentDigit | None:
    """The current digit; where what was drawn is none, the one before it."""
    digit = state.current_digit()
    if digit is not None or not DIGIT.problem:
        st.session_state[key("last")] = digit
    last: state.CurrentDigit | None = st.session_state.get(key("last"))
    return last


@st.fragment
def play(model: nn.Module, config: TrainConfig, checkpoint: Checkpoint) -> None:
    left, right = st.columns([8, 7], gap="small")
    with left, st.container(key=key("drawn"), horizontal=True, gap="small"):
        with st.container(width=SIDE, key=key("paper__after_maps")):
            DIGIT.canvas()
        answer = st.container(gap="xsmall")
        walls = st.container(width=WIDEST)
    with answer:
        DIGIT.buttons()
    digit = last_readable()
    if digit is None or st.session_state[key("view")] != "off":
        work.only_task(PAGE)
    if digit is None:
        with walls, st.container(key=key("prediction")):
            words = DIGIT.problem or "Draw a digit, or take a test digit. An empty canvas is not a zero."
            st.info(messages.plain(words), icon=":material/draw:")
        return
    flow = trace(model, digit.pixels, NORMALIZE[config.normalize], SWITCHING.off(type(model).__name__))
    flow = replace(flow, names=class_names(config.dataset))
    seen = ShownFlow(flow, keep_place(flow))
    with answer:
        if DIGIT.problem:
            st.warning(
                f"{messages.plain(DIGIT.problem)} The maps are of the {noun_of(config.dataset)} before."
            )
        reading(flow, digit)
    with walls:
        wall(flow, seen.place)
    with right, st.container(key=key("detail")):
        seen = detail(model, config, checkpoint, seen)
    form.share(PAGE, LookConfig, START)
    if config.dataset == MNIST:  # of its digits, and its 10,000 to test with, the cards speak
        fitting = {n: card for n, card in CARDS.items() if flow.index(card.setup["operation"]) is not None}
        cards.show(PAGE, fitting, seen, apply=partial(apply_card, flow=flow, checkpoint=checkpoint))
    check_yourself(flow)


path.title(__file__)
st.write("A filter is a small pattern slid over the image; the map is its score. Click any map.")
form.prepare(PAGE, LookConfig, START)
DIGIT.begin()
with st.container(horizontal=True, vertical_alignment="bottom"):
    run = pickers.select_run(PAGE, "mnist")
    checkpoint = pickers.select_checkpoint(PAGE, run)
play(*mnist.model(checkpoint), checkpoint)
path.next_link(__file__, run)
