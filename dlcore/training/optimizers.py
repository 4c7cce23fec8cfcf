"""The update rules, all of them torch's own, and how the learning rate moves over a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from dlcore.training.config import OptimizerName, ScheduleName, TrainConfig
from dlcore.training.muon import MuonAdamW

Maker = Callable[[Iterable[nn.Parameter], TrainConfig, dict[str, Any]], Optimizer]

# sorted by increasing complexity; RMSprop has no fused kernel
OPTIMIZERS: Mapping[OptimizerName, Maker] = {
    "sgd": lambda p, c, common: torch.optim.SGD(
        p, momentum=c.momentum, nesterov=c.nesterov, fused=True, **common
    ),
    "rmsprop": lambda p, c, common: torch.optim.RMSprop(p, momentum=c.momentum, **common),
    "adam": lambda p, c, common: torch.optim.Adam(p, fused=True, **common),
    "adamw": lambda p, c, common: torch.optim.AdamW(p, fused=True, **common),
    "muon": lambda p, c, common: MuonAdamW(p, momentum=c.momentum, **common),
}


def build_optimizer(model: nn.Module, config: TrainConfig) -> Optimizer:
    """The configured optimizer over all of the model's parameters."""
    common = {"lr": config.lr, "weight_decay": config.weight_decay}
    return OPTIMIZERS[config.optimizer](model.parameters(), config, common)


def reshape_gradients(model: nn.Module, config: TrainConfig) -> None:
    """What stands between the gradients and the update: the pull of an L1 penalty, then the cut of clipping.

    Clipping is by the length of all gradients together (Pascanu et al. 2013). Biases are not pulled.
    """
    if config.l1:
        for parameter in model.parameters():
            if parameter.grad is not None and parameter.dim() > 1:
                parameter.grad.add_(parameter.detach().sign(), alpha=config.l1)
    if config.clip:
        nn.utils.clip_grad_norm_(model.parameters(), config.clip)


def _constant(progress: float) -> float:
    return 1.0


def _step(progress: float) -> float:
    """A tenth after half of the run, a hundredth after three quarters."""
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01


def _cosine(progress: float) -> float:
    """Half a cosine wave from 1 to 0 (Loshchilov & Hutter 2017, without restarts)."""
    return (1 + math.cos(math.pi * progress)) / 2


def _one_cycle(progress: float) -> float:
    """Up from 1/25 over the first 30 %, then down to 1/250,000, both as half cosines.

    Smith & Topin 2018, with the defaults of torch.optim.lr_scheduler.OneCycleLR, whose peak comes up to one
    update earlier.
    """
    start, end, peak = 1 / 25, 1 / 25 / 1e4, 0.3
    if progress < peak:
        return 1 + (start - 1) * _cosine(progress / peak)
    return end + (1 - end) * _cosine((progress - peak) / (1 - peak))


SCHEDULES: Mapping[ScheduleName, Callable[[float], float]] = {
    "constant": _constant,
    "step": _step,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
}


def lr_factor(schedule: ScheduleName, step: int, total_steps: int, warmup: float = 0.0) -> float:
    """What the learning rate is multiplied by in the update after `step` of `total_steps` updates.

    Over the share `warmup` of all updates it rises evenly to what the schedule says (Goyal et al. 2017).
    """
    warm = warmup_steps(total_steps, warmup)
    return min(1.0, (step + 1) / warm) * SCHEDULES[schedule](step / max(1, total_steps - 1))


def warmup_steps(total_steps: int, warmup: float) -> int:
    """The updates over which the learning rate rises, at least one: then it does not."""
    return max(1, round(warmup * total_steps))
