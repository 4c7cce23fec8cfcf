"""Fine-tuning on 50 drawings of a hand, by recipe: what is learned, what is forgotten, and how long it takes.

Hands are made up: strokes of a pen, warped in one way each. A second kind, `--warped`, bends training digits
that no recipe learns from. Fresh drawings are FRESH others of the same hand. `--full` takes 40 hands, not 8.
"Mended" are drawings that the network misread before and reads right after.

    python -m benchmarks.hand [--full] [--warped] [--recipes] [--json]
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.common import arguments, report
from dlcore.data import Samples, Splits
from dlcore.hand.config import HandConfig
from dlcore.hand.drawings import Drawing, Hand, parted
from dlcore.hand.made_up import made_up_hand, style_of
from dlcore.hand.outcome import read_hand, rights
from dlcore.hand.tuning import begin, hand_splits
from dlcore.mnist.canvas import to_digit
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.mnist.splits import split_order
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.training.evaluation import evaluate
from dlcore.training.loop import TrainState, train

DRAWINGS, FRESH = 50, 200
NORMAL = NORMALIZE["mnist"]


@dataclass(frozen=True)
class Recipe:
    """`frozen` parts of the network stay as they are."""

    changes: Mapping[str, float]
    frozen: tuple[str, ...] = ()
    augment: bool = True


RECIPES: Mapping[str, Recipe] = {
    "as shipped": Recipe({}),
    "no rehearsal": Recipe({"rehearsal": 0}),
    "no rehearsal, lr / 10": Recipe({"rehearsal": 0, "lr": 0.0001}),
    "last layer, no rehearsal": Recipe({"rehearsal": 0}, frozen=("conv1", "conv2", "fc1")),
    "last layer": Recipe({}, frozen=("conv1", "conv2", "fc1")),
    "dense layers": Recipe({}, frozen=("conv1", "conv2")),
    "not varied": Recipe({}, augment=False),
    "lr x 3": Recipe({"lr": 0.003}),
    "lr / 3": Recipe({"lr": 0.0003}),
    "rehearsal x 2": Recipe({"rehearsal": 2 * HandConfig().rehearsal}),
    "lr / 3, rehearsal x 2": Recipe({"lr": 0.0003, "rehearsal": 2 * HandConfig().rehearsal}),
    "rehearsal / 2": Recipe({"rehearsal": HandConfig().rehearsal // 2}),
}


def shipped() -> nn.Module:
    return load_model(shipped_run("mnist").checkpoints[-1])[0]


def warped_hand(seed: int, count: int) -> Hand:
    """Training digits of the last 5,000 of the shuffle, all leaned, squeezed and turned in one way."""
    style, digits = style_of(seed), load_train()[split_order()[-5000:]]
    cos, sin = math.cos(style.turn), math.sin(style.turn)
    slanted = torch.tensor([[style.width, -style.slant, 0.0], [0.0, 1.0, 0.0]])
    turned = torch.tensor([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    both = turned[:2, :2] @ slanted[:, :2]
    theta = torch.cat([torch.linalg.inv(both), torch.zeros(2, 1)], dim=1)
    order = np.random.default_rng(seed).permutation(len(digits))
    by_digit = [[i for i in order if int(digits.labels[i]) == digit] for digit in range(10)]
    chosen = torch.tensor([by_digit[k % 10][k // 10] for k in range(count)])
    large = F.interpolate(
        F.pad(digits.images[chosen].float(), (14, 14, 14, 14)), scale_factor=5, mode="bilinear"
    )
    grid = F.affine_grid(theta.expand(count, 2, 3), list(large.shape), align_corners=False)
    inks = F.grid_sample(large, grid, align_corners=False).round().to(torch.uint8)[:, 0].numpy()
    return tuple(Drawing(k % 10, to_digit(ink)) for k, ink in enumerate(inks))


def tuned(recipe: Recipe, hand: Hand, seed: int) -> tuple[nn.Module, float]:
    """The network after a fine-tuning without its test, and the seconds that took."""
    config = HandConfig().replace(seed=seed, **recipe.changes)
    began = time.perf_counter()
    state: TrainState = begin(config, shipped())
    for name, parameter in state.model.named_parameters():
        parameter.requires_grad_(name.partition(".")[0] not in recipe.frozen)
    if not recipe.augment:
        state.prepare = NORMAL
    whole = hand_splits(hand, config.rehearsal)
    splits = Splits(whole.train, whole.val, Samples(whole.test.images[:0], whole.test.labels[:0]))
    for _ in train(state, splits):
        pass
    return state.model.eval(), time.perf_counter() - began


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--warped", action="store_true", help="bent training digits in place of strokes")
    parser.add_argument("--recipes", action="store_true", help="all recipes")
    parser.add_argument("--hands", type=int, default=0, help="so many hands")
    options = parser.parse_args()
    torch.set_num_threads(1)
    make: Callable[[int, int], Hand] = warped_hand if options.warped else made_up_hand
    count = options.hands or (40 if options.full else 8)
    model, test = shipped(), load_test()
    known = evaluate(model, test, NORMAL)
    began = time.perf_counter()
    evaluate(model, test, NORMAL)
    test_seconds = time.perf_counter() - began
    names = list(RECIPES) if options.recipes else ["as shipped"]
    results: dict[str, list[float]] = {}
    pooled: dict[str, list[int]] = {}

    def note(name: str, value: float) -> None:
        results.setdefault(name, []).append(value)

    for number in range(count):
        drawings = make(1000 + number, DRAWINGS + FRESH)
        hand, fresh = drawings[:DRAWINGS], drawings[DRAWINGS:]
        groups = {"learned": parted(hand)[0], "own": hand, "fresh": fresh}
        before = {name: rights(group, read_hand(model, NORMAL, group)) for name, group in groups.items()}
        note("fresh right before, %", 100 * float(before["fresh"].mean()))
        for recipe in names:
            network, seconds = tuned(RECIPES[recipe], hand, number)
            found = evaluate(network, test, NORMAL)
            note(f"{recipe}: seconds with its test", seconds + test_seconds)
            note(f"{recipe}: test, points", (found.correct - known.correct) / 100)
            for name, group in groups.items():
                after = rights(group, read_hand(network, NORMAL, group))
                misread = ~before[name]
                note(f"{recipe}: {name} right, %", 100 * float(after.mean()))
                if misread.any():
                    note(f"{recipe}: {name} mended, %", 100 * float(after[misread].mean()))
                sums = pooled.setdefault(f"{recipe}: {name}", [0, 0])
                sums[0] += int(after[misread].sum())
                sums[1] += int(misread.sum())
    told = {name: f"{mended} of {misread}" for name, (mended, misread) in pooled.items()}
    report("hand", results, options.json, threads=1, hands=count, mended=told)


if __name__ == "__main__":
    main()
