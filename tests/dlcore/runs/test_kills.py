"""Worker and server are killed at random moments, again and again: nothing that was finished is lost.

`pytest tests/dlcore/runs/test_kills.py --kills 200` does it longer and says how long each start took.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from dlcore.run import Run
from dlcore.runs.storage.checkpoint_files import content_of
from dlcore.runs.storage.store import Store
from tests.dlcore.runs import kill_me
from tests.forks import Forks

ROOT = Path(__file__).parents[3]
STARVED_SECONDS = (
    3600.0  # servers and workers are started again and again, on a machine that may do much else
)
WaitUntil = Callable[..., None]


class Killed:
    """The server of kill_me.py, started as often as it is killed."""

    def __init__(self, folder: Path, store: Store, forks: Forks, wait_until: WaitUntil) -> None:
        self.folder, self.store, self.forks = folder, store, forks
        self.wait_until = partial(wait_until, deadline=STARVED_SECONDS)
        self.start_seconds: list[float] = []

    def __enter__(self) -> Killed:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def start(self) -> None:
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.dlcore.runs.kill_me", str(self.folder), self.forks.path],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"
        self.start_seconds.append(time.monotonic() - began)

    def kill_server(self) -> None:
        self.end()
        self.wait_until(lambda: not self.forks.workers(), "no worker outlives its server")

    def kill_worker(self, chance: random.Random) -> None:
        if workers := self.forks.workers():
            chance.choice(workers).kill()

    def runs(self) -> list[Run]:
        found = [self.store.get(run.id) for run in self.store.runs_of(kill_me.OWNER, limit=10_000)]
        return [run for run in found if run is not None]

    def steps(self) -> dict[str, int]:
        return {run.id: run.step for run in self.store.runs_of(kill_me.OWNER, limit=4)}

    def finished(self) -> dict[str, str]:
        """Everything that was written of each finished run, as one digest."""
        return {run.id: digest(run) for run in self.runs() if run.status == "finished"}


def digest(run: Run) -> str:
    """Over its numbers and over the bytes of its weights."""
    parts = [repr(sorted(run.series.items())), repr([vars(c) for c in run.checkpoints]), repr(run.config)]
    parts += [hashlib.sha256(content_of(c, ".safetensors", c.digest)).hexdigest() for c in run.checkpoints]
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
        for number in range(kills):
            before = lab.steps()
            lab.wait_until(lambda before=before: lab.steps() != before, "something is trained", every=0.05)
            pause.wait(chance.uniform(0, 1.5))  # a random moment, not a wait for anything
            at_the_kill = {run.id: run.epoch for run in lab.runs()}
            if chance.random() < 0.6:
                lab.kill_server()
                server_kills += 1
                known |= lab.finished()
                lab.start()
            else:
                lab.kill_worker(chance)
            now = lab.finished()
            assert {run_id: now.get(run_id) for run_id in known} == known, f"altered after {number} kills"
            known = now
            for run in lab.runs():
                went_on_from = max((c.epoch for c in run.checkpoints), default=0)
                lost_epochs = max(lost_epochs, at_the_kill.get(run.id, 0) - went_on_from)
        lab.wait_until(lambda: len(lab.finished()) > 1, "runs finish that can be compared", every=0.2)
        finished = [run for run in lab.runs() if run.status == "finished"]
    assert lost_epochs <= 1
    assert len({repr([(c.epoch, c.digest) for c in run.checkpoints]) for run in finished}) == 1
    assert len({repr([m.value for m in run.series["epoch_loss"]]) for run in finished}) == 1
    sys.stdout.write(
        f"{kills} kills, {server_kills} of them of the server; {len(finished)} runs finished, all alike; "
        f"epochs lost at most {lost_epochs}; a start took {max(lab.start_seconds):.2f} s at most\n"
    )
