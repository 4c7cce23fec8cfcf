"""How signals travel forward through a stack of layers, and gradients back: a product along the path."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from dlcore.cards import Card
from dlcore.errors import ConfigError
from dlcore.schema import parse
from dlcore.signals.cards import CARDS
from dlcore.signals.config import PRESETS, SignalsConfig
from dlcore.signals.measures import Signals, measure
from dlcore.signals.script import script_text
from ui import cards, form, messages, path, signalling, state
from ui.components.signals.component import show_board
from ui.explain import explain
from ui.remember import remembered

PAGE = "activations_and_gradients"
key = partial(form.key, PAGE)


# --- callbacks ----------------------------------------------------------------------------


def apply_card(card: Card) -> None:
    """The board begins anew with what the card sets."""
    form.write(PAGE, SignalsConfig().replace(**card.setup))
    st.session_state[key("turn")] = turn() + 1


def chosen(fields: Any) -> None:
    """Something was chosen on the board itself. Raises ConfigError if a client sent what cannot be."""
    if not isinstance(fields, Mapping):
        raise ConfigError("A board must tell its config.")
    form.write(PAGE, parse(SignalsConfig, fields))


# --- the page -----------------------------------------------------------------------------


def turn() -> int:
    return int(st.session_state.get(key("turn"), 0))


def seen(config: SignalsConfig) -> Signals:
    """What is seen of this config, for the cards."""
    return remembered(key("seen"), (config.model_dump_json(),), lambda: measure(config))


def opening(config: SignalsConfig) -> dict[str, Any]:
    """What the board opens on; a change on it asks for the rest by itself."""
    return remembered(key("opening"), (turn(),), lambda: signalling.told(seen(config)))


@st.fragment
def lesson() -> None:
    """The board, and what speaks of its config: a change on it redraws no more than this."""
    messages.show_refusal(PAGE)
    config = form.read(PAGE, SignalsConfig)
    show_board(
        "signals-board",
        config,
        opening(config),
        messages.guarded(PAGE, chosen),
        asks=signalling.ADDRESS.lstrip("/"),
        turn=turn,
        theme=state.theme(),
    )
    form.share(PAGE, SignalsConfig, PRESETS)
    with st.expander("The same stack in PyTorch", icon=":material/code:"):
        st.markdown(explain("It draws the same numbers and prints the norm of each layer's gradient."))
        st.code(script_text(config), language="python")
        st.download_button(
            "signals.py",
            script_text(config),
            "signals.py",
            "text/x-python",
            icon=":material/download:",
            on_click="ignore",
            key=key("get_script"),
        )
    cards.show(PAGE, CARDS, partial(seen, config), apply=apply_card)


path.title(__file__)
st.write(explain("A gradient is a product along the path. Change the layers: what reaches the first?"))
st.session_state.pop(key("opening"), None)  # a board that is opened anew opens on what is set now
form.prepare(PAGE, SignalsConfig, PRESETS)
lesson()
with st.expander("Check yourself: what is the steepest slope of 1/(1+e⁻ˣ)?", key=key("check")):
    st.markdown("0.25, at 0. Ten such factors leave a millionth.")
path.next_link(__file__)
