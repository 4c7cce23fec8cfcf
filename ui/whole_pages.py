"""No part of a page is lost on its way to the browser, however busy the server is.

When a fragment begins to be redrawn, Streamlit throws away what was drawn of that fragment and has not been
sent yet, also where a run of the whole page drew it; the word that the whole page is complete it still sends.
The browser then takes the part for one that is gone and moves all that comes below it up by one place. What
the fragment draws next lands in its neighbours, and where one of them is no container the page stays white.

And when a fragment is asked for just as a run has ended, whose messages wait for the server's loop, Streamlit
begins another run and takes those messages for somebody else's. A whole page is lost: a run that ended then
looked as if its buttons still waited for it. Such a question waits until they are sent.
"""

from __future__ import annotations

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

LOOK_AGAIN_SECONDS = 0.01
LOOKS = 1_000  # at a run that has ended and does not say so: then Streamlit does as it would

_clear = ForwardMsgQueue.clear
_request_rerun = AppSession.request_rerun


def strict() -> None:
    """From now on a fragment leaves what waits to be sent as it is, and begins after it."""
    setattr(ForwardMsgQueue, "clear", _keep_for_fragments)  # noqa: B010
    setattr(AppSession, "request_rerun", _after_what_has_ended)  # noqa: B010


def _keep_for_fragments(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    if retain_lifecycle_msgs and fragment_ids_this_run is not None:
        queue._delta_index_map = {}  # nothing that comes is put together with what was there before
        return
    _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)


def _after_what_has_ended(session: AppSession, client_state: ClientState | None) -> None:
    waiting = _waiting(session)
    if client_state is not None and client_state.fragment_id and (waiting or _has_ended(session)):
        waiting.append(client_state)
        if len(waiting) == 1:
            session._event_loop.call_later(LOOK_AGAIN_SECONDS, _look_again, session, LOOKS)
        return
    _release(session)  # what is asked of the whole page overtakes nobody, and draws all that was lost
    _request_rerun(session, client_state)


def _look_again(session: AppSession, looks: int) -> None:
    if _waiting(session) and looks and _has_ended(session):
        session._event_loop.call_later(LOOK_AGAIN_SECONDS, _look_again, session, looks - 1)
    else:
        _release(session)


def _release(session: AppSession) -> None:
    asked = _waiting(session).copy()
    _waiting(session).clear()
    for client_state in asked:
        _request_rerun(session, client_state)


def _waiting(session: AppSession) -> list[ClientState]:
    """The session's questions about fragments that wait, in the order they came."""
    found: list[ClientState] = vars(session).setdefault("_lab_waiting", [])
    return found


def _has_ended(session: AppSession) -> bool:
    """Has its run ended, though the server's loop has not heard all of it?"""
    runner = session._scriptrunner
    return runner is not None and runner._requests._state is ScriptRequestType.STOP
