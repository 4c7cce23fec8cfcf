"""Loss surfaces, lines and sharpness, as far as their tasks have come."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Any

from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.kept import Known, shipped_surface
from dlcore.landscape.lines import Line
from dlcore.landscape.picture import Picture, assemble_picture
from dlcore.landscape.plan import Part, plan
from dlcore.landscape.sharpness import Sharpness
from dlcore.run import Checkpoint
from ui.work import Asked, Result, ask, events_of, named

Checkpoints = tuple[Checkpoint, ...]


@dataclass(frozen=True)
class Work:
    """A picture as far as it has come, and who works on it."""

    asked: tuple[Asked[Any], ...]
    picture: Picture | None = None

    @property
    def active(self) -> bool:
        return any(one.active for one in self.asked)

    @property
    def ready(self) -> bool:
        """Is there a surface to be seen?"""
        return self.picture is not None and self.picture.surface is not None


def surface(checkpoints: Checkpoints, config: SurfaceConfig, redraw: int = 0) -> Work:
    """The picture of the last checkpoint's surroundings; asked for again, what has come since."""
    asked: list[Asked[Any]] = []
    known = _known(checkpoints, config)
    for level in _planned(checkpoints, config, redraw):
        if level[0][1].config.points <= known.points:
            continue
        if not all(one.task is not None and one.task.status == "finished" for one in asked):
            break
        for key, part in level:
            asked.append(ask(object, "surface", key, partial(_payload, checkpoints, part, redraw)))
    tasks = [one.task for one in asked if one.task is not None]
    heard = tuple((task.id, len(task.events)) for task in tasks)
    picture = _assembled(checkpoints, config, heard)
    return Work(tuple(asked), picture)


@lru_cache(maxsize=64)
def _known(checkpoints: Checkpoints, config: SurfaceConfig) -> Known:
    """What comes with the lab and need not be measured: the shipped network's points, if it is theirs."""
    return shipped_surface().part_of([checkpoint.digest for checkpoint in checkpoints], config)


@lru_cache(maxsize=64)
def _planned(
    checkpoints: Checkpoints, config: SurfaceConfig, redraw: int
) -> tuple[tuple[tuple[str, Part], ...], ...]:
    """The parts of each level, each with its key: made once, and found twice a second."""
    name = _named(checkpoints)
    return tuple(
        tuple((f"{name} {part.config.model_dump_json()} {part.share.part} {redraw}", part) for part in level)
        for level in plan(config)
    )


def _payload(checkpoints: Checkpoints, part: Part, redraw: int) -> dict[str, Any]:
    config = part.config.model_dump()
    return {"checkpoints": checkpoints, "config": config, "share": part.share, "redraw": redraw}


@lru_cache(maxsize=64)  # Streamlit's own would keep a lock for each of the thousands of keys
def _assembled(
    checkpoints: Checkpoints, config: SurfaceConfig, heard: tuple[tuple[str, int], ...]
) -> Picture | None:
    """`heard`: how many events of which tasks. The same events make the same picture."""
    said = chain.from_iterable(events_of(task_id)[:count] for task_id, count in heard)
    return assemble_picture(chain(_known(checkpoints, config).events, said), config.points)


def line(start: Checkpoint, end: Checkpoint, config: SurfaceConfig) -> Asked[Line]:
    """The straight line between two networks as far as it has come."""
    return _measured(Line, "line", (start, end), config)


def sharpness(checkpoint: Checkpoint, config: SurfaceConfig) -> Asked[Sharpness]:
    """How sharply the loss bends there, as exact as it has come."""
    return _measured(Sharpness, "sharpness", (checkpoint,), config)


def _measured(
    result: type[Result], kind: str, checkpoints: Checkpoints, config: SurfaceConfig
) -> Asked[Result]:
    key, payload = _on_digits(checkpoints, config.samples, config.digits, config.seed)
    return ask(result, kind, key, lambda: payload)


@lru_cache(maxsize=64)
def _on_digits(checkpoints: Checkpoints, samples: int, digits: str, seed: int) -> tuple[str, dict[str, Any]]:
    """Key and payload of work for which only the digits of a configuration count."""
    config = {"samples": samples, "digits": digits, "seed": seed}
    return f"{_named(checkpoints)} {config}", {"checkpoints": checkpoints, "config": config}


def _named(checkpoints: Checkpoints) -> str:
    return " ".join(map(named, checkpoints))
