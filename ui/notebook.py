"""The visitor's notebook: what their cards said is written down quietly, once for each new thing."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

import streamlit as st

from dlcore.classroom.notebook import NOTE_LETTERS, Attempt, Notebook
from dlcore.errors import StoreError, UploadError
from ui import services, state

WRITTEN = "lab__notebook_written"  # in this visit: by page and card, what was written last
GONE = "lab__notebook_gone"

log = logging.getLogger(__name__)


def record(page: str, name: str, attempt: Attempt, *, busy: bool = False) -> None:
    """A new guess or a new finding of a card. While the page is `busy` with a run, numbers alone are no news.

    A record that cannot be written costs nobody the page itself.
    """
    written: dict[tuple[str, str], Attempt] = st.session_state.setdefault(WRITTEN, {})
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


def mine() -> Notebook:
    return services.store().notebook_of(state.owner())


def keep_note(page: str, typed: str) -> str:
    """What is kept of it. Raises UploadError, once that is done, for a text that is too long."""
    services.store().keep_note(state.owner(), page, typed)
    return _short_enough(typed, "A note")


def keep_answer(question: str, typed: str) -> str:
    services.store().keep_answer(state.owner(), question, typed)
    return _short_enough(typed, "An answer")


def _short_enough(typed: str, what: str) -> str:
    if len(typed) > NOTE_LETTERS:
        raise UploadError(
            f"{what} holds {NOTE_LETTERS:,} letters: the first of your {len(typed):,} are kept, no others."
        )
    return typed


@dataclass
class Gone:
    """What was deleted last in this visit.

    A second click breaks the first off wherever that touches what Streamlit keeps of a visit. Between the
    store's forgetting and its note here nothing may.
    """

    was: Notebook = field(default_factory=Notebook)


def _gone() -> Gone:
    return st.session_state.setdefault(GONE, Gone())  # type: ignore[no-any-return]


def forgotten() -> bool:
    """Is there something to bring back?"""
    return bool(_gone().was)


def forget() -> None:
    """Nothing of it is kept any more; in this visit it can come back."""
    gone = _gone()
    if was := mine():
        services.store().forget_notebook(state.owner())
        gone.was = was


def bring_back() -> None:
    gone = _gone()
    services.store().keep_notebook(state.owner(), gone.was)
    gone.was = Notebook()
