"""The tasks behind a loss surface: a coarse picture first, then finer ones, each by several processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.lines import Line
from dlcore.landscape.picture import WHOLE, Picture, assemble_picture, shares
from dlcore.landscape.sharpness import Sharpness
from dlcore.landscape.surfaces import RESOLUTIONS
from dlcore.run import Checkpoint
from dlcore.runs.tasks import Task
from ui import resources


@dataclass(frozen=True)
class Work:
    """A picture as far as it has come, and who works on it."""

    tasks: tuple[Task, ...]
    picture: Picture | None = None

    @property
    def active(self) -> bool:
        return any(task.active for task in self.tasks)

    @property
    def ready(self) -> bool:
        """Is there a surface to be seen?"""
        return self.picture is not None and self.picture.surface is not None

    @property
    def reason(self) -> str:
        """Why it cannot go on; "" if it can."""
        return next((task.reason for task in self.tasks if task.status == "failed"), "")


def surface(checkpoints: Sequence[Checkpoint], config: SurfaceConfig, redraw: int = 0) -> Work:
    """The picture of the last checkpoint's surroundings; asked for again, what has come since."""
    tasks: list[Task] = []
    for points in (n for n in RESOLUTIONS if n <= config.points):
        if tasks and not all(task.status == "finished" for task in tasks):
            break
        # The grid of a level is asked for by its own name: finer and coarser pictures share it.
        level = config if config.fault == "walk" else config.replace(resolution=str(points))
        # A walk goes from one cell to the next: it is one process's work.
        for share in (WHOLE,) if config.fault == "walk" else shares(points, config.samples):
            payload = {
                "checkpoints": tuple(checkpoints),
                "config": level.model_dump(),
                "share": share,
                "redraw": redraw,
            }
            key = f"{_named(checkpoints)} {level.model_dump_json()} {share.part} {redraw}"
            tasks.append(resources.task_of("surface", payload, key=key))
        if config.fault == "walk":
            break
    events = (event for task in tasks for event in task.events)
    return Work(tuple(tasks), assemble_picture(events, config.points))


def line(start: Checkpoint, end: Checkpoint, config: SurfaceConfig) -> tuple[Line | None, Task]:
    """The straight line between two networks as far as it has come."""
    return _latest(Line, "line", (start, end), config)


def sharpness(checkpoint: Checkpoint, config: SurfaceConfig) -> tuple[Sharpness | None, Task]:
    """How sharply the loss bends there, as exact as it has come."""
    return _latest(Sharpness, "sharpness", (checkpoint,), config)


def _latest(
    result: type[Any], kind: str, checkpoints: Sequence[Checkpoint], config: SurfaceConfig
) -> tuple[Any, Task]:
    # Of the configuration only the digits count here.
    chosen = SurfaceConfig(samples=config.samples, digits=config.digits, seed=config.seed)
    payload: Mapping[str, Any] = {"checkpoints": tuple(checkpoints), "config": chosen.model_dump()}
    task = resources.task_of(kind, payload, key=f"{_named(checkpoints)} {chosen.model_dump_json()}")
    return next((event for event in reversed(task.events) if isinstance(event, result)), None), task


def _named(checkpoints: Sequence[Checkpoint]) -> str:
    return " ".join(f"{checkpoint.path} {checkpoint.digest}" for checkpoint in checkpoints)
