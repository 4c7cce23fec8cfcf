"""A knob moved by hand while a run was under way: such a run is not what its settings say."""

from __future__ import annotations

from dataclasses import dataclass

from dlcore.run import SET, Run
from dlcore.runs.naming import LONGEST
from dlcore.words import number

MOVED = ", lr moved"  # ends the name of such a run


@dataclass(frozen=True)
class Move:
    """Before this step's update, of the knob of this name."""

    step: int
    before: float
    after: float
    name: str = "lr"


def moves_of(run: Run) -> tuple[Move, ...]:
    """In order; none if it ran as it was set. A move to where it stood already is none."""
    moves: list[Move] = []
    for knob in (name.removeprefix(SET) for name in run.series if name.startswith(SET)):
        now = float(run.config.get(knob, 0.0))
        for point in run.series[SET + knob]:
            if point.value != now:
                moves.append(Move(point.step, now, point.value, knob))
                now = point.value
    return tuple(sorted(moves, key=lambda move: move.step))


def moves_words(run: Run) -> str:
    """ "lr 0.005 → 1 at step 150, → 0.1 at step 300", one knob after the other; "" if none was moved."""
    by_knob: dict[str, list[Move]] = {}
    for move in moves_of(run):
        by_knob.setdefault(move.name, []).append(move)
    return "; ".join(
        f"{knob} {number(moves[0].before)} "
        + ", ".join(f"→ {number(move.after)} at step {move.step:,}" for move in moves)
        for knob, moves in by_knob.items()
    )


def moved_name(name: str) -> str:
    """What a run is called once it was moved: "class-1" -> "class-1, lr moved"."""
    return name if name.endswith(MOVED) else name[: LONGEST - len(MOVED)] + MOVED
