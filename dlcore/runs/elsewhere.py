"""A run that another process has under way: to be looked at, not to be touched."""

from __future__ import annotations

from dlcore.errors import RunError
from dlcore.runs.storage.rows import LOCAL_OWNER
from dlcore.runs.storage.store import Store


def refuse_held(store: Store, run_id: str) -> None:
    """Raises RunError, which says whose it is, if a living process holds this run."""
    holder = store.holder_of(run_id)
    if holder is None:
        return
    run = store.get(run_id)
    whose = "a command" if run is not None and run.owner == LOCAL_OWNER else "another lab"
    where = "on this computer" if holder.here else "on another computer or in another container"
    if holder.how == "silent":
        raise RunError(
            f"This run belongs to {whose} {where}, process {holder.pid}, which is silent, perhaps suspended: "
            "let it go on, or end it there."
        )
    raise RunError(f"This run belongs to {whose} {where}, process {holder.pid}: stop it there.")
