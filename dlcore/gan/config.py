"""Every setting of the forger's game on digits, and the presets: a fair game, and games that go wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from dlcore.gan.losses import LossName, loss_knob
from dlcore.presets import Preset
from dlcore.run_config import RunConfig
from dlcore.schema import knob, parse

DigitsName = Literal["all", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
STEPS = 100  # of an epoch: digits are drawn at random here, there are no passes over them
RATES = ("lr_g", "lr_d")  # while a game goes on


class GanConfig(RunConfig):
    """A training of both networks. The same config and seed repeat it on the same machine and threads."""

    stops_of_path: ClassVar[int] = 0  # every epoch is short

    digits: DigitsName = knob(
        "all",
        options={"all": "All ten, by label"} | {str(digit): f"Only {digit}" for digit in range(10)},
        title="Digits",
        help="Which digits the forger learns to draw.",
    )
    epochs: int = knob(
        30,
        ge=1,
        le=200,
        title="Hundreds of steps",
        help=f"How long they play: {STEPS} steps each.",
    )
    loss: LossName = loss_knob()
    lr_g: float = knob(
        8e-3,
        ge=1e-6,
        le=10.0,
        scale="log",
        title="Forger's learning rate",
        help="How large each update of the forger is.",
    )
    lr_d: float = knob(
        4e-3,
        ge=1e-6,
        le=10.0,
        scale="log",
        title="Detective's learning rate",
        help="How large each update of the detective is.",
    )
    g_steps: int = knob(
        1,
        ge=0,
        le=10,
        title="Forger's updates per step",
        help="0: the forger sleeps, its drawings stay as they are.",
    )
    d_steps: int = knob(
        1,
        ge=0,
        le=10,
        title="Detective's updates per step",
        help="0: the detective sleeps, and is fooled by whatever fools it now.",
    )
    smoothing: float = knob(
        0.0,
        ge=0.0,
        le=0.5,
        title="Label smoothing",
        help="How far below 1 the detective's wanted answer to a real digit lies: it is never quite sure.",
    )
    batch_size: int = knob(
        64, ge=2, le=256, scale="log", title="Batch size", help="Real digits and fakes behind each update."
    )
    noise: int = knob(
        32, ge=1, le=128, title="Size of the noise", help="How many random numbers a drawing is made from."
    )
    width: int = knob(
        16, ge=4, le=32, title="Width", help="Filters of the first layer; the second has twice as many."
    )
    schedule: Literal["constant", "cosine"] = knob(
        "cosine",
        options={"constant": "Constant", "cosine": "Falls along a cosine"},
        title="Schedule",
        help="How both learning rates change over the run.",
    )
    seed: int = knob(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        help="Fixes every random choice: the same seed on the same machine repeats the game.",
    )

    @property
    def steps_per_epoch(self) -> int:
        return STEPS

    @property
    def movable(self) -> tuple[str, ...]:
        return RATES

    @property
    def report_every(self) -> int:
        """Ten times an epoch: then what is drawn can be seen to change."""
        return max(STEPS // 10, math.ceil(self.total_steps / 2000))

    @property
    def digit(self) -> int | None:
        """The one that is drawn; None: all ten, by label."""
        return None if self.digits == "all" else int(self.digits)

    @property
    def asleep(self) -> str:
        """In words who never learns; "" if both do."""
        if not self.g_steps and not self.d_steps:
            return "Both sleep: nothing will change."
        if not self.g_steps:
            return "The forger sleeps: its drawings stay as they are."
        return "" if self.d_steps else "The detective sleeps: the forger learns to fool it as it is now."


PRESETS: Mapping[str, Preset[GanConfig]] = {
    "digits": Preset("Ten digits", "All ten by label, in a fair game.", parse(GanConfig, {}), threads=1),
    "one_digit": Preset(
        "One digit",
        "Sevens alone: they appear in a third of the time.",
        parse(GanConfig, {"digits": "7", "epochs": 6}),
        threads=1,
    ),
    "strong": Preset(
        "Detective too strong",
        "Ten updates of the detective for one of the forger, under the saturating loss: it learns little.",
        parse(GanConfig, {"loss": "saturating", "d_steps": 10, "epochs": 5}),
        threads=1,
    ),
    "asleep": Preset(
        "Detective asleep",
        "The detective never learns: see what fools it.",
        parse(GanConfig, {"d_steps": 0, "epochs": 5}),
        threads=1,
    ),
}
