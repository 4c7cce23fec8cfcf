"""Eight runs on one machine: what sharing costs, how soon each begins, how fast a stop and an event arrive.

Ours are eight runs of eight owners in the lab's own runner; the other side is one run alone on one thread.

    python -m benchmarks.runs [--full] [--json]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.client import open_page
from benchmarks.common import alternate, arguments, report
from benchmarks.server import serve
from dlcore.run import Run
from dlcore.runs import crew
from dlcore.runs.protocol import Control
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig

RUNS = 8
CONFIG = TrainConfig(net="SimpleCNN", train_size=55_000, val_size=0, epochs=20, batch_size=64, device="cpu")
STORED = 1000  # runs of the page that is opened
POLL_SECONDS = 0.005


@contextmanager
def lab() -> Iterator[Runner]:
    """A runner as the server has it once two runs were under way: two workers are warm, one thread a run."""
    with tempfile.TemporaryDirectory(prefix="dllab-benchmark-") as name:
        store = Store(Path(name))
        with patch.object(crew, "threads_for", lambda cores, active: 1):
            runner = Runner(store)
            warm = [start(runner, owner) for owner in ("warm", "warm too")]
            for run_id in warm:
                first_point(runner, run_id)
            for run_id in warm:
                stop(runner, run_id)
            yield runner
            runner.close()
        store.close()


def start(runner: Runner, owner: str) -> str:
    return runner.submit(owner, "mnist", CONFIG, name=owner)


def get(runner: Runner, run_id: str) -> Run:
    run = runner.get(run_id)
    assert run is not None
    if run.status in ("failed", "diverged"):
        sys.exit(f"A run must go on. Got {run.status}: {run.reason}")
    return run


def first_point(runner: Runner, run_id: str) -> float:
    """When the run's curve has its first point, on the clock of time.perf_counter."""
    while not get(runner, run_id).last("train_loss"):
        time.sleep(POLL_SECONDS)
    return time.perf_counter()


def stop(runner: Runner, run_id: str) -> float:
    """Milliseconds from asking a run to stop to reading that it has stopped."""
    began = time.perf_counter()
    runner.control(run_id, Control("stop"))
    while get(runner, run_id).active:
        time.sleep(POLL_SECONDS)
    return 1000 * (time.perf_counter() - began)


def steps_per_second(runner: Runner, run_ids: list[str], seconds: float) -> float:
    """All these runs together."""
    before, began = sum(get(runner, run_id).step for run_id in run_ids), time.perf_counter()
    time.sleep(seconds)
    return (sum(get(runner, run_id).step for run_id in run_ids) - before) / (time.perf_counter() - began)


def efficiency(pairs: int, seconds: float) -> dict[str, list[float]]:
    waits: list[float] = []
    stops: list[float] = []
    events: list[float] = []

    def eight(_: int) -> float:
        with lab() as runner:
            began = time.perf_counter()
            run_ids = [start(runner, f"owner {number}") for number in range(RUNS)]
            waits.append(max(first_point(runner, run_id) for run_id in run_ids) - began)
            speed = steps_per_second(runner, run_ids, seconds)
            events.extend(event_ms(runner, run_ids))
            stops.extend(_stop_each(runner, run_ids))
            return speed

    def one(_: int) -> float:
        with lab() as runner:
            run_id = start(runner, "alone")
            first_point(runner, run_id)
            return steps_per_second(runner, [run_id], seconds)

    both = alternate(eight, one, pairs)
    cores = os.cpu_count() or 1
    return {
        "eight_runs_efficiency": [together / (cores * alone) for together, alone in both],
        "steps_per_s_together": [together for together, _ in both],
        "steps_per_s_alone": [alone for _, alone in both],
        "last_of_eight_first_point_s": waits,
        "asked_to_seen_ms": events,
        "stop_ms": stops,
        "stop_p99_ms": [float(np.quantile(stops, 0.99))],
    }


def _stop_each(runner: Runner, run_ids: list[str]) -> list[float]:
    """Stop one of eight, put another in its place, so that every stop meets eight active runs."""
    found = []
    for number, run_id in enumerate(run_ids):
        found.append(stop(runner, run_id))
        first_point(runner, start(runner, f"another {number}"))
    return found


def event_ms(runner: Runner, run_ids: list[str]) -> list[float]:
    """From a learning rate being asked for to a reader of the run seeing that it was applied.

    It holds the way to the worker, the wait for the run's turn, and the event's way back.
    """
    found = []
    for number, run_id in enumerate(run_ids):
        began = time.perf_counter()
        runner.control(run_id, Control("set", "lr", 0.001 + number / 10_000))
        while not get(runner, run_id).last("set_lr"):
            time.sleep(POLL_SECONDS)
        found.append(1000 * (time.perf_counter() - began))
    return found


def page_with_many_runs(repeat: int) -> dict[str, list[float]]:
    """The Runs page of somebody who has a thousand: seconds until it is complete, bytes sent."""
    seconds, sent = [], []
    with serve() as server:
        owner = "many"
        for number in range(STORED):
            config = CONFIG.replace(seed=number).model_dump()
            server.store.create(
                Run(f"run-{number}", owner, "mnist", f"run {number}", config, "finished", created=number)
            )
        with open_page(server, "runs", owner=owner):
            pass  # the server's first visit of this page
        for _ in range(repeat):
            server.settle()
            began = time.perf_counter()
            with open_page(server, "runs", owner=owner) as page:
                seconds.append(time.perf_counter() - began)
                sent.append(page.received / 1e6)
    return {"runs_page_s": seconds, "runs_page_mb": sent}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--pairs", type=int, help="alternations; by default 3, with --full 6")
    options = parser.parse_args()
    pairs = options.pairs or (6 if options.full else 3)
    results = efficiency(pairs, seconds=20 if options.full else 8)
    results |= page_with_many_runs(7 if options.full else 5)
    report("runs", results, options.json, threads=1)


if __name__ == "__main__":
    main()
