"""Who a browser is: only an owner of our own making counts, and only the machine itself is the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dlcore.runs.local import OWNER as LOCAL_OWNER
from dlcore.runs.shipped import OWNER as SHIPPED_OWNER
from ui import identity
from ui.identity import OWNER_COOKIE, at_the_machine, new_owner, owner_cookie, owner_in
from ui.middleware import OwnerCookie

NOBODY = [
    LOCAL_OWNER,
    SHIPPED_OWNER,
    "",
    "anna",
    "a" * 21,
    "a" * 23,
    "a" * 21 + "=",
    "a" * 21 + "\n",
    "ａ" * 22,
    "../../../../etc/passwd",
    r'"x\073 Domain=evil.example"',
    '"' + "a" * 20 + '"',
]


@pytest.mark.parametrize("name", NOBODY)
def test_what_is_no_owner_is_no_cookie(name: str) -> None:
    assert owner_in(f"{OWNER_COOKIE}={name}") is None
    with pytest.raises(ValueError, match="22 URL-safe letters"):
        owner_cookie(name, secure=False)


def test_a_new_owner_is_one_and_nobody_elses() -> None:
    owners = {new_owner() for _ in range(100)}
    assert len(owners) == 100
    for owner in owners:
        assert owner_in(f'theme={{"a":1}}; {OWNER_COOKIE}={owner}; x') == owner


@pytest.fixture
def client() -> Iterator[TestClient]:
    page = Route("/", lambda request: HTMLResponse("<p>hello</p>"))
    with TestClient(Starlette(routes=[page], middleware=[Middleware(OwnerCookie)])) as client:
        yield client


@pytest.mark.parametrize("name", [LOCAL_OWNER, SHIPPED_OWNER, r'"x\073 Domain=evil.example"'])
def test_a_browser_with_a_made_up_name_gets_one_of_its_own(client: TestClient, name: str) -> None:
    answer = client.get("/", headers={"cookie": f"{OWNER_COOKIE}={name}"})
    found = re.search(rf"{OWNER_COOKIE}=([^;]*)", answer.headers["set-cookie"])
    assert found is not None
    assert identity.is_owner(found[1])
    assert "Domain" not in answer.headers["set-cookie"]


HERE = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (None, HERE),
        ("127.0.0.1", {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}),
        ("::1", {"Host": "[::1]:8501", "Origin": "http://[::1]:8501"}),
        (None, {}),
    ],
)
def test_at_the_machine(address: str | None, headers: dict[str, str]) -> None:
    assert at_the_machine(address, headers, behind_proxy=False)
    assert not at_the_machine(address, headers, behind_proxy=True)


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("127.0.0.2", HERE),
        ("192.168.1.7", HERE),
        ("192.168.1.7", {}),
        (None, {"Host": "lab.school.example", "Origin": "https://lab.school.example"}),
        (None, {"Host": "127.0.0.1:8501", "Origin": "https://lab.school.example"}),
        (None, {"Host": "localhost:8501", "Origin": "null"}),
        (None, {"Host": "localhost.evil.example", "Origin": "http://localhost.evil.example"}),
        (None, {"Host": "localhost@evil.example"}),
        (None, {"Host": "localhost:port"}),
        *((None, HERE | {name: "10.0.0.7"}) for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP")),
    ],
)
def test_not_at_the_machine(address: str | None, headers: dict[str, str]) -> None:
    assert not at_the_machine(address, headers, behind_proxy=False)


@pytest.mark.parametrize(("value", "behind"), [("", False), ("0", False), ("1", True), ("yes", True)])
def test_a_proxy_that_hides_everything_is_told_of(
    monkeypatch: pytest.MonkeyPatch, value: str, behind: bool
) -> None:
    monkeypatch.setenv("DLLAB_BEHIND_PROXY", value)
    assert identity.behind_proxy() is behind
