"""The simulated lab obeys what is known of queues, and docs/scale.md is what was recorded."""

from __future__ import annotations

import random

import numpy as np
import pytest

from benchmarks.scale import DOC, with_figures
from benchmarks.scale_model import Pages, Process, Station, Work, World, alone, train, train_together
from benchmarks.scale_record import read_record
from benchmarks.scale_walls import LABS, WALLS, wall

SERVICE, JOBS = 1.0, 40_000


def waits(load: float, station: Station, service: list[float], seed: int = 0) -> list[Work]:
    """Work that arrives by chance, as much as makes this load."""
    dice, world = random.Random(seed), World(station)
    works, at = [Work(station, seconds) for seconds in service], 0.0
    for work in works:
        at += dice.expovariate(load / SERVICE)
        world.begin(alone(work), at)
    world.run(1e9)
    return works


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_one_after_the_other_waits_as_pollaczek_and_khinchine_say(load: float) -> None:
    """M/D/1: the mean wait is load × service / 2 (1 − load)."""
    works = waits(load, Station(places=1), [SERVICE] * JOBS)
    mean = np.mean([work.began - work.came for work in works])
    assert mean == pytest.approx(load * SERVICE / (2 * (1 - load)), rel=0.05)


@pytest.mark.parametrize("load", [0.3, 0.7])
@pytest.mark.parametrize("spread", [False, True])
def test_a_shared_core_does_not_care_how_the_work_is_spread(load: float, spread: bool) -> None:
    """M/G/1 with processor sharing: the mean time to the answer is service / (1 − load)."""
    dice = random.Random(1)
    service = [dice.expovariate(1 / SERVICE) if spread else SERVICE for _ in range(JOBS)]
    works = waits(load, Station(), service)
    mean = np.mean([work.ended - work.came for work in works])
    assert mean == pytest.approx(SERVICE / (1 - load), rel=0.05)


def test_a_core_is_busy_for_as_long_as_its_work_takes() -> None:
    station = Station(cores=2.0, places=3)
    works = waits(1.5, station, [SERVICE] * 1000)
    assert station.busy == pytest.approx(sum(work.seconds for work in works))
    assert len(station) == 0


def test_places_are_given_in_the_order_of_coming() -> None:
    """Two cores, two places, four pieces of one second: two and two."""
    station = Station(cores=2.0, places=2)
    world, works = World(station), [Work(station, 1.0) for _ in range(4)]
    for work in works:
        world.begin(alone(work))
    world.run(10.0)
    assert [work.began for work in works] == [0.0, 0.0, 1.0, 1.0]
    assert [work.ended for work in works] == [1.0, 1.0, 2.0, 2.0]


def test_who_asks_and_thinks_obeys_the_response_time_law() -> None:
    """N students, each with a pause Z between answers that take R: throughput is N / (R + Z)."""
    station, answers, pause, dice = Station(), [], 1.25, random.Random(2)
    world, until = World(station), 2000.0

    def student() -> Process:
        while True:
            yield dice.expovariate(1 / pause)
            came = world.now
            yield Work(station, 0.05)
            answers.append(world.now - came)

    for _ in range(20):
        world.begin(student())
    world.run(until)
    assert len(answers) / until == pytest.approx(20 / (np.mean(answers) + pause), rel=0.02)


def test_runs_at_once_take_all_cores() -> None:
    assert train_together(6.0, 1, Station(2.0, 16)) == pytest.approx(6.0)
    assert train_together(6.0, 4, Station(2.0, 16)) == pytest.approx(12.0)
    assert train_together(6.0, 32, Station(2.0, 16)) == pytest.approx(96.0)


def test_a_free_place_is_had_at_once() -> None:
    assert max(train(6.0, 4, Station(4.0, 32), until=1000.0).begins) == 0.0
    assert min(train(60.0, 50, Station(1.0, 8), until=40_000.0).begins) > 0.0


def test_more_students_wait_longer() -> None:
    record = read_record()
    p95 = []
    for count in (5, 30, 120):
        pages = Pages(record, cores=2)
        pages.spend(["draw"] * count, seconds=30.0, warm=20.0)
        p95.append(np.quantile(pages.waits["stroke"], 0.95))
    assert p95 == sorted(p95)
    assert p95[-1] > p95[0]


def test_a_wall_is_where_the_load_passes_one() -> None:
    record = read_record()
    for lab in LABS:
        for load in WALLS.values():
            at = wall(load, record, lab)
            if at is not None:
                assert load(record, lab, at - 1) < 1 <= load(record, lab, at)


def test_the_document_is_what_was_recorded() -> None:
    text = DOC.read_text()
    assert text == with_figures(text, read_record()), "run python -m benchmarks.scale --write"
