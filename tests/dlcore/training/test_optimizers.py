"""Every optimizer learns with the settings it was given; schedules move as torch's own do."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
import torch
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, OneCycleLR

from dlcore.events import drained
from dlcore.mnist.files import load_test
from dlcore.nets.registry import build_model
from dlcore.training.config import WITH_MOMENTUM, OptimizerName, ScheduleName, TrainConfig
from dlcore.training.loop import start, train_step
from dlcore.training.optimizers import OPTIMIZERS, SCHEDULES, build_optimizer, lr_factor


def test_every_name_has_its_rule() -> None:
    assert set(OPTIMIZERS) == set(get_args(OptimizerName))
    assert set(SCHEDULES) == set(get_args(ScheduleName))


# --- Optimizers -----------------------------------------------------------------------------------

LEARNING_RATES: dict[OptimizerName, float] = {
    "sgd": 0.02,
    "rmsprop": 0.0003,
    "adam": 0.003,
    "adamw": 0.003,
    "muon": 0.006,
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_makes_the_loss_fall(name: OptimizerName) -> None:
    config = TrainConfig(device="cpu", optimizer=name, lr=LEARNING_RATES[name], nesterov=name == "sgd")
    state, batch = start(config), torch.arange(64)
    losses = []
    for _ in range(12):
        loss, _ = drained(train_step(state, load_test(), batch, config.lr))
        losses.append(float(loss))
    assert losses[0] == pytest.approx(math.log(10), abs=0.1)  # it begins by guessing
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_gets_its_settings(name: OptimizerName) -> None:
    model = nn.Linear(3, 2)
    config = TrainConfig(optimizer=name, lr=0.07, momentum=0.6, weight_decay=0.02, nesterov=True)
    optimizer = build_optimizer(model, config)
    (group,) = optimizer.param_groups
    assert (group["lr"], group["weight_decay"]) == (0.07, 0.02)
    assert group.get("momentum", 0.6) == 0.6
    assert ("momentum" in group) == (name in WITH_MOMENTUM)
    assert group.get("nesterov", True)
    assert [p.shape for p in group["params"]] == [p.shape for p in model.parameters()]


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_muon_is_torchs_on_matrices_and_adamw_on_the_rest(memory: torch.memory_format) -> None:
    """Four steps along the same gradients, kernels lying in either way, and the two rules by hand."""
    config = TrainConfig(optimizer="muon", lr=0.01, momentum=0.8, weight_decay=0.3)
    model = build_model("FastCNN").to(memory_format=memory)
    optimizer = build_optimizer(model, config)
    twins = [nn.Parameter(p.detach().clone().reshape(len(p), -1).squeeze(-1)) for p in model.parameters()]
    settings: dict[str, Any] = {"lr": 0.01, "weight_decay": 0.3}
    matrices = [twin for twin in twins if twin.dim() > 1]
    rules = [
        torch.optim.Muon(matrices, momentum=0.8, adjust_lr_fn="match_rms_adamw", **settings),
        torch.optim.AdamW([twin for twin in twins if twin.dim() < 2], **settings),
    ]
    draw = torch.Generator().manual_seed(0)
    for _ in range(4):
        for mine, twin in zip(model.parameters(), twins, strict=True):
            twin.grad = torch.randn(twin.shape, generator=draw)
            mine.grad = torch.empty_like(mine).copy_(twin.grad.view(mine.shape))
        for rule in (optimizer, *rules):
            rule.step()
    for mine, twin in zip(model.parameters(), twins, strict=True):
        torch.testing.assert_close(mine.flatten(1) if mine.dim() > 1 else mine, twin, rtol=0, atol=1e-3)


# --- Schedules ------------------------------------------------------------------------------------


def factors_of(scheduler: LRScheduler, steps: int) -> list[float]:
    """The factor that torch's scheduler applies at each step, from a learning rate of 1."""
    factors = []
    for _ in range(steps):
        factors.append(scheduler.get_last_lr()[0])
        scheduler.optimizer.step()
        scheduler.step()
    return factors


def optimizer() -> SGD:
    return SGD([nn.Parameter(torch.zeros(1))], lr=1.0)


@pytest.mark.parametrize("steps", [2, 10, 1000])
def test_cosine_is_torchs_cosine(steps: int) -> None:
    theirs = factors_of(CosineAnnealingLR(optimizer(), T_max=steps - 1), steps)
    assert [lr_factor("cosine", step, steps) for step in range(steps)] == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("steps", [100, 1000])
def test_one_cycle_is_torchs_one_cycle(steps: int) -> None:
    """To within one step: torch puts the peak at 0.3 · steps - 1, we at 0.3 · (steps - 1)."""
    theirs = factors_of(OneCycleLR(optimizer(), max_lr=1.0, total_steps=steps), steps - 1)
    ours = [lr_factor("one_cycle", step, steps) for step in range(steps - 1)]
    largest_change_in_a_step = math.pi / 2 / (0.3 * steps - 1)
    assert ours == pytest.approx(theirs, abs=largest_change_in_a_step)
    assert ours[0] == pytest.approx(theirs[0])
    assert lr_factor("one_cycle", steps - 1, steps) == pytest.approx(1 / 25 / 1e4)


def test_one_cycle_rises_to_one_and_falls() -> None:
    factors = [lr_factor("one_cycle", step, 101) for step in range(101)]
    assert factors[30] == 1.0
    assert factors[:31] == sorted(factors[:31])
    assert factors[30:] == sorted(factors[30:], reverse=True)


def test_step_falls_to_a_tenth_twice() -> None:
    factors = [lr_factor("step", step, 9) for step in range(9)]  # progress 0, 1/8, .. 1
    assert factors == [1.0] * 4 + [0.1] * 2 + [0.01] * 3


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_factors_are_shares_however_short_the_run(schedule: ScheduleName, steps: int) -> None:
    factors = [lr_factor(schedule, step, steps) for step in range(steps)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[0] > 0


def test_constant_is_constant() -> None:
    assert {lr_factor("constant", step, 50) for step in range(50)} == {1.0}
