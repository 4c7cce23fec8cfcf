"""The cards of the recogniser. They read the answer that stands on the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.cards import Card, Finding
from dlcore.vision.config import RecogniserConfig
from dlcore.vision.recogniser import Named
from dlcore.words import vote_percent


@dataclass(frozen=True)
class ShownNamed:
    """`own`: a picture of somebody's own instead of the config's photograph."""

    config: RecogniserConfig
    named: Named
    own: bool = False


def _is(seen: ShownNamed, **wanted: object) -> bool:
    """Is the page set as the card says, and else as it opens?"""
    return not seen.own and seen.config == RecogniserConfig().replace(**wanted)


def _unknown(seen: ShownNamed) -> Finding | None:
    if not _is(seen, photo="narwhal"):
        return None
    first = seen.named.guesses[0]
    sure = first.share > 0.5
    return Finding(
        f"it says {first.name}, {vote_percent(first.share)}: narwhal is not on its list.",
        shown=sure and first.name != "narwhal",
        right="Something else, and sure" if sure else "Something else, unsure",
    )


def _scale(seen: ShownNamed) -> Finding | None:
    if not _is(seen, photo="polar_bear", scale="none"):
        return None
    first = seen.named.guesses[0]
    wrong = first.name != "ice bear"
    return Finding(
        f"it says {first.name}, {vote_percent(first.share)}, of a picture that it named ice bear.",
        shown=wrong,
        right="Something else" if wrong else "The same",
    )


def _mode(seen: ShownNamed) -> Finding | None:
    if not _is(seen, photo="dog", mode="train"):
        return None
    first = seen.named.guesses[0]
    lost = first.share < 0.1
    return Finding(
        f"the highest share of all thousand is {vote_percent(first.share)}, for {first.name}.",
        shown=lost,
        right="It knows nothing any more" if lost else "It hardly matters",
    )


def _crop(seen: ShownNamed) -> Finding | None:
    if not _is(seen, photo="pig", across=1.0):
        return None
    first = seen.named.guesses[0]
    changed = first.name != "hog"
    return Finding(
        f"it says {first.name}, {vote_percent(first.share)}; with the square in the middle it says hog.",
        shown=changed,
        right="It changes" if changed else "It stays",
    )


CARDS: Mapping[str, Card] = {
    "unknown": Card(
        "What is not on the list",
        "Its thousand classes hold no narwhal. What will it say of one?",
        ("Something else, unsure", "Something else, and sure"),
        setup={"photo": "narwhal"},
        setup_words="the photograph of narwhals",
        see=_unknown,
        why="Softmax shares 100 % among a thousand names. A high share says: more than the others.",
    ),
    "crop": Card(
        "A step to the side",
        "The square slides to the right edge of the pig's photograph. Does the name stay?",
        ("It stays", "It changes"),
        setup={"photo": "pig", "across": 1.0},
        setup_words="the pig, the square at the right edge",
        see=_crop,
        why="What lies outside the square is never read. The same photograph gives other pixels, and near "
        "the border between two classes they decide.",
    ),
    "scale": Card(
        "One line forgotten",
        "The numbers go in as they are, 0 to 255, not scaled as in its training. What becomes of the bear?",
        ("The same", "Something else"),
        setup={"photo": "polar_bear", "scale": "none"},
        setup_words="the polar bear, its numbers not scaled",
        see=_scale,
        why="These numbers lie far outside all that it has seen. No error is raised: it answers.",
    ),
    "mode": Card(
        "Forgotten eval()",
        "Left in training mode, batch norm scales by this one picture. How sure will it be of the dog?",
        ("It hardly matters", "It knows nothing any more"),
        setup={"photo": "dog", "mode": "train"},
        setup_words="the German shepherd, the network in training mode",
        see=_mode,
        why="In training mode batch norm scales by the batch at hand, here one picture, not by the averages "
        "it gathered while it learned; and every picture moves those.",
    ),
}
