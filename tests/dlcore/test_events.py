"""Events cross pipes and outlive their run: frozen, plain, and the same after a pickle."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest

from dlcore import events

EXAMPLES: list[events.Event] = [
    events.Tick(),
    events.Progress(10, 1, 0.5, 0.9, 0.001),
    events.Watched(10, ((0.25, 0.75), (1.0, 0.0))),
    events.Pictured(10, b"\x00\xff"),
    events.EpochEnd(20, 1, 0.4, 0.91),
    events.Evaluated(20, 1, "test", 0.3, 9_834, 10_000),
    events.CheckpointReady(20, 1),
    events.Measured(21, 3, "alive", 0.5),
    events.ControlApplied(21, "lr", 0.1),
    events.Finished(40, 2, "finished"),
]


def test_every_event_has_an_example() -> None:
    assert {type(event) for event in EXAMPLES} == set(get_args(events.Event))


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_crosses_a_pipe_unchanged(event: events.Event) -> None:
    assert pickle.loads(pickle.dumps(event)) == event


@pytest.mark.parametrize("event", EXAMPLES[1:], ids=lambda event: type(event).__name__)
def test_an_event_does_not_change(event: events.Event) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(event, fields(event)[0].name, 0)


def test_accuracy_is_a_share() -> None:
    assert events.Evaluated(1, 1, "val", 0.1, 3, 4).accuracy == 0.75
