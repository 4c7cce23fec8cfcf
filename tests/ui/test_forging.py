"""What the board of the game in the plane asks for and gets; what it may not send."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dlcore.gan.plane.config import PRESETS, PlaneConfig
from dlcore.gan.plane.training import FAKES, HEAT, SCORES, start, train_ahead
from tests.ui.node import needs_node, run
from ui import forging, limits
from ui.doors import BoundedBodies
from ui.turns import Turns

SMALL = PlaneConfig(g_layers="6", d_layers="8", batch_size=16, seed=2)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(forging, "turns", Turns(1000, 1000, at_once=100))
    return TestClient(Starlette(routes=forging.ROUTES, middleware=[Middleware(BoundedBodies)]))


def question(config: PlaneConfig = SMALL, **more: Any) -> dict[str, Any]:
    return {"config": config.model_dump(exclude={"schema_version"}), "frames": 4, "every": 2} | more


def numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def test_it_sends_the_frames_that_are_played(client: TestClient) -> None:
    answer = client.post(forging.ADDRESS, json=question()).json()
    frames = train_ahead(SMALL, start(SMALL), 4, 2)
    assert (answer["step"], answer["every"], answer["count"]) == (0, 2, 5)
    fakes = numbers(answer["fakes"], "<i2").reshape(5, FAKES, 2) / forging.SCALE
    assert np.abs(fakes - frames.fakes).max() <= 0.51 / forging.SCALE
    heat = numbers(answer["heat"], "u1").reshape(5, HEAT, HEAT) / 255
    assert np.abs(heat - frames.heat).max() <= 0.51 / 255
    scores = numbers(answer["scores"], "<f4").reshape(5, len(SCORES))
    assert np.array_equal(scores, frames.scores, equal_nan=True)
    assert answer["moment"]["step"] == 8


def test_a_moment_that_went_there_and_back_goes_on_bit_by_bit(client: TestClient) -> None:
    first = client.post(forging.ADDRESS, json=question()).json()
    rest = client.post(forging.ADDRESS, json=question(moment=first["moment"])).json()
    whole = client.post(forging.ADDRESS, json=question(frames=8)).json()
    assert rest["moment"] == whole["moment"]


def test_a_step_between_two_moments_is_found_again(client: TestClient) -> None:
    first = client.post(forging.ADDRESS, json=question()).json()
    ahead = client.post(forging.ADDRESS, json=question(moment=first["moment"], ahead=6, frames=1)).json()
    whole = client.post(forging.ADDRESS, json=question(frames=8)).json()
    assert (ahead["step"], ahead["moment"]["step"]) == (14, 16)
    assert ahead["moment"] == whole["moment"]


def test_what_was_played_before_a_change_is_played_as_it_was(client: TestClient) -> None:
    first = client.post(forging.ADDRESS, json=question()).json()
    changed = SMALL.replace(lr_g=0.1)
    said = question(changed, moment=first["moment"], ahead=2, before=question()["config"], frames=1, every=1)
    then = client.post(forging.ADDRESS, json=said).json()
    reached = train_ahead(SMALL, start(SMALL), 1, 10).last
    assert reached is not None
    expected = train_ahead(changed, reached, 1, 1)
    assert np.array_equal(numbers(then["scores"], "<f4").reshape(2, -1), expected.scores, equal_nan=True)
    assert then["began"]["step"] == 10, "the board keeps it: what lies before was played otherwise"
    assert np.array_equal(numbers(then["began"]["weights"], "<f4"), reached.weights)
    again = client.post(forging.ADDRESS, json=question(changed, moment=then["began"], frames=1, every=1))
    assert again.json()["moment"] == then["moment"]


def test_steps_ahead_are_bounded_by_what_is_played(client: TestClient) -> None:
    dear = PlaneConfig(g_layers="64 64 64", d_layers="64 64 64", batch_size=512, g_steps=10, d_steps=10)
    cheap = dear.replace(g_steps=0, d_steps=0, batch_size=8)
    most = forging.affordable(dear)
    assert most < forging.affordable(cheap)
    said = question(cheap, ahead=most + 1, before=question(dear)["config"], frames=1)
    answer = client.post(forging.ADDRESS, json=said)
    assert answer.status_code == 400
    assert answer.text.startswith("Steps ahead must be")


def test_one_side_alone_takes_a_step(client: TestClient) -> None:
    one = client.post(forging.ADDRESS, json=question(frames=1, every=1, side=1)).json()
    assert one["moment"]["nudges"] == [1, 0]
    other = client.post(forging.ADDRESS, json=question(frames=1, every=1, side=2)).json()
    assert other["moment"]["nudges"] == [0, 1]


def test_a_step_in_slow_motion_has_three_looks_and_its_numbers(client: TestClient) -> None:
    answer = client.post(forging.STORY, json=question()).json()
    assert answer["count"] == 3
    assert min(answer["d_gradient"], answer["g_gradient"]) > 0
    assert answer["moment"]["step"] == 1


def test_ones_own_points_are_imitated_and_none_are_asked_for(client: TestClient) -> None:
    own = SMALL.replace(data="own")
    assert client.post(forging.ADDRESS, json=question(own, own=[[0.5, 0.5]])).status_code == 200
    refused = client.post(forging.ADDRESS, json=question(own, own=[]))
    assert (refused.status_code, refused.text) == (
        400,
        "Draw some points first: the forger needs something to imitate.",
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"frames": 0}, "Frames must be from 1 to 100."),
        ({"frames": 101}, "Frames must be from 1 to 100."),
        ({"every": 51}, "Steps between two frames must be from 1 to 50."),
        ({"side": 3}, "The side must be from 0 to 2."),
        ({"side": True}, "The side must be from 0 to 2."),
        ({"ahead": 401}, "Steps ahead must be from 0 to 400."),
        ({"moment": {"step": 1}}, forging.ODD),
        (
            {"moment": {"step": 1, "nudges": [1, 1], "weights": "AAAA", "kept": ""}},
            "do not fit these networks.",
        ),
        ({"ahead": 1, "before": {"g_layers": "5"}}, "of the same networks and points."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    client: TestClient, changes: dict[str, Any], sentence: str
) -> None:
    answer = client.post(forging.ADDRESS, json=question(**changes))
    assert answer.status_code == 400
    assert answer.text.endswith(sentence)


def test_the_largest_moment_may_be_sent(client: TestClient) -> None:
    wide = PlaneConfig(g_layers="64 64 64", d_layers="64 64 64", batch_size=8)
    first = client.post(forging.ADDRESS, json=question(wide, frames=1, every=1)).json()
    own = [[1.999, -1.999]] * 500
    body = question(wide.replace(data="own"), moment=first["moment"], own=own)
    assert client.post(forging.ADDRESS, json=body).status_code == 200


def test_an_answer_takes_a_moment_and_no_more() -> None:
    slow = PlaneConfig(g_steps=10, d_steps=10, batch_size=512, g_layers="64 64 64", d_layers="64 64 64")
    assert forging.affordable(slow) < 20
    assert forging.affordable(PlaneConfig()) == limits.FORGED_STEPS


@pytest.mark.parametrize("name", PRESETS)
def test_a_board_opens_on_the_first_frames_of_a_preset(name: str) -> None:
    answer = forging.opening(PRESETS[name])
    assert (answer["step"], answer["every"], answer["count"]) == (0, forging.EVERY, forging.OPENING + 1)


# --- What the browser makes of them ------------------------------------------------------------

PEN = """
const drawn = {}; let heights = [];
const pen = {
  moveTo() {}, setLineDash() {}, fillText() {}, measureText: () => ({ width: 0 }),
  beginPath() { heights = []; },
  lineTo(x, y) { heights.push(y); },
  stroke() { (drawn[pen.strokeStyle] ??= []).push(...heights); },
};
globalThis.devicePixelRatio = 1;
globalThis.getComputedStyle = () => ({ fontFamily: "" });
const canvas = { clientWidth: 300, clientHeight: 106, getContext: () => pen };
"""


def painted(tmp_path: Path, detective: list[float], forger: list[float], balance: float) -> list[float]:
    """How far below the top of a picture 100 high the forger's losses are painted."""
    frames = [{"step": i, "scores": both} for i, both in enumerate(zip(detective, forger, strict=True))]
    colours = {"muted": "muted", "test": "detective", "val": "forger", "text": "text"}
    lane = json.dumps({"frames": frames, "last": len(frames) - 1})
    call = f"paintCurve(canvas, {lane}, {len(frames)}, {balance}, {json.dumps(colours)});"
    told = "console.log(JSON.stringify(drawn.forger));"
    return [height - 3 for height in run(tmp_path, ["forger/paint.js"], PEN + call + told)]


@needs_node
def test_a_loss_below_0_is_painted_at_its_height(tmp_path: Path) -> None:
    """As the saturating forger's and the hinge's are. Far ones, and what is no number, move no bound."""
    assert painted(tmp_path, [2, 1], [-0.5, -0.25], 1) == pytest.approx([100, 90])
    assert painted(tmp_path, [1, 1], [0, 0.6], 1) == pytest.approx([100, 50])
    assert painted(tmp_path, [1, 9], [-3, -9], 1) == pytest.approx([100, 100])
