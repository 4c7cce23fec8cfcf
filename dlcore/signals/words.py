"""What the stack's numbers mean: a sentence each, with the layer and the number, and what cures it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dlcore.signals.config import SignalsConfig
from dlcore.signals.measures import Layer, Signals
from dlcore.words import percent, raised

Kind = Literal["exploding", "stopped", "vanishing", "mute", "dead", "saturated", "healthy"]
APART = 100  # times: gradients of the first and the last layer are of one size within that
FAINT = 1e-5  # a whole gradient below that moves no weight
HUGE = 1e3  # a gradient, or signals, beyond that
MUTE = 1e-3  # how far examples differ at the end: below that all look alike
MANY = 0.2  # of a layer's units
MOST = 0.5  # of what a layer gives


@dataclass(frozen=True)
class Cure:
    """`changes` of the config."""

    words: str
    changes: Mapping[str, Any]


LEAKY = Cure("Leaky ReLU", {"activation": "leaky"})


@dataclass(frozen=True)
class Word:
    kind: Kind
    text: str
    cures: tuple[Cure, ...] = ()


def brief(value: float) -> str:
    """Two digits, and a power of ten where there would be many zeros: "0.24", "3.2 · 10⁻⁷"."""
    if not math.isfinite(value):
        return "no number"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{float(f'{value:.2g}'):g}"
    digits, power = f"{value:.1e}".split("e")
    return f"{float(digits):g} · 10{raised(int(power))}"


def words_of(signals: Signals) -> list[Word]:
    """What is wrong, the plainest first; that it is healthy, if nothing is."""
    found = [*_sizes(signals), *_mute(signals), *_units(signals)]
    return found or [_healthy(signals)]


def _init(config: SignalsConfig) -> Cure | None:
    """The first weights that suit the activation, if they are others."""
    suits, name = ("he", "He") if config.activation in ("relu", "leaky", "gelu") else ("xavier", "Xavier")
    return None if config.init == suits else Cure(f"{name} weights", {"init": suits})


def _cures(config: SignalsConfig, *, growing: bool = False) -> tuple[Cure, ...]:
    """What may help, the best first. Sums brought to spread 1 can neither grow nor fade; a sigmoid's mean
    of 0.5, the same for every example, only batch norm takes away.
    """
    sigmoid = config.activation == "sigmoid"
    norm = Cure("Batch norm", {"norm": "batch"}) if sigmoid else Cure("Layer norm", {"norm": "layer"})
    by = Cure("Residual connections", {"residual": True})
    bounded = config.activation in ("tanh", "sigmoid")
    unlike = config.activation in ("sigmoid", "gelu")  # what shrinks small sums more, no weights make up for
    by_size = config.residual or config.norm != "none"  # other weights change little then
    found = [None if by_size or (unlike and not growing) else _init(config)]
    if not growing and not config.residual:
        found.append(
            by
            if bounded or config.norm != "none"
            else Cure("Residual connections with layer norm", {"residual": True, "norm": "layer"})
        )
    found.append(norm if config.norm != norm.changes["norm"] else None)
    return tuple(cure for cure in found if cure is not None)


def _sizes(signals: Signals) -> Iterator[Word]:
    """At most one: too large, none, or too small."""
    config, layers = signals.config, signals.layers
    norms = [layer.norm for layer in layers]
    if not all(math.isfinite(norm) for norm in norms):
        at = max(place for place, norm in enumerate(norms) if not math.isfinite(norm)) + 1
        text = f"Exploding: the gradient of layer {at} is larger than a number can be here."
        yield Word("exploding", text, _cures(config, growing=True))
        return
    first, last, most = norms[0], norms[-1], max(norms)
    loudest = max(range(len(layers)), key=lambda place: layers[place].signal.rms)
    rms = layers[loudest].signal.rms
    if config.init == "zero" and min(norms) == 0:
        yield _stopped(config, norms)
    elif most > HUGE or rms > HUGE:
        at = norms.index(most) + 1
        signal = f"signals reach {brief(rms)} in layer {loudest + 1}, and " if rms > HUGE else ""
        text = f"Exploding: {signal}the gradient of layer {at} reaches {brief(most)}."
        yield Word("exploding", text, _cures(config, growing=True))
    elif last == 0 < most:
        yield _last_stopped(config, len(layers), first)
    elif first > APART * last:
        text = f"Exploding: layer 1's gradient is {brief(first / last)} times that of layer {len(layers)}."
        yield Word("exploding", text, _cures(config, growing=True))
    elif first * APART < last:
        share = (first / last) ** (1 / (len(layers) - 1))
        text = f"Vanishing: layer 1 gets {brief(first / last)} of layer {len(layers)}'s gradient; "
        text += f"each layer passes on {brief(share)} of it on average."
        yield Word("vanishing", text, _cures(config))
    elif most < FAINT:
        text = f"Vanishing: the largest gradient of any layer, layer {norms.index(most) + 1}'s, "
        text += f"is {brief(most)}."
        yield Word("vanishing", text, _cures(config))


def _stopped(config: SignalsConfig, norms: list[float]) -> Word:
    at = norms.index(0.0) + 1
    text = f"Stopped: every weight is 0, so layer {at} gets a gradient of exactly 0."
    init = _init(config)
    return Word("stopped", text, (init,) if init else ())


def _last_stopped(config: SignalsConfig, depth: int, first: float) -> Word:
    """A residual path leads past the last layer, so those before it still learn."""
    text = f"Stopped: layer {depth} gets a gradient of exactly 0; layer 1 gets {brief(first)}, past it."
    return Word("stopped", text, (LEAKY,) if config.activation == "relu" else _cures(config))


def _mute(signals: Signals) -> Iterator[Word]:
    apart = signals.layers[-1].apart
    if signals.config.init != "zero" and apart < MUTE:
        text = f"Mute: layer {len(signals.layers)} tells examples apart by {brief(apart)} only; "
        text += f"layer 1 did by {brief(signals.layers[0].apart)}."
        yield Word("mute", text, _cures(signals.config))


def _units(signals: Signals) -> Iterator[Word]:
    config, layers = signals.config, signals.layers

    deadest = max(range(len(layers)), key=lambda place: layers[place].dead)
    dead = layers[deadest].dead
    if dead >= MANY * config.width and config.init != "zero":
        text = f"Dead: {dead} of {config.width} units of layer {deadest + 1} give 0 on every example."
        yield Word("dead", text, (LEAKY,))
    saturated = max(layer.saturated for layer in layers)
    flattest = max(range(len(layers)), key=lambda place: (layers[place].flat, layers[place].saturated))
    if saturated >= MANY * config.width or layers[flattest].flat >= MOST:
        text = f"Saturated: {percent(layers[flattest].flat)} of what layer {flattest + 1} gives lies where "
        text += "its curve is flat and hardly any gradient passes."
        cure = Cure("Batch norm", {"norm": "batch"}) if config.residual else _init(config)
        yield Word("saturated", text, (cure,) if cure else ())


def _healthy(signals: Signals) -> Word:
    first, last = signals.layers[0], signals.layers[-1]
    ratio = first.norm / last.norm
    text = f"Healthy: layer 1's gradient is {brief(ratio)} times that of layer {len(signals.layers)}, "
    text += f"and examples still differ by {brief(last.apart)} at the end."
    if len(signals.layers) == 1:
        text = f"Healthy: one layer, with a gradient of {brief(first.norm)}."
    return Word("healthy", text)


def chain(layers: tuple[Layer, ...], place: int) -> tuple[float, float, float]:
    """The blame at the end, the product of the gains behind the layer of this place, and the blame there."""
    end, product = layers[-1].blame.rms, math.prod(layer.gain for layer in layers[place + 1 :])
    return end, product, layers[place].blame.rms
