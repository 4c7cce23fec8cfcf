"""Values of widgets that no browser sends and no widget can read: left out, so that the visit goes on."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.session_state import Serialized, SessionState, WStates

SENTENCE = "A value that this page was sent cannot be read. It is left out: go on."
REMEMBERED = 1_000  # visits in which one is still to be spoken of

# A number input says a whole number in one field, any other in another; each other widget has one field.
SAME = {"int_value": "double_value"}

log = logging.getLogger(__name__)
_to_be_said: OrderedDict[str, None] = OrderedDict()  # ids of visits, in their order
_read, _take = WStates.__getitem__, SessionState.set_widgets_from_proto


@dataclass(frozen=True, slots=True)
class _Unreadable(Serialized):
    """A value that was tried once, and spoken of."""


def strict() -> None:
    """From now on Streamlit reads the value of a widget only in that widget's own field, and an unreadable
    one is as one that was not sent: the widget stays as it was.

    Left alone, Streamlit hands whatever came to the widget and believes its field from then on. It then
    stumbles over it at every rerun, before the page, in a callback or in the page's own arithmetic.
    """
    setattr(WStates, "__getitem__", _readable)  # noqa: B010
    setattr(SessionState, "set_widgets_from_proto", _take_readable)  # noqa: B010


def tell() -> None:
    """Say it to the visit to which it happened, once."""
    context = get_script_run_ctx()
    if context is not None and context.session_id in _to_be_said:
        _to_be_said.pop(context.session_id, None)
        st.toast(SENTENCE, icon=":material/error:")


def _take_readable(state: SessionState, sent: WidgetStates) -> None:
    """What cannot be read is gone before anybody asks whether it is new, and calls back."""
    _take(state, sent)
    values = state._new_widget_state
    for widget in list(values):
        values.get(widget)
        if isinstance(values.states[widget], _Unreadable):
            del values[widget]


def _readable(states: WStates, widget: str) -> Any:
    sent, metadata = states.states.get(widget), states.widget_metadata.get(widget)
    if not isinstance(sent, Serialized):
        return _read(states, widget)
    if metadata is None or isinstance(sent, _Unreadable):
        raise KeyError(widget)
    field, own = sent.value.WhichOneof("value"), metadata.value_type
    why = f"{field} for {own}"
    if field is None or SAME.get(field, field) == SAME.get(own, own):
        try:
            return _read(states, widget)
        except Exception as error:  # noqa: BLE001 - what a value brings out in a widget is in no list
            why = repr(error)
    states[widget] = _Unreadable(sent.value)
    _note(why)
    raise KeyError(widget)


def _note(why: str) -> None:
    log.warning("a page was sent a value that cannot be read: %.300s", why)
    context = get_script_run_ctx()
    if context is not None:
        _to_be_said[context.session_id] = None
        if len(_to_be_said) > REMEMBERED:  # the first of them has left, or looks at no whole page
            _to_be_said.popitem(last=False)
