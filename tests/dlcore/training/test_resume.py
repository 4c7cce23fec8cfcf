"""A training that goes on later is the one that was never interrupted, to the last bit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from safetensors.torch import load, save

from dlcore.controls import Controls
from dlcore.data import Splits
from dlcore.errors import CheckpointError
from dlcore.events import CheckpointReady, Event, Progress
from dlcore.training.config import TrainConfig
from dlcore.training.loop import TrainState, start, train
from dlcore.training.modes import OwnRandom
from dlcore.training.optimizers import build_optimizer
from dlcore.training.resume import resume, state_tensors

MakeSplits = Callable[..., Splits]

BASE = TrainConfig(train_size=200, val_size=0, epochs=4, batch_size=32, device="cpu", seed=3)
CASES = {
    "sgd": {"optimizer": "sgd", "lr": 0.01, "schedule": "constant"},
    "nesterov": {"optimizer": "sgd", "lr": 0.01, "nesterov": True, "schedule": "step"},
    "adam, one cycle, dropout": {"dropout": 0.4},
    "adamw, cosine, augmented": {"optimizer": "adamw", "schedule": "cosine", "augment": True},
    "rmsprop": {"optimizer": "rmsprop", "lr": 0.001, "weight_decay": 0.01},
    "muon": {
        "optimizer": "muon",
        "lr": 0.002,
        "weight_decay": 0.1,
        "activation": "gelu",
        "first_weights": "he",
    },
    "the mean of weights": {
        "schedule": "cosine",
        "lr": 0.003,
        "ema": 0.9,
        "warmup": 0.2,
        "clip": 1.0,
        "l1": 1e-5,
        "label_smoothing": 0.1,
        "wrong_labels": 0.2,
    },
    "a norm": {"norm": "group", "activation": "tanh"},
    "mixed arithmetic": {"precision": "bfloat16", "dropout": 0.2},
    "the lesson's net": {"net": "SimpleCNN", "dropout": 0.2, "augment": True},
}


def through_a_file(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return load(save({name: value.contiguous() for name, value in tensors.items()}))


def until_epoch(state: TrainState, splits: Splits, epoch: int, controls: Controls | None = None) -> None:
    """Train until the weights of this epoch are worth keeping, and leave there."""
    events = train(state, splits, controls=controls)
    next(e for e in events if isinstance(e, CheckpointReady) and e.epoch == epoch)
    events.close()  # type: ignore[attr-defined]


def losses(events: list[Event]) -> list[tuple[int, float]]:
    return [(event.step, event.loss) for event in events if isinstance(event, Progress)]


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES.keys())
def test_it_goes_on_bit_by_bit(changes: dict[str, object], small_splits: MakeSplits) -> None:
    config = BASE.replace(**changes)
    splits = small_splits(200, 0, 10)
    whole = start(config)
    expected = losses(list(train(whole, splits)))

    broken_off = start(config)
    until_epoch(broken_off, splits, 2)
    weights = through_a_file(broken_off.judged.state_dict())
    state = resume(config, weights, through_a_file(state_tensors(broken_off)))
    assert (state.epoch, state.step) == (2, 14)
    got = losses(list(train(state, splits)))

    assert got == [(step, loss) for step, loss in expected if step > 14]
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, state.model.state_dict()[name]), name
    for name, value in whole.judged.state_dict().items():
        assert torch.equal(value, state.judged.state_dict()[name]), name


def test_more_epochs_are_as_if_they_had_been_asked_for_at_once(small_splits: MakeSplits) -> None:
    config = BASE.replace(schedule="constant", dropout=0.3)
    splits = small_splits(200, 0, 10)
    whole = start(config)
    list(train(whole, splits))
    short = start(config.replace(epochs=1))
    list(train(short, splits))
    state = resume(config, short.model.state_dict(), state_tensors(short))
    list(train(state, splits))
    assert all(torch.equal(v, state.model.state_dict()[n]) for n, v in whole.model.state_dict().items())


def test_a_changed_learning_rate_is_kept_and_later_changes_are_repeated(small_splits: MakeSplits) -> None:
    config = BASE.replace(schedule="constant")
    splits = small_splits(200, 0, 10)
    asked = [(3, "lr", 0.001), (17, "lr", 0.0005)]

    def controls() -> Controls:
        found = Controls()
        found.planned.extend(asked)
        return found

    whole = start(config)
    list(train(whole, splits, controls=controls()))
    broken_off = start(config)
    until_epoch(broken_off, splits, 2, controls())
    state = resume(config, broken_off.model.state_dict(), state_tensors(broken_off))
    assert state.lr == 0.001
    later = Controls()
    later.planned.extend(asked[1:])
    list(train(state, splits, controls=later))
    assert state.lr == 0.0005
    assert all(torch.equal(v, state.model.state_dict()[n]) for n, v in whole.model.state_dict().items())


def test_the_state_of_another_net_is_refused(small_splits: MakeSplits) -> None:
    state = start(BASE)
    until_epoch(state, small_splits(200, 0, 10), 1)
    other = BASE.replace(net="SimpleCNN")
    with pytest.raises(CheckpointError, match=r"does not fit its settings: start it again"):
        resume(other, state.model.state_dict(), state_tensors(state))
    with pytest.raises(CheckpointError, match=r"does not fit"):
        resume(BASE, state.model.state_dict(), {})


def test_step_counts_of_a_fused_rule_go_to_the_device() -> None:
    """As if a GPU held the weights: there a fused kernel reads them."""
    for name in ("adam", "adamw", "muon"):
        state = start(BASE.replace(optimizer=name, lr=0.002))
        for parameter in state.model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        state.optimizer.step()
        kept = state.optimizer.state_dict()
        elsewhere = build_optimizer(state.model, state.config)
        group = elsewhere.param_groups[0]
        group["params"] = [torch.empty_like(parameter, device="meta") for parameter in group["params"]]
        elsewhere.load_state_dict(
            {"state": kept["state"], "param_groups": elsewhere.state_dict()["param_groups"]}
        )
        found = [value for values in elsewhere.state.values() for value in values.values()]
        assert {value.device.type for value in found} == {"meta"}, name


def test_a_run_with_dropout_goes_on_where_there_is_a_gpu_now(
    small_splits: MakeSplits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its random numbers of the processor go on, and those of the GPU begin."""
    config = BASE.replace(dropout=0.3)
    broken_off = start(config)
    until_epoch(broken_off, small_splits(200, 0, 10), 1)
    monkeypatch.setattr(OwnRandom, "_get", lambda self: (torch.get_rng_state(), torch.arange(3)))
    kept = state_tensors(broken_off)
    state = resume(config, broken_off.model.state_dict(), kept)
    assert state.dropout is not None
    assert torch.equal(state.dropout.state[0], kept["dropout.0"])
    assert torch.equal(state.dropout.state[1], torch.arange(3))
    del kept["dropout.0"]
    with pytest.raises(CheckpointError, match="does not fit"):
        resume(config, broken_off.model.state_dict(), kept)
