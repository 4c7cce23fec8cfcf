"""The HTTP border: foreign names, requests that are too large, counters that nobody should read."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from benchmarks.server import Server
from tests.attack.wire import tab
from tests.waiting import DEADLINE_SECONDS, wait_until
from ui import limits
from ui.doors import BoundedBodies, ClosedRooms, KnownHosts

HELD: dict[str, int] = {}  # bytes by session, as the server would hold them


async def upload(request: Request) -> Response:
    HELD[request.path_params["session"]] = HELD.get(request.path_params["session"], 0) + len(
        await request.body()
    )
    return PlainTextResponse("kept", 204)


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


ROUTES = [
    Route("/_stcore/upload_file/{session}/{file}", upload, methods=["PUT"]),
    Route("/owner/reopen", echo, methods=["POST"]),
    Route("/_stcore/metrics", echo),
    Route("/", echo),
]


@pytest.fixture
def client() -> Iterator[TestClient]:
    HELD.clear()
    doors = [
        Middleware(KnownHosts),
        Middleware(BoundedBodies, uploaded=lambda: HELD),
        Middleware(ClosedRooms),
    ]
    app = Starlette(routes=ROUTES, middleware=doors)
    with TestClient(app, base_url="http://localhost:8501", client=("127.0.0.1", 5000)) as client:
        yield client


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:8501", "LOCALHOST", "localhost."])
def test_it_answers_to_its_own_names(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil.example:8501", "a@localhost", "localhost/", "", "[::1"],
)
def test_it_answers_to_no_other(client: TestClient, host: str) -> None:
    answer = client.post("/owner/reopen", headers={"host": host, "origin": f"http://{host}"})
    assert answer.status_code == 421
    assert "open the address that it printed" in answer.text


def test_a_short_form_passes_and_a_long_one_is_not_read(client: TestClient) -> None:
    assert client.post("/owner/reopen", content=b"code=ABCD").text == "9"
    answer = client.post("/owner/reopen", content=b"x" * (limits.FORM_BYTES + 1))
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/owner/reopen", "/", "/_stcore/upload_file/anna/1"])
def test_what_does_not_say_how_long_it_is_is_not_read(client: TestClient, path: str) -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        for _ in range(10):
            read += 1
            yield b"x" * 1_000_000

    method = "PUT" if "upload" in path else "POST"
    assert client.request(method, path, content=endless()).status_code == 411
    assert HELD == {}


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"\xb2", b"9" * 4301])
def test_a_length_that_is_no_length(client: TestClient, length: bytes) -> None:
    headers = {b"content-length": length}
    answer = client.post("/owner/reopen", content=b"x", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code in (411, 413)


def put(client: TestClient, session: str, size: int) -> int:
    return client.put(f"/_stcore/upload_file/{session}/f", content=b"x" * size).status_code


def test_a_session_holds_a_pages_worth_of_files(client: TestClient) -> None:
    size = limits.UPLOADED_PER_SESSION // 2
    assert [put(client, "anna", size) for _ in range(3)] == [204, 204, 413]
    assert put(client, "bert", size) == 204, "others have their own room"
    HELD.pop("anna")
    assert put(client, "anna", size) == 204, "a page that was left makes room"


def test_all_sessions_together_hold_so_much_and_no_more(client: TestClient) -> None:
    HELD.update({f"visitor {n}": limits.UPLOADED_PER_SESSION for n in range(10)})
    assert sum(HELD.values()) == limits.UPLOADED_IN_ALL
    answer = client.put("/_stcore/upload_file/anna/f", content=b"x")
    assert answer.status_code == 413
    assert answer.text.startswith("The lab holds as many files as it may at the moment: try again"), (
        "not anna"
    )


def test_one_address_leaves_room_for_others(client: TestClient) -> None:
    size = limits.UPLOADED_PER_SESSION - 1
    tabs = limits.UPLOADED_PER_ADDRESS // size
    assert [put(client, f"tab {tab}", size) for tab in range(tabs + 1)] == [204] * tabs + [413]
    with TestClient(client.app, base_url="http://localhost:8501", client=("10.0.0.2", 5000)) as other:
        assert put(other, "bert", size) == 204
    HELD.pop("tab 0")
    assert put(client, "anna", size) == 204


@pytest.mark.parametrize("size", [1, limits.UPLOADED_PER_SESSION])
def test_who_sends_nothing_of_a_file_holds_no_room_for_it(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file has its time, and a small one little: here none at all."""
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.0)
    monkeypatch.setattr(limits, "BODY_BYTES_A_SECOND", 10**12)
    said: list[Message] = []

    made: list[BoundedBodies] = []

    def doors(app: ASGIApp) -> BoundedBodies:
        made.append(BoundedBodies(app, uploaded=dict))
        return made[0]

    async def silent() -> Message:
        assert made[0]._coming.total() == size
        await asyncio.Event().wait()
        raise AssertionError

    async def hear(message: Message) -> None:
        said.append(message)

    app = Starlette(routes=ROUTES, middleware=[Middleware(doors)])
    path = "/_stcore/upload_file/anna/f"
    headers = [(b"content-length", str(size).encode())]
    scope = {"type": "http", "method": "PUT", "path": path, "headers": headers, "query_string": b""}
    asyncio.run(app(scope, silent, hear))
    assert said[0]["status"] == 408
    assert said[1]["body"].startswith(b"The file came too slowly: send a smaller one")
    assert made[0]._coming.total() == 0


def test_counters_are_for_the_machine_itself(client: TestClient) -> None:
    assert client.get("/_stcore/metrics").status_code == 200
    forwarded = client.get("/_stcore/metrics", headers={"x-forwarded-for": "10.0.0.7"})
    assert forwarded.status_code == 404
    with TestClient(client.app, base_url="http://localhost:8501", client=("127.0.0.2", 5000)) as other:
        assert other.get("/_stcore/metrics").status_code == 404


def head(size: int, place: int, pieces: int) -> bytes:
    """Of a piece of a message (RFC 6455, 5.2), binary, with a mask that changes nothing."""
    kind = (0 if place else 2) | (0x80 if place == pieces - 1 else 0)
    return struct.pack("!BBQI", kind, 0xFF, size, 0)


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_message_that_is_too_large_ends_its_page_and_no_other(server: Server, pieces: int) -> None:
    """Said by its head: of what has come and is not read, the system would tell nothing but a broken line."""
    size = limits.MESSAGE_BYTES // pieces + 1
    url = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    with tab(server) as other, connect(url, subprotocols=[Subprotocol("streamlit")]) as page:
        for place in range(pieces - 1):
            page.socket.sendall(head(size, place, pieces) + bytes(size))
        page.socket.sendall(head(size, pieces - 1, pieces))
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(DEADLINE_SECONDS)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG
        assert other.rerun() > 0
        assert not other.broke


def test_a_flood_of_requests_that_are_none_is_a_line_a_second_in_the_log(server: Server) -> None:
    words, log = b"Invalid HTTP request received.", server.folder / "server.log"
    began, before = time.monotonic(), log.read_bytes().count(words)
    for _ in range(300):
        with socket.create_connection(("127.0.0.1", server.port), DEADLINE_SECONDS) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n")
            assert b" 400 " in connection.recv(1_000)
    wait_until(lambda: log.read_bytes().count(words) > before, "it is in the log")
    lines, seconds = log.read_bytes().count(words) - before, time.monotonic() - began
    assert lines <= seconds + 2
