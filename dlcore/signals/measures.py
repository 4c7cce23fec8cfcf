"""What is seen of every layer: how large its signals and gradients are, and which units do not work."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dlcore.playground.activations import ACTIVATIONS
from dlcore.playground.diagnosis import FLAT, NEARLY_ALL
from dlcore.signals.config import SignalsConfig
from dlcore.signals.stack import Passed, build, pass_through

BINS = 31  # of values
SHOWN = 64  # examples whose numbers are in the histograms
FEW = 16  # examples, where a mean slope is all that is asked
PER_OCTAVE = 4  # bins of sizes for each power of two
BITS = 21  # of a float32 below its sign, exponent and first two binary digits


@dataclass(frozen=True)
class Spread:
    """Many numbers as two histograms: of sizes, PER_OCTAVE bins to each power of two, and of the values.

    `sizes[i]` counts those from `edge(first + i)` on, an exact 0 among none of them; `values` are bins from
    -most to most. Both, and the share of zeros, are of the first SHOWN examples, `rms` is of all.
    """

    rms: float  # the root of the mean square
    zeros: float  # the share that is exactly 0
    first: int
    sizes: tuple[int, ...]
    most: float
    values: tuple[int, ...]


def edge(place: int) -> float:
    """Where the bin of this place begins: a power of two, or a quarter, a half, three quarters more."""
    power, quarters = divmod(place, PER_OCTAVE)
    return math.ldexp(1 + quarters / PER_OCTAVE, power - 127) if power else math.ldexp(quarters, -128)


@dataclass(frozen=True)
class Layer:
    """`gain` is how many times the blame of what comes before is that of what this layer gives: one factor
    of the product. `apart` is how far examples differ in what the layer gives.
    """

    signal: Spread
    blame: Spread
    norm: float  # of the weights' gradient
    median: float  # of that gradient's size
    apart: float
    slope: float  # the mean slope of its units
    gain: float
    dead: int  # units that give 0 on every example, of a kind that passes nothing back then
    saturated: int  # units that are flat on nearly all examples
    flat: float  # the share of what it gives that lies where the curve is flat


@dataclass(frozen=True)
class Signals:
    config: SignalsConfig
    loss: float
    layers: tuple[Layer, ...]


def _norm(numbers: Tensor) -> float:
    """In double precision: a huge number's square is none in single."""
    return float(torch.linalg.vector_norm(numbers, dtype=torch.float64))


def spread_of(numbers: Tensor) -> Spread:
    """Of finite numbers and others; the others are in no bin."""
    flat = numbers[:SHOWN].contiguous().numpy().astype(np.float32, copy=False).ravel()
    bits = flat.view(np.int32) & 0x7FFFFFFF  # without the sign
    zeros = int(np.count_nonzero(bits == 0))
    most = float(np.abs(flat).max())
    counts = np.bincount(bits >> BITS, minlength=1024)[:1020]  # beyond are infinity and what is no number
    counts[0] -= zeros
    (held,) = counts.nonzero()
    first, last = (int(held[0]), int(held[-1])) if len(held) else (0, -1)
    values: list[int] = []
    if 0 < most < math.inf:
        places = (flat / np.float32(most) * (BINS / 2) + BINS / 2).astype(np.int32)
        values = np.bincount(np.minimum(places, BINS - 1), minlength=BINS).tolist()
    return Spread(
        _norm(numbers) / math.sqrt(numbers.numel()),
        zeros / len(flat),
        first,
        tuple(counts[first : last + 1].tolist()),
        most,
        tuple(values),
    )


def _slopes(config: SignalsConfig, sums: Tensor) -> Tensor:
    z = sums.numpy()
    gives, slope = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):  # huge sums are among what is shown
        ACTIVATIONS[config.activation].of(z, gives)
        ACTIVATIONS[config.activation].slope(z, gives, slope)
    return torch.from_numpy(slope)


def _units(config: SignalsConfig, sums: Tensor) -> tuple[float, int, int, float]:
    """The mean slope of a layer's units, how many are dead, how many saturated, and how much is flat."""
    if config.activation not in ("tanh", "sigmoid"):
        dead = int((sums.amax(dim=0) <= 0).sum()) if config.activation == "relu" else 0
        return float(_slopes(config, sums[:FEW]).mean()), dead, 0, 0.0
    slope = _slopes(config, sums)
    largest = 0.25 if config.activation == "sigmoid" else 1.0
    flat = (slope < FLAT * largest).sum(dim=0)
    saturated = int((flat > NEARLY_ALL * len(slope)).sum())
    return float(slope.mean()), 0, saturated, float(flat.sum()) / slope.numel()


def _layer(config: SignalsConfig, passed: Passed, place: int, blame: Spread, before: float) -> Layer:
    """`before` is the blame of what comes before."""
    gradient, gives = passed.gradients[place], passed.gives[place]
    slope, dead, saturated, flat = _units(config, passed.sums[place])
    return Layer(
        signal=spread_of(gives),
        blame=blame,
        norm=_norm(gradient),
        median=float(gradient.abs().median()),
        apart=_norm(gives - gives.mean(dim=0)) / math.sqrt(gives.numel()),
        slope=slope,
        gain=before / blame.rms if blame.rms else math.nan,
        dead=dead,
        saturated=saturated,
        flat=flat,
    )


def measure(config: SignalsConfig) -> Signals:
    """Once forward and once back."""
    passed = pass_through(config, build(config))
    blames = [spread_of(blame) for blame in passed.blames]
    before = [math.nan, *(blame.rms for blame in blames)]
    layers = [_layer(config, passed, place, blames[place], before[place]) for place in range(config.depth)]
    return Signals(config, passed.loss, tuple(layers))
