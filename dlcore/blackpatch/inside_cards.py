"""The cards of the page *One step by hand*. Each reads the step on screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.blackpatch.network import Network
from dlcore.blackpatch.walk import Arrow, Walk, follow, what_if
from dlcore.cards import Card, Finding, nearest


@dataclass(frozen=True)
class Inside:
    """What the page shows: `weights` and `image` are the controls' choices."""

    weights: str  # "fresh", "trained" or "zeros"
    picture: str  # "patch" or "blank"
    network: Network
    taken: Walk
    arrow: Arrow


def _coin(inside: Inside) -> Finding | None:
    if (inside.weights, inside.picture) != ("fresh", "patch"):
        return None
    taken = inside.taken
    return Finding(
        f"p = {taken.probability:.3f}, loss {taken.loss:.3f}, and the output's blame is p - 1 = "
        f"{taken.blames[-1][0]:.3f}.",
        shown=abs(taken.probability - 0.5) < 0.01,
        right=nearest(taken.probability, {"0 %": 0, "About 50 %": 0.5, "100 %": 1}),
    )


def _black(inside: Inside) -> Finding | None:
    if inside.picture != "patch":
        return None
    pairs = list(zip(inside.taken.image, inside.taken.gradients(inside.arrow.unit), strict=True))
    under = [abs(gradient) for x, gradient in pairs if x == 0.0]
    beside = [abs(gradient) for x, gradient in pairs if x > 0.0]
    return Finding(
        f"under the {len(under)} black pixels the largest gradient of unit {inside.arrow.unit + 1} is "
        f"{max(under):.1g}, beside them it is {max(beside):.2g}.",
        shown=max(under) == 0.0 < max(beside),
        right="" if not any(beside) else "Zero" if not any(under) else "As all others",
    )


def _slope(inside: Inside) -> Finding | None:
    if (inside.weights, inside.picture) != ("trained", "patch"):
        return None
    gradient = follow(inside.network, inside.taken, inside.arrow).gradient
    near, far = 0.01, 1.0
    start, at_near, at_far = what_if(
        inside.network, inside.taken.image, inside.taken.label, inside.arrow, (0.0, near, far)
    )
    if gradient == 0.0:
        return Finding("this weight's gradient is 0: choose a unit that is on.", shown=False)
    slopes = (at_near - start) / near, (at_far - start) / far
    foretold = abs(slopes[0] / gradient - 1) < 0.05, abs(slopes[1] / gradient - 1) < 0.05
    answers = {(True, True): "Both", (True, False): "Only the small one", (False, False): "Neither"}
    return Finding(
        f"the gradient is {gradient:.3g}. Over +{near:g} the loss changes by {slopes[0]:+.3g} for each 1, "
        f"over +{far:g} by {slopes[1]:+.3g}.",
        shown=foretold == (True, False),
        right=answers.get(foretold, ""),
    )


def _zeros(inside: Inside) -> Finding | None:
    if inside.weights != "zeros":
        return None
    taken = inside.taken
    first = [gradient for unit in range(len(taken.blames[0])) for gradient in taken.gradients(unit)]
    return Finding(
        f"of {len(first):,} gradients of the first layer, {sum(g != 0.0 for g in first)} are not 0.",
        shown=not any(first),
        right="Yes" if any(first) else "Never the first layer",
    )


CARDS: Mapping[str, Card] = {
    "coin": Card(
        "Before training, what does it say?",
        "What probability does a network give that has learned nothing?",
        ("0 %", "About 50 %", "100 %"),
        setup={"weights": "fresh", "picture": "patch", "caption": 6},
        setup_words="fresh weights, an image with a patch",
        see=_coin,
        why="Tiny weights make a tiny logit, and sigmoid(0) is one half. So p - y is about -0.5.",
    ),
    "black": Card(
        "Which weights get no blame?",
        "The patch is what matters. How large are the gradients of the weights under it?",
        ("The largest", "As all others", "Zero"),
        setup={"weights": "fresh", "picture": "patch", "caption": 7},
        setup_words="fresh weights, caption 7",
        see=_black,
        why="A gradient is blame times what flowed through. Black is 0: nothing flowed through.",
    ),
    "slope": Card(
        "Is the slope the gradient?",
        "Change one weight by 0.01, then by 1. Does the gradient foretell both?",
        ("Both", "Only the small one", "Neither"),
        setup={"weights": "trained", "picture": "patch", "caption": 7},
        setup_words="trained weights, an image with a patch",
        see=_slope,
        why="A gradient is the slope right here. Far away the curve has bent.",
    ),
    "zeros": Card(
        "All weights at zero",
        "Can it learn from weights that are all zero?",
        ("Yes", "Never the first layer"),
        setup={"weights": "zeros", "picture": "patch", "caption": 7},
        setup_words="all weights 0",
        see=_zeros,
        why="Blame flows back through the second layer's weights. Through zeros nothing comes.",
    ),
}
