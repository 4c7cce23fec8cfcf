"""Looking inside a training changes nothing of it, and what is seen is what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest
import torch
import torch.nn.functional as F

from dlcore.data import Splits
from dlcore.events import Event, Measured, Progress
from dlcore.nets.registry import NetName
from dlcore.training.config import TrainConfig
from dlcore.training.internals import DEAD, GRADIENT, MOST_POINTS, UPDATE, layers_of, looks_every
from dlcore.training.loop import TrainState, start, train

MakeSplits = Callable[..., Splits]
SMALL = TrainConfig(
    train_size=200, val_size=0, epochs=1, batch_size=40, dropout=0.3, augment=True, device="cpu", clip=0.1
)
BLOCKS = "conv 8x3, norm, relu, pool 2, dense 32, tanh, dense 16, relu, dense 10"


def trained(config: TrainConfig, splits: Splits) -> tuple[TrainState, list[Event]]:
    state = start(config)
    return state, list(train(state, splits))


def losses(events: list[Event]) -> list[float]:
    return [event.loss for event in events if isinstance(event, Progress)]


@pytest.mark.parametrize("net", get_args(NetName))
def test_it_changes_nothing(net: NetName, small_splits: MakeSplits) -> None:
    splits = small_splits(200, 0, 10)
    config = SMALL.replace(net=net, layers=BLOCKS)
    plain, without = trained(config, splits)
    watched, with_it = trained(config.replace(internals=True), splits)
    assert losses(with_it) == losses(without)
    for name, value in plain.model.state_dict().items():
        assert torch.equal(value, watched.model.state_dict()[name]), name
    assert not any(isinstance(event, Measured) for event in without)
    seen = {event.name for event in with_it if isinstance(event, Measured)}
    layers = layers_of(watched.model)
    assert {GRADIENT + name for name in layers} | {UPDATE + name for name in layers} <= seen
    assert sum(name.startswith(DEAD) for name in seen) == watched_relus(net)
    assert not any(module._forward_hooks for module in watched.model.modules())


def watched_relus(net: NetName) -> int:
    """How many ReLUs read a layer, by the files of the networks."""
    return {
        "FastCNN": 3,
        "SimpleCNN": 2,
        "SoftmaxRegression": 0,
        "BookMLP": 2,
        "LeNet5": 4,
        "SmallResNet": 5,
        "MyNetwork": 2,
    }[net]


def test_what_is_seen_is_what_is_there(small_splits: MakeSplits) -> None:
    """The last step again, by hand."""
    splits = small_splits(200, 0, 10)
    config = SMALL.replace(
        net="BookMLP", dropout=0.0, augment=False, clip=0.0, internals=True, schedule="constant"
    )
    before = start(config)
    events = train(before, splits)
    for event in events:
        if isinstance(event, Progress) and event.step == config.total_steps - 1:
            break
    weights = {name: value.clone() for name, value in before.model.state_dict().items()}
    order = torch.randperm(200, generator=torch.Generator().manual_seed(config.seed))
    batch = order.split(40)[-1]
    rest = list(events)
    seen = {event.name: event.value for event in rest if isinstance(event, Measured)}

    by_hand = start(config)
    by_hand.model.load_state_dict(weights)
    hidden = {}
    for name in ("fc1", "fc2"):
        layer = getattr(by_hand.model, name)
        layer.register_forward_hook(lambda m, i, out, name=name: hidden.update({name: out.detach().relu()}))
    images = by_hand.prepare(splits.train.images[batch])
    F.cross_entropy(by_hand.model(images), splits.train.labels[batch]).backward()
    for name, module in layers_of(by_hand.model).items():
        gradients = torch.cat([p.grad.flatten() for p in module.parameters()])  # type: ignore[union-attr]
        assert seen[GRADIENT + name] == pytest.approx(float(gradients.norm()), rel=1e-4)
        was, now = weights[f"{name}.weight"], before.model.state_dict()[f"{name}.weight"]
        assert seen[UPDATE + name] == pytest.approx(float((now - was).norm() / was.norm()), rel=1e-4)
    for name, out in hidden.items():
        dead = float((out.amax(0) <= 0).float().mean())
        assert seen[DEAD + name] == pytest.approx(dead)


def test_units_that_broke_are_seen(small_splits: MakeSplits) -> None:
    config = SMALL.replace(optimizer="sgd", lr=10.0, schedule="constant", clip=0.0, internals=True)
    _, events = trained(config.replace(epochs=2), small_splits(200, 0, 10))
    seen = {event.name: event.value for event in events if isinstance(event, Measured)}
    assert max(value for name, value in seen.items() if name.startswith(DEAD)) > 0.9


def test_it_looks_now_and_then() -> None:
    assert looks_every(1, 8) == 1
    assert looks_every(3, 188) == 12, "ten steps apart at least, at a report"
    assert looks_every(4, 40_000) == 200
    for every, steps in ((1, 50), (7, 7_000), (3, 1_000_000)):
        assert looks_every(every, steps) % every == 0
        assert steps / looks_every(every, steps) <= MOST_POINTS + 1
