"""Whose browser it is: the cookie, the code that opens one's runs elsewhere, and being forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui import owners, services
from ui.middleware import OWNER_COOKIE, OwnerCookie

HERE = {"origin": "http://testserver"}


@pytest.fixture
def client(lab: services.Services) -> Iterator[TestClient]:
    owners._wrong.clear()
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


@pytest.mark.parametrize("others", ['theme={"a":1}', "a/b=1", "x", "a=b;;c", "é=ü"])
def test_other_cookies_of_this_host_do_not_hide_the_name(client: TestClient, others: str) -> None:
    header = f"{others}; {OWNER_COOKIE}=anna".encode()
    client.cookies.clear()
    answer = client.get("/", headers={b"cookie": header})  # type: ignore[dict-item]
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_a_code_opens_its_owners_runs(client: TestClient) -> None:
    code = services.store().code_of("anna")
    answer = client.post("/owner/reopen", data={"code": f" {code[:4].lower()}-{code[4:]} "}, headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    assert cookie(client) == "anna"
    assert "HttpOnly" in answer.headers["set-cookie"]


def test_a_wrong_code_changes_nothing_and_many_are_refused(client: TestClient) -> None:
    before = cookie(client)
    answers = [
        client.post("/owner/reopen", data={"code": f"WRONG{n}"}, headers=HERE)
        for n in range(owners.WRONG_CODES + 1)
    ]
    assert answers[0].headers["location"] == "/runs?runs__code=unknown"
    assert answers[-1].status_code == 429
    assert cookie(client) == before


def test_being_forgotten_makes_somebody_new(client: TestClient) -> None:
    before = cookie(client)
    answer = client.post("/owner/forget", headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert cookie(client) != before


@pytest.mark.parametrize("origin", [{}, {"origin": "http://evil.example"}, {"origin": "null"}])
@pytest.mark.parametrize("path", ["/owner/forget", "/owner/reopen"])
def test_no_other_site_can_send_the_form(client: TestClient, path: str, origin: dict[str, Any]) -> None:
    before = cookie(client)
    answer = client.post(path, data={"code": services.store().code_of("anna")}, headers=origin)
    assert answer.status_code == 403
    assert cookie(client) == before
