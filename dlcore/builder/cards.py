"""The cards of the builder. Two are counted, three compare networks that the visitor has trained here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dlcore.builder.built import Built, Score
from dlcore.cards import Card, Finding, nearest
from dlcore.words import exact_percent, shape_words

POOLS = "pool 2, pool 2, pool 2, pool 2, pool 2, dense 10"
SOFTMAX, TWO_LINEAR, ONE_HIDDEN = "dense 10", "dense 64, dense 10", "dense 64, relu, dense 10"
THREE_HIDDEN = "dense 64, relu, dense 64, relu, dense 64, relu, dense 10"
CONVOLUTIONS = "conv 16x5, relu, pool 2, conv 16x5, relu, pool 2, dense 10"
SIGMOIDS = "dense 64, sigmoid, " * 6 + "dense 10"


def _pools(built: Built) -> Finding | None:
    found = built.plan
    if [block.text for block in found.blocks[:5]] != ["pool 2"] * 5:
        return None
    fit = [step for step in found.steps if step.block.kind == "pool"]
    sizes = " → ".join(shape_words(step.shape[1:]) for step in fit)
    why = found.problem.sentence if found.problem else ""
    return Finding(f"28×28 → {sizes}. {why}", shown=len(fit) == 4, right="4" if len(fit) == 4 else "")


def _pair(
    card: str, other: str, judge: Callable[[Score, Score], tuple[bool, str]]
) -> Callable[..., Finding | None]:
    """A card over two networks: both must have been trained."""

    def see(built: Built) -> Finding | None:
        layers = str(CARDS[card].setup["layers"])
        if built.layers not in (layers, other):
            return None
        first, second = built.score_of(layers), built.score_of(other)
        if first is None or second is None:
            return None
        shown, right = judge(first, second)
        sizes = [f"{plan_size(text):,} parameters" for text in (layers, other)]
        return Finding(
            f"{layers}, {sizes[0]}: {first.words} of {first.total:,} test images. "
            f"{other}, {sizes[1]}: {second.words}.",
            shown=shown,
            right=right,
        )

    return see


def plan_size(layers: str) -> int:
    return Built(layers, {}).plan.parameters


def _apart(one: Score, other: Score) -> float:
    """How many percentage points the first is better."""
    return 100 * (one.share - other.share)


def _linear(two: Score, one: Score) -> tuple[bool, str]:
    points = _apart(two, one)
    return abs(points) < 1, "No better" if points < 1 else "Better"


def _depth(deep: Score, shallow: Score) -> tuple[bool, str]:
    points = _apart(deep, shallow)
    return points < 1, "No better" if points < 1 else "Better"


def _convolutions(maps: Score, dense: Score) -> tuple[bool, str]:
    points = _apart(maps, dense)
    return points > 1, "The convolutions" if points > 1 else "Neither" if points > -1 else "The dense layers"


def _sigmoids(built: Built) -> Finding | None:
    score = built.score_of(SIGMOIDS) if built.layers == SIGMOIDS else None
    if score is None:
        return None
    near = {f"About {share} %": share / 100 for share in (20, 60, 93)}
    return Finding(
        f"{exact_percent(score.share, 1)} of {score.total:,} test images are right; guessing gives 10 %.",
        shown=score.share < 0.5,
        right=nearest(score.share, near),
    )


COMPARED = (SOFTMAX, TWO_LINEAR, ONE_HIDDEN, THREE_HIDDEN, CONVOLUTIONS, SIGMOIDS)
CARDS: Mapping[str, Card] = {
    "pools": Card(
        "A pool too many",
        "How many pools of 2 can follow each other, from 28×28 on?",
        ("2", "4", "As many as you like"),
        setup={"layers": POOLS},
        setup_words="five pools of 2, then dense 10",
        see=_pools,
        why="A pool halves and rounds down: 28, 14, 7, 3, 1. In one pixel there is no square of four.",
    ),
    "linear": Card(
        "Two layers, nothing between",
        "Is a hidden layer without activation better than none?",
        ("Better", "No better"),
        setup={"layers": TWO_LINEAR},
        setup_words=f"{TWO_LINEAR}: train it, then train {SOFTMAX} too",
        see=_pair("linear", SOFTMAX, _linear),
        why="A product of two matrices is one matrix. Without an activation, two layers say what one can.",
    ),
    "depth": Card(
        "Does depth help?",
        "Three hidden layers or one: which reads more digits after one epoch of 12,000?",
        ("Better", "No better"),
        setup={"layers": THREE_HIDDEN},
        setup_words=f"three hidden layers: train it, then train {ONE_HIDDEN} too",
        see=_pair("depth", ONE_HIDDEN, _depth),
        why="More layers can say more, but one short epoch must find it. Depth alone is no gift.",
    ),
    "convolutions": Card(
        "A fifth of the parameters",
        "Two small convolutions, or a dense layer with five times their parameters: which is better?",
        ("The convolutions", "Neither", "The dense layers"),
        setup={"layers": CONVOLUTIONS},
        setup_words=f"two convolutions: train it, then train {ONE_HIDDEN} too",
        see=_pair("convolutions", ONE_HIDDEN, _convolutions),
        why="A kernel is used at every place, so each image teaches it hundreds of times. "
        "A dense weight sees one pixel.",
    ),
    "sigmoid": Card(
        "Six sigmoids deep",
        "Six hidden layers with sigmoids: how many digits does it read after the same epoch?",
        ("About 20 %", "About 60 %", "About 93 %"),
        setup={"layers": SIGMOIDS},
        setup_words="six hidden layers with sigmoids: train it",
        see=_sigmoids,
        why="A sigmoid's slope is 0.25 at most. Six of them shrink the gradient on its way back to almost "
        "nothing.",
    ),
}
