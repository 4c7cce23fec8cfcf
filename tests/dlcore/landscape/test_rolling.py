"""The ball on its ground: its loss is the run's own, and the ground is measured anew when it has left it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from dlcore.figures.rolling import (
    BALL,
    FRONT,
    PALE,
    PATH,
    empty_hill,
    looks_from,
    rolling_alt,
    rolling_figure,
    way_figure,
)
from dlcore.landscape.frames import POINTS, make_frame
from dlcore.landscape.picture import Moment
from dlcore.landscape.planes import Window
from dlcore.landscape.rolling import Ball, Ground, Known, Request, Rolled, due, iter_rolling, next_request
from dlcore.landscape.surfaces import Surface
from dlcore.landscape.words import about_ground, about_rolling
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model, load_weights
from dlcore.training.evaluation import evaluate

RUN = shipped_run("mnist").checkpoints
MNIST = NORMALIZE["mnist"]
FEW = load_test()[:40]
SAMPLES = (MNIST(FEW.images), FEW.labels)
SQUARE = Window((-1.0, 1.0), (-1.0, 1.0))


def ball(step: int, alpha: float = 0.0, beta: float = 0.0, loss: float = 1.0) -> Ball:
    return Ball(0, step, alpha, beta, 0.5 if step else None, loss, 0.5)


def ground(step: int = 0, loss: float = 1.0) -> Ground:
    axes = SQUARE.axes(POINTS)
    grid = np.full((POINTS, POINTS), loss, np.float32)
    return Ground(step, SQUARE, Surface(*axes, grid, grid))


def known(*balls: Ball, on: Ground | None = None) -> Known:
    return Known(balls, on, rolled(*balls, on=on))


def rolled(
    *balls: Ball, on: Ground | None = None, along: bool = False, window: Window | None = None
) -> Rolled:
    return Rolled(balls, on, along, num_params=215_194, samples=256, window=window or SQUARE)


def stops(*steps: int) -> tuple[Checkpoint, ...]:
    return tuple(Checkpoint(Path(f"{step}"), f"{step}", 0, step) for step in steps)


# --- Measuring ----------------------------------------------------------------------------------


@pytest.mark.parametrize("along", [True, False])
def test_the_ball_has_the_runs_own_loss_and_stands_on_the_ground(along: bool) -> None:
    run = [Moment(c.epoch, c.step, load_weights(c)) for c in RUN[:3]]
    frame = make_frame(run[0].weights, [moment.weights for moment in run] if along else [])
    model = load_model(RUN[2])[0]
    events = [e for e in iter_rolling(model, frame, run, SAMPLES, measure=True) if isinstance(e, Rolled)]
    assert [len(event.balls) for event in events] == [1, 2, 3, 3], "each ball as soon as it is known"
    assert [event.ground is None for event in events] == [True, True, True, False], "the balls come first"
    found = events[-1]
    for checkpoint, one in zip(RUN, found.balls, strict=False):
        expected = evaluate(load_model(checkpoint)[0], FEW, MNIST)
        assert one.loss == pytest.approx(expected.loss, rel=1e-4, abs=1e-6)
        assert one.step == checkpoint.step
    last = found.balls[-1]
    assert found.ground is not None
    assert found.ground.under(last) == pytest.approx(last.loss, rel=1e-3)
    assert due(found.ground, last) == ""
    assert last.held is not None
    assert (last.held > 0.9) == along
    assert (found.along, found.samples) == (along, len(FEW))
    tick = list(iter_rolling(model, frame, run[-1:], SAMPLES, measure=False))
    assert tick[-1] == Rolled((last,), None, along, found.num_params, len(FEW), frame.window), (
        "alone, it is the same"
    )


# --- When it is measured anew -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (ball(0), ""),
        (ball(1), ""),
        (ball(1, alpha=1.0, beta=-1.0), ""),
        (ball(1, alpha=1.001), "left"),
        (ball(1, beta=-7.0, loss=0.1), "left"),
        (ball(1, loss=0.51), ""),
        (ball(1, loss=0.49), "off"),
        (ball(1, loss=2.1), "off"),
        (ball(0, loss=0.1), ""),  # it was measured through this one
    ],
)
def test_why_the_ground_is_measured_anew(now: Ball, why: str) -> None:
    assert due(ground(), now) == why


def test_ground_that_is_no_number_is_not_measured_again_and_again() -> None:
    assert due(ground(loss=math.nan), ball(1)) == ""
    assert due(ground(loss=math.inf), ball(1)) == ""


def test_between_its_points_the_ground_is_as_it_is_drawn() -> None:
    sloping = ground()
    sloping.surface.loss[:, :] = 10**sloping.surface.alpha
    assert sloping.under(ball(1, alpha=0.33, beta=0.9)) == pytest.approx(10**0.33, rel=1e-5)
    assert sloping.under(ball(1, alpha=1.0, beta=1.0)) == pytest.approx(10.0, rel=1e-5)
    assert math.isnan(sloping.under(ball(1, alpha=2.0)))


def test_what_is_asked_for_next() -> None:
    assert next_request(Known(), ()) is None
    assert next_request(Known(), stops(0, 9)) == Request(stops(0, 9), measure=True)
    on = ground()
    assert next_request(known(ball(0), on=on), stops(0)) is None, "all is known"
    assert next_request(known(ball(0), on=on), stops(0, 9, 18)) == Request(stops(9, 18))
    left = known(ball(0), ball(9, alpha=3.0), on=on)
    assert next_request(left, stops(0, 9)) == Request(stops(9), measure=True, window=SQUARE)
    assert next_request(left, stops(0)) is None, "its weights are not kept"
    assert next_request(known(ball(0)), stops(0)) == Request(stops(0), measure=True)


def test_what_is_found_is_added_once_and_the_ground_stays_until_there_is_another() -> None:
    on = ground()
    first = Known().told(rolled(ball(0), ball(9), on=on))
    later = first.told(rolled(ball(9), ball(18)))
    assert [one.step for one in later.balls] == [0, 9, 18]
    assert later.ground is on


# --- As it is shown -----------------------------------------------------------------------------


def test_the_words_say_what_the_cut_is_and_where_the_ball_stands() -> None:
    on = ground()
    still = known(ball(0), on=on)
    assert "two of 215,194 directions, drawn at random" in about_rolling(still, "")
    assert "has not moved yet" in about_rolling(still, "")
    assert "The cut goes through it." in about_ground(still)
    moved = known(ball(0), ball(9, loss=0.8), on=on)
    assert "holds **50 %** of the movement so far" in about_rolling(moved, "")
    assert ":red[Red]: down to the cut, which goes through step 0." in about_ground(moved)
    faint = Ball(0, 9, 0.0, 0.0, 1e-7, 0.8, 0.5)
    assert "less than 0.01 %" in about_rolling(known(faint, on=on), "")
    along = Known((faint,), on, rolled(faint, on=on, along=True))
    assert "those in which **class-1** moved most" in about_rolling(along, "class-1")
    assert "left the square" in about_ground(known(ball(9, alpha=3.0), on=on))
    assert "come off the cut" in about_ground(known(ball(9, loss=0.1), on=on))
    assert "Measuring" in about_ground(known(ball(0)))


def test_the_figure_has_the_ball_at_the_end_of_its_path_and_a_line_down_to_the_ground() -> None:
    on = ground()
    balls = (ball(0), ball(9, alpha=0.5, loss=0.1))
    figure = rolling_figure(on, balls, "dark", pale=True)
    surface, drops, *_ = figure.data
    assert surface.opacity == PALE
    assert drops.z[3:5] == pytest.approx([-1, 0]), "from the ball up to the ground"
    assert drops.z[0] == drops.z[1], "the others have no line"
    assert [figure.data[trace].x[-1] for trace in (*PATH, BALL)] == [0.5] * 3
    assert figure.data[PATH[0]].line.color == "#000000"
    assert figure.data[PATH[1]].line.color == "#FFFFFF"
    low, high = figure.layout.scene.zaxis.range
    assert low < -1 < 0 < high
    assert "The ball has rolled from 1 nats to 0.1 at step 9" in rolling_alt(known(*balls, on=on))
    assert "still being measured" in rolling_alt(Known())
    plain = rolling_figure(on, balls[:1], "light")
    assert plain.data[0].opacity > PALE
    assert plain.layout.scene.camera == empty_hill("light").layout.scene.camera, (
        "it is kept from the first on"
    )


def test_the_ball_is_seen_before_its_ground() -> None:
    balls = (ball(0), ball(9, alpha=3.0, loss=0.1))
    figure = way_figure(rolled(*balls), balls, "light")
    assert [figure.data[trace].x[-1] for trace in (*PATH, BALL)] == [3.0] * 3
    assert figure.data[0].type == "scatter3d", "nothing is drawn for ground"
    low, high = figure.layout.scene.xaxis.range
    assert low < 0 < 3 < high, "all of the way is in the square"


@pytest.mark.parametrize("degrees", [0, 30, 45, 100, 135, 180, 200, 270, 315, 350])
def test_it_is_looked_at_across_its_way(degrees: int) -> None:
    """Seen along it, a path is a point. From the front: the vertical axis stays at the left."""
    way = math.radians(degrees)
    there = ball(9, alpha=0.8 * math.cos(way), beta=0.8 * math.sin(way))
    eye = looks_from(rolled(ball(0), there), (ball(0), there))
    assert abs(math.sin(eye - way)) > 0.9
    assert math.sin(eye) < 0.4
    hardly = ball(9, alpha=0.01)
    expected = Window(
        (-0.1 + math.cos(way), 0.1 + math.cos(way)), (-0.1 + math.sin(way), 0.1 + math.sin(way))
    )
    assert looks_from(rolled(window=expected), (ball(0),)) == pytest.approx(eye)
    assert looks_from(rolled(hardly), (hardly,)) == FRONT, "it shows no way yet"
