"""What a sweep tries: up to three knobs, each point with several seeds, 24 runs at most."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from dlcore.errors import ConfigError
from dlcore.presets import FREE
from dlcore.schema import Knob, knobs
from dlcore.training.config import TrainConfig
from dlcore.words import count_of, duration, number, short

MOST_RUNS = 24
MOST_KNOBS = 3
DRAWS = 20  # for each point and each of its numbers, until it is another than those before
Values = Mapping[str, tuple[Any, ...]]  # by a knob's name


@dataclass(frozen=True)
class Plan:
    """`configs` in the order in which they run: each point with its first seed, then with the next."""

    turned: Values
    seeds: tuple[int, ...]
    configs: tuple[TrainConfig, ...]
    drawn: bool = False

    @property
    def points(self) -> int:
        return len(self.configs) // len(self.seeds)

    @property
    def steps(self) -> int:
        """Of all runs together."""
        return sum(config.total_steps for config in self.configs)


def read_turned(given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """["lr=0.001,0.01"] -> {"lr": ("0.001", "0.01")}. Raises ConfigError, in one sentence each."""
    found: dict[str, tuple[str, ...]] = {}
    for text in given:
        name, equals, values = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise ConfigError(f"A knob to turn must be written as lr=0.001,0.01. Got {short(text)} instead.")
        if name in found:
            raise ConfigError(f"{_title(name)} must be turned once: write all its values behind one lr=….")
        found[name] = tuple(value.strip() for value in values.split(",") if value.strip())
    return found


def make_grid(base: TrainConfig, turned: Mapping[str, Sequence[Any]], seeds: int) -> Plan:
    """Every value with every other. `seeds`: so many from the base's on.

    Raises ConfigError if a knob cannot be turned so, or if these are no run or over MOST_RUNS.
    """
    checked = _checked(base, turned)
    _check_count(math.prod(map(len, checked.values())) * seeds)
    points = [dict(zip(checked, values, strict=True)) for values in product(*checked.values())]
    return _plan(base, checked, points, seeds)


def make_random(base: TrainConfig, turned: Mapping[str, Sequence[Any]], seeds: int, points: int) -> Plan:
    """So many points drawn from the base's seed: a number anywhere from its lowest to its highest value,
    a choice among its values (Bergstra & Bengio 2012, "Random search for hyper-parameter optimization").
    No number comes twice, as far as there are others of three digits.

    Raises ConfigError as `make_grid` does, or if `points` is none.
    """
    checked = _checked(base, turned)
    _check_count(points * seeds)
    draw = random.Random(base.seed)
    known = knobs(TrainConfig)
    seen: dict[str, set[Any]] = {name: set() for name in checked}
    drawn = (
        {name: _another(draw, known[name], values, seen[name]) for name, values in checked.items()}
        for _ in range(DRAWS * points)
    )
    return replace(_plan(base, checked, drawn, seeds, points), drawn=True)


def _another(draw: random.Random, knob: Knob, values: Sequence[Any], seen: set[Any]) -> Any:
    """A value that is not among `seen`, if DRAWS draws find one; it is among them then."""
    if knob.kind not in (int, float):
        return draw.choice(values)
    for _ in range(DRAWS):
        value = _drawn(draw, knob, values)
        if value not in seen:
            break
    seen.add(value)
    return value


def _drawn(draw: random.Random, knob: Knob, values: Sequence[Any]) -> Any:
    low, high = min(values), max(values)
    if knob.scale == "log" and low > 0:
        value = math.exp(draw.uniform(math.log(low), math.log(high)))
    else:
        value = draw.uniform(low, high)
    value = min(high, max(low, float(f"{value:.3g}")))  # three digits, never out of what was given
    return round(value) if knob.kind is int else value


def _checked(base: TrainConfig, turned: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Any, ...]]:
    """Each value as the schema reads it."""
    free = [
        name for name in knobs(TrainConfig) if name not in {*FREE, "layers", "dataset"}
    ]  # blocks hold commas
    if not 1 <= len(turned) <= MOST_KNOBS:
        raise ConfigError(f"Knobs to turn must be from 1 to {MOST_KNOBS}. Got {len(turned)} instead.")
    found: dict[str, tuple[Any, ...]] = {}
    for name, values in turned.items():
        if name not in free:
            raise ConfigError(f"A knob to turn must be one of {', '.join(free)}. Got {short(name)} instead.")
        if not values:
            raise ConfigError(f"{_title(name)} must have a value to try: write {name}=… with some.")
        read = tuple(getattr(base.replace(**{name: value}), name) for value in values)
        if len(set(read)) < len(read):
            raise ConfigError(f"{_title(name)} must have each value once: leave out the second.")
        found[name] = read
    return found


def _plan(
    base: TrainConfig,
    turned: Values,
    points: Iterable[Mapping[str, Any]],
    seeds: int,
    most: int = MOST_RUNS,
) -> Plan:
    """The first `most` points that are not the same: a network may take no notice of what is turned."""
    numbers = tuple(base.seed + offset for offset in range(seeds))
    different: dict[str, TrainConfig] = {}
    for point in points:
        if len(different) == most:
            break
        config = base.replace(**point)
        different.setdefault(config.model_dump_json(), config)
    _check_count(len(different) * seeds)
    return Plan(turned, numbers, tuple(c.replace(seed=seed) for seed in numbers for c in different.values()))


def _check_count(runs: int) -> None:
    if not 1 <= runs <= MOST_RUNS:
        raise ConfigError(f"Runs of a sweep must be from 1 to {MOST_RUNS}. Got {runs:,} instead.")


def _title(name: str) -> str:
    knob = knobs(TrainConfig).get(name)
    return knob.title if knob is not None else short(name)


def plan_words(plan: Plan, seconds_per_step: float | None = None) -> str:
    """How many runs of what, and how long they take if a step takes as long as one has taken here."""
    if plan.drawn:
        between = ", ".join(_between(name, values) for name, values in plan.turned.items())
        turned = f"{count_of(plan.points, 'point')} drawn, with {between};"
    else:
        values = (f"{count_of(len(v), 'value')} of {_title(n).lower()}" for n, v in plan.turned.items())
        turned = f"{' × '.join(values)},"
    words = f"{count_of(len(plan.configs), 'run')}: {turned} {count_of(len(plan.seeds), 'seed')}"
    if seconds_per_step is None:
        return f"{words}; {plan.steps:,} steps in all."
    return f"{words}; about {duration(plan.steps * seconds_per_step)} by what one took here."


def _between(name: str, values: Sequence[Any]) -> str:
    """From where to where a knob is drawn: "learning rate between 0.001 and 0.02"."""
    knob, title = knobs(TrainConfig)[name], _title(name).lower()
    if knob.kind not in (int, float):
        words = [("off", "on")[value] if knob.kind is bool else knob.options[value] for value in values]
        return f"{title} {' or '.join(words)}"
    low, high = min(values), max(values)
    return f"{title} {number(low)}" if low == high else f"{title} between {number(low)} and {number(high)}"
