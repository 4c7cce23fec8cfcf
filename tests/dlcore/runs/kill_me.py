"""A server without pages, started to be killed: `python kill_me.py FOLDER SOCKET`, where workers are forked.

It always has two runs under way, all with the same settings and seed: it takes up what was interrupted or
failed, and begins anew when nothing is left to take up. Each run's weights must come out the same.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.forks import ForkedPool
from tests.waiting import wait_until

CONFIG = TrainConfig(
    train_size=160, val_size=0, epochs=4, batch_size=8, dropout=0.3, augment=True, device="cpu"
)
OWNER = "anna"


def main(folder: Path, socket: str) -> None:
    runner = Runner(
        Store(folder),
        pool=ForkedPool(socket),
        cores=1,  # two threads add up in another order than one
        max_workers=2,
        limit_bytes=sys.maxsize,  # in a long run the oldest would give up checkpoints, as they should
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        runs = runner.store.runs_of(OWNER, limit=1000)
        active = {run.id for run in runner.active_runs()}
        for run in runs:
            if run.status in ("interrupted", "failed") and run.id not in active:
                runner.resume(run.id)
                active.add(run.id)
        for _ in range(2 - len(active)):
            runner.submit(OWNER, "mnist", CONFIG, name="a run")
        wait_until(lambda: len(runner.active_runs()) < 2, "a run has ended", deadline=math.inf)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
