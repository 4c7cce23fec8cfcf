"""What the frames of a game say in words: collapse, a detective too strong, two meanings of one half."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.points import MODES
from dlcore.gan.plane.training import SCORES, Frames

FEW = 3  # modes: less than half of the ring
EARLY = 200  # steps: before them nothing has had time to spread
MUTE = 1e-3  # a pull at the fakes below which they stand still
UNSURE = 0.08  # how near to one half a mean score lies when the detective cannot tell


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
        text, broken = _said(config, step, dict(zip(SCORES, map(float, scores), strict=True)))
        if not found or found[-1].text != text:
            found.append(Word(step, text, broken))
    if frames.last is None:
        step = frames.step + len(frames.scores) * frames.every
        rate, name = max((config.lr_g, "forger"), (config.lr_d, "detective"))
        found.append(
            Word(
                step, f"From here on nothing is a number: the {name}'s learning rate of {rate:g} overshoots."
            )
        )
    return tuple(found)


def _said(config: PlaneConfig, step: int, scores: dict[str, float]) -> tuple[str, bool]:
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
        return "The detective is too sure: its arrows have shrunk to nothing, the fakes stand still.", True
    if ring and scores["modes"] < FEW:
        which = f"{scores['modes']:.0f} of {MODES}" if scores["modes"] else f"none of {MODES}"
        return f"Mode collapse: the fakes lie on {which} clouds.", True
    unsure = max(abs(scores["real_score"] - 0.5), abs(scores["fake_score"] - 0.5)) < UNSURE
    if unsure and ring and scores["modes"] == MODES and scores["good"] > 0.8:
        return "Balance: all clouds are found, and the detective cannot tell any more.", False
    if unsure and scores["good"] < 0.3:
        return "The detective is at one half, too, and the fakes are bad: it knows nothing.", True
    return "", False
