"""What the board of activations and gradients asks for and gets, and how the browser writes it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dlcore.schema import knobs
from dlcore.signals.config import SignalsConfig
from dlcore.signals.measures import edge, measure
from dlcore.signals.words import brief, words_of
from ui import limits, signalling
from ui.components.parts import HERE
from ui.doors import BoundedBodies
from ui.turns import Turns

SMALL = SignalsConfig(depth=3, width=8)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(signalling, "turns", Turns(1000, 1000, at_once=100))
    return TestClient(Starlette(routes=signalling.ROUTES, middleware=[Middleware(BoundedBodies)]))


def question(**fields: Any) -> dict[str, Any]:
    return {"config": SMALL.model_dump() | fields}


def test_it_says_what_is_seen_of_every_layer(client: TestClient) -> None:
    answer = client.post(signalling.ADDRESS, json=question()).json()
    seen = measure(SMALL)
    assert [layer["norm"] for layer in answer["layers"]] == pytest.approx(
        [layer.norm for layer in seen.layers], rel=1e-3
    )
    assert [tuple(layer["signal"]["sizes"]) for layer in answer["layers"]] == [
        layer.signal.sizes for layer in seen.layers
    ]
    assert [word["text"] for word in answer["words"]] == [word.text for word in words_of(seen)]
    assert answer["layers"][0]["gain"] is None, "nothing comes before the first"


def test_the_largest_stack_is_answered_and_small_to_send(client: TestClient) -> None:
    config = SignalsConfig(depth=30, width=128, activation="relu", init="he")
    answer = client.post(signalling.ADDRESS, json={"config": config.model_dump()})
    assert answer.status_code == 200
    assert len(answer.content) < 60_000


def test_what_is_no_number_is_sent_as_none(client: TestClient) -> None:
    fields = {"activation": "gelu", "init": "large", "depth": 30, "width": 64}
    answer = client.post(signalling.ADDRESS, json=question(**fields))
    assert answer.status_code == 200
    assert answer.json()["layers"][0]["norm"] is None
    assert answer.json()["words"][0]["kind"] == "exploding"


def test_nobody_elses_dice_are_touched(client: TestClient) -> None:
    before = torch.get_rng_state()
    client.post(signalling.ADDRESS, json=question())
    assert torch.equal(torch.get_rng_state(), before)


VALUES = ("x", "", None, -1, 0.5, 1e300, 10**40, [], {}, "NaN")


@pytest.mark.parametrize("name", knobs(SignalsConfig))
def test_a_field_that_cannot_be_gets_one_sentence(client: TestClient, name: str) -> None:
    title = knobs(SignalsConfig)[name].title
    for value in VALUES:
        answer = client.post(signalling.ADDRESS, json=question(**{name: value}))
        assert answer.status_code == 400, (value, answer.text)
        assert answer.text.startswith(f"{title} must be"), answer.text
        assert answer.text.count(" must be ") == 1
        assert len(answer.text) < 300


BODIES: Mapping[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "half": b"{",
    "deep": b"[" * 1_900,
    "no config": b'{"config": 1}',
    "no text": b"\xff\xfe",
    "not a number": b'{"config": {"depth": NaN}}',
    "without end": b'{"config": {"width": Infinity}}',
    "more than there is": b'{"config": {"evil": 1}}',
    "many digits": b'{"config": {"depth": ' + b"9" * 1_900 + b"}}",
}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_no_question_is_refused(client: TestClient, name: str) -> None:
    answer = client.post(
        signalling.ADDRESS, content=BODIES[name], headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.text.endswith(".")
    assert "Traceback" not in answer.text


def test_what_is_just_outside_its_bounds_is_refused(client: TestClient) -> None:
    for name, knob in knobs(SignalsConfig).items():
        if knob.low is not None and knob.high is not None:
            for value, status in ((knob.low - 1, 400), (knob.high + 1, 400), (knob.low, 200)):
                answer = client.post(signalling.ADDRESS, json=question(**{name: int(value)}))
                assert answer.status_code == status, (name, value)


def test_a_large_body_is_not_read_and_another_sites_form_is_refused(client: TestClient) -> None:
    body = b" " * (limits.STACK_BYTES + 1)
    kind = {"content-type": "application/json"}
    assert client.post(signalling.ADDRESS, content=body, headers=kind).status_code == 413
    asked = json.dumps(question())
    assert (
        client.post(signalling.ADDRESS, content=asked, headers={"content-type": "text/plain"}).status_code
        == 415
    )
    assert client.get(signalling.ADDRESS).status_code == 405


def test_who_drags_a_slider_waits_alone(monkeypatch: pytest.MonkeyPatch, client: TestClient) -> None:
    now = [0.0]
    turns = Turns(limits.STACKS_PER_SECOND, 30.0, at_once=limits.STACKS_SAVED_SECONDS, clock=lambda: now[0])
    monkeypatch.setattr(signalling, "turns", turns)
    said = [client.post(signalling.ADDRESS, json=question(width=2, depth=1)) for _ in range(80)]
    assert said[0].status_code == 200
    assert said[-1].status_code == 429
    assert said[-1].text == "Too many changes at once: wait a second."
    assert turns.allow("10.0.0.2", "ben")
    now[0] += 30
    assert client.post(signalling.ADDRESS, json=question()).status_code == 200


# --- What the browser makes of them -------------------------------------------------------------

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_browser_writes_numbers_and_finds_bins_as_python_does(tmp_path: Path) -> None:
    assert NODE is not None
    values = [0.0, 0.25, 0.0034, 9.5e-7, 1234.0, 8.9e21, -3.0, 4.4e-7, 1e-3, 9999.0, 10.0, 1 / 3, 2.2e-30]
    places = [0, 1, 2, 3, 4, 5, 6, 7, 300, 508, 509, 1019]
    program = (HERE / "signals/paint.js").read_text(encoding="utf-8") + (
        f"console.log(JSON.stringify([{values}.map(brief), [null, NaN].map(brief), {places}.map(edge)]));"
    )
    (tmp_path / "paint.js").write_text(program, encoding="utf-8")
    run = subprocess.run([NODE, str(tmp_path / "paint.js")], capture_output=True, check=True)
    written, nothing, edges = json.loads(run.stdout)
    assert written == [brief(value) for value in values]
    assert nothing == ["no number"] * 2
    assert edges[1:] == [edge(place) for place in places[1:]]
    assert edges[0] > 0, "its logarithm is a place in the picture"
