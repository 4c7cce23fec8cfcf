"""A race of optimizers down the same hill: torch.optim moves two numbers, and every place is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import model_validator

from dlcore.optimizers.hills import TITLES as HILLS
from dlcore.optimizers.hills import Hill, HillName, hill
from dlcore.optimizers.rules import RULES, Memory, Nudge, RacerName, nudge
from dlcore.optimizers.steppers import STEPPERS
from dlcore.schema import Config, knob
from dlcore.words import number

NEAR = 0.01  # of the map's width: this close to a minimum a racer has arrived
RATES = (*(float(f"{digit}e{power}") for power in range(-4, 0) for digit in (1, 2, 5)), 1.0)
ALL = "sgd momentum nesterov rmsprop adam adamw"
EACH = "(?:sgd|momentum|nesterov|rmsprop|adam|adamw)"


class RaceConfig(Config):
    hill: HillName = knob("bowl", options=HILLS, title="Hill", help="What they go down.")
    steepest: float = knob(
        10.0,
        ge=1.0,
        le=100.0,
        scale="log",
        title="λ of the bowl",
        help="How many times steeper the bowl curves along y than along x: its condition number.",
    )
    lr: float = knob(
        0.05, ge=1e-4, le=1.0, scale="log", title="Learning rate", help="The size of each nudge, for all."
    )
    rates: Literal["shared", "best"] = knob(
        "shared",
        options={"shared": "Shared", "best": "Each its best"},
        title="Learning rate is",
        help="Its best: each takes of 13 rates from 0.0001 to 1 the one that arrives first.",
    )
    momentum: float = knob(
        0.9, ge=0.0, le=0.99, title="Momentum β", help="How much of its speed Momentum and Nesterov keep."
    )
    steps: int = knob(150, ge=10, le=500, title="Steps", help="Updates that each optimizer may make.")
    start_x: float = knob(-1.8, ge=-5.0, le=5.0, title="Start x", help="Where all begin. Or click the map.")
    start_y: float = knob(-0.55, ge=-5.0, le=5.0, title="Start y", help="Where all begin. Or click the map.")
    racers: str = knob(
        ALL,
        pattern=rf"^{EACH}(?: {EACH}){{0,5}}$",
        form="some of sgd, momentum, nesterov, rmsprop, adam, adamw",
        title="Racers",
        help="Who takes part.",
    )

    @model_validator(mode="after")
    def _start_on_the_map(self) -> Self:
        for name, place, (low, high) in (
            ("x", self.start_x, self.map.x),
            ("y", self.start_y, self.map.y),
        ):
            if not low <= place <= high:
                edges = f"from {number(low)} to {number(high)}"
                raise ValueError(f"Start {name} must be {edges} on this hill. Got {number(place)} instead.")
        return self

    @property
    def map(self) -> Hill:
        return hill(self.hill, self.steepest)

    @property
    def names(self) -> tuple[RacerName, ...]:
        return tuple(name for name in RULES if name in self.racers.split())


PRESETS: Mapping[str, RaceConfig] = {
    "bowl": RaceConfig(),
    "saddle": RaceConfig(hill="saddle", lr=0.01, start_x=-0.8, start_y=0.001, steps=400),
    "rosenbrock": RaceConfig(hill="rosenbrock", lr=0.001, start_x=-1.2, start_y=1.0, steps=500),
    "himmelblau": RaceConfig(hill="himmelblau", lr=0.01, start_x=1.0, start_y=-1.0, steps=300),
    "beale": RaceConfig(hill="beale", lr=0.01, start_x=0.5, start_y=1.2, steps=500),
    "rastrigin": RaceConfig(hill="rastrigin", lr=0.002, start_x=1.7, start_y=-2.2, steps=200),
}


@dataclass(frozen=True)
class Left:
    """Off the map at this step. `downhill`: the hill goes on falling there, so it was no accident."""

    step: int
    downhill: bool


@dataclass(frozen=True)
class Arrived:
    """Within NEAR of this minimum from this step to the end."""

    step: int
    minimum: int


@dataclass(frozen=True)
class OnTheWay:
    """Neither, after all steps."""

    step: int


Outcome = Left | Arrived | OnTheWay


@dataclass(frozen=True)
class Racer:
    """`path` (N + 1, 2) and `losses` (N + 1) by step, from the start; the last place may be off the map."""

    name: RacerName
    lr: float
    path: NDArray[np.float64]
    losses: NDArray[np.float64]
    outcome: Outcome


@dataclass(frozen=True)
class Race:
    config: RaceConfig
    racers: tuple[Racer, ...]

    @property
    def map(self) -> Hill:
        return self.config.map

    def of(self, name: RacerName) -> Racer | None:
        return next((racer for racer in self.racers if racer.name == name), None)


def until(result: Race, step: int) -> Race:
    """The race as it stands after this step (from 0): paths, losses and outcomes so far."""
    racers: list[Racer] = []
    for racer in result.racers:
        path = racer.path[: step + 1]
        so_far = outcome(result.map, [(x, y) for x, y in path.tolist()])
        racers.append(Racer(racer.name, racer.lr, path, racer.losses[: step + 1], so_far))
    return Race(result.config, tuple(racers))


def race(config: RaceConfig) -> Race:
    """All racers of the configuration from its start; the same every time."""
    rates = {name: best_lr(config, name) if config.rates == "best" else config.lr for name in config.names}
    return Race(config, tuple(_racer(config, name, lr) for name, lr in rates.items()))


def _racer(config: RaceConfig, name: RacerName, lr: float) -> Racer:
    places = _run(config, name, lr)
    path = np.array(places)
    losses = np.array([_finite(config.map.value(x, y)) for x, y in places])
    path.flags.writeable = losses.flags.writeable = False
    return Racer(name, lr, path, losses, outcome(config.map, places))


def _run(config: RaceConfig, name: RacerName, lr: float) -> list[tuple[float, float]]:
    """torch.optim on a parameter of two numbers, until it leaves the map or has made its steps."""
    mountain = config.map
    parameter = torch.tensor([config.start_x, config.start_y], dtype=torch.float64)
    gradient = torch.zeros_like(parameter)
    here, slope = parameter.numpy(), gradient.numpy()  # the same memory: nothing is copied
    step = STEPPERS[name](parameter, gradient, lr, config.momentum)
    places = [(config.start_x, config.start_y)]
    for _ in range(config.steps):
        slope[:] = mountain.gradient(*places[-1])
        step()
        places.append((float(here[0]), float(here[1])))
        if not mountain.holds(*places[-1]):
            break
    return places


def outcome(mountain: Hill, places: list[tuple[float, float]]) -> Outcome:
    """What became of a racer that was at these places."""
    last = len(places) - 1
    if not mountain.holds(*places[-1]):
        return Left(last, downhill=_finite(mountain.value(*places[-1])) < mountain.value(*places[0]))
    near = NEAR * (mountain.x[1] - mountain.x[0])
    distances = [math.dist(places[-1], minimum) for minimum in mountain.minima]
    if not distances or min(distances) > near:
        return OnTheWay(last)
    closest = distances.index(min(distances))
    step = last
    while step > 0 and math.dist(places[step - 1], mountain.minima[closest]) <= near:
        step -= 1
    return Arrived(step, closest)


def best_lr(config: RaceConfig, name: RacerName) -> float:
    """Of RATES the one with which it arrives first, else comes lowest. Tried with the plain rules."""

    def rank(lr: float) -> tuple[int, float]:
        places = _rehearse(config, name, lr)
        match outcome(config.map, places):
            case Arrived(step, _):
                return 0, step
            case Left(step, downhill=True):
                return 1, step
            case OnTheWay(_):
                return 2, float(config.map.value(*places[-1]))
        return 3, -len(places)

    return min(RATES, key=rank)


def _rehearse(config: RaceConfig, name: RacerName, lr: float) -> list[tuple[float, float]]:
    mountain, rule, beta = config.map, RULES[name], config.momentum
    x, y = config.start_x, config.start_y
    memory_x: Memory = (0.0, 0.0)
    memory_y: Memory = (0.0, 0.0)
    places = [(x, y)]
    for step in range(1, config.steps + 1):
        slope_x, slope_y = mountain.gradient(x, y)
        x, memory_x = rule(x, slope_x, memory_x, lr, beta, step)
        y, memory_y = rule(y, slope_y, memory_y, lr, beta, step)
        places.append((x, y))
        if not mountain.holds(x, y):
            break
    return places


def nudges(race: Race, racer: Racer, step: int) -> tuple[Nudge, Nudge]:
    """Step `step` (from 1) of a racer in x and in y, by the rule in plain Python."""
    pairs: list[tuple[Nudge, Nudge]] = []
    for now in range(1, step + 1):
        memories = (pairs[-1][0].memory, pairs[-1][1].memory) if pairs else ((0.0, 0.0), (0.0, 0.0))
        x, y = racer.path[now - 1].tolist()
        slopes = race.map.gradient(x, y)
        first, second = (
            nudge(racer.name, place, slope, memory, racer.lr, race.config.momentum, now)
            for place, slope, memory in zip((x, y), slopes, memories, strict=True)
        )
        pairs.append((first, second))
    return pairs[-1]


def off_by(pair: tuple[Nudge, Nudge], racer: Racer, step: int) -> float:
    """How far the plain rule's step ends from where torch's did, in x or in y."""
    x, y = racer.path[step]
    return max(abs(pair[0].after - float(x)), abs(pair[1].after - float(y)))


def _finite(value: Any) -> float:
    return float(value) if math.isfinite(value) else math.inf
