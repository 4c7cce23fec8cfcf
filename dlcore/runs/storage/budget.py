"""How much may be kept, and what goes when that is full: weights between first and last, then whole runs."""

from __future__ import annotations

from dlcore.errors import RunError
from dlcore.runs.storage.disk import GIGABYTE, delete_checkpoints, folder_bytes
from dlcore.runs.storage.removal import remove_run
from dlcore.runs.storage.store import Store

FORSAKEN_DAYS = 30
FORSAKEN_SECONDS = FORSAKEN_DAYS * 86_400.0
SAID_BEFORE = 0.9  # of the limit: from here on people are told what goes next
# The page Runs lists a thousand; every start reads the records of all, some thousand in a second.
MOST_RUNS_PER_OWNER = 1_000
MOST_RUNS = 5_000


def make_room(store: Store, limit: int) -> int:
    """Bring the data folder below `limit` bytes if that can be; returns its size in bytes afterwards.

    First the oldest ended runs give up all but their last checkpoint. If that is not enough, the runs of
    owners who have not been here for FORSAKEN_DAYS go, but none that is shared. What is under way, or of
    somebody who was here lately, never loses its last.
    """
    used = folder_bytes(store.folder)
    for run_id in store.oldest_ended() if used > limit else ():
        run = store.get(run_id)
        if run is not None and used > limit:
            intermediate = run.checkpoints[:-1]
            store.record(run_id, [], [], dropped=intermediate)
            store.settle(run_id)
            used -= delete_checkpoints(intermediate)
    too_many = store.count_all() - MOST_RUNS
    for run_id in store.forsaken(FORSAKEN_SECONDS) if used > limit or too_many > 0 else ():
        if used > limit or too_many > 0:
            used -= remove_run(store, run_id)
            too_many -= 1
    return used


def warning(store: Store, used: int, limit: int) -> str:
    """What goes next, said before it goes; "" while there is room."""
    runs = store.count_all()
    if used <= SAID_BEFORE * limit and runs <= SAID_BEFORE * MOST_RUNS:
        return ""
    full = f"The data folder is nearly full: {used / GIGABYTE:.2f} of {limit / GIGABYTE:g} GB, {runs:,} runs."
    next_to_go = len(store.forsaken(FORSAKEN_SECONDS))
    if not next_to_go:
        return f"{full} Delete runs that nobody needs: when it is full, none can be begun."
    runs_go = "goes 1 run" if next_to_go == 1 else f"go {next_to_go:,} runs"
    return (
        f"{full} Next {runs_go} of people who have not been here for {FORSAKEN_DAYS} days: "
        "share or download what is to stay."
    )


def check_room(store: Store, owner: str, used: int, limit: int) -> None:
    """May this owner begin another run? Raises RunError if not."""
    if store.count(owner) >= MOST_RUNS_PER_OWNER:
        raise RunError(f"You have {MOST_RUNS_PER_OWNER:,} runs: delete some before starting another.")
    if used > limit or store.count_all() >= MOST_RUNS:
        raise RunError(
            f"The lab has no room for another run ({used / GIGABYTE:.2f} of {limit / GIGABYTE:g} GB): "
            "delete runs that you do not need."
        )
