"""How long visitors waited, and which page broke: times, kinds and places, nobody's words."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.dlcore.runs.fakes import Clock
from ui import faults
from ui.slowest import FEW, LATELY, REMEMBERED, THINGS, Slowest, TimesAnswers


def test_the_longest_wait_comes_first_with_the_usual_one() -> None:
    found = Slowest()
    for seconds in (0.1, 0.3, 0.2):
        found.note("Train", seconds)
    found.note("Draw", 2.0)
    first, second = found.found()
    assert (first.what, first.count, first.longest) == ("Draw", 1, 2.0)
    assert (second.what, second.count, second.usual, second.longest) == ("Train", 3, 0.2, 0.3)


def test_a_page_that_breaks_off_counts_too_and_all_is_bounded() -> None:
    clock = Clock()
    found = Slowest(clock=clock)

    def broken_off() -> None:
        with found.timed("Train"):
            clock.now += 1.5
            raise ValueError("drawn anew")

    with pytest.raises(ValueError, match="drawn anew"):
        broken_off()
    assert found.found()[0].longest == 1.5
    for number in range(REMEMBERED + 10):
        found.note("Train", number)
    assert found.found()[0].count == REMEMBERED
    for number in range(2 * THINGS):
        found.note(f"page {number}", 0.0)
    assert len(found.found(9 * THINGS)) == THINGS


def test_whether_it_is_this_computer_is_told_by_the_last_pages() -> None:
    found = Slowest()
    for _ in range(FEW - 1):
        found.note("Train", 0.1)
    assert found.answer() == "Too few pages were drawn to tell: 19 so far."
    found.note("Draw", 9.0)  # one of twenty
    for _ in range(FEW):
        found.note("Draw", 0.3)
    assert found.answer().startswith(
        "**It is not this computer**: of the last 40 pages and answers, half took up to 0.30 s here"
    )
    for _ in range(5):
        found.note("Train", 1.5)
    assert "nineteen of twenty up to 1.50 s" in found.answer()
    assert found.answer().startswith("**This computer is slow**")
    for _ in range(LATELY):
        found.note("Draw", 0.01)
    assert found.answer().startswith("**It is not this computer**: of the last 500")


def test_the_answers_of_boards_are_timed_and_nothing_else() -> None:
    def answer(request: Request) -> Response:
        return PlainTextResponse("here")

    found = Slowest()
    routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
    client = TestClient(Starlette(routes=routes, middleware=[Middleware(TimesAnswers, noted=found)]))
    for path in ("/vote/7", "/playground/train", "/ada-lovelace", "/", "/media/x.png"):
        assert client.post(path).status_code == 200
    assert {waited.what for waited in found.found()} == {"answer of vote", "answer of playground"}


def test_of_a_page_that_broke_stays_what_and_where_but_no_words() -> None:
    try:
        raise KeyError("Ada Lovelace")
    except KeyError as error:
        faults.note("abc123", error)
    latest = faults.last()[0]
    assert (latest.reference, latest.kind) == ("abc123", "KeyError")
    assert latest.place.startswith("test_slowest.py:")
    assert "Ada" not in str(latest)
    for number in range(2 * faults.KEPT):
        faults.note(f"{number}", ValueError())
    assert len(faults.last()) == faults.KEPT
    assert faults.last()[0].place == "unknown"
