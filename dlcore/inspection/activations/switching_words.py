"""What switching off did, in words."""

from __future__ import annotations

from collections.abc import Iterable

from dlcore.inspection.activations.switching import Switching
from dlcore.inspection.listening import Unit
from dlcore.training.evaluation import band

NAMED = 6  # units that are listed by number


def off_words(off: Iterable[Unit]) -> str:
    """Which units are off."""
    names = sorted(off)
    listed = ", ".join(f"{layer} {unit + 1}" for layer, unit in names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"Switched off: {listed}{more}."


def effect_words(found: Switching, noun: str) -> str:
    """What one unit's absence costs, or that of the costliest of many."""
    effect = min(found.effects, key=lambda effect: effect.correct)
    points = found.points(effect)
    half = 100 * band(found.correct, found.total).half_width
    which = f"Without {noun} {effect.unit + 1} of {found.layer}"
    if len(found.effects) > 1:
        units = f"{len(found.effects)} {noun}s of {found.layer}"
        which = f"The costliest of {units} is {noun} {effect.unit + 1}: without it"
    chance = ", less than the band" if abs(points) <= half else ""
    return (
        f"{which} it reads **{effect.correct / found.total:.2%}** of {found.total:,} test digits instead of "
        f"{found.correct / found.total:.2%} (±{half:.2f}): {points:+.2f} points{chance}. "
        f"{effect.lost} digits became wrong, {effect.won} right."
    )


def census_words(found: Switching, layer: str) -> str:
    """How many units of a layer never speak."""
    census = found.census(layer)
    if census is None:
        return f"{layer} has no ReLU behind it: none of its units can be dead."
    dead = census.dead
    if not dead:
        return f"**No dead unit:** each of the {len(census.speaking)} of {layer} speaks on some test digit."
    listed = ", ".join(str(unit + 1) for unit in dead[:NAMED])
    more = " …" if len(dead) > NAMED else ""
    return (
        f"**Dead: {len(dead)} of the {len(census.speaking)}** of {layer} give 0 on all {census.total:,} test "
        f"digits (number {listed}{more})."
    )
