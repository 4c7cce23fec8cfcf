"""What a sweep is set up with, as widgets and a link say it: a base, up to three knobs, seeds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from dlcore.datasets.catalogue import Entry, catalogue
from dlcore.datasets.dataset import MNIST
from dlcore.datasets.splits import check_fits, on_images
from dlcore.errors import ConfigError, DataError
from dlcore.schema import Config, knob, knobs
from dlcore.sweep.plan import MOST_RUNS, Plan, make_grid, make_random
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS
from dlcore.words import number

BaseName = Literal["class", "fast", "book", "lesson"]
NOTHING = "nothing"
TurnedName = Literal[
    "nothing",
    "lr",
    "optimizer",
    "momentum",
    "nesterov",
    "weight_decay",
    "schedule",
    "warmup",
    "clip",
    "batch_size",
    "train_size",
    "epochs",
    "net",
    "activation",
    "norm",
    "first_weights",
    "dropout",
    "augment",
    "label_smoothing",
    "wrong_labels",
    "l1",
    "ema",
    "normalize",
    "precision",
]
TITLES = {NOTHING: "Nothing"} | {name: found.title for name, found in knobs(TrainConfig).items()}
# Values to begin with: few, far enough apart to differ, none that takes long.
SUGGESTED: Mapping[str, str] = {
    NOTHING: "",
    "lr": "0.0005, 0.005, 0.02",
    "optimizer": "sgd, adam",
    "momentum": "0, 0.9",
    "nesterov": "off, on",
    "weight_decay": "0, 0.01",
    "schedule": "constant, one_cycle",
    "warmup": "0, 0.1",
    "clip": "0, 1",
    "batch_size": "32, 128",
    "train_size": "3000, 12000",
    "epochs": "1, 2",
    "net": "FastCNN, BookMLP, SoftmaxRegression",
    "activation": "relu, tanh, sigmoid",
    "norm": "none, group",
    "first_weights": "torch, he, tiny",
    "dropout": "0, 0.3",
    "augment": "off, on",
    "label_smoothing": "0, 0.1",
    "wrong_labels": "0, 0.2",
    "l1": "0, 0.0001",
    "ema": "0, 0.98",
    "normalize": "mnist, half",
    "precision": "float32, bfloat16",
}
VALUES = "values, as in 0.001, 0.01"
LONGEST = 120
DECIMAL_COMMA = re.compile(r"(?<![\d.])0,\d")
COMMA = "A comma parts two values: write decimals with a point, as in 0.01."


class SweepConfig(Config):
    """Its values are read when a plan is made of it: what they may be hangs on their knob."""

    base: BaseName = knob(
        "class",
        title="Start from",
        options={name: preset.title for name, preset in PRESETS.items()},
        help="All that is not turned stands as in this preset.",
    )
    dataset: str = knob(
        MNIST,
        title="Images",
        help=knobs(TrainConfig)["dataset"].help,
        form="a set that this lab has",
        longest=60,
    )
    first: TurnedName = knob("lr", title="First knob", options=TITLES, help="What is tried.")
    first_values: str = knob(
        SUGGESTED["lr"],
        title="Its values",
        form=VALUES,
        longest=LONGEST,
        help="With commas between. To draw at random, the lowest and the highest number.",
    )
    second: TurnedName = knob(
        NOTHING,
        title="Second knob",
        options=TITLES,
        help="Each of its values is tried with each of the first.",
    )
    second_values: str = knob("", title="Values of the second", form=VALUES, longest=LONGEST, help="")
    third: TurnedName = knob(
        NOTHING, title="Third knob", options=TITLES, help="Each of its values is tried with all before."
    )
    third_values: str = knob("", title="Values of the third", form=VALUES, longest=LONGEST, help="")
    way: Literal["grid", "draw"] = knob(
        "grid",
        title="How points are chosen",
        options={"grid": "Grid", "draw": "Draw"},
        help="Grid: every value with every other. Draw: at random between the lowest and the highest.",
    )
    points: int = knob(6, ge=1, le=MOST_RUNS, title="Points to draw", help="How many settings are tried.")
    seeds: int = knob(
        3,
        ge=1,
        le=MOST_RUNS,
        title="Seeds",
        help="How many seeds each point is trained with: without several, nobody can tell a knob from luck.",
    )
    stops: bool = knob(
        True,
        title="Stop what is lost",
        help="A run far behind the others half-way is stopped, so that the rest comes sooner.",
    )

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The turned knobs with their values, as they were written."""
        found = (
            (str(self.first), self.first_values),
            (str(self.second), self.second_values),
            (str(self.third), self.third_values),
        )
        return tuple(pair for pair in found if pair[0] != NOTHING)


def plan_of(setup: SweepConfig) -> Plan:
    """Every run of it. Raises ConfigError, in a sentence, for what cannot be a sweep."""
    turned: dict[str, tuple[str, ...]] = {}
    for name, values in setup.pairs:
        if name in turned:
            raise ConfigError(f"{TITLES[name]} must be turned once: choose another knob.")
        turned[name] = tuple(value.strip() for value in values.split(",") if value.strip())
        if not turned[name]:
            raise ConfigError(f"{TITLES[name]} must have a value to try: write some, as in 0.001, 0.01.")
    entry = _entry(setup.dataset)
    base = on_images(PRESETS[setup.base].config, entry)
    plan = _plan(setup, base, turned)
    for config in plan.configs:
        check_fits(entry, config.train_size, config.val_size)
    return plan


def _entry(dataset: str) -> Entry:
    try:
        return catalogue().find(dataset)
    except DataError as error:
        raise ConfigError(str(error)) from None


def _plan(setup: SweepConfig, base: TrainConfig, turned: Mapping[str, tuple[str, ...]]) -> Plan:
    try:
        if setup.way == "draw":
            return make_random(base, turned, setup.seeds, setup.points)
        return make_grid(base, turned, setup.seeds)
    except ConfigError as error:
        if any(DECIMAL_COMMA.search(values) for _, values in setup.pairs):
            raise ConfigError(f"{error} {COMMA}") from None
        raise


def values_words(name: str) -> str:
    """What may be written as values of this knob."""
    found = knobs(TrainConfig).get(name)
    if found is None:
        return ""
    if found.kind is bool:
        return "on or off"
    if found.options:
        return f"{', '.join(list(found.options)[:-1])} or {list(found.options)[-1]}"
    return f"from {number(found.low or 0)} to {number(found.high or 0)}"
