"""Whose browser it is: the cookie, the code that opens one's runs elsewhere, and being forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui import limits, owners, services, state
from ui.identity import OWNER_COOKIE
from ui.middleware import OwnerCookie

ANNA = "anna" + "-" * 18
HERE = {"origin": "http://testserver"}


@pytest.fixture
def client(lab: services.Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(owners, "guesses", owners.Guesses())
    monkeypatch.setattr(limits, "REFUSED_SECONDS", 0)
    page = Route("/", lambda request: HTMLResponse("<p>hello</p>"))
    app = Starlette(routes=[*owners.ROUTES, page], middleware=[Middleware(OwnerCookie)])
    with TestClient(app, follow_redirects=False) as client:
        client.get("/")
        yield client


def cookie(client: TestClient) -> str:
    return str(client.cookies[OWNER_COOKIE])


def test_the_first_document_names_the_browser_and_later_ones_leave_the_name(client: TestClient) -> None:
    first = cookie(client)
    assert len(first) >= 22
    assert "set-cookie" not in client.get("/").headers


@pytest.mark.parametrize(
    ("address", "forwarded", "behind", "secure"),
    [
        ("http://testserver", "", "", False),
        ("https://testserver", "", "", True),
        ("http://testserver", "https", "1", True),
        ("http://testserver", "http", "1", False),
        ("http://testserver", "https, http", "1", False),
        ("http://testserver", "https", "", False),
    ],
    ids=["in a school", "by HTTPS", "proxy by HTTPS", "proxy", "two proxies", "said by anybody"],
)
def test_a_name_that_was_given_by_https_is_said_by_https_alone(
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    forwarded: str,
    behind: str,
    secure: bool,
) -> None:
    monkeypatch.setenv("DLLAB_BEHIND_PROXY", behind)
    headers = {"x-forwarded-proto": forwarded} if forwarded else {}
    client.cookies.clear()
    given = client.get(f"{address}/", headers=headers)
    known = {"cookie": f"{OWNER_COOKIE}={ANNA}", "origin": address}
    forgotten = client.post(f"{address}/owner/forget", headers=headers | known)
    for answer in (given, forgotten):
        assert answer.headers["set-cookie"].endswith("SameSite=Lax" + "; Secure" * secure)


@pytest.mark.parametrize("others", ['theme={"a":1}', "a/b=1", "x", "a=b;;c", "é=ü"])
def test_other_cookies_of_this_host_do_not_hide_the_name(client: TestClient, others: str) -> None:
    header = f"{others}; {OWNER_COOKIE}={ANNA}".encode()
    client.cookies.clear()
    answer = client.get("/", headers={b"cookie": header})  # type: ignore[dict-item]
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_a_code_opens_its_owners_runs(client: TestClient) -> None:
    code = services.store().code_of(ANNA)
    answer = client.post("/owner/reopen", data={"code": f" {code[:4].lower()}-{code[4:]} "}, headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    assert cookie(client) == ANNA
    assert "HttpOnly" in answer.headers["set-cookie"]


def test_a_store_that_cannot_be_used_is_said(
    client: TestClient, lab: services.Services, wait_until: Callable[..., None]
) -> None:
    before = cookie(client)
    folder = lab.store.folder
    away = folder.rename(folder.with_name("away"))
    try:
        for _ in range(limits.WRONG_CODES + 1):  # which are no guesses
            answer = client.post("/owner/reopen", data={"code": "ANY"}, headers=HERE)
            assert (answer.status_code, answer.text) == (
                503,
                f"The data folder {folder} is gone: put it back, or make an empty one in its place.",
            )
    finally:
        away.rename(folder)
    assert cookie(client) == before
    wait_until(lambda: not lab.runner.trouble, "whoever keeps house has seen that it is back")


def test_a_wrong_code_changes_nothing_and_many_are_refused(client: TestClient) -> None:
    before = cookie(client)
    answers = [
        client.post("/owner/reopen", data={"code": f"WRONG{n}"}, headers=HERE)
        for n in range(limits.WRONG_CODES + 1)
    ]
    assert answers[0].headers["location"] == "/runs?runs__code=unknown"
    assert answers[-1].status_code == 429
    assert cookie(client) == before


def test_who_guesses_on_hears_it_late(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(limits, "REFUSED_SECONDS", 1.0)
    monkeypatch.setattr(owners.anyio, "sleep", sleep)
    for _ in range(limits.WRONG_CODES + 3):
        client.post("/owner/reopen", data={"code": "WRONG"}, headers=HERE)
    assert slept == [1.0] * 3


def test_one_address_that_guesses_locks_nobody_else_out(client: TestClient) -> None:
    for _ in range(limits.WRONG_CODES + 1):
        answer = client.post("/owner/reopen", data={"code": "WRONG"}, headers=HERE)
    assert answer.status_code == 429
    with TestClient(client.app, client=("10.0.0.7", 1), follow_redirects=False) as other:
        other.get("/")
        code = services.store().code_of(ANNA)
        assert other.post("/owner/reopen", data={"code": code}, headers=HERE).status_code == 303
        assert cookie(other) == ANNA


def test_right_codes_are_no_guesses() -> None:
    guesses = owners.Guesses(clock=lambda: 0.0)
    for _ in range(3 * limits.WRONG_CODES):
        assert guesses.allow("10.0.0.7")
        guesses.right("10.0.0.7")


def test_guesses_count_before_they_are_judged_and_are_forgotten_in_time() -> None:
    now = [0.0]
    guesses = owners.Guesses(clock=lambda: now[0])
    assert [guesses.allow("10.0.0.7") for _ in range(64)].count(True) == limits.WRONG_CODES
    now[0] = limits.WINDOW_SECONDS
    assert guesses.allow("10.0.0.7")


def test_being_forgotten_makes_somebody_new(client: TestClient) -> None:
    before = cookie(client)
    answer = client.post("/owner/forget", headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert cookie(client) != before


@pytest.mark.parametrize("origin", [{}, {"origin": "http://evil.example"}, {"origin": "null"}])
@pytest.mark.parametrize("path", ["/owner/forget", "/owner/reopen"])
def test_no_other_site_can_send_the_form(client: TestClient, path: str, origin: dict[str, Any]) -> None:
    before = cookie(client)
    answer = client.post(path, data={"code": services.store().code_of(ANNA)}, headers=origin)
    assert answer.status_code == 403
    assert cookie(client) == before


def test_a_tab_of_a_browser_that_is_somebody_elses_now_keeps_nothing(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = [ANNA]
    monkeypatch.setattr(state, "owner", lambda: browser[0])
    page = open_page("home.py")
    page.at.session_state["note"] = "hers"
    page.run()
    assert page.at.session_state["note"] == "hers"
    browser[0] = "bert" + "-" * 18
    page.run()
    assert "note" not in page.at.session_state
    assert not page.sentences
