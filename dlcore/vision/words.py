"""What the recogniser answered, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from dlcore.vision.beside import TIMES, SideBySide
from dlcore.vision.integrated import Integrated
from dlcore.vision.networks import MEBIBYTE, Network
from dlcore.vision.occlusion import Occlusion
from dlcore.vision.recogniser import Guess
from dlcore.words import count_of, exact_percent, size, vote_percent

GAINED = 0.0005  # of a share: less is rounding
DROPPING = ("Dropout", "StochasticDepth")


def answer_words(guesses: Sequence[Guess], expected: Sequence[str] | None) -> str:
    """`expected`: the right classes; empty if ImageNet's list has none; None if nobody knows."""
    first = guesses[0]
    said = f"It says **{first.name}**, {vote_percent(first.share)}."
    if expected is None:
        return said
    if not expected:
        return f"{said} Its list of a thousand has no class for this: it must name another one."
    if first.name in expected:
        return f"{said} That is right."
    if any(guess.name in expected for guess in guesses):
        return f"{said} The right one stands further down."
    return f"{said} Right would have been {' or '.join(expected)}."


def network_words(network: Network) -> str:
    """Its size, and how often it is right, as published."""
    return (
        f"{network.parameters / 1e6:.1f} million parameters, {size(network.bytes)}; as published, right on "
        f"{exact_percent(network.accuracy, 1)} of ImageNet's 50,000 validation pictures."
    )


def fetch_words(network: Network) -> str:
    """What a fetched file costs, and what to do without internet."""
    licence = f" Its licence stands at {network.licence}." if network.licence else ""
    return (
        f"Its weights are {size(network.bytes)} (torchvision writes {network.bytes / MEBIBYTE:.1f} MB, of "
        f"1,048,576 bytes each); in memory it takes {size(4 * network.parameters)}.{licence}"
    )


def mode_words(network: nn.Module) -> str:
    """What training mode changes in it."""
    norms = sum(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in network.modules())
    drops = sum(type(part).__name__ in DROPPING for part in network.modules())
    what = [count_of(norms, "layer") + " of batch norm"] * (norms > 0) + [
        count_of(drops, "layer") + " that drop something at random"
    ] * (drops > 0)
    if not what:
        return "It has no layer that training mode changes."
    return f"It has {' and '.join(what)}: training mode changes what they do."


def place_words(guess: Guess, says: Tensor, bias: float) -> str:
    """What the (h, w) places say for a class, and that with the bias it is the logit."""
    total, (high, wide) = float(says.sum()), says.shape
    return (
        f"The last maps have {high}×{wide} places. What they say for **{guess.name}** adds up to "
        f"{total:.2f}; with the bias, {bias:.2f}, that is the logit, {total + bias:.2f} (each rounded). "
        f"The strongest place alone says {float(says.max()):.2f}; grey ones say nothing for it, or speak "
        "against it."
    )


def occlusion_words(guess: Guess, found: Occlusion) -> str:
    """What covering the most important place costs."""
    lost = found.lost
    row, column = divmod(int(lost.argmax()), lost.shape[1])
    least = float(found.covered[row, column])
    if lost.max() <= GAINED:
        return (
            f"Wherever the grey square lies, **{guess.name}** keeps its {vote_percent(found.whole)} or gains."
        )
    return (
        f"A grey square is laid over {lost.size} places, one after the other. Uncovered, **{guess.name}** "
        f"has {vote_percent(found.whole)}; with the square in row {row + 1}, column {column + 1} it has "
        f"{vote_percent(least)}, the least of all. {int((lost < -GAINED).sum())} places gain it "
        f"over {100 * GAINED:g} points."
    )


def integrated_words(guess: Guess, found: Integrated) -> str:
    """That what the pixels are given adds up, and how nearly."""
    return (
        f"From an all grey picture to this one, the logit of **{guess.name}** goes from {found.start:.2f} to "
        f"{found.logit:.2f}: {found.logit - found.start:+.2f}. What all pixels are given adds up to "
        f"{found.total:+.2f}. It misses by {found.left_out:+.3f}, since {found.steps} steps stand for all "
        f"between."
    )


def beside_words(found: SideBySide) -> str:
    """What the times are of."""
    threads = count_of(found.threads, "thread")
    return (
        f"Time: median of {TIMES} passes of one picture, on {threads} of the machine that runs the lab, "
        "beside whatever else it does. Published: how many of ImageNet's validation pictures it names right."
    )
