"""The lab's server as a user starts it, with a data folder of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from dlcore.classroom import joining
from dlcore.runs.storage.store import Store

ROOT = Path(__file__).parents[1]
START_SECONDS = 120.0  # given up after
SETTLE_SECONDS = 60.0
POLL_SECONDS = 0.05
QUIET_SECONDS = 0.5
PORTS = range(10_100, 32_000)  # a browser refuses 10,080
QUIET_SHARE = 0.05  # of a core


@dataclass(frozen=True)
class Server:
    port: int
    folder: Path  # of its data
    child: subprocess.Popen[bytes]
    store: Store  # of its runs
    began: float  # on the clock of time.perf_counter

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def healthy(self) -> bool:
        return _healthy(self.port)

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def cpu_seconds(self) -> float:
        """What the server's own process has used so far, its workers left out."""
        return _cpu_seconds(psutil.Process(self.child.pid))

    def wait_until(self, condition: Callable[[], bool], seconds: float = 600.0) -> None:
        """Look again and again whether something has happened."""
        _wait_until(self.child, condition, seconds)

    def settle(self) -> None:
        """Wait until the server and its workers have nothing left to do."""
        self.wait_until(self._quiet, SETTLE_SECONDS)

    def _quiet(self) -> bool:
        before = self.family()
        time.sleep(QUIET_SECONDS)
        after = self.family()
        used = sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
        return used < QUIET_SHARE * QUIET_SECONDS

    def family(self) -> dict[int, float]:
        """CPU seconds of the server and its workers, by process id."""
        seconds = {}
        with suppress(psutil.NoSuchProcess):
            server = psutil.Process(self.child.pid)
            for process in [server, *server.children(recursive=True)]:
                seconds[process.pid] = _cpu_seconds(process)
        return seconds


def _healthy(port: int) -> bool:
    address = f"http://127.0.0.1:{port}/_stcore/health"
    with suppress(OSError), urllib.request.urlopen(address, timeout=1) as answer:
        return bool(answer.status == 200)
    return False


def _wait_until(child: subprocess.Popen[bytes], condition: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if child.poll() is not None:
            raise RuntimeError(f"The server ended with exit code {child.returncode}.")
        if time.monotonic() > until:
            raise TimeoutError(f"This took more than {seconds:.0f} s.")
        time.sleep(POLL_SECONDS)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def new_owner() -> str:
    """A visitor who has never been here, as the owner cookie names one."""
    return secrets.token_urlsafe(16)


def environment(folder: Path) -> dict[str, str]:
    """For programs that are to use this data folder."""
    return os.environ | {"DLLAB_DATA_DIR": str(folder)}


@contextmanager
def serve(
    *, folder: Path | None = None, descriptors: int | None = None, start_seconds: float = START_SECONDS
) -> Iterator[Server]:
    """`streamlit run app.py` on a free port until the block ends; entered when it says it is healthy.

    `folder`: of its data, in place of one that goes with it. `descriptors`: so many files may be open in it,
    and it cannot raise that.
    """
    os.environ.pop("DLLAB_DATABASE_URL", None)  # the database is the one in the folder
    with tempfile.TemporaryDirectory(prefix="dllab-benchmark-") as name:
        folder = folder or Path(name)
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        if descriptors is not None:
            command = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *command]
        with (folder / "server.log").open("ab") as log:
            began = time.perf_counter()
            child = subprocess.Popen(
                command, cwd=ROOT, env=environment(folder), stdout=log, stderr=subprocess.STDOUT
            )
        try:
            _wait_until(child, partial(_healthy, port), start_seconds)  # it opens its store before we do
            with closing(Store(folder)) as store:
                yield Server(port, folder, child, store, began)
        except Exception:
            print((folder / "server.log").read_text(), file=sys.stderr)
            raise
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def free_port() -> int:
    """Below those that connections are given: a server that is slow to come still finds it free."""
    return joining.free_port(secrets.choice(PORTS))
