"""What a forger draws: from a seed, between two noises, over a plane of noises; and which digit is nearest.

Between two noises one walks along an arc: a straight line would cross the middle, where noise is rare (White
2016, "Sampling generative networks").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlcore.data import Samples
from dlcore.gan.data import as_drawn
from dlcore.gan.judging import asked_labels, draw
from dlcore.gan.networks import Generator

Pixels = NDArray[np.uint8]  # (N, 28, 28), 0 is paper
REACH = 2.0  # a plane of noises goes so far to both sides
STRAIGHT = 0.999  # a cosine beyond this: the two noises lie on one line
CHUNK = 5_000  # digits compared at once: 16 MB


def noise_of(seed: int, size: int, count: int = 1) -> Tensor:
    """(count, size) from a normal distribution. The same seed gives the same first noises."""
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def pictures(forger: Generator, noise: Tensor, labels: Tensor) -> Pixels:
    """(N, 28, 28) of noises (N, noise) and labels (N,)."""
    found: Pixels = draw(forger, noise, labels)[:, 0].numpy()
    return found


def drawn(forger: Generator, digit: int | None, *, count: int, seed: int) -> Pixels:
    """So many drawings of one digit, or of all ten in turn."""
    return pictures(forger, noise_of(seed, forger.noise, count), asked_labels(count, digit))


def film(forgers: Sequence[Generator], label: int, seed: int) -> Pixels:
    """One noise, drawn by each of the forgers."""
    labels = torch.tensor([label])
    return np.concatenate([pictures(forger, noise_of(seed, forger.noise), labels) for forger in forgers])


def between(start: Tensor, end: Tensor, shares: Tensor) -> Tensor:
    """Noises (K, noise) at these shares (K,), 0 to 1, of the way from one noise (noise,) to another.

    On an arc, for on a straight line they would be too small; but of two that lie on one line there is none.
    """
    cosine = torch.dot(start, end) / (start.norm() * end.norm())
    if cosine.abs() > STRAIGHT:
        return torch.lerp(start, end, shares[:, None])
    angle = torch.arccos(cosine)
    weights = torch.stack([torch.sin((1 - shares) * angle), torch.sin(shares * angle)], 1) / angle.sin()
    return weights @ torch.stack([start, end])


def walk(forger: Generator, label: int, seeds: tuple[int, int], count: int) -> Pixels:
    """A digit on its way from one noise to another, `count` stops."""
    start, end = (noise_of(seed, forger.noise)[0] for seed in seeds)
    noise = between(start, end, torch.linspace(0, 1, count))
    return pictures(forger, noise, torch.full((count,), label))


def noise_plane(forger: Generator, label: int, seed: int, axes: tuple[int, int], side: int = 9) -> Pixels:
    """side × side drawings, row by row: two numbers of the noise go from REACH to -REACH and from -REACH to
    REACH, the others stay. `axes` count from 0, the one across first; with a noise of one number both are it.
    """
    noise = noise_of(seed, forger.noise).repeat(side * side, 1)
    steps = torch.linspace(-REACH, REACH, side)
    across, down = (axis % forger.noise for axis in axes)
    noise[:, down] = steps.flip(0).repeat_interleave(side)
    noise[:, across] = steps.repeat(side)
    return pictures(forger, noise, torch.full((side * side,), label))


def nearest(drawing: Pixels, digits: Samples) -> tuple[int, float]:
    """Which of the digits is most like a drawing (28, 28), and how far apart the two are: the root of the
    mean squared difference of their grey levels, 0 to 255.
    """
    wanted = as_drawn(torch.from_numpy(drawing)).flatten()
    best, least = 0, float("inf")
    for place in range(0, len(digits), CHUNK):
        some = as_drawn(digits.images[place : place + CHUNK]).flatten(1)
        apart = some.square().sum(1) - 2 * some @ wanted
        found = int(apart.argmin())
        if (value := float(apart[found])) < least:
            best, least = place + found, value
    squared = max(0.0, least + float(wanted.square().sum())) / wanted.numel()
    return best, 127.5 * squared**0.5
