"""A classifier taken away: its four lines beside what came out, a zip, and a page where it works at once."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dlcore.classifier.app import App, written
from ui import form, messages, path, services, state, work
from ui.lenses import classifier as lens

APP_PAGE = "picture_app.py"
APP_PARAM = "picture_app__app"


def show(page: str, app: App) -> None:
    """What was meant, what came out, and the two ways to use it."""
    left, right = st.columns(2, gap="large")
    with left:
        for name, text in app.plan.as_plain().items():
            st.markdown(f"**{name.capitalize()}.** {messages.plain(text) or ':gray[Not written yet.]'}")
        st.markdown(f"**What came out.** {messages.plain(app.score)}")
    with right:
        st.button(
            "Use it here",
            icon=":material/play_circle:",
            key=form.key(page, "use_it"),
            on_click=messages.guarded(page, partial(_publish, page, app)),
            help="It becomes a page of its own: whoever has the link can use it, and change nothing.",
        )
        if published := st.session_state.get(form.key(page, "published")):
            st.page_link(
                path.PAGES / APP_PAGE,
                label="Open it; its address is the link to share",
                icon=":material/open_in_new:",
                query_params={APP_PARAM: published},
            )
        _zip(page, app)


def _publish(page: str, app: App) -> None:
    st.session_state[form.key(page, "published")] = services.store().publish(state.owner(), written(app))


def _zip(page: str, app: App) -> None:
    wants, key = form.key(page, "wants_zip"), partial(form.key, page)
    more = st.toggle("With TorchScript and ONNX", False, key=key("more"), help="Three times as large.")
    if st.session_state.get(wants) != (written(app), more):
        st.button(
            "Make the zip",
            icon=":material/folder_zip:",
            key=key("make_zip"),
            on_click=lambda: st.session_state.update({wants: (written(app), more)}),
        )
        return
    asked = lens.zipped(app, more)
    work.wait(page, asked, work.stage, again="again_zip")
    if asked.result is not None:
        digest, size = asked.result.digest, asked.result.size
        st.download_button(
            f"Download the app ({size / 1e6:.0f} MB)",
            lambda: lens.kept().read(digest),
            file_name="picture-app.zip",
            mime="application/zip",
            icon=":material/download:",
            key=key("download"),
            on_click="ignore",
        )
        st.caption(
            "Network, `predict.py`, a Streamlit `app.py`, requirements, and a card that says what is "
            "known of it."
        )
