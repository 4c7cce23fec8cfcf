"""Where runs and tasks are computed: in processes of this machine, or on the Ray cluster of DLLAB_ENGINE."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

from dlcore.errors import ConfigError, RunError
from dlcore.runs.pool import Handle, LocalPool, OnEnd, OnReport, Pool
from dlcore.runs.process import NICE
from dlcore.runs.tasks import MAX_PROCESSES
from dlcore.runs.tasks import NICE as NICE_OF_TASKS

VARIABLE = "DLLAB_ENGINE"
STEPS_BACK = "DLLAB_NICE"
MOST_ON_RAY = 1000  # workers: the cluster's cores are the bound
RAY = re.compile(r"ray|ray://[\w.-]+:\d{1,5}|[\w.-]+:\d{1,5}")


@dataclass(frozen=True)
class Engine:
    """The two pools, and how much stands behind them; None: as many as this machine has cores."""

    runs: Pool
    tasks: Pool
    cores: int | None = None  # that one run may use
    max_workers: int | None = None
    processes: int = MAX_PROCESSES  # of tasks
    accelerator: bool = False  # is there one that runs may use?
    close: Callable[[], None] = lambda: None


class Absent:
    """What was asked for is not there, and nothing else is taken in its place: `trouble` says why."""

    elsewhere = False
    most = 0

    def __init__(self, trouble: str) -> None:
        self.trouble = trouble

    def listen(self, on_report: OnReport, on_end: OnEnd) -> None:
        """Nothing will be told."""

    def take(self, *, fresh: bool = False, gpu: bool = False) -> Handle:
        raise RunError(self.trouble)

    def give_back(self, worker: Handle) -> None:
        raise RunError(self.trouble)

    retire = give_back

    def keep_ready(self, count: int, kind: str) -> None:
        """Nobody is."""

    def alive(self) -> int:
        return 0

    def close(self, timeout: float) -> None:
        """Nothing was begun."""


def open_engine(*, accelerator: bool = False) -> Engine:
    """What DLLAB_ENGINE names. Never another: one that is not there refuses all work, and says why.

    Has this machine an `accelerator`? A cluster knows its own.
    """
    named = os.environ.get(VARIABLE, "")
    try:
        if named:
            return _ray(named)
        runs, tasks = LocalPool(nice=_steps_back(NICE)), LocalPool(nice=_steps_back(NICE_OF_TASKS))
        return Engine(runs, tasks, accelerator=accelerator)
    except ConfigError as error:
        return Engine(Absent(str(error)), Absent(str(error)))


def _steps_back(usually: int) -> int:
    """How nice a worker is: as usual, or at most as DLLAB_NICE says.

    Raises ConfigError if that is no whole number from 0 to 19.
    """
    given = os.environ.get(STEPS_BACK) or "19"
    if not re.fullmatch("1?[0-9]", given):
        raise ConfigError(
            f"{STEPS_BACK} must be a whole number from 0, where computing does not step back behind the "
            f"pages, to 19. Got {given[:40]!r} instead."
        )
    return min(usually, int(given))


def _ray(named: str) -> Engine:
    if not RAY.fullmatch(named):
        raise ConfigError(
            f"{VARIABLE} must be ray, ray://HOST:10001 or HOST:6379, or empty for this machine. "
            f"Got {named[:60]!r} instead."
        )
    try:
        from dlcore.runs import ray_pool
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{VARIABLE}={named} needs Ray, which is not installed: "
            "`pip install -r requirements-cluster.txt`, or leave it away to compute on this machine."
        ) from error
    of_runs, of_tasks = _steps_back(NICE), _steps_back(NICE_OF_TASKS)
    ray_pool.connect(None if named == "ray" else named)
    cores = ray_pool.cluster_cores()
    return Engine(
        ray_pool.RayPool(nice=of_runs),
        ray_pool.RayPool(nice=of_tasks, share=0.0),  # which take no run's place
        accelerator=ray_pool.has_gpu(),
        cores=1,
        max_workers=MOST_ON_RAY,
        processes=max(MAX_PROCESSES, cores),
        close=ray_pool.disconnect,
    )
