"""The way in: a page in haste waits and holds nobody else up, one that never pauses or reads is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.waiting import DEADLINE_SECONDS
from ui import limits
from ui import turnstile as module
from ui.admission import waiting_page
from ui.bucket import Bucket
from ui.identity import OWNER_COOKIE
from ui.turnstile import Turnstile


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()

    class Asyncio:
        sleep = staticmethod(clock.sleep)

        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

    monkeypatch.setattr(module, "asyncio", Asyncio())
    return clock


class Page:
    """A browser's end of a connection: it sends `messages`, each after its pause, and notes what comes."""

    content = b"x"

    def __init__(self, clock: Time, pauses: list[float], address: str = "10.0.0.1") -> None:
        self.clock = clock
        self.pauses = pauses
        self.scope: Scope = {"type": "websocket", "client": (address, 1), "headers": []}
        self.got: list[Message] = []
        self.handled: list[float] = []  # when the app had each message

    async def receive(self) -> Message:
        if not self.pauses:
            return {"type": "websocket.disconnect", "code": 1000}
        self.clock.now += self.pauses.pop(0)
        return {"type": "websocket.receive", "bytes": self.content}

    async def send(self, message: Message) -> None:
        self.got.append(message)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "websocket.receive":
            self.handled.append(self.clock.now)


def visit(page: Page, *, pages: int = 10) -> Page:
    turnstile = Turnstile(page.app, pages=pages, clock=page.clock)
    asyncio.run(turnstile(page.scope, page.receive, page.send))
    return page


def test_who_plays_with_a_slider_never_waits(time: Time) -> None:
    drags = ([2.0] + [0.05] * 40) * 10  # two seconds of twenty messages a second, and a look at the result
    page = visit(Page(time, [*drags[:41], *([8.0] + [0.05] * 40) * 5]))
    assert page.got == []
    assert page.handled[-1] == pytest.approx(2 + 40 * 0.05 + 5 * (8 + 40 * 0.05))


def test_a_live_page_never_waits(time: Time) -> None:
    page = visit(Page(time, [0.25] * 2000))
    assert page.handled[-1] == pytest.approx(500.0)


def test_a_flood_is_slowed_and_then_closed(time: Time) -> None:
    page = visit(Page(time, [0.0] * 3000))
    at_once = sum(at == 0.0 for at in page.handled)
    assert at_once <= limits.MESSAGES_AT_ONCE + limits.HASTY_AT_ONCE + 2
    slow = len(page.handled) - at_once
    assert slow <= limits.HASTY_PER_SECOND * limits.HASTY_SECONDS + 2
    assert page.got == [{"type": "websocket.close", "code": 1008}]
    assert page.pauses, "what it sent beyond that was never read"


def test_long_messages_count_for_many(time: Time) -> None:
    page = Page(time, [0.0] * 100)
    page.content = bytes(limits.MESSAGE_BYTES)
    visit(page)
    each = 1 + limits.MESSAGE_BYTES * limits.MESSAGE_COUNTS_PER_BYTE
    assert 1 <= sum(at == 0.0 for at in page.handled) <= limits.MESSAGES_AT_ONCE / each + 2
    assert page.got == [{"type": "websocket.close", "code": 1008}]


def test_who_pauses_after_haste_is_welcome_again(time: Time) -> None:
    hurried = limits.MESSAGES_AT_ONCE + 10
    page = visit(Page(time, [0.0] * hurried + [60.0] + [0.1] * 20))
    assert page.got == []
    late = [
        later - earlier
        for earlier, later in zip(page.handled[hurried:], page.handled[hurried + 1 :], strict=False)
    ]
    assert max(late) == pytest.approx(0.1)


def visits(pages: list[Page]) -> None:
    """One after the other, through one turnstile."""
    (clock,) = {page.clock for page in pages}
    turns = iter(pages)
    turnstile = Turnstile(lambda *way: next(turns).app(*way), pages=10, clock=clock)
    for page in pages:
        asyncio.run(turnstile(page.scope, page.receive, page.send))


def test_who_comes_again_after_a_flood_is_no_newcomer(time: Time) -> None:
    pages = [Page(time, [0.0] * limits.MESSAGES_AT_ONCE) for _ in range(50)]
    visits(pages)
    handled = sum(len(page.handled) for page in pages)
    allowed = limits.MESSAGES_AT_ONCE_BY_ADDRESS + limits.MESSAGES_PER_SECOND_BY_ADDRESS * time.now
    assert handled <= allowed + limits.MODEST_AT_ONCE * len(pages)


def test_hasty_pages_of_one_address_share_one_pace(time: Time) -> None:
    """Floods get together what one gets."""
    pages = [Page(time, [0.0] * 3000) for _ in range(5)]
    visits(pages)
    spent = limits.MESSAGES_AT_ONCE_BY_ADDRESS + limits.MESSAGES_PER_SECOND_BY_ADDRESS * 0.5 * len(pages)
    spent += limits.MODEST_AT_ONCE * len(pages) + limits.HASTY_AT_ONCE
    assert sum(len(page.handled) for page in pages) <= spent + limits.HASTY_PER_SECOND * time.now


def test_evenly_paced_pages_of_one_address_share_its_rate() -> None:
    """What a page may always send is little, and what the others take is owed for a second at most."""
    allpages, modest = Bucket(120, 120, 0.0, credit=120), [Bucket(4, 5, 0.0) for _ in range(30)]
    passed = 0
    for tick in range(60 * 50):  # a minute of fifty messages a second
        now = tick / 50
        passed += sum(own.take(now) or allpages.wait(now) == 0.0 for own in modest)
    assert passed <= 30 * (4 + 5 * 60) + 120 + 120 * 60
    assert allpages.wait(60.0, limits.PAGE_IN_MESSAGES) <= 1.0, "a page that opens then"


def test_who_sends_little_waits_for_no_flood_of_the_same_address(time: Time) -> None:
    flood, student = Page(time, [0.0] * 3000), Page(time, [0.3] * 50)
    visits([flood, student])
    assert student.handled[-1] - student.handled[0] == pytest.approx(49 * 0.3)


def test_a_flood_of_long_messages_keeps_nobody_of_the_same_address_waiting_for_long(time: Time) -> None:
    flood = Page(time, [0.0] * 100)
    flood.content = bytes(limits.MESSAGE_BYTES)
    turnstile = Turnstile(flood.app, pages=10, clock=time)
    asyncio.run(turnstile(flood.scope, flood.receive, flood.send))
    student, began = Page(time, [0.1] * 20), time.now
    turnstile.app = student.app
    asyncio.run(turnstile(student.scope, student.receive, student.send))
    assert len(student.handled) == 20
    assert student.handled[0] - began <= limits.HASTY_SECONDS + 5.0


def test_a_flood_holds_up_no_other_address(time: Time) -> None:
    flood, other = Page(time, [0.0] * 3000), Page(time, [0.1] * 50, address="10.0.0.2")
    visits([flood, other])
    assert other.handled[-1] - other.handled[0] == pytest.approx(49 * 0.1)


def test_addresses_are_not_remembered_without_end(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADDRESSES_REMEMBERED", 3)
    monkeypatch.setattr(limits, "PAGES", 2)
    page = Page(time, [])
    turnstile = Turnstile(page.app, pages=10, clock=time)
    for number in range(20):
        visitor = Page(time, [0.0], address=f"10.0.0.{number}")
        asyncio.run(turnstile(visitor.scope, visitor.receive, visitor.send))
    assert len(turnstile._buckets) == 5


def test_a_bucket_fills_again_and_never_beyond_its_capacity() -> None:
    bucket = Bucket(3, 1.0, 0.0)
    assert [bucket.wait(0.0) for _ in range(4)] == [0, 0, 0, 1]
    assert [bucket.wait(100.0) for _ in range(4)] == [0, 0, 0, 1]


def test_a_page_that_reads_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READ_SECONDS", 0.01)
    never = asyncio.Event

    async def deaf(message: Message) -> None:
        await never().wait()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(_send(send))
        await receive()
        await sending

    async def silent() -> Message:
        await never().wait()
        raise AssertionError

    async def _send(send: Send) -> None:
        await send({"type": "websocket.send", "bytes": ForwardMsg(script_finished=1).SerializeToString()})

    scope: Scope = {"type": "websocket", "client": ("10.0.0.1", 1), "headers": []}
    turnstile = Turnstile(app)
    answered = turnstile(scope, silent, deaf)
    asyncio.run(asyncio.wait_for(answered, DEADLINE_SECONDS))  # returns: the server closes it


@asynccontextmanager
async def open_pages(turnstile: Turnstile, addresses: list[str], cookie: bytes = b"") -> AsyncIterator[None]:
    """As long as the block runs, a page of each address is open."""
    leave = asyncio.Event()

    async def receive() -> Message:
        await leave.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Message) -> None: ...

    async with asyncio.TaskGroup() as group:
        for address in addresses:
            scope = {"type": "websocket", "client": (address, 1), "headers": [(b"cookie", cookie)]}
            group.create_task(turnstile(scope, receive, send))
        await asyncio.sleep(0)
        yield
        leave.set()


async def listening(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a page"})


async def document(
    turnstile: Turnstile, address: str, cookie: bytes = b"", *, host: bytes = b"lab", path: str = "/"
) -> tuple[int, str]:
    got: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        got.append(message)

    headers = [(b"accept", b"text/html"), (b"host", host), (b"cookie", cookie)]
    scope = {"type": "http", "method": "GET", "path": path, "client": (address, 1), "headers": headers}
    await turnstile(scope, receive, send)
    return got[0]["status"], got[1]["body"].decode()


async def connects(turnstile: Turnstile, address: str, cookie: bytes = b"") -> bool:
    """Is a page that opens let in?"""
    refused: list[Message] = []

    async def connect() -> Message:
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Message) -> None:
        refused.append(message)

    scope = {"type": "websocket", "client": (address, 1), "headers": [(b"cookie", cookie)]}
    await turnstile(scope, connect, send)
    assert refused in ([], [{"type": "websocket.close", "code": 1013}])
    return not refused


def named(visitor: int) -> bytes:
    """The cookie of one visitor."""
    return f"{OWNER_COOKIE}={visitor:022}".encode()


def run(steps: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(steps())


def test_when_the_lab_is_full_it_says_so_and_opens_when_somebody_leaves() -> None:
    turnstile = Turnstile(listening, pages=3)

    async def steps() -> None:
        async with open_pages(turnstile, ["10.0.0.1", "10.0.0.2", "10.0.0.3"]):
            words, _ = waiting_page(0)
            assert await document(turnstile, "10.0.0.4") == (503, words)
            assert not await connects(turnstile, "10.0.0.4")
        assert (await document(turnstile, "10.0.0.4"))[0] == 200

    run(steps)


def test_one_address_cannot_take_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CLASS_PAGES", 2 * limits.PAGES_PER_ADDRESS)
    turnstile = Turnstile(listening)

    async def steps() -> None:
        async with open_pages(turnstile, ["10.0.0.1"] * limits.PAGES_PER_ADDRESS):
            assert (await document(turnstile, "10.0.0.1"))[0] == 503
            assert (await document(turnstile, "10.0.0.2"))[0] == 200

    run(steps)


def test_one_address_cannot_take_the_places_of_a_class() -> None:
    turnstile = Turnstile(listening, clock=Time())

    async def steps() -> None:
        for _ in range(300):  # documents whose pages never come
            await document(turnstile, "10.0.0.1")
        async with open_pages(turnstile, ["10.0.0.1"] * 100):
            class_ = [f"10.0.1.{number}" for number in range(30)]
            assert [(await document(turnstile, one))[0] for one in class_] == [200] * 30
            assert all([await connects(turnstile, one, named(1)) for one in class_])

    run(steps)


def test_beyond_a_class_they_come_in_one_after_the_other_and_who_was_inside_at_once() -> None:
    turnstile, more = Turnstile(listening, clock=Time()), limits.ADMITTED_AT_ONCE

    async def steps() -> None:
        class_ = [f"10.0.0.{number}" for number in range(limits.CLASS_PAGES)]
        async with open_pages(turnstile, class_, named(0)):
            answers = [await document(turnstile, "10.0.1.1", named(one)) for one in range(1, more + 11)]
            assert [status for status, _ in answers] == [200] * more + [503] * 10
            assert "You are next." in answers[more][1]
            assert "1 person is ahead of you." in answers[more + 1][1]
            assert "9 people are ahead of you." in answers[-1][1]
            assert (await document(turnstile, "10.0.2.9", named(0)))[0] == 200, "a reload"
            assert await connects(turnstile, "10.0.2.9", named(0))
            assert (await document(turnstile, "127.0.0.1", host=b"localhost"))[0] == 200, "at the machine"
        assert (await document(turnstile, "10.0.1.1", named(more + 1)))[0] == 200, "they have left"

    run(steps)


def test_the_page_follows_its_document_also_where_a_cookie_came_in_between_or_none() -> None:
    turnstile = Turnstile(listening, clock=Time())

    async def steps() -> None:
        class_ = [f"10.0.0.{number}" for number in range(limits.CLASS_PAGES - 1)]
        async with open_pages(turnstile, class_):
            assert [(await document(turnstile, "10.0.1.1"))[0] for _ in range(2)] == [200, 200], "two tabs"
            for _ in range(limits.ADMITTED_AT_ONCE):
                await document(turnstile, "10.0.1.2")  # no more is saved up
            assert (await document(turnstile, "10.0.1.3"))[0] == 503
            assert not await connects(turnstile, "10.0.1.3")
            assert await connects(turnstile, "10.0.1.1")
            assert await connects(turnstile, "10.0.1.1", named(7))

    run(steps)


def test_who_keeps_no_cookies_stands_behind_nobody_but_others() -> None:
    clock = Time()
    turnstile = Turnstile(listening, clock=clock)

    async def steps() -> None:
        async with open_pages(turnstile, [f"10.0.0.{number}" for number in range(limits.CLASS_PAGES)]):
            for _ in range(limits.ADMITTED_AT_ONCE):
                assert (await document(turnstile, "10.0.1.1"))[0] == 200
            for _ in range(20):
                status, words = await document(turnstile, "10.0.1.2")
                assert (status, "You are next." in words) == (503, True)
            clock.now += 3
            assert (await document(turnstile, "10.0.1.2"))[0] == 200

    run(steps)


def test_what_is_no_page_needs_no_place_and_takes_none() -> None:
    turnstile = Turnstile(listening, clock=Time())

    async def steps() -> None:
        async with open_pages(turnstile, [f"10.0.0.{number}" for number in range(limits.CLASS_PAGES)]):
            for path in (
                "/worksheet/home",
                "/healthz",
                "/app/static/a.html",
                "/component/a/index.html",
                "/_stcore/x",
            ):
                for _ in range(10):
                    assert (await document(turnstile, "10.0.1.1", path=path))[0] == 200

    run(steps)
