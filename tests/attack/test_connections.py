"""Connections that say nothing, or never end what they say: they go, and take no other's place."""

from __future__ import annotations

import asyncio
import importlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.waiting import DEADLINE_SECONDS, wait_until
from ui import limits
from ui.connections import Bounded, bounded
from ui.doors import BoundedBodies

ASKED = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
PROTOCOLS = {"H11Protocol": "h11_impl", "HttpToolsProtocol": "httptools_impl"}


async def answer(request: Request) -> Response:
    return PlainTextResponse("the lab")


async def slow(request: Request) -> Response:
    """Until the test says so."""
    await asyncio.to_thread(request.app.state.go_on.wait, DEADLINE_SECONDS)
    return PlainTextResponse("at last")


async def read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def page(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(await socket.receive_text())


ROUTES = [
    Route("/", answer),
    Route("/slow", slow),
    Route("/owner/reopen", read, methods=["POST"]),
    WebSocketRoute("/page", page),
]


class Door:
    """A server of uvicorn's on a real socket, whose connections are bounded."""

    def __init__(self, kind: type[asyncio.Protocol], most: int) -> None:
        app = Starlette(routes=ROUTES, middleware=[Middleware(BoundedBodies, uploaded=dict)])
        self.go_on = app.state.go_on = threading.Event()
        self.protocol: Any = bounded(kind, most)
        how: Any = {"ws": "websockets-sansio", "lifespan": "off", "log_config": None}
        self.server = uvicorn.Server(uvicorn.Config(app, http=self.protocol, timeout_keep_alive=60, **how))
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.open = ExitStack()

    @contextmanager
    def opened(self) -> Iterator[Door]:
        thread = threading.Thread(target=self.server.run, args=([self.listening],))
        thread.start()
        try:
            wait_until(lambda: self.server.started, "it listens")
            yield self
        finally:
            self.go_on.set()
            self.open.close()
            self.server.should_exit = True
            thread.join()

    def connection(self, said: bytes = b"") -> socket.socket:
        one = self.open.enter_context(socket.create_connection(("127.0.0.1", self.port), DEADLINE_SECONDS))
        one.sendall(said)
        return one

    @property
    def count(self) -> int:
        return len(self.protocol.crowd)

    def lets_in(self, said: bytes = b"") -> socket.socket:
        """A connection that the server has."""
        before = self.count
        one = self.connection(said)
        wait_until(lambda: self.count > before, "it is there")
        return one


OpenDoor = Callable[..., Door]


@pytest.fixture(params=PROTOCOLS)
def door(request: pytest.FixtureRequest) -> Iterator[OpenDoor]:
    """`door(most)`: of either protocol that uvicorn has."""
    if request.param == "HttpToolsProtocol":
        pytest.importorskip("httptools")
    kind = getattr(
        importlib.import_module(f"uvicorn.protocols.http.{PROTOCOLS[request.param]}"), request.param
    )
    with ExitStack() as doors:
        yield lambda most=100: doors.enter_context(Door(kind, most).opened())


def is_closed(one: socket.socket) -> bool:
    """Waits for whatever comes next."""
    with suppress(ConnectionResetError):
        return one.recv(1_000) == b""
    return True


def text_of(one: socket.socket) -> str:
    """The next answer."""
    said = b""
    while b"\r\n\r\n" not in said or said.endswith(b"\r\n\r\n"):
        piece = one.recv(1_000)
        assert piece, "it was closed before it was answered"
        said += piece
    return said.partition(b"\r\n\r\n")[2].decode()


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
def test_who_never_asks_is_closed(door: OpenDoor, said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.05)
    here = door()
    assert is_closed(here.connection(said))
    wait_until(lambda: not here.count, "it is forgotten")


def test_who_asked_once_and_never_ends_the_next_is_closed(
    door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = door().connection(ASKED)
    assert text_of(one) == "the lab"
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.05)  # from now on: a busy machine is slow to ask
    one.sendall(b"GET / HT")
    assert is_closed(one)


def test_an_answer_takes_as_long_as_it_takes(door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    here = door()
    waiting = here.connection(ASKED)
    assert text_of(waiting) == "the lab"
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.05)
    waiting.sendall(ASKED.replace(b"/", b"/slow", 1))
    assert is_closed(here.connection()), "so long it has waited already"
    here.go_on.set()
    assert text_of(waiting) == "at last"


def page_of(here: Door) -> ClientConnection:
    """Its handshake must come in time, too: on a busy machine the first one may not."""
    opened: list[ClientConnection] = []

    def tried() -> bool:
        with suppress(OSError, EOFError, WebSocketException):
            opened.append(connect(f"ws://127.0.0.1:{here.port}/page", open_timeout=DEADLINE_SECONDS))
        return bool(opened)

    wait_until(tried, "a page is open")
    return opened[0]


def test_a_page_stays_and_counts_no_more(door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.05)
    here = door()
    with page_of(here) as page:
        wait_until(lambda: not here.count, "it is a page's")
        assert is_closed(here.connection()), "so long it has been open already"
        page.send("still here")
        assert page.recv(DEADLINE_SECONDS) == "still here"


def test_the_oldest_that_asks_for_nothing_makes_room(door: OpenDoor) -> None:
    here = door(3)
    first, second = here.lets_in(), here.lets_in()
    working = here.lets_in(ASKED.replace(b"/", b"/slow", 1))
    assert text_of(here.connection(ASKED)) == "the lab"
    assert is_closed(first)
    assert text_of(here.connection(ASKED)) == "the lab"
    assert is_closed(second)
    here.go_on.set()
    assert text_of(working) == "at last"


def test_where_all_are_at_work_the_new_one_goes(door: OpenDoor) -> None:
    here = door(2)
    working = [here.lets_in(ASKED.replace(b"/", b"/slow", 1)) for _ in range(2)]
    wait_until(lambda: len(here.server.server_state.tasks) == 2, "both are being answered")
    assert is_closed(here.connection())
    here.go_on.set()
    assert [text_of(one) for one in working] == ["at last"] * 2


def test_behind_a_proxy_it_counts_them_itself(door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLLAB_BEHIND_PROXY", "1")
    here = door(1)
    first, _ = here.lets_in(), here.lets_in()
    first.sendall(ASKED)
    assert text_of(first) == "the lab"


def test_a_form_that_never_comes_whole_is_refused(door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)
    head = b"POST /owner/reopen HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    assert text_of(door().connection(head + b"code=")) == "The request came too slowly: try again."


def test_another_protocol_is_left_as_it_is() -> None:
    assert bounded(asyncio.Protocol, 5) is asyncio.Protocol
    assert not issubclass(asyncio.Protocol, Bounded)
