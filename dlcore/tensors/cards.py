"""The cards of the page of tensors. They read what stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.cards import Card, Finding
from dlcore.tensors.broadcasting import Broadcast
from dlcore.tensors.devices import ONE, SMALL, Devices
from dlcore.tensors.graph import Traced
from dlcore.tensors.story import sum_words
from dlcore.tensors.words import small_words


@dataclass(frozen=True)
class ShownTensors:
    """What the page shows: None for a part that is not open, or not measured yet."""

    traced: Traced | None = None  # three times backward
    broadcast: Broadcast | None = None
    devices: Devices | None = None


def _again(seen: ShownTensors) -> Finding | None:
    found = seen.traced
    if found is None or found.text != "x ** 2" or len(found.grads["x"]) < 3:
        return None
    first, second, third = found.grads["x"][:3]
    shown = (first, second, third) == (6.0, 12.0, 18.0)
    return Finding(
        f".grad was {first:g}, then {second:g}, then {third:g}: {sum_words((first, second, third))}.",
        shown=shown,
        right="12" if second == 12 else "6" if second == 6 else "",
    )


def _stretched(seen: ShownTensors) -> Finding | None:
    found = seen.broadcast
    if found is None or (found.a.shape, found.b.shape) != ((3,), (3, 1)) or found.result is None:
        return None
    if found.a.values != found.b.values or found.squares is None:
        return None
    wrong = found.squares > 0
    return Finding(
        f"the difference has the shape {found.result.shape}, and the loss is {found.squares:.4f}.",
        shown=wrong,
        right="1.33" if round(found.squares, 2) == 1.33 else "" if wrong else "0",
    )


def _detached(seen: ShownTensors) -> Finding | None:
    found = seen.traced
    if (
        found is None
        or found.text != "detach(x ** 2) * x"
        or not found.grads["x"]
        or found.leaf("x").value != 3
    ):
        return None
    slope = found.grads["x"][0]
    return Finding(
        f"the value was {found.result:g}, the slope {slope:g}.",
        shown=slope == 9,
        right="9" if slope == 9 else "27" if slope == 27 else "",
    )


def _small(seen: ShownTensors) -> Finding | None:
    found = seen.devices
    if found is None:
        return None
    one, most = found.at(ONE, SMALL), found.at(found.most, SMALL)
    small = one.seconds <= most.seconds
    return Finding(small_words(found), shown=small, right="One thread" if small else "All it has")


CARDS: Mapping[str, Card] = {
    "again": Card(
        "Backward again",
        "y = x² at 3 has the slope 6. You go back once more without clearing. What is .grad?",
        ("6", "12", "36"),
        setup={"part": "autograd", "expression": "x ** 2", "leaves": "x=3"},
        setup_words="x² at 3",
        see=_again,
        why="backward() adds to .grad and never clears it. So gradients of several batches can be gathered.",
    ),
    "stretched": Card(
        "Equal, and yet a loss",
        "Three guesses, all right: shape (3,) against (3, 1). What is the mean square of the difference?",
        ("0", "1.33"),
        setup={"part": "tensors", "topic": "broadcast", "a": "[1, 2, 3]", "b": "[[1], [2], [3]]"},
        setup_words="[1, 2, 3] minus [[1], [2], [3]]",
        see=_stretched,
        why="From the right, 3 meets 1 and nothing meets 3: both become 3×3. Each guess meets each truth.",
    ),
    "detached": Card(
        "Cut off",
        "x² · x has the slope 27 at 3. Now x² is detached. What does torch say?",
        ("9", "27"),
        setup={"part": "autograd", "expression": "detach(x ** 2) * x", "leaves": "x=3"},
        setup_words="detach(x²) · x at 3",
        see=_detached,
        why="detach keeps the value, 9, and forgets where it came from. Only the other factor is followed.",
    ),
    "small": Card(
        "Is more always faster?",
        "A product of two 64×64 matrices: what is fastest here?",
        ("One thread", "All it has"),
        setup={"part": "devices"},
        setup_words="the measurement on this machine",
        see=_small,
        why="To wake other threads, or to start a GPU, takes longer than 262,144 multiply-adds.",
    ),
}
