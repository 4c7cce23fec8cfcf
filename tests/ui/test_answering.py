"""Boards wait their turn: who asks much at once is told to wait, and nobody's queue is another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dlcore.errors import ConfigError
from tests.waiting import DEADLINE_SECONDS
from ui import limits
from ui.answering import answered
from ui.identity import OWNER_COOKIE
from ui.turns import Turns

FIRST, SECOND = "a" * 22, "b" * 22


class Board:
    """A route whose work waits until the test lets it go."""

    def __init__(self) -> None:
        self.begun, self.go, self.turns = Event(), Event(), Turns(1000, 1000, at_once=100)
        self.client = TestClient(Starlette(routes=[Route("/ask", self.ask, methods=["POST"])]))

    def work(self, body: bytes) -> dict[str, Any]:
        self.begun.set()
        assert self.go.wait(DEADLINE_SECONDS)
        if b"refuse" in body:
            raise ConfigError("No.")
        return {"said": body.decode()}

    async def ask(self, request: Request) -> Response:
        return await answered(request, self.work, self.turns, 1000.0, "too large")

    def post(self, owner: str, body: str = "{}") -> Any:
        headers = {"content-type": "application/json", "cookie": f"{OWNER_COOKIE}={owner}"}
        return self.client.post("/ask", content=body, headers=headers)


@contextmanager
def asking(board: Board, owner: str, count: int) -> Iterator[list[int]]:
    """So many questions of one owner under way; their statuses once all are answered."""
    found: list[int] = []
    with board.client:  # one event loop for all of them
        threads = [Thread(target=lambda: found.append(board.post(owner).status_code)) for _ in range(count)]
        for thread in threads:
            thread.start()
        assert board.begun.wait(DEADLINE_SECONDS)
        try:
            yield found
        finally:
            board.go.set()
            for thread in threads:
                thread.join(DEADLINE_SECONDS)


def test_one_visitor_has_few_questions_under_way_and_none_is_lost() -> None:
    board = Board()
    with asking(board, FIRST, limits.QUESTIONS_IN_FLIGHT + 3) as found:
        pass
    refused = found.count(429)
    assert found.count(200) == len(found) - refused
    assert refused <= 3
    assert board.post(FIRST).status_code == 200, "afterwards there is room again"


def test_who_has_too_many_under_way_is_told_to_wait_and_others_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "QUESTIONS_IN_FLIGHT", 1)
    board = Board()
    with asking(board, FIRST, 1):
        assert board.post(FIRST).status_code == 429
        board.go.set()
        assert board.post(SECOND).status_code == 200
    monkeypatch.setattr(limits, "QUESTIONS_WAITING", 1)
    board = Board()
    with asking(board, FIRST, 1):
        assert board.post(SECOND).status_code == 429, "no queue grows without end"


def test_a_refusal_is_charged_as_the_work_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board()
    charged: list[str] = []
    monkeypatch.setattr(board.turns, "charge", lambda owner, cost: charged.append(owner))
    board.go.set()
    assert board.post(FIRST, '{"refuse": 1}').status_code == 400
    assert charged == [FIRST]
