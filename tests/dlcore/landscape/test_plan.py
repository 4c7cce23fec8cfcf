"""The plan of a picture: its levels, who shares them, and what cannot be shared."""

from __future__ import annotations

from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.plan import WHOLE, plan, shares


def test_a_picture_is_asked_for_level_by_level_each_by_its_own_name() -> None:
    levels = plan(SurfaceConfig(resolution="41"))
    assert [{part.config.points for part in level} for level in levels] == [{11}, {21}, {41}]
    for level in levels:
        (config,) = {part.config for part in level}
        assert tuple(part.share for part in level) == shares(config.points, config.samples)


def test_a_coarser_picture_is_the_beginning_of_a_finer_one() -> None:
    fine, coarse = plan(SurfaceConfig(resolution="81")), plan(SurfaceConfig(resolution="21"))
    assert fine[: len(coarse)] == coarse


def test_a_walk_is_one_processes_work() -> None:
    config = SurfaceConfig(plane="random", fault="walk", resolution="81")
    ((part,),) = plan(config)
    assert (part.config, part.share) == (config, WHOLE)
