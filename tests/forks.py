"""Processes that start in milliseconds: forked from one that has imported torch and read the digits.

For tests that need real processes and do not ask how they start. A forked worker has the priority of the
tests, since they wait for it: one that steps back gets next to nothing on a machine that does much else.
"""

from __future__ import annotations

import os
import pickle
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

from dlcore.distributed import group, rank
from dlcore.mnist.splits import make_splits
from dlcore.runs import kinds, worker
from dlcore.runs.pool import LocalPool
from dlcore.runs.process import WorkerProcess, environment
from tests.dlcore.runs.guarded import GUARDED
from tests.dlcore.runs.tug import TUG

ROOT = Path(__file__).parents[1]


class Forks:
    """The process that is forked, and the socket on which it is asked to; another process may ask too."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="dllab-forks-")
        self.path = f"{self._folder}/socket"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forks", self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment() | {"OMP_NUM_THREADS": "1"},  # a process with threads cannot be forked
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def pool(self) -> ForkedPool:
        return ForkedPool(self.path)

    def python(self, *command: str, environment: Mapping[str, str]) -> Forked:
        """`python -m MODULE …` or `python -c CODE …`, where it is no matter what was imported before."""
        return Forked(self.path, "python", *command, variables=environment)

    @contextmanager
    def ranks(self) -> Iterator[None]:
        """Meanwhile the ranks of a training are forked here."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(group, "launch", partial(forked_rank, self.path))
            yield

    def workers(self) -> list[psutil.Process]:
        """All that live now, whoever asked for them."""
        attendants = psutil.Process(self._process.pid).children()
        return [worker for attendant in attendants for worker in _children(attendant)]

    def close(self) -> None:
        self._process.communicate()
        shutil.rmtree(self._folder)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children())
    except psutil.NoSuchProcess:
        return []


class ForkedPool(LocalPool):
    """The pool of the lab, of processes that whoever listens on this socket forks."""

    def __init__(self, path: str) -> None:
        super().__init__(start=partial(WorkerProcess, launch=self._launch))
        self._path = path
        self.processes: list[Forked] = []

    def _launch(self, nice: int) -> Any:
        self.processes.append(Forked(self._path))
        return self.processes[-1]


def forked_rank(path: str, given: Sequence[str], log: IO[bytes]) -> Any:
    """What a group needs of a Popen: a rank that whoever listens on this socket forks."""
    return Forked(path, "rank", *given, variables=group.environment(), errors=[log.fileno()])


class Forked:
    """What a WorkerProcess needs of a Popen. `errors`: the file for the error output, if it has its own."""

    def __init__(
        self,
        path: str,
        *program: str,
        variables: Mapping[str, str] | None = None,
        errors: Sequence[int] = (),
    ) -> None:
        messages, stdin = os.pipe()
        stdout, reports = os.pipe()
        self.stdin, self.stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")
        asked = socket.socket(socket.AF_UNIX)
        asked.connect(path)
        socket.send_fds(asked, [b"!"], [messages, reports, *errors])
        os.close(messages)
        os.close(reports)
        self._told = asked.makefile("rwb")
        asked.close()
        pickle.dump((program or ("worker", "0"), dict(variables or environment())), self._told)
        self._told.flush()
        self.pid = pickle.load(self._told)
        self._ended = threading.Event()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        with self._told:
            self._code = pickle.load(self._told)
        self._ended.set()

    def wait(self, timeout: float | None = None) -> int:
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("forked worker", timeout or 0.0)
        return self._code

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def kill(self) -> None:
        if not self.ended:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def python() -> None:
    _, way, what, *given = sys.argv
    sys.argv = [way, *given]
    if way == "-m":
        runpy.run_module(what, run_name="__main__")
    else:
        exec(what, {"__name__": "__main__"})
    sys.stdout.flush()
    os._exit(0)


MAINS = {"worker": worker.main, "rank": rank.main, "python": python}


def main(path: str) -> None:
    group.launch = partial(forked_rank, path)  # by workers, who are forked here
    kinds.RUN_KINDS |= {"tug": TUG, "guarded": GUARDED}  # type: ignore[dict-item]
    kinds.warm("mnist")
    make_splits(100, 100)  # what is computed once in a process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the attendants
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:  # closed by the tests' end
            asked, _ = listener.accept()
            _, pipes, _, _ = socket.recv_fds(asked, 1, 3)
            if os.fork() == 0:
                listener.close()
                _attend(asked, pipes)
            asked.close()
            for pipe in pipes:
                os.close(pipe)
    os._exit(0)


def _attend(asked: socket.socket, pipes: Sequence[int]) -> None:
    """Fork the worker, or the rank, and tell its number and, when it has ended, how."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told = asked.makefile("rwb")
    program, variables = pickle.load(told)
    pid = os.fork()
    if pid == 0:
        told.close()
        asked.close()
        for number, pipe in enumerate(pipes):
            os.dup2(pipe, number)
            os.close(pipe)
        os.environ.clear()
        os.environ.update(variables)
        sys.argv = list(program)
        try:
            MAINS[program[0]]()
        except Exception:  # said as by a process of its own
            traceback.print_exc()
            raise
        finally:
            os._exit(1)
    for pipe in pipes:
        os.close(pipe)
    os.close(0)
    os.close(1)
    with suppress(BrokenPipeError):
        pickle.dump(pid, told)
        told.flush()
        _, status = os.waitpid(pid, 0)
        pickle.dump(os.waitstatus_to_exitcode(status), told)
        told.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
