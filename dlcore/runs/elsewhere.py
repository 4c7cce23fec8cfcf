"""A run that another process of this machine has under way: to be looked at, not to be touched."""

from __future__ import annotations

from dlcore.errors import RunError
from dlcore.runs.storage.rows import LOCAL_OWNER
from dlcore.runs.storage.store import Store


def refuse_held(store: Store, run_id: str) -> None:
    """Raises RunError, which says whose it is, if a living process holds this run."""
    pid = store.holder_of(run_id)
    if not pid:
        return
    run = store.get(run_id)
    whose = "a command" if run is not None and run.owner == LOCAL_OWNER else "another lab"
    raise RunError(f"This run belongs to {whose} on this computer, process {pid}: stop it there.")
