"""When the server is told to end, it does, whatever is still being answered."""

from __future__ import annotations

import signal

import pytest
import uvicorn
from starlette.applications import Starlette

from ui import limits, startup
from ui.connections import Bounded


@pytest.fixture
def server() -> uvicorn.Server:
    config = uvicorn.Config(Starlette())
    config.load()  # as it is when the lab starts
    return uvicorn.Server(config)


def test_an_end_waits_so_long_at_most(server: uvicorn.Server) -> None:
    assert server.config.timeout_graceful_shutdown is None, "uvicorn waits for ever by itself"
    with server.capture_signals():
        startup._bound_the_server()
    assert server.config.timeout_graceful_shutdown == startup.ENDING_SECONDS
    assert server.config.ws_max_size == limits.MESSAGE_BYTES
    assert issubclass(server.config.http_protocol_class, Bounded)


class Another:
    """Who else may have taken the signal, as a test's runner does."""

    config = uvicorn.Config("nowhere:app")

    def end(self, number: int, frame: object) -> None: ...


def test_who_else_has_taken_the_signal_is_left_alone() -> None:
    before = signal.signal(signal.SIGTERM, Another().end)
    try:
        startup._bound_the_server()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert Another.config.timeout_graceful_shutdown is None
