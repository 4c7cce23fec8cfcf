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
from ui.showing import key_now, shows
from ui.views.devices import show_devices
from ui.views.lesson import show_lesson
from ui.views.tensor_topics import show_topic

PAGE = "tensors"
key = partial(form.key, PAGE)
KNOBS = knobs(TensorsConfig)
START = {"start": TensorsConfig()}
LONGEST = 200  # so that what is a little too long is said, not cut
OF_CARDS = 3  # backward passes that the cards read
FIRST = (3.0, 2.0, -1.0, 0.5, 1.5)  # where the leaves of one's own expression begin: apart, and none 0 or 1


# --- callbacks ----------------------------------------------------------------------------


def take(config: TensorsConfig) -> None:
    """The board takes this expression with its leaves."""
    for name in ("expression", "leaves"):
        st.session_state[key(name)] = getattr(config, name)
    st.session_state[key("typed")] = st.session_state[key("typed_for")] = config.expression


def choose_preset(chosen: str | None) -> None:
    if chosen is not None:
        take(PRESETS[chosen])


def take_typed(text: str | None) -> None:
    """Leaves that stay keep their values; others begin apart. Raises ConfigError if it cannot be read."""
    st.session_state[key("typed")] = text = text or ""  # what is refused stands there to be mended
    known = values_of(st.session_state[key("leaves")])
    values = {name: known.get(name, first) for name, first in zip(read(text).names, FIRST, strict=False)}
    st.session_state[key("expression")] = st.session_state[key("typed_for")] = text
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


def autograd(config: TensorsConfig) -> ShownTensors:
    known = [name for name, preset in PRESETS.items() if preset.expression == config.expression]
    away = key_now(key("typed")) not in st.session_state
    if away or st.session_state[key("typed_for")] != config.expression:
        st.session_state[key("typed")] = st.session_state[key("typed_for")] = config.expression
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        st.pills(
            "Start with",
            list(PRESETS),
            format_func=PRESET_NAMES.__getitem__,
            required=True,
            label_visibility="collapsed",
            wrap=True,
            default=(example := known[0] if known else None),
            **shows(key("example"), example, messages.guarded(PAGE, choose_preset)),
        )
    with right:
        st.text_input(
            "y =, or your own",
            (typed := st.session_state[key("typed")]),
            max_chars=LONGEST,
            help=KNOBS["expression"].help,
            **shows(key("typed"), typed, messages.guarded(PAGE, take_typed)),
        )
    values = leaves_of(config)
    show_autograd(
        f"{PAGE}-board",
        config.expression,
        values,
        tracing.answer(config.expression, values, 1),
        messages.guarded(PAGE, leave),
        asks=tracing.ADDRESS,
    )
    st.subheader("What torch does, and what it says")
    show_lesson(PAGE, "lesson", AUTOGRAD)
    return ShownTensors(traced=for_cards(config.expression, values))


def leaves_of(config: TensorsConfig) -> dict[str, float]:
    """Each name of the expression with its value."""
    known = values_of(config.leaves)
    return {name: known.get(name, 1.0) for name in read(config.expression).names}


def for_cards(expression: str, values: Mapping[str, float]) -> Traced | None:
    """None while the board says why there is no number: a leaf may be moved to where there is one."""
    try:
        return trace(expression, values, OF_CARDS)
    except ConfigError:
        return None


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
with st.container():  # so that the cards keep their place
    shown = SHOW[config.part](config)
form.share(PAGE, TensorsConfig, START)
cards.show(PAGE, CARDS, shown, apply=apply_card)
with st.expander(
    "Check yourself: x² at 3, three times without zeroing gave 18. A fourth time?", key=key("check")
):
    st.markdown("**24**: each pass adds 6, and nothing takes it away.")
path.next_link(__file__)
