"""The cards of the black patch's training page. Each reads its finding from the learner's own run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from dlcore.blackpatch.config import PRESETS, PatchConfig
from dlcore.blackpatch.images import Maker
from dlcore.blackpatch.looks import scattered
from dlcore.blackpatch.network import Network
from dlcore.cards import Card, Finding, nearest
from dlcore.run import Run
from dlcore.schema import parse
from dlcore.words import exact_percent, percent

FREE = {"seed", "epochs", "test_size", "schema_version"}


@dataclass(frozen=True)
class ShownRun:
    """A run and, once it has checkpoints, the network of its last."""

    run: Run
    network: Network | None = None


def _ended(run: Run, card: str) -> bool:
    """Has this run come to its end, set up as the card says? Its seed and length are free."""
    setup = CARDS[card].setup
    config = {**PRESETS[setup["preset"]].config.model_dump(), **setup}
    names = [name for name in config if name not in {*FREE, "preset"}]
    same = all(run.config.get(name) == config[name] for name in names)
    came = run.kind == "black_patch" and run.status in ("finished", "diverged")
    return came and same and run.last("set_lr") is None


def _whole(run: Run, card: str) -> bool:
    """Was it at least as long as the card's own? What a shorter one has not done yet proves nothing."""
    return len(_losses(run)) >= PRESETS[CARDS[card].setup["preset"]].config.epochs


def _last(run: Run, name: str) -> float:
    point = run.last(name)
    return point.value if point else 0.0


def _losses(run: Run) -> list[float]:
    return [point.value for point in run.series.get("epoch_loss", ())]


def _flat(losses: Sequence[float]) -> int:
    """In how many epochs it was no better than tossing a coin."""
    return sum(loss > 0.99 * log(2) for loss in losses)


def _trap(seen: ShownRun) -> Finding | None:
    run = seen.run
    if not _ended(run, "trap") or not run.last("fair_accuracy"):
        return None
    places = len(run.watched) - 1
    test, fair, found = _last(run, "test_accuracy"), _last(run, "fair_accuracy"), _last(run, "positions")
    expected = 50 + 50 * found / places
    return Finding(
        f"its own test {exact_percent(test, 1)}, the fair test {exact_percent(fair, 1)}, and {found:.0f} of "
        f"{places} places. From that would follow 50 + 50 · {found:.0f}/{places} = {expected:.0f} %; "
        "on other greys some places come and go.",
        shown=test > 0.99 and fair < 0.9,
        right=nearest(found, {"All 25": 25, "5, the diagonal": 5, "About half": 12.5}),
    )


def _anywhere(seen: ShownRun) -> Finding | None:
    run = seen.run
    if not _ended(run, "anywhere") or not run.last("fair_accuracy"):
        return None
    places = len(run.watched) - 1
    every = _last(run, "positions") == places
    return Finding(
        f"the fair test {exact_percent(_last(run, 'fair_accuracy'), 1)}, and {_last(run, 'positions'):.0f} "
        f"of {places} places.",
        shown=every,
        right="No" if every else "Yes" if _whole(run, "anywhere") else "",
    )


def _plateau(seen: ShownRun) -> Finding | None:
    run = seen.run
    losses = _losses(run)
    if not _ended(run, "plateau") or not losses:
        return None
    flat, fell = _flat(losses), losses[-1] < 0.1
    return Finding(
        f"for {flat} of {len(losses)} epochs the loss stayed within 1 % of ln 2 = {log(2):.3f}. "
        f"It ended at {losses[-1]:.4f}.",
        shown=flat >= 20 and fell,
        right="A sudden fall" if fell else "Nothing more" if _whole(run, "plateau") else "",
    )


def _init(seen: ShownRun) -> Finding | None:
    run = seen.run
    losses = _losses(run)
    if not _ended(run, "init") or not losses:
        return None
    first = next((epoch for epoch, loss in enumerate(losses, start=1) if loss < 0.1), None)
    words = f"the loss was below 0.1 in epoch {first}" if first else "the loss never came below 0.1"
    flat = _flat(losses)
    return Finding(
        f"{words} of {len(losses)}.",
        shown=first is not None and first <= 10,
        right="Gone" if flat == 0 else "Shorter" if flat < len(losses) else "As long",
    )


def _too_big(seen: ShownRun) -> Finding | None:
    run = seen.run
    losses = _losses(run)
    if not _ended(run, "too_big") or not losses or not run.last("alive"):
        return None
    return Finding(
        f"{percent(_last(run, 'alive'))} of the hidden units are ever on. The loss stands at "
        f"{losses[-1]:.2f}, and {percent(_last(run, 'test_accuracy'))} of the test images are right. Nothing "
        "became infinite.",
        shown=_last(run, "alive") == 0,
        right="All units switch off" if _last(run, "alive") == 0 else "Nothing",
    )


def _scatter(seen: ShownRun) -> Finding | None:
    run = seen.run
    if not _ended(run, "scatter") or seen.network is None:
        return None
    share = _scattered(seen.network, parse(PatchConfig, run.config).maker)
    return Finding(
        f"of 200 images with the patch's black pixels scattered, {percent(share)} are called a patch.",
        shown=share > 0.5,
        right=nearest(share, {"Hardly ever": 0, "Half the time": 0.5, "Mostly": 1}),
    )


@lru_cache(maxsize=64)
def _scattered(network: Network, maker: Maker) -> float:
    return scattered(network, maker)


CARDS: Mapping[str, Card] = {
    "trap": Card(
        "100 % on its test: is it done?",
        "It will get all 600 images of its own test right. How many of 25 places will it know?",
        ("All 25", "5, the diagonal", "About half"),
        setup={"preset": "quick"},
        setup_words="Quick: patches on a diagonal only",
        see=_trap,
        why="Its test was made as its training images were. What neither shows, no score can tell.",
    ),
    "anywhere": Card(
        "The same network, fair images",
        "Is the network too small for 25 places?",
        ("Yes", "No"),
        setup={"preset": "quick", "where": "anywhere"},
        setup_words="Quick, patches anywhere in the middle half",
        see=_anywhere,
        why="The network was never the limit. It learned what it was shown.",
    ),
    "plateau": Card(
        "Nothing happens. Stop it?",
        "The loss stays at 0.693 for twenty epochs. What will come?",
        ("Nothing more", "A sudden fall"),
        setup={"preset": "plateau"},
        setup_words="Two hidden layers, learning rate 0.001, 50 epochs",
        see=_plateau,
        why="Tiny weights pass tiny gradients back, and two layers multiply them. Small is not zero: the "
        "weights grow, then quickly.",
    ),
    "init": Card(
        "Larger weights to begin with",
        "The same two layers, thirty times the initial weights. How long is the plateau now?",
        ("As long", "Shorter", "Gone"),
        setup={"preset": "plateau", "init": 0.3, "epochs": 10},
        setup_words="Plateau with initial weights ±0.3, 10 epochs",
        see=_init,
        why="Larger weights pass larger gradients back from the first step on.",
    ),
    "too_big": Card(
        "A step far too big",
        "A hundred times Quick's learning rate. What breaks?",
        ("The loss becomes infinite", "All units switch off", "Nothing"),
        setup={"preset": "too_big"},
        setup_words="Learning rate 1, 5 epochs",
        see=_too_big,
        why="A unit pushed below zero for every image passes no gradient, so nothing ever brings it back.",
    ),
    "scatter": Card(
        "What did it learn?",
        "It finds 25 of 25 places. Will it take nine scattered black pixels for a patch?",
        ("Hardly ever", "Half the time", "Mostly"),
        setup={"preset": "quick", "where": "anywhere"},
        setup_words="Quick, patches anywhere in the middle half",
        see=_scatter,
        why='It never saw scattered pixels. "Enough black in the middle" was all it needed to learn.',
    ),
}
