"""When the server is told to end, it does, whatever is still being answered."""

from __future__ import annotations

import signal

import pytest
import uvicorn

from ui import startup


@pytest.fixture
def server() -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config("nowhere:app"))


def test_an_end_waits_so_long_at_most(server: uvicorn.Server) -> None:
    assert server.config.timeout_graceful_shutdown is None, "uvicorn waits for ever by itself"
    with server.capture_signals():
        startup._end_soon()
    assert server.config.timeout_graceful_shutdown == startup.ENDING_SECONDS


def test_without_a_server_nothing_is_changed(server: uvicorn.Server) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    startup._end_soon()
    assert signal.getsignal(signal.SIGTERM) is handler
    assert server.config.timeout_graceful_shutdown is None
