"""A classifier taken away: its four lines beside what came out, a zip, and a page where it works at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

import streamlit as st

from dlcore.classifier.app import App, written
from dlcore.serving.picture_app import app_zip
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
        _published(page)
        _zip(page, app)


def _publish(page: str, app: App) -> None:
    services.store().publish(state.owner(), written(app))


def _published(page: str) -> None:
    """The apps of this visitor that are at work, the newest first; each can be taken down.

    The oldest is number 1: a new one gives none of them another number.
    """
    apps = services.store().apps_of(state.owner())
    for number, app_id in zip(range(len(apps), 0, -1), apps, strict=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                path.PAGES / APP_PAGE,
                label=f"App {number}: its address is the link to share",
                icon=":material/open_in_new:",
                query_params={APP_PARAM: app_id},
            )
            down = messages.guarded(page, partial(services.store().take_down, state.owner(), app_id))
            # Of this very app: one press too many would take down the next one.
            with st.popover("Take it down", key=form.key(page, f"down_box_{app_id}")):
                st.write("Whoever has its link finds it no more.")
                st.button(
                    "Take it down for good",
                    key=form.key(page, f"down_{app_id}"),
                    on_click=down,
                    type="primary",
                )


def _zip(page: str, app: App) -> None:
    """The small zip is written as it is asked for; torch's exporters take a process and ten seconds."""
    key = partial(form.key, page)
    if not st.toggle("With TorchScript and ONNX", False, key=key("more"), help="Three times as large."):
        _download(page, lambda: app_zip(app), "Download the app (14 MB)")
        return
    asked_for = hashlib.sha256(written(app).encode()).hexdigest()
    if st.session_state.get(key("wants_zip")) != asked_for:
        want = partial(st.session_state.__setitem__, key("wants_zip"), asked_for)
        st.button("Make the zip", icon=":material/folder_zip:", key=key("make_zip"), on_click=want)
        return
    asked = lens.zipped(app)
    work.wait(page, asked, work.stage, again="again_zip")
    if asked.result is not None:
        digest, size = asked.result.digest, asked.result.size
        _download(page, lambda: lens.kept().read(digest), f"Download the app ({size / 1e6:.0f} MB)")


def _download(page: str, content: Callable[[], bytes], label: str) -> None:
    st.download_button(
        label,
        content,
        file_name="picture-app.zip",
        mime="application/zip",
        icon=":material/download:",
        key=form.key(page, "download"),
        on_click="ignore",
    )
    st.caption(
        "Network, `predict.py`, a Streamlit `app.py`, requirements, and a card that says what is known."
    )
