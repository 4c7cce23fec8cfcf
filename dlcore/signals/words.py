"""What a stack shows, in words: where signals or gradients are lost, and what brings them back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dlcore.signals.config import SignalsConfig
from dlcore.signals.stack import LayerSeen, Signals
from dlcore.words import number, percent

FAINT, LOUD = 1e-5, 10.0  # of a layer's gradient: below, it hardly moves; above, a step throws it away
GROWN = 1e3  # of a signal
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
MANY = 0.5  # of the units dead, of the slopes flat
FITTING: Mapping[str, tuple[str, Mapping[str, Any]]] = {  # weights that suit an activation
    "relu": ("He weights", {"init": "he"}),
    "leaky": ("He weights", {"init": "he"}),
    "gelu": ("He weights", {"init": "he"}),
    "tanh": ("Xavier weights", {"init": "xavier"}),
    "linear": ("Xavier weights", {"init": "xavier"}),
    "sigmoid": ("ReLU with He weights", {"activation": "relu", "init": "he"}),  # none does
}


@dataclass(frozen=True)
class Trouble:
    """One sentence, and the changes that cure it, by their words."""

    name: str
    what: str
    cures: Mapping[str, Mapping[str, Any]]


def size(value: float) -> str:
    """With powers of ten where there would be many zeros: 5.1 × 10⁻⁹."""
    if value == 0 or not math.isfinite(value) or 1e-3 <= abs(value) < 1e4:
        return number(float(f"{value:.3g}"))
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits} × 10{str(int(power)).translate(RAISED)}"


def troubles(signals: Signals) -> list[Trouble]:
    """The plainest first; none if every layer learns."""
    return [*_loud(signals), *_faint(signals), *_units(signals)]


def summary(signals: Signals) -> str:
    """What the gradients do, in a sentence."""
    found = troubles(signals)
    if found:
        return found[0].what
    sizes = [layer.gradient for layer in signals.layers]
    return (
        f"Healthy: the layers' gradients lie between {size(min(sizes))} and {size(max(sizes))}. "
        "Each of them learns."
    )


def _loud(signals: Signals) -> Iterator[Trouble]:
    layers = signals.layers
    broken = [at for at, layer in enumerate(layers, 1) if not _finite(layer)]
    if broken or not math.isfinite(signals.loss):
        place = f"layer {broken[0]}" if broken else "the loss"
        what = f"Exploding: at {place} the numbers leave what float32 can hold."
        yield Trouble("exploding", what, _cures(signals.config))
        return
    sizes = [layer.gradient for layer in layers]
    if layers[-1].signal > GROWN:
        what = f"Exploding: signals grow from 1 to {size(layers[-1].signal)} in {_layers(signals)}, "
        what += f"and gradients reach {size(max(sizes))}."
        yield Trouble("exploding", what, _cures(signals.config))
    elif max(sizes) > LOUD:
        at = sizes.index(max(sizes)) + 1
        what = f"Exploding: the gradient of layer {at} is {size(max(sizes))}, that of the last "
        what += f"{size(sizes[-1])}."
        yield Trouble("exploding", what, _cures(signals.config))


def _faint(signals: Signals) -> Iterator[Trouble]:
    sizes = [layer.gradient for layer in signals.layers]
    if not any(sizes):
        what = "Nothing moves: every gradient is 0. Where all weights are 0, no blame gets through."
        yield Trouble("vanishing", what, _cures(signals.config))
    elif min(sizes) < FAINT:
        at = sizes.index(min(sizes)) + 1
        if max(sizes) < FAINT:
            what = f"Vanishing: no layer's gradient is above {size(max(sizes))}. "
            what += f"The signal itself has shrunk from 1 to {size(signals.layers[-1].signal)}."
        else:
            what = f"Vanishing: the gradient of layer {at} is {size(min(sizes))}, "
            what += f"that of the last {size(sizes[-1])}."
        yield Trouble("vanishing", what, _cures(signals.config))


def _units(signals: Signals) -> Iterator[Trouble]:
    layers = signals.layers
    flat = [layer.flat for layer in layers]
    if max(flat) > MANY:
        what = f"Saturated: in layer {flat.index(max(flat)) + 1}, {percent(max(flat))} of the slopes are "
        what += "nearly 0. No blame passes there."
        yield Trouble("saturated", what, _cures(signals.config))
    dead = [layer.dead for layer in layers]
    if max(dead) > MANY:
        what = f"Dead: in layer {dead.index(max(dead)) + 1}, {percent(max(dead))} of the units give 0 on "
        what += "every example."
        yield Trouble("dead", what, _cures(signals.config))


def _cures(config: SignalsConfig) -> dict[str, Mapping[str, Any]]:
    """What is not done yet."""
    words, changes = FITTING[config.activation]
    cures: dict[str, Mapping[str, Any]] = {}
    if config.replace(**changes) != config:
        cures[words] = changes
    if config.norm == "none" and config.init != "zero":
        cures["Batch norm"] = {"norm": "batch"}
    if not config.residual and config.init not in ("zero", "large"):
        cures["Residual connections"] = {"residual": True}
    return cures


def _finite(layer: LayerSeen) -> bool:
    return all(map(math.isfinite, (layer.signal, layer.blame, layer.gradient)))


def _layers(signals: Signals) -> str:
    count = len(signals.layers)
    return f"{count} layers" if count > 1 else "one layer"


def path_words(signals: Signals) -> str:
    """The gradient of the inputs' side as the product of what each layer multiplies it by."""
    gains = [layer.gain for layer in reversed(signals.layers)]
    shown = [size(gain) for gain in gains]
    if len(shown) > 8:
        shown = [*shown[:4], "…", *shown[-3:]]
    return f"{' × '.join(shown)} = {size(math.prod(gains))}"
