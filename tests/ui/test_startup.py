"""Told to end, the server does, whatever is still being answered; and it collects garbage now and then."""

from __future__ import annotations

import gc
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


def test_what_many_pages_hold_is_not_walked_while_they_are_drawn() -> None:
    usual, walks = gc.get_threshold(), list[str]()

    def note(phase: str, about: dict[str, int]) -> None:
        if about["generation"] == 2:
            walks.append(phase)

    def pages() -> list[list[int]]:
        """So much that stays that the collector, left alone, walks all there is."""
        return [[number] for number in range(300_000)]

    gc.set_threshold(700, 10, 10)  # as most Pythons have it
    gc.freeze()  # however much the tests before this one hold
    gc.collect()
    gc.callbacks.append(note)
    try:
        pages()
        assert walks, "left alone"
        startup._collect_rarely()
        walks.clear()
        pages()
        assert not walks
    finally:
        gc.callbacks.remove(note)
        gc.unfreeze()
        gc.set_threshold(*usual)
