"""What the ball on the hill costs the run that it follows: seconds of a training with it and without.

The same run in the lab's own runner; beside it, or not, the tasks that a page on the hill asks for.

    python -m benchmarks.rolling [--full] [--json]
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.common import alternate, arguments, report
from benchmarks.runs import POLL_SECONDS, first_point, get, stop
from dlcore.landscape.rolling import Known, Rolled, next_request
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks
from dlcore.training.config import TrainConfig

CONFIG = TrainConfig(net="SimpleCNN", train_size=6_000, val_size=1_000, epochs=6, batch_size=64, device="cpu")
DIGITS = {"samples": 256, "digits": "train", "seed": 0}  # what the page measures on
TICK_SECONDS = 0.5  # between two looks of the page


def train(runner: Runner, tasks: Tasks, *, followed: bool) -> tuple[float, int]:
    """Seconds from a run's first point to its end, and how many grounds were measured meanwhile."""
    run_id = runner.submit("class", "mnist", CONFIG, name="class")
    began = first_point(runner, run_id)
    known, grounds, looked = Known(), 0, 0.0
    pending = None
    while get(runner, run_id).active:
        time.sleep(POLL_SECONDS)
        run = get(runner, run_id)
        if not followed or not run.checkpoints or time.perf_counter() - looked < TICK_SECONDS:
            continue
        looked = time.perf_counter()
        request = pending or next_request(known, run.checkpoints)
        if request is None:
            continue
        key = f"{run_id} {[at.step for at in request.stops]} {request.measure} {request.window}"
        task = tasks.find("rolling", key, session="page", owner="class")
        if task is None:
            payload = {"start": run.checkpoints[0], "before": (), "request": request, "config": DIGITS}
            tasks.submit("rolling", payload, key=key, session="page", owner="class")
        elif task.status == "finished" and isinstance(found := task.events[-1], Rolled):
            known, grounds = known.told(found), grounds + (found.ground is not None)
        pending = request if task is None or task.active else None
    return time.perf_counter() - began, grounds


def main() -> None:
    options = arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="dllab-benchmark-") as name:
        store = Store(Path(name))
        runner, tasks = Runner(store), Tasks()
        tasks.prepare("rolling")
        warm = runner.submit("warm", "mnist", CONFIG, name="warm")
        first_point(runner, warm)
        stop(runner, warm)
        both = alternate(
            lambda _: train(runner, tasks, followed=True),
            lambda _: train(runner, tasks, followed=False)[0],
            8 if options.full else 4,
        )
        tasks.close()
        runner.close()
        store.close()
    results = {
        "followed_ratio": [seconds / alone for (seconds, _), alone in both],
        "alone_s": [alone for _, alone in both],
        "grounds_measured": [float(grounds) for (_, grounds), _ in both],
    }
    report("rolling", results, options.json, threads=1)


if __name__ == "__main__":
    main()
