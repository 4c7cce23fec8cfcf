"""A run as rows of the database and back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from dlcore.run import Checkpoint, Metric, Run, Series, Status
from dlcore.runs.storage.reading import ODD, parse_json

DAMAGED = "damaged"  # the kind of a run whose row cannot be read
COUNTED = {"epochs", "lr", "seed", "init", "val_size", "rehearsal"}  # settings with which pages reckon
LOCAL_OWNER = "local"  # whose the runs of commands are
PLAIN = (  # columns that are a run's fields as they are
    *("id", "owner", "kind", "name", "status", "reason", "shared"),
    *("created", "seconds", "step", "total_steps", "epoch", "threads", "device"),
)
MOVING = ("status", "reason", "seconds", "step", "epoch", "threads", "device")  # of these


def metric_row(run_id: str, metric: Metric) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "name": metric.name,
        "step": metric.step,
        "epoch": metric.epoch,
        "seconds": metric.seconds,
        "value": metric.value if math.isfinite(metric.value) else None,
        "special": "" if math.isfinite(metric.value) else str(metric.value),
    }


def series_of(rows: Iterable[Any]) -> Series:
    """From rows in the order of steps. A row that is damaged is left out."""
    series: dict[str, list[Metric]] = {}
    for m in rows:
        try:
            value = float(m.special or "nan") if m.value is None else float(m.value)
            metric = Metric(str(m.name), int(m.step), int(m.epoch), float(m.seconds), value)
        except ODD:
            continue
        series.setdefault(metric.name, []).append(metric)
    return {name: tuple(points) for name, points in series.items()}


def checkpoints_of(rows: Iterable[Any], folder: Path) -> tuple[Checkpoint, ...]:
    """From rows in the order of steps; they lie in the run's `folder`. A row that is damaged is left out."""
    found = []
    for c in rows:
        try:
            path = folder / Path(str(c.path)).name  # nowhere else, whatever a damaged row says
            found.append(Checkpoint(path, str(c.digest), int(c.epoch), int(c.step)))
        except ODD:
            continue
    return tuple(found)


def run_row(run: Run) -> dict[str, Any]:
    """All that a row says of a run, but for the process that holds it."""
    fields = {name: getattr(run, name) for name in PLAIN}
    return fields | {"config": json.dumps(dict(run.config)), "watched": json.dumps(run.watched)}


def standing(run: Run) -> dict[str, Any]:
    """What a row says of a run that changes while it is under way."""
    return {name: getattr(run, name) for name in MOVING} | {"watched": json.dumps(run.watched)}


def run_of(row: Mapping[Any, Any], **more: Any) -> Run:
    """The run of a row; of a damaged row one of the kind DAMAGED, so that its owner can delete it."""
    try:
        return _run_of(row, **more)
    except ODD:
        return Run(
            id=str(row["id"]),
            owner=str(row["owner"]),
            kind=DAMAGED,
            name="Damaged run",
            config={},
            status="failed",
            reason="The record of this run is damaged: it cannot be shown, only deleted.",
            created=_moment_or_zero(row["created"]),
            **more,
        )


def _run_of(row: Mapping[Any, Any], **more: Any) -> Run:
    if row["status"] not in get_args(Status):
        raise ValueError("it has no status")
    config = dict(parse_json(row["config"]))
    _check_settings(config)
    return Run(
        id=str(row["id"]),
        owner=str(row["owner"]),
        kind=str(row["kind"]),
        name=str(row["name"]),
        config=config,
        status=row["status"],
        reason=str(row["reason"]),
        shared=bool(row["shared"]),
        created=_moment(row["created"]),
        seconds=_moment(row["seconds"]),
        step=int(row["step"]),
        total_steps=int(row["total_steps"]),
        epoch=int(row["epoch"]),
        threads=int(row["threads"]),
        device=str(row["device"]),
        watched=tuple(
            tuple(float(value) for value in look) for look in parse_json(row["watched"], special=True)
        ),
        **more,
    )


def _check_settings(config: Mapping[str, Any]) -> None:
    """Raises TypeError or ValueError if a setting is of no kind that settings are of."""
    for name, value in config.items():
        if not isinstance(value, str | int | float | None):
            raise TypeError(f"{name} is no setting")
        if name in COUNTED and not isinstance(value, int | float):
            raise TypeError(f"{name} is no number")
    int(config.get("epochs", 1))


def _moment(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):  # it would be no date and no duration
        raise ValueError("it is no moment")
    return number


def _moment_or_zero(value: Any) -> float:
    try:
        return _moment(value)
    except ODD:
        return 0.0
