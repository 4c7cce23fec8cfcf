"""A sweep of 24 runs of the preset Class, against what this machine's cores can do.

Ours is the whole sweep as the page starts it: fed into the ordinary queue a few runs at a time, with
evaluations, checkpoints and the stopping rule. The other side is one process on each core that trains the
same network without a break, with its evaluations, measured in the same run. The ratio is of training steps
per second; both sides also evaluate as a run of this preset does.

    python -m benchmarks.sweep [--full] [--json]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.common import arguments, report
from dlcore.runs.feeder import Feeder
from dlcore.runs.placing import MAX_WORKERS
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.runs.sweep_results import share_of
from dlcore.sweep.plan import Plan
from dlcore.sweep.setup import SweepConfig, plan_of

POLL_SECONDS = 0.1
# Whole runs, one after the other, with nothing of the lab around them.
BARE = """
import sys, time, torch
from dlcore.mnist.splits import make_splits
from dlcore.training.loop import start, train
from dlcore.training.recipes import PRESETS
torch.set_num_threads(1)
config = PRESETS["class"].config
splits = make_splits(config.train_size, config.val_size)
for event in train(start(config.replace(train_size=640)), make_splits(640, 100)):
    pass
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[1])):
    for event in train(start(config.replace(seed=number, lr=0.002)), splits):
        pass
print("done", flush=True)
"""


def plan(runs: int) -> Plan:
    """Rates that all train: none is stopped."""
    return plan_of(SweepConfig(first_values="0.001, 0.002, 0.003, 0.005", seeds=runs // 4, stops=True))


def swept(runs: int) -> tuple[float, list[float]]:
    """Training steps per second of a whole sweep, first submission to last result; shares of right digits."""
    with tempfile.TemporaryDirectory(prefix="dllab-benchmark-") as name, closing(Store(Path(name))) as store:
        runner = Runner(store)
        feeder = Feeder(runner)
        warm = feeder.begin("warm", plan_of(SweepConfig(first_values="0.001, 0.002", seeds=1)))
        _wait(store, warm)
        asked = plan(runs)
        began = time.perf_counter()
        _wait(store, sweep_id := feeder.begin("anna", asked))
        seconds = time.perf_counter() - began
        sweep = store.sweep(sweep_id)
        assert sweep is not None
        found = [store.get(entry.run_id) for entry in sweep.entries]
        shares = [share for run in found if run is not None and (share := share_of(run)) is not None]
        feeder.close()
        runner.close()
        return asked.steps / seconds, shares


def _wait(store: Store, sweep_id: str) -> None:
    while (sweep := store.sweep(sweep_id)) is not None and sweep.status == "running":
        time.sleep(POLL_SECONDS)


def bare(runs: int, processes: int) -> float:
    """Training steps per second of so many bare processes together, each with its share of the runs."""
    each = runs // processes
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", BARE, str(each)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(processes)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    began = time.perf_counter()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    seconds = time.perf_counter() - began
    for process in started:
        process.communicate()
    return plan(4).configs[0].total_steps * each * processes / seconds


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--runs", type=int, default=24, help="of the sweep; divisible by 4 and by the cores")
    parser.add_argument("--pairs", type=int, help="alternations; by default 1, with --full 3")
    options = parser.parse_args()
    processes = min(os.cpu_count() or 1, MAX_WORKERS)
    ratios, ours, theirs = [], [], []
    for number in range(options.pairs or (3 if options.full else 1)):
        before = bare(options.runs, processes) if number % 2 else 0.0
        speed, shares = swept(options.runs)
        if len(shares) != options.runs or min(shares) < 0.9:
            sys.exit(f"Every run must finish above 90 %. Got {shares} instead.")
        other = before or bare(options.runs, processes)
        ratios.append(speed / other)
        ours.append(speed)
        theirs.append(other)
    results = {"sweep_ratio": ratios, "sweep_steps_per_s": ours, "bare_steps_per_s": theirs}
    report("sweep", results, options.json, threads=1, runs=options.runs, processes=processes)


if __name__ == "__main__":
    main()
