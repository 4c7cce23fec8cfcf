"""The cards of activations and gradients. They read the stack on the page."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dlcore.cards import Card, Finding, nearest
from dlcore.signals.measures import Signals
from dlcore.signals.words import APART, HUGE, MUTE, brief

DEEP = 10  # layers that a card speaks of
WIDE = 64  # units of each of them


def _plain(seen: Signals, activation: str, *inits: str) -> bool:
    config = seen.config
    if not seen.layers[-1].norm:  # nothing comes back at all: the words say so
        return False
    fits = config.activation == activation and (config.init in inits or not inits)
    return fits and config.depth >= DEEP and not config.residual and config.norm == "none"


def _ratio(seen: Signals) -> float:
    return seen.layers[0].norm / seen.layers[-1].norm


def _quarter(seen: Signals) -> Finding | None:
    if not _plain(seen, "sigmoid", "xavier") or seen.config.depth != DEEP:
        return None
    first, last = seen.layers[0].median, seen.layers[-1].median
    if not last:  # half of it is too small for a number
        return None
    share = first / last
    answers = {"About a half": 0.5, "About a thousandth": 1e-3, "About a millionth": 1e-6}
    return Finding(
        f"half of layer 1's weights have a gradient under {brief(first)}, of layer {DEEP}'s under "
        f"{brief(last)}: {brief(share)} of it. 0.25 ** {DEEP} is {brief(0.25**DEEP)}.",
        shown=share < 1e-3,
        right=_nearest_power(share, answers),
    )


def _nearest_power(value: float, answers: Mapping[str, float]) -> str:
    """The answer of the nearest size; a value of 0 is nearest to the smallest."""
    return nearest(math.log10(max(value, 1e-300)), {name: math.log10(size) for name, size in answers.items()})


def _he(seen: Signals) -> Finding | None:
    if not _plain(seen, "relu", "he"):
        return None
    ratio = _ratio(seen)
    kept = 1 / APART < ratio < APART
    return Finding(
        f"layer 1's gradient is {brief(ratio)} times that of layer {seen.config.depth}.",
        shown=kept,
        right="They stay of one size" if kept else "They vanish" if ratio < 1 else "They explode",
    )


def _large(seen: Signals) -> Finding | None:
    if not _plain(seen, "relu", "large") or seen.config.width < WIDE:
        return None
    signal, most = seen.layers[-1].signal.rms, max(layer.norm for layer in seen.layers)
    return Finding(
        f"signals reach {brief(signal)} after {seen.config.depth} layers, a gradient {brief(most)}.",
        shown=signal > HUGE,
        right="Millions" if signal > HUGE else "About 1",
    )


def _own(seen: Signals) -> Finding | None:
    if not _plain(seen, "relu", "torch"):
        return None
    first, last = seen.layers[0].apart, seen.layers[-1].apart
    return Finding(
        f"examples differ by {brief(first)} after layer 1 and by {brief(last)} after layer "
        f"{seen.config.depth}: it answers nearly the same to all.",
        shown=last < MUTE,
        right="Hardly" if last < MUTE else "Clearly",
    )


def _residual(seen: Signals) -> Finding | None:
    config = seen.config
    if config.activation != "sigmoid" or not config.residual or config.depth < DEEP:
        return None
    if not seen.layers[-1].norm:
        return None
    ratio = _ratio(seen)
    return Finding(
        f"layer 1 gets {brief(ratio)} times the gradient of layer {config.depth}.",
        shown=ratio > 1 / APART,
        right="A good part" if ratio > 1 / APART else "Hardly any",
    )


PLAIN = {"depth": DEEP, "width": WIDE, "residual": False, "norm": "none"}
CARDS: Mapping[str, Card] = {
    "quarter": Card(
        "A quarter, ten times",
        "Ten sigmoid layers. How much of the last layer's gradient reaches the first?",
        ("About a half", "About a thousandth", "About a millionth"),
        setup=PLAIN | {"activation": "sigmoid", "init": "xavier"},
        setup_words="ten sigmoid layers, Xavier weights",
        see=_quarter,
        why="The steepest slope of a sigmoid is 0.25. A gradient takes one such factor from every layer on "
        "its way back.",
    ),
    "he": Card(
        "ReLU with He weights",
        "Ten ReLU layers whose weights are drawn as He proposed. What becomes of the gradients?",
        ("They vanish", "They stay of one size", "They explode"),
        setup=PLAIN | {"activation": "relu", "init": "he"},
        setup_words="ten ReLU layers, He weights",
        see=_he,
        why="ReLU lets about half of the sums through. He's weights are larger by √2, to make up for it.",
    ),
    "large": Card(
        "Weights of size 1",
        "Draw every weight from N(0, 1). How large are signals after ten ReLU layers?",
        ("About 1", "Millions"),
        setup=PLAIN | {"activation": "relu", "init": "large"},
        setup_words="ten ReLU layers, weights from N(0, 1)",
        see=_large,
        why="Each unit adds up 64 terms, which makes about 6 of 1. Ten times that, one after the other, "
        "multiplies to millions.",
    ),
    "own": Card(
        "PyTorch's own first weights",
        "Ten ReLU layers with what torch.nn.Linear draws by itself. Does the last one tell inputs apart?",
        ("Clearly", "Hardly"),
        setup=PLAIN | {"activation": "relu", "init": "torch"},
        setup_words="ten ReLU layers, PyTorch's own weights",
        see=_own,
        why="Its weights are smaller than He's by √6: each layer passes on less than half of the difference.",
    ),
    "residual": Card(
        "A way around",
        "Let each sigmoid layer add to what it was given. How much gradient reaches layer 1 now?",
        ("Hardly any", "A good part"),
        setup=PLAIN | {"activation": "sigmoid", "init": "xavier", "residual": True},
        setup_words="ten sigmoid layers with residual connections",
        see=_residual,
        why="The slope of x + f(x) is 1 + f's slope. A product of factors near 1 does not vanish.",
    ),
}
