"""A run's record in its own folder: run.json, so that its weights can be told without the database.

It is written when a run begins and when it ends, and when its owner names or shares it. It is JSON in three
lines: digests, the run, its series. The digests tell damage; the series are read only when they are needed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

from dlcore.errors import CheckpointError
from dlcore.run import Checkpoint, Metric, Run, Series, Status
from dlcore.runs.storage.blobs import blobs_of
from dlcore.runs.storage.checkpoint_files import is_there, is_whole, read_checkpoint
from dlcore.runs.storage.disk import RECORD, write_whole
from dlcore.runs.storage.private import make_run_folder
from dlcore.runs.storage.reading import ODD, count, parse_json, read_bytes
from dlcore.runs.storage.rows import PLAIN

VERSION = 1
MOST_FIRST = 1000  # bytes of the first line
KEPT = (*PLAIN, "config")  # of a run's fields, as they are


def write_record(folder: Path, run: Run, lease: str = "") -> None:
    """Write it whole or not at all, with the `lease` of who holds the run.

    Raises OSError if the disk refuses.
    """
    about = json.dumps(_about(run))
    series = json.dumps({name: [_point(m) for m in points] for name, points in run.series.items()})
    first = {"version": VERSION, "sha256": _digest(about), "series_sha256": _digest(series)}
    digests = json.dumps(first | ({"lease": lease} if lease else {}))
    make_run_folder(folder)
    text = f'{digests[:-1]},\n"run": {about},\n"series": {series}}}\n'
    # The end of a run must outlive a power failure; its beginning need not, and nobody is to wait for it.
    write_whole(folder / RECORD, text.encode(), durable=not run.active)


def read_record(folder: Path, *, series: bool = False) -> Run | None:
    """The run of this folder, with its `series` if wanted; None if there is no record, or it is damaged.

    Raises OSError if it cannot be read although it is there.
    """
    try:
        first, second, third = read_bytes(folder / RECORD).decode().splitlines()
        digests = parse_json(first.removesuffix(",") + "}")
        about = second.removeprefix('"run": ').removesuffix(",")
        points = third.removeprefix('"series": ').removesuffix("}")
        if digests["version"] != VERSION or digests["sha256"] != _digest(about):
            return None
        if series and digests["series_sha256"] != _digest(points):
            return None
        run = _run(folder, parse_json(about))
        return replace(run, series=_series(parse_json(points))) if series else run
    except (FileNotFoundError, KeyError, *ODD):
        return None


def lease_of(folder: Path) -> str:
    """By which lease the run of this folder is held; "" if it has ended, or nobody can say."""
    try:
        with (folder / RECORD).open("rb") as file:
            about = parse_json(file.readline(MOST_FIRST).rstrip().removesuffix(b",") + b"}")
        return str(about.get("lease", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def taken_from(folder: Path, lease: str) -> bool:
    """Has another process than that of this lease the run of this folder, or brought it to its end?

    An interrupted one is nobody's: who slept may have it again.
    """
    if now := lease_of(folder):
        return now != lease
    run = read_record(folder)
    return run is not None and not run.active and run.status != "interrupted"


def record_of(folder: Path) -> Run | None:
    """The run of a folder that no database knows, as it can be taken back; None if it cannot be read.

    One that was under way is interrupted, and has the whole checkpoints that lie there.
    """
    run = read_record(folder, series=True) or read_record(folder)
    if run is None or run.id != folder.name:
        return None
    if not run.active:
        return replace(run, checkpoints=existing(run.checkpoints))
    checkpoints = whole_checkpoints(folder)
    last = checkpoints[-1] if checkpoints else Checkpoint(folder, "", 0, 0)
    return replace(
        run, status="interrupted", checkpoints=checkpoints, step=last.step, epoch=last.epoch, reason=""
    )


def existing(checkpoints: tuple[Checkpoint, ...]) -> tuple[Checkpoint, ...]:
    """Those whose weights are there. Raises BlobError if nobody can say."""
    return tuple(checkpoint for checkpoint in checkpoints if is_there(checkpoint, sure=True))


def whole_checkpoints(folder: Path) -> tuple[Checkpoint, ...]:
    """Those of a folder that are complete and undamaged, and of its object store, oldest first."""
    found = blobs.checkpoints(folder) if (blobs := blobs_of(folder)) is not None else []
    for path in folder.glob("*.safetensors"):
        try:
            checkpoint = read_checkpoint(path)
        except CheckpointError:
            continue
        if is_whole(checkpoint):
            found.append(checkpoint)
    return tuple(sorted(found, key=lambda checkpoint: checkpoint.step))


def _about(run: Run) -> dict[str, Any]:
    fields = {name: getattr(run, name) for name in KEPT}
    return fields | {
        "config": dict(run.config),
        "watched": [[_number(value) for value in row] for row in run.watched],
        "checkpoints": [
            asdict(checkpoint) | {"path": checkpoint.path.name} for checkpoint in run.checkpoints
        ],
    }


def _run(folder: Path, about: Mapping[str, Any]) -> Run:
    status: Status = about["status"]
    if status not in get_args(Status):
        raise ValueError("it has no status")
    return Run(
        **{name: about[name] for name in KEPT},
        watched=tuple(tuple(float(value) for value in row) for row in about["watched"]),
        checkpoints=tuple(
            Checkpoint(folder / Path(c["path"]).name, c["digest"], count(c["epoch"]), count(c["step"]))
            for c in about["checkpoints"]
        ),
    )


def _point(metric: Metric) -> list[Any]:
    return [metric.step, metric.epoch, metric.seconds, _number(metric.value)]


def _series(about: Mapping[str, Any]) -> Series:
    return {
        name: tuple(
            Metric(name, step, epoch, seconds, float(value)) for step, epoch, seconds, value in points
        )
        for name, points in about.items()
    }


def _number(value: float) -> float | str:
    """JSON has no word for what is not finite."""
    return value if math.isfinite(value) else str(value)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
