"""What a link has set on a page: knobs that stand still, which cards there are, whether answers open.

In a class it holds for a student as long as the room is open, whatever they write into the address: only
a link that the teacher has made takes its place. For anybody else it holds while the page is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

from dlcore.cards import Card
from dlcore.classroom import assignment
from dlcore.classroom.assignment import Assignment
from dlcore.datasets.catalogue import title_of
from dlcore.errors import ConfigError
from dlcore.presets import FREE
from dlcore.schema import Config, Knob, knobs, parse_leniently
from dlcore.words import number
from ui import services, state
from ui.messages import plain
from ui.stop import Stop

ConfigType = TypeVar("ConfigType", bound=Config)

# What a page has taken from a link, and what a board has told of the one before.
OF_A_LINK = ("ready", "preset", "epoch", "weights", "shown", "hidden", "rows", "cut")
LINK = ":material/link_off:"
TEACHER, ADDRESS = "your teacher", "this address"
HOLDS = "What {} has set on this page holds: this address changes none of it."
SHUT = "Your teacher opens the answers."
SHUT_BY_ADDRESS = "This address keeps the answers shut."
CARD = "this card needs: what it speaks of may not appear."


def page_of(stop: Stop) -> str:
    """By which its widgets' keys begin."""
    return stop.address or "home"


def of(page: str) -> Assignment | None:
    """What holds on a page for this visitor."""
    if _in_class():
        return services.room().assigned(state.owner(), page)
    return st.session_state.get(f"{page}__assignment")


def _keep(page: str, found: Assignment) -> None:
    if _in_class():
        services.room().assign(state.owner(), page, found)
    else:
        st.session_state[f"{page}__assignment"] = found


def _in_class() -> bool:
    return services.room().is_open and not state.teaches()


def begin(stop: Stop) -> None:
    """Read the link, before its page is run."""
    page, query = page_of(stop), st.query_params.to_dict()
    signed = assignment.is_signed(query, page, services.room().key)
    if signed and query[assignment.SIGNED] != st.session_state.get(f"{page}__signed"):
        # Also in a visit that has been here before, with a set-up of its own.
        st.session_state[f"{page}__signed"] = query[assignment.SIGNED]
        taken = [st.session_state.pop(f"{page}__{name}", None) for name in OF_A_LINK]
        if any(taken):  # a board that stands open begins anew
            st.session_state[f"{page}__turn"] = st.session_state.get(f"{page}__turn", 0) + 1
    found, wrong = assignment.read(query)
    held = of(page)
    for sentence in wrong if _first(page, "read") else []:
        st.warning(plain(sentence), icon=LINK)
    if found is None and signed and held is not None:
        found = Assignment()  # the teacher's next link sets nothing that stands still
    if found is None:
        return
    said = {n: query[f"{page}__{n}"][: assignment.VALUE] for n in found.hidden if f"{page}__{n}" in query}
    found = replace(found, said=said)
    if signed:
        found = replace(found, by=query[assignment.SIGNED])
        if held is None or held.by != found.by:
            _keep(page, found)
    elif held is None:
        _keep(page, found)
    elif not held.asks_like(found):
        st.info(HOLDS.format(TEACHER if held.by else "an earlier address"), icon=":material/lock:")


def _first(page: str, what: str) -> bool:
    """Is this asked for the first time in this visit? Sentences about a link are said once."""
    key = f"{page}__assignment_{what}"
    before = key in st.session_state
    st.session_state[key] = True
    return not before


# --- knobs ------------------------------------------------------------------------------------


def settled(page: str, config: ConfigType) -> ConfigType:
    """On a page's first run: `config` is the link's; what it hides keeps these values from now on.

    A knob that there is no more is said in a sentence.
    """
    held = of(page)
    if held is None:
        return config
    known = knobs(type(config))
    if _first(page, "knobs"):
        for sentence in assignment.unknown(held.hidden, known, "knob"):
            st.warning(plain(sentence), icon=LINK)
    if not held.fixed:
        linked, _ = parse_leniently(config, {name: text for name, text in held.said.items() if name in known})
        fixed = {name: getattr(linked, name) for name in held.hidden if name in known}
        _keep(page, replace(held, fixed=fixed, whole=config))
    return pinned(page, config)


def fixed(page: str) -> Mapping[str, Any]:
    """The knobs that nobody may turn, with their values."""
    held = of(page)
    return held.fixed if held is not None else {}


def pinned(page: str, config: ConfigType) -> ConfigType:
    """`config` with what stands still; where both cannot be, the rest gives way."""
    held = of(page)
    if held is None or not held.fixed:
        return config
    try:
        return config.replace(**held.fixed)
    except ConfigError:
        others = {name: value for name, value in config.model_dump().items() if name not in held.fixed}
        return parse_leniently(held.whole, others)[0] if isinstance(held.whole, type(config)) else config


def pin(page: str) -> None:
    """Whatever was written meanwhile, these widgets' values are as the link says."""
    for name, value in fixed(page).items():
        st.session_state[f"{page}__{name}"] = value


def as_text(page: str, knob: Knob) -> bool:
    """Instead of a widget, if it stands still: its value, in words. Else it is noted as one to hand out."""
    st.session_state.setdefault(f"{page}__hand_out_knobs", {})[knob.name] = knob.title
    stays = fixed(page)
    if knob.name not in stays:
        return False
    words = plain(in_words(knob, stays[knob.name]))
    st.markdown(f"{knob.title}: **{words}** :gray[· set by {set_by(page)}]", help=knob.help or None)
    return True


def in_words(knob: Knob, value: Any) -> str:
    """A knob's value with its unit, as its widget shows it."""
    if knob.kind is bool:
        return "on" if value else "off"
    words = knob.options.get(value) if knob.options else number(value) if _is_number(value) else str(value)
    words = title_of(str(value)) if knob.name == "dataset" else words
    return f"{words or 'nothing'} {knob.unit}".rstrip()


def set_by(page: str) -> str:
    """Who has set what stands still: only a link that the server has signed is the teacher's."""
    held = of(page)
    return TEACHER if held is not None and held.by else ADDRESS


def in_the_way(page: str, wanted: Mapping[str, Any], than: str = CARD) -> str:
    """Which knobs stand still elsewhere than they are `wanted`, in a sentence; "" if none does.

    `than`: the end of that sentence, who needs them.
    """
    titles: dict[str, str] = st.session_state.get(f"{page}__hand_out_knobs", {})
    others = [n for n, value in fixed(page).items() if wanted.get(n, value) != value and n not in FREE]
    if not others:
        return ""
    told = " and ".join(titles.get(name, name).lower() for name in others)
    who = set_by(page).capitalize()
    return f"{who} has set the {told} otherwise than {than}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# --- cards ------------------------------------------------------------------------------------


def cards_of(page: str, cards: Mapping[str, Card]) -> Mapping[str, Card]:
    """The cards that the link asks for, in its order; all of them if it asks for none."""
    st.session_state[f"{page}__cards_known"] = {name: card.title for name, card in cards.items()}
    held = of(page)
    if held is None or held.cards is None:
        return cards
    if _first(page, "cards"):
        for sentence in assignment.unknown(held.cards, cards, "card"):
            st.warning(plain(sentence), icon=LINK)
    return {name: cards[name] for name in held.cards if name in cards}


def shut_words(page: str) -> str:
    """Why a card says no answer."""
    return SHUT if set_by(page) == TEACHER else SHUT_BY_ADDRESS


def answers_open(page: str) -> bool:
    """Unless a link has shut them; and the teacher may open them to the whole class later."""
    held = of(page)
    return held is None or held.answers or services.room().answers_open
