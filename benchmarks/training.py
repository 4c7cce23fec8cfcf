"""Training on the 60,000 digits: our loop against the loop that tutorials write.

Of one network, with equal threads: `epoch_ratio_same_optimizer`, both with SGD, equal batches and float32;
`epoch_ratio_same_optimizer_mixed`, ours with mixed arithmetic; and `epoch_ratio_recipe`, ours with mixed
arithmetic, Nesterov's momentum, one cycle and batches of 256 against Adadelta and batches of 64, as
pytorch/examples has them. They are timed in turns of two seconds. That both learn the
same is measured outside the timed part: a fast loop that learns less fails.

    python -m benchmarks.training [--full] [--json]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import mean

import torch

from benchmarks.common import arguments, report
from benchmarks.loops import Loop, TutorialNet, in_turns, ours, theirs
from dlcore.mnist.files import torchvision_root
from dlcore.mnist.normalize import NORMALIZE
from dlcore.mnist.splits import TRAIN_TOTAL
from dlcore.training.config import PrecisionName, TrainConfig
from dlcore.training.recipes import PRESETS

THREADS = 2
BATCH_SIZE = 64
LR = 0.01
MOMENTUM = 0.9
BAND = 0.003  # mean accuracies nearer than this are equal: 0.3 points
TURN = 2.0  # seconds
HALF = NORMALIZE["half"]


# By name: is it our recipe, and in which arithmetic do we multiply?
CASES: Mapping[str, tuple[bool, PrecisionName]] = {
    "same_optimizer": (False, "float32"),
    "same_optimizer_mixed": (False, "bfloat16"),
    "recipe": (True, "bfloat16"),
}


def config_of(seed: int, images: int, *, recipe: bool, precision: PrecisionName = "float32") -> TrainConfig:
    rule: dict[str, object] = {
        "optimizer": "sgd",
        "lr": LR,
        "momentum": MOMENTUM,
        "schedule": "constant",
        "batch_size": BATCH_SIZE,
    }
    if recipe:
        rule |= {"nesterov": True, "lr": 0.2, "schedule": "one_cycle", "batch_size": 256}
    return PRESETS["fast"].config.replace(
        net="SimpleCNN",
        train_size=images,
        val_size=0,
        epochs=1,
        normalize="half",
        seed=seed,
        precision=precision,
        device="cpu",
        **rule,
    )


def tutorial(seed: int, images: int, root: Path, *, recipe: bool) -> Loop:
    torch.manual_seed(seed)

    def rule(model: torch.nn.Module) -> torch.optim.Optimizer:
        if recipe:
            return torch.optim.Adadelta(model.parameters(), lr=1.0)
        return torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)

    return theirs(TutorialNet(), rule, HALF, images=images, batch_size=BATCH_SIZE, root=root)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--pairs", type=int, help="epochs of each; by default 2, with --full 6")
    parser.add_argument("--images", type=int, default=TRAIN_TOTAL, help="fewer only to try this out")
    options = parser.parse_args()
    pairs = options.pairs or (6 if options.full else 2)
    torch.set_num_threads(THREADS)

    results: dict[str, list[float]] = {}
    unequal = ""
    with tempfile.TemporaryDirectory() as folder:
        root = torchvision_root(Path(folder))
        in_turns(  # warm
            ours(config_of(0, 1280, recipe=False)), tutorial(0, 1280, root, recipe=False), TURN
        )
        for name, (recipe, precision) in CASES.items():
            turns, right = list[tuple[float, float]](), list[tuple[float, float]]()
            for seed in range(pairs):
                mine = ours(config_of(seed, options.images, recipe=recipe, precision=precision))
                other = tutorial(seed, options.images, root, recipe=recipe)
                turns += in_turns(mine, other, TURN)
                right.append((mine.accuracy(HALF), other.accuracy(HALF)))
            results |= {
                f"epoch_ratio_{name}": [a / b for a, b in turns],
                f"epoch_ours_s_{name}": [a * options.images for a, _ in turns],
                f"epoch_theirs_s_{name}": [b * options.images for _, b in turns],
                f"accuracy_ours_{name}": [a for a, _ in right],
                f"accuracy_theirs_{name}": [b for _, b in right],
            }
            less = mean(b - a for a, b in right)
            if less > BAND or (not recipe and less < -BAND):
                unequal += f" With {name.replace('_', ' ')}, theirs is {100 * less:+.2f} points of ours."
    report("training", results, options.json, threads=THREADS, images=options.images, equal_work=not unequal)
    if unequal:
        sys.exit(f"The work is not equal: mean accuracies must be within {100 * BAND:.1f} points.{unequal}")


if __name__ == "__main__":
    main()
