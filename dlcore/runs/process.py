"""A child process and the two pipes to it."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from dlcore.runs.patience import Patience
from dlcore.runs.protocol import Cancel, Report, Steer
from dlcore.runs.timers import MakeTimer, start_timer

UNREAD = 256  # clicks that may wait for a child: it reads each at once, unless it is held up
GOES_FIRST = "500"  # of 1,000: before whatever has as much memory
KILLED_SECONDS = 2.0  # until a killed child is gone
READ_SECONDS = 5.0  # until all that one wrote which is gone is read
NICE = 10  # lowers the child's priority: pages come first
SERVER_ONLY = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")  # a job sets its own number of threads
WAITS_QUIETLY = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}  # threads sleep while they wait
ROOT = Path(__file__).parents[2]  # the folder that holds dlcore


def launch(nice: int) -> subprocess.Popen[bytes]:
    """`python -m dlcore.runs.worker`, with two pipes. Where memory ends, Linux ends it first."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dlcore.runs.worker", str(nice)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    )
    with contextlib.suppress(OSError):  # another system, or it has ended
        Path(f"/proc/{process.pid}/oom_score_adj").write_text(GOES_FIRST)
    return process


class WorkerProcess:
    """A child, started and listened to.

    `on_report` is called for each Report and `on_end` once with how it ended, both on a thread of this
    object's own. A child never outlives the server: it ends when its input closes. One that is silent, or
    owes an answer and gives none, is killed, see Patience. Raises OSError or RuntimeError where no process
    or thread begins.
    """

    def __init__(
        self,
        on_report: Callable[[Report], None],
        on_end: Callable[[WorkerProcess, str], None],
        *,
        nice: int = NICE,
        launch: Callable[[int], subprocess.Popen[bytes]] = launch,
        timer: MakeTimer = start_timer,
    ) -> None:
        self._on_report, self._on_end = on_report, on_end
        self._patience = Patience(self.kill, timer)
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process = launch(nice)
        self._reader = threading.Thread(target=self._listen, daemon=True)
        try:
            threading.Thread(target=self._write, daemon=True).start()
            self._reader.start()
        except RuntimeError:  # no thread more: nobody would hear it
            self.close()
            with self._process:
                self._process.kill()
            raise

    def send(self, message: Any) -> bool:
        """Hand over a message without waiting for the child; False for one click more than it can take.

        If the child is gone, `on_end` says so; nothing is raised here.
        """
        self._patience.asks(message)
        if isinstance(message, (Steer, Cancel)) and self._outbox.qsize() >= UNREAD:
            return False
        self._outbox.put(pickle.dumps(message))
        return True

    def close(self) -> None:
        """Let the child end once it has read what was sent: its input closes."""
        self._outbox.put(None)

    def kill(self) -> None:
        """End the child now, whatever it does."""
        self._process.kill()

    def join(self, timeout: float) -> None:
        """Wait for the end; a child that does not end by itself in time is killed."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            try:
                self._process.wait(KILLED_SECONDS)
            except subprocess.TimeoutExpired:  # a disk that hangs holds it even now
                return
        self._reader.join(READ_SECONDS)

    def _write(self) -> None:
        """Everything sent goes through this thread: a child that is held up, holds up nobody else."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as messages:
            while (message := self._outbox.get()) is not None:
                messages.write(message)
                messages.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            with self._process.stdout as reports:
                self._hear(reports)
        except BaseException:  # nobody listens any more
            self.kill()
            raise
        finally:
            self._patience.ends()
            self.close()
            self._on_end(self, f"exit code {self._process.wait()}")

    def _hear(self, reports: IO[bytes]) -> None:
        while True:
            try:
                word = pickle.load(reports)
            except (EOFError, pickle.UnpicklingError):  # ended, perhaps in the middle of a report
                return
            self._patience.hears(word)
            if isinstance(word, Report):
                self._on_report(word)
            self._patience.listens()


def environment() -> dict[str, str]:
    """The server's environment, with threads that sleep while they wait.

    Spinning threads of one run would starve every other process on a machine with few cores: with
    two processes on two cores a training step then takes five times as long.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    own = {name: value for name, value in os.environ.items() if name not in SERVER_ONLY}
    return own | {"PYTHONPATH": path} | WAITS_QUIETLY
