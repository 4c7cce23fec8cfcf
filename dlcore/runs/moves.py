"""A learning rate moved by hand while a run was under way: such a run is not what its settings say."""

from __future__ import annotations

from dataclasses import dataclass

from dlcore.run import SET, Run
from dlcore.runs.naming import LONGEST
from dlcore.words import number

MOVED = ", lr moved"  # ends the name of such a run


@dataclass(frozen=True)
class Move:
    """Before this step's update."""

    step: int
    before: float
    after: float


def lr_moves(run: Run) -> tuple[Move, ...]:
    """In order; none if it ran as it was set. A move to where it stood already is none."""
    moves: list[Move] = []
    now = float(run.config.get("lr", 0.0))
    for point in run.series.get(f"{SET}lr", ()):
        if point.value != now:
            moves.append(Move(point.step, now, point.value))
            now = point.value
    return tuple(moves)


def moves_words(run: Run) -> str:
    """ "lr 0.005 → 1 at step 150, → 0.1 at step 300"; "" if it was never moved."""
    moves = lr_moves(run)
    words = [f"→ {number(move.after)} at step {move.step:,}" for move in moves]
    return f"lr {number(moves[0].before)} {', '.join(words)}" if moves else ""


def moved_name(name: str) -> str:
    """What a run is called once it was moved: "class-1" -> "class-1, lr moved"."""
    return name if name.endswith(MOVED) else name[: LONGEST - len(MOVED)] + MOVED
