"""Cards on the page: guess first, set the controls with one click, run, then see and read why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from dlcore.cards import Card, Finding, guess_words
from dlcore.classroom.notebook import Attempt
from dlcore.schema import Config
from ui import assignments, form, messages, notebook, showing, worksheets
from ui.components.glide.component import glide_to
from ui.explain import explain

SKIP = "Skip"


@dataclass(frozen=True)
class Shown:
    """What a card has said in this visit, and what had been guessed. `own`: of the visitor's own run."""

    guess: str
    finding: Finding
    own: bool = True


def _again(page: str, name: str) -> None:
    if st.session_state.get(form.key(page, f"guess_{name}")):
        notebook.again(page, name)


def _set_up(page: str, apply: Callable[[Card], str | None], leads_to: str, name: str, card: Card) -> None:
    _again(page, name)
    more = apply(card)
    come_to(page, *filter(None, (leads_to, *card.setup)))
    words = f"{card.setup_words}, {more}" if more else card.setup_words
    st.toast(f"Set: {words}.", icon=":material/tune:")


def come_to(page: str, *names: str) -> None:
    """For a callback: the page scrolls to the first of its widgets or containers of these names."""
    st.session_state[form.key(page, "card_glide")] = tuple(form.key(page, name) for name in names)


def apply_card(page: str, card: Card) -> None:
    """The names in a card's set-up are those of the page's widgets."""
    for name, value in card.setup.items():
        st.session_state[form.key(page, name)] = value


def guessed(page: str, cards: Mapping[str, Card]) -> bool:
    """Does a card of this page say something about the visitor's own result?"""
    return any(st.session_state.get(form.key(page, f"guess_{name}")) for name in cards)


def answered(page: str) -> bool:
    """Has a card of this page said something in this visit?"""
    return bool(st.session_state.get(form.key(page, "cards_shown")))


def asked_first(page: str, name: str, card: Card) -> bool:
    """For a page that itself shows what a card asks: until somebody has guessed or skipped, the question
    stands where the answer will. True from then on.
    """
    guess, first = form.key(page, f"guess_{name}"), form.key(page, f"first_{name}")
    if not assignments.answers_open(page):
        st.markdown(assignments.shut_words(page))
        return False
    if st.session_state.get(guess) or name in st.session_state.get(form.key(page, "cards_shown"), {}):
        return True

    def take() -> None:
        st.session_state[guess] = st.session_state[first]
        st.rerun()  # the card answers further down

    st.markdown(explain(f"**Your guess:** {card.question}"))
    st.pills(
        "Your guess first",
        (*card.answers, SKIP),
        key=first,
        label_visibility="collapsed",
        on_change=take,
        wrap=True,
    )
    return False


def answer_words(shown: Shown) -> str:
    """The guess and what it was, in a sentence; "" where there is nothing to say."""
    return guess_words("" if shown.guess == SKIP else shown.guess, shown.finding.right)


def show(
    page: str,
    cards: Mapping[str, Card],
    result: Any,
    *,
    apply: Callable[[Card], str | None] | None = None,
    busy: bool = False,
    leads_to: str = "",
    wants: Callable[[Card], Config] | None = None,
    own: bool = True,
) -> None:
    """`apply` sets the page's controls as a card says, as a callback, and may add to its words. `result` is
    what `see` reads, or a function that gives it: called only once somebody has guessed. What a card has
    shown once stays.
    `wants` gives a card's whole configuration, where its set-up does not name all knobs. Where `result` is
    not the visitor's `own`, their notebook has the guess alone.

    While the page is `busy` with a run, its controls are that run's and no card may set them. A set-up comes
    to the first of its controls, or to the container `leads_to`, where the answer stands, if that is above.
    """
    cards = assignments.cards_of(page, cards)
    if not cards:
        return
    st.subheader("Try this")
    shut = not assignments.answers_open(page)
    done: dict[str, Shown] = st.session_state.setdefault(form.key(page, "cards_shown"), {})
    for name, card in cards.items():
        guess = st.session_state.get(form.key(page, f"guess_{name}"))
        if guess is not None and callable(result):
            result = result()
        unknown = result is None or callable(result)
        finding = None if unknown else card.found(result)
        if guess is not None and finding is not None and _is_news(finding, done.get(name), own=own):
            done[name] = Shown(guess, finding, own)
        _write_down(page, name, card, guess, None if shut else done.get(name), busy=busy)
        # The title stays as it is: with another one, Streamlit shuts the card.
        icon = ":material/check_circle:" if name in done else None
        with st.expander(card.title, key=f"{page}__card_{name}", icon=icon):
            _ask(page, name, card, apply or partial(apply_card, page), leads_to, busy=busy)
            if way := assignments.in_the_way(
                page, wants(card).model_dump() if wants is not None else card.setup
            ):
                st.markdown(f":material/lock: {messages.plain(way)}")
            if shut:
                st.markdown(assignments.shut_words(page))
            elif name in done:
                _tell(card, done[name], now=finding == done[name].finding)
            elif guess is None and (finding is not None or callable(result)):
                whose = "your own run showed" if own else "this run shows"
                st.markdown(f"Guess, or skip: then this place says what {whose}.")
            else:
                st.markdown("Set it up and let it run. Then this place says what your own run showed.")
    if words := worksheets.link(page, "These cards as a worksheet, to print"):
        st.markdown(words)
    if keys := st.session_state.pop(form.key(page, "card_glide"), ()):
        turn = st.session_state[form.key(page, "card_glides")] = (
            st.session_state.get(form.key(page, "card_glides"), 0) + 1
        )
        glide_to([showing.key_now(one) for one in keys], turn)


def _write_down(
    page: str, name: str, card: Card, guess: str | None, shown: Shown | None, *, busy: bool
) -> None:
    """Into the visitor's notebook: what they guessed, and what this card may say of their run."""
    shown = shown if shown is not None and shown.own else None
    said = guess or (shown.guess if shown is not None else "")
    if said not in (*card.answers, *((SKIP,) if shown is not None else ())):
        return
    attempt = Attempt(card.title, card.question, "" if said == SKIP else said)
    if shown is not None:
        finding = shown.finding
        attempt = replace(attempt, found=finding.text, right=finding.right, shown=finding.shown)
    notebook.record(page, name, attempt, busy=busy)


def _is_news(finding: Finding, before: Shown | None, *, own: bool) -> bool:
    """An effect that appeared stays; one's own run takes the place of another's, never the other way."""
    if before is None or own != before.own:
        return before is None or own
    return finding.shown or not before.finding.shown


def _ask(
    page: str, name: str, card: Card, apply: Callable[[Card], str | None], leads_to: str, *, busy: bool
) -> None:
    st.markdown(explain(f"**Your guess:** {card.question}"))
    st.pills(
        "Your guess",
        (*card.answers, SKIP),
        key=f"{page}__guess_{name}",
        label_visibility="collapsed",
        persist_state="session",
        on_change=_again,
        args=(page, name),
        wrap=True,
    )
    st.button(
        f"Set up: {card.setup_words}",
        icon=":material/tune:",
        key=f"{page}__setup_{name}",
        on_click=_set_up,
        args=(page, apply, leads_to, name, card),
        disabled=busy,
    )


def _tell(card: Card, shown: Shown, *, now: bool) -> None:
    """`now`: the page still shows what the card speaks of."""
    if words := answer_words(shown):
        st.markdown(words)
    run = "your run" if shown.own else "this run" if now else "another run"
    st.markdown(f"**What {run} {'shows' if now else 'showed'}:** {messages.plain(shown.finding.text)}")
    if not shown.finding.shown:
        st.markdown("This time the effect did not appear. Try another seed.")
    st.markdown(explain(f"**Why:** {card.why}"))
