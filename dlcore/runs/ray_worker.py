"""A worker on a node of a Ray cluster, wherever there is room: the project's own process, unchanged.

What crosses is what crosses the pipe to a process: pickled messages in, pickled Reports out. Ray moves
actors' calls (Moritz et al. 2018, arXiv:1712.05889), starts them on its nodes, and says when one is gone.
"""

from __future__ import annotations

import io
import math
import os
import pickle
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import ray

from dlcore.runs.patience import Patience
from dlcore.runs.process import NICE, READ_SECONDS, UNREAD, launch
from dlcore.runs.protocol import Cancel, Report, Steer
from dlcore.runs.timers import start_timer

SHARE = 0.5  # of a core, for a worker of runs: when half of the nodes are lost, there is room for theirs
APART_SECONDS = 0.1  # between two calls that bring reports
PART_BYTES = 1 << 16  # read at once
END = b""


class _Remote:
    """The actor on a node: it passes on what goes into a process and what comes out of it.

    The process has an interpreter to itself: in an actor's, Ray's own threads ask for the lock a hundred
    times a second. It ends with the actor, when its input closes.
    """

    def __init__(self, nice: int) -> None:
        begun = os.nice(0) if hasattr(os, "nice") else 0  # Ray's worker_niceness
        self._process = launch(max(0, nice - begun))
        self._told = Told()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            assert self._process.stdout is not None
            while part := os.read(self._process.stdout.fileno(), PART_BYTES):
                self._told.put(part)
        finally:
            os._exit(1)  # it has ended: without it nobody would answer

    @ray.method(concurrency_group="in")  # type: ignore[untyped-decorator]
    def hear(self, message: bytes) -> None:
        if message == END:
            os._exit(0)  # Ray waits for calls that never return
        assert self._process.stdin is not None
        self._process.stdin.write(message)
        self._process.stdin.flush()

    @ray.method(concurrency_group="out")  # type: ignore[untyped-decorator]
    def tell(self) -> bytes:
        """What it wrote since the last call; waits until there is something."""
        return self._told.read()


Remote: Any = ray.remote(max_restarts=0, concurrency_groups={"in": 1, "out": 1})(_Remote)


class Told:
    """What a process has written and nobody has read."""

    def __init__(self) -> None:
        self._parts: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._read = -math.inf  # when somebody read last

    def put(self, part: bytes) -> None:
        self._parts.put(part)

    def read(self) -> bytes:
        """At once what comes alone. What comes often comes together, for each call costs both ends."""
        parts = [self._parts.get()]
        until = max(time.monotonic(), self._read + APART_SECONDS)
        while (left := until - time.monotonic()) > 0 or not self._parts.empty():
            with suppress(queue.Empty):
                parts.append(self._parts.get(timeout=max(0.0, left)))
        self._read = time.monotonic()
        return b"".join(parts)


class _Output(io.RawIOBase):
    """What the process of an actor writes, to be read here as from a pipe."""

    def __init__(self, actor: Any) -> None:
        self._actor, self._part = actor, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._part:
            self._part = memoryview(ray.get(self._actor.tell.remote()))
        count = min(len(buffer), len(self._part))
        buffer[:count], self._part = self._part[:count], self._part[count:]
        return count


class RayWorker:
    """The server's end of it: a Handle, see dlcore/runs/pool.py.

    `on_report` is called for each Report and `on_end` once with how it ended, both on a thread of this
    object's own. An actor does not outlive the server: Ray ends it with the job that began it, which over
    ray:// it holds to be alive for RAY_CLIENT_RECONNECT_GRACE_PERIOD seconds more.
    """

    def __init__(
        self,
        on_report: Callable[[Report], None],
        on_end: Callable[[RayWorker, str], None],
        *,
        nice: int = NICE,
        share: float = SHARE,
        gpu: float = 0.0,
    ) -> None:
        self._on_report, self._on_end = on_report, on_end
        self._patience = Patience(self.kill, start_timer)
        # Spread: one node must not get all of them while others have nothing to do.
        shares = {"num_cpus": share, "num_gpus": gpu}
        self._actor = Remote.options(**shares, scheduling_strategy="SPREAD").remote(nice)
        self._unread: list[Any] = []  # what was sent, as Ray's references, oldest first
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def send(self, message: Any) -> bool:
        """Hand over a message without waiting for the actor; False for one click more than it can take."""
        self._patience.asks(message)
        return self._hand_over(pickle.dumps(message), refusable=isinstance(message, (Steer, Cancel)))

    def close(self) -> None:
        """Let the actor end once it has read what was sent."""
        self._hand_over(END)

    def kill(self) -> None:
        """End it now, whatever it does."""
        with suppress(ConnectionError, RuntimeError, ray.exceptions.RayError):  # gone already
            ray.kill(self._actor)

    def join(self, timeout: float) -> None:
        """Wait for the end; an actor that does not end by itself in time is killed."""
        self._reader.join(timeout)
        if self._reader.is_alive():
            self.kill()
            self._reader.join(READ_SECONDS)

    def _hand_over(self, content: bytes, *, refusable: bool = False) -> bool:
        with self._lock, suppress(ConnectionError, ray.exceptions.RayError):  # `on_end` says that it is gone
            if len(self._unread) >= UNREAD:
                _, self._unread = ray.wait(self._unread, num_returns=len(self._unread), timeout=0)
            if refusable and len(self._unread) >= UNREAD:
                return False
            self._unread.append(self._actor.hear.remote(content))
        return True

    def _listen(self) -> None:
        how = "its reports could not be read"
        try:
            with io.BufferedReader(_Output(self._actor)) as reports:
                while True:
                    word = pickle.load(reports)
                    self._patience.hears(word)
                    if isinstance(word, Report):
                        self._on_report(word)
                    self._patience.listens()
        except (ray.exceptions.RayError, ConnectionError, RuntimeError) as error:  # it, its node, the cluster
            how = type(error).__name__
        finally:
            self._patience.ends()
            self._on_end(self, how)
