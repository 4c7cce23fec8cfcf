"""What the board of autograd asks for and gets, and what it is told when it asks for what cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dlcore.tensors.graph import trace
from ui import limits, tracing
from ui.doors import BoundedBodies
from ui.turns import Turns

SQUARE = {"expression": "x ** 2", "values": {"x": 3}, "times": 2}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(tracing, "turns", Turns(1000, 1000, at_once=100))
    return TestClient(Starlette(routes=tracing.ROUTES, middleware=[Middleware(BoundedBodies)]))


def test_it_answers_with_the_graph(client: TestClient) -> None:
    answer = client.post(tracing.ADDRESS, json=SQUARE).json()
    assert answer == json.loads(json.dumps(tracing.payload(trace("x ** 2", {"x": 3}, 2))))
    assert answer["grads"] == {"x": "6 + 6 = 12"}
    assert [place["grad_fn"] for place in answer["places"]] == ["AccumulateGrad", "", "PowBackward0"]
    assert answer["places"][0]["gradient"] == "6", "of one pass: the picture is of the graph"
    assert client.post(tracing.ADDRESS, json=SQUARE | {"times": 0}).json()["grads"] == {"x": "None"}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ([], "A board must ask with its expression."),
        ({"expression": 3}, "A board must ask with its expression."),
        (SQUARE | {"times": 13}, "Backward passes must be from 0 to 12."),
        (SQUARE | {"times": True}, "Backward passes must be from 0 to 12."),
        (SQUARE | {"values": {"x": "3"}}, "The leaves must be numbers"),
        (SQUARE | {"values": {"x": 1e9}}, "The leaves must be numbers"),
        (SQUARE | {"values": [3]}, "The leaves must be numbers"),
    ],
)
def test_what_cannot_be_is_a_sentence(client: TestClient, asked: Any, sentence: str) -> None:
    answer = client.post(tracing.ADDRESS, json=asked)
    assert answer.status_code == 400
    assert sentence in answer.text


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (SQUARE | {"expression": "1 / x", "values": {"x": 0}}, "nothing can be divided by 0"),
        (SQUARE | {"expression": "eval(x)"}, "An expression knows"),
    ],
)
def test_where_there_is_no_graph_the_answer_says_so(client: TestClient, asked: Any, sentence: str) -> None:
    said = client.post(tracing.ADDRESS, json=asked)
    assert said.status_code == 200, "a leaf may well be moved there"
    assert sentence in said.json()["trouble"]


def test_nobody_sends_much_or_from_elsewhere(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.post(tracing.ADDRESS, content="{}").status_code == 415
    deep = {"Content-Type": "application/json"}
    assert client.post(tracing.ADDRESS, content="[" * 1_900, headers=deep).status_code == 400
    assert (
        client.post(tracing.ADDRESS, content=" " * (limits.TRACED_BYTES + 1), headers=deep).status_code == 413
    )
    monkeypatch.setattr(tracing, "turns", Turns(1, 1, clock=lambda: 0.0))
    codes = [client.post(tracing.ADDRESS, json=SQUARE).status_code for _ in range(2)]
    assert codes == [200, 429]
