"""The script that one takes along reaches the board's own loss."""

import json
import subprocess
import sys

import pytest

from dlcore.errors import ConfigError
from dlcore.playground.config import PRESETS, PlaygroundConfig
from dlcore.playground.points import SHAPES, make_points
from dlcore.playground.script import INITS, MODULES, OPTIMIZERS, notebook_bytes, script_text
from dlcore.playground.training import start, train_ahead

MIXED = (  # each choice of the board stands in one of them
    PlaygroundConfig(data="hills", activation="gelu", init="torch", optimizer="rmsprop", lr=0.003, noise=10),
    PlaygroundConfig(
        data="moons", loss="entropy", optimizer="momentum", penalty="l2", activations="relu leaky"
    ),
    PlaygroundConfig(data="line", penalty="l1", schedule="halves", batch_size=7, init="he", layers=""),
    PlaygroundConfig(data="plane", activation="sigmoid", optimizer="adam", schedule="root", init="tiny"),
)
EPOCHS = 3


def printed(configs: tuple[PlaygroundConfig, ...]) -> list[list[float]]:
    """Training and test loss of each script, run one after the other in one program."""
    program = "\n".join(f"exec({script_text(config, EPOCHS)!r}, {{}})" for config in configs)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    numbers = [float(line.rpartition(" ")[2]) for line in run.stdout.splitlines()]
    return [numbers[i : i + 2] for i in range(0, len(numbers), 2)]


def test_every_script_reaches_the_boards_loss() -> None:
    configs = (*PRESETS.values(), *MIXED)
    for config, found in zip(configs, printed(configs), strict=True):
        frames = train_ahead(config, make_points(config), start(config), EPOCHS)
        assert found == pytest.approx(frames.scores[-1, :2].tolist(), abs=6e-4), config


def test_every_choice_has_its_line() -> None:
    for name in MODULES:
        assert MODULES[name] in script_text(PlaygroundConfig(activation=name))
    for name in (*INITS, "torch"):
        compile(script_text(PlaygroundConfig(init=name)), name, "exec")
    for name, line in OPTIMIZERS.items():
        assert line.format(lr=0.03) in script_text(PlaygroundConfig(optimizer=name))
    for data in SHAPES:
        compile(script_text(PlaygroundConfig(data=data)), data, "exec")


def test_the_notebook_holds_the_script() -> None:
    notebook = json.loads(notebook_bytes(PlaygroundConfig()))
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert "\n\n".join(code) + "\n" == script_text(PlaygroundConfig())
    assert notebook["nbformat"] == 4


def test_ones_own_points_stand_in_no_script() -> None:
    with pytest.raises(ConfigError, match="choose one of them"):
        script_text(PlaygroundConfig(data="own"))
