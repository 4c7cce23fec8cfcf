"""Grids on a plane: every cell once, in its place, coarse before fine."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from dlcore.errors import ConfigError
from dlcore.events import Tick
from dlcore.landscape.planes import Plane, Window
from dlcore.landscape.surfaces import RESOLUTIONS, Row, Surface, assemble
from tests.dlcore.landscape.toys import Toy, iter_rows, iter_surface

FIRST = {"w": torch.tensor([1.0, 0.0, 2.0], dtype=torch.float64)}
SECOND = {"w": torch.tensor([0.0, 3.0, -1.0], dtype=torch.float64)}
ORIGIN = {"w": torch.tensor([5.0, 7.0, 11.0], dtype=torch.float64)}
PLANE = Plane(ORIGIN, FIRST, SECOND, Window((-1.0, 3.0), (-2.0, 2.5)))
SLOPES = torch.tensor([10.0, 1.0, 0.5], dtype=torch.float64)


def affine(vector: Tensor) -> float:
    return float(SLOPES @ vector) + 0.25


def expected(surface: Surface) -> np.ndarray:
    """11 along alpha, 2.5 along beta, from what the origin has."""
    return affine(ORIGIN["w"]) + 11.0 * surface.alpha[None, :] + 2.5 * surface.beta[:, None]


def rows_of(toy: Toy, resolution: int, **part: int) -> list[Row]:
    return [row for row in iter_rows(toy, PLANE, resolution, **part) if isinstance(row, Row)]


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_of_an_affine_loss_every_cell_is_exact(resolution: int, parts: int) -> None:
    toys = [Toy(affine) for _ in range(parts)]
    shares = [rows_of(toy, resolution, part=part, parts=parts) for part, toy in enumerate(toys)]
    rows = [row for share in shares for row in share]
    surface = assemble(rows, PLANE.window, resolution)
    assert surface is not None
    assert surface.loss.shape == (resolution, resolution)
    np.testing.assert_allclose(surface.loss, expected(surface), rtol=1e-6)
    assert (surface.accuracy == 0.5).all()
    cells = Counter((row.row, column) for row in rows for column in row.columns)
    assert len(cells) == resolution**2
    assert set(cells.values()) == {1}, "each cell is measured once"
    work = [toy.asked for toy in toys]
    assert sum(work) == resolution**2
    if parts == 2:
        assert max(work) / min(work) < 1.25


def test_coarse_grids_come_first_and_are_kept() -> None:
    toy = Toy(affine)
    seen: list[tuple[int, int]] = []
    surfaces: list[Surface] = []
    for event in iter_surface(toy, PLANE, 81):
        if isinstance(event, Surface):
            seen.append((event.resolution, toy.asked))
            surfaces.append(event)
    assert seen == [(n, n * n) for n in RESOLUTIONS]
    for coarse, fine in pairwise(surfaces):
        assert np.array_equal(coarse.loss, fine.loss[::2, ::2])
        assert np.array_equal(coarse.alpha, fine.alpha[::2])


def test_there_is_no_surface_before_the_coarsest_is_whole() -> None:
    rows = rows_of(Toy(affine), 21)
    assert assemble(rows[:10], PLANE.window, 21) is None
    coarse = assemble(rows[:11], PLANE.window, 21)
    assert coarse is not None
    assert coarse.resolution == 11
    nearly = assemble(rows[:-1], PLANE.window, 21)
    assert nearly is not None
    assert nearly.resolution == 11


def test_cells_that_are_not_finite_stay() -> None:
    def broken(vector: Tensor) -> float:
        value = affine(vector)
        return math.inf if value > 90 else math.nan if value > 80 else value

    surface = assemble(rows_of(Toy(broken), 11), PLANE.window, 11)
    assert surface is not None
    truth = expected(surface)
    assert np.isinf(surface.loss[truth > 90.01]).all()
    assert np.isnan(surface.loss[(truth > 80.01) & (truth < 89.99)]).all()
    assert np.isfinite(surface.loss[truth < 79.99]).all()
    assert 0 < np.isnan(surface.loss).sum() < 121


def test_closing_midway_stops_at_once() -> None:
    toy = Toy(affine)
    events = iter_surface(toy, PLANE, 81)
    for _ in range(5):
        assert isinstance(next(events), Tick)
    asked = toy.asked
    assert 0 < asked < 81 * 81
    events.close()  # type: ignore[attr-defined]
    assert next(events, None) is None
    assert toy.asked == asked


@pytest.mark.parametrize("resolution", [0, 10, 40, 500])
def test_other_resolutions_are_a_sentence(resolution: int) -> None:
    sentence = rf"^Resolution must be one of 11, 21, 41, 81\. Got {resolution} instead\.$"
    with pytest.raises(ConfigError, match=sentence):
        next(iter_rows(Toy(affine), PLANE, resolution))
