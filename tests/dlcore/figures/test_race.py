"""The race in pictures: paths at their true height, looks that do not need colour, log losses."""

from __future__ import annotations

import numpy as np
import pytest

from dlcore.figures.palette import PALETTES
from dlcore.figures.race import (
    FLOOR,
    GRID,
    LEAST,
    LIFT,
    grid,
    heights,
    loss_chart,
    map_figure,
    on_map,
    race_alt,
    race_figure,
    race_table,
    traces,
)  # fmt: skip
from dlcore.figures.racers import LOOKS
from dlcore.optimizers.race import PRESETS, Left, race
from dlcore.optimizers.rules import RULES
from tests.dlcore.figures.test_palette import luminance

THEMES = ["light", "dark"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PRESETS)
def test_paths_lie_on_the_hill_in_both_pictures(name: str, theme: str) -> None:
    result = race(PRESETS[name])
    space, above = race_figure(result, theme), map_figure(result, theme)
    paths, heads = traces(result)
    _, _, z = grid(result.map)
    lift = LIFT * (z.max() - z.min())
    assert space.data[0].z.shape == (GRID, GRID)
    for index, head, racer in zip(paths, heads, result.racers, strict=True):
        line = space.data[index]
        true = heights(result.map, result.map.value(line.x, line.y))
        np.testing.assert_allclose(line.z, true + lift)
        np.testing.assert_array_equal(above.data[index].x, line.x)
        np.testing.assert_array_equal(space.data[head].z, line.z)
        assert len(line.x) == len(racer.path)
        assert result.map.x[0] - 1e-9 <= min(line.x) <= max(line.x) <= result.map.x[1] + 1e-9


def test_a_path_off_the_map_ends_at_its_edge() -> None:
    result = race(PRESETS["bowl"].replace(lr=0.21, racers="sgd"))
    (racer,) = result.racers
    assert isinstance(racer.outcome, Left)
    drawn = on_map(result.map, racer.path)
    assert abs(racer.path[-1, 1]) > 2
    assert abs(drawn[-1, 1]) == pytest.approx(2)
    np.testing.assert_array_equal(drawn[:-1], racer.path[:-1])
    heading = np.cross(
        np.append(racer.path[-1] - racer.path[-2], 0), np.append(drawn[-1] - racer.path[-2], 0)
    )
    assert heading == pytest.approx([0, 0, 0], abs=1e-12)


def test_the_height_is_a_power_of_ten_where_the_hill_needs_it() -> None:
    rosenbrock = PRESETS["rosenbrock"].map
    assert heights(rosenbrock, np.array([0.0, 99.9])) == pytest.approx([np.log10(FLOOR), 2.0])
    assert heights(PRESETS["bowl"].map, np.array([3.0])) == [3.0]


def test_no_two_racers_differ_by_colour_alone() -> None:
    assert set(LOOKS) == set(RULES)
    assert len({look.symbol for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.sign for look in LOOKS.values()}) == len(LOOKS)
    assert len({(look.dash, look.symbol) for look in LOOKS.values()}) == len(LOOKS)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", LOOKS)
def test_every_racer_is_seen_on_the_page(name: str, theme: str) -> None:
    pair = sorted(map(luminance, (LOOKS[name].colour(theme), PALETTES[theme].background)), reverse=True)
    assert (pair[0] + 0.05) / (pair[1] + 0.05) >= 4.5


def test_losses_are_logarithmic_unless_the_hill_falls_below_zero() -> None:
    bowl, saddle = (loss_chart(race(PRESETS[name]), "light") for name in ("bowl", "saddle"))
    assert bowl.spec["encoding"]["y"]["scale"] == {"type": "log"}
    assert "log" in bowl.spec["encoding"]["y"]["title"]
    assert "scale" not in saddle.spec["encoding"]["y"]
    assert min(bowl.columns["loss"]) > 0
    assert min(saddle.columns["loss"]) < 0
    far = loss_chart(race(PRESETS["rosenbrock"].replace(lr=1.0)), "dark")
    assert np.isfinite(far.columns["loss"]).all()


def test_what_is_drawn_at_the_edge_says_that_it_lies_beyond() -> None:
    small = loss_chart(race(PRESETS["bowl"]), "light")
    assert min(small.columns["loss"]) == LEAST, "some racers come nearer than that"
    axis = small.spec["encoding"]["y"]["axis"]
    assert "datum.value <= 1e-08 ? '≤ '" in axis["labelExpr"]
    assert min(axis["values"]) == LEAST
    far = loss_chart(race(PRESETS["bowl"].replace(lr=0.5)), "light")
    axis = far.spec["encoding"]["y"]["axis"]
    assert f"datum.value >= {max(far.columns['loss']):g} ? '≥ '" in axis["labelExpr"]
    assert max(axis["values"]) == max(far.columns["loss"])
    near = race(PRESETS["bowl"].replace(steps=10))
    assert "labelExpr" not in loss_chart(near, "light").spec["encoding"]["y"]["axis"]


def test_a_race_that_begins_at_the_minimum_has_an_axis() -> None:
    """All its losses lie beyond the same end."""
    still = loss_chart(race(PRESETS["bowl"].replace(start_x=0.0, start_y=0.0)), "light")
    assert set(still.columns["loss"]) == {LEAST}
    assert still.spec["encoding"]["y"]["axis"]["values"] == [LEAST]


def test_words_and_table_say_who_ended_where() -> None:
    result = race(PRESETS["bowl"].replace(lr=0.21))
    assert "SGD: off the map at step 14" in race_alt(result)
    rows = race_table(result)
    assert [row["Racer"] for row in rows][:2] == ["● SGD", "■ Momentum"]
    assert rows[0]["Where"] == "Off the map at step 14"
    assert all(np.isfinite(row["Loss"]) for row in rows)
