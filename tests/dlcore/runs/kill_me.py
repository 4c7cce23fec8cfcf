"""A server without pages, started to be killed: `python kill_me.py FOLDER SOCKET`, where workers are forked.

It always has two runs under way, all with the same settings and seed: it takes up what was interrupted or
failed, and begins anew when nothing is left to take up. Each run's weights must come out the same.

Beside them a task measures the shipped network, again and again. How each one ended that did not end with the
server is a line in ENDED; who works on it now stands in AT_WORK.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

from dlcore.runs.runner import Runner
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.disk import write_whole
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks
from dlcore.training.config import TrainConfig
from tests.forks import ForkedPool
from tests.waiting import wait_until

CONFIG = TrainConfig(
    train_size=160, val_size=0, epochs=4, batch_size=8, dropout=0.3, augment=True, device="cpu"
)
OWNER = "anna"
ENDED, AT_WORK = "tasks_ended", "task_process"  # files in the folder


class Measuring:
    """One task after the other. What one says at its end, or why it was broken off, is written down."""

    def __init__(self, folder: Path, socket: str) -> None:
        self._pool = ForkedPool(socket)
        self._tasks = Tasks(self._pool, processes=1)
        self._folder, self._known = folder, 0
        self._payload = {"checkpoint": shipped_run("mnist").checkpoints[-1]}
        self._count, self._id = 0, ""

    def look(self) -> None:
        """Has the last one ended? Then the next one begins; at once, also after one that was killed."""
        if (process := next((one.pid for one in self._pool.processes if not one.ended), 0)) != self._known:
            self._known = process
            write_whole(self._folder / AT_WORK, str(process).encode())
        task = self._tasks.get(self._id)
        if task is not None and task.active:
            return
        if task is not None:
            how = str(task.events[-1].correct) if task.status == "finished" else task.reason
            with (self._folder / ENDED).open("a") as file:
                file.write(f"{how}\n")
        self._count += 1
        self._id = self._tasks.submit("evaluate", self._payload, key=str(self._count), session="anna")


def main(folder: Path, socket: str) -> None:
    runner = Runner(
        Store(folder),
        pool=ForkedPool(socket),
        cores=1,  # two threads add up in another order than one
        max_workers=2,
        limit_bytes=sys.maxsize,  # in a long run the oldest would give up checkpoints, as they should
    )
    measuring = Measuring(folder, socket)

    def one_has_ended() -> bool:
        measuring.look()
        return len(runner.active_runs()) < 2

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
        wait_until(one_has_ended, "a run has ended", deadline=math.inf)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
