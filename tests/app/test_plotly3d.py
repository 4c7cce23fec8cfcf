"""The live figure without a browser: what is sent, what is served, and what a click becomes."""

from __future__ import annotations

import base64
import gzip
import json
from importlib.resources import files
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.waiting import DEADLINE_SECONDS
from ui.components.plotly3d.assets import ROUTES, URLS
from ui.components.plotly3d.component import Click, _click
from ui.components.plotly3d.payload import payload


def surface(size: int = 40) -> tuple[np.ndarray, np.ndarray]:
    axis = np.linspace(-1, 1, size)
    return axis, np.sin(3 * axis)[None, :] ** 2 + np.cos(5 * axis)[:, None]


def floats(spec: dict[str, Any]) -> np.ndarray:
    values = np.frombuffer(base64.b64decode(spec["bdata"]), dtype=np.float32)
    return values.reshape([int(side) for side in spec["shape"].split(",")]) if "shape" in spec else values


@pytest.mark.parametrize("as_lists", [False, True])
def test_it_sends_less_than_half_of_a_plain_figure_and_the_same_numbers(as_lists: bool) -> None:
    axis, heights = surface()
    plain = go.Figure(go.Surface(x=axis.tolist(), y=axis.tolist(), z=heights.tolist()))
    sent = payload(plain if as_lists else go.Figure(go.Surface(x=axis, y=axis, z=heights)))
    assert len(json.dumps(sent)) <= 0.45 * len(plain.to_json())
    (trace,) = sent["data"]
    np.testing.assert_array_equal(floats(trace["z"]), heights.astype(np.float32))
    np.testing.assert_array_equal(floats(trace["x"]), axis.astype(np.float32))
    assert "template" not in sent["layout"]


def test_gaps_words_and_short_lists_survive() -> None:
    line = go.Scatter3d(
        x=[1.0, None, 3.0] * 4, y=[1, 2], z=[], text=["a"] * 9, line={"width": 3}, marker={"size": [2] * 9}
    )
    (trace,) = payload(go.Figure(line))["data"]
    assert np.isnan(floats(trace["x"])[1])
    assert list(floats(trace["marker"]["size"])) == [2.0] * 9
    assert trace["y"] == [1, 2]
    assert trace["text"] == ["a"] * 9
    assert trace["line"] == {"width": 3}


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=ROUTES))


@pytest.mark.parametrize("name", URLS)
def test_the_browser_keeps_what_is_served(client: TestClient, name: str) -> None:
    packed = client.get(URLS[name], headers={"accept-encoding": "gzip"})
    plain = client.get(URLS[name], headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content, "the same once it is unpacked"
    for answer in (packed, plain):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "set-cookie" not in answer.headers


def test_it_is_the_installed_plotly_packed_well(client: TestClient) -> None:
    installed = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    assert client.get(URLS["plotly"]).content == installed
    with client.stream("GET", URLS["plotly"], headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == installed
    assert len(raw) < 0.35 * len(installed)


def test_a_file_of_another_version_is_a_sentence(client: TestClient) -> None:
    answer = client.get("/assets/plotly-1.0.0.min.js")
    assert answer.status_code == 404
    assert "reload the page" in answer.text


@pytest.mark.parametrize(
    ("said", "click"),
    [
        ({"trace": 0, "point": [3, 5], "x": 1.5, "y": -2, "z": 4.0}, Click(0, (3, 5), 1.5, -2, 4.0)),
        ({"trace": 2, "point": 7, "x": 0.0, "y": 0.5, "z": None}, Click(2, 7, 0.0, 0.5, None)),
        ({"trace": 0, "point": [3], "x": 1.0, "y": 1.0}, None),
        ({"trace": 0, "point": 3, "x": float("nan"), "y": 1.0}, None),
        ({"trace": "0", "point": 3, "x": 1.0, "y": 1.0}, None),
        ({"trace": True, "point": 3, "x": 1.0, "y": 1.0}, None),
        ("a click", None),
        (None, None),
    ],
)
def test_a_client_may_say_anything(said: Any, click: Click | None) -> None:
    assert _click(said) == click


def figure_page() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from ui.components.plotly3d.component import Play, plotly3d, step_shown

    play = Play(traces=(0,), steps=4, report=True)
    line = go.Figure(go.Scatter3d(x=[1, 2, 3, 4, 5], y=[1, 2, 3, 4, 5], z=[1, 2, 3, 4, 5], mode="lines"))
    click = plotly3d(line, "page__line", height=300, alt="A line", filename="line", play=play)
    st.write(f"click {click}, step {step_shown('page__line', play)}")


@pytest.mark.parametrize(
    ("said", "step"), [({}, None), ({"step": 2}, 2), ({"step": 9}, 4), ({"step": "2"}, None)]
)
def test_on_a_page(said: dict[str, Any], step: int | None) -> None:
    at = AppTest.from_function(figure_page, default_timeout=DEADLINE_SECONDS)
    if said:
        at.session_state["page-line"] = said
    at.run()
    assert not at.exception
    assert at.markdown[0].value == f"click None, step {step}"
    (component,) = at.get("bidi_component")
    data = json.loads(component.proto.json)
    assert data["alt"] == "A line"
    assert data["play"]["traces"] == [0]
    assert len(component.proto.js_content) < 1000, "it is sent with every redraw"
