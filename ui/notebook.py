"""The visitor's notebook: what their cards said is written down quietly, once for each new thing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import streamlit as st

from dlcore.classroom.notebook import NOTE_LETTERS, Attempt, Notebook, cut, joined
from dlcore.errors import StoreError, UploadError
from ui import services, state

WRITTEN = "lab__notebook_written"  # in this visit: by page and card, what was written last
GONE = "lab__notebook_gone"
OTHERS = "Meanwhile this text was changed in another tab or on another device: it stands here now."
NEWER = "Meanwhile this text was changed in another tab or on another device: that stands above yours now."

log = logging.getLogger(__name__)


def record(page: str, name: str, attempt: Attempt, *, busy: bool = False) -> None:
    """A new guess or a new finding of a card. While the page is `busy` with a run, numbers alone are no news.

    A record that cannot be written costs nobody the page itself.
    """
    written = _written()
    before = written.get((page, name))
    same = before is not None and busy and replace(attempt, found=before.found) == before
    if same or before == attempt:
        return
    try:
        services.store().keep_card(state.owner(), page, name, attempt)
    except StoreError as error:  # tried again with the page's next run
        log.warning("what a card said is not written down: %s", error)
    else:
        written[page, name] = attempt


def again(page: str, name: str) -> None:
    """A card is answered or set up once more: what it says is news, if it has been deleted."""
    cards, written = _gone().cards, _written()
    if (page, name) in cards:
        cards.remove((page, name))
        written.pop((page, name), None)


def _written() -> dict[tuple[str, str], Attempt]:
    return st.session_state.setdefault(WRITTEN, {})  # type: ignore[no-any-return]


def mine() -> Notebook:
    return services.store().notebook_of(state.owner())


def keep_note(page: str, typed: str, seen: str) -> str:
    """Says in a sentence what is not kept as it was typed, where its box showed `seen`; "" for nothing."""
    write = partial(services.store().keep_note, state.owner(), page)
    return _keep(write, typed, seen, mine().notes.get(page, ""), "A note")


def keep_answer(question: str, typed: str, seen: str) -> str:
    write = partial(services.store().keep_answer, state.owner(), question)
    return _keep(write, typed, seen, mine().answers.get(question, ""), "An answer")


def _keep(write: Callable[[str], None], typed: str, seen: str, now: str, what: str) -> str:
    """Raises UploadError, and keeps nothing, if there is no room for it beside what is newer."""
    kept = joined(typed, seen, now)
    if len(kept) > NOTE_LETTERS:
        raise UploadError(
            f"Meanwhile this text was changed elsewhere, and both are over {NOTE_LETTERS:,} letters: "
            f"nothing is kept of yours until it is shorter."
        )
    write(kept)
    if kept != cut(typed) != seen:
        return NEWER if cut(typed) else OTHERS
    if len(typed) > NOTE_LETTERS:
        return f"{what} holds {NOTE_LETTERS:,} letters: the first of your {len(typed):,} are kept, no others."
    return ""


@dataclass
class Gone:
    """What was deleted last in this visit, and its cards: news again once somebody does them once more.

    A second click breaks the first off wherever that touches what Streamlit keeps of a visit. Between the
    store's forgetting and its note here nothing may.
    """

    was: Notebook = field(default_factory=Notebook)
    cards: set[tuple[str, str]] = field(default_factory=set)


def _gone() -> Gone:
    return st.session_state.setdefault(GONE, Gone())  # type: ignore[no-any-return]


def forgotten() -> bool:
    """Is there something to bring back?"""
    return bool(_gone().was)


def forget() -> None:
    """Nothing of it is kept any more; in this visit it can come back."""
    gone, written = _gone(), _written()
    if was := mine():
        services.store().forget_notebook(state.owner())
        gone.was = was
        gone.cards |= written.keys()


def bring_back() -> None:
    gone = _gone()
    services.store().keep_notebook(state.owner(), gone.was)
    gone.was = Notebook()
