"""The runs that come with the lab: networks trained beforehand, their history and some of their epochs.

They are ordinary runs, exported by `export_run`, so every page can show them like one's own.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from dlcore.errors import CheckpointError, RunError
from dlcore.run import Metric, Run, ends_of_epochs
from dlcore.runs.kinds import RUN_KINDS, Shipped
from dlcore.runs.storage.checkpoint_files import files_to_take, read_checkpoint
from dlcore.runs.storage.disk import write_whole

OWNER = "shipped"


def shipped_runs() -> list[Run]:
    """One of each kind that ships one. Raises CheckpointError if files are missing or unreadable."""
    return [shipped_run(name) for name, kind in RUN_KINDS.items() if kind.shipped is not None]


def shipped_named(run_id: str) -> Run | None:
    """The shipped run with this id, if it is one's."""
    names = (name for name, kind in RUN_KINDS.items() if kind.shipped and kind.shipped.id == run_id)
    return next(map(shipped_run, names), None)


def shipped_run(kind: str) -> Run:
    """The shipped run of that kind.

    Raises RunError if there is none, CheckpointError if its files are missing or unreadable.
    """
    return _read_once(_shipped(kind).path)


def _shipped(kind: str) -> Shipped:
    found = RUN_KINDS[kind].shipped if kind in RUN_KINDS else None
    if found is None:
        raise RunError(f"No run of the kind {kind!r} comes with the lab: train one.")
    return found


@lru_cache(maxsize=32)
def _read_once(folder: Path) -> Run:
    return read_shipped(folder)


def read_shipped(folder: Path) -> Run:
    """An exported run with its series and checkpoints, oldest first.

    Raises CheckpointError if its files are missing or unreadable.
    """
    try:
        about = json.loads((folder / "run.json").read_text())
        series = {
            name: tuple(Metric(name, *point) for point in points)
            for name, points in about.pop("series").items()
        }
        watched = tuple(map(tuple, about.pop("watched")))
        return Run(
            **about,
            series=series,
            watched=watched,
            checkpoints=tuple(read_checkpoint(path) for path in sorted(folder.glob("*.safetensors"))),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"The shipped model cannot be read ({error}): put back {folder} from the project's repository."
        ) from error


def export_run(run: Run, epochs: Collection[int], folder: Path | None = None) -> None:
    """Write a finished run and its checkpoints of these epochs as the shipped one of its kind.

    Without a `folder`, where that kind's shipped run lies. Raises RunError if its kind ships none.
    """
    shipped = _shipped(run.kind)
    folder = folder or shipped.path
    folder.mkdir(parents=True, exist_ok=True)
    for checkpoint in ends_of_epochs(run.checkpoints):
        if checkpoint.epoch in epochs:
            for name, content in files_to_take(checkpoint):
                (folder / name).write_bytes(content)
    about = asdict(run) | {
        "id": shipped.id,
        "owner": OWNER,
        "name": shipped.name,
        "series": {
            name: [[m.step, m.epoch, round(m.seconds, 2), float(f"{m.value:.6g}")] for m in points]
            for name, points in run.series.items()
        },
    }
    del about["checkpoints"], about["pictured"]
    write_whole(folder / "run.json", json.dumps(about).encode())
    (folder / "run.json").chmod(0o644)  # it comes with the lab, for everybody
