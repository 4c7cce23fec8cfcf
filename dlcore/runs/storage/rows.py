"""A run as rows of the database and back, and the process that holds it."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

import psutil

from dlcore.run import Metric, Run, Series, Status

STALE_SECONDS = 15.0  # a heartbeat older than this belongs to a process that hangs or is gone


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
    """From rows in the order of steps."""
    series: dict[str, list[Metric]] = {}
    for m in rows:
        value = float(m.special or "nan") if m.value is None else m.value
        series.setdefault(m.name, []).append(Metric(m.name, m.step, m.epoch, m.seconds, value))
    return {name: tuple(points) for name, points in series.items()}


def run_of(row: Mapping[Any, Any], **more: Any) -> Run:
    return Run(
        id=row["id"],
        owner=row["owner"],
        kind=row["kind"],
        name=row["name"],
        config=json.loads(row["config"]),
        status=cast(Status, row["status"]),
        reason=row["reason"],
        shared=bool(row["shared"]),
        created=row["created"],
        seconds=row["seconds"],
        step=row["step"],
        total_steps=row["total_steps"],
        epoch=row["epoch"],
        threads=row["threads"],
        device=row["device"],
        watched=tuple(map(tuple, json.loads(row["watched"]))),
        **more,
    )


def holder() -> dict[str, Any]:
    """This process, as the one that holds a run."""
    return {"pid": os.getpid(), "pid_since": _started(os.getpid()), "heartbeat": time.time()}


@lru_cache(maxsize=1)
def _started(pid: int) -> float:
    return float(psutil.Process(pid).create_time())


def held(pid: int, since: float, heartbeat: float) -> bool:
    """Does a living process hold this run? A process id can be used again, hence its time of birth."""
    try:
        born = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return False
    return abs(born - since) < 1 and abs(time.time() - heartbeat) < STALE_SECONDS
