"""Runs of visitors, written straight into the store of a server: with weights to look at, and any name."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import replace

from benchmarks.server import Server
from dlcore.run import Run, Status
from dlcore.runs.shipped import shipped_run


def keep_run(
    server: Server,
    owner: str,
    *,
    kind: str = "mnist",
    name: str = "a run",
    status: Status = "finished",
    reason: str = "",
    shared: bool = False,
) -> Run:
    """A run like the shipped one of its kind, but this owner's."""
    like, run_id = shipped_run(kind), secrets.token_hex(8)
    last = like.checkpoints[-1]
    folder = server.store.run_folder(run_id)
    folder.mkdir(parents=True)
    for suffix in (".safetensors", ".json"):
        shutil.copyfile(last.path.with_suffix(suffix), (folder / last.path.name).with_suffix(suffix))
    checkpoint = replace(last, path=folder / last.path.name)
    run = replace(
        like, id=run_id, owner=owner, name=name, status=status, reason=reason, checkpoints=(checkpoint,)
    )
    server.store.create(run)
    server.store.update(run)
    server.store.record(run_id, [series[-1] for series in run.series.values() if series], [checkpoint])
    server.store.share(run_id, shared)
    return run
