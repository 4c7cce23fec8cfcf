"""One epoch over the 60,000 digits: our loop against the loop that tutorials write.

Same network, same initial weights, same optimizer, batches, threads and arithmetic precision. That both
learn the same is measured after each epoch, outside the timed part: a fast loop that learns less fails.

    python -m benchmarks.training [--full] [--json]
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

from benchmarks.common import alternate, arguments, report
from dlcore.events import EpochEnd
from dlcore.mnist.files import load_test, torchvision_root
from dlcore.mnist.normalize import NORMALIZE
from dlcore.mnist.splits import TRAIN_TOTAL, make_splits
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import evaluate
from dlcore.training.loop import start, train

THREADS = 2
BATCH_SIZE = 64
LR = 0.01
MOMENTUM = 0.9
BAND = 0.003  # mean accuracies nearer than this are equal: 0.3 points
WARM_UP = 20 * BATCH_SIZE  # images


@dataclass(frozen=True)
class Epoch:
    """What one epoch took, and what it was good for."""

    seconds: float
    accuracy: float  # on the 10,000 test digits


def ours(seed: int, images: int) -> Epoch:
    """dlcore's own loop, drained as a worker drains it."""
    config = TrainConfig(
        net="SimpleCNN",
        train_size=images,
        val_size=0,
        epochs=1,
        batch_size=BATCH_SIZE,
        optimizer="sgd",
        lr=LR,
        momentum=MOMENTUM,
        schedule="constant",
        normalize="half",
        seed=seed,
        device="cpu",
    )
    state = start(config)
    events = train(state, make_splits(images, 0))
    next(events)  # says that the untrained weights could be kept; the first step comes next
    began = time.perf_counter()
    while not isinstance(next(events), EpochEnd):
        pass
    return Epoch(time.perf_counter() - began, accuracy(state.model))


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


def theirs(seed: int, images: int, root: Path) -> Epoch:
    """The loop of the tutorials: torchvision's dataset and transforms, a DataLoader, `loss.item()`."""
    torch.manual_seed(seed)
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    dataset = datasets.MNIST(root, train=True, download=False, transform=transform)
    if images < len(dataset):
        dataset = Subset(dataset, range(images))
    loader = DataLoader(dataset, batch_size=BATCH_SIZE, shuffle=True, num_workers=0)
    model = TutorialNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)

    model.train()
    running_loss = 0.0
    began = time.perf_counter()
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    return Epoch(time.perf_counter() - began, accuracy(model))


def accuracy(model: nn.Module) -> float:
    """The share of the test digits that is right; both sides are measured by this one function."""
    result = evaluate(model, load_test(), NORMALIZE["half"])
    return result.correct / result.total


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--pairs", type=int, help="by default 4, with --full 10")
    parser.add_argument("--images", type=int, default=TRAIN_TOTAL, help="fewer only to try this out")
    options = parser.parse_args()
    pairs = options.pairs or (10 if options.full else 4)
    torch.set_num_threads(THREADS)

    with tempfile.TemporaryDirectory() as folder:
        root = torchvision_root(Path(folder))
        ours(0, WARM_UP)
        theirs(0, WARM_UP, root)
        measured = alternate(
            partial(ours, images=options.images), partial(theirs, images=options.images, root=root), pairs
        )

    ours_accuracy = mean(a.accuracy for a, _ in measured)
    theirs_accuracy = mean(b.accuracy for _, b in measured)
    equal = abs(ours_accuracy - theirs_accuracy) <= BAND
    results = {
        "epoch_ratio_same_optimizer": [a.seconds / b.seconds for a, b in measured],
        "epoch_ours_s": [a.seconds for a, _ in measured],
        "epoch_theirs_s": [b.seconds for _, b in measured],
        "accuracy_ours": [a.accuracy for a, _ in measured],
        "accuracy_theirs": [b.accuracy for _, b in measured],
    }
    report("training", results, options.json, threads=THREADS, images=options.images, equal_work=equal)
    if not equal:
        sys.exit(
            f"The work is not equal: mean test accuracies must be within {100 * BAND:.1f} points. "
            f"Got {ours_accuracy:.2%} for ours and {theirs_accuracy:.2%} for theirs instead."
        )


if __name__ == "__main__":
    main()
