"""Knobs that a hand may move while a training goes on. Each takes effect between two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from dlcore.training.modes import OwnRandom
from dlcore.training.preparation import preparation

if TYPE_CHECKING:
    from dlcore.training.loop import TrainState


def move(state: TrainState, name: str, value: float) -> None:
    """From the next step on. The value has been checked; `augment` is 0 or 1."""
    if name == "lr":
        state.lr = value
        return
    state.moved[name] = value
    match name:
        case "momentum" | "weight_decay":
            for group in state.optimizer.param_groups:
                group[name] = value
            if name == "momentum" and value:
                _remember_steps(state.optimizer)
        case "dropout":
            for module in state.model.modules():
                if isinstance(module, nn.Dropout):
                    module.p = value
            if state.dropout is None:
                state.dropout = OwnRandom(state.config.seed + 2, state.device)
        case "augment":
            state.prepare = preparation(state.config.replace(augment=bool(value)))


def _remember_steps(optimizer: torch.optim.Optimizer) -> None:
    """RMSprop makes room for its momentum only in its first step."""
    if isinstance(optimizer, torch.optim.RMSprop):
        for parameter, kept in optimizer.state.items():
            kept.setdefault("momentum_buffer", torch.zeros_like(parameter))
