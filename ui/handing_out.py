"""The teacher makes a link of the page as it stands: what is hidden, which cards, whether answers open."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import streamlit as st

from dlcore.classroom import assignment, qr
from dlcore.classroom.room import Sent
from ui import assignments, joining, messages, services, state, teaching
from ui.stop import Stop
from ui.views.class_joining import UNREACHABLE

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
    with st.sidebar:
        st.fragment(_link)(stop, drawn, cards)


def _link(stop: Stop, drawn: dict[str, str], cards: dict[str, str]) -> None:
    """Made as the page stands when this is opened: a board's set-up changes without the rest of its page."""
    page = assignments.page_of(stop)
    with st.popover(
        "Hand out this set-up",
        icon=":material/qr_code:",
        type="tertiary",
        key=f"{KEY}_{page}",
        on_change="rerun",
    ):
        messages.show_refusal(KEY)
        knobs, code = st.columns([3, 2], gap="medium")  # the code in sight, however long the address is
        with knobs:
            hidden = _several("Fix these knobs: shown, not turned", drawn, f"{KEY}_{page}_hide")
            chosen = _several("Only these cards", cards, f"{KEY}_{page}_cards")
            answers = st.toggle("Cards may say their answers", True, key=f"{KEY}_{page}_answers")
        query = signed(stop, hidden, chosen or None, answers=answers)
        address = f"{joining.address() or own_address()}/{stop.address}?{urlencode(query, safe=',')}"
        if qr.installed():
            code.image(qr.qr_svg(address), width=240, alt=f"QR code of {address}")
        st.code(address, language=None, wrap_lines=True)
        if not joining.address():
            st.info(UNREACHABLE, icon=":material/wifi_off:")
        _to_the_room(page, Sent(stop.file, query))
        st.caption(PRIVATE)


def _to_the_room(page: str, here: Sent) -> None:
    """Who has joined already needs no code: every page of theirs links to it."""
    room = services.room()
    if not room.is_open:
        return
    send = messages.guarded(KEY, teaching.send)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Sent to the room" if room.sent == here else "Send it to the room",
            type="primary",
            icon=":material/campaign:",
            key=f"{KEY}_{page}_send",
            on_click=send,
            args=(here,),
            disabled=room.sent == here,
            help="Every student's page links to it within seconds.",
        )
        if room.sent is not None:
            st.button("Take it back", key=f"{KEY}_{page}_take_back", on_click=send, args=(None,))
    if room.sent == here and all(teaching.is_gone(one) for one in room.students()):
        st.caption("Nobody is in the room now: whoever comes sees it.")


def _several(label: str, titles: dict[str, str], key: str) -> list[str]:
    if not titles:
        return []
    picked = st.multiselect(label, list(titles), format_func=lambda name: titles.get(name, name), key=key)
    return [name for name in picked if name in titles]


def signed(stop: Stop, hidden: list[str], cards: list[str] | None, *, answers: bool) -> dict[str, str]:
    """The query of the page's address with its set-up and what is assigned, signed by this server."""
    page = assignments.page_of(stop)
    query = {name: value for name, value in st.query_params.items() if name.startswith(f"{page}__")}
    query |= {f"{page}__{name}": _said(st.session_state.get(f"{page}__{name}")) for name in hidden}
    query |= assignment.written(hidden, cards, answers=answers)
    query[assignment.SIGNED] = assignment.signature(query, page, teaching.key())
    return query


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def own_address() -> str:
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}"
