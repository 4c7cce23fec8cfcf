"""What the playground's board asks for and gets: frames that Python trains, and what JavaScript paints."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dlcore.errors import ConfigError
from dlcore.playground.activations import ACTIVATIONS, NAMES
from dlcore.playground.config import PRESETS, PlaygroundConfig
from dlcore.playground.inputs import inputs_of
from dlcore.playground.network import first_weights, losses, outputs_from, sums_of
from dlcore.playground.points import make_points
from dlcore.playground.training import Frames, start, train_ahead
from tests.waiting import Counted
from ui import limits, playing
from ui.components.parts import HERE
from ui.doors import BoundedBodies
from ui.turns import Turns

CIRCLE = PRESETS["circle"]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(playing, "turns", Turns(1000, 1000, at_once=100))
    return TestClient(Starlette(routes=playing.ROUTES, middleware=[Middleware(BoundedBodies)]))


def question(config: PlaygroundConfig, **more: Any) -> dict[str, Any]:
    asked = {"config": config.model_dump(), "own": [], "moment": None, "epochs": 5, "points": False}
    return asked | more


def floats(text: str, *shape: int) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)


def test_it_gives_the_frames_that_training_makes(client: TestClient) -> None:
    answer = client.post(playing.ADDRESS, json=question(CIRCLE, points=True)).json()
    points = make_points(CIRCLE)
    frames = train_ahead(CIRCLE, points, start(CIRCLE), 5)
    assert (floats(answer["weights"], 6, -1) == frames.weights).all()
    assert (floats(answer["scores"], 6, 4) == frames.scores).all()
    assert (floats(answer["points"], -1, 3)[:, :2] == points.places).all()
    assert answer["train"] == points.train == 250
    assert answer["trouble"] == []


def test_it_goes_on_from_the_moment_it_gave(client: TestClient) -> None:
    config = CIRCLE.replace(optimizer="adam")
    whole = client.post(playing.ADDRESS, json=question(config, epochs=8)).json()
    first = client.post(playing.ADDRESS, json=question(config)).json()
    rest = client.post(playing.ADDRESS, json=question(config, moment=first["moment"], epochs=3)).json()
    assert rest["epoch"] == 5
    assert "points" not in rest
    assert floats(whole["weights"], 9, -1)[-1] == pytest.approx(floats(rest["weights"], 4, -1)[-1], abs=0)


def test_a_hundred_epochs_of_the_usual_network_are_small(client: TestClient) -> None:
    answer = client.post(playing.ADDRESS, json=question(CIRCLE, epochs=100))
    assert len(answer.content) <= 25_000


def test_much_work_is_given_in_parts(client: TestClient) -> None:
    config = CIRCLE.replace(points=1000, test_share=10, batch_size=1)
    answer = client.post(playing.ADDRESS, json=question(config, epochs=100)).json()
    assert answer["moment"]["step"] <= limits.PLAYED_STEPS
    assert answer["moment"]["epoch"] == 5


def test_a_class_that_opens_one_setup_is_trained_once(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[PlaygroundConfig] = []

    def train(config: PlaygroundConfig, *rest: Any) -> Frames:
        trained.append(config)
        return train_ahead(config, *rest)

    monkeypatch.setattr(playing, "train_ahead", train)
    asked = question(CIRCLE.replace(seed=4711))
    first, second = (client.post(playing.ADDRESS, json=asked).json() for _ in range(2))
    other = client.post(playing.ADDRESS, json=question(CIRCLE.replace(seed=4712))).json()
    assert first == second != other
    assert [config.seed for config in trained] == [4711, 4712]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_an_epoch_is_shown_batch_by_batch_and_ends_where_it_ended(client: TestClient, optimizer: str) -> None:
    config = CIRCLE.replace(optimizer=optimizer, batch_size=30, seed=3)
    said = client.post(playing.ADDRESS, json=question(config, epochs=10)).json()
    frames = floats(said["weights"], 11, -1)
    answer = client.post(playing.BATCHES, json=question(config) | {"epoch": 7}).json()
    nudges = floats(answer["weights"], -1, frames.shape[1])
    assert len(nudges) == 1 + 9, "250 points in batches of 30"
    assert (nudges[0] == frames[7]).all()
    assert (nudges[-1] == frames[8]).all()
    assert sorted(answer["order"]) == list(range(250))
    assert answer["size"] == 30
    assert floats(answer["scores"], -1, 4)[-1] == pytest.approx(floats(said["scores"], 11, 4)[8])
    later = client.post(playing.BATCHES, json=question(config, moment=said["moment"]) | {"epoch": 12}).json()
    rest = client.post(playing.ADDRESS, json=question(config, moment=said["moment"], epochs=3)).json()
    assert (floats(later["weights"], -1, frames.shape[1])[-1] == floats(rest["weights"], 4, -1)[-1]).all()


@pytest.mark.parametrize(
    ("epoch", "sentence"),
    [(-1, "epoch and its step"), ("ten", "epoch and its step"), (401, "at most 400"), (300, "too far")],
)
def test_a_batch_that_cannot_be_gets_a_sentence(client: TestClient, epoch: Any, sentence: str) -> None:
    answer = client.post(playing.BATCHES, json=question(CIRCLE) | {"epoch": epoch})
    assert (answer.status_code, sentence in answer.text) == (400, True), answer.text


def asked_cut(**changes: Any) -> dict[str, Any]:
    config = CIRCLE.model_dump(exclude={"schema_version"})
    weights = playing.packed(first_weights(CIRCLE))
    path = [[0.0, 0.1, 0.5], [0.1, 0.2, 0.4]]
    return {"config": config, "epoch": 1, "weights": weights, "places": [0, 5], "path": path} | changes


def test_the_loss_over_two_weights_is_that_of_the_network() -> None:
    epoch, surface = playing.cut(asked_cut())
    assert (epoch, surface.names) == (1, ("x₁ → unit 1 of layer 1", "x₂ → unit 2 of layer 1"))
    points, weights = make_points(CIRCLE), first_weights(CIRCLE)
    row, column = 3, 30
    weights[0], weights[5] = surface.first[column], surface.second[row]
    inputs = inputs_of(points.places[:250], CIRCLE.input_names)
    loss = losses(CIRCLE, sums_of(CIRCLE, weights[None], inputs), points.targets[:250]).mean()
    assert surface.loss[row, column] == pytest.approx(loss, rel=1e-5)
    assert surface.first[0] < 0 < surface.first[-1], "all of the path is on it"


@pytest.mark.parametrize(
    "changes",
    [
        {"config": "circle"},
        {"epoch": 10**400},
        {"weights": "AAAA"},
        {"places": [0, 0]},
        {"places": [0, 99]},
        {"places": [True, 2]},
        {"places": 7},
        {"path": [[1, 2]]},
        {"path": [[1, 2, float("nan")]]},
        {"path": [[0, 0, 0]] * 500},
        {"path": "path"},
        {"path": [[1, 2, 10**400]]},
    ],
    ids=str,
)
def test_a_cut_that_cannot_be_gets_a_sentence(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        playing.cut(asked_cut(**changes))


def test_the_weights_of_an_epoch_are_taken_along() -> None:
    weights = train_ahead(CIRCLE, make_points(CIRCLE), start(CIRCLE), 5).weights[-1]
    said = json.loads(playing.weights_file(CIRCLE, 5, playing.packed(weights)))
    first, *_, last = said["layers"]
    assert said["epoch"] == 5
    assert np.allclose(first["weight"], weights[:8].reshape(2, 4).T)
    assert first["bias"] == pytest.approx(weights[8:12].tolist())
    assert [layer["activation"] for layer in said["layers"]] == ["Tanh()", "Tanh()", None]
    assert len(last["bias"]) == 1
    with pytest.raises(ConfigError, match="do not fit"):
        playing.weights_file(CIRCLE.replace(layers="3"), 5, playing.packed(weights))


def test_a_loss_that_is_nowhere_a_number_is_a_sentence() -> None:
    config = CIRCLE.replace(data="hills", activation="linear")
    weights = playing.packed(np.full_like(first_weights(config), 1e30))
    with pytest.raises(ConfigError, match="no loss is a number"):
        playing.cut(asked_cut(config=config.model_dump(exclude={"schema_version"}), weights=weights))


def test_the_dearest_cut_is_coarser_and_its_middle_is_where_it_stands() -> None:
    config = CIRCLE.replace(layers=" ".join("8" * 6), points=1000, test_share=10)
    asked = asked_cut(
        config=config.model_dump(exclude={"schema_version"}), weights=playing.packed(first_weights(config))
    )
    _, surface = playing.cut(asked)
    assert len(surface.first) == 15
    assert surface.first[7] == pytest.approx(first_weights(config)[0])


def test_a_failed_question_is_charged_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    charged: list[float] = []
    monkeypatch.setattr(playing.turns, "charge", lambda owner, cost: charged.append(cost))
    config = CIRCLE.replace(data="hills", activation="linear", lr=10.0)
    answer = client.post(playing.BATCHES, json=question(config) | {"epoch": 30})
    assert (answer.status_code, "no longer numbers" in answer.text) == (400, True), answer.text
    assert charged
    assert charged[0] > 0


def test_a_large_answer_pushes_nothing_out(client: TestClient) -> None:
    playing._kept.cache_clear()
    config = CIRCLE.replace(layers=" ".join("8" * 6))
    assert client.post(playing.ADDRESS, json=question(config, epochs=200)).status_code == 200
    assert playing._kept.cache_info().currsize == 0
    assert client.post(playing.ADDRESS, json=question(CIRCLE, epochs=200)).status_code == 200
    assert playing._kept.cache_info().currsize == 1


def test_ones_own_points_are_learned(client: TestClient) -> None:
    own = [[1, 1, 1], [2, 1, 1], [-1, -1, -1], [-2, 0, -1]]
    answer = client.post(playing.ADDRESS, json=question(CIRCLE.replace(data="own"), own=own, points=True))
    assert sorted(floats(answer.json()["points"], -1, 3).tolist()) == sorted(own)


BAD: Mapping[str, tuple[dict[str, Any], str]] = {
    "no epochs": ({"epochs": 0}, "Epochs must be"),
    "many epochs": ({"epochs": 10**6}, "Epochs must be"),
    "a word": ({"epochs": "ten"}, "Epochs must be"),
    "half a config": ({"config": {"layers": "9 9"}}, "Hidden layers"),
    "an unknown field": ({"config": {"evil": 1}}, "evil"),
    "a foreign moment": ({"moment": {"epoch": 1, "step": 1, "weights": "AAAA", "kept": ""}}, "do not fit"),
    "a broken moment": ({"moment": {"epoch": -1, "step": 1}}, "epoch and its step"),
    "no text": ({"moment": {"epoch": 1, "step": 1, "weights": 7, "kept": ""}}, "do not fit"),
    "a step beyond all": ({"moment": {"epoch": 1, "step": 10**400}}, "epoch and its step"),
    "a list": ({"moment": [1, 2]}, "epoch and its step"),
    "no points": ({"config": {"data": "own"}}, "two classes"),
    "odd points": ({"config": {"data": "own"}, "own": [[1, 1, 1], ["x"]]}, "two numbers and its class"),
    "one class": ({"config": {"data": "own"}, "own": [[1, 1, 1], [2, 2, 1]]}, "two classes"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_gets_a_sentence(client: TestClient, name: str) -> None:
    changes, sentence = BAD[name]
    answer = client.post(playing.ADDRESS, json=question(CIRCLE) | changes)
    assert (answer.status_code, sentence in answer.text) == (400, True), answer.text


def test_a_weights_gradient_comes_in_three_ways(client: TestClient) -> None:
    weights = playing.packed(first_weights(CIRCLE))
    answer = client.post(playing.BLAME, json=question(CIRCLE, weights=weights, place=3)).json()
    ways = answer["ways"]
    assert ways["chain"] == pytest.approx(ways["autograd"], rel=1e-9)
    assert floats(answer["gradient"], -1)[3] == pytest.approx(ways["measured"], rel=1e-4)
    for place in (-1, 10**6, "3", None):
        refused = client.post(playing.BLAME, json=question(CIRCLE, weights=weights, place=place))
        assert (refused.status_code, "place of a weight" in refused.text) == (400, True)


def test_one_points_step_is_told(client: TestClient) -> None:
    moment = client.post(playing.ADDRESS, json=question(CIRCLE)).json()["moment"]
    answer = client.post(playing.STORY, json=question(CIRCLE, moment=moment, point=[1, 2, -1])).json()
    assert [len(one) for one in answer["gives"]] == [4, 2, 1]
    assert answer["loss_after"] < answer["loss"]
    for point in (None, [1, 2], [7, 0, 1], [0, 0, 0.5], ["x", 0, 1]):
        refused = client.post(playing.STORY, json=question(CIRCLE, moment=moment, point=point))
        assert refused.status_code == 400
    assert client.post(playing.STORY, json=question(CIRCLE, point=[1, 2, -1])).status_code == 400


def test_weights_that_are_no_numbers_are_refused(client: TestClient) -> None:
    weights = np.full(len(first_weights(CIRCLE)), np.nan, "<f4")
    moment = {"epoch": 1, "step": 1, "weights": playing.packed(weights), "kept": ""}
    answer = client.post(playing.ADDRESS, json=question(CIRCLE, moment=moment))
    assert (answer.status_code, "finite" in answer.text) == (400, True)


@pytest.mark.parametrize("address", [playing.BLAME, playing.STORY])
def test_weights_that_nothing_can_be_computed_with_are_said(client: TestClient, address: str) -> None:
    config = CIRCLE.replace(data="plane", activation="linear")
    weights = playing.packed(np.full(len(first_weights(config)), 3e38))
    moment = {"epoch": 1, "step": 1, "weights": weights, "kept": ""}
    more = {"weights": weights, "place": 0, "moment": moment, "point": [5, 5, 1]}
    for optimizer in ("sgd", "adam"):
        answer = client.post(address, json=question(config.replace(optimizer=optimizer, lr=10.0), **more))
        assert (answer.status_code, "too large" in answer.text) in ((400, True), (200, False))
    huge = question(config.replace(layers="8 8 8 8 8 8"))
    huge_weights = playing.packed(np.full(len(first_weights(config.replace(layers="8 8 8 8 8 8"))), 3e38))
    huge |= more | {"weights": huge_weights, "moment": moment | {"weights": huge_weights}}
    answer = client.post(address, json=huge)
    assert (answer.status_code, "too large" in answer.text) == (400, True)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 50_000, b'{"config": 1}', b"\xff\xfe"])
def test_what_is_no_question_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post(playing.ADDRESS, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


def test_another_sites_page_can_not_ask(client: TestClient) -> None:
    """A form or a plain request of another site cannot carry this type without being asked first."""
    body = json.dumps(question(CIRCLE))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert client.post(playing.ADDRESS, content=body, headers={"content-type": kind}).status_code == 415


def test_a_large_body_is_not_read(client: TestClient) -> None:
    body = b" " * (limits.PLAYED_BYTES + 1)
    answer = client.post(playing.ADDRESS, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_the_largest_honest_question_is_read(client: TestClient) -> None:
    config = CIRCLE.replace(
        data="own", layers="8 8 8 8 8 8", optimizer="adam", inputs="x1 x2 x1x1 x2x2 x1x2 sin_x1 sin_x2"
    )
    own = [[round(-5.999 + i / 100, 3), 5.999, -1 if i % 2 else 1] for i in range(1000)]
    first = client.post(playing.ADDRESS, json=question(config, own=own, epochs=1))
    rest = client.post(
        playing.ADDRESS, json=question(config, own=own, epochs=1, moment=first.json()["moment"])
    )
    assert (first.status_code, rest.status_code) == (200, 200)


def test_who_floods_waits_alone() -> None:
    now = [0.0]
    turns = Turns(3, 90, at_once=5, clock=lambda: now[0])
    assert [turns.allow("10.0.0.1", "anna") for _ in range(100)].count(True) == 15
    assert turns.allow("10.0.0.1", "ben")
    now[0] += 1
    assert turns.allow("10.0.0.1", "anna")


def test_who_asks_for_much_work_waits_the_longer() -> None:
    now = [0.0]
    turns = Turns(3, 90, at_once=8, clock=lambda: now[0])
    assert turns.allow("10.0.0.1", "anna")
    turns.charge("anna", 23 + 30)
    assert not turns.allow("10.0.0.1", "anna")
    assert turns.allow("10.0.0.1", "ben")
    now[0] += 9
    assert not turns.allow("10.0.0.1", "anna")
    now[0] += 2
    assert turns.allow("10.0.0.1", "anna")


def test_what_work_costs_is_noted_while_nobody_else_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(3, 90)
    assert turns.allow("10.0.0.1", "anna")
    lock = Counted(turns._lock)
    monkeypatch.setattr(turns, "_lock", lock)
    turns.charge("anna", 1)
    assert lock.came == 1


# --- What the browser makes of them ------------------------------------------------------------


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_slopes_that_a_unit_tells_are_pythons(tmp_path: Path) -> None:
    assert NODE is not None
    sums = np.linspace(-4, 4, 30)  # 0 is not among them, where some have a kink
    program = (HERE / "playground/network.js").read_text(encoding="utf-8") + (
        f"const sums = {sums.tolist()};"
        "console.log(JSON.stringify(Object.fromEntries(Object.entries(SLOPES).map("
        "([name, slope]) => [name, sums.map(slope)]))));"
    )
    (tmp_path / "slopes.js").write_text(program, encoding="utf-8")
    said = json.loads(
        subprocess.run([NODE, str(tmp_path / "slopes.js")], capture_output=True, check=True).stdout
    )
    assert said.keys() == ACTIVATIONS.keys()
    for name, activation in ACTIVATIONS.items():
        gives, slopes = np.empty_like(sums), np.empty_like(sums)
        activation.of(sums, gives)
        activation.slope(sums, gives, slopes)
        assert said[name] == pytest.approx(slopes.tolist(), abs=1e-9)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_what_is_painted_is_what_python_says(tmp_path: Path) -> None:
    """Every activation, shape and loss: the outputs, and the mean loss, of JavaScript and of Python."""
    assert NODE is not None
    configs = [CIRCLE.replace(activation=name, layers="3 8 1", init="large") for name in NAMES]
    configs += [
        CIRCLE.replace(loss="entropy", activations="relu gelu", init="xavier"),
        CIRCLE.replace(data="hills", layers="", inputs="x1 x2 x1x1 x2x2 x1x2 sin_x1 sin_x2"),
    ]
    cases = []
    for config in configs:
        points = make_points(config)
        cases.append(
            {
                "config": config.model_dump(),
                "weights": first_weights(config).tolist(),
                "places": points.places.tolist(),
                "targets": points.targets.tolist(),
            }
        )
    program = (HERE / "playground/network.js").read_text(encoding="utf-8") + (
        'for (const one of JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"))) {'
        "  const shape = shapeOf(one.config);"
        "  const inputs = inputsOf(shape.inputs, one.places.map(p => p[0]), one.places.map(p => p[1]));"
        "  const outputs = [...forward(shape, one.weights, inputs).at(-1)[0]];"
        "  console.log(JSON.stringify(outputs));"
        "}"
    )
    (tmp_path / "paint.js").write_text(program, encoding="utf-8")
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    command = [NODE, str(tmp_path / "paint.js"), str(tmp_path / "cases.json")]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    for config, line in zip(configs, lines, strict=True):
        outputs, points = json.loads(line), make_points(config)
        inputs = inputs_of(points.places.astype(float), config.input_names)
        sums = sums_of(config, first_weights(config)[None].astype(float), inputs)[0]
        assert outputs == pytest.approx(outputs_from(config, sums).tolist(), abs=1e-5)
