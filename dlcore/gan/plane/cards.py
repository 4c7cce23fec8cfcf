"""The cards of the game in the plane. They read what the board has shown so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlcore.cards import Card, Finding
from dlcore.errors import ConfigError
from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.points import MODES
from dlcore.gan.plane.training import SCORES
from dlcore.schema import parse
from dlcore.words import percent

MOST_ROWS = 60  # that a board tells
LATE = 500  # steps after which a game has shown what it does
SURE = 800  # steps that the detective learns alone
Row = Mapping[str, float]


@dataclass(frozen=True)
class ShownGame:
    """What a board has shown of a game, some rows with their "step" and SCORES, and of the games before it
    that differed in the seed alone: (seed, the last row).
    """

    config: PlaneConfig
    rows: tuple[Row, ...]
    others: tuple[tuple[int, Row], ...] = ()

    @property
    def last(self) -> Row:
        return self.rows[-1]


def game_told(said: Any) -> tuple[PlaneConfig, tuple[Row, ...]]:
    """What a board says of its game: the "config" and the "rows". Raises ConfigError if that cannot be."""
    if not isinstance(said, Mapping) or not isinstance(said.get("config"), Mapping):
        raise ConfigError("A board must tell its config.")
    return parse(PlaneConfig, said["config"]), rows_told(said.get("rows"))


def rows_told(said: Any) -> tuple[Row, ...]:
    """What a board says: rows of the step and SCORES. Raises ConfigError if a client sent what cannot be."""
    try:
        found = np.array(said, np.float64)  # None is no number: nan
    except (TypeError, ValueError, OverflowError):
        found = np.empty(0)
    if found.ndim != 2 or found.shape[1] != 1 + len(SCORES) or not 0 < len(found) <= MOST_ROWS:
        raise ConfigError("A board must tell some rows of its scores.")
    return tuple(dict(zip(("step", *SCORES), map(float, row), strict=True)) for row in found)


def _plays(seen: ShownGame, least: int, **setup: Any) -> bool:
    """Is it the game that a card sets up, whatever its seed, and far enough?"""
    wanted = PlaneConfig().replace(**setup, seed=seen.config.seed)
    return seen.config == wanted and seen.last["step"] >= least


FAIR: Mapping[str, Any] = {"data": "ring"}
COLLAPSE: Mapping[str, Any] = {"g_steps": 10}
ALONE: Mapping[str, Any] = {"g_steps": 0}
SATURATING: Mapping[str, Any] = {"g_steps": 0, "loss": "saturating"}
ASLEEP: Mapping[str, Any] = {"d_steps": 0}
GREEDY: Mapping[str, Any] = {"g_steps": 5}


def _clouds(row: Row) -> str:
    return f"{row['modes']:.0f} of {MODES} clouds"


def _fair(seen: ShownGame) -> Finding | None:
    if not _plays(seen, 1_000, **FAIR):
        return None
    row = seen.last
    half = abs(row["fake_score"] - 0.5) < 0.15
    return Finding(
        f"at step {row['step']:,.0f} {_clouds(row)} are found, {percent(row['good'])} of the fakes are "
        f"good, and the detective holds fakes for real to {row['fake_score']:.2f}, real points to "
        f"{row['real_score']:.2f}.",
        shown=half and row["modes"] >= MODES - 1,
        right="It cannot tell them apart" if half else "It has found the fakes out",
    )


def _asleep(seen: ShownGame) -> Finding | None:
    if not _plays(seen, LATE, **ASLEEP):
        return None
    row = seen.last
    return Finding(
        f"the detective holds real points for real to {row['real_score']:.2f}: near one half. "
        f"{_clouds(row)} are found, {percent(row['good'])} of the fakes are good.",
        shown=abs(row["real_score"] - 0.5) < 0.15 and row["modes"] <= 1,
        right="Bad: it fools one who knows nothing"
        if row["good"] < 0.3
        else "Good: the detective is at one half",
    )


def _collapse(seen: ShownGame) -> Finding | None:
    if not _plays(seen, LATE, **COLLAPSE):
        return None
    late = [row["modes"] for row in seen.rows if row["step"] >= LATE]
    few = max(late) <= 3
    return Finding(
        f"from step {LATE} on it has covered {min(late):.0f} to {max(late):.0f} of {MODES} clouds.",
        shown=few,
        right="A few at most" if few else "Nearly all",
    )


def _saturating(seen: ShownGame) -> Finding | None:
    if not _plays(seen, SURE, **SATURATING):
        return None
    return _pull(seen, dies=True)


def _other_loss(seen: ShownGame) -> Finding | None:
    if not _plays(seen, SURE, **ALONE):
        return None
    return _pull(seen, dies=False)


def _pull(seen: ShownGame, *, dies: bool) -> Finding:
    row, first = seen.last, seen.rows[0]
    ratio = row["gradient"] / max(first["gradient"], 1e-12)
    right = "Nearly none" if ratio < 0.1 else "A strong one"
    return Finding(
        f"after {row['step']:,.0f} steps of the detective alone the pull at half of the fakes is under "
        f"{row['gradient']:.2g}; at step {first['step']:,.0f} it was {first['gradient']:.2g}.",
        shown=(ratio < 0.1) == dies,
        right=right,
    )


def _seeds(seen: ShownGame) -> Finding | None:
    if not _plays(seen, LATE, **GREEDY) or not seen.others:
        return None
    seed, other = seen.others[-1]
    row = next((row for row in seen.rows if row["step"] == other["step"]), None)
    if row is None or other["step"] < LATE:  # rows of the same step alone tell the seeds apart
        return None
    before, now = ((_clouds(one), percent(one["good"])) for one in (other, row))
    differ = before != now  # as they are told: chance, and the computer, say by how much
    return Finding(
        f"seed {seed} covered {before[0]} with {before[1]} good fakes at step {other['step']:,.0f}, "
        f"seed {seen.config.seed} {now[0]} with {now[1]} at step {row['step']:,.0f}.",
        shown=differ,
        right="Another game" if differ else "The same game",
    )


CARDS: Mapping[str, Card] = {
    "fair": Card(
        "A fair game",
        "Let both learn for 1,000 steps. What does the detective say of good fakes?",
        ("It has found the fakes out", "It cannot tell them apart"),
        setup=FAIR,
        setup_words="ring of eight, both learn alike",
        see=_fair,
        why="Where fakes lie as real points do, nothing tells them apart: the best answer is one half.",
    ),
    "asleep": Card(
        "One half again",
        "The detective never learns, and it says about one half. How good are the fakes?",
        ("Good: the detective is at one half", "Bad: it fools one who knows nothing"),
        setup=ASLEEP,
        setup_words="no updates of the detective",
        see=_asleep,
        why="One half has two meanings: perfect fakes, or a detective who knows nothing. The number alone "
        "does not say which.",
    ),
    "collapse": Card(
        "Mode collapse",
        "The forger learns ten times before the detective may answer. How many clouds does it cover?",
        ("Nearly all", "A few at most"),
        setup=COLLAPSE,
        setup_words="ten updates of the forger per step",
        see=_collapse,
        why="All fakes run to where the detective is fooled most just now. It follows slowly, they move on.",
    ),
    "saturating": Card(
        "A detective too strong",
        "The detective learns alone, under the saturating loss. What pull is left after 800 steps?",
        ("A strong one", "Nearly none"),
        setup=SATURATING,
        setup_words="the forger sleeps, saturating loss",
        see=_saturating,
        why="The slope of ln(1 − D) is D itself. Where D is sure of a fake it is 0: nothing to learn from.",
    ),
    "other_loss": Card(
        "The same detective, the other loss",
        "Once more, under the non-saturating loss. What pull is left after 800 steps?",
        ("A strong one", "Nearly none"),
        setup=ALONE,
        setup_words="the forger sleeps, non-saturating loss",
        see=_other_loss,
        why="The slope of −ln D is D − 1. The surer the detective, the nearer to −1: the pull stays.",
    ),
    "seeds": Card(
        "No two seeds alike",
        "Five updates of the forger a step, to step 500; then the same with another seed. The same game?",
        ("The same game", "Another game"),
        setup=GREEDY,
        setup_words="five updates of the forger per step",
        see=_seeds,
        why="Each answers to what the other did. A small difference at the start grows with every answer.",
    ),
}
