"""Workers, task processes and server are killed at random moments: nothing that was finished is lost.

`pytest -s tests/dlcore/runs/test_kills.py --kills 200` does it longer, and says how far it is and how long a
start takes.
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from dlcore.run import Run
from dlcore.runs.storage.checkpoint_files import content_of
from dlcore.runs.storage.store import Store
from tests.dlcore.runs import kill_me
from tests.forks import Forked, Forks

ROOT = Path(__file__).parents[3]
STARVED_SECONDS = (
    3600.0  # servers and workers are started again and again, on a machine that may do much else
)
COLD = 20  # one in so many servers is started as a user does; the others are forked, which takes no time
SAID = 20  # kills from one word to the next
WaitUntil = Callable[..., None]


class Killed:
    """The server of kill_me.py, started as often as it is killed."""

    process: subprocess.Popen[bytes] | Forked

    def __init__(self, folder: Path, store: Store, forks: Forks, wait_until: WaitUntil) -> None:
        self.folder, self.store, self.forks = folder, store, forks
        self.wait_until = partial(wait_until, deadline=STARVED_SECONDS)
        self.starts, self.start_seconds = 0, list[float]()

    def __enter__(self) -> Killed:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def start(self) -> None:
        program = ("-m", "tests.dlcore.runs.kill_me", str(self.folder), self.forks.path)
        began, cold = time.monotonic(), self.starts % COLD == 0
        if cold:
            out, err = subprocess.PIPE, subprocess.DEVNULL
            self.process = subprocess.Popen([sys.executable, *program], cwd=ROOT, stdout=out, stderr=err)
        else:
            self.process = self.forks.python(*program, environment=os.environ)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"
        self.starts += 1
        if cold:
            self.start_seconds.append(time.monotonic() - began)

    def kill_server(self) -> None:
        self.end()
        self.wait_until(lambda: not self.forks.workers(), "no worker outlives its server")

    def kill_worker(self, chance: random.Random) -> None:
        busy = (self.process.pid, self.task_process())
        if workers := [worker for worker in self.forks.workers() if worker.pid not in busy]:
            chance.choice(workers).kill()

    def task_process(self) -> int:
        """Who works on the task; 0 for nobody."""
        file = self.folder / kill_me.AT_WORK
        return int(file.read_text()) if file.exists() else 0

    def kill_task_process(self) -> bool:
        """Was anybody at work? A server that is killed before it has noted how the task ended never does."""
        said, found = self.measured(), False
        for worker in self.forks.workers():
            if worker.pid == self.task_process():
                worker.kill()
                self.wait_until(lambda: self.measured() != said, "how the task ended is noted")
                found = True
        return found

    def steps(self) -> dict[str, int]:
        return {run.id: run.step for run in self.store.runs_of(kill_me.OWNER, limit=4)}

    def runs(self, *, finished: bool = False) -> list[str]:
        runs = self.store.runs_of(kill_me.OWNER, limit=10_000)
        return [run.id for run in runs if not finished or run.status == "finished"]

    def run(self, run_id: str) -> Run:
        run = self.store.get(run_id)
        assert run is not None
        return run

    def measured(self) -> list[str]:
        """How each of the tasks ended."""
        file = self.folder / kill_me.ENDED
        return file.read_text().splitlines() if file.exists() else []

    def under_way(self) -> list[Run]:
        return [self.run(run_id) for run_id in set(self.runs()) - set(self.runs(finished=True))]

    def digests(self, run_ids: Iterable[str]) -> dict[str, str]:
        """Everything that was written of each run, as one digest."""
        return {run_id: digest(self.run(run_id)) for run_id in run_ids}


def digest(run: Run) -> str:
    """Over its numbers, the bytes of its weights and what is known of them."""
    parts = [repr(sorted(run.series.items())), repr([vars(c) for c in run.checkpoints]), repr(run.config)]
    parts += [hashlib.sha256(content_of(c, ".safetensors", c.digest)).hexdigest() for c in run.checkpoints]
    parts += [c.path.with_suffix(".json").read_text() for c in run.checkpoints]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


@pytest.mark.slow
def test_no_kill_loses_what_was_finished(
    tmp_path: Path, forks: Forks, wait_until: WaitUntil, pytestconfig: pytest.Config
) -> None:
    kills = int(pytestconfig.getoption("--kills"))
    chance = random.Random(kills)
    pause = threading.Event()
    server_kills = lost_epochs = 0
    with closing(Store(tmp_path)) as store, Killed(tmp_path, store, forks, wait_until) as lab:
        known: dict[str, str] = {}
        for number in range(1, kills + 1):
            before = lab.steps()
            lab.wait_until(lambda before=before: lab.steps() != before, "something is trained", every=0.05)
            pause.wait(chance.uniform(0, 1.5))  # a random moment, not a wait for anything
            at_the_kill = {run.id: run.epoch for run in lab.under_way()}
            known |= lab.digests(set(lab.runs(finished=True)) - known.keys())
            if number == 1 or chance.random() < 0.1:
                lab.wait_until(lab.kill_task_process, "a task is under way")
            elif chance.random() < 0.6:
                lab.kill_server()
                server_kills += 1
                lab.start()
            else:
                lab.kill_worker(chance)
            finished = set(lab.runs(finished=True))
            assert known.keys() <= finished, f"lost after {number} kills"
            known |= lab.digests(finished - known.keys())
            if number % SAID == 0 or number == kills:
                assert lab.digests(known) == known, f"altered after {number} kills"
                sys.stdout.write(f"{number} kills, {len(known)} runs finished, none lost or altered\n")
                sys.stdout.flush()
            for run in lab.under_way():
                went_on_from = max((c.epoch for c in run.checkpoints), default=0)
                lost_epochs = max(lost_epochs, at_the_kill.get(run.id, 0) - went_on_from)
        lab.wait_until(
            lambda: len(lab.runs(finished=True)) > 1, "runs finish that can be compared", every=0.2
        )
        lab.wait_until(lambda: any(map(str.isdigit, lab.measured())), "a task comes to its end", every=0.2)
        ended = [lab.run(run_id) for run_id in lab.runs(finished=True)]
        measured = Counter(lab.measured())
    assert lost_epochs <= 1
    assert len({repr([(c.epoch, c.digest) for c in run.checkpoints]) for run in ended}) == 1
    assert len({repr([m.value for m in run.series["epoch_loss"]]) for run in ended}) == 1
    broken = Counter({why: times for why, times in measured.items() if not why.isdigit()})
    assert broken
    assert all("process ended unexpectedly" in why for why in broken), broken
    assert len(measured - broken) == 1, f"the same weights on the same digits: {measured}"
    sys.stdout.write(
        f"{(measured - broken).total()} tasks ended, all alike, {broken.total()} were broken off; "
        f"{kills} kills, {server_kills} of them of the server; {len(ended)} runs finished, all alike; "
        f"epochs lost at most {lost_epochs}; a start took {max(lab.start_seconds):.2f} s at most\n"
    )
