"""A deep stack before its first step: how signals go in, how blame comes back, and what cures it."""

from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.figures.palette import PALETTES
from dlcore.figures.signals import flow_chart, gradient_chart, histogram_chart
from dlcore.playground.activations import NAMES
from dlcore.schema import knobs
from dlcore.signals.cards import CARDS
from dlcore.signals.config import MOST_LAYERS, MOST_WIDTH, SignalsConfig
from dlcore.signals.curve import curve_of
from dlcore.signals.script import script_text
from dlcore.signals.stack import Signals
from dlcore.signals.words import path_words, size, summary, troubles
from ui import cards, form, layout, live, messages, path, state
from ui.components.slope.component import show_slope
from ui.explain import explain
from ui.lenses import signals as lens

PAGE = "activations_and_gradients"
key = partial(form.key, PAGE)
KNOBS = knobs(SignalsConfig)
PRESETS = {"sigmoid": SignalsConfig()}


def cure(changes: dict[str, object]) -> None:
    for name, value in changes.items():
        st.session_state[key(name)] = value


def apply_card(card: Card) -> None:
    form.write(PAGE, SignalsConfig().replace(**card.setup))


def controls() -> None:
    form.widget(PAGE, KNOBS["activation"])
    form.widget(PAGE, KNOBS["init"])
    for name, most in (("depth", MOST_LAYERS), ("width", MOST_WIDTH)):
        knob = KNOBS[name]
        st.slider(
            knob.title, int(knob.low or 0), most, key=key(name), help=knob.help, persist_state="session"
        )
    form.widget(PAGE, KNOBS["residual"])
    form.choice(PAGE, KNOBS["norm"])
    with st.popover("Seed", icon=":material/tune:"):
        form.widget(PAGE, KNOBS["seed"])


def words(result: Signals) -> None:
    st.markdown(explain(f"**{summary(result)}**"))
    found = troubles(result)
    if not found:
        return
    with st.container(horizontal=True, key=key("cures")):
        for number, (label, changes) in enumerate(found[0].cures.items()):
            st.button(
                label,
                icon=":material/healing:",
                key=key(f"cure_{number}"),
                on_click=cure,
                args=(dict(changes),),
            )


def one_layer(result: Signals) -> None:
    """What a layer hands on, what blame reaches it, and the product that the blame has become."""
    depth = result.config.depth
    st.subheader("One layer, and the path back")
    if depth > 1:
        st.session_state[key("layer")] = min(st.session_state.get(key("layer"), 1), depth)
        st.slider("Layer", 1, depth, key=key("layer"))
    at = chosen(result)
    layer, colours = result.layers[at - 1], PALETTES[state.theme()]
    charts = (
        (layer.signals, f"What layer {at} hands on", colours.train, "signals"),
        (layer.blames, f"Blame that reaches layer {at}", colours.val, "blames"),
    )
    for column, (found, title, colour, name) in zip(st.columns(2, gap="large"), charts, strict=True):
        with column:
            live.show_chart(histogram_chart(found, title, colour, state.theme()), key(name))
    st.markdown(
        explain(
            f"On its way back through layer {at}, blame is multiplied by **{size(layer.gain)}**. "
            f"All layers, from the last to the first: {path_words(result)}."
        )
    )


def chosen(result: Signals) -> int:
    return min(st.session_state.get(key("layer"), 1), result.config.depth)


@st.fragment
def lesson() -> None:
    side, stage = layout.side_and_stage(PAGE)
    with side:
        controls()
    config = form.read(PAGE, SignalsConfig)
    result = lens.signals(config)
    with stage:
        live.show_chart(gradient_chart(result, chosen(result), state.theme()), key("gradients"))
        words(result)
        live.show_chart(flow_chart(result, state.theme()), key("flow"))
    one_layer(result)
    st.subheader("A function and its slope")
    st.markdown(
        explain("Move the tangent. Each layer multiplies the blame by such a slope, and by its weights.")
    )
    show_slope(
        f"{PAGE}-slope", NAMES[config.activation], curve_of(config.activation), config.depth, state.theme()
    )
    form.share(PAGE, SignalsConfig, PRESETS)
    with st.expander("The same stack in PyTorch", icon=":material/code:"):
        st.code(script_text(config), language="python")
    cards.show(PAGE, CARDS, result, apply=apply_card)


path.title(__file__)
st.write(explain("A gradient is a product along the path. In a deep stack it may fade, or blow up."))
messages.show_refusal(PAGE)
form.prepare(PAGE, SignalsConfig, PRESETS)
lesson()
with st.expander("Check yourself: how steep is 1 / (1 + e⁻ˣ) at most?", key=key("check")):
    st.markdown("0.25, at x = 0. There it gives 0.5, and its slope is 0.5 × (1 − 0.5).")
path.next_link(__file__)
