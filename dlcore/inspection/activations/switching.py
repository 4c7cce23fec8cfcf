"""What a network loses when one of its units is switched off, and which units never say anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.data import Samples
from dlcore.errors import ConfigError
from dlcore.events import Tick
from dlcore.inspection.listening import copy_without, listen
from dlcore.mnist.normalize import Normalize
from dlcore.nets.registry import private_copy
from dlcore.nets.shapes import CHUNK


@dataclass(frozen=True)
class Census:
    """On how many of N digits each map or unit of a layer gives anything but 0 after its ReLU."""

    layer: str
    total: int  # digits
    speaking: tuple[int, ...]  # of them, by unit

    @property
    def dead(self) -> tuple[int, ...]:
        """The units, from 0, that give 0 on every digit."""
        return tuple(unit for unit, digits in enumerate(self.speaking) if digits == 0)


@dataclass(frozen=True)
class Effect:
    """The same digits with one unit switched off."""

    unit: int
    correct: int
    lost: int  # digits that were right and are wrong without it
    won: int  # the other way round


@dataclass(frozen=True)
class Switching:
    """A network on N digits, whole and with single units switched off."""

    total: int
    correct: int  # of the whole network
    layer: str
    effects: tuple[Effect, ...]
    censuses: tuple[Census, ...]  # of every layer with a ReLU

    def points(self, effect: Effect) -> float:
        """The change of the accuracy in percentage points; below 0 it got worse."""
        return 100 * (effect.correct - self.correct) / self.total

    def census(self, layer: str) -> Census | None:
        return next((census for census in self.censuses if census.layer == layer), None)


def iter_switching(
    model: nn.Module, digits: Samples, normalize: Normalize, layer: str = "", units: Sequence[int] = ()
) -> Iterator[Tick | Effect | Switching]:
    """Count the silent units, then switch off each of these in turn; the last event is the Switching.

    `layer` is one with weights. Raises ConfigError at the call if the network has no such layer or unit.
    """
    _check(model, layer, units)
    return _iter_switching(model, digits, normalize, layer, tuple(units))


def _check(model: nn.Module, layer: str, units: Sequence[int]) -> None:
    if not units:
        return
    sizes = {name: len(m.weight) for name, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}
    if layer not in sizes:
        raise ConfigError(f"Layer must be one of {', '.join(sizes)}. Got {layer!r} instead.")
    wrong = [unit for unit in units if not 0 <= unit < sizes[layer]]
    if wrong:
        raise ConfigError(
            f"Unit of {layer} must be a whole number from 1 to {sizes[layer]}. Got {wrong[0] + 1} instead."
        )


def _iter_switching(
    model: nn.Module, digits: Samples, normalize: Normalize, layer: str, units: tuple[int, ...]
) -> Iterator[Tick | Effect | Switching]:
    whole = private_copy(model).to(memory_format=torch.channels_last)
    speaking: dict[str, NDArray[np.int64]] = {}
    right = np.zeros(len(digits), bool)
    for part in _parts(digits):
        right[part] = _listened(whole, digits, normalize, part, speaking)
        yield Tick()
    effects: list[Effect] = []
    for unit in units:
        without = copy_without(model, [(layer, unit)]).to(memory_format=torch.channels_last)
        now = np.zeros(len(digits), bool)
        for part in _parts(digits):
            now[part] = _judged(without, digits, normalize, part)
            yield Tick()
        effects.append(Effect(unit, int(now.sum()), int((right & ~now).sum()), int((now & ~right).sum())))
        yield effects[-1]
    yield Switching(
        total=len(digits),
        correct=int(right.sum()),
        layer=layer,
        effects=tuple(effects),
        censuses=tuple(
            Census(name, len(digits), tuple(counts.tolist())) for name, counts in speaking.items()
        ),
    )


def _parts(digits: Samples) -> Iterator[slice]:
    return (slice(first, min(first + CHUNK, len(digits))) for first in range(0, len(digits), CHUNK))


@torch.inference_mode()
def _judged(model: nn.Module, digits: Samples, normalize: Normalize, part: slice) -> NDArray[np.bool_]:
    """Which of these digits it reads correctly."""
    return _right(model(normalize(digits.images[part])), digits.labels[part])


@torch.inference_mode()
def _listened(
    model: nn.Module,
    digits: Samples,
    normalize: Normalize,
    part: slice,
    speaking: dict[str, NDArray[np.int64]],
) -> NDArray[np.bool_]:
    """The same, and count on how many of them each unit speaks."""
    heard, logits = listen(model, normalize(digits.images[part]))
    relus = {call.layer: call for call in heard if call.kind == "relu"}  # of several, the last
    for layer, call in relus.items():
        if layer:
            counts = (call.result.flatten(2) if call.result.ndim == 4 else call.result[..., None]) > 0
            said = counts.any(2).sum(0).numpy()
            speaking[layer] = speaking.get(layer, np.zeros(len(said), np.int64)) + said
    return _right(logits, digits.labels[part])


def _right(logits: Tensor, labels: Tensor) -> NDArray[np.bool_]:
    right: NDArray[np.bool_] = (logits.argmax(1) == labels).numpy()
    return right
