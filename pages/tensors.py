"""What torch remembers of an expression, how tensors lie in storage, and on which device they are fast."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from dlcore.cards import Card
from dlcore.errors import ConfigError
from dlcore.schema import knobs, parse, parse_leniently
from dlcore.tensors.cards import CARDS, ShownTensors
from dlcore.tensors.config import PRESET_NAMES, PRESETS, TensorsConfig, values_of, values_text
from dlcore.tensors.grammar import read
from dlcore.tensors.graph import Traced, trace
from dlcore.tensors.lessons import AUTOGRAD
from ui import cards, form, messages, path, tracing
from ui.components.autograd.component import show_autograd
from ui.explain import explain
from ui.views.devices import show_devices
from ui.views.lesson import show_lesson
from ui.views.tensor_topics import show_topic

PAGE = "tensors"
key = partial(form.key, PAGE)
KNOBS = knobs(TensorsConfig)
START = {"start": TensorsConfig()}
LONGEST = 200  # so that what is a little too long is said, not cut
OF_CARDS = 3  # backward passes that the cards read


# --- callbacks ----------------------------------------------------------------------------


def take(config: TensorsConfig) -> None:
    """The board takes this expression with its leaves."""
    for name in ("expression", "leaves"):
        st.session_state[key(name)] = getattr(config, name)
    st.session_state[key("typed")] = config.expression


def choose_preset() -> None:
    if (chosen := st.session_state[key("example")]) in PRESETS:
        take(PRESETS[chosen])


def take_typed() -> None:
    """Leaves that stay keep their values; others begin at 1. Raises ConfigError if it cannot be computed."""
    text = st.session_state[key("typed")] or ""
    known = values_of(st.session_state[key("leaves")])
    values = {name: known.get(name, 1.0) for name in read(text).names}
    trace(text, values)
    st.session_state[key("expression")] = text
    st.session_state[key("leaves")] = values_text(values)


def leave(values: Any) -> None:
    """Leaves were moved on the board. Raises ConfigError if a client sent what cannot be."""
    if isinstance(values, Mapping):
        fields = {name: st.session_state[key(name)] for name in KNOBS}
        said = " ".join(f"{name}={value}" for name, value in values.items())
        st.session_state[key("leaves")] = parse(TensorsConfig, fields | {"leaves": said[:120]}).leaves


def apply_card(card: Card) -> None:
    config = TensorsConfig().replace(**card.setup)
    for name in card.setup:
        st.session_state[key(name)] = getattr(config, name)
    if "expression" in card.setup:
        take(config)


# --- the page -----------------------------------------------------------------------------


def traced(config: TensorsConfig) -> Traced:
    """As typed, or as it was before, or as the page opens: an expression may be of no number just there."""
    values = values_of(config.leaves)
    try:
        found = trace(config.expression, values)
    except ConfigError as error:
        st.error(messages.plain(str(error)), icon=":material/error:")
        take(PRESETS["square"])
        return trace(PRESETS["square"].expression, values_of(PRESETS["square"].leaves))
    return found


def autograd(config: TensorsConfig) -> ShownTensors:
    found = traced(config)
    known = [name for name, preset in PRESETS.items() if preset.expression == found.text]
    st.session_state[key("example")] = known[0] if known else None
    st.session_state.setdefault(key("typed"), config.expression)
    left, right = st.columns([7, 3], vertical_alignment="bottom")
    with left:
        st.pills(
            "Start with",
            list(PRESETS),
            format_func=PRESET_NAMES.__getitem__,
            key=key("example"),
            on_change=messages.guarded(PAGE, choose_preset),
            label_visibility="collapsed",
            wrap=True,
        )
    with right:
        st.text_input(
            "y =",
            key=key("typed"),
            on_change=messages.guarded(PAGE, take_typed),
            max_chars=LONGEST,
            help=KNOBS["expression"].help,
            label_visibility="collapsed",
            placeholder="An expression of your own",
        )
    values = {place.symbol: place.value for place in found.places if place.kind == "leaf"}
    show_autograd(
        f"{PAGE}-board",
        found.text,
        values,
        tracing.payload(found),
        messages.guarded(PAGE, leave),
        asks=tracing.ADDRESS,
    )
    st.subheader("What torch does, and what it says")
    show_lesson(PAGE, "lesson", AUTOGRAD)
    return ShownTensors(traced=trace(found.text, values, OF_CARDS))


def tensors(config: TensorsConfig) -> ShownTensors:
    form.choice(PAGE, KNOBS["topic"], hidden=True)
    return ShownTensors(broadcast=show_topic(PAGE, config))


def devices(config: TensorsConfig) -> ShownTensors:
    return ShownTensors(devices=show_devices(PAGE))


SHOW = {"autograd": autograd, "tensors": tensors, "devices": devices}

path.title(__file__)
st.write(
    explain(
        "A tensor remembers which operations made it. Going back through them, autograd finds each slope."
    )
)
messages.show_refusal(PAGE)
form.prepare(PAGE, TensorsConfig, START)
form.choice(PAGE, KNOBS["part"], hidden=True)
config, wrong = parse_leniently(TensorsConfig(), {name: st.session_state[key(name)] for name in KNOBS})
for sentence in wrong:
    st.error(messages.plain(sentence), icon=":material/error:")
shown = SHOW[config.part](config)
form.share(PAGE, TensorsConfig, START)
cards.show(PAGE, CARDS, shown, apply=apply_card)
with st.expander(
    "Check yourself: x² at 3, three times without zeroing gave 18. A fourth time?", key=key("check")
):
    st.markdown("24. Each pass adds 6, and nothing takes it away.")
path.next_link(__file__)
