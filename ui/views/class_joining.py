"""How students get in, for the projector: the address as large as the screen lets it be, and its QR code."""

from __future__ import annotations

from html import escape

import streamlit as st

from dlcore.classroom import qr
from dlcore.words import count_of
from ui import joining, messages, state, teaching
from ui.joining import Door

UNREACHABLE = (
    "Only this computer can open the lab now. Start it with `make class`, or with `python -m dlcore class`: "
    "then a room can."
)
# Large on a projector, whole on a phone.
LARGE = (
    "font: 600 clamp(1rem, 3vw, 4.5rem) / 1.2 monospace; margin: 0; white-space: nowrap; overflow-x: auto; "
    "font-variant-ligatures: none"
)


def small() -> None:
    """Beside the class: the address and its code."""
    address = joining.address()
    if not address:
        st.info(UNREACHABLE, icon=":material/wifi_off:")
        return
    if qr.installed():
        st.image(qr.qr_svg(address), width=200, alt=f"QR code of {address}")
    st.html(f"<b>{escape(address)}</b>")  # to be copied: without the signs that keep Markdown from it
    st.caption("Scan it or type it, on this network. A name is asked for nowhere, and may be chosen.")


def follow() -> None:
    """The same for the whole screen, with who has got through as it stands now."""
    if not state.teaches():
        st.rerun()
    teaching.hold()
    messages.show_refusal(teaching.PAGE)
    doors = joining.doors()
    if not doors:
        st.info(UNREACHABLE, icon=":material/wifi_off:")
        return
    first, *others = doors
    if now := joining.moved():
        st.warning(
            f"This computer's address has changed since the start: it is {now} now. Start the lab again.",
            icon=":material/wifi_off:",
        )
    st.html(f'<p style="{LARGE}">{escape(first.address)}</p>')
    left, right = st.columns((2, 3), gap="large")
    with left:
        if qr.installed():
            st.image(qr.qr_svg(first.address), width=420, alt=f"QR code of {first.address}")
    with right:
        st.markdown("Scan it, or type it into any browser on this network.")
        tell_reached(first, others)


def tell_reached(first: Door, others: list[Door]) -> None:
    """What real requests have shown; what to try where none has come."""
    network = f", {messages.plain(first.belongs)}," if first.belongs and first.likely else ""
    if first.devices:
        st.markdown(f":material/check_circle: {count_of(first.devices, 'other device')} reached it so far.")
    else:
        if not first.likely:
            st.warning(
                f"Phones can hardly get in here: this is {messages.plain(first.belongs)}.",
                icon=":material/wifi_off:",
            )
        st.markdown("No other device has reached this address yet. If phones cannot:")
        tries = [
            f"Are they in the same network as this computer{network} and not on mobile data?",
            "This computer's firewall may keep them out: allow Python in private networks.",
            "A guest Wi-Fi often keeps devices apart. Take another network, or a hotspot of this computer; "
            "then start the lab again.",
            *(["Try another of its addresses, below."] if others else []),
        ]
        st.markdown("\n".join(f"1. {each}" for each in tries))
    if others:
        st.caption("Other addresses of this computer:")
        st.markdown("\n".join(f"- {_other(door)}" for door in others))


def _other(door: Door) -> str:
    seen = f", {count_of(door.devices, 'other device')} so far" if door.devices else ""
    return f"{messages.plain(door.address)} · {messages.plain(door.belongs)}{seen}"
