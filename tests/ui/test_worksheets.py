"""Worksheets have addresses of their own: everybody's own work, and answers for the teacher alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dlcore.classroom.notebook import Attempt
from dlcore.classroom.room import Room
from dlcore.runs.storage.store import Store
from ui import identity, services, worksheets
from ui.admission import Admission
from ui.card_sets import MODULES, cards_of
from ui.teachers import Teachers
from ui.turns import Turns

PAGES = Path(__file__).resolve().parents[2] / "pages"
ANNA, BERT = "a" * 22, "b" * 22
RACE = "/worksheet/optimizers_race"
CARD = cards_of("optimizers/race.py")["limit"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    room, teachers = Room(), Teachers()
    with closing(Store(tmp_path)) as opened:
        monkeypatch.setattr(services, "store", lambda: opened)
        monkeypatch.setattr(services, "room", lambda: room)
        monkeypatch.setattr(services, "teachers", lambda: teachers)
        yield opened


def client(owner: str = "", host: str = "10.0.0.7", base: str = "http://lab.school:8501") -> TestClient:
    app = Starlette(routes=worksheets.ROUTES)
    browser = TestClient(app, base_url=base, client=(host, 50_000))
    if owner:
        browser.headers["cookie"] = f"{identity.OWNER_COOKIE}={owner}"
    return browser


def test_who_asks_again_and_again_waits_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worksheets, "turns", Turns(1.0, 30.0, clock=lambda: 0.0))
    monkeypatch.setattr(worksheets, "admission", admission := Admission())
    for owner in (ANNA, BERT):
        admission.enter(owner)
    assert [client(ANNA).get(RACE).status_code for _ in range(3)] == [200, 429, 429]
    assert client(ANNA).get(RACE).text.startswith("Too many worksheets at once")
    assert client(BERT).get(RACE).status_code == 200
    made_up = [client(f"{number:022}").get(RACE).status_code for number in range(3)]
    assert made_up == [200, 429, 429], "names cost nothing: without a page they share their address's turns"


@pytest.mark.parametrize("file", MODULES)
def test_every_page_has_its_own_cards(file: str) -> None:
    tree = ast.parse((PAGES / file).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    having = [node.module for node in imports if "CARDS" in {name.name for name in node.names}]
    assert having == [f"dlcore.{MODULES[file]}"]
    assert cards_of(file)


def test_no_page_with_cards_is_left_out() -> None:
    shows = {
        path.relative_to(PAGES).as_posix()
        for path in PAGES.rglob("*.py")
        if "cards.show(" in path.read_text(encoding="utf-8")
    }
    assert shows == set(MODULES) == {stop.file for stop in worksheets.PAGES.values()}
    assert cards_of("words.py") == {}
    assert worksheets.link("words", "x") == ""


def test_it_holds_what_its_owner_has_done_and_nobody_else(store: Store) -> None:
    store.keep_card(ANNA, "optimizers_race", "limit", Attempt(CARD.title, CARD.question, CARD.answers[0]))
    store.keep_note(ANNA, "optimizers_race", "a note of mine")
    for owner, query, mine in (
        (ANNA, "", True),
        (ANNA, "?empty=1", False),
        (BERT, "", False),
        ("", "", False),
    ):
        answer = client(owner).get(RACE + query)
        assert answer.status_code == 200
        assert ("a note of mine" in answer.text) is mine
        assert ("Nothing is answered yet" in answer.text) is not mine
        assert CARD.why not in answer.text


@pytest.mark.parametrize("page", ["words", "nonsense", "<script>alert(1)</script>", "%00", "..%2Fapp.py"])
def test_a_page_that_has_none_is_a_sentence(store: Store, page: str) -> None:
    answer = client(ANNA).get(f"/worksheet/{page}")
    assert answer.status_code == 404
    assert "script" not in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


def test_answers_are_for_whoever_holds_the_class(store: Store) -> None:
    address = f"{RACE}/answers"
    services.teachers().take(services.teachers().spelled, BERT, "10.0.0.7")
    for student in (client(), client(ANNA), client(BERT, host="10.0.0.8")):
        answer = student.get(address)
        assert (answer.status_code, answer.text) == (403, worksheets.TEACHERS)
        assert student.get("/worksheet/nonsense/answers").status_code == 403
    for forged in (
        {"x-forwarded-for": "127.0.0.1"},
        {"host": "localhost:8501"},
        {"forwarded": "for=127.0.0.1"},
    ):
        assert client(ANNA).get(address, headers=forged).status_code == 403
    machine = client(ANNA, host="127.0.0.1", base="http://localhost:8501")
    for teacher in (client(BERT), machine):
        answer = teacher.get(address)
        assert answer.status_code == 200
        assert CARD.why.split("λ")[0] in answer.text
        assert teacher.get("/worksheet/nonsense/answers").status_code == 404
    services.teachers().leave(BERT, "10.0.0.7")
    assert client(BERT).get(address).status_code == 403


def test_a_teacher_whose_address_is_the_machines_own_by_another_name(store: Store) -> None:
    """Streamlit gives no address for a browser of this machine: so a page remembers who holds the class."""
    services.teachers().take(services.teachers().spelled, BERT, "")
    assert client(BERT, host="127.0.0.1").get(f"{RACE}/answers").status_code == 200
    assert client(ANNA, host="127.0.0.1").get(f"{RACE}/answers").status_code == 403
