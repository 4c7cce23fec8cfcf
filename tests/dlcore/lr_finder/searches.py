"""Searches that several tests read, each made once."""

from functools import cache

from dlcore.lr_finder.result import FACTORS, RangeTest, Tries
from dlcore.lr_finder.search import iter_search, iter_tries
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS

SEEDS = (0, 1, 2)
CLASS = PRESETS["class"].config


def config(optimizer: str, seed: int) -> TrainConfig:
    return CLASS.replace(optimizer=optimizer, seed=seed)


@cache
def searched(optimizer: str, seed: int) -> RangeTest:
    *_, last = iter_search(config(optimizer, seed))
    assert isinstance(last, RangeTest)
    return last


@cache
def tried(optimizer: str, seed: int) -> Tries:
    """At the suggestion, and a hundred times off it."""
    suggestion = searched(optimizer, seed).suggestion
    assert suggestion is not None
    rates = (FACTORS[0] * suggestion, suggestion, FACTORS[-1] * suggestion)
    *_, last = iter_tries(config(optimizer, seed), rates)
    assert isinstance(last, Tries)
    return last
