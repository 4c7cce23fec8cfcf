"""The more pages redraw something by themselves, the less often each may; whoever clicks is always heard."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ui import limits, turnstile
from ui.identity import OWNER_COOKIE
from ui.slowest import Slowest
from ui.turnstile import Turnstile

CLICK = ""
UNREAD = bytes(1_000)  # a message that lies in the way of the next
APART = 0.5  # seconds between two ticks of a timer


def asked(fragment: str) -> Message:
    """What a browser sends: its timer for that fragment, or somebody's click."""
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    message.rerun_script.is_auto_rerun = fragment != CLICK
    return {"type": "websocket.receive", "bytes": message.SerializeToString()}


class Room:
    """Pages that send in turn on one clock; what the app gets of each is in `handled`.

    What it is asked it has done at once, but for the clicks of the page that is `slow`; what answers those of
    the `deaf` one its browser does not take.
    """

    def __init__(self, pages: int, slow: int | None = None, deaf: int | None = None) -> None:
        self.now, self.slow, self.deaf = 0.0, slow, deaf
        self.waited = 0.0  # when the app was last asked, whoever had waited longest
        self.turnstile = Turnstile(self.app, pages=1_000, clock=lambda: self.now)
        self.left = asyncio.Event()
        self.inboxes: list[asyncio.Queue[Message]] = [asyncio.Queue() for _ in range(pages)]
        self.handled: list[list[tuple[float, str]]] = [[] for _ in range(pages)]

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            fragment = BackMsg.FromString(message["bytes"]).rerun_script.fragment_id
            self.handled[scope["page"]].append((self.now, fragment))
            self.waited = max((self.now - since for since in self.turnstile.unanswered.values()), default=0.0)
            if scope["page"] == self.deaf and fragment == CLICK:
                await send({"type": "websocket.send", "bytes": UNREAD})
            if scope["page"] != self.slow:
                end = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)
                await send({"type": "websocket.send", "bytes": end.SerializeToString()})

    async def send(self, message: Message) -> None:
        assert message["type"] == "websocket.send", "nobody is shown the door here"
        if message["bytes"] == UNREAD:
            await self.left.wait()

    async def live(self, script: list[tuple[float, int, str]]) -> None:
        """`script`: when, which page, what it asks for."""
        scopes = [
            {
                "type": "websocket",
                "client": (f"10.0.0.{page + 1}", 1),
                "headers": [(b"cookie", f"{OWNER_COOKIE}={page:022}".encode())],
                "page": page,
            }
            for page in range(len(self.inboxes))
        ]
        for page in range(len(self.inboxes)):
            self.turnstile.admission.enter(f"{page:022}")  # more than a class, and all are inside
        visits = [
            asyncio.create_task(self.turnstile(scope, inbox.get, self.send))
            for scope, inbox in zip(scopes, self.inboxes, strict=True)
        ]
        for at, page, fragment in script:
            self.now = at
            await self.inboxes[page].put(asked(fragment))
            while not self.inboxes[page].empty():
                await asyncio.sleep(0)
            await asyncio.sleep(0)
        self.left.set()
        for inbox in self.inboxes:
            await inbox.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.gather(*visits)


def hold(pages: int, script: list[tuple[float, int, str]], **who: int) -> Room:
    room = Room(pages, **who)
    asyncio.run(room.live(script))
    return room


def timers(pages: int, rounds: int, fragment: str = "a") -> list[tuple[float, int, str]]:
    return [(APART * turn + 0.001 * page, page, fragment) for turn in range(rounds) for page in range(pages)]


def test_a_few_pages_redraw_as_often_as_they_like() -> None:
    room = hold(10, timers(10, 20))
    assert [len(heard) for heard in room.handled] == [20] * 10


def test_thirty_share_what_the_machine_can_bear_and_none_is_left_out() -> None:
    seconds = 20
    room = hold(30, timers(30, int(seconds / APART)))
    heard = [len(one) for one in room.handled]
    assert sum(heard) <= 1.3 * limits.TICKS_PER_SECOND * seconds
    assert min(heard) >= 0.6 * seconds * limits.TICKS_PER_SECOND / 30
    assert max(heard) - min(heard) <= 2


def test_a_click_is_heard_however_many_redraw() -> None:
    clicks = [(at + 0.25, 3, CLICK) for at in range(10)]
    room = hold(100, sorted([*timers(100, 20), *clicks]))
    assert sum(fragment == CLICK for _, fragment in room.handled[3]) == len(clicks)


def test_while_somebody_is_answered_others_redraw_less_often_but_redraw() -> None:
    room = hold(3, sorted([*timers(2, 40), (4.9, 2, CLICK)]), slow=2)
    for page in range(2):
        heard = [at for at, _ in room.handled[page]]
        assert sum(at < 4.9 for at in heard) == 10
        since = [at for at in heard if at > 4.9]
        assert len(since) == 7, "every two seconds of the fifteen that the answer takes"


def test_nobody_gives_way_to_who_reads_no_answer() -> None:
    room = hold(3, sorted([*timers(2, 40), (4.9, 2, CLICK)]), deaf=2)
    for page in range(2):
        heard = [at for at, _ in room.handled[page] if at > 4.9]
        gave_way = [at for at in heard if at <= 4.9 + limits.TAKEN_SECONDS]
        assert len(gave_way) <= 1, "until it is known that it does not read"
        assert len(heard) >= 28, "and then as often as before"


def test_what_a_click_waits_for_is_told_without_what_its_browser_lets_us_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = Slowest(clock=lambda: 0.0)
    monkeypatch.setattr(turnstile, "slowest", noted)
    hold(2, sorted([*timers(1, 40), (4.9, 1, CLICK)]), deaf=1)
    (told,) = noted.found()
    assert (told.what, told.count, told.longest) == ("a click, until all is answered", 1, pytest.approx(0.0))


def test_who_clicks_while_a_message_is_still_on_its_way_waits_since_the_click(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = Slowest(clock=lambda: 0.0)
    monkeypatch.setattr(turnstile, "slowest", noted)
    room = Room(1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        """As in Streamlit, what is sent does not wait for what is received."""
        taken, sending = room.left, asyncio.create_task(send({"type": "websocket.send", "bytes": UNREAD}))
        await asyncio.sleep(0)
        room.left = asyncio.Event()
        await receive()
        room.now += 2.0
        taken.set()
        await sending
        room.now += 3.0
        end = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)
        await send({"type": "websocket.send", "bytes": end.SerializeToString()})
        await receive()

    room.turnstile.app = app
    asyncio.run(room.live([(11.0, 0, CLICK)]))
    (told,) = noted.found()
    assert told.longest == pytest.approx(3.0), "two of five were its browser's"


def test_nobody_gives_way_to_oneself_or_to_who_has_gone() -> None:
    room = hold(1, sorted([*timers(1, 40), (4.9, 0, CLICK)]), slow=0)
    assert sum(fragment != CLICK for _, fragment in room.handled[0]) == 40
    assert not room.turnstile.unanswered


def test_who_clicks_again_and_again_waits_since_the_first_time() -> None:
    """Else a lab so slow that people lose patience would let in as many more."""
    room = hold(1, [(APART * turn, 0, CLICK) for turn in range(20)], slow=0)
    assert room.waited == APART * 19
    for_ever = hold(1, [(10.0 * turn, 0, CLICK) for turn in range(5)], slow=0)
    assert for_ever.waited == 10.0, "what has not come after half a minute never comes: it is asked anew"


def test_nothing_is_heard_later_than_it_was_sent() -> None:
    script = sorted([*timers(40, 10), (2.2, 0, CLICK)])
    room = hold(40, script)
    sent = {(at, fragment) for at, page, fragment in script if page == 0}
    assert set(room.handled[0]) <= sent, "an old redraw would bring old values back"


def test_who_asks_without_end_takes_nobodys_turn() -> None:
    flood = [(0.04 * number, 0, f"part {number}") for number in range(200)]
    room = hold(5, sorted([*flood, *[(at, page + 1, "a") for at, page, _ in timers(4, 16)]]))
    assert [len(heard) for heard in room.handled[1:]] == [16] * 4


@pytest.mark.parametrize("content", [b"\xff\xff", b""])
def test_what_is_no_message_is_left_to_streamlit(content: bytes) -> None:
    async def nonsense() -> Message:
        return {"type": "websocket.receive", "bytes": content}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["bytes"] == content

    page_scope: Scope = {"type": "websocket", "client": ("10.0.0.1", 1), "headers": []}
    asyncio.run(Turnstile(app, pages=10)(page_scope, nonsense, nonsense))  # type: ignore[arg-type]
