"""A game that goes on later is the one that was never interrupted, to the last bit."""

from __future__ import annotations

from collections import deque

import pytest
import torch
from safetensors.torch import load, save

from dlcore.controls import Controls
from dlcore.data import Samples
from dlcore.errors import CheckpointError
from dlcore.events import CheckpointReady, Event, Measured, Progress
from dlcore.gan.config import GanConfig
from dlcore.gan.data import digits_to_learn
from dlcore.gan.resume import kept_weights, pair_from, resume, state_tensors
from dlcore.gan.steps import DETECTIVE, FORGER, GanState, start
from dlcore.gan.training import train

BASE = GanConfig(epochs=2, noise=4, width=4, batch_size=4, seed=3)


@pytest.fixture(scope="module")
def digits() -> Samples:
    return digits_to_learn(None)[:500]


@pytest.fixture(scope="module")
def played(digits: Samples) -> GanState:
    """After an epoch."""
    state = start(BASE)
    until_epoch(state, digits, 1)
    return state


def through_a_file(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return load(save({name: value.contiguous() for name, value in tensors.items()}))


def until_epoch(state: GanState, digits: Samples, epoch: int, controls: Controls | None = None) -> None:
    events = train(state, digits, controls=controls)
    next(e for e in events if isinstance(e, CheckpointReady) and e.epoch == epoch)
    events.close()  # type: ignore[attr-defined]


def told(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, (Progress, Measured))]


@pytest.mark.parametrize(
    "changes", [{}, {"digits": "7", "loss": "hinge"}, {"d_steps": 2, "schedule": "constant"}]
)
def test_it_goes_on_bit_by_bit(changes: dict[str, object], digits: Samples) -> None:
    config = BASE.replace(**changes)
    whole = start(config)
    expected = told(list(train(whole, digits)))
    broken_off = start(config)
    until_epoch(broken_off, digits, 1)
    kept, state = through_a_file(kept_weights(broken_off)), through_a_file(state_tensors(broken_off))
    again = resume(config, kept, state)
    assert (again.epoch, again.step) == (1, 100)
    assert told(list(train(again, digits))) == [e for e in expected if e.step > 100]
    for name, value in kept_weights(whole).items():
        assert torch.equal(value, kept_weights(again)[name]), name


def test_single_steps_and_moved_rates_are_repeated_where_they_were(digits: Samples) -> None:
    asked = [(30, "side", FORGER), (70, "lr_g", 1e-4), (120, "side", DETECTIVE)]

    def controls(since: int = 0) -> Controls:
        return Controls(planned=deque(one for one in asked if one[0] >= since))

    whole = start(BASE)
    list(train(whole, digits, controls=controls()))
    broken_off = start(BASE)
    until_epoch(broken_off, digits, 1, controls())
    again = resume(BASE, kept_weights(broken_off), state_tensors(broken_off))
    assert again.lr_g == 1e-4
    list(train(again, digits, controls=controls(100)))
    for name, value in kept_weights(whole).items():
        assert torch.equal(value, kept_weights(again)[name]), name


def test_both_come_back_from_a_checkpoint(played: GanState) -> None:
    state = played
    forger, detective = pair_from(through_a_file(kept_weights(state)), BASE)
    noise, labels = torch.ones(3, 4), torch.arange(3)
    assert torch.equal(forger(noise, labels), state.shown(noise, labels))
    images = forger(noise, labels)
    assert torch.equal(detective(images, labels), state.detective(images, labels))
    assert not forger.training
    assert not any(p.requires_grad for p in [*forger.parameters(), *detective.parameters()])


def test_weights_of_another_size_are_refused() -> None:
    kept = kept_weights(start(BASE))
    for other in (BASE.replace(noise=5), BASE.replace(width=5)):
        with pytest.raises(CheckpointError, match=r"does not fit its forger and detective: choose another"):
            pair_from(kept, other)


@pytest.mark.parametrize("missing", ["draw", "lr", "position", "forger.norm1.weight"])
def test_half_a_state_is_refused(missing: str, played: GanState) -> None:
    tensors = state_tensors(played)
    del tensors[missing]
    with pytest.raises(CheckpointError, match="start it again from the beginning"):
        resume(BASE, kept_weights(played), tensors)
