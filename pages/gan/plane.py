"""The forger's game in the plane: points imitate points, and one sees how, step by step and back."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from dlcore.cards import Card
from dlcore.errors import ConfigError
from dlcore.gan.plane.cards import CARDS, ShownGame, game_told
from dlcore.gan.plane.config import PRESETS, PlaneConfig
from dlcore.gan.plane.points import own_points
from dlcore.schema import parse
from ui import cards, forging, form, messages, path, state
from ui.components.forger.component import show_board
from ui.explain import explain
from ui.remember import remembered
from ui.showing import shows

PAGE = "gan_plane"
key = partial(form.key, PAGE)
STILL = 300  # the step that a visitor sees who wants no motion
GAMES = 8  # kept for the card that compares seeds
NAMES = {
    "ring": "Ring of eight",
    "line": "Line",
    "moons": "Two moons",
    "collapse": "Mode collapse",
    "alone": "Detective alone",
    "asleep": "Detective asleep",
}


# --- callbacks ----------------------------------------------------------------------------


def take(config: PlaneConfig) -> None:
    """The board begins anew with this config."""
    form.write(PAGE, config)
    st.session_state[key("turn")] = turn() + 1
    st.session_state[key("rows")] = ()


def choose_preset(preset: str | None) -> None:
    if preset is not None:
        take(PRESETS[preset])


def apply_card(card: Card) -> None:
    take(PlaneConfig().replace(**card.setup))


def chosen(fields: Any) -> None:
    """Something was chosen on the board itself. Raises ConfigError if a client sent what cannot be."""
    if not isinstance(fields, Mapping):
        raise ConfigError("A board must tell its config.")
    config = parse(PlaneConfig, fields)
    if config != form.read(PAGE, PlaneConfig):
        keep_game()
    form.write(PAGE, config)
    st.session_state[key("rows")] = ()


def put(rows: Any) -> None:
    """Points were put on the plane. Raises DataError if a client sent what cannot be."""
    st.session_state[key("own")] = own_points(rows).tolist()


def saw(said: Any) -> None:
    """The board has shown so much of a game. Raises ConfigError if a client sent what cannot be."""
    config, rows = game_told(said)
    if config == form.read(PAGE, PlaneConfig):  # else a preset or a card has ended that game meanwhile
        st.session_state[key("rows")] = rows


# --- the page -----------------------------------------------------------------------------


def turn() -> int:
    return int(st.session_state.get(key("turn"), 0))


def keep_game() -> None:
    """The game on the board ends: what it showed is kept for comparison."""
    if rows := st.session_state.get(key("rows"), ()):
        games = st.session_state.setdefault(key("games"), [])
        games.append((form.read(PAGE, PlaneConfig), rows[-1]))
        del games[:-GAMES]


def shown() -> ShownGame | None:
    """What the board has shown, and the games before that differed in the seed alone."""
    rows, config = st.session_state.get(key("rows"), ()), form.read(PAGE, PlaneConfig)
    if not rows:
        return None
    others = [
        (game.seed, row)
        for game, row in st.session_state.get(key("games"), [])
        if game.seed != config.seed and game.replace(seed=config.seed) == config
    ]
    return ShownGame(config, rows, tuple(others))


def opening(config: PlaneConfig) -> dict[str, Any] | None:
    """What the board opens on, if it is a game that many open; it asks for the rest by itself."""
    known = [preset for preset in PRESETS.values() if preset == config]
    return remembered(key("opening"), (turn(),), lambda: forging.opening(known[0]) if known else None)


def name_preset() -> None:
    """The preset that the board's config is; None if it is none."""
    config = form.read(PAGE, PlaneConfig)
    same = [name for name, preset in PRESETS.items() if preset == config]
    st.session_state[key("preset")] = same[0] if same else None


@st.fragment
def lesson() -> None:
    """The board, and what speaks of its game: a change on it redraws no more than this."""
    messages.show_refusal(PAGE)
    name_preset()
    st.pills(
        "Start with",
        list(PRESETS),
        format_func=NAMES.__getitem__,
        required=True,
        label_visibility="collapsed",
        wrap=False,
        default=(preset := st.session_state[key("preset")]),
        **shows(key("preset"), preset, messages.guarded(PAGE, choose_preset)),
    )
    config = form.read(PAGE, PlaneConfig)
    calls = {"config": chosen, "own": put, "seen": saw}
    show_board(
        "forger-board",
        config,
        st.session_state.get(key("own"), ()),
        {name: messages.guarded(PAGE, call) for name, call in calls.items()},
        first=opening(config),
        asks=forging.ASKS,
        most=forging.MOST_STEP,
        still=STILL,
        turn=turn,
        theme=state.theme(),
    )
    form.share(PAGE, PlaneConfig, PRESETS)
    cards.show(PAGE, CARDS, shown(), apply=apply_card)


path.title(__file__)
st.write(
    explain(
        "The forger moves points until they lie as the real ones do. The detective colours what it believes."
    )
)
st.session_state.pop(key("opening"), None)  # a board that is opened anew opens on what is set now
form.prepare(PAGE, PlaneConfig, PRESETS)
lesson()
with st.expander("Check yourself: the detective says one half everywhere. Is that good?", key=key("check")):
    st.markdown("It can be: fakes as good as real points. Or it knows nothing, as one who never learned.")
path.next_link(__file__)
