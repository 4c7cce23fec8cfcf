"""What watching inside costs: the preset Class with and without it, epoch beside epoch in one run.

python -m benchmarks.internals [--full] [--json]
"""

from __future__ import annotations

import sys
import time

import torch

from benchmarks.common import alternate, arguments, report
from dlcore.data import Splits
from dlcore.events import Measured, Progress
from dlcore.mnist.splits import make_splits
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train
from dlcore.training.recipes import PRESETS

THREADS = 1
NETS = ("FastCNN", "SimpleCNN", "SmallResNet", "BookMLP")


def epoch(config: TrainConfig, splits: Splits) -> tuple[float, list[float], int]:
    """Training steps per second of one epoch, its losses, and how many numbers were seen inside."""
    state = start(config)
    losses, seen = [], 0
    began = time.perf_counter()
    for event in train(state, splits):
        if isinstance(event, Progress):
            losses.append(event.loss)
        seen += isinstance(event, Measured)
    return config.total_steps / (time.perf_counter() - began), losses, seen


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--pairs", type=int, help="alternations; by default 4, with --full 10")
    options = parser.parse_args()
    pairs = options.pairs or (10 if options.full else 4)
    torch.set_num_threads(THREADS)
    results: dict[str, list[float]] = {}
    for net in NETS:
        config = PRESETS["class"].config.replace(net=net, val_size=0, train_size=6_400, device="cpu")
        whole = make_splits(config.train_size, 0)
        splits = Splits(whole.train, whole.val, whole.test[:100])
        epoch(config.replace(train_size=640), Splits(whole.train[:640], whole.val, whole.test[:100]))
        watched = config.replace(internals=True)
        both = alternate(
            lambda _, c=watched, s=splits: epoch(c, s), lambda _, c=config, s=splits: epoch(c, s), pairs
        )
        if any(ours[1] != theirs[1] or not ours[2] for ours, theirs in both):
            sys.exit("Losses must be equal to the last bit, watched or not.")
        results[f"{net}_ratio"] = [ours[0] / theirs[0] for ours, theirs in both]
        results[f"{net}_watched_steps_per_s"] = [ours[0] for ours, _ in both]
    report("internals", results, options.json, threads=THREADS)


if __name__ == "__main__":
    main()
