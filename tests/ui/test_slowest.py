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
from ui.slowest import FEW, LATELY_SECONDS, PAGES, REMEMBERED, THINGS, Slowest, TimesAnswers


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
    clock = Clock()
    found = Slowest(clock=clock)

    def drawn(*seconds: float) -> str:
        for each in seconds:
            found.note("Train", each, page=True)
        return found.answer()

    assert drawn(9.0, *[0.1] * (FEW - 2)) == (
        "Too few pages were drawn in the last ten minutes to tell: 19 of 20."
    )
    assert drawn(0.1).startswith("**It is not this one**: of the last 20 pages, half were there after 0.10 s")
    assert "nineteen of twenty after 0.10 s" in found.answer(), "one of twenty took nine seconds"
    found.note("answer of vote", 9.0)
    assert "20 pages" in found.answer(), "a board's answers are no pages"
    assert drawn(1.5).startswith("**This computer is slow**")
    assert drawn(*[0.1] * PAGES).startswith("**It is not this one**: of the last 500")
    clock.now += LATELY_SECONDS + 1
    assert drawn(*[2.0] * FEW).startswith("**This computer is slow**: of the last 20 pages")


def test_a_page_counts_from_the_moment_it_was_asked_for() -> None:
    clock = Clock()
    found, asked = Slowest(clock=clock), clock.now
    clock.now += 4.0  # behind those of others
    with found.timed("Train", page_since=asked):
        clock.now += 1.0
    assert found.found()[0].longest == 5.0


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
        reference = faults.note(error)
    latest = faults.last()[0]
    assert (latest.reference, latest.kind) == (reference, "KeyError")
    assert reference in faults.sentence(reference)
    assert latest.place.startswith("test_slowest.py:")
    assert "Ada" not in str(latest)
    assert len({faults.note(ValueError()) for _ in range(2 * faults.KEPT)}) == 2 * faults.KEPT
    assert len(faults.last()) == faults.KEPT
    assert faults.last()[0].place == "unknown"
