"""Ten pictures, real or fake? What somebody says of them, and what the detective says of the same ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dlcore.data import Samples
from dlcore.gan.config import GanConfig
from dlcore.gan.data import as_drawn
from dlcore.gan.drawing import Pixels
from dlcore.gan.judging import draw
from dlcore.gan.losses import LOSSES
from dlcore.gan.networks import CLASSES, Discriminator, Generator

PICTURES, LEAST = 10, 3  # of each kind at least


@dataclass(frozen=True)
class Quiz:
    """`scores`: how real the detective holds each picture, 0 to 1. `noise` draws the fakes again."""

    pixels: Pixels  # (PICTURES, 28, 28)
    real: tuple[bool, ...]
    labels: tuple[int, ...]
    scores: tuple[float, ...]
    undecided: float  # the score above which it says real
    noise: Tensor  # (PICTURES, noise): of real ones too, for nothing

    @property
    def fakes(self) -> tuple[int, ...]:
        return tuple(place for place, real in enumerate(self.real) if not real)

    def right(self, held_for_fakes: Collection[int]) -> int:
        """How many pictures were judged right by whoever holds these for fakes, and the others for real."""
        return sum((place not in held_for_fakes) == real for place, real in enumerate(self.real))

    @property
    def detective_right(self) -> int:
        return self.right([place for place, score in enumerate(self.scores) if score <= self.undecided])


@torch.no_grad()
def make_quiz(pair: tuple[Generator, Discriminator], config: GanConfig, held_out: Samples, seed: int) -> Quiz:
    """Real digits that neither network learned from, and fakes of the same labels, in an order by seed."""
    forger, detective = pair
    draws = torch.Generator().manual_seed(seed)
    real = _shuffled(draws)
    labels = torch.randint(CLASSES, (PICTURES,), generator=draws)
    if config.digit is not None:
        labels.fill_(config.digit)
    noise = torch.randn(PICTURES, forger.noise, generator=draws)
    images = draw(forger, noise, labels)
    for place in real.nonzero().flatten().tolist():
        same = (held_out.labels == labels[place]).nonzero().flatten()
        images[place] = held_out.images[same[torch.randint(len(same), (1,), generator=draws)]][0]
    scores = LOSSES[config.loss].score(detective(as_drawn(images), labels))
    return Quiz(
        images[:, 0].numpy(),
        tuple(map(bool, real.tolist())),
        tuple(labels.tolist()),
        tuple(map(float, scores.tolist())),
        LOSSES[config.loss].undecided(config.smoothing),
        noise,
    )


def _shuffled(draws: torch.Generator) -> Tensor:
    """Which are real: LEAST of each kind, the others by chance."""
    count = LEAST + int(torch.randint(PICTURES - 2 * LEAST + 1, (1,), generator=draws))
    return (torch.arange(PICTURES) < count)[torch.randperm(PICTURES, generator=draws)]


def next_attempt(quiz: Quiz, forger: Generator) -> Pixels:
    """The same noises and labels, drawn by the forger of another moment; only the fakes."""
    places = torch.tensor(quiz.fakes)
    found: Pixels = draw(forger, quiz.noise[places], torch.tensor(quiz.labels)[places])[:, 0].numpy()
    return np.ascontiguousarray(found)
