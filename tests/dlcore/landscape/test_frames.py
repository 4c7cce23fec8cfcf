"""Frames: a projection is exact, a cut goes through its network, a square grows when it must."""

from __future__ import annotations

import pytest
import torch

from dlcore.errors import ConfigError
from dlcore.landscape.directions import Weights, flat, unflat, weights_of
from dlcore.landscape.frames import POINTS, Frame, inside, make_frame, on_a_point, square, widened
from dlcore.landscape.planes import Window
from tests.dlcore.landscape.toys import network

START = weights_of(network("FastCNN"))


def moved(frame: Frame, alpha: float, beta: float, aside: float = 0.0) -> Weights:
    """The first weights, moved along the frame's directions and at right angles to both."""
    other = torch.randn(len(frame.first), dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    for direction in (frame.first, frame.second):
        other -= (other @ direction) * direction
    way = alpha * frame.first + beta * frame.second + aside * other / other.norm()
    return unflat(flat(START) + way, {name: value.double() for name, value in START.items()})


def walk(steps: int, seed: int = 3) -> list[Weights]:
    generator = torch.Generator().manual_seed(seed)
    stops = [START]
    for _ in range(steps):
        last = stops[-1]
        stops.append({n: w + 0.01 * torch.randn(w.shape, generator=generator) for n, w in last.items()})
    return stops


@pytest.mark.parametrize("before", [0, 1, 2, 5])
def test_the_projection_is_exact_and_says_what_it_shows(before: int) -> None:
    frame = make_frame(START, walk(before - 1)[:before] if before else [], seed=2)
    assert frame.along == (before > 1), "one stop has no directions"
    lengths = torch.stack([frame.first, frame.second]) @ torch.stack([frame.first, frame.second]).T
    torch.testing.assert_close(lengths, torch.eye(2, dtype=torch.float64), atol=1e-12, rtol=0)
    here = frame.place(moved(frame, 3.0, -1.0, aside=2.0))
    assert (here.alpha, here.beta) == pytest.approx((3.0, -1.0), abs=1e-9)
    assert here.held == pytest.approx(10 / 14, abs=1e-9)
    assert frame.place(START).held is None
    assert inside(frame.window, 0.0, 0.0)


def test_a_cut_goes_through_the_weights_in_the_coordinates_of_the_frame() -> None:
    frame = make_frame(START, seed=1)
    weights = moved(frame, 2.0, 1.0, aside=4.0)
    plane = frame.cut(weights, frame.window)
    origin, first, second = map(flat, (plane.origin, plane.first, plane.second))
    torch.testing.assert_close(origin + 2 * first + second, flat(weights), atol=1e-5, rtol=0)
    back = frame.place(plane.origin)
    assert (back.alpha, back.beta) == pytest.approx((0, 0), abs=1e-5)


def test_the_frame_of_another_run_holds_its_way_moved_to_these_first_weights() -> None:
    before = walk(5)
    frame = make_frame(START, before, seed=0)
    assert all(inside(frame.window, *(frame.place(stop).alpha, frame.place(stop).beta)) for stop in before)
    elsewhere = {name: value + 1 for name, value in START.items()}
    assert make_frame(elsewhere, before, seed=0).window == frame.window


def test_a_run_that_did_not_move_gives_no_directions_and_another_net_none_either() -> None:
    assert not make_frame(START, [START, START]).along
    with pytest.raises(ConfigError, match="must be of one architecture"):
        make_frame(weights_of(network("SimpleCNN")), walk(2))


def test_first_weights_of_0_have_directions_too() -> None:
    nothing = {name: torch.zeros_like(value) for name, value in START.items()}
    frame = make_frame(nothing, seed=0)
    assert float(frame.first.norm()) == pytest.approx(1)
    assert float(frame.second.norm()) == pytest.approx(1)
    assert float(frame.first @ frame.second) == pytest.approx(0, abs=1e-9)
    here = frame.place(START)
    assert here.held is not None
    assert 0 < here.held < 0.1
    assert inside(frame.window, 0.0, 0.0)
    broken = {name: torch.full_like(value, torch.nan) for name, value in START.items()}
    assert frame.place(broken).held is None


def test_a_square_is_widened_only_when_it_is_left_and_then_by_a_quarter_at_least() -> None:
    window = Window((-1.0, 1.0), (-1.0, 1.0))
    assert widened(window, [(0.9, -1.0)]) is window
    for point in ((1.01, 0.0), (0.0, -30.0), (5.0, 5.0)):
        wider = widened(window, [point])
        (left, right), (near, far) = wider.alpha, wider.beta
        assert right - left == pytest.approx(far - near), "it stays a square"
        assert right - left >= 1.25 * 2
        assert inside(wider, *point)
        assert inside(wider, -1, -1)
        assert inside(wider, 1, 1)


def test_a_point_of_the_grid_lies_where_the_ball_is() -> None:
    window = square([(0.0, 0.0), (3.0, 1.0)])
    for point in ((0.0, 0.0), (3.0, 1.0), (1.234, 0.777)):
        here = on_a_point(window, *point)
        alphas, betas = here.axes(POINTS)
        assert min(abs(alphas - point[0])) == pytest.approx(0, abs=1e-12)
        assert min(abs(betas - point[1])) == pytest.approx(0, abs=1e-12)
        cell = (window.alpha[1] - window.alpha[0]) / (POINTS - 1)
        assert abs(here.alpha[0] - window.alpha[0]) <= cell / 2 + 1e-12
        assert inside(here, *point)
