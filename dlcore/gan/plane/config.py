"""What can be chosen for the game in the plane, and the presets: a fair game, and games that go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dlcore.gan.losses import LossName, loss_knob
from dlcore.schema import Config, knob

DataName = Literal["ring", "line", "moons", "own"]
MOST_UNITS, MOST_LAYERS = 64, 3
UNITS = r"(?:[1-9]|[1-5][0-9]|6[0-4])"
EACH = rf"^{UNITS}(?: {UNITS}){{0,{MOST_LAYERS - 1}}}$"


class PlaneConfig(Config):
    """Points, both networks and their training: the same config gives the same frames on the same machine."""

    data: DataName = knob(
        "ring",
        options={"ring": "Ring of eight", "line": "Line", "moons": "Two moons", "own": "Your own points"},
        title="Real points",
        help="What the forger is to imitate.",
    )
    noise: Literal["normal", "uniform"] = knob(
        "normal",
        options={"normal": "Normal", "uniform": "Uniform"},
        title="Noise",
        help="How the forger's random numbers are drawn.",
    )
    noise_size: int = knob(
        2,
        ge=1,
        le=2,
        title="Size of the noise",
        help="Random numbers behind each fake: 1 is a thread, 2 a cloth.",
    )
    g_layers: str = knob(
        "32 32",
        pattern=EACH,
        form=f"up to {MOST_LAYERS} numbers from 1 to {MOST_UNITS}",
        title="Forger's layers",
        help="The units of its hidden layers.",
    )
    d_layers: str = knob(
        "64 64",
        pattern=EACH,
        form=f"up to {MOST_LAYERS} numbers from 1 to {MOST_UNITS}",
        title="Detective's layers",
        help="The units of its hidden layers.",
    )
    loss: LossName = loss_knob()
    optimizer: Literal["adam", "sgd"] = knob(
        "adam",
        options={"adam": "Adam", "sgd": "SGD"},
        title="Optimizer",
        help="How a gradient becomes a nudge.",
    )
    momentum: Literal["0.5", "0.9"] = knob(
        "0.5",
        options={"0.5": "0.5 and 0.9", "0.9": "0.9 and 0.999"},
        title="Adam's memory",
        help="How long it remembers gradients and their squares. With much memory the two swing.",
    )
    lr_g: float = knob(
        1e-3, ge=1e-6, le=10.0, scale="log", title="Forger's learning rate", help="The size of its nudges."
    )
    lr_d: float = knob(
        1e-3, ge=1e-6, le=10.0, scale="log", title="Detective's learning rate", help="The size of its nudges."
    )
    g_steps: int = knob(
        1, ge=0, le=10, title="Forger's updates per step", help="0: the forger sleeps, its points stay."
    )
    d_steps: int = knob(1, ge=0, le=10, title="Detective's updates per step", help="0: the detective sleeps.")
    smoothing: float = knob(
        0.0,
        ge=0.0,
        le=0.5,
        title="Label smoothing",
        help="How far below 1 the wanted answer to real points lies.",
    )
    batch_size: int = knob(
        256, ge=8, le=512, title="Batch size", help="Real points and fakes behind each nudge."
    )
    seed: int = knob(
        0, ge=0, le=9999, title="Seed", help="Draws first weights, noise and the order of points."
    )

    @property
    def g_sizes(self) -> tuple[int, ...]:
        """Units of every layer of the forger: noise, hidden layers, a place."""
        return (self.noise_size, *map(int, self.g_layers.split()), 2)

    @property
    def d_sizes(self) -> tuple[int, ...]:
        """Units of every layer of the detective: a place, hidden layers, a logit."""
        return (2, *map(int, self.d_layers.split()), 1)

    @property
    def betas(self) -> tuple[float, float]:
        return (0.5, 0.9) if self.momentum == "0.5" else (0.9, 0.999)


PRESETS: Mapping[str, PlaneConfig] = {
    "ring": PlaneConfig(),
    "line": PlaneConfig(data="line"),
    "moons": PlaneConfig(data="moons"),
    "collapse": PlaneConfig(g_steps=10),
    "alone": PlaneConfig(loss="saturating", g_steps=0),
    "asleep": PlaneConfig(d_steps=0),
}
