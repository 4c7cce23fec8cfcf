"""The cards of the learning-rate finder. They read the curve on the page, its tries, and earlier curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.cards import Card, Finding
from dlcore.lr_finder.result import FACTORS, RangeTest, Tries, Try
from dlcore.lr_finder.words import guesses
from dlcore.training.config import OptimizerName, TrainConfig
from dlcore.words import exact_percent, number

ALIKE = 1.5  # times: suggestions nearer to each other are alike
NEARLY = 0.05  # of the right answers: less apart is nearly as good


@dataclass(frozen=True)
class ShownRate:
    """A configuration, its range test, the short trainings if they were made, and earlier range tests."""

    config: TrainConfig
    found: RangeTest
    tries: Tries | None = None
    earlier: tuple[tuple[TrainConfig, RangeTest], ...] = ()


def _two(shown: ShownRate, factor: float) -> tuple[Try, Try] | None:
    """The try at the suggestion, and the one at so many times it."""
    if shown.tries is None or shown.found.suggestion is None:
        return None
    best = shown.tries.at(shown.found.suggestion)
    other = shown.tries.at(float(f"{factor * shown.found.suggestion:.3g}"))
    return (best, other) if best is not None and other is not None else None


def _told(best: Try, other: Try) -> str:
    return (
        f"at {number(best.rate)}, {exact_percent(best.share, 1)} of {best.total:,} validation images are "
        f"right; at {number(other.rate)}, {exact_percent(other.share, 1)}."
    )


def _hundredfold(shown: ShownRate) -> Finding | None:
    two = _two(shown, FACTORS[-1])
    if two is None or shown.tries is None or shown.config.optimizer != "sgd":
        return None
    best, other = two
    guessed = guesses(other, shown.tries.classes)
    near = abs(best.share - other.share) < NEARLY
    right = "It guesses" if guessed else "About as well" if near else ""
    right = "Better" if other.share > best.share + NEARLY else right
    return Finding(_told(best, other), shown=guessed and not guesses(best, shown.tries.classes), right=right)


def _hundredth(shown: ShownRate) -> Finding | None:
    two = _two(shown, FACTORS[0])
    if two is None or shown.config.optimizer != "sgd":
        return None
    best, other = two
    worse, better = other.share < best.share - NEARLY, other.share > best.share + NEARLY
    right = "Far less" if worse else "As much" if not better else ""
    return Finding(_told(best, other), shown=worse, right=right)


def _against(shown: ShownRate, ours: OptimizerName, theirs: OptimizerName) -> tuple[float, float] | None:
    """Both suggestions, if the newest of the two was found here and nothing else was changed."""
    here, there = shown.config.optimizer, theirs if shown.config.optimizer == ours else ours
    if here not in (ours, theirs):
        return None
    wanted = shown.config.replace(optimizer=there)
    other = next((found for config, found in shown.earlier if config == wanted), None)
    if other is None or other.suggestion is None or shown.found.suggestion is None:
        return None
    pair = shown.found.suggestion, other.suggestion
    return pair if here == ours else (pair[1], pair[0])


def _compared(shown: ShownRate, ours: OptimizerName, theirs: OptimizerName, names: str) -> Finding | None:
    pair = _against(shown, ours, theirs)
    if pair is None:
        return None
    ratio = pair[0] / pair[1]
    first, second = names.split()
    larger = first if ratio > ALIKE else second if ratio < 1 / ALIKE else ""
    return Finding(
        f"{first}: {number(pair[0])}; {second}: {number(pair[1])}. One is "
        f"{max(ratio, 1 / ratio):.1f} times the other.",
        shown=larger == first,
        right=f"{larger}'s" if larger else "About the same",
    )


def _sgd_adam(shown: ShownRate) -> Finding | None:
    return _compared(shown, "sgd", "adam", "SGD Adam")


def _adam_rmsprop(shown: ShownRate) -> Finding | None:
    return _compared(shown, "adam", "rmsprop", "Adam RMSprop")


CARDS: Mapping[str, Card] = {
    "hundredfold": Card(
        "A hundred times the suggestion",
        "What has a network learned after 100 steps at a hundred times the suggested rate?",
        ("Better", "About as well", "It guesses"),
        setup={"net": "FastCNN", "optimizer": "sgd"},
        setup_words="FastCNN with SGD: search, then try it",
        see=_hundredfold,
        why="Each step leaps over the valley and lands higher on the other side. Soon all units are off, and "
        "a network without signals only guesses.",
    ),
    "hundredth": Card(
        "A hundredth of it",
        "Small steps are safe. What is learned in 100 steps at a hundredth of the suggestion?",
        ("As much", "Far less"),
        setup={"net": "FastCNN", "optimizer": "sgd"},
        setup_words="FastCNN with SGD: search, then try it",
        see=_hundredth,
        why="Safe, but a hundred such steps go about as far as one good one. Too small a rate wastes "
        "nearly all of the work.",
    ),
    "sgd_adam": Card(
        "SGD's rate and Adam's",
        "Same network, same batches: whose suggested learning rate is larger?",
        ("SGD's", "Adam's", "About the same"),
        setup={"net": "FastCNN", "optimizer": "sgd"},
        setup_words="FastCNN with SGD: search; then choose Adam and search again",
        see=_sgd_adam,
        why="Adam divides each gradient by its usual size: its rate is how far a weight moves. SGD's is "
        "multiplied by gradients far below 1.",
    ),
    "adam_rmsprop": Card(
        "Adam's rate and RMSprop's",
        "Both divide by the gradient's usual size. Whose suggested rate is larger?",
        ("Adam's", "RMSprop's", "About the same"),
        setup={"net": "FastCNN", "optimizer": "rmsprop"},
        setup_words="FastCNN with RMSprop: search; then choose Adam and search again",
        see=_adam_rmsprop,
        why="RMSprop here adds momentum 0.9: steps pile up to ten times one. Adam averages them instead. "
        "A rate belongs to its optimizer.",
    ),
}
