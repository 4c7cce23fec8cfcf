"""The ground under a run that trains, and the ball upon it: where its weights are, and what surrounds them.

The directions stay, the cut goes along: it is measured through the weights the ball had at that moment, so
the ball stands on it. As the run goes on it leaves the cut; then the ground is measured anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor, nn

from dlcore.events import Tick
from dlcore.landscape.engines import judge_one, make_engine
from dlcore.landscape.frames import POINTS, Frame, inside, on_a_point, widened
from dlcore.landscape.picture import Moment
from dlcore.landscape.planes import Window
from dlcore.landscape.surfaces import Row, Surface, assemble, iter_level
from dlcore.run import Checkpoint

OFF = 2.0  # so many times above or below the ground's loss, the ball has left it
LEAST = 1e-5  # nats: smaller losses are rounding


@dataclass(frozen=True)
class Ball:
    """One stop of the run: where the frame sees it, how much of its way that is, its own loss (nats)."""

    epoch: int
    step: int
    alpha: float
    beta: float
    held: float | None
    loss: float
    accuracy: float


@dataclass(frozen=True)
class Ground:
    """The cut through the weights of this `step`."""

    step: int
    window: Window
    surface: Surface

    def under(self, ball: Ball) -> float:
        """Its loss where the ball is, between its points as it is drawn; nan beside it."""
        if not inside(self.window, ball.alpha, ball.beta):
            return math.nan
        column, right = _between(self.window.alpha, ball.alpha)
        row, up = _between(self.window.beta, ball.beta)
        with np.errstate(invalid="ignore"):
            heights = np.log(np.maximum(self.surface.loss[row : row + 2, column : column + 2], LEAST))
            low, high = heights @ np.array([1 - right, right])
            return float(np.exp(low + up * (high - low)))


def _between(ends: tuple[float, float], value: float) -> tuple[int, float]:
    """The cell of a grid's axis, and how far into it."""
    where = (value - ends[0]) / (ends[1] - ends[0]) * (POINTS - 1)
    cell = min(POINTS - 2, int(where))
    return cell, where - cell


@dataclass(frozen=True)
class Rolled:
    """What a task has found: of the balls it was asked for those so far, then the ground if it is to measure.

    `window`: the square that its frame looks at.
    """

    balls: tuple[Ball, ...]
    ground: Ground | None
    along: bool
    num_params: int
    samples: int
    window: Window


@dataclass(frozen=True)
class Known:
    """What is known of a run so far. `facts`: the last that was found, for what does not change."""

    balls: tuple[Ball, ...] = ()
    ground: Ground | None = None
    facts: Rolled | None = None

    def told(self, found: Rolled) -> Known:
        """And what has been found since."""
        new = tuple(ball for ball in found.balls if ball.step > (self.balls[-1].step if self.balls else -1))
        return Known(self.balls + new, found.ground or self.ground, found)


@dataclass(frozen=True)
class Request:
    """What is to be found next: these stops and, if it is to `measure`, the ground through the last one.

    It `rests` between its stretches of work, for those who train.
    """

    stops: tuple[Checkpoint, ...]
    measure: bool = False
    window: Window | None = None
    rests: bool = True


# --- When what is measured ----------------------------------------------------------------------


def due(ground: Ground, ball: Ball) -> str:
    """Why the ground must be measured anew: the ball "left" the square, or came "off" the cut. Else ""."""
    if not inside(ground.window, ball.alpha, ball.beta):
        return "left"
    under = ground.under(ball)
    if ball.step == ground.step or not math.isfinite(under):
        return ""
    ratio = max(ball.loss, LEAST) / under
    return "" if 1 / OFF <= ratio <= OFF else "off"


def next_request(known: Known, checkpoints: Sequence[Checkpoint]) -> Request | None:
    """First where the run is now, then the ground if that is due; None if all is known."""
    last = known.balls[-1] if known.balls else None
    fresh = tuple(c for c in checkpoints if last is None or c.step > last.step)
    if fresh:
        return Request(fresh, measure=known.ground is None)
    here = tuple(c for c in checkpoints if last is not None and c.step == last.step)
    if last is None or not here:  # its weights are not kept: the next ones will do
        return None
    if known.ground is None:
        return Request(here, measure=True)
    return Request(here, measure=True, window=known.ground.window) if due(known.ground, last) else None


# --- Measuring ----------------------------------------------------------------------------------


def iter_rolling(
    model: nn.Module,
    frame: Frame,
    stops: Sequence[Moment],
    samples: tuple[Tensor, Tensor],
    *,
    measure: bool,
    window: Window | None = None,
) -> Iterator[Tick | Rolled]:
    """The stops as balls, one after another, and then, if it is to `measure`, the ground through the last.

    `window`: what was measured before; without, the frame's own. It is widened if it does not hold the ball.
    """
    engine = make_engine(model, *samples)
    balls: list[Ball] = []
    for moment in stops:
        here = frame.place(moment.weights)
        judged = yield from judge_one(engine, engine.vector(moment.weights))
        where = (here.alpha, here.beta, here.held)
        balls.append(Ball(moment.epoch, moment.step, *where, judged.loss, judged.accuracy))
        found = Rolled(
            tuple(balls), None, frame.along, len(frame.first), len(samples[1]), window or frame.window
        )
        yield found
    if not measure:
        return
    last = balls[-1]
    held = widened(window or frame.window, [(last.alpha, last.beta)])
    held = on_a_point(held, last.alpha, last.beta)
    rows = []
    for event in iter_level(engine, frame.cut(stops[-1].weights, held), POINTS, 0):
        if isinstance(event, Row):
            rows.append(event)
        else:
            yield event
    surface = assemble(rows, held, POINTS)
    assert surface is not None
    yield replace(found, ground=Ground(last.step, held, surface))
