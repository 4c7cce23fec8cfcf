"""The theme is read once.

Streamlit begins what it sends of every rerun with the theme of the app, and puts it together anew each time,
from all of its options: a tenth of what answering a click on Start takes.
"""

from __future__ import annotations

from functools import cache

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

_populate = app_session._populate_theme_msg


def remember() -> None:
    """From now on the theme stays as it is."""
    setattr(app_session, "_populate_theme_msg", _put_in)  # noqa: B010


def _put_in(message: CustomThemeConfig, section: str = "theme") -> None:
    message.MergeFrom(_read(section))


@cache
def _read(section: str) -> CustomThemeConfig:
    message = CustomThemeConfig()
    _populate(message, section)
    return message
