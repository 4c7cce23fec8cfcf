"""Boards are answered one by one: whoever floods, whatever names they make up, holds up no other address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from dlcore.errors import ConfigError
from tests.waiting import DEADLINE_SECONDS
from ui import answering, faults, limits
from ui.admission import Admission
from ui.identity import OWNER_COOKIE, new_owner
from ui.line import Full, Line
from ui.own_routes import OwnRoute
from ui.turns import Turns


async def order_of(line: Line, asked: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """In which order these have their turns, all of them asking while the first has its own."""
    served: list[tuple[str, str]] = []

    async def ask(address: str, owner: str) -> None:
        async with line.turn(address, owner):
            served.append((address, owner))
            await asyncio.sleep(0)

    await asyncio.gather(*(ask(*one) for one in asked))
    return served


def test_who_makes_up_names_holds_up_no_other_address() -> None:
    crowd = [("10.0.0.2", f"nobody {number}") for number in range(50)]
    served = asyncio.run(order_of(Line(), [*crowd, ("10.0.0.1", "anna"), ("10.0.0.1", "anna")]))
    assert served[1] == ("10.0.0.1", "anna"), "after the one that was answered already"
    assert served.index(("10.0.0.1", "anna"), 2) == 3
    assert sorted([*served[4:], served[0], served[2]]) == sorted(crowd)


def test_a_visitor_who_asks_much_holds_up_no_other_of_the_address() -> None:
    asked = [("10.0.0.2", "anna")] * 20 + [("10.0.0.2", "ben"), ("10.0.0.2", "cleo")]
    served = asyncio.run(order_of(Line(), asked))
    assert {owner for _, owner in served[:4]} == {"anna", "ben", "cleo"}
    assert len(served) == 22


def test_only_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WAITING_PER_ADDRESS", 3)
    monkeypatch.setattr(limits, "WAITING_IN_ALL", 4)

    async def refused() -> list[bool]:
        line, done = Line(), asyncio.Event()

        async def ask(address: str) -> bool:
            try:
                async with line.turn(address, "anna"):
                    await done.wait()
            except Full:
                return True
            return False

        asking = [asyncio.create_task(ask(one)) for one in ["10.0.0.1"] * 5 + ["10.0.0.2"] * 2]
        await asyncio.sleep(0)
        done.set()
        return await asyncio.gather(*asking, ask("10.0.0.1"))

    assert asyncio.run(refused()) == [False] * 4 + [True, False, True, True]


def test_whoever_leaves_the_line_holds_up_nobody() -> None:
    async def goes_on() -> bool:
        line = Line()
        async with line.turn("10.0.0.1", "anna"):
            waiting = [asyncio.create_task(order_of(line, [("10.0.0.2", "ben")])) for _ in range(3)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            waiting[0].cancel()
        waiting[1].cancel()  # its turn has come, or comes with the first one's going
        await asyncio.gather(*waiting, return_exceptions=True)
        async with asyncio.timeout(DEADLINE_SECONDS), line.turn("10.0.0.3", "cleo"):
            return not waiting[2].cancelled()

    assert asyncio.run(goes_on())


def client_of(work: Callable[[bytes], dict[str, Any]], turns: Turns) -> TestClient:
    async def ask(request: Request) -> Response:
        return await answering.answered(request, work, turns, 1e9, "too large")

    return TestClient(Starlette(routes=[OwnRoute("/ask", ask, "POST")]))


def test_a_question_that_comes_to_nothing_is_charged_too() -> None:
    def in_vain(body: bytes) -> dict[str, Any]:
        sum(range(10_000))
        raise ConfigError("This cannot be.")

    client = client_of(in_vain, Turns(5, 100, clock=lambda: 0.0))
    assert [client.post("/ask", json={}).status_code for _ in range(2)] == [400, 429]


def test_a_name_that_is_made_up_has_no_turns_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """One who has a page open has."""
    here = Admission()
    monkeypatch.setattr(answering, "admission", here)
    client = client_of(lambda body: {"sum": sum(range(10_000))}, Turns(5, 100, clock=lambda: 0.0))
    visitor = new_owner()
    here.enter(visitor)

    def ask(owner: str) -> int:
        return client.post("/ask", json={}, headers={"cookie": f"{OWNER_COOKIE}={owner}"}).status_code

    assert [ask(owner) for owner in (new_owner(), new_owner(), "", visitor)] == [200, 429, 429, 200]
    assert ask(visitor) == 429, "nor more than the others"


def test_a_visitor_leaves_places_in_the_line_to_others_of_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "WAITING_PER_VISITOR", 2)
    served: list[str] = []

    async def ask(line: Line, owner: str) -> None:
        async with line.turn("10.0.0.1", owner):
            served.append(owner)
            await asyncio.sleep(0)

    async def refused() -> list[bool]:
        line = Line()
        asking = [ask(line, owner) for owner in ("anna", "anna", "anna", "anna", "ben")]
        return [isinstance(one, Full) for one in await asyncio.gather(*asking, return_exceptions=True)]

    assert asyncio.run(refused()) == [False, False, False, True, False]
    assert sorted(served) == ["anna"] * 3 + ["ben"]


def test_a_fault_of_ours_is_a_sentence_and_the_teacher_sees_where(caplog: pytest.LogCaptureFixture) -> None:
    def broken(body: bytes) -> dict[str, Any]:
        raise KeyError("Ada Lovelace")

    answer = client_of(broken, Turns(5, 100)).post("/ask", json={})
    latest = faults.last()[0]
    assert (answer.status_code, answer.text) == (500, faults.sentence(latest.reference))
    assert latest.kind == "KeyError"
    assert latest.reference in caplog.text


def test_a_line_that_is_full_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """As is a visitor in haste; the board asks again by itself."""
    line = Line()
    line._busy = True  # somebody is answered
    monkeypatch.setattr(answering, "_line", line)
    monkeypatch.setattr(limits, "WAITING_PER_ADDRESS", 0)
    answer = client_of(lambda body: {}, Turns(5, 100)).post("/ask", json={})
    assert (answer.status_code, answer.text) == (429, answering.TOO_MANY)
