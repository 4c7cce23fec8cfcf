"""Every address of the lab's own, as app.py puts it behind its doors: who gets what, and what breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from runpy import run_path
from types import ModuleType
from typing import Any, NoReturn, cast

import pytest
from starlette.testclient import TestClient
from streamlit import config
from streamlit.runtime import Runtime
from streamlit.starlette import App

from dlcore.classroom.room import Room
from dlcore.errors import ConfigError, DlcoreError, EndedError, StoreError
from dlcore.runs.storage.store import Store
from ui import faults, health, limits, live_vote, owners, services, worksheets
from ui.components.plotly3d import assets
from ui.components.plotly3d.assets import URLS
from ui.doors import LARGER
from ui.guesses import Guesses
from ui.identity import OWNER_COOKIE
from ui.live_vote import Canvas
from ui.own_routes import OwnRoute
from ui.teachers import Teachers
from ui.turns import Turns

ROOT = Path(__file__).resolve().parents[2]
ANNA, BERT = "a" * 22, "b" * 22
BROWSER = {"cookie": f"{OWNER_COOKIE}={ANNA}"}
ELSEWHERE = {"origin": "http://evil.example", "content-type": "text/plain"}  # as a form, which asks nobody


@dataclass(frozen=True)
class Line:
    """Where a route is asked, and its answers: to nobody we know, and to Anna, from another site's page."""

    at: str
    nobody: int
    elsewhere: int


LINES = {  # every route has one
    "/owner/reopen": Line("/owner/reopen", 403, 403),
    "/owner/forget": Line("/owner/forget", 403, 403),
    "/vote/{name}": Line("/vote/anybody", 404, 404),
    **{
        path: Line(path, 415, 415)
        for path in (
            *(f"/playground/{name}" for name in ("train", "blame", "story", "batches")),
            "/signals/measure",
            "/forger/frames",
            "/forger/story",
            "/tensors/graph",
        )
    },
    "/worksheet/{page}": Line("/worksheet/playground", 200, 200),
    "/worksheet/{page}/answers": Line("/worksheet/playground/answers", 403, 403),
    "/healthz": Line("/healthz", 503, 503),  # nothing runs
    "/assets/{file}": Line("/assets/x.js", 404, 404),
}
UP = ("%2e%2e%2f", "..%2f", "..%5c", "%252e%252e%252f")
FILES = ("app.py", ".streamlit/config.toml", "etc/passwd")


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """Streamlit keeps one to a process, and remembers it: here for these tests alone."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            patch.setenv(name, "1")  # as it does, for good
        patch.setattr(config, "_main_script_path", str(ROOT / "app.py"))
        patch.setattr(Runtime, "_instance", None)
        app: App = run_path(str(ROOT / "app.py"))["app"]
        app._starlette_app = app._build_starlette_app()
        yield app


@pytest.fixture
def client(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    room, teachers = Room(), Teachers()
    monkeypatch.setattr(owners, "guesses", Guesses())
    with closing(Store(tmp_path)) as store:
        monkeypatch.setattr(services, "store", lambda: store)
        monkeypatch.setattr(services, "room", lambda: room)
        monkeypatch.setattr(services, "teachers", lambda: teachers)
        assert app._starlette_app is not None
        yield TestClient(
            app._starlette_app,
            base_url="http://localhost:8501",
            client=("10.0.0.7", 50_000),
            follow_redirects=False,
        )


def is_said(answer: Any, status: int, sentence: str) -> bool:
    return (answer.status_code, answer.text) == (status, sentence)


def test_every_route_has_its_line_here_and_says_what_goes_wrong(app: App) -> None:
    assert {getattr(route, "path", "") for route in app._user_routes} == set(LINES)
    assert all(isinstance(route, OwnRoute) for route in app._user_routes)


@pytest.mark.parametrize("path", LINES)
def test_a_route_gives_nobody_more_than_its_line_says(app: App, client: TestClient, path: str) -> None:
    (route,) = (route for route in app._user_routes if isinstance(route, OwnRoute) and route.path == path)
    line, methods = LINES[path], route.methods or set()
    (method,) = methods - {"HEAD"}
    assert client.request(method, line.at).status_code == line.nobody
    answer = client.request(method, line.at, headers=BROWSER | ELSEWHERE)
    assert answer.status_code == line.elsewhere
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "set-cookie" not in answer.headers
    assert client.request(method, line.at, headers={"host": "evil.example"}).status_code == 421
    for wrong in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} - methods:
        assert client.request(wrong, line.at, headers=BROWSER).status_code == 405, wrong
    most = next((most for like, most in LARGER.items() if like.fullmatch(line.at)), limits.FORM_BYTES)
    assert client.post(line.at, content=bytes(most + 1), headers=BROWSER).status_code == 413
    for up, file in product(UP, FILES):
        for at in {re.sub(r"\{\w+\}", 9 * up + file, path), f"{line.at}/{9 * up}{file}"} - {line.at}:
            assert 400 <= client.request(method, at, headers=BROWSER).status_code < 500, at


def test_nobody_reads_anothers_worksheet(client: TestClient) -> None:
    services.store().keep_note(ANNA, "playground", "a note of mine")
    services.teachers().take(services.teachers().spelled, BERT, "10.0.0.7")
    for owner, mine, status in ((ANNA, True, 403), (BERT, False, 200), ("c" * 22, False, 403)):
        cookie = {"cookie": f"{OWNER_COOKIE}={owner}"}
        assert ("a note of mine" in client.get("/worksheet/playground", headers=cookie).text) is mine
        assert client.get("/worksheet/playground/answers", headers=cookie).status_code == status


@pytest.mark.parametrize("owner", [ANNA, BERT])
def test_sheets_and_answers_share_their_turns(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    """Who teaches, too: an answer sheet takes as long."""
    monkeypatch.setattr(worksheets, "turns", Turns(2.0, 60.0, clock=lambda: 0.0))
    services.teachers().take(services.teachers().spelled, BERT, "10.0.0.7")
    cookie = {"cookie": f"{OWNER_COOKIE}={owner}"}
    asked = [
        client.get(f"/worksheet/playground{more}", headers=cookie).status_code
        for more in ("", "/answers", "", "/answers")
    ]
    assert asked == ([200, 200, 429, 429] if owner == BERT else [200, 403, 200, 403])


# --- What goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize("more", ["", "?empty=1", "/answers"])
def test_a_worksheet_that_is_asked_for_while_the_lab_ends_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(services, "_stopped", True)
    answer = client.get(f"/worksheet/playground{more}", headers=BROWSER)
    if more == "?empty=1":
        assert answer.status_code == 200, "it needs nobody"
    else:
        assert is_said(answer, 503, "The lab is ending: open it again in a minute.")


@pytest.mark.parametrize(("kind", "status"), [(StoreError, 503), (ConfigError, 400), (EndedError, 400)])
def test_an_error_of_ours_is_its_sentence(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, kind: type[DlcoreError], status: int
) -> None:
    def wrong() -> Room:
        raise kind("This cannot be: do that.")

    monkeypatch.setattr(services, "room", wrong)
    before = len(faults.last())
    answer = client.get("/worksheet/playground", headers=BROWSER)
    assert is_said(answer, status, "This cannot be: do that.")
    assert len(faults.last()) == before


def broken(*_: object, **__: object) -> NoReturn:
    raise KeyError("Ada Lovelace")


@pytest.mark.parametrize(
    ("method", "at", "module", "name"),
    [
        ("POST", "/owner/reopen", services, "store"),
        ("POST", "/owner/forget", owners, "new_owner"),
        ("POST", "/vote/hers", live_vote, "to_digit"),
        ("GET", "/worksheet/playground", services, "room"),
        ("GET", "/worksheet/playground/answers", services, "teachers"),
        ("GET", "/healthz", health, "health_of"),
        ("GET", URLS["plotly"], assets, "_read"),
    ],
)
def test_a_fault_of_ours_is_a_sentence_and_an_id(
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
    at: str,
    module: ModuleType,
    name: str,
) -> None:
    """What it says, which may be somebody's own words, stands in the log alone."""
    canvas = Canvas(ANNA, cast(Any, None), centered=True)
    live_vote.votes.admit(canvas, "hers")
    monkeypatch.setattr(health, "watch", health.Watch())
    monkeypatch.setattr(module, name, broken)
    ink = bytes(limits.INK_BYTES) if "vote" in at else b""
    headers = BROWSER | {"origin": "http://localhost:8501"}
    answer = client.request(method, at, content=ink, headers=headers | {"accept-encoding": "identity"})
    latest = faults.last()[0]
    assert is_said(answer, 500, faults.sentence(latest.reference))
    assert latest.kind == "KeyError"
    assert latest.reference in caplog.text
