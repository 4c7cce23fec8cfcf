"""Two servers on one database, killed again and again: the other goes on, and no run is ever trained twice.

`pytest tests/dlcore/runs/test_two_servers.py --kills 68` kills 51 times, and says how long it took to go on.
That nothing finished is lost is what test_kills.py shows.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlcore.runs.storage.database import CHECKPOINTS, RUNS
from dlcore.runs.storage.store import Store
from tests.dlcore.runs.guarded import trained_twice
from tests.forks import Forks

RUNS_AT_ONCE = 8
STARVED_SECONDS = 3600.0  # servers are started again and again, on a machine that may do much else
WaitUntil = Callable[..., None]


class Server:
    """A process of one_of_two.py."""

    def __init__(self, folder: Path, forks: Forks, place: str) -> None:
        program = ("-m", "tests.dlcore.runs.one_of_two", str(folder), forks.path, place)
        self._process = forks.python(*program, environment=os.environ | {"DLLAB_DATA_DIR": str(folder)})
        self.lease = self._process.stdout.readline().decode().strip()
        assert self.lease

    def begin(self, runs: int) -> None:
        self._process.stdin.write(f"{runs}\n".encode())
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Two:
    """Two servers, and what the database says of all runs."""

    def __init__(self, folder: Path, forks: Forks, *, apart: bool) -> None:
        self._start = partial(Server, folder, forks)
        self._places = ["one machine", "another machine"] if apart else ["", ""]
        self.servers = [self._start(place) for place in self._places]

    def replace(self, number: int) -> None:
        self.servers[number] = self._start(self._places[number])

    def close(self) -> None:
        for server in self.servers:
            server.kill()


@contextmanager
def two_servers(folder: Path, forks: Forks, *, apart: bool) -> Iterator[Two]:
    with closing(Two(folder, forks, apart=apart)) as two:
        yield two


def trained_by(store: Store) -> list[str]:
    """The leases of the runs that train now, one for each."""
    query = sa.select(RUNS.c.lease).where(RUNS.c.status == "running")
    with store._transaction() as connection:
        return list(connection.execute(query).scalars())


def newest_epochs(store: Store) -> dict[str, int]:
    """For each run, by its id: the epoch of its newest recorded weights."""
    with store._transaction() as connection:
        query = sa.select(CHECKPOINTS.c.run_id, sa.func.max(CHECKPOINTS.c.epoch))
        found = connection.execute(query.group_by(CHECKPOINTS.c.run_id)).all()
    return {str(run_id): int(epoch) for run_id, epoch in found}


@pytest.mark.slow
@pytest.mark.parametrize("apart", [False, True], ids=["beside", "apart"])
def test_the_other_server_goes_on_and_none_is_trained_twice(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    schema: str,
    forks: Forks,
    wait_until: WaitUntil,
    pytestconfig: pytest.Config,
    apart: bool,
) -> None:
    """Apart they see each other's heartbeats alone, and beside each other their processes too."""
    monkeypatch.setenv("DLLAB_DATABASE_URL", schema)
    kills = max(1, int(pytestconfig.getoption("--kills")) // (4 if apart else 2))
    chance, pause, waited, lost = random.Random(kills), threading.Event(), [], 0
    until = partial(wait_until, deadline=STARVED_SECONDS, every=0.1)
    with closing(Store(tmp_path)) as store, two_servers(tmp_path, forks, apart=apart) as two:
        two.servers[0].begin(RUNS_AT_ONCE)
        until(lambda: len(trained_by(store)) == RUNS_AT_ONCE, "all are trained")
        for number in range(kills):
            pause.wait(chance.uniform(0, 1.0))  # a random moment, not a wait for anything
            victim = number % 2
            other = two.servers[1 - victim]
            before = newest_epochs(store)
            two.servers[victim].kill()
            killed = time.monotonic()
            until(lambda other=other: trained_by(store) == [other.lease] * RUNS_AT_ONCE, "the other has all")
            waited.append(time.monotonic() - killed)
            now = newest_epochs(store)
            lost = max([lost, *(epoch - now[run_id] for run_id, epoch in before.items())])
            assert all(now[run_id] > 0 for run_id, epoch in before.items() if epoch > 1), "one began anew"
            two.replace(victim)
        assert trained_twice(tmp_path) == []
    sys.stdout.write(
        f"{kills} kills of a server with {RUNS_AT_ONCE} runs: the other trained all of them after "
        f"{sum(waited) / kills:.1f} s, {max(waited):.1f} s at most; none was trained twice; "
        f"epochs of a tenth of a second lost: {lost} at most\n"
    )
