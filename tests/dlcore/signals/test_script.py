"""The script that one takes along prints the page's own gradients."""

import io
from contextlib import redirect_stdout

import pytest

from dlcore.schema import knobs
from dlcore.signals.config import SignalsConfig
from dlcore.signals.measures import measure
from dlcore.signals.script import script_text

CHOICES = {name: list(knob.options) for name, knob in knobs(SignalsConfig).items() if knob.options}
CONFIGS = [
    SignalsConfig(),
    *(SignalsConfig(init=init, activation="tanh", depth=3, width=16, seed=2) for init in CHOICES["init"]),
    *(SignalsConfig(activation=name, init="he", depth=4, width=24) for name in CHOICES["activation"]),
    *(
        SignalsConfig(norm=norm, residual=residual, activation="relu", depth=4, width=24)
        for norm in CHOICES["norm"]
        for residual in (False, True)
    ),
]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_it_finds_the_same_gradients(config: SignalsConfig) -> None:
    said = io.StringIO()
    with redirect_stdout(said):
        exec(script_text(config), {})
    found = [float(line.split()[-1]) for line in said.getvalue().splitlines()]
    seen = measure(config)
    expected = [seen.loss, *(layer.norm for layer in seen.layers)]
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-30)


def test_it_is_short() -> None:
    assert len(script_text(SignalsConfig()).splitlines()) <= 26
