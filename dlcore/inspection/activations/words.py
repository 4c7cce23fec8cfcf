"""A digit's way in words: what is not shown, what a saliency map says, what switching off did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlcore.datasets.catalogue import DIGITS
from dlcore.inspection.activations.flow import Flow
from dlcore.inspection.activations.saliency import PATCH, STEPS, Saliency
from dlcore.inspection.activations.switching import Switching
from dlcore.inspection.listening import Unit
from dlcore.training.evaluation import band
from dlcore.words import banded, exact_percent, percent

NAMED = 6  # units that are listed by number


def unknown_words(flow: Flow) -> str:
    """What else the network does that is no operation here; empty if nothing."""
    if not flow.unknown:
        return ""
    done = [name.replace("_", " ") for name in flow.unknown]
    names = " and ".join(filter(None, (", ".join(done[:-1]), done[-1])))
    return f"{flow.net} also does {names}: this page cannot show that, only what comes before and after."


def silent_words(flow: Flow) -> str:
    """How many maps a ReLU left all 0, where it left most so; empty if no ReLU gives maps."""
    relus = [o for o in flow.operations if (o.kind, o.noun) == ("relu", "map")]
    if not relus:
        return ""
    most = max(relus, key=lambda operation: operation.silent / operation.units)
    return f"After {most.name} it is so with {most.silent} of {most.units} maps."


def saliency_notes(found: Saliency, names: Sequence[str] = DIGITS) -> tuple[str, str]:
    """For the digit and for the map: the logit, and the strongest pixel."""
    return f"logit of {names[found.digit]}: {found.logit:+.2f}", f"strongest ±{abs(found.map).max():.2g}"


def saliency_words(found: Saliency, names: Sequence[str] = DIGITS) -> str:
    """The number that checks the method, and what the method leaves out."""
    if found.method == "gradient":
        return (
            "If a pixel had a little more ink, would the logit rise (green) or fall (violet)? It is silent "
            "on large changes: a pixel that already did its work can be 0."
        )
    if found.method == "integrated":
        return (
            f"From blank paper to this image its logit moves by **{found.difference:+.3f}**. "
            f"The map shares that out: its pixels add up to **{found.total:+.3f}**, {percent(found.gap)} "
            f"off. Summed over {STEPS} steps; against another background than paper it would differ."
        )
    return (
        f"A {PATCH}×{PATCH} patch of paper covers the image, place by place. At worst the logit of "
        f"{names[found.digit]} falls by **{found.drop:.2f}**, averaged over the patches on that pixel. "
        "It changes what it looks at: an image with a hole is a new image."
    )


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
    where = band(found.correct, found.total)
    which = f"Without {noun} {effect.unit + 1} of {found.layer}"
    if len(found.effects) > 1:
        units = f"{len(found.effects)} {noun}s of {found.layer}"
        which = f"The costliest of {units} is {noun} {effect.unit + 1}: without it"
    chance = ", less than the band" if abs(points) <= 100 * where.half_width else ""
    return (
        f"{which} it reads **{exact_percent(effect.correct / found.total)}** of {found.total:,} test images "
        f"instead of {banded(found.correct / found.total, where)}: {points:+.2f} "
        f"points{chance}. {effect.lost} became wrong, {effect.won} right."
    )


def census_words(found: Switching, layer: str) -> str:
    """How many units of a layer never speak."""
    census = found.census(layer)
    if census is None:
        return f"{layer} has no ReLU behind it: none of its units can be dead."
    dead = census.dead
    if not dead:
        return f"**No dead unit:** each of the {len(census.speaking)} of {layer} speaks on some test image."
    listed = ", ".join(str(unit + 1) for unit in dead[:NAMED])
    more = " …" if len(dead) > NAMED else ""
    return (
        f"**Dead: {len(dead)} of the {len(census.speaking)}** of {layer} give 0 on all {census.total:,} test "
        f"images (number {listed}{more})."
    )
