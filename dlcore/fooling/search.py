"""A few pixels of a digit are changed until the network reads another one.

Greedy, by gradient: the gradient of (wanted logit − read logit) says which pixels help most if they go all
the way to black or white; the best of them are tried, and the one that helps most is kept. At the end each
change that is no longer needed is taken back. It is the L0 attack of Papernot et al. 2016 (The limitations
of deep learning in adversarial settings), one pixel at a time and with its candidates measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.errors import ConfigError
from dlcore.mnist.normalize import Normalize

MOST = 40  # pixels
CANDIDATES = 24  # tried at each step

Digit = NDArray[np.uint8]


@dataclass(frozen=True)
class Change:
    """One pixel: what it was and what it is now, 0 for paper and 255 for ink."""

    row: int
    column: int
    before: int
    after: int


@dataclass(frozen=True)
class Step:
    """After `changes` the network reads the digit with these probabilities."""

    changes: tuple[Change, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Fooled:
    """A digit (28, 28) uint8 and the steps of its change. The first step changes nothing.

    `wanted`: what it is to be read as; where that was free, what came nearest.
    """

    digit: Digit
    wanted: int
    steps: tuple[Step, ...]

    @property
    def read(self) -> int:
        """What the network made of it before."""
        return _best(self.steps[0].probabilities)

    @property
    def success(self) -> bool:
        return _best(self.steps[-1].probabilities) == self.wanted

    @property
    def pixels(self) -> int:
        """The score: how many are changed at the end."""
        return len(self.steps[-1].changes)


def changed(digit: Digit, changes: tuple[Change, ...]) -> Digit:
    new = digit.copy()
    for change in changes:
        new[change.row, change.column] = change.after
    return new


def iter_fooling(
    model: nn.Module, normalize: Normalize, digit: Digit, wanted: int | None = None, most: int = MOST
) -> Iterator[Step | Fooled]:
    """A Step for each pixel; the last event is a Fooled, whether it succeeded or not.

    `digit`: (28, 28) uint8. `wanted`: the class it is to be read as; None: any other.
    `model` is in eval mode and stays as it is. Raises ConfigError if it reads the digit as `wanted` already.
    """
    first = _logits(model, normalize, torch.from_numpy(digit.copy())[None, None])[0]
    read = int(first.argmax())
    if wanted == read:
        raise ConfigError(f"The network reads a {read} already: choose another digit to turn it into.")
    return _Search(model, normalize, digit, read, wanted).work(_shares(first), most)


def fool(model: nn.Module, normalize: Normalize, digit: Digit, wanted: int | None = None) -> Fooled:
    """The end of `iter_fooling`, at once."""
    *_, last = iter_fooling(model, normalize, digit, wanted)
    assert isinstance(last, Fooled)
    return last


@dataclass(frozen=True)
class _Search:
    model: nn.Module
    normalize: Normalize
    digit: Digit
    read: int
    wanted: int | None

    def work(self, shares: tuple[float, ...], most: int) -> Iterator[Step | Fooled]:
        steps = [Step((), shares)]
        yield steps[0]
        now = self.start
        while len(steps) <= most and not self.done(steps[-1]):
            tried = self.candidates(now)
            if not len(tried):  # no pixel is left that helps
                break
            now = tried[int(self.lead(self.logits(tried)).argmax())]
            steps.append(self.step(now))
            yield steps[-1]
        if self.done(steps[-1]):
            final = self.step(self.without_needless(now))
            if len(final.changes) < len(steps[-1].changes):
                steps.append(final)
                yield final
        yield Fooled(self.digit, self.aim(steps[-1].probabilities), tuple(steps))

    @property
    def start(self) -> Tensor:
        return torch.from_numpy(self.digit.copy())

    def logits(self, images: Tensor) -> Tensor:
        """(N, 28, 28) uint8 -> (N, 10)."""
        return _logits(self.model, self.normalize, images[:, None])

    def aim(self, scores: Sequence[float]) -> int:
        """The wanted class; without one, the best of the others."""
        if self.wanted is not None:
            return self.wanted
        return max((number for number in range(10) if number != self.read), key=scores.__getitem__)

    def done(self, step: Step) -> bool:
        best = _best(step.probabilities)
        return best == self.wanted if self.wanted is not None else best != self.read

    def lead(self, logits: Tensor) -> Tensor:
        """(N, 10) -> (N,): by how much the wanted logit leads the best other, or any other leads `read`."""
        rest = torch.arange(10) != (self.read if self.wanted is None else self.wanted)
        if self.wanted is None:
            return logits[:, rest].max(1).values - logits[:, self.read]
        return logits[:, self.wanted] - logits[:, rest].max(1).values

    def candidates(self, now: Tensor) -> Tensor:
        """(N, 28, 28) uint8: `now` with one more pixel at its end, for the pixels that promise most."""
        seen = self.normalize(now[None, None]).requires_grad_()
        with torch.enable_grad():
            (slope,) = torch.autograd.grad(self.lead(self.model(seen))[0], seen)
        slope = slope[0, 0]  # of the normalised pixels: that of grey levels times a constant
        room = torch.where(slope > 0, 255.0 - now, -1.0 * now)
        gain = (slope * room).masked_fill(now != self.start, -1.0).flatten()
        best = gain.topk(CANDIDATES)
        chosen = best.indices[best.values > 0]
        tried = now.repeat(len(chosen), 1, 1)
        ends = torch.where(slope.flatten() > 0, 255, 0).to(torch.uint8)
        tried.view(len(chosen), -1)[torch.arange(len(chosen)), chosen] = ends[chosen]
        return tried

    def without_needless(self, now: Tensor) -> Tensor:
        """Changes are taken back, the least needed first, as long as the network is still fooled."""
        start = self.start
        while True:
            rows, columns = torch.nonzero(now != start, as_tuple=True)
            fewer = now.repeat(len(rows), 1, 1)
            fewer[torch.arange(len(rows)), rows, columns] = start[rows, columns]
            lead = self.lead(self.logits(fewer))
            if lead.max() <= 0:
                return now
            now = fewer[int(lead.argmax())]

    def step(self, now: Tensor) -> Step:
        rows, columns = np.nonzero(now.numpy() != self.digit)
        before, after = self.digit[rows, columns], now.numpy()[rows, columns]
        changes = tuple(Change(*map(int, place)) for place in zip(rows, columns, before, after, strict=True))
        return Step(changes, _shares(self.logits(now[None])[0]))


@torch.no_grad()
def _logits(model: nn.Module, normalize: Normalize, digits: Tensor) -> Tensor:
    """(B, 1, 28, 28) uint8 -> (B, 10)."""
    result: Tensor = model(normalize(digits))
    return result


def _shares(logits: Tensor) -> tuple[float, ...]:
    return tuple(logits.softmax(0).tolist())


def _best(probabilities: tuple[float, ...]) -> int:
    return max(range(10), key=probabilities.__getitem__)
