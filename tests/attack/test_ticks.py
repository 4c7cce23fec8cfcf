"""What pages redraw by themselves takes turns; whoever draws or clicks does not wait behind it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from ui import limits
from ui.turnstile import Turnstile

CLICK = ""


@pytest.fixture(autouse=True)
def _pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TICKS_PER_SECOND", 50.0)


def asked(fragment: str, number: int) -> Message:
    """What a browser sends: its timer for that fragment, or somebody's click, with all the page's values."""
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    message.rerun_script.is_auto_rerun = fragment != CLICK
    message.rerun_script.widget_states.widgets.add(id="slider", int_value=number)
    return {"type": "websocket.receive", "bytes": message.SerializeToString()}


class Page:
    """Sends all at once, then hangs up when `handled` has what the test waits for."""

    def __init__(self, sent: list[str], count: int) -> None:
        self.sent, self.count = [asked(one, place) for place, one in enumerate(sent, 1)], count
        self.handled: list[str] = []
        self.numbers: list[int] = []  # which of those sent
        self.scope: Scope = {"type": "websocket", "client": ("10.0.0.1", 1), "headers": []}
        self.enough = asyncio.Event()

    async def receive(self) -> Message:
        if self.sent:
            return self.sent.pop(0)
        await self.enough.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(self, message: Message) -> None:
        raise AssertionError(f"nothing is sent here: {message}")

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            asked_for = BackMsg.FromString(message["bytes"]).rerun_script
            self.handled.append(asked_for.fragment_id)
            self.numbers.append(asked_for.widget_states.widgets[0].int_value)
            if len(self.handled) == self.count:
                self.enough.set()


def visit(*pages: tuple[list[str], int]) -> list[Page]:
    async def all_at_once() -> list[Page]:
        here = [Page(sent, count) for sent, count in pages]
        apps = {id(page.scope): page.app for page in here}

        async def app(scope: Scope, receive: Receive, send: Send) -> Any:
            await apps[id(scope)](scope, receive, send)

        turnstile = Turnstile(app, pages=10, clock=lambda: 0.0)  # however slow this machine is
        await asyncio.gather(*(turnstile(page.scope, page.receive, page.send) for page in here))
        return here

    return asyncio.run(all_at_once())


def test_a_click_overtakes_what_waits_and_its_older_values_do_not_come_back() -> None:
    (page,) = visit((["a", "b", "c", CLICK], 2))
    assert page.handled == ["a", CLICK]


def test_what_is_asked_for_again_while_it_waits_comes_once() -> None:
    (page,) = visit((["a", "b", "b", "b", CLICK, "b"], 3))
    assert page.handled == ["a", CLICK, "b"]


def test_turns_follow_each_other_whoever_asks_and_nobody_waits_for_ever() -> None:
    turnstile = Turnstile(None, pages=10, clock=lambda: 0.0)  # type: ignore[arg-type]
    turns = [turnstile.tick_turn() for _ in range(4)]
    assert turns == pytest.approx([0.0, 0.02, 0.04, 0.06])
    assert max(turnstile.tick_turn() for _ in range(10_000)) == limits.TICK_WAITS_SECONDS


def test_of_what_waits_the_newest_values_come() -> None:
    (page,) = visit((["a", "b", "b"], 2))
    assert page.numbers == [1, 3], "the second b has taken the first one's place"


def test_a_page_cannot_hold_any_number_of_parts() -> None:
    parts = [f"part {number}" for number in range(limits.TICKS_HELD + 5)]
    (page,) = visit((parts, 1 + limits.TICKS_HELD))
    assert page.handled == parts[: 1 + limits.TICKS_HELD]


def test_who_leaves_leaves_nothing_waiting() -> None:
    (page,) = visit((["a", "b"], 1))
    assert page.handled == ["a"]


def test_what_is_no_message_is_left_to_streamlit() -> None:
    async def nonsense() -> Message:
        return {"type": "websocket.receive", "bytes": b"\xff\xff"}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["bytes"] == b"\xff\xff"

    page_scope: Scope = {"type": "websocket", "client": ("10.0.0.1", 1), "headers": []}
    asyncio.run(Turnstile(app, pages=10)(page_scope, nonsense, nonsense))  # type: ignore[arg-type]
