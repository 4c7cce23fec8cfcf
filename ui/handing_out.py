"""The teacher makes a link of the page as it stands: what is hidden, which cards, whether answers open."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import streamlit as st

from dlcore.classroom import assignment, qr
from ui import assignments, joining, state, teaching
from ui.stop import Stop

KEY = "lab__hand_out"
PRIVATE = (
    "It holds for this page alone; another page has a link of its own. It holds for each browser that has "
    "opened it. Another browser or a private window comes as a new student, without it: the page Class then "
    "shows one more than you have."
)


def show(stop: Stop) -> None:
    """In the sidebar, once the page has been run: for the teacher alone, where there is a form or a card."""
    page = assignments.page_of(stop)
    drawn: dict[str, str] = st.session_state.get(f"{page}__hand_out_knobs", {})
    cards: dict[str, str] = st.session_state.get(f"{page}__cards_known", {})
    if not (drawn or cards) or not state.teaches():
        return
    with (
        st.sidebar,
        st.popover("Hand out this set-up", icon=":material/qr_code:", type="tertiary", key=f"{KEY}_{page}"),
    ):
        knobs, code = st.columns([3, 2], gap="medium")  # the code in sight, however long the address is
        with knobs:
            hidden = _several("Hide these knobs", drawn, f"{KEY}_{page}_hide")
            chosen = _several("Only these cards", cards, f"{KEY}_{page}_cards")
            answers = st.toggle("Cards may say their answers", True, key=f"{KEY}_{page}_answers")
        address = link(stop, hidden, chosen or None, answers=answers)
        if qr.installed():
            code.image(qr.qr_svg(address), width=240)
        st.code(address, language=None, wrap_lines=True)
        st.caption(PRIVATE)


def _several(label: str, titles: dict[str, str], key: str) -> list[str]:
    if not titles:
        return []
    picked = st.multiselect(label, list(titles), format_func=lambda name: titles.get(name, name), key=key)
    return [name for name in picked if name in titles]


def link(stop: Stop, hidden: list[str], cards: list[str] | None, *, answers: bool) -> str:
    """The page's address with its set-up and what is assigned, signed by this server."""
    page = assignments.page_of(stop)
    query = {name: value for name, value in st.query_params.items() if name.startswith(f"{page}__")}
    query |= {f"{page}__{name}": _said(st.session_state.get(f"{page}__{name}")) for name in hidden}
    query |= assignment.written(hidden, cards, answers=answers)
    query[assignment.SIGNED] = assignment.signature(query, page, teaching.key())
    return f"{joining.address() or own_address()}/{stop.address}?{urlencode(query, safe=',')}"


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def own_address() -> str:
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}"
