"""A knob moved by hand while a run was under way: such a run is not what its settings say."""

from __future__ import annotations

from dataclasses import dataclass

from dlcore.errors import RunError
from dlcore.run import SET, Run
from dlcore.run_config import RunConfig
from dlcore.runs.naming import LONGEST
from dlcore.words import number

MOVED = " moved"  # ends the name of such a run
SWITCHES = frozenset({"augment"})  # knobs that are on or off


def checked_move(config: RunConfig, name: str, value: float) -> float:
    """The value, if a run with this configuration may move there.

    Raises ConfigError if it is out of bounds, RunError if the knob makes no difference in this run.
    """
    if name not in config.movable:
        known = ", ".join(map(knob_words, config.movable)) or "nothing"
        raise RunError(f"While this run goes on, {knob_words(name)} changes nothing in it: move {known}.")
    return float(getattr(config.replace(**{name: value}), name))


@dataclass(frozen=True)
class Move:
    """Before this step's update, of the knob of this name."""

    step: int
    before: float
    after: float
    name: str = "lr"


def moves_of(run: Run) -> tuple[Move, ...]:
    """In order; none if it ran as it was set. A move to where it stood already is none.

    Where its record has no number for a knob, it stood at 0.
    """
    moves: list[Move] = []
    for knob in (name.removeprefix(SET) for name in run.series if name.startswith(SET)):
        set_to = run.config.get(knob)
        now = float(set_to) if isinstance(set_to, int | float) else 0.0
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
        f"{knob_words(knob)} {value_words(knob, moves[0].before)} "
        + ", ".join(f"→ {value_words(knob, move.after)} at step {move.step:,}" for move in moves)
        for knob, moves in by_knob.items()
    )


def knob_words(knob: str) -> str:
    """As a run's name and its charts call it."""
    return knob if knob.startswith("lr") else knob.replace("_", " ")


def value_words(knob: str, value: float) -> str:
    return ("on" if value else "off") if knob in SWITCHES else number(value)


def moved_name(name: str, knob: str = "lr") -> str:
    """What a run is called once it was moved: "class-1" -> "class-1, lr moved"; a second knob leaves it."""
    tail = f", {knob_words(knob)}{MOVED}"
    return name if name.endswith(MOVED) else name[: LONGEST - len(tail)] + tail
