"""Whether other devices get through is told by their requests, and by nothing else."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ui import limits
from ui.reached import NotesDevices, Reached

HERE = "192.168.1.5"


def served(noted: Reached) -> Starlette:
    def page(request: Request) -> Response:
        return PlainTextResponse("here")

    return Starlette(routes=[Route("/", page)], middleware=[Middleware(NotesDevices, noted=noted)])


def ask(noted: Reached, address: str, host: str = f"{HERE}:8501") -> None:
    TestClient(served(noted), client=(address, 50_000)).get("/", headers={"host": host})


def noted() -> Reached:
    return Reached(own=lambda: {"127.0.0.1", HERE})


def test_each_other_device_counts_once_by_the_name_it_asked_for() -> None:
    found = noted()
    assert found.devices(HERE) == 0
    for address in ("192.168.1.20", "192.168.1.21", "192.168.1.20"):
        ask(found, address)
    assert found.devices(HERE) == 2
    assert found.devices("10.8.0.6") == 0
    ask(found, "10.8.0.9", host="10.8.0.6:8501")
    assert (found.devices(HERE), found.devices("10.8.0.6")) == (2, 1)


def test_what_this_machine_asks_itself_says_nothing() -> None:
    found = noted()
    ask(found, HERE)
    ask(found, "127.0.0.1", host="localhost:8501")
    assert found.devices(HERE) == found.devices("localhost") == 0


def test_nothing_is_kept_once_the_room_is_cleared_and_never_much() -> None:
    found = noted()
    for number in range(limits.ADDRESSES_REMEMBERED + 50):
        found.note(f"10.0.{number // 250}.{number % 250}", HERE)
    assert found.devices(HERE) == limits.ADDRESSES_REMEMBERED
    found.forget()
    assert found.devices(HERE) == 0


def test_a_request_without_a_usable_name_is_let_through() -> None:
    found = noted()
    ask(found, "192.168.1.20", host="a@b/c")
    assert found.devices(HERE) == 0
