"""A small network in the plane, trained ahead and played back: every unit, every link, every epoch."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from dlcore.cards import Card
from dlcore.errors import ConfigError
from dlcore.figures.weight_surface import weight_surface_alt, weight_surface_figure
from dlcore.playground.cards import CARDS, EPOCHS, ShownPlay
from dlcore.playground.config import PRESETS, PlaygroundConfig
from dlcore.playground.points import checked_rows, make_points
from dlcore.playground.script import notebook_bytes, script_text
from dlcore.playground.training import start, train_ahead
from dlcore.schema import knobs, parse
from dlcore.words import short
from ui import cards, form, limits, messages, path, playing, state
from ui.components.playground.component import PARTS, show_board
from ui.components.plotly3d.component import plotly3d
from ui.explain import explain
from ui.remember import remembered
from ui.showing import shows

PAGE = "playground"
key = partial(form.key, PAGE)
OPENS_AT = 8  # epochs: half trained
CUT_HEIGHT = 420
ON_THE_PICTURE = ("inputs", "layers", "activations")  # no knobs of the board
HIDEABLE = {
    "presets": "Start with",
    **PARTS,
    **{name: knob.title for name, knob in knobs(PlaygroundConfig).items() if name not in ON_THE_PICTURE},
    "code": "The same network in PyTorch",
    "cards": "Try this",
}
NAMES = {"xor": "Exclusive or", "circle": "Circle", "gauss": "Two clouds", "spiral": "Spiral"}


# --- callbacks ----------------------------------------------------------------------------


def take(config: PlaygroundConfig) -> None:
    """The board begins anew with this config."""
    form.write(PAGE, config)
    stand(None, None)
    st.session_state[key("cut")] = None
    st.session_state[key("turn")] = turn() + 1


def name_preset() -> None:
    """The preset that the board's config is; None if it is none."""
    config = form.read(PAGE, PlaygroundConfig)
    same = [name for name, preset in PRESETS.items() if preset == config]
    st.session_state[key("preset")] = same[0] if same else None


def choose_preset(preset: str | None) -> None:
    if preset is not None:
        take(PRESETS[preset])
        name_preset()


def apply_card(card: Card) -> None:
    take(PlaygroundConfig().replace(**card.setup))
    name_preset()


def chosen(fields: Any) -> None:
    """Something was chosen on the board itself. Raises ConfigError if a client sent what cannot be."""
    if not isinstance(fields, Mapping):
        raise ConfigError("A board must tell its config.")
    form.write(PAGE, parse(PlaygroundConfig, fields))
    st.session_state[key("cut")] = None
    name_preset()


def halted(moment: Any) -> None:
    """The board stands at this epoch, with weights of its own. Raises ConfigError if that cannot be."""
    if not isinstance(moment, Mapping):
        raise ConfigError("A board must stand at an epoch.")
    weights = moment.get("weights")
    weights = weights if isinstance(weights, str) else None
    stand(checked_epoch(moment.get("epoch")), weights if moment.get("strayed") is True else None, weights)


def stand(epoch: int | None, weights: str | None, shown: str | None = None) -> None:
    """`weights` are those that the config alone does not lead to, `shown` those that stand on the board."""
    st.session_state[key("epoch")], st.session_state[key("weights")] = epoch, weights
    st.session_state[key("shown")] = shown


def ask_cut(said: Any) -> None:
    """The loss over two weights is wanted. Raises ConfigError or DataError if it cannot be."""
    st.session_state[key("cut")] = playing.cut(said)


def close_cut() -> None:
    st.session_state[key("cut")] = None


def put(rows: Any) -> None:
    """Points were put on the plane. Raises DataError if a client sent what cannot be."""
    st.session_state[key("own")] = checked_rows(rows).tolist()


# --- the page -----------------------------------------------------------------------------


def turn() -> int:
    return int(st.session_state.get(key("turn"), 0))


def epoch_of_link() -> None:
    """On the first run: the moment that a link shows, if it shows one."""
    if key("epoch") in st.session_state:
        return
    stand(None, None)
    if (epoch := st.query_params.get(key("epoch"))) is not None:
        try:
            whole = int(epoch) if re.fullmatch("[0-9]{1,9}", epoch) else epoch
            stand(checked_epoch(whole), None)
            if (weights := st.query_params.get(key("weights"))) is not None:
                playing.weights_in(weights, form.read(PAGE, PlaygroundConfig))
                stand(checked_epoch(whole), weights)
        except ConfigError as error:
            st.warning(messages.plain(str(error)), icon=":material/link_off:")


def checked_epoch(epoch: Any) -> int:
    if type(epoch) is not int or not 0 <= epoch <= playing.MOST_EPOCH:
        raise ConfigError(f"The epoch must be from 0 to {playing.MOST_EPOCH:,}. Got {short(epoch)} instead.")
    return epoch


def fitting(name: str, config: PlaygroundConfig) -> str | None:
    """The weights that stand under this name, if they are of this config's network."""
    text: str | None = st.session_state[key(name)]
    try:
        if text is not None:
            playing.weights_in(text, config)
    except ConfigError:  # they were of a network that is gone
        return None
    return text


def hidden_by_link() -> None:
    """On the first run: what a link leaves out."""
    if key("hidden") in st.session_state:
        return
    names = st.query_params.get(key("hidden"), "").split()
    st.session_state[key("hidden")] = [name for name in HIDEABLE if name in names]
    if unknown := [name for name in names if name not in HIDEABLE]:
        st.warning(
            messages.plain(f"A link can hide {', '.join(HIDEABLE)}. Got {short(' '.join(unknown))} instead."),
            icon=":material/link_off:",
        )


def link() -> None:
    with st.expander("A link to this board", icon=":material/link:"):
        words = "The address above opens this board with all that is set, at the epoch where it halted."
        if st.session_state.get(key("data")) == "own":
            words += " Your own points are not in it: take them along as a file."
        st.markdown(explain(words))
        st.multiselect(
            "Leave out",
            list(HIDEABLE),
            format_func=HIDEABLE.__getitem__,
            key=key("hidden"),
            persist_state="session",
            placeholder="Nothing: all controls are there",
        )


def shared(weights: str | None) -> dict[str, str]:
    """What belongs into the address beside the set-up."""
    epoch = st.session_state[key("epoch")]
    said = {} if epoch is None else {"epoch": str(epoch)}
    if weights is not None:
        said["weights"] = weights
    hidden = st.session_state[key("hidden")]
    return said | ({"hidden": " ".join(hidden)} if hidden else {})


def played(config: PlaygroundConfig) -> ShownPlay | None:
    """The first epochs of this config, for the cards; None where that takes long: no card asks for it."""
    if EPOCHS * config.steps_per_epoch > limits.PLAYED_STEPS:
        return None

    def make() -> ShownPlay:
        return ShownPlay(config, train_ahead(config, make_points(config), start(config), EPOCHS))

    return remembered(key("played"), (config.model_dump_json(),), make)


def code(config: PlaygroundConfig) -> None:
    with st.expander("The same network in PyTorch", icon=":material/code:"):
        if config.data == "own":
            st.write("The script draws the lab's own shapes. Choose one of them to see it.")
            return
        text = script_text(config)
        st.code(text, language="python")
        with st.container(horizontal=True):
            offer("Script", text, "playground.py", "text/x-python")
            offer("Notebook", lambda: notebook_bytes(config), "playground.ipynb", "application/x-ipynb+json")
            if (shown := fitting("shown", config)) is not None:
                epoch = st.session_state[key("epoch")]
                file = playing.weights_file(config, epoch, shown)
                offer(f"Weights of epoch {epoch:d}", file, "weights.json", "application/json")


def offer(words: str, content: Any, name: str, kind: str) -> None:
    saved = key(f"get_{name.rpartition('.')[2]}")
    st.download_button(words, content, name, kind, icon=":material/download:", key=saved)


def show_cut() -> None:
    if (asked := st.session_state.get(key("cut"))) is None:
        return
    epoch, surface = asked
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.markdown(f"**The loss over two weights, at epoch {epoch:d}**")
            st.button("Close", key=key("close_cut"), on_click=close_cut, icon=":material/close:")
        words = "All other weights stay as they are at this moment. They moved on the way: "
        st.caption(words + "the path need not lie on the surface, its end does.")
        plotly3d(
            weight_surface_figure(surface, state.theme(), height=CUT_HEIGHT),
            key("surface"),
            height=CUT_HEIGHT,
            alt=weight_surface_alt(surface),
            filename="two-weights",
        )


@st.fragment
def lesson() -> None:
    """The board, and what speaks of its config: a change on it redraws no more than this."""
    messages.show_refusal(PAGE)
    hidden = st.session_state[key("hidden")]
    if "presets" not in hidden:
        st.pills(
            "Start with",
            list(PRESETS),
            format_func=NAMES.__getitem__,
            required=True,
            label_visibility="collapsed",
            default=(preset := st.session_state[key("preset")]),
            **shows(key("preset"), preset, messages.guarded(PAGE, choose_preset)),
        )
    config, epoch = form.read(PAGE, PlaygroundConfig), st.session_state[key("epoch")]
    weights = fitting("weights", config)
    calls = {"config": chosen, "own": put, "moment": halted, "cut": ask_cut}
    show_board(
        "playground-board",
        config,
        st.session_state.get(key("own"), ()),
        {name: messages.guarded(PAGE, call) for name, call in calls.items()},
        asks=playing.ASKS,
        most=playing.MOST_EPOCH,
        epoch=OPENS_AT if epoch is None else epoch,
        weights=weights,
        plays=epoch is None,
        hidden=hidden,
        turn=turn,
        theme=state.theme(),
    )
    show_cut()
    form.share(PAGE, PlaygroundConfig, PRESETS, shared(weights))
    link()
    if "code" not in hidden:
        code(config)
    if "cards" not in hidden:
        result = None if config.data == "own" else partial(played, config)
        cards.show(PAGE, CARDS, result, apply=apply_card)


path.title(__file__)
st.write("Hidden layers invent the features that you would design. Play, go back in time, change anything.")
form.prepare(PAGE, PlaygroundConfig, PRESETS)
epoch_of_link()
hidden_by_link()
name_preset()
lesson()
with st.expander("Check yourself: why do layers without activation not help?", key=key("check")):
    st.markdown("A product of matrices is a matrix: however many there are, they draw one straight line.")
path.next_link(__file__)
