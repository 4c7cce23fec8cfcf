"""What cards read: runs as they may have been kept, and boards on which numbers have failed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from dlcore.blackpatch.train_cards import ShownRun
from dlcore.cards import Card
from dlcore.gan.plane.cards import ShownGame
from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.training import SCORES
from dlcore.playground.cards import ShownPlay
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.points import make_points
from dlcore.playground.training import Frames, start, train_ahead
from dlcore.run import Run, Status
from dlcore.runs.kinds import RUN_KINDS, config_type, load
from dlcore.runs.shipped import shipped_run
from dlcore.signals.config import SignalsConfig
from dlcore.signals.measures import Signals, measure
from tests.attack.fuzz.making import Fuzz
from ui.card_sets import cards_of
from ui.messages import plain

WILD = (math.nan, math.inf, -math.inf, 0.0, -0.0, -1.0, 1.0, 5e-324, 3e38)


def number(fuzz: Fuzz, usual: float) -> float:
    return fuzz.chance.choice(WILD) if fuzz.chance.random() < 0.03 else usual


def numbers(fuzz: Fuzz, usual: NDArray[Any]) -> NDArray[Any]:
    wild = np.array([number(fuzz, value) for value in usual.ravel().tolist()], usual.dtype)
    return wild.reshape(usual.shape)


def card(fuzz: Fuzz, folder: Path) -> None:
    """What a card says of what it was set up for, with numbers that are none, none at all, or huge."""
    file = fuzz.chance.choice(list(READS))
    asked = fuzz.chance.choice(list(cards_of(file).values()))
    with np.errstate(all="ignore"):
        found = asked.found(READS[file](fuzz, asked))
    assert found is None or 0 < len(plain(found.text)) < 2000


def run(fuzz: Fuzz, asked: Card, kind: str) -> Run:
    """As the shipped one, but set up as a card says, ended anyhow, and with wild or missing numbers."""
    chance, like = fuzz.chance, shipped_run(kind)
    presets = load(RUN_KINDS[kind].presets)
    config = presets[asked.setup.get("preset", next(iter(presets)))].config
    config = config.replace(**{k: v for k, v in asked.setup.items() if k in config_type(kind).model_fields})
    names = (*like.series, "val_loss", "val_accuracy", "train_accuracy", "test_accuracy", "asked_read")
    series = {}
    for name in names:
        points = like.series.get(name, like.series["epoch_loss"])[
            : chance.choice((0, 1, 2, 9, 9_999, 9_999, 9_999, 9_999))
        ]
        kept = tuple(dataclasses.replace(p, name=name, value=number(fuzz, p.value)) for p in points)
        if kept or chance.random() < 0.5:
            series[name] = kept
    status = chance.choice(("finished", "finished", "finished", "diverged", *get_args(Status)))
    return dataclasses.replace(
        like,
        config=config.model_dump() | {"seed": chance.randrange(3)},
        status=status,
        reason="Something happened to it.",  # who diverges says why
        series=series,
        total_steps=chance.randrange(9),
    )


@cache
def stack(config: SignalsConfig) -> Signals:
    return measure(config)


def wild_stack(fuzz: Fuzz, asked: Card) -> Signals:
    seen = stack(SignalsConfig().replace(**asked.setup))
    layers = [
        dataclasses.replace(layer, median=number(fuzz, layer.median), norm=number(fuzz, layer.norm))
        for layer in seen.layers
    ]
    return dataclasses.replace(seen, layers=tuple(layers))


@cache
def frames(config: PlaygroundConfig) -> Frames:
    return train_ahead(config, make_points(config), start(config), 20)


def wild_play(fuzz: Fuzz, asked: Card) -> ShownPlay:
    config = PlaygroundConfig().replace(**asked.setup)
    seen = frames(config)
    count = fuzz.chance.choice((1, 2, len(seen.scores)))
    scores, weights = numbers(fuzz, seen.scores[:count]), numbers(fuzz, seen.weights[:count])
    again = fuzz.chance.choice((1, 20))  # as long as the card asks for, or too short
    return ShownPlay(config, Frames(0, np.repeat(weights, again, 0), np.repeat(scores, again, 0), None))


def wild_game(fuzz: Fuzz, asked: Card) -> ShownGame:
    """Rows as the board tells them."""
    config = PlaneConfig().replace(**asked.setup)
    rows = [
        {name: number(fuzz, fuzz.chance.uniform(0, 1)) for name in SCORES} | {"step": 400.0 * (place + 1)}
        for place in range(fuzz.chance.choice((1, 2, 9)))
    ]
    seen = ShownGame(config, tuple(rows))
    return dataclasses.replace(seen, others=((config.seed, seen.last), (config.seed + 1, seen.last)))


READS: Mapping[str, Callable[[Fuzz, Card], Any]] = {
    "mnist/train.py": lambda fuzz, asked: run(fuzz, asked, "mnist"),
    "gan/train.py": lambda fuzz, asked: run(fuzz, asked, "gan"),
    "black_patch/train.py": lambda fuzz, asked: ShownRun(run(fuzz, asked, "black_patch")),
    "runs.py": lambda fuzz, asked: [run(fuzz, asked, "mnist") for _ in range(fuzz.chance.randrange(4))],
    "activations_and_gradients.py": wild_stack,
    "playground.py": wild_play,
    "gan/plane.py": wild_game,
}
