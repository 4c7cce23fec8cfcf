"""The vote on a stroke that goes on: who may ask, what is taken, and what a flood gets."""

from __future__ import annotations

import gc
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dlcore.mnist.canvas import to_digit
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.predictor import Predictor, make_predictor
from ui import limits, live_vote
from ui.doors import BoundedBodies
from ui.live_vote import Canvas, LiveVotes
from ui.pace import SHORTEST

ONE = np.zeros((70, 70), np.uint8)
ONE[10:60, 33:38] = 255


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return make_predictor(*load_model(shipped_run("mnist").checkpoints[-1]))


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def votes(monkeypatch: pytest.MonkeyPatch, now: list[float]) -> LiveVotes:
    fresh = LiveVotes()
    monkeypatch.setattr(live_vote, "votes", fresh)
    monkeypatch.setattr(live_vote, "turns", live_vote.fair_turns(lambda: now[0]))
    return fresh


@pytest.fixture
def client(votes: LiveVotes) -> TestClient:
    app = Starlette(routes=live_vote.ROUTES, middleware=[Middleware(BoundedBodies)])
    return TestClient(app)


@pytest.fixture
def pages() -> list[Canvas]:
    """The canvases of open pages: each page holds its own."""
    return []


@pytest.fixture
def admit(votes: LiveVotes, predictor: Predictor, pages: list[Canvas]) -> Callable[..., str]:
    """The address of a canvas."""

    def admitted(name: str = "", *, centered: bool = True, owner: str = "anna") -> str:
        pages.append(Canvas(owner, predictor, centered))
        return "/vote/" + votes.admit(pages[-1], name)

    return admitted


def body(ink: NDArray[np.uint8]) -> bytes:
    return ink.tobytes()


def test_it_reads_as_the_page_reads(
    client: TestClient, admit: Callable[..., str], predictor: Predictor
) -> None:
    answer = client.post(admit(), content=body(ONE)).json()
    expected = predictor.predict(to_digit(ONE))
    assert answer["vote"]["digit"] == expected.digit == 1
    assert [share for share, _ in answer["vote"]["bars"]] == pytest.approx(expected.probabilities, abs=5e-5)
    assert answer["every"] >= 100


def test_it_prepares_as_the_page_prepares(client: TestClient, admit: Callable[..., str]) -> None:
    corner = np.roll(ONE, (-8, -30), axis=(0, 1))
    address = admit()
    centred = client.post(address, content=body(corner)).json()["vote"]["image"]
    assert centred == client.post(address, content=body(ONE)).json()["vote"]["image"]
    assert admit(address.removeprefix("/vote/"), centered=False) == address
    assert client.post(address, content=body(corner)).json()["vote"]["image"] != centred


def test_an_empty_canvas_is_not_a_zero(client: TestClient, admit: Callable[..., str]) -> None:
    assert client.post(admit(), content=bytes(70 * 70)).json()["vote"] is None


@pytest.mark.parametrize("size", [0, 1, 4_899, 4_901, 1_000_000])
def test_anything_else_is_refused(client: TestClient, admit: Callable[..., str], size: int) -> None:
    answer = client.post(admit(), content=bytes(size))
    assert (answer.status_code, answer.text) in [
        (400, "Send 4,900 grey levels, a byte each."),
        (413, "At most 4,900 bytes."),
    ]


@pytest.mark.parametrize("name", ["unknown", "..%2fowner", "%00", "x" * 5_000])
def test_a_canvas_that_nobody_knows_is_a_sentence(
    client: TestClient, admit: Callable[..., str], name: str
) -> None:
    admit()
    answer = client.post(f"/vote/{name}", content=body(ONE))
    assert answer.status_code in (404, 413)  # another path lets less in
    assert client.get(f"/vote/{name}").status_code in (404, 405)


def test_names_cannot_be_guessed_and_go_with_their_page(
    client: TestClient, admit: Callable[..., str], pages: list[Canvas]
) -> None:
    names = [admit() for _ in range(100)]
    assert len(set(names)) == len(names)
    assert all(len(name) >= len("/vote/") + 22 for name in names)
    assert client.post(names[0], content=body(ONE)).status_code == 200
    del pages[0]
    gc.collect()
    assert client.post(names[0], content=body(ONE)).status_code == 404
    assert client.post(names[1], content=body(ONE)).status_code == 200


def test_a_flood_is_told_to_wait_and_the_others_of_its_address_are_not(
    client: TestClient, admit: Callable[..., str], now: list[float]
) -> None:
    flood, other = admit(), admit(owner="bert")
    at_once = int(2 / SHORTEST)
    empty = bytes(70 * 70)
    said = [client.post(flood, content=empty).status_code for _ in range(5 * at_once)]
    assert said == [200] * at_once + [429] * (4 * at_once)
    assert client.post(other, content=empty).status_code == 200
    now[0] += 0.5
    assert client.post(flood, content=empty).status_code == 200


def test_an_address_has_its_bound_too(client: TestClient, admit: Callable[..., str]) -> None:
    at_once = int(limits.MESSAGES_PER_SECOND_BY_ADDRESS)
    crowd = [admit(owner=f"owner {number}") for number in range(at_once + 20)]
    said = [client.post(address, content=bytes(70 * 70)).status_code for address in crowd]
    assert said == [200] * at_once + [429] * 20
