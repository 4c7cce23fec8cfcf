"""Trainings by real ranks, made once for all tests that look at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from dlcore.distributed.config import TRAPS, ManyConfig, compared, looked_at, trapped
from dlcore.distributed.training import Trained, Trainings, iter_together, iter_trainings
from dlcore.events import drained
from tests.forks import Forks

SEEDS = (0, 1, 2)


@pytest.fixture(scope="session")
def looked(forks: Forks) -> tuple[Trained, ...]:
    """Two ranks, by seed; every step of them."""
    with forks.ranks():
        return drained(iter_together([looked_at(ManyConfig(seed=seed)) for seed in SEEDS]))


@pytest.fixture(scope="session")
def epochs(forks: Forks) -> tuple[Trainings, ...]:
    """By seed: what the page compares. Ranks are started as rarely as possible."""
    plans = [compared(ManyConfig(part="epoch", seed=seed)) for seed in SEEDS]
    alone = [config for plan in plans for config in plan[:2]]
    together = [config for plan in plans for config in plan[2:]]
    with forks.ranks():
        *_, found = iter_trainings([*alone, *together])
    assert isinstance(found, Trainings)
    half = len(alone)
    return tuple(
        Trainings(
            (*found.each[2 * at : 2 * at + 2], *found.each[half + 2 * at : half + 2 * at + 2]),
            found.cores,
            found.busy,
        )
        for at in range(len(SEEDS))
    )


@pytest.fixture(scope="session")
def trapped_by_name(forks: Forks) -> Mapping[str, Trained]:
    """What breaks, or does not."""
    with forks.ranks():
        return {name: drained(iter_together([trapped(ManyConfig().replace(trap=name))]))[0] for name in TRAPS}


@pytest.fixture
def forked_ranks(forks: Forks) -> Iterator[None]:
    """For a test that does not ask how a rank starts."""
    with forks.ranks():
        yield
