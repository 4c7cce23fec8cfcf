"""What goes wrong is named with its layer and its number, and the buttons beside it cure it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from dlcore.schema import knobs
from dlcore.signals.config import SignalsConfig
from dlcore.signals.measures import measure
from dlcore.signals.words import brief, words_of

CHOICES = {name: list(knob.options) for name, knob in knobs(SignalsConfig).items() if knob.options}


def kinds(config: SignalsConfig) -> list[str]:
    return [word.kind for word in words_of(measure(config))]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"activation": "sigmoid"}, ["vanishing", "mute"]),
        ({"activation": "sigmoid", "residual": True}, ["healthy"]),
        ({"activation": "sigmoid", "norm": "batch"}, ["healthy"]),
        ({"activation": "relu", "init": "he"}, ["healthy"]),
        ({"activation": "relu", "init": "he", "depth": 30}, ["dead"]),
        ({"activation": "relu", "init": "large"}, ["exploding"]),
        ({"activation": "tanh", "init": "large"}, ["exploding", "saturated"]),
        ({"activation": "tanh", "init": "tiny"}, ["vanishing", "mute"]),
        ({"activation": "gelu", "init": "large", "depth": 30}, ["exploding"]),
        ({"activation": "tanh", "init": "zero"}, ["stopped"]),
        ({"depth": 1}, ["healthy"]),
        ({"activation": "sigmoid", "init": "large", "depth": 30}, ["saturated"]),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], expected: list[str]) -> None:
    for seed in range(3):
        assert kinds(SignalsConfig(**fields, seed=seed)) == expected, seed


def test_a_sentence_has_the_layer_and_the_number() -> None:
    layers = measure(SignalsConfig()).layers
    vanishing, mute = words_of(measure(SignalsConfig()))
    assert f"layer 1 gets {brief(layers[0].norm / layers[-1].norm)} of layer 10's gradient" in vanishing.text
    assert f"by {brief(layers[-1].apart)} only" in mute.text
    (dead,) = words_of(measure(SignalsConfig(activation="relu", init="he", depth=30)))
    counts = [layer.dead for layer in measure(SignalsConfig(activation="relu", init="he", depth=30)).layers]
    assert dead.text.startswith(f"Dead: {max(counts)} of 64 units of layer {counts.index(max(counts)) + 1}")


@pytest.mark.parametrize(
    "fields",
    [
        {"activation": "relu", "init": "he", "depth": 3, "seed": 3},
        {"activation": "relu", "init": "large", "depth": 10, "seed": 1},
        {"activation": "sigmoid", "init": "large", "depth": 30, "seed": 19},
    ],
)
def test_a_last_layer_that_is_off_is_named_although_layer_1_learns_past_it(fields: dict[str, Any]) -> None:
    config = SignalsConfig(**fields, width=2, residual=True)
    layers = measure(config).layers
    assert layers[-1].norm == 0 < layers[0].norm
    stopped, cause = words_of(measure(config))
    assert stopped.text == (
        f"Stopped: layer {config.depth} gets a gradient of exactly 0; "
        f"layer 1 gets {brief(layers[0].norm)}, past it."
    )
    assert cause.kind == ("dead" if config.activation == "relu" else "saturated")
    for cure in stopped.cures:
        assert "stopped" not in kinds(config.replace(**cure.changes)), cure.words
    assert stopped.cures


@pytest.mark.parametrize("norm", CHOICES["norm"])
@pytest.mark.parametrize("activation", CHOICES["activation"])
def test_every_cure_cures(activation: str, norm: str) -> None:
    """Wherever something is wrong, each button takes at least that away."""
    for init, depth, residual in product(
        CHOICES["init"], (10, 30) if norm == "none" else (30,), (False, True)
    ):
        config = SignalsConfig(
            activation=activation, norm=norm, init=init, depth=depth, residual=residual, width=32
        )
        for word in words_of(measure(config)):
            assert word.cures or word.kind == "healthy", (config, word.text)
            for cure in word.cures:
                cured = config.replace(**cure.changes)
                assert cured != config
                assert word.kind not in kinds(cured), (config, word.text, cure.words)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.25, "0.25"),
        (0.0034, "0.0034"),
        (9.5e-7, "9.5 · 10⁻⁷"),
        (1234.0, "1200"),
        (8.9e21, "8.9 · 10²¹"),
        (-3.0, "-3"),
        (float("nan"), "no number"),
        (float("inf"), "no number"),
    ],
)
def test_numbers_are_brief(value: float, words: str) -> None:
    assert brief(value) == words
