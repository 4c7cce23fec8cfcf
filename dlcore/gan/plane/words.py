"""What the frames of a game say in words: collapse, a detective too strong, two meanings of one half."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.gan.losses import LOSSES
from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.points import MODES
from dlcore.gan.plane.training import SCORES, Frames

FEW = 3  # modes: less than half of the ring
EARLY = 200  # steps: before them nothing has had time to spread
MUTE = 1e-3  # a pull at the fakes below which there is next to nothing to learn from
UNSURE = 0.08  # how near a mean score lies to where the detective cannot tell
HEAP = 0.5  # a spread of the fakes below which they lie in one heap; that of the ring is 1


@dataclass(frozen=True)
class Word:
    """True of the frames from `step` on, until another word is. `broken`: something went wrong."""

    step: int
    text: str
    broken: bool = True


def words_of(config: PlaneConfig, frames: Frames) -> tuple[Word, ...]:
    """One word for each change of what there is to say; "" where all goes well."""
    found: list[Word] = []
    for place, scores in enumerate(frames.scores):
        step = frames.step + place * frames.every
        row = dict(zip(SCORES, map(float, scores), strict=True))
        text, broken = _said(config, step, row, _spread(frames.fakes[place]))
        if not found or found[-1].text != text:
            found.append(Word(step, text, broken))
    if frames.last is None:
        step = frames.step + len(frames.scores) * frames.every
        rates = f"the forger's of {config.lr_g:g} or the detective's of {config.lr_d:g}"
        found.append(Word(step, f"From here on nothing is a number: lower a learning rate, {rates}."))
    return tuple(found)


def _spread(fakes: NDArray[Any]) -> float:
    """Of (N, 2) points: the root of their mean squared distance from their mean."""
    return float(np.sqrt(((fakes - fakes.mean(0)) ** 2).sum(1).mean()))


def _said(config: PlaneConfig, step: int, scores: dict[str, float], spread: float) -> tuple[str, bool]:
    ring = not math.isnan(scores["modes"])
    if not config.g_steps and not config.d_steps:
        return "Both sleep: nothing changes.", False
    if not config.g_steps:
        return "The forger sleeps: its points stay where they are.", False
    if not config.d_steps:
        return "The detective sleeps: the forger fools it, and imitates nothing.", False
    if step < EARLY:
        return "", False
    if scores["gradient"] < MUTE and scores["good"] < 0.5:
        return "The detective is too sure: its arrows have shrunk to nothing.", True
    if ring and scores["modes"] < FEW and spread < HEAP:
        which = f"{scores['modes']:.0f} of {MODES}" if scores["modes"] else f"none of {MODES}"
        return f"Mode collapse: the fakes lie in one heap, on {which} clouds.", True
    undecided = LOSSES[config.loss].undecided(config.smoothing)
    unsure = max(abs(scores[name] - undecided) for name in ("real_score", "fake_score")) < UNSURE
    if unsure and ring and scores["modes"] == MODES and scores["good"] > 0.8:
        return "Balance: all clouds are found, and the detective cannot tell any more.", False
    if unsure and scores["good"] < 0.3:
        return "The detective cannot tell, and the fakes are bad: it knows nothing.", True
    return "", False
