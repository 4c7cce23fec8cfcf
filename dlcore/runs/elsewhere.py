"""A run that another process has under way: to be looked at, not to be touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlcore.errors import EndedError, RunError
from dlcore.runs.protocol import Control
from dlcore.runs.storage.rows import LOCAL_OWNER
from dlcore.runs.storage.store import Store

if TYPE_CHECKING:
    from dlcore.runs.runner import Runner

ENDED = "This run has ended: start it again to steer it."


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


def take_up(runner: Runner, run_id: str, control: Control, address: str) -> None:
    """What can be asked of a run whose server is gone. Raises RunError for all else."""
    refuse_held(runner.store, run_id)
    run = runner.store.get(run_id)
    if run is None or run.status != "interrupted" or control.action not in ("resume", "step", "stop"):
        raise EndedError(ENDED)
    if control.action == "stop":
        runner.store.end_lost(run_id, "stopped")
    else:
        runner.resume(run_id, step=control if control.action == "step" else None, address=address)
