"""How much may be kept, and what goes when that is full: all but a run's last weights, then whole runs."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

from dlcore.errors import RunError
from dlcore.runs.storage.blobs import CACHE
from dlcore.runs.storage.damage import ASIDE
from dlcore.runs.storage.disk import GIGABYTE, folder_bytes
from dlcore.runs.storage.reader import is_empty, is_forsaken
from dlcore.runs.storage.removal import remove_run
from dlcore.runs.storage.store import Store

FORSAKEN_DAYS = 30
FORSAKEN_SECONDS = FORSAKEN_DAYS * 86_400.0
EMPTY_SECONDS = 3600.0  # for so long a run without a step is kept, to be read
SAID_BEFORE = 0.9  # of the limit: from here on people are told what goes next
# The page Runs lists a thousand; every start reads the records of all, some thousand in a second.
MOST_RUNS_PER_OWNER = 1_000
MOST_RUNS = 5_000
MOST_OF_ONE = 0.5  # of the limit: who takes more leaves the last room to others


def kept_bytes(folder: Path) -> int:
    """The size of all in the data folder, but for what was put aside, and what an object store has too: no
    run has to go for that.
    """
    spared = (folder / CACHE, *folder.glob(f"{ASIDE}*"))
    return folder_bytes(folder) - sum(map(folder_bytes, spared))


def make_room(store: Store, limit: int, turn: AbstractContextManager[object] | None = None) -> int:
    """Bring the data folder below `limit` bytes, and the runs below MOST_RUNS, if that can be; returns its
    size in bytes afterwards.

    First the pictures go that were kept by owners who have not been here for FORSAKEN_DAYS. Then ended runs
    give up all but their last checkpoint, and the one they would go on from: the oldest of whoever holds
    most. If that is not enough, the runs of owners who are away go, but none that is shared. What is under
    way, or of somebody who was here lately, never loses its last. Where there are too many runs, those go
    before that ended without a step. Each run is dealt with in its own `turn`, and only if all that is still
    true of it then. Where weights lie in an object store, no run goes for the room they take there: of their
    copies here those go that do not fit beside all else.
    """
    turn = turn or nullcontext()
    used = kept_bytes(store.folder)
    if used > limit:
        used -= store.forget_forsaken_pictures(FORSAKEN_SECONDS)
    if used > limit:
        used = _thin_out(store, used, limit, turn)
    for run_id in store.never_begun(EMPTY_SECONDS) if store.count_all() >= MOST_RUNS else ():
        if store.count_all() >= MOST_RUNS:
            with turn:
                used -= remove_run(store, run_id, only=is_empty(EMPTY_SECONDS))
    full = partial(_full, store, limit)
    for run_id in store.forsaken(FORSAKEN_SECONDS) if full(used) else ():
        if full(used):
            with turn:
                used -= remove_run(store, run_id, only=is_forsaken(FORSAKEN_SECONDS))
    if store.blobs is not None:
        replace(store.blobs.cache, limit=max(0, limit - used)).make_room()
    return used


def _thin_out(store: Store, used: int, limit: int, turn: AbstractContextManager[object]) -> int:
    """What is used afterwards."""
    owners = store.owner_of_each()
    held: Counter[str] = Counter()
    for run_id, owner in owners.items():
        held[owner] += folder_bytes(store.run_folder(run_id))
    ended: dict[str, deque[str]] = {}  # by owner, the oldest first
    for run_id in store.oldest_ended():
        ended.setdefault(owners.get(run_id, ""), deque()).append(run_id)
    greatest = [(-held[owner], owner) for owner in ended]
    heapq.heapify(greatest)
    while greatest and used > limit:
        _, owner = heapq.heappop(greatest)
        with turn:
            freed = store.thin_out(ended[owner].popleft(), only_here=store.blobs is not None)
        used -= freed
        held[owner] -= freed
        if ended[owner]:
            heapq.heappush(greatest, (-held[owner], owner))
    return used


def _full(store: Store, limit: int, used: int) -> bool:
    return (used > limit and store.blobs is None) or store.count_all() >= MOST_RUNS


def warning(store: Store, used: int, limit: int) -> str:
    """What goes next, said before it goes; "" while there is room."""
    runs = store.count_all()
    if used <= SAID_BEFORE * limit and runs <= SAID_BEFORE * MOST_RUNS:
        return ""
    full = f"The data folder is nearly full: {used / GIGABYTE:.2f} of {limit / GIGABYTE:g} GB, {runs:,} runs."
    by_room = runs <= SAID_BEFORE * MOST_RUNS
    next_to_go = 0 if by_room and store.blobs is not None else len(store.forsaken(FORSAKEN_SECONDS))
    if not next_to_go:
        return f"{full} Delete runs that nobody needs: when it is full, none can be begun."
    runs_go = "goes 1 run" if next_to_go == 1 else f"go {next_to_go:,} runs"
    first = "First runs give up older weights, then" if by_room else "Next"
    return (
        f"{full} {first} {runs_go} of people who have not been here for {FORSAKEN_DAYS} days: "
        "share or download what is to stay."
    )


def check_room(store: Store, owner: str, used: int, limit: int) -> None:
    """May this owner begin another run? Raises RunError if not."""
    of_owner, of_all = store.counts(owner)
    if of_owner >= MOST_RUNS_PER_OWNER:
        raise RunError(f"You have {MOST_RUNS_PER_OWNER:,} runs: delete some before starting another.")
    if of_all >= MOST_RUNS:
        who = "delete some of yours" if of_owner else "ask those who have many to delete some"
        raise RunError(f"The lab has {MOST_RUNS:,} runs, as many as it keeps: {who}.")
    if used > limit:
        raise RunError(
            f"The lab has no room for another run ({used / GIGABYTE:.2f} of {limit / GIGABYTE:g} GB): "
            "delete runs that you do not need."
        )
    if used > SAID_BEFORE * limit and of_owner < of_all:
        theirs = (run_id for run_id, whose in store.owner_of_each().items() if whose == owner)
        taken = sum(folder_bytes(store.run_folder(run_id)) for run_id in theirs)
        if taken > MOST_OF_ONE * limit:
            raise RunError(
                f"Your runs take {taken / GIGABYTE:.2f} of the {limit / GIGABYTE:g} GB that all share: "
                "delete some before starting another."
            )
