"""A network's surroundings as asked for: the plane, the surface on it, and the path a run took."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn

from dlcore.errors import CheckpointError, ConfigError
from dlcore.events import Tick
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.directions import Weights, difference, flat
from dlcore.landscape.engines import Engine, judge_one, make_engine
from dlcore.landscape.faults import DROPOUT, DropoutEngine, iter_walk
from dlcore.landscape.plan import WHOLE, Share
from dlcore.landscape.planes import Placed, Plane, Window, path_plane, place, plane_through, random_plane
from dlcore.landscape.rescale import rescaled
from dlcore.landscape.surfaces import Row, Surface, assemble, iter_level
from dlcore.run import ends_of_epochs

BATCH = 32  # by which the mean loss is divided once too often


class Moment(NamedTuple):
    """The weights of a run at one of its stops."""

    epoch: int
    step: int
    weights: Weights


@dataclass(frozen=True)
class Stop:
    """One stop of a path. `below` is the loss on the plane where it is nearest to it."""

    epoch: int
    placed: Placed
    loss: float
    accuracy: float
    below: float
    step: int = 0


@dataclass(frozen=True)
class Prepared:
    """What is known before anything is measured.

    `epochs` are those that the run's stops end, and `moved` the distances between these, through all
    dimensions; `placed` is where the plane sees all stops, if they belong on it. `held` is the share of
    their movement on it, and `by_chance` what a random walk would have there. `samples` digits are there to
    measure on; `dropout` is the rate that is left on.
    """

    config: SurfaceConfig
    window: Window
    num_params: int
    epochs: tuple[int, ...] = ()
    moved: tuple[float, ...] = ()
    placed: tuple[Placed, ...] = ()
    held: float | None = None
    by_chance: float | None = None
    samples: int = 0
    dropout: float = 0.0


@dataclass(frozen=True)
class Picture:
    """What has been measured so far. `done` of `cells` points; the surface is the finest complete one."""

    prepared: Prepared
    surface: Surface | None
    path: tuple[Stop, ...]
    done: int

    @property
    def cells(self) -> int:
        return self.prepared.config.points**2

    @property
    def whole(self) -> bool:
        return self.done == self.cells and len(self.path) == len(self.prepared.placed)


def iter_picture(
    model: nn.Module,
    run: Sequence[Moment],
    config: SurfaceConfig,
    samples: tuple[Tensor, Tensor],
    *,
    share: Share = WHOLE,
    redraw: int = 0,
    dropout: float = 0.0,
) -> Iterator[Tick | Prepared | Row | Stop]:
    """The network with the last of the `run`'s weights, and what lies around it.

    `samples`: images (N, 1, 28, 28) float32, normalised, and labels (N,). Several processes may each do a
    `share`; who begins with the first of the coarsest points measures the path. `model` is only read.
    `dropout` is the rate that the run was trained with, and `redraw` numbers the drawings with it. Raises
    ConfigError if the run has too few stops for the plane, CheckpointError if its weights are not finite.
    """
    check_finite(run)
    if config.rescaled:
        run = [moment._replace(weights=rescaled(model, moment.weights)) for moment in run]
    plane, prepared = prepare(run, config)
    engine: Engine = make_engine(model, *samples)
    if config.fault == "dropout":
        stream = f"{redraw} {config.points} {share}"  # no two processes draw the same masks
        engine = DropoutEngine(model, *samples, rate=dropout or DROPOUT, redraw=zlib.crc32(stream.encode()))
        prepared = replace(prepared, dropout=dropout or DROPOUT)
    ends = ends_of_epochs(run)
    epochs = tuple(moment.epoch for moment in ends)
    yield replace(prepared, epochs=epochs, moved=distances(ends), samples=len(samples[1]))
    if config.fault == "walk":
        yield from _walk(engine, run[-1].weights, config)
        return
    for level in share.levels(config.points):
        for event in iter_level(engine, plane, config.points, level, part=share.part, parts=share.parts):
            yield _divided(event) if config.fault == "divided" else event
        if level == 0 and share.part == 0:
            for stop in _iter_path(engine, plane, run, prepared.placed):
                yield _divided(stop) if config.fault == "divided" else stop


def prepare(run: Sequence[Moment], config: SurfaceConfig) -> tuple[Plane, Prepared]:
    """The plane that is asked for, and what is known before anything is measured on it."""
    if config.fault in ("walk", "tensor") and config.plane != "random":
        raise ConfigError("This mistake is one with random directions: choose the random plane.")
    weights = [moment.weights for moment in run]
    size = sum(value.numel() for value in weights[-1].values())
    if config.plane == "random":
        plane = random_plane(
            weights[-1],
            seed=config.seed,
            extent=config.extent,
            normalisation="layer" if config.fault == "tensor" else config.normalisation,
            fix_biases=config.fix_biases and config.fault != "tensor",
        )
        return plane, Prepared(config, plane.window, size)
    if config.plane == "three":
        if len(run) < 3:
            raise ConfigError(
                "A plane of three needs three checkpoints: train longer, or choose random directions."
            )
        plane = plane_through(
            weights[-1], weights[0], weights[len(run) // 2], extent=config.extent, around=weights
        )
        return plane, Prepared(config, plane.window, size, placed=place(plane, weights))
    found = path_plane(weights, [moment.step for moment in run], seed=config.seed, extent=config.extent)
    return found.plane, Prepared(
        config,
        found.plane.window,
        size,
        placed=found.stops,
        held=found.held,
        by_chance=found.by_chance,
    )


def distances(run: Sequence[Moment]) -> tuple[float, ...]:
    """How far the weights went from each stop to the next (L2 norm)."""
    return tuple(
        float(flat(difference(later.weights, earlier.weights)).norm()) for earlier, later in pairwise(run)
    )


def check_finite(run: Sequence[Moment]) -> None:
    for moment in run:
        if not all(value.isfinite().all() for value in moment.weights.values()):
            raise CheckpointError(
                f"The weights after epoch {moment.epoch} are not finite numbers: choose another run."
            )


def _walk(engine: Engine, weights: Weights, config: SurfaceConfig) -> Iterator[Tick | Row]:
    return iter_walk(engine, weights, extent=config.extent, points=config.points, seed=config.seed)


def _divided(event: Tick | Row | Stop) -> Tick | Row | Stop:
    """Every loss by the size of a batch once too often."""
    match event:
        case Row():
            return replace(event, losses=tuple(loss / BATCH for loss in event.losses))
        case Stop():
            return replace(event, loss=event.loss / BATCH, below=event.below / BATCH)
    return event


def _iter_path(
    engine: Engine, plane: Plane, run: Sequence[Moment], placed: Sequence[Placed]
) -> Iterator[Tick | Stop]:
    """Each stop at its own loss, and the plane's loss below it."""
    origin, first, second = map(engine.vector, (plane.origin, plane.first, plane.second))
    for moment, where in zip(run, placed, strict=False):
        real = yield from judge_one(engine, engine.vector(moment.weights))
        below = yield from judge_one(engine, origin + where.alpha * first + where.beta * second)
        yield Stop(moment.epoch, where, real.loss, real.accuracy, below.loss, moment.step)


def assemble_picture(events: Iterable[object], points: int | None = None) -> Picture | None:
    """What processes have said so far, one after the other; None before the first has found its plane.

    Each begins with its Prepared, and may have measured a coarser grid than the others. The picture is to
    have `points` along each side; without, as many as the finest of them.
    """
    events = list(events)
    begun = [event for event in events if isinstance(event, Prepared)]
    if not begun:
        return None
    finest = points or max(prepared.config.points for prepared in begun)
    prepared = replace(begun[0], config=begun[0].config.replace(resolution=str(finest)))
    rows, scale = [], 1
    for event in events:
        if isinstance(event, Prepared):
            scale = (finest - 1) // (event.config.points - 1)
        elif isinstance(event, Row):
            columns = tuple(column * scale for column in event.columns)
            rows.append(replace(event, row=event.row * scale, columns=columns))
    path = tuple(event for event in events if isinstance(event, Stop))
    surface = assemble(rows, prepared.window, finest)
    return Picture(prepared, surface, path, sum(len(row.columns) for row in rows))
