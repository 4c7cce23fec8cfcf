"""What a run of the whole page drew of a fragment reaches the browser, though it is redrawn at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

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
