"""The cards of the surface page. Each reads its finding from what the learner measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dlcore.cards import Card, Finding
from dlcore.landscape.config import SurfacePage
from dlcore.landscape.picture import Picture
from dlcore.words import percent

SAME = 1e-3  # of a loss: what rounding may do to two ways of computing it


@dataclass(frozen=True)
class ShownSurfaces:
    """What stands on the page: the set-up, its picture, the one beside it, the same one drawn before."""

    page: SurfacePage
    picture: Picture
    other: Picture | None = None
    before: Picture | None = None


def _path(seen: ShownSurfaces) -> Finding | None:
    prepared = seen.picture.prepared
    if prepared.held is None or len(prepared.moved) < 2:
        return None
    # Ways of one length only: a wandering path is shorter as the crow flies, the longer it wanders.
    ways = list(zip(pairwise(prepared.epochs), prepared.moved, strict=True))
    single = [(end, length) for (start, end), length in ways if end - start == 1]
    if len(single) < 2:
        return None
    (first, far), (last, near) = single[0], single[-1]
    farthest = max(length for _, length in single)
    return Finding(
        f"in epoch {first} the weights moved {far:.2f}, in epoch {last} {near:.2f}.",
        shown=far > near,
        right="In the first one" if far == farthest else "In the last one" if near == farthest else "",
    )


def apart(one: Picture, other: Picture) -> float | None:
    """The largest relative difference of two surfaces' losses, where both are finite; None if none is."""
    if one.surface is None or other.surface is None or one.surface.resolution != other.surface.resolution:
        return None
    a, b = one.surface.loss.astype(float), other.surface.loss.astype(float)
    both = np.isfinite(a) & np.isfinite(b)
    # Near 0 a loss is rounding: what counts is the difference to what can be seen.
    return float((np.abs(a - b) / np.maximum(np.abs(a), 1e-3))[both].max()) if both.any() else None


def _scale(seen: ShownSurfaces) -> Finding | None:
    config = seen.page
    if config.beside != "rescaled" or config.plane != "random" or seen.other is None:
        return None
    difference = apart(seen.picture, seen.other)
    if difference is None:
        return None
    centre = _centre(seen.picture), _centre(seen.other)
    words = f"the same network in other numbers: {centre[0]:.4g} and {centre[1]:.4g} nats in the middle. "
    right = "Yes, the same" if difference < SAME else "No"
    if config.normalisation in ("filter", "layer", "weight") and config.fix_biases:
        alike = difference < SAME
        return Finding(
            words + f"Elsewhere the two differ by {difference:.1g} of the loss at most.", alike, right
        )
    return Finding(
        words + f"Elsewhere they differ by up to {percent(difference)} of the loss: only the scale has lied.",
        shown=difference > 0.1,
        right=right,
    )


def _centre(picture: Picture) -> float:
    assert picture.surface is not None
    middle = picture.surface.resolution // 2
    return float(picture.surface.loss[middle, middle])


def _redraw(seen: ShownSurfaces) -> Finding | None:
    if seen.page.beside != "dropout" or seen.other is None or seen.before is None:
        return None
    if seen.before.prepared != seen.other.prepared:  # another set-up
        return None
    difference = apart(seen.other, seen.before)
    if difference is None:
        return None
    return Finding(
        f"two drawings differ by up to {percent(difference)} of the loss. Without dropout they would be "
        "equal.",
        shown=difference > SAME,
        right="Another one" if difference > SAME else "The same",
    )


CARDS: Mapping[str, Card] = {
    "path": Card(
        "Long steps, short steps",
        "When do the weights move farthest in one epoch?",
        ("In the first one", "In the last one", "Always as far"),
        setup={"plane": "path", "beside": "nothing"},
        setup_words="the plane along the path",
        see=_path,
        why="At first the gradient is large. Near the end it is small, and so is the learning rate of most "
        "schedules.",
    ),
    "scale": Card(
        "Bad scale lies",
        "Both networks answer alike. Do their surfaces look alike?",
        ("Yes, the same", "No"),
        setup={"plane": "random", "beside": "rescaled", "normalisation": "none"},
        setup_words="random directions as drawn, beside it the same answers from other numbers",
        see=_scale,
        why="A step of one length is small for large weights and large for small ones. Filter norms cure it: "
        "set them under Settings.",
    ),
    "dropout": Card(
        "Redraw it",
        "Draw the right-hand surface again. Is it the same?",
        ("The same", "Another one"),
        setup={"plane": "random", "beside": "dropout"},
        setup_words="a random plane, beside it the one with dropout on",
        see=_redraw,
        why="Dropout leaves out other units at every point: you see noise, not the surface.",
    ),
}
