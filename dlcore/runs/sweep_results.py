"""What a sweep has found: means with their spread for each value of a knob, and what is more than luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from dlcore.run import SET, Metric, Run
from dlcore.runs.compare import setting_words
from dlcore.runs.storage.reading import read_json
from dlcore.runs.verdict import Verdict, verdict
from dlcore.sweep.record import Sweep, sweep_of
from dlcore.sweep.stopping import Losses
from dlcore.training.config import TrainConfig
from dlcore.words import count_of, exact_percent

MOST_UNTIL_ENDED = 0.99  # of a bar, while a run is measured
SHIPPED = Path(__file__).parents[1] / "sweep" / "assets" / "shipped.json"


@dataclass(frozen=True)
class Mean:
    """Of all tested runs in which a knob has this value: shares of right test images."""

    value: Any
    shares: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.shares) / len(self.shares)

    @property
    def words(self) -> str:
        low, high = min(self.shares), max(self.shares)
        spread = f", {exact_percent(low)} to {exact_percent(high)}" if len(self.shares) > 1 else ""
        return f"{exact_percent(self.mean)} ({len(self.shares)}{spread})"


def losses_of(run: Run) -> Losses:
    """What the stopping rule reads of a run."""
    return [(point.step, point.value) for point in run.series.get("train_loss", ())]


def outcome(run: Run) -> Run:
    """An ended run as comparisons read it: of each curve its last point, and whatever a hand moved."""
    series = {name: points if name.startswith(SET) else points[-1:] for name, points in run.series.items()}
    return replace(run, series=series, checkpoints=(), watched=())


def share_of(run: Run) -> float | None:
    """Of the test images; None if it did not come so far."""
    point = run.last("test_accuracy")
    return point.value if point is not None and run.status == "finished" else None


def means(runs: Sequence[Run], knob: str) -> tuple[Mean, ...]:
    """For each value of the knob, in the order of the runs. What was stopped on the way counts in none."""
    found: dict[Any, list[float]] = {}
    for run in runs:
        if (share := share_of(run)) is not None:
            found.setdefault(run.config.get(knob), []).append(share)
    return tuple(Mean(value, tuple(shares)) for value, shares in found.items())


def best(runs: Sequence[Run], turned: Sequence[str]) -> Mapping[str, Any]:
    """The turned knobs of the point with the highest mean over its seeds; {} if none was tested."""
    points: dict[tuple[Any, ...], list[float]] = {}
    for run in runs:
        if (share := share_of(run)) is not None:
            points.setdefault(tuple(run.config.get(name) for name in turned), []).append(share)
    if not points:
        return {}
    winner = max(points, key=lambda point: sum(points[point]) / len(points[point]))
    return dict(zip(turned, winner, strict=True))


def luck_or_not(runs: Sequence[Run], turned: Sequence[str]) -> dict[str, Verdict]:
    """For each knob: is its difference more than luck, where all others stand as in the best point?

    A knob with a single tested value there says nothing and is left out.
    """
    point = best(runs, turned)
    found: dict[str, Verdict] = {}
    for knob in turned if point else ():
        beside = [
            run
            for run in runs
            if share_of(run) is not None
            and all(run.config.get(name) == value for name, value in point.items() if name != knob)
        ]
        said = verdict(beside) if len({run.config.get(knob) for run in beside}) > 1 else None
        if said is not None:
            found[knob] = said
    return found


@dataclass(frozen=True)
class Found:
    """A sweep with its runs as they stand, in the order of its entries; None where one has not begun, or was
    deleted since.
    """

    sweep: Sweep
    runs: tuple[Run | None, ...]

    @property
    def tested(self) -> tuple[Run, ...]:
        return tuple(run for run in self.runs if run is not None and share_of(run) is not None)

    @property
    def deleted(self) -> int:
        """How many have begun and are there no more."""
        pairs = zip(self.sweep.entries, self.runs, strict=True)
        return sum(run is None and bool(entry.run_id) for entry, run in pairs)

    @property
    def turned(self) -> tuple[str, ...]:
        """The knobs that really stand differently in its runs."""
        dumps = [entry.config.model_dump() for entry in self.sweep.entries]
        return tuple(name for name in self.sweep.turned if len({dump[name] for dump in dumps}) > 1)

    @property
    def points(self) -> tuple[str, ...]:
        """What is tried, each once, in words: as it was set; of a draw the best first."""
        shares: dict[str, list[float]] = {self.point(e.config.model_dump()): [] for e in self.sweep.entries}
        if not self.sweep.drawn:
            return tuple(shares)
        for run in self.tested:
            shares[self.point(run.config)].append(share_of(run) or 0.0)
        return tuple(sorted(shares, key=lambda point: -sum(shares[point]) / max(1, len(shares[point]))))

    def point(self, config: Mapping[str, Any]) -> str:
        """ "lr 0.005 · dropout 0.3"."""
        told = (f"{name.replace('_', ' ')} {value_words(name, config.get(name))}" for name in self.turned)
        return " · ".join(told) or "the same settings"

    @property
    def progress(self) -> float:
        """The share of its steps that is made, or need not be made any more; not all while a run goes on."""
        done = 0.0
        for entry, run in zip(self.sweep.entries, self.runs, strict=True):
            if run is not None or entry.run_id:
                done += run.step if run is not None and run.active else entry.config.total_steps
        most = MOST_UNTIL_ENDED if any(run is not None and run.active for run in self.runs) else 1.0
        return min(most, done / max(1, self.sweep.steps))

    @property
    def words(self) -> str:
        """ "5 of 12 runs finished, 4 under way, 2 to come, 1 stopped early"; before any step of any run
        "12 runs begin: 4 being started, 8 waiting for their turn".
        """
        there = [(e, run) for e, run in zip(self.sweep.entries, self.runs, strict=True) if run is not None]
        begun = [run for _, run in there]
        rest, running = len(self.runs) - len(begun) - self.deleted, self.sweep.status == "running"
        if running and not self.deleted and all(run.active and not run.step for run in begun):
            first = f"{len(begun) or 'the first'} being started"
            waiting = f", {rest} waiting for their turn" if rest and begun else ""
            return f"{count_of(len(self.runs), 'run')} begin: {first}{waiting}"
        early = sum(bool(entry.why) for entry, _ in there)
        active = sum(run.active for run in begun)
        finished = sum(run.status == "finished" for run in begun)
        ended_early = sum(bool(entry.why) and not run.active for entry, run in there)
        others = len(begun) - active - finished - ended_early
        told = [f"{finished} of {count_of(len(self.runs), 'run')} finished"]
        told += [f"{active} under way"] if active else []
        told += [f"{rest} {'to come' if running else 'never begun'}"] if rest else []
        told += [f"{early} stopped early"] if early else []
        told += [f"{others} ended otherwise"] if others > 0 else []
        told += [f"{self.deleted} deleted"] if self.deleted else []
        return ", ".join(told)


def value_words(name: str, value: Any) -> str:
    return setting_words(TrainConfig, name, value)[1]


@lru_cache(maxsize=1)
def shipped_sweep() -> Found:
    """The finished sweep that comes with the lab. Its runs have results and no weights."""
    plain = read_json(SHIPPED)
    sweep = sweep_of(plain, sweep_id="shipped-sweep")
    runs = []
    for entry, told in zip(sweep.entries, plain["results"], strict=True):
        total, steps = int(told["total"]), entry.config.total_steps
        values = {
            "test_accuracy": told["correct"] / total,
            "test_correct": told["correct"],
            "test_total": total,
        }
        series = {
            name: (Metric(name, steps, entry.config.epochs, 0.0, value),) for name, value in values.items()
        }
        runs.append(
            Run(
                entry.run_id,
                "",
                "mnist",
                f"{sweep.name}, seed {entry.config.seed}",
                entry.config.model_dump(),
                "finished",
                step=steps,
                total_steps=steps,
                series=series,
            )
        )
    return Found(sweep, tuple(runs))
