"""The race of optimizers with numbers so small that their squares, and powers of ten of them, are 0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dlcore.errors import ConfigError
from dlcore.figures.race import loss_chart, map_figure, race_alt, race_figure, race_table
from dlcore.optimizers.advice import cure, departure_words, departures
from dlcore.optimizers.formulas import lines
from dlcore.optimizers.race import PRESETS, Race, RaceConfig, nudges, off_by, race
from dlcore.schema import knobs, parse

TINY = (5e-324, -5e-324, 2.3e-308, 1e-170)
NUMBERS = [name for name, knob in knobs(RaceConfig).items() if knob.kind in (int, float)]


def drawn(result: Race) -> Iterator[str]:
    """All that the page shows of a race, as it is sent to the browser."""
    yield json.dumps(loss_chart(result, "light").columns, allow_nan=False)
    yield from (race_alt(result), json.dumps(race_table(result)), departure_words(departures(result)))
    for figure in (race_figure(result, "light"), map_figure(result, "light")):
        for trace in figure.data:
            for axis in (trace.x, trace.y):
                assert axis is None or np.isfinite(np.asarray(axis, float)).all()
    for racer in result.racers:
        for step in {1, len(racer.path) - 1}:
            pair = nudges(result, racer, step)
            assert off_by(pair, racer, step) < 1e-6
            for one in pair:
                yield from (
                    line.numbers for line in lines(racer.name, one, racer.lr, result.config.momentum, "x")
                )


def a_race_or_a_sentence(**fields: Any) -> Race | None:
    sentence = ""
    try:
        return race(parse(RaceConfig, fields))
    except ConfigError as error:
        sentence = str(error)
    assert " must be " in sentence
    assert " Got " in sentence
    return None


@pytest.mark.parametrize("hill", PRESETS)
@pytest.mark.parametrize("rates", ["shared", "best"])
def test_a_tiny_number_is_a_race_or_a_sentence(hill: str, rates: str) -> None:
    run = 0
    for name in NUMBERS:
        for tiny in TINY:
            fields = PRESETS[hill].model_dump() | {"steps": 12, "rates": rates} | {name: tiny}
            result = a_race_or_a_sentence(**fields)
            if result is not None:
                run += 1
                cure(departures(result))
                assert not any("nan" in said.lower() for said in drawn(result))
    assert run >= 8, "a start may be tiny"


def test_where_all_numbers_are_tiny() -> None:
    for hill in PRESETS:
        fields = PRESETS[hill].model_dump() | {"steps": 12, "momentum": 5e-324}
        for place in TINY:
            result = a_race_or_a_sentence(**fields | {"start_x": place, "start_y": place})
            assert result is not None
            assert [*drawn(result)]


@pytest.mark.parametrize("name", ["lr", "steepest", "steps"])
def test_a_tiny_rate_is_a_sentence(name: str) -> None:
    assert a_race_or_a_sentence(**{name: 5e-324}) is None
