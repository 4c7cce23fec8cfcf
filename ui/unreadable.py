"""Values of widgets that a client sent and their widgets cannot read: dropped, so that the visit goes on."""

from __future__ import annotations

import logging
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

SENTENCE = "A value that this page was sent cannot be read. It is left out: go on."

log = logging.getLogger(__name__)


def drop_unreadable() -> bool:
    """Forget what came with this rerun and cannot be read; was there anything?

    Streamlit would keep it and stumble over it at every rerun. A browser sends no such thing: no number is
    NaN, no selection of a chart is anything but JSON.
    """
    context = get_script_run_ctx()
    values: Any = None
    if context is not None:
        values = getattr(getattr(context.session_state, "_state", None), "_new_widget_state", None)
    if values is None:
        return False
    dropped = False
    for widget in list(values):
        try:
            values[widget]
        except KeyError:  # of a widget that this page does not have
            continue
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            log.warning("a page was sent a value that cannot be read: %s", error)
            del values[widget]
            dropped = True
    return dropped
