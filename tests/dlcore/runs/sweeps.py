"""Finished sweeps of really trained networks, few images each, for several test files."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from dlcore.data import Splits
from dlcore.events import Evaluated
from dlcore.mnist.splits import make_splits
from dlcore.run import Run, metrics_of, new_run
from dlcore.runs.sweep_results import Found
from dlcore.sweep.plan import Plan, make_grid, make_random
from dlcore.sweep.record import new_sweep
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train
from dlcore.training.recipes import PRESETS

TRAIN, TEST = 640, 600
BASE = PRESETS["class"].config.replace(train_size=TRAIN, val_size=0, batch_size=32, device="cpu")


@cache
def trained(config: TrainConfig) -> Run:
    """This run, on so many test images."""
    splits = make_splits(config.train_size, 0)
    run = new_run("anna", "mnist", config, name="sweep-1", status="finished")
    series: dict[str, tuple[Any, ...]] = {}
    for event in train(start(config), Splits(splits.train, splits.val, splits.test[:TEST])):
        if isinstance(event, Evaluated):
            series |= {metric.name: (metric,) for metric in metrics_of(event, 1.0)}
    return replace(run, step=config.total_steps, series=series)


def found(plan: Plan) -> Found:
    """Every run of a plan, trained."""
    sweep = new_sweep("anna", "sweep-1", plan, stops=True)
    return Found(sweep, tuple(trained(config) for config in plan.configs))


def grid(seed: int, seeds: int, **turned: tuple[Any, ...]) -> Plan:
    return make_grid(BASE.replace(seed=seed), turned, seeds)


def draw(seed: int, points: int, **turned: tuple[Any, ...]) -> Plan:
    return make_random(BASE.replace(seed=seed), turned, 1, points)
