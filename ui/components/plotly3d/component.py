"""The component itself: a figure goes in, the point somebody clicked comes out.

`st.plotly_chart` builds a figure anew at every change and forgets how the visitor has turned it. This one
keeps it, plays paths step by step in the browser, and says which point was clicked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeGuard

import plotly.graph_objects as go
import streamlit as st

from ui import present
from ui.components.parts import part
from ui.components.plotly3d.assets import URLS
from ui.components.plotly3d.payload import payload
from ui.remember import remembered

ADDRESSES = f"const LIVE = {json.dumps(URLS['live'])}, PLOTLY = {json.dumps(URLS['plotly'])};\n"

_live = st.components.v2.component(
    "plotly3d",
    html='<div class="plotly3d"></div>',
    js=ADDRESSES + part("plotly3d/inline.js"),  # all that travels with every redraw; browsers keep the rest
    isolate_styles=False,
)


Sent = dict[str, Any]  # a figure as it travels


@dataclass(frozen=True)
class Play:
    """Paths shown step by step, at most 5 pictures a second: play, pause, a slider, one step on.

    Point k of a trace is step k. Figures of one `group` move together; those without `controls` follow.
    With `report`, the step comes to Python when somebody stops at it: see `step_shown`.
    """

    traces: tuple[int, ...]  # x, y, z are cut after step k
    steps: int  # the last one; the first is 0
    label: str = "Step"
    names: tuple[str, ...] = ()  # of each step, instead of the label and its number
    heads: tuple[int, ...] = ()  # traces of which only the point of step k is shown
    group: str = ""
    controls: bool = True
    report: bool = False


@dataclass(frozen=True)
class Click:
    """`point` is (row, column) on a surface or contour. On a contour, x and y are where exactly it was."""

    trace: int
    point: int | tuple[int, int]
    x: float
    y: float
    z: float | None


def sent_once(key: str, of: tuple[object, ...], make: Callable[[], go.Figure]) -> Sent:
    """The figure that `make` gives, as it travels; made once for these very objects, see `remembered`."""
    large = present.on()
    return remembered(key, (*of, large), lambda: payload(make(), large=large))


def plotly3d(
    figure: go.Figure | Sent,
    key: str,
    *,
    height: int,
    alt: str,
    filename: str,
    phone: int = 0,
    link_cameras: bool = False,
    play: Play | None = None,
    on_click: Callable[[], None] | None = None,
    words: str = "",
) -> Click | None:
    """Draw a figure, or redraw it where it is. Never put a camera into a later figure.

    Args:
        figure: one that is drawn again and again comes as `sent_once` has made it.
        height: pixels; on narrow screens less, so that it is never much higher than wide.
        alt: the finding in words.
        filename: of the PNG that its button saves, without ending.
        phone: pixels on narrow screens, where several stand below each other; 0: as `height` says.
        link_cameras: turning one scene turns the others.
        words: shown instead of a figure that has nothing to show yet: over the one before it, grown pale.
        on_click: called once for every click; it reads `clicked(key)`.

    Returns the clicked point, in the one run of the script that the click started.
    """
    data = {
        "figure": payload(figure, large=present.on()) if isinstance(figure, go.Figure) else figure,
        "height": height,
        "alt": alt,
        "filename": filename,
        "phone": phone,
        "link": link_cameras,
        "play": asdict(play) if play is not None else None,
        "clickable": on_click is not None,
        "words": words,
    }
    with st.container(key=key):
        _live(
            key=_inner(key),
            data=data,
            on_click_change=on_click or (lambda: None),
            on_step_change=lambda: None,
        )
    return clicked(key)


def clicked(key: str) -> Click | None:
    """The point clicked on the figure of this key just now."""
    return _click(_said(key, "click"))


def step_shown(key: str, play: Play) -> int | None:
    """The step at which somebody has stopped the figure of this key."""
    step = _said(key, "step")
    return min(step, play.steps) if type(step) is int and step >= 0 else None


def _inner(key: str) -> str:
    return key.replace("__", "-")  # Streamlit keeps the double underscore to itself


def _said(key: str, name: str) -> Any:
    """What the browser said: a client may send anything."""
    state = st.session_state.get(_inner(key))
    return state.get(name) if isinstance(state, dict) else None


def _click(said: Any) -> Click | None:
    if not isinstance(said, dict):
        return None
    trace, point, x, y, z = (said.get(name) for name in ("trace", "point", "x", "y", "z"))
    if isinstance(point, list) and len(point) == 2 and all(type(index) is int for index in point):
        place: int | tuple[int, int] = (point[0], point[1])
    elif type(point) is int:
        place = point
    else:
        return None
    if type(trace) is not int or not _finite(x) or not _finite(y):
        return None
    return Click(trace, place, x, y, z if _finite(z) else None)


def _finite(value: Any) -> TypeGuard[float]:
    return type(value) in (int, float) and math.isfinite(value)
