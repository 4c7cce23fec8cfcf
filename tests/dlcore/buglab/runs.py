"""Trainings of the bug lab that several tests look at: each is run once."""

from __future__ import annotations

from functools import cache

from dlcore.buglab.config import Case
from dlcore.buglab.recorded import run
from dlcore.buglab.symptoms import Symptoms


@cache
def trained(name: str, seed: int) -> Symptoms:
    return run(Case(name, seed))
