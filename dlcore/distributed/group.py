"""Starting ranks as processes of this machine, hearing them, and leaving none behind.

A rank ends when its work does, when it is killed, and when its standard input closes: that happens when the
process that holds the other end ends, however it ends.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from json import JSONDecodeError, dumps, loads
from pathlib import Path
from typing import IO, Any

from dlcore.distributed.config import RanksConfig
from dlcore.errors import RunError
from dlcore.events import Tick

ROOT = Path(__file__).parents[2]  # the folder that holds dlcore
LOOK_SECONDS = 0.03  # between two looks whether a rank has said something
GRACE_SECONDS = 15.0  # for the others once a rank has failed: torch tells most of them at once
SILENCE_SECONDS = 240.0  # after which none is waited for any more


@dataclass(frozen=True)
class Said:
    """One line of a rank: something of the `training` that it is at, counted from 0."""

    rank: int
    training: int
    what: Mapping[str, Any]


@dataclass(frozen=True)
class Ended:
    """A rank is gone. `code` below 0: a signal ended it. `log`: what it wrote beside what it said."""

    rank: int
    code: int
    log: str


def environment() -> dict[str, str]:
    """Of a rank: one thread that sleeps while it waits, and the loopback interface to talk over."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    own = {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    if sys.platform != "win32":
        own["GLOO_SOCKET_IFNAME"] = "lo0" if sys.platform == "darwin" else "lo"
    return dict(os.environ) | own


def iter_group(configs: Sequence[RanksConfig]) -> Generator[Said | Ended | Tick, None, None]:
    """Start ranks, who make these trainings one after the other, and give out what they say until the last
    has ended; a Tick while none says anything. All trainings must have the same number of ranks.

    However it ends, also closed early, no rank is left. Raises RunError if all fall silent.
    """
    heard: queue.SimpleQueue[Said | Ended] = queue.SimpleQueue()
    ranks: list[subprocess.Popen[bytes]] = []
    listeners: list[threading.Thread] = []
    with tempfile.TemporaryDirectory(prefix="ranks-", ignore_cleanup_errors=True) as folder:
        try:
            for rank in range(configs[0].ranks):
                ranks.append(_start(rank, configs, Path(folder)))
                work = (rank, ranks[rank], Path(folder), heard)
                listeners.append(threading.Thread(target=_listen, args=work, daemon=True))
                listeners[rank].start()
            yield from _hear(ranks, heard)
        finally:
            for process in ranks:
                process.kill()
            for process, listener in zip(ranks, listeners, strict=False):
                process.wait()
                listener.join()


def _hear(
    ranks: list[subprocess.Popen[bytes]], heard: queue.SimpleQueue[Said | Ended]
) -> Generator[Said | Ended | Tick, None, None]:
    left, last, deadline = len(ranks), time.monotonic(), float("inf")
    while left:
        try:
            event = heard.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            now = time.monotonic()
            if now > deadline:
                for process in ranks:
                    process.kill()
            if now - last > SILENCE_SECONDS:
                raise RunError(
                    f"The ranks said nothing for {SILENCE_SECONDS:.0f} seconds: start them again."
                ) from None
            yield Tick()
            continue
        last = time.monotonic()
        if isinstance(event, Ended):
            left -= 1
            if event.code:
                deadline = min(deadline, last + GRACE_SECONDS)
        yield event


def launch(given: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """`python -m dlcore.distributed.rank RANK WORLD FILE`, with a pipe in and a pipe out."""
    return subprocess.Popen(
        [sys.executable, "-m", "dlcore.distributed.rank", *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=environment(),
    )


def _start(rank: int, configs: Sequence[RanksConfig], folder: Path) -> subprocess.Popen[bytes]:
    """Its settings are the first line it reads."""
    with (folder / f"rank{rank}.log").open("wb") as log:
        process = launch([str(rank), str(configs[0].ranks), str(folder / "meeting")], log)
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it has ended already, and its end is told
        process.stdin.write(dumps([config.model_dump() for config in configs]).encode() + b"\n")
        process.stdin.flush()
    return process


def _listen(
    rank: int, process: subprocess.Popen[bytes], folder: Path, heard: queue.SimpleQueue[Said | Ended]
) -> None:
    """Its lines, then its end. Its input is held open until then: that is what keeps it alive."""
    assert process.stdout is not None
    assert process.stdin is not None
    with process.stdout as lines:
        for line in lines:
            try:
                what = loads(line)
                heard.put(Said(rank, what.pop("training"), what))
            except JSONDecodeError:  # it was killed in the middle of a line
                break
    code = process.wait()
    with suppress(BrokenPipeError):
        process.stdin.close()
    heard.put(Ended(rank, code, (folder / f"rank{rank}.log").read_text("utf-8", errors="replace")))
