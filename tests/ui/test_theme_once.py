"""A rerun begins with the same theme as ever, which was read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from ui import theme_once

SECTIONS = ["theme", *(f"theme.{one.value}" for one in config.CustomThemeCategories)]


@pytest.fixture(autouse=True)
def unread() -> Iterator[None]:
    theme_once._read.cache_clear()
    yield
    theme_once._read.cache_clear()


def whole(put_in: Callable[[CustomThemeConfig, str], None]) -> list[CustomThemeConfig]:
    found = [CustomThemeConfig() for _ in SECTIONS]
    for message, section in zip(found, SECTIONS, strict=True):
        put_in(message, section)
    return found


def test_it_is_the_theme_that_streamlit_reads() -> None:
    read = whole(theme_once._populate)
    assert read[0].body_font == "sans-serif", "the lab's own theme"
    assert whole(theme_once._put_in) == read
    assert whole(theme_once._put_in) == read, "also when nothing is read any more"


def test_it_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(theme_once, "_populate", lambda message, section: read.append(section))
    whole(theme_once._put_in)
    whole(theme_once._put_in)
    assert read == SECTIONS


def test_streamlit_asks_for_it_by_the_name_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_session, "_populate_theme_msg", theme_once._populate)
    theme_once.remember()
    assert app_session._populate_theme_msg is theme_once._put_in
    asked = app_session.AppSession._create_new_session_message.__code__.co_names
    assert "_populate_theme_msg" in asked
