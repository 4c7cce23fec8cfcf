"""The lab's server is killed while it works: what was finished is as it was, and what was under way goes on.

It is the one that a user starts, with pages, workers and visitors. tests/dlcore/runs/test_kills.py kills more
often, and workers and tasks too, without pages.

`pytest -s tests/attack/test_kills_app.py --kills 200` kills it 50 times, and says how long a start takes.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from benchmarks.answers import DRAW
from benchmarks.page_runs import DIGITS, ENDLESS
from benchmarks.server import Server, new_owner, serve
from benchmarks.students import TAKEN, stroke
from dlcore.run import Run
from tests.attack.stored import stored
from tests.attack.wire import tab
from tests.dlcore.runs.test_kills import digest
from tests.waiting import DEADLINE_SECONDS, wait_until

PAGE = DIGITS.page
SMALL = f"{PAGE}__train_size=2000&{PAGE}__val_size=0"


def seconds_until_ready(server: Server) -> float:
    def ready() -> bool:
        asked = f"{server.url}/healthz"
        with suppress(OSError), urllib.request.urlopen(asked, timeout=DEADLINE_SECONDS) as answer:
            return bool(json.load(answer)["ready"])
        return False

    wait_until(ready, "the lab is ready")
    return time.perf_counter() - server.began


def begin(server: Server, owner: str, epochs: int) -> str:
    with tab(server, PAGE, f"{DIGITS.setup(epochs)}&{SMALL}", owner) as page:
        page.press(f"{PAGE}__start", TAKEN)
    (run,) = server.store.runs_of(owner)
    return run.id


def saved(run: Run) -> int:
    """The newest epoch from which it can go on."""
    return max((checkpoint.epoch for checkpoint in run.checkpoints), default=0)


def kill(server: Server) -> None:
    """Nobody else holds its database open then, and no worker may outlive it."""
    workers = psutil.Process(server.child.pid).children(recursive=True)
    assert workers
    server.store.close()
    server.child.kill()
    server.child.wait()
    _, left = psutil.wait_procs(workers, DEADLINE_SECONDS)
    assert left == []


class Lab:
    """What is known of its runs from one start to the next."""

    def __init__(self) -> None:
        self.finished: dict[str, tuple[Run, str]] = {}
        self.anna, self.under_way = "", ""  # she, and her run
        self.epoch, self.lost = 0, 0  # how far it was when the server was killed, and epochs lost at most

    def goes_on(self, server: Server) -> None:
        """What was finished is as it was, and Anna's run trains."""
        for run_id, known in self.finished.items():
            run = stored(server.store, run_id)
            assert (run, digest(run)) == known
        if self.under_way:
            run = stored(server.store, self.under_way)
            assert run.status == "interrupted"
            self.lost = max(self.lost, self.epoch - saved(run))
        if self.under_way and self.epoch < ENDLESS // 4:
            with tab(server, PAGE, f"run={self.under_way}", self.anna) as page:
                page.click(f"{PAGE}__pause")  # which now means: go on
        else:  # the one before would end by itself in time
            self.anna, self.epoch = new_owner(), 0
            self.under_way = begin(server, self.anna, ENDLESS)
        wait_until(lambda: saved(stored(server.store, self.under_way)) > self.epoch, "it trains on")

    def finish_one(self, server: Server) -> None:
        run_id = begin(server, new_owner(), epochs=1)
        wait_until(lambda: stored(server.store, run_id).status == "finished", "it has ended")
        run = stored(server.store, run_id)
        self.finished[run_id] = run, digest(run)

    def is_killed(self, server: Server, chance: random.Random) -> None:
        """While it trains, and is looked at."""
        training = tab(server, PAGE, f"run={self.under_way}", self.anna)
        with training as one, tab(server, DRAW) as other:
            threading.Event().wait(chance.uniform(0, 1.0))  # a random moment, not a wait for anything
            other.send_json(f"{DRAW}__canvas", stroke(chance))
            assert [page.broke for page in (one, other)] == [False, False]
            self.epoch = stored(server.store, self.under_way).epoch
            kill(server)


@pytest.mark.slow
def test_no_kill_of_the_server_loses_what_was_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.setenv("DLLAB_NICE", "0")  # on a busy machine who steps back gets next to nothing
    kills = max(1, int(pytestconfig.getoption("--kills")) // 4)
    chance, lab, starts = random.Random(kills), Lab(), list[float]()
    for number in range(kills + 1):
        with serve(folder=tmp_path, start_seconds=DEADLINE_SECONDS) as server:
            starts.append(seconds_until_ready(server))
            lab.goes_on(server)
            if number < kills:
                lab.finish_one(server)
                lab.is_killed(server, chance)
    assert lab.lost <= 1
    sys.stdout.write(
        f"{kills} kills of the server: {len(lab.finished)} runs finished, none lost or altered; epochs lost "
        f"at most {lab.lost}; until it was ready again it took {max(starts[1:]):.2f} s at most\n"
    )
