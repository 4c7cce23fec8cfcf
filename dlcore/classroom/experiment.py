"""The class experiment: one configuration, a seed for each student; how far do their results lie apart?"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dlcore.presets import FREE
from dlcore.run import Run
from dlcore.run_config import RunConfig
from dlcore.training.evaluation import band
from dlcore.words import exact_percent

# Student's t: 19 of 20 means of so many results (2, 3 …) lie within so many estimated deviations.
T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145),
    *(2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048),
)
T_OF_MANY = 2.045  # 30 results and more
T_IN_THE_END = 1.96
FEW = 8  # results up to which the floor is over 1.2 times as wide as with many, by t alone
LEAST = 2  # results from which a spread can be told


@dataclass(frozen=True)
class Experiment:
    """`since`: seconds since 1970; older runs are none of it. `threads` that its runs take, 0: any."""

    kind: str
    config: RunConfig
    title: str
    since: float
    threads: int = 0

    def seeded(self, seed: int) -> RunConfig:
        return self.config.replace(seed=seed)

    def holds(self, run: Run, seed: int | None = None) -> bool:
        """Is this a run of the experiment? Only the device may be its own, and the seed, if none is given.

        A student's other runs of the same settings, of a sweep perhaps, have other seeds.
        """
        wanted = self.config.model_dump()
        same = all(run.config.get(name) == value for name, value in wanted.items() if name not in FREE)
        seeded = seed is None or run.config.get("seed") == seed
        return run.kind == self.kind and run.created >= self.since and same and seeded


@dataclass(frozen=True)
class Result:
    """One run of the experiment on its test images."""

    seed: int
    correct: int
    total: int

    @property
    def share(self) -> float:
        return self.correct / self.total


def result_of(run: Run) -> Result | None:
    """None until it has been tested, or if a hand moved something while it ran."""
    correct, total = run.last("test_correct"), run.last("test_total")
    if run.status != "finished" or correct is None or total is None or run.controls():
        return None
    return Result(int(run.config.get("seed", 0)), int(correct.value), int(total.value))


@dataclass(frozen=True)
class NoiseFloor:
    """Of n results with different seeds. `mean`, `deviation` and `half_band` are shares.

    `half_band`: half of the 95 % band of one run, from its number of test images alone (Wilson 1927).
    """

    n: int
    mean: float
    deviation: float | None  # of the sample: divided by n − 1
    low: float
    high: float
    half_band: float

    @property
    def floor(self) -> float | None:
        """By how much two more runs of different seeds differ at most, 19 times of 20: t · √2 · deviation.

        With few results the deviation itself is hardly known: t is large then (Student 1908).
        """
        return None if self.deviation is None else self._t * math.sqrt(2) * self.deviation

    @property
    def _t(self) -> float:
        return T[self.n - 2] if self.n - 2 < len(T) else T_OF_MANY

    @property
    def stretch(self) -> float:
        """How many times as wide the floor is as the same deviation of very many results would make it."""
        return self._t / T_IN_THE_END


def noise_floor(results: Sequence[Result]) -> NoiseFloor | None:
    """None where there is no result. The same seed twice counts once: it says nothing new."""
    alone = list({result.seed: result for result in results}.values())
    if not alone:
        return None
    shares = [result.share for result in alone]
    mean = sum(shares) / len(shares)
    enough = len(shares) >= LEAST
    deviation = math.sqrt(sum((s - mean) ** 2 for s in shares) / (len(shares) - 1)) if enough else None
    total = alone[0].total
    half = band(round(mean * total), total).half_width
    return NoiseFloor(len(shares), mean, deviation, min(shares), max(shares), half)


def floor_words(found: NoiseFloor | None, total: int) -> str:
    """What the class has measured so far, in two sentences. `total`: test images of one run."""
    if found is None:
        return "No run has finished yet: each one that does is a dot here."
    mean = f"Mean {exact_percent(found.mean)}"
    one = f"chance in one test of {total:,} images alone: ±{100 * found.half_band:.2f} points"
    if found.deviation is None or found.floor is None:
        return f"{mean} from one run; {one}. A second seed shows the spread."
    return (
        f"{mean} from {found.n} seeds, {100 * (found.high - found.low):.2f} points from lowest to highest; "
        f"{one}. Noise floor: two seeds differ by up to {100 * found.floor:.2f} points, 19 times of 20."
    )


def few_words(found: NoiseFloor) -> str:
    """What so few results leave open, in a sentence; "" where they are enough."""
    if found.deviation is None or found.n > FEW:
        return ""
    return (
        f"Few runs yet: from {found.n} the spread itself is hardly known, so the floor is "
        f"{found.stretch:.1f} times as wide as many runs of the same spread would make it."
    )


def csv_of(results: Iterable[Result]) -> bytes:
    """One line a run, nameless: seed, correct, total, accuracy."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("seed", "correct", "total", "accuracy"))
    for result in results:
        lines.writerow((result.seed, result.correct, result.total, f"{result.share:.4f}"))
    return text.getvalue().encode()
