"""Loops over the digits, ours and those that people write, each as steps that can be made in slices.

Two loops made in turns of a few seconds meet the same busy moments of a machine: so their ratio is steady
where each alone is not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

from dlcore.events import EpochEnd, Tick
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import Normalize
from dlcore.mnist.splits import make_splits
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import evaluate
from dlcore.training.loop import start, train


@dataclass
class Loop:
    """`steps` gives how many images each step took; `model` is what learns meanwhile."""

    model: nn.Module
    steps: Iterator[int]

    def turn(self, seconds: float) -> float | None:
        """Seconds an image, over steps of about so long together; None if none is left."""
        began, images = time.perf_counter(), 0
        for count in self.steps:
            images += count
            if time.perf_counter() - began >= seconds:
                break
        return (time.perf_counter() - began) / images if images else None

    def accuracy(self, normalize: Normalize) -> float:
        """The share of the test digits that is right."""
        result = evaluate(self.model, load_test(), normalize)
        return result.correct / result.total


def in_turns(first: Loop, second: Loop, seconds: float) -> list[tuple[float, float]]:
    """Seconds an image of both, a pair for each turn, until either has no step left; then both are finished.

    Who begins changes with every turn.
    """
    pairs: list[tuple[float, float]] = []
    while True:
        order = (first, second) if len(pairs) % 2 == 0 else (second, first)
        took = {id(loop): loop.turn(seconds) for loop in order}
        mine, other = took[id(first)], took[id(second)]
        if mine is None or other is None:
            break
        pairs.append((mine, other))
    for loop in (first, second):
        for _ in loop.steps:
            pass
    return pairs


def ours(config: TrainConfig) -> Loop:
    """dlcore's own loop, drained as a worker drains it."""
    state = start(config)

    def seen() -> int:
        epochs, step = divmod(state.step, config.steps_per_epoch)
        return epochs * config.train_size + step * config.batch_size

    def steps() -> Iterator[int]:
        before = 0
        for event in train(state, make_splits(config.train_size, config.val_size)):
            if isinstance(event, Tick | EpochEnd) and seen() > before:  # a step ends after its last tick
                yield seen() - before
                before = seen()
            if isinstance(event, EpochEnd) and event.epoch == config.epochs:
                return  # what follows measures

    return Loop(state.model, steps())


class TutorialNet(nn.Module):
    """SimpleCNN as people write it: convolution, ReLU, pool."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(32 * 14 * 14, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.conv1(x)))  # (B, 32, 14, 14)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))  # (B, 128)
        logits: Tensor = self.fc2(x)  # (B, 10)
        return logits


class ExampleNet(nn.Module):
    """The network of pytorch/examples, mnist/main.py, 1,199,882 parameters. The loss has its log-softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv2(F.relu(self.conv1(x))))  # (B, 64, 24, 24)
        x = self.dropout1(F.max_pool2d(x, 2)).flatten(1)  # (B, 9216)
        logits: Tensor = self.fc2(self.dropout2(F.relu(self.fc1(x))))
        return logits


Rule = Callable[[nn.Module], torch.optim.Optimizer]


def theirs(
    model: nn.Module, rule: Rule, normalize: Normalize, *, images: int, batch_size: int, root: Path
) -> Loop:
    """An epoch of the tutorials: torchvision's dataset and transforms, a DataLoader, `loss.item()`."""
    transform = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((normalize.mean,), (normalize.std,))]
    )
    dataset = datasets.MNIST(root, train=True, download=False, transform=transform)
    if images < len(dataset):
        dataset = Subset(dataset, range(images))
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=True, num_workers=0)
    criterion, optimizer = nn.CrossEntropyLoss(), rule(model)

    def steps() -> Iterator[int]:
        running_loss = 0.0
        model.train()
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
            yield len(labels)

    return Loop(model, steps())
