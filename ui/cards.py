"""Cards on the page: guess first, set the controls with one click, run, then see and read why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from dlcore.cards import Card
from ui import form

SKIP = "Skip"


def _set_up(apply: Callable[[Card], None], card: Card) -> None:
    apply(card)
    st.toast(f"Set: {card.setup_words}.", icon=":material/tune:")


def apply_card(page: str, card: Card) -> None:
    """The names in a card's set-up are those of the page's widgets."""
    for name, value in card.setup.items():
        st.session_state[form.key(page, name)] = value


def guessed(page: str, cards: Mapping[str, Card]) -> bool:
    """Does a card of this page say something about the visitor's own result?"""
    return any(st.session_state.get(form.key(page, f"guess_{name}")) for name in cards)


def show(
    page: str,
    cards: Mapping[str, Card],
    result: Any,
    *,
    apply: Callable[[Card], None] | None = None,
    busy: bool = False,
) -> None:
    """`apply` sets the page's controls as a card says, as a callback; `result` is what `see` reads, or a
    function that gives it: called only once somebody has guessed.

    While the page is `busy` with a run, its controls are that run's and no card may set them.
    """
    st.subheader("Try this")
    for name, card in cards.items():
        with st.expander(card.title, key=f"{page}__card_{name}"):
            st.markdown(f"**Your guess:** {card.question}")
            key = f"{page}__guess_{name}"
            guess = st.pills("Your guess", (*card.answers, SKIP), key=key, label_visibility="collapsed")
            st.button(
                f"Set up: {card.setup_words}",
                icon=":material/tune:",
                key=f"{page}__setup_{name}",
                on_click=_set_up,
                args=(apply or partial(apply_card, page), card),
                disabled=busy,
            )
            if guess is not None and callable(result):
                result = result()
            finding = None if result is None or callable(result) else card.see(result)
            if guess is None and (finding is not None or callable(result)):
                st.caption("Guess, or skip: then this place says what your own run showed.")
                continue
            if finding is None:
                st.caption("Set it up and run it. Then this place says what your own run showed.")
                continue
            st.markdown(f"**What your run shows:** {finding.text}")
            if not finding.shown:
                st.markdown("This time the effect did not appear. Try another seed.")
            if guess != SKIP:
                st.caption(f"You guessed: {guess}.")
            st.markdown(f"**Why:** {card.why}")
