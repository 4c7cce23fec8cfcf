"""Knobs moved while a training goes on take effect at once, are told, and are repeated bit by bit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest
import torch
from torch import nn

from dlcore.controls import Controls
from dlcore.data import Splits
from dlcore.events import ControlApplied, Event, Progress
from dlcore.training.config import MOVABLE, TrainConfig
from dlcore.training.loop import TrainState, start, train
from dlcore.training.resume import resume, state_tensors
from tests.dlcore.training.test_resume import through_a_file, until_epoch

MakeSplits = Callable[..., Splits]
BASE = TrainConfig(
    train_size=200,
    val_size=0,
    epochs=4,
    batch_size=40,
    optimizer="sgd",
    lr=0.01,
    schedule="constant",
    device="cpu",
)
MOVES: dict[str, tuple[dict[str, object], float]] = {
    "momentum": ({"momentum": 0.0}, 0.9),
    "momentum of RMSprop": ({"optimizer": "rmsprop", "lr": 0.001, "momentum": 0.0}, 0.9),
    "weight_decay": ({}, 0.1),
    "weight_decay of AdamW": ({"optimizer": "adamw", "lr": 0.002}, 0.5),
    "momentum of Muon": ({"optimizer": "muon", "lr": 0.002}, 0.5),
    "weight_decay of Muon": ({"optimizer": "muon", "lr": 0.002}, 0.5),
    "dropout": ({}, 0.5),
    "dropout down": ({"dropout": 0.5}, 0.1),
    "augment": ({}, 1.0),
    "augment off": ({"augment": True}, 0.0),
    "lr": ({}, 0.001),
}
STEP = 7  # in the second of four epochs of five steps


def controls(name: str, value: float) -> Controls:
    return Controls(planned=deque([(STEP, name, value)]))


def losses(events: list[Event]) -> list[tuple[int, float]]:
    return [(event.step, event.loss) for event in events if isinstance(event, Progress)]


@pytest.mark.parametrize("case", MOVES)
def test_it_takes_effect_and_goes_on_bit_by_bit(case: str, small_splits: MakeSplits) -> None:
    splits, (changes, value) = small_splits(200, 0, 10), MOVES[case]
    name, config = case.split()[0], BASE.replace(**changes)
    plain = losses(list(train(start(config), splits)))
    events = list(train(start(config), splits, controls=controls(name, value)))
    moved = losses(events)
    assert [event for event in events if isinstance(event, ControlApplied)] == [
        ControlApplied(STEP, name, value)
    ]
    assert moved[:STEP] == plain[:STEP]
    assert moved[STEP + 1 :] != plain[STEP + 1 :]

    broken_off = start(config)
    until_epoch(broken_off, splits, 2, controls(name, value))
    weights = through_a_file(broken_off.judged.state_dict())
    state = resume(config, weights, through_a_file(state_tensors(broken_off)))
    assert losses(list(train(state, splits))) == moved[10:]


def test_what_was_moved_stands_where_it_works(small_splits: MakeSplits) -> None:
    state = start(BASE)
    planned = deque((STEP, name, value) for name, value in (("dropout", 0.4), ("weight_decay", 0.2)))
    list(train(state, small_splits(200, 0, 10), controls=Controls(planned=planned)))
    assert {m.p for m in state.model.modules() if isinstance(m, nn.Dropout)} == {0.4}
    assert {group["weight_decay"] for group in state.optimizer.param_groups} == {0.2}
    assert state.moved == {"dropout": 0.4, "weight_decay": 0.2}


def test_an_unmoved_training_keeps_no_more_than_before() -> None:
    state: TrainState = start(BASE)
    assert not any(name.startswith("moved") for name in state_tensors(state))
    assert set(MOVABLE) <= set(TrainConfig.model_fields)
    assert torch.is_tensor(state_tensors(state)["lr"])
