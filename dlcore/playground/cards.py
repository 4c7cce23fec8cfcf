"""The cards of the playground. They read the frames of the config on the board."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcore.cards import Card, Finding
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.training import Frames
from dlcore.words import percent

EPOCHS = 150  # that a card reads
GOOD = 0.95  # of the test points right
SOON = 20  # epochs
ENOUGH = 100  # test points
LEARNED = 0.05  # by that share the loss must lie under that of guessing, or nothing has been learned


@dataclass(frozen=True)
class ShownPlay:
    """The board's config, and its first EPOCHS epochs."""

    config: PlaygroundConfig
    frames: Frames

    @property
    def right(self) -> float:
        """The best share of test points so far."""
        return float(np.nanmax(self.frames.scores[:, 3]))

    @property
    def good_at(self) -> int | None:
        """The first epoch with GOOD of the test points right."""
        reached = np.flatnonzero(self.frames.scores[:, 3] >= GOOD)
        return int(reached[0]) if len(reached) else None


def _enough(config: PlaygroundConfig) -> bool:
    """So many test points that a share of them says something."""
    return config.points * config.test_share >= 100 * ENOUGH


def _plain(config: PlaygroundConfig) -> bool:
    return set(config.input_names) <= {"x1", "x2"}


def _guessing(config: PlaygroundConfig) -> float:
    """What an output of 0 costs, if it is no regression."""
    return math.log(2) if config.criterion == "entropy" else 0.5


def _mute(seen: ShownPlay, epoch: int) -> bool:
    """Has it learned nothing by then?"""
    return float(seen.frames.scores[epoch, 0]) > (1 - LEARNED) * _guessing(seen.config)


def _no_layer(seen: ShownPlay) -> Finding | None:
    config = seen.config
    if config.data != "xor" or config.hidden or not _plain(config) or not _enough(config):
        return None
    if seen.frames.last is None:
        return None
    return Finding(
        f"in {EPOCHS} epochs no more than {percent(seen.right)} of the test points were right.",
        shown=seen.right < 0.75,
        right="At most 3 of 4" if seen.right < 0.75 else "Nearly all" if seen.right >= GOOD else "",
    )


def _feature(seen: ShownPlay) -> Finding | None:
    config = seen.config
    if config.data != "xor" or config.hidden or "x1x2" not in config.input_names:
        return None
    if seen.frames.last is None:
        return None
    at = seen.good_at
    if at is None:
        return Finding(f"in {EPOCHS} epochs {percent(seen.right)} were right.", shown=False)
    return Finding(
        f"after epoch {at}, {percent(GOOD)} or more of the test points were right, without a hidden layer.",
        shown=at <= 5,
        right="Yes",
    )


def _units(seen: ShownPlay) -> Finding | None:
    config = seen.config
    if config.data != "circle" or config.hidden != (2,) or not _plain(config) or not _enough(config):
        return None
    if seen.frames.last is None or _mute(seen, EPOCHS):
        return None
    return Finding(
        f"two units got {percent(seen.right)} of the test points right at best"
        + (": two lines close no ring." if seen.right < GOOD else "."),
        shown=seen.right < GOOD,
        right="3 or more" if seen.right < GOOD else "2",
    )


def _linear(seen: ShownPlay) -> Finding | None:
    config = seen.config
    linear = len(config.hidden) >= 2 and set(config.hidden_activations) == {"linear"}
    if not linear or config.regression or not _plain(config):
        return None
    return Finding(
        f"{len(config.hidden)} layers without activation got {percent(seen.right)} right: "
        "the border stayed one straight line.",
        shown=seen.right < 0.75,
        right="A straight line",
    )


def _deep(seen: ShownPlay) -> Finding | None:
    config = seen.config
    deep = len(config.hidden) >= 6 and set(config.hidden_activations) == {"relu"}
    if not deep or config.init != "torch" or config.regression:
        return None
    if len(seen.frames.scores) <= SOON:  # its numbers failed before
        return None
    loss, mute = float(seen.frames.scores[SOON, 0]), _mute(seen, SOON)
    return Finding(
        f"after {SOON} epochs the training loss was {loss:.3f}; always answering 0 costs "
        f"{_guessing(config):.3f}.",
        shown=mute,
        right="It still guesses" if mute else "It has learned",
    )


CARDS: Mapping[str, Card] = {
    "no_layer": Card(
        "One line for xor",
        "Without a hidden layer: how many of the test points will it get right?",
        ("At most 3 of 4", "Nearly all"),
        setup={"data": "xor", "layers": "", "inputs": "x1 x2", "lr": 0.1},
        setup_words="exclusive or, no hidden layer",
        see=_no_layer,
        why="One unit draws one straight line. Whichever line it draws, two of the four corners lie on the "
        "wrong side.",
    ),
    "feature": Card(
        "The right input",
        "Give it x₁x₂ as an input. Can it do without a hidden layer now?",
        ("Yes", "No"),
        setup={"data": "xor", "layers": "", "inputs": "x1 x2 x1x2", "lr": 0.1},
        setup_words="exclusive or, no hidden layer, with x₁x₂",
        see=_feature,
        why="The sign of x₁x₂ is the answer. Hidden layers invent such features; here you designed it.",
    ),
    "units": Card(
        "How many units close a ring?",
        "Each unit draws one line. How many are needed around the circle?",
        ("2", "3 or more"),
        setup={"data": "circle", "layers": "2", "inputs": "x1 x2", "activation": "tanh", "lr": 0.1},
        setup_words="the circle, one hidden layer of 2 units",
        see=_units,
        why="Two lines leave a strip open at its ends. Three close a triangle.",
    ),
    "linear": Card(
        "Four layers, no activation",
        "Four hidden layers, but none with an activation. What can the border be?",
        ("A straight line", "Any curve"),
        setup={"data": "xor", "layers": "4 4 4 4", "activation": "linear", "inputs": "x1 x2", "lr": 0.03},
        setup_words="four hidden layers without activation",
        see=_linear,
        why="A product of matrices is a matrix: layers without a bend in between are one layer.",
    ),
    "deep": Card(
        "PyTorch's own first weights",
        f"Six ReLU layers with PyTorch's default weights. How far is it after {SOON} epochs?",
        ("It has learned", "It still guesses"),
        setup={
            "data": "circle",
            "layers": "4 4 4 4 4 4",
            "activation": "relu",
            "init": "torch",
            "inputs": "x1 x2",
            "lr": 0.03,
        },
        setup_words="six layers of 4 ReLU units, first weights as in torch.nn.Linear",
        see=_deep,
        why="Each layer makes signals smaller, and blame on the way back too. Six leave little.",
    ),
}
