"""Why a racer left the map, and a learning rate with which it stays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.optimizers.hills import Hill
from dlcore.optimizers.race import Arrived, Left, OnTheWay, Race, Racer, race
from dlcore.optimizers.rules import LIMITS, TITLES, RacerName, lr_limit
from dlcore.words import number

HALVINGS = 8
FIRST_STEP: Mapping[RacerName, str] = {"rmsprop": "10 ×", "adam": "1 ×", "adamw": "1 ×"}  # whatever the slope


@dataclass(frozen=True)
class Departure:
    """One racer off the map. `cure`: a learning rate, tried, that keeps it there; None if none was found."""

    racer: Racer
    step: int
    limit: float | None  # the learning rate above which the steepest place it saw throws it out
    cure: float | None
    words: str


def departures(result: Race) -> tuple[Departure, ...]:
    """Those who left although the hill does not fall there, in the order of leaving."""
    found = [_departure(result, racer) for racer in result.racers if isinstance(racer.outcome, Left)]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.step))


def departure_words(found: tuple[Departure, ...]) -> str:
    """A line for each, and what λ is if one speaks of it (Markdown)."""
    lines = [f":red[✗] {one.words}" for one in found]
    if any(one.limit for one in found):
        lines.append(":gray[λ is the steepest curvature on its way.]")
    return "  \n".join(lines)


def cure(found: tuple[Departure, ...]) -> float | None:
    """The learning rate that keeps all of them on the map, if one was found for each."""
    cures = [one.cure for one in found]
    return min(rate for rate in cures if rate) if cures and all(cures) else None


def _departure(result: Race, racer: Racer) -> Departure | None:
    out = racer.outcome
    if not isinstance(out, Left) or out.downhill:
        return None
    places = racer.path[: out.step].tolist()  # the last place is off the map
    steepest = max(result.map.curvature(x, y) for x, y in places)
    limit = lr_limit(racer.name, steepest, result.config.momentum)
    title, rate = TITLES[racer.name], number(round(racer.lr, 6))
    if limit is not None and racer.lr > limit:
        why = f"lr {rate} > {LIMITS[racer.name]} = {limit:.2g}"
    elif limit is not None:
        why = f"lr {rate} is below {LIMITS[racer.name]} = {limit:.2g}, but the edge was nearer than its swing"
    elif limit is None and racer.name not in FIRST_STEP:  # it stood where the hill curves down only
        length, width = math.dist(*racer.path[-2:]), result.map.x[1] - result.map.x[0]
        why = f"with lr {rate} its last step was {length:.2g} long, and the map is {width:g} wide"
    else:
        why = f"its first step moves x and y by {FIRST_STEP[racer.name]} its lr of {rate}"
    start = min(racer.lr, limit) / 2 if limit is not None else racer.lr / 2
    return Departure(
        racer, out.step, limit, _cure(result, racer, start), f"**{title}** left at step {out.step}: {why}."
    )


def _cure(result: Race, racer: Racer, lr: float) -> float | None:
    """Halve until it stays; what is advised has been tried."""
    for _ in range(HALVINGS):
        lr = float(f"{lr:.1g}")
        if lr < 1e-4:
            return None
        again = race(result.config.replace(lr=lr, rates="shared", racers=racer.name)).racers[0]
        if not isinstance(again.outcome, Left) or again.outcome.downhill:
            return lr
        lr /= 2
    return None


FLAT = 1e-3  # a slope that moves nobody


def standing(result: Race, racer: Racer) -> str:
    """Where it ended, in a few words."""
    mountain = result.map
    match racer.outcome:
        case Left(step, downhill=True):
            return f"Left downhill at step {step}"
        case Left(step):
            return f"Off the map at step {step}"
        case OnTheWay():
            x, y = map(float, racer.path[-1])
            if max(map(abs, mountain.gradient(x, y))) < FLAT:
                return f"Stuck near ({round(x, 1) + 0.0:g}, {round(y, 1) + 0.0:g}): no slope"
            return "Still on its way"
        case arrived:
            x, y = mountain.minima[arrived.minimum]
            kind = "Minimum" if _is_lowest(mountain, arrived.minimum) else "Local minimum"
            return f"{kind} ({x:.2f}, {y:.2f}) from step {arrived.step}"


def _is_lowest(mountain: Hill, minimum: int) -> bool:
    lowest = mountain.value(*mountain.minima[0])
    return bool(mountain.value(*mountain.minima[minimum]) <= lowest + 1e-6)


def _goal(mountain: Hill) -> str:
    """What is to be reached, after "has"."""
    if not mountain.minima:
        return "left downhill"
    if len(mountain.minima) == 1:
        return "reached the minimum"
    every = all(_is_lowest(mountain, minimum) for minimum in range(len(mountain.minima)))
    return "reached a minimum" if every else "reached the lowest minimum"


def verdict(result: Race) -> str:
    """Who reached the goal first: the lowest minimum, or away downhill; else who stands lowest (Markdown)."""
    goal = _goal(result.map)
    ends: dict[RacerName, float] = {}
    for racer in result.racers:
        match racer.outcome:
            case Arrived(step, minimum) if _is_lowest(result.map, minimum):
                ends[racer.name] = step
            case Left(step, downhill=True) if not result.map.minima:
                ends[racer.name] = step
    if ends:
        first = " first" if len(result.racers) > 1 else ""
        return f"{_least(ends)} {goal}{first}, at step {min(ends.values())}."
    heights = {
        racer.name: float(f"{racer.losses[-1]:.2g}")  # as the table says it
        for racer in result.racers
        if not isinstance(racer.outcome, Left)
    }
    if not heights:
        return "Nobody is on the map."
    loss = number(min(heights.values()))
    if len(set(heights.values())) == 1:
        return f"Nobody has {goal}: loss {loss}."
    return f"Nobody has {goal}. Lowest: {_least(heights)}, loss {loss}."


def _least(values: Mapping[RacerName, float]) -> str:
    least = min(values.values())
    return " and ".join(f"**{TITLES[name]}**" for name in values if values[name] == least)
