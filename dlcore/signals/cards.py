"""The cards of the stack. They read what was measured of the config on the page."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10

from dlcore.cards import Card, Finding, nearest
from dlcore.signals.stack import Signals, measure
from dlcore.signals.words import FAINT, size

SHRUNK = {"About 1/40": log10(1 / 40), "About 1/1,000": -3.0, "About 1/1,000,000": -6.0}
GROWN = {"About 10": 1.0, "About 1,000": 3.0, "10,000,000 or more": 7.0}
KEPT = 100.0  # times: within that, gradients count as of one size


def _plain(seen: Signals) -> bool:
    return not seen.config.residual and seen.config.norm == "none" and seen.config.depth == 10


def _ratio(seen: Signals) -> float:
    """The first layer's gradient over the last one's."""
    return seen.layers[0].gradient / seen.layers[-1].gradient if seen.layers[-1].gradient else 0.0


def _quarter(seen: Signals) -> Finding | None:
    config = seen.config
    if (config.activation, config.init) != ("sigmoid", "xavier") or not _plain(seen):
        return None
    first, last, ratio = seen.layers[0].gradient, seen.layers[-1].gradient, _ratio(seen)
    return Finding(
        f"the first layer's gradient is {size(first)}, the last one's {size(last)}: {size(ratio)} of it. "
        f"0.25¹⁰ is {size(0.25**10)}.",
        shown=ratio < 1e-4,
        right=nearest(log10(ratio), SHRUNK) if ratio else "",
    )


def _kept(seen: Signals) -> Finding | None:
    config = seen.config
    if (config.activation, config.init) != ("relu", "he") or not _plain(seen):
        return None
    ratio = _ratio(seen)
    kept = 1 / KEPT < ratio < KEPT
    return Finding(
        f"the first layer's gradient is {size(seen.layers[0].gradient)}, the last one's "
        f"{size(seen.layers[-1].gradient)}: of one size.",
        shown=kept,
        right="About the same size" if kept else "A millionth",
    )


def _grown(seen: Signals) -> Finding | None:
    config = seen.config
    if (config.activation, config.init) != ("relu", "large") or not _plain(seen):
        return None
    signal = seen.layers[-1].signal
    return Finding(
        f"after ten layers a signal of 1 has become {size(signal)}.",
        shown=signal > 1e5,
        right=nearest(log10(signal), GROWN) if signal else "",
    )


def _mute(seen: Signals) -> Finding | None:
    config = seen.config
    if (config.activation, config.init) != ("relu", "torch") or not _plain(seen):
        return None
    gradient = min(layer.gradient for layer in seen.layers)
    he = min(layer.gradient for layer in measure(config.replace(init="he")).layers)
    return Finding(
        f"the faintest layer gets a gradient of {size(gradient)}. With He weights it is {size(he)}.",
        shown=gradient < FAINT < he,
        right="Hardly: under 1/1,000 of He's" if gradient < he / 1000 else "Yes, as with He",
    )


def _added(seen: Signals) -> Finding | None:
    config = seen.config
    if (config.activation, config.init) != ("sigmoid", "xavier") or not config.residual:
        return None
    without = measure(config.replace(residual=False)).layers[0].gradient
    gradient = seen.layers[0].gradient
    return Finding(
        f"the first layer's gradient is {size(gradient)} with residual connections, {size(without)} without.",
        shown=gradient > 1000 * without,
        right="Yes" if gradient > 1000 * without else "No",
    )


CARDS: Mapping[str, Card] = {
    "quarter": Card(
        title="A quarter, ten times",
        question="No slope of sigmoid is above 0.25. How much smaller is the first of ten layers' gradient?",
        answers=tuple(SHRUNK),
        setup={"activation": "sigmoid", "init": "xavier", "depth": 10, "residual": False, "norm": "none"},
        setup_words="Sigmoid, Xavier, 10 layers",
        see=_quarter,
        why="A gradient is a product along the path: each layer multiplies it by its slopes and its weights. "
        "Ten factors near a quarter leave a millionth.",
    ),
    "kept": Card(
        title="Weights that keep it",
        question="ReLU with He weights: how large is the first layer's gradient beside the last one's?",
        answers=("A millionth", "About the same size"),
        setup={"activation": "relu", "init": "he", "depth": 10, "residual": False, "norm": "none"},
        setup_words="ReLU, He, 10 layers",
        see=_kept,
        why="ReLU lets half of the signal through. He weights are √2 larger than 1/√inputs, which makes up "
        "for that half.",
    ),
    "grown": Card(
        title="Weights of size 1",
        question="Weights drawn from N(0, 1), 64 units: how large is a signal of 1 after ten ReLU layers?",
        answers=tuple(GROWN),
        setup={"activation": "relu", "init": "large", "depth": 10, "residual": False, "norm": "none"},
        setup_words="ReLU, N(0, 1), 10 layers",
        see=_grown,
        why="Each sum of 64 products is √64 = 8 times as large, halved in its square by ReLU: "
        "5.7 times a layer, ten times over.",
    ),
    "mute": Card(
        title="PyTorch's own",
        question="Ten ReLU layers as torch.nn.Linear draws them: does the faintest layer get a gradient?",
        answers=("Yes, as with He", "Hardly: under 1/1,000 of He's"),
        setup={"activation": "relu", "init": "torch", "depth": 10, "residual": False, "norm": "none"},
        setup_words="ReLU, PyTorch's own, 10 layers",
        see=_mute,
        why="Its weights are √6 smaller than He's. In ten layers that leaves a hundredth of the signal and "
        "of the blame. Deep stacks need He, or a norm.",
    ),
    "added": Card(
        title="A way around",
        question="Sigmoid, but each layer adds to what it was given. Does that bring the gradient back?",
        answers=("Yes", "No"),
        setup={"activation": "sigmoid", "init": "xavier", "depth": 10, "residual": True, "norm": "none"},
        setup_words="Sigmoid, Xavier, residual connections",
        see=_added,
        why="A sum hands its blame on to both parts unchanged: a factor of the path is 1 + slope × weights, "
        "not near 0.",
    ),
}
