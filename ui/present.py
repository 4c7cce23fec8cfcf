"""The projector view: no navigation, large letters, thick lines, on every page until Esc is pressed."""

from __future__ import annotations

import streamlit as st

PARAM = "present"
ON = "lab__present"
PHONE = "A phone is too small for the projector view: open this link on the machine at the projector."

# Letters of 20 pixels; whatever is measured in rem grows with them.
STYLE = """<style>
html { font-size: 20px !important; }
[data-testid="stSidebar"], [data-testid="stHeader"] { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 0.5rem; }
</style>"""


def on() -> bool:
    return bool(st.session_state.get(ON))


def begin() -> None:
    """Read the link, and keep it in the address of every page. To be called before a page is run."""
    asked = st.query_params.get(PARAM) == "1"
    if asked and _on_a_phone():
        st.session_state[ON] = False
        st.caption(PHONE)
        return
    if asked:
        st.session_state[ON] = True
    if on():
        st.query_params[PARAM] = "1"
        st.html(STYLE)
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.button(
                "Leave the projector view",
                key=f"{ON}_leave",
                on_click=_leave,
                type="tertiary",
                shortcut="Escape",
            )
    else:
        st.sidebar.button(
            "Projector view",
            icon=":material/present_to_all:",
            key=f"{ON}_begin",
            on_click=_begin,
            type="tertiary",
            help="Large letters and thick lines, without this bar. Esc leads back.",
        )


def _begin() -> None:
    st.session_state[ON] = True


def _leave() -> None:
    st.session_state[ON] = False
    st.query_params.pop(PARAM, None)


def _on_a_phone() -> bool:
    return "Mobi" in st.context.headers.get("User-Agent", "")
