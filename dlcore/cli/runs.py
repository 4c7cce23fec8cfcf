"""The run that a command is about."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from dlcore.errors import RunError
from dlcore.run import Run
from dlcore.runs.kinds import RUN_KINDS, shown_with
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.store import Store

RunId = Annotated[str | None, typer.Option("--run", help="A run's id; without it, the shipped model.")]


def found_run(run_id: str | None, kind: str, *others: str) -> Run:
    """The run of this kind, one of those shown with it or of the others, with this id; without an id, this
    kind's shipped run.

    It has a checkpoint.

    Raises RunError if there is no such run, or if it has saved nothing yet.
    """
    if run_id is None:
        return shipped_run(kind)
    with closing(Store()) as store:
        run = store.get(run_id)
    if run is None or run.kind not in (*shown_with(kind), *others):
        title = RUN_KINDS[kind].title.lower()
        if run is not None and run.kind == "images":
            raise RunError(f"The run {run_id!r} has learnt other images: measure it with mnist evaluate.")
        raise RunError(f"There is no {title} run {run_id!r} on this machine: see the ids that train prints.")
    if not run.checkpoints:
        raise RunError(f"The run {run_id!r} has no checkpoint yet: train it further.")
    return run
