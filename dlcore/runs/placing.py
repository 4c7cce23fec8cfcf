"""Places and cores, shared out fairly among active runs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from dlcore.errors import DataError, LackError, RunError
from dlcore.run import Run
from dlcore.runs.live import Live
from dlcore.runs.pool import Handle, Pool
from dlcore.runs.turns import in_turn

DIGITS = "mnist"  # the images of a run that names no others: they are everywhere
MAX_WORKERS = 4
RUNS_PER_WORKER = 8  # at work; one that is paused takes no time
FOR_NEWCOMERS = 4  # more, for owners who have none at work: two long evenings must not shut the lab
HELD_PER_WORKER = 32  # the paused ones too: they take memory
READY_WORKERS = 2  # kept even when nobody trains: a class that begins together waits for none to start
READY_SECONDS = 15.0  # after the start, when the first visitors have their pages


# Owners are free to make, so addresses are bounded too: a class behind one address, with two runs each.
MAX_ACTIVE_PER_OWNER = 8
MAX_ACTIVE_PER_ADDRESS = 64
MAX_ACTIVE = 200


def check_engine(pool: Pool) -> None:
    """Is there anything that computes? Raises RunError if not."""
    if pool.trouble:
        raise RunError(pool.trouble)


def check_images(config: Mapping[str, Any]) -> None:
    """Raises LackError if the images that a run learns from are not on this computer, or others by now."""
    dataset = str(config.get("dataset", DIGITS))
    if dataset == DIGITS:
        return
    # Imported here, since it needs torch.
    from dlcore.datasets.catalogue import catalogue

    try:
        catalogue().find(dataset)
    except DataError as error:
        raise LackError(
            f"The images {dataset.partition('@')[0]!r} of this run are not on this computer, or changed: "
            "put them back into the folder that DLLAB_DATASETS names, then start the lab again."
        ) from error


def check_places(lives: Collection[Live], owner: str, address: str) -> None:
    """May this owner, from this address ("" is the machine itself), have one more active run?

    Raises RunError if not.
    """
    active = [live for live in lives if live.run.active]
    if sum(live.run.owner == owner for live in active) >= MAX_ACTIVE_PER_OWNER:
        raise RunError(
            f"You have {MAX_ACTIVE_PER_OWNER} runs active: stop one of them before starting another."
        )
    if address and sum(live.address == address for live in active) >= MAX_ACTIVE_PER_ADDRESS:
        raise RunError(
            f"From your network {MAX_ACTIVE_PER_ADDRESS} runs are active: wait until one of them has ended."
        )
    if len(active) >= MAX_ACTIVE:
        raise RunError(f"In the lab {MAX_ACTIVE} runs are active: wait until one of them has ended.")


def threads_for(cores: int, active: int) -> int:
    """How many threads a run gets for its whole life when it starts as one of `active` runs."""
    return max(1, cores // max(1, active))


def waiting(lives: Collection[Live]) -> list[Live]:
    """Queued runs, the next one first: owners with the fewest running, then the oldest run."""
    return in_turn([live for live in lives if live.worker is None and live.run.active], at_work_of(lives))


def at_work_of(lives: Collection[Live]) -> list[Live]:
    """Those that have a worker and are not paused."""
    return [live for live in lives if live.worker is not None and live.run.status != "paused"]


def seen(live: Live, lives: Collection[Live]) -> Run:
    """A run as people see it, among all that are in memory."""
    queue = [other.run.id for other in waiting(lives)] if live.run.status == "queued" else []
    return replace(
        live.run,
        series=live.series,
        queue_position=queue.index(live.run.id) + 1 if live.run.id in queue else 0,
        sharing=sum(other.run.status == "running" for other in lives),
    )


class Places:
    """On the worker with the fewest runs; those that want the GPU share the one that owns it."""

    def __init__(
        self,
        pool: Pool,
        *,
        max_workers: int,
        accelerator: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool, self._max_workers, self._accelerator = pool, max_workers, accelerator
        self._clock, self._all_ready_at = clock, clock() + READY_SECONDS

    def find(self, run: Run, lives: Collection[Live]) -> Handle | None:
        """A worker with a place for this run; None while all are taken. RunError: no process can begin."""
        gpu = self._wants_gpu(run)
        held = self._load(lives, gpu=gpu)
        if len(held) < (1 if gpu else min(self._max_workers, self._pool.most)):
            try:
                return self._pool.take(gpu=gpu)
            except RunError:
                if not held:
                    raise
        working = at_work_of(lives)
        at_work = held if gpu else self._load(working, gpu=False)  # the card's memory is small
        newcomer = all(live.run.owner != run.owner for live in working)
        most = RUNS_PER_WORKER + (FOR_NEWCOMERS if newcomer else 0)
        free = [worker for worker in held if at_work[worker] < most and held[worker] < HELD_PER_WORKER]
        return min(free, key=lambda worker: (at_work[worker], held[worker]), default=None)

    def leave(self, live: Live, lives: Collection[Live]) -> None:
        """This run has ended; when it was the last one of its worker, nobody needs that worker now."""
        worker, live.worker = live.worker, None
        if worker is not None and all(other.worker is not worker for other in lives):
            self._pool.give_back(worker)

    def keep_ready(self, lives: Collection[Live], kind: str) -> None:
        """One more worker than are at work, for the next run."""
        ready = READY_WORKERS if self._clock() > self._all_ready_at else 1
        count = max(ready, len(self._load(lives, gpu=False)) + 1)
        self._pool.keep_ready(int(min(count, self._max_workers, self._pool.most)), kind)

    def _load(self, lives: Collection[Live], *, gpu: bool) -> Counter[Handle]:
        """How many of these runs each worker holds."""
        return Counter(
            live.worker for live in lives if live.worker is not None and self._wants_gpu(live.run) == gpu
        )

    def _wants_gpu(self, run: Run) -> bool:
        """Would this run compute on this machine's GPU? Kinds without a device never do."""
        return self._accelerator and run.config.get("device", "cpu") != "cpu"
