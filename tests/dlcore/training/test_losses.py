"""The losses of a run: those of a plain loop to the last bit, and those that were once recorded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from dlcore.data import Splits
from dlcore.events import Progress
from dlcore.mnist.augment import augment
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model
from dlcore.nets.shapes import CHUNK
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train
from dlcore.training.optimizers import build_optimizer, lr_factor

BASE = TrainConfig(train_size=400, val_size=0, epochs=2, batch_size=100, device="cpu")
CASES = {
    "chunks": BASE.replace(batch_size=160, optimizer="sgd", lr=0.05, schedule="step"),
    "random": BASE.replace(dropout=0.3, augment=True),
    "lesson": BASE.replace(
        net="SimpleCNN", optimizer="sgd", lr=0.01, nesterov=True, schedule="cosine", normalize="half"
    ),
    "lesson, random": BASE.replace(
        net="SimpleCNN", optimizer="sgd", lr=0.02, schedule="constant", augment=True, dropout=0.2, seed=5
    ),
}
RECORDED = {
    "chunks": [2.312343, 2.297072, 2.254870, 2.222341, 2.213644, 2.222526],
    "random": [2.307370, 2.292230, 2.263772, 2.103478, 1.989903, 1.749961, 1.523351, 1.641941],
    "lesson": [2.337116, 2.317453, 2.285548, 2.241138, 2.212328, 2.221637, 2.176763, 2.190737],
    "lesson, random": [2.302117, 2.265191, 2.243003, 2.202538, 2.136556, 2.126727, 1.935719, 1.972251],
}


def by_hand(config: TrainConfig, splits: Splits) -> list[float]:
    """Each step's loss, all random numbers drawn from where a run draws them, and nothing else."""
    model = build_model(config.net, dropout=config.dropout, seed=config.seed)
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = build_optimizer(model, config)
    normalize, digits = NORMALIZE[config.normalize], splits.train
    order, moves = (torch.Generator().manual_seed(config.seed + n) for n in (0, 1))
    losses: list[float] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed + 2)  # for dropout
        for _ in range(config.epochs):
            for batch in torch.randperm(len(digits), generator=order).split(config.batch_size):
                for group in optimizer.param_groups:
                    group["lr"] = config.lr * lr_factor(config.schedule, len(losses), config.total_steps)
                optimizer.zero_grad()
                total = torch.zeros(())
                for chunk in batch.split(CHUNK):
                    images, labels = digits.images[chunk], digits.labels[chunk]
                    if config.augment:
                        images = augment(images, moves)
                    loss = F.cross_entropy(model(normalize(images)), labels, reduction="sum") / len(batch)
                    loss.backward()  # type: ignore[no-untyped-call]
                    total += loss.detach()
                optimizer.step()
                losses.append(float(total))
    return losses


@pytest.mark.parametrize("name", CASES)
def test_its_losses_are_those_of_a_plain_loop_and_of_old(
    name: str, small_splits: Callable[..., Splits]
) -> None:
    config, splits = CASES[name], small_splits(400, 0, 100)
    found = [event.loss for event in train(start(config), splits) if isinstance(event, Progress)]
    assert found == by_hand(config, splits), "bit by bit"
    # Another kind of processor adds in another order, in both loops alike.
    assert found == pytest.approx(RECORDED[name], rel=1e-4)
