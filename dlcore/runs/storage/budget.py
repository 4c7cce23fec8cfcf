"""When the data folder is full: the oldest ended runs give up their intermediate checkpoints."""

from __future__ import annotations

from dlcore.runs.storage.disk import delete_checkpoints, folder_bytes
from dlcore.runs.storage.store import Store


def make_room(store: Store, limit: int) -> int:
    """Bring the data folder below `limit` bytes if that can be; returns its size in bytes afterwards.

    A run never loses its last checkpoint, a run under way loses none.
    """
    used = folder_bytes(store.folder)
    for run_id in store.oldest_ended() if used > limit else ():
        run = store.get(run_id)
        if run is not None and used > limit:
            intermediate = run.checkpoints[:-1]
            store.record(run_id, [], [], dropped=intermediate)
            used -= delete_checkpoints(intermediate)
    return used
