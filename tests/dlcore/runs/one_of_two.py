"""One server of several on a database, without pages: `python one_of_two.py FOLDER SOCKET PLACE`.

It says its lease when it is ready, and begins as many runs as each line says that it is sent. PLACE, unless
it is empty, is what it takes for its machine: servers of two places see each other's heartbeats alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dlcore.runs.kinds import RUN_KINDS
from dlcore.runs.runner import Runner
from dlcore.runs.storage import holding, reader
from dlcore.runs.storage.store import Store
from tests.dlcore.runs.guarded import GUARDED, GuardedConfig
from tests.forks import ForkedPool

OWNER = "anna"


def main(folder: Path, socket: str, place: str) -> None:
    RUN_KINDS["guarded"] = GUARDED  # type: ignore[index]
    if place:
        holding.place = reader.place = lambda pid: place  # type: ignore[assignment]
    runner = Runner(Store(folder), pool=ForkedPool(socket), cores=1, max_workers=2)
    sys.stdout.write(f"{runner.store.lease}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        for _ in range(int(line)):
            runner.submit(OWNER, "guarded", GuardedConfig(), name="a run")
    runner.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
