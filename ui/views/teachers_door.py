"""What stands on a page of the teacher's for everybody else: one field for the code."""

from __future__ import annotations

import streamlit as st

from ui import form, messages, teaching


def ask_code(page: str) -> None:
    code = form.key(page, "code")

    def take() -> None:
        teaching.take(str(st.session_state.pop(code, "")))

    st.write("For whoever holds the class.")
    messages.show_refusal(page)
    with st.form(form.key(page, "enter"), border=False):
        st.text_input("Teacher's code", type="password", max_chars=12, key=code, width=280)
        st.form_submit_button("Open the class", type="primary", on_click=messages.guarded(page, take))
