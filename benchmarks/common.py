"""What every benchmark shares: alternating pairs, medians with their spread, the machine, the report."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
import torch

Result = TypeVar("Result")

LOAD_AT_START = psutil.getloadavg()


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options all benchmarks have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--full", action="store_true", help="more repetitions, more than 5 minutes")
    parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    return parser


def alternate(
    ours: Callable[[int], Result], theirs: Callable[[int], Result], pairs: int
) -> list[tuple[Result, Result]]:
    """Measure both sides next to each other in time, so that a slow moment of the machine hits both.

    Each side is called with the number of the pair. The order is swapped every pair, so an even number of
    pairs gives both sides the first place equally often.
    """
    results = []
    for number in range(pairs):
        if number % 2:
            second, first = theirs(number), ours(number)
        else:
            first, second = ours(number), theirs(number)
        results.append((first, second))
    return results


@dataclass(frozen=True)
class Spread:
    """Repeated measurements of one thing. Half of them lie between q1 and q3."""

    n: int
    median: float
    low: float
    q1: float
    q3: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    low, q1, median, q3, high = (float(q) for q in np.quantile(values, [0, 0.25, 0.5, 0.75, 1]))
    return Spread(len(values), median, low, q1, q3, high)


def p95(values: Sequence[float]) -> float:
    return float(np.quantile(values, 0.95))


def commit() -> str:
    """Of the lab that is measured, with a + where files were changed since; "" where git knows none."""
    describe = ("git", "describe", "--always", "--exclude=*", "--dirty=+")
    with suppress(OSError):
        return subprocess.run(
            describe, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
        ).stdout.strip()
    return ""


def machine(threads: int) -> dict[str, Any]:
    """Where these numbers were measured. `threads` are those that train."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": threads,
        "load_at_start": LOAD_AT_START,  # of the last 1, 5 and 15 minutes
        "load_at_end": psutil.getloadavg(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "commit": commit(),
    }


def report(
    name: str,
    results: Mapping[str, Sequence[float]],
    as_json: bool,
    *,
    threads: int,
    **more: Any,
) -> None:
    """A table of medians and spreads; with `as_json`, then one JSON object on a line of its own.

    In it every result is its median, `spread` has the rest, and `more` is added as it is.
    """
    spreads = {key: spread(values) for key, values in results.items()}
    about = machine(threads)
    width = max(map(len, spreads), default=0)
    print(name)
    for key, value in (about | more).items():
        print(f"  {key:14} {_words(value)}")
    print(f"{'':{width}}   {'n':>4} {'median':>9}   {'min .. max':^19}   {'middle half':^19}")
    for key, s in spreads.items():
        full, middle = f"{s.low:.4g} .. {s.high:.4g}", f"{s.q1:.4g} .. {s.q3:.4g}"
        print(f"{key:{width}}   {s.n:4} {s.median:9.4g}   {full:^19}   {middle:^19}")
    if as_json:
        medians = {key: s.median for key, s in spreads.items()}
        rest = {key: asdict(s) for key, s in spreads.items()}
        print(json.dumps({"benchmark": name} | medians | more | {"spread": rest, "machine": about}))


def _words(value: Any) -> str:
    return " ".join(f"{part:.2f}" for part in value) if isinstance(value, tuple) else str(value)
