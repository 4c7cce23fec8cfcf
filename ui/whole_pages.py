"""No part of a page is lost on its way to the browser, however busy the server is.

When a fragment begins to be redrawn, Streamlit throws away what was drawn of that fragment and has not been
sent yet, also where a run of the whole page drew it; the word that the whole page is complete it still sends.
The browser then takes the part for one that is gone and moves all that comes below it up by one place. What
the fragment draws next lands in its neighbours, and where one of them is no container the page stays white.
"""

from __future__ import annotations

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def strict() -> None:
    """From now on a fragment's beginning leaves what waits to be sent as it is: it comes in order."""
    setattr(ForwardMsgQueue, "clear", _keep_for_fragments)  # noqa: B010


def _keep_for_fragments(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    if retain_lifecycle_msgs and fragment_ids_this_run is not None:
        queue._delta_index_map = {}  # nothing that comes is put together with what was there before
        return
    _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
