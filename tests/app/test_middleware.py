"""The style that puts the picture first on a phone comes with every document, and with nothing else."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.middleware import PhoneStyle, ShallowAddresses

DOCUMENT = "<!doctype html><title>Lab</title>" + "<p>a long document</p>" * 100
STYLE = PhoneStyle.STYLE.decode()


def document(request: Request) -> Response:
    return HTMLResponse(DOCUMENT, status_code=int(request.query_params.get("status", 200)))


def text(request: Request) -> Response:
    return PlainTextResponse("plain words")


@pytest.fixture
def client() -> TestClient:
    middleware = [Middleware(PhoneStyle), Middleware(GZipMiddleware)]  # Streamlit packs inside of ours
    app = Starlette(routes=[Route("/", document), Route("/text", text)], middleware=middleware)
    return TestClient(app, headers={"accept": "text/html,*/*", "accept-encoding": "gzip"})


def test_a_document_ends_with_the_style(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.text == DOCUMENT + STYLE
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [("/?status=404", "text/html", 404), ("/text", "text/html", 200), ("/", "*/*", 200)],
)
def test_everything_else_is_left_alone(client: TestClient, path: str, accept: str, status: int) -> None:
    answer = client.get(path, headers={"accept": accept})
    assert answer.status_code == status
    assert STYLE not in answer.text


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/run/zzz?a=1", "/run-zzz"),
        ("/mnist_train/", None),
        ("/worksheet/mnist_train", None),
        ("/_stcore/health", None),
        ("/a/b/..%2Fc", "/a-b-..-c"),
    ],
)
def test_a_deeper_address_leads_to_where_it_is_said_that_there_is_none(
    path: str, leads_to: str | None
) -> None:
    app = Starlette(routes=[Route("/{rest:path}", document)], middleware=[Middleware(ShallowAddresses)])
    client = TestClient(app, follow_redirects=False)
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.headers.get("location") == leads_to
    assert answer.is_redirect == (leads_to is not None)
    assert not client.get(path, headers={"accept": "*/*"}).is_redirect
