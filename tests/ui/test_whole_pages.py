"""What a run of the whole page drew of a fragment reaches the browser, though it is redrawn at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

from ui import whole_pages

Clear = Callable[..., None]


@pytest.fixture
def as_streamlit_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForwardMsgQueue, "clear", whole_pages._clear)


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForwardMsgQueue, "clear", whole_pages._keep_for_fragments)


def container(place: int, fragment: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend([0, place])
    message.delta.add_block.allow_empty = True
    message.delta.fragment_id = fragment
    return message


def finished() -> ForwardMsg:
    message = ForwardMsg()
    message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    return message


def sent() -> list[str]:
    """A whole page of three containers, the second a fragment's, which is redrawn before any is sent."""
    queue = ForwardMsgQueue()
    for message in (container(0), container(1, "live"), container(2), finished()):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["live"])
    queue.enqueue(container(1, "live"))
    return [f"place {m.metadata.delta_path[1]}" if m.HasField("delta") else "complete" for m in queue.flush()]


@pytest.mark.usefixtures("whole")
def test_the_page_is_whole_when_it_is_said_to_be_complete() -> None:
    assert sent() == ["place 0", "place 1", "place 2", "complete", "place 1"]


@pytest.mark.usefixtures("as_streamlit_has_it")
def test_streamlit_alone_loses_a_part() -> None:
    """Once this fails, ui/whole_pages.py has done its duty and can go."""
    assert sent() == ["place 0", "place 2", "complete", "place 1"]


@pytest.mark.usefixtures("whole")
def test_a_run_of_the_whole_page_still_replaces_what_waits() -> None:
    queue = ForwardMsgQueue()
    queue.enqueue(container(0))
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.is_empty()
    queue.enqueue(container(0))
    assert len(queue.flush()) == 1
    assert queue.is_empty()


def ended_session(loop: asyncio.AbstractEventLoop) -> Any:
    """Its run has ended, and the loop has not heard of it yet."""
    requests = ScriptRequests()
    requests.on_scriptrunner_ready()
    session = SimpleNamespace(
        _state=AppSessionState.APP_IS_RUNNING,
        _scriptrunner=SimpleNamespace(
            _requests=requests, request_rerun=requests.request_rerun, request_stop=requests.request_stop
        ),
        _event_loop=loop,
        _client_state=ClientState(),
        has_fragment=lambda fragment: True,
        begun=[],
    )

    def begin(data: Any) -> None:
        session.begun.append((data.fragment_id, session._scriptrunner is None))

    session._create_scriptrunner = begin
    return session


def asked_for(ask: Callable[..., None], fragment: str) -> list[tuple[str | None, bool]]:
    """The runs that begin, and whether what has ended was heard to the end before."""

    async def story() -> list[tuple[str | None, bool]]:
        session = ended_session(asyncio.get_running_loop())
        ask(session, ClientState(fragment_id=fragment))
        session._scriptrunner = None  # its last message was handled
        while not session.begun:
            await asyncio.sleep(0)
        return list(session.begun)

    return asyncio.run(story())


def test_a_fragment_begins_after_the_messages_of_what_has_ended() -> None:
    assert asked_for(whole_pages._after_what_has_ended, "live") == [("live", True)]


def test_streamlit_alone_takes_them_for_somebody_elses() -> None:
    """Once this fails, that half of ui/whole_pages.py can go."""
    assert asked_for(whole_pages._request_rerun, "live") == [("live", False)]


def test_a_click_of_the_whole_page_waits_for_nothing() -> None:
    assert asked_for(whole_pages._after_what_has_ended, "") == [(None, True)]  # at once, in its place


def test_a_run_that_never_says_that_it_ended_is_not_waited_for_for_ever() -> None:
    async def story() -> Any:
        session = ended_session(asyncio.get_running_loop())
        whole_pages._waiting(session).append(ClientState(fragment_id="live"))
        whole_pages._look_again(session, looks=2)
        while not session.begun:
            await asyncio.sleep(0)
        return session.begun

    assert asyncio.run(story()) == [("live", False)]


def test_nobody_is_overtaken() -> None:
    async def story() -> Any:
        session = ended_session(asyncio.get_running_loop())
        for fragment in ("live", "other", ""):  # the last asks for the whole page
            whole_pages._after_what_has_ended(session, ClientState(fragment_id=fragment))
        return [fragment for fragment, _ in session.begun]

    assert asyncio.run(story()) == ["live", "other", None]


def test_two_that_wait_begin_in_their_order() -> None:
    async def story() -> Any:
        session = ended_session(asyncio.get_running_loop())
        for fragment in ("live", "other"):
            whole_pages._after_what_has_ended(session, ClientState(fragment_id=fragment))
        assert not session.begun
        session._scriptrunner = None
        while len(session.begun) < 2:
            await asyncio.sleep(0)
        return [fragment for fragment, _ in session.begun]

    assert asyncio.run(story()) == ["live", "other"]
