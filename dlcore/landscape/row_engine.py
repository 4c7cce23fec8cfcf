"""Convolutions, pools and dense layers at the places of one row of a grid, all at once.

The samples are the same everywhere. Three things follow:

- Most windows of a digit show nothing but paper. They are convolved once for all samples.
- Along a straight line through the space of weights, what the first convolution makes of a window changes
  along a straight line, too. It is computed twice for PLACES of them, for the row's start and for one step
  along it; at each place the two are added, which is quicker than to convolve again.
- The corners of a pooling window are four copies of the filters, each moved to another corner. The pool is
  the largest of the four and, with a zero beside them, the ReLU as well.

What follows is computed place by place. A few samples are taken at a time, so that what lies between two
layers stays in the processor's cache; more in the dense layers, which read all their many weights each time.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from dlcore.events import Tick
from dlcore.landscape.chain import Chain, Convolution, Dense
from dlcore.landscape.directions import Weights
from dlcore.landscape.judged import Judged, judged

PLACES = 6  # of a row, at a time; fewer where the maps are large
MOST = 20_000_000  # numbers of maps in memory, of all places at a time
CHUNK = 512  # samples at a time in the dense layers
PIECE = 16  # of a chunk, at a time in the convolutions
STORED = 10_000_000  # numbers of windows that are kept; where there may be more, they are cut anew each time
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))  # of a pooling window


class _Layer(NamedTuple):
    """(C_out, C_in, K, K) or (out, in), and (C_out,) or (out,)."""

    weight: Tensor
    bias: Tensor


class _Windows(NamedTuple):
    """`different` ones (W, numbers of a window + 1), the last of them 1. `which` is where, (B·h·w,), counted
    from the first of paper.
    """

    different: Tensor
    which: Tensor


class RowEngine:
    """See `Engine`. `images`: (N, C, H, W) float32, normalised; `labels`: (N,)."""

    def __init__(self, chain: Chain, images: Tensor, labels: Tensor) -> None:
        self._chain = chain
        self._labels = labels
        self._seen = _Seen(chain.convolutions[0], images)
        self._maps = (*self._seen.size, chain.convolutions[0].channels_out)  # (h, w, C) after the first pool
        numbers, chunk = math.prod(self._maps), min(CHUNK, len(labels))
        self._places = min(PLACES, max(1, MOST // (chunk * numbers)))
        most = PIECE * numbers  # of a piece of which nothing is paper
        self._line = torch.empty(2 * len(CORNERS) * most)
        self._corners = torch.empty((len(CORNERS) + 1) * most)
        self._largest = torch.empty(self._places, numbers + most)  # of paper first
        self._pooled = torch.empty(self._places, chunk, numbers)
        self._features = torch.empty(chunk, chain.dense[0].units_in)
        self._shapes: list[tuple[int, ...]] = [
            (c.channels_out, c.channels_in, c.kernel, c.kernel) for c in chain.convolutions
        ]
        self._shapes += [(d.units_out, d.units_in) for d in chain.dense]
        self._sizes = [size for shape in self._shapes for size in (math.prod(shape), shape[0])]
        self._here = torch.empty(self._places, sum(self._sizes))

    def vector(self, weights: Weights) -> Tensor:
        parts = []
        layers: tuple[Convolution | Dense, ...] = (*self._chain.convolutions, *self._chain.dense)
        for layer in layers:
            weight = weights[f"{layer.name}.weight"]
            if isinstance(layer, Convolution):
                weight = weight.permute(0, 2, 3, 1)  # channels last, as maps lie here
            elif layer == self._chain.dense[0]:
                weight = weight.unflatten(1, (self._chain.convolutions[-1].channels_out, -1)).mT
            parts += [weight.flatten(), weights[f"{layer.name}.bias"]]
        return torch.cat(parts).float()

    def judge(
        self, start: Tensor, along: Tensor, steps: Sequence[float]
    ) -> Generator[Tick, None, list[Judged]]:
        found: list[Judged] = []
        places = math.ceil(len(steps) / math.ceil(len(steps) / self._places))
        for first in range(0, len(steps), places):
            found += yield from self._judge(start, along, steps[first : first + places])
        return found

    def _judge(
        self, start: Tensor, along: Tensor, steps: Sequence[float]
    ) -> Generator[Tick, None, list[Judged]]:
        """As many steps as there are places, at most."""
        line = torch.cat([_at_corners(self._layers(end)[0]) for end in (start, along)])
        self._pool(line, steps, self._seen.paper, 0)
        here = self._here[: len(steps)]
        for step, place in zip(steps, here, strict=True):
            torch.add(start, along, alpha=step, out=place)
        logits = torch.empty(len(steps), len(self._labels), self._chain.dense[-1].units_out)
        pieces = iter(self._seen)
        for chunk in logits.split(CHUNK, dim=1):
            pooled = self._pooled[: len(steps), : chunk.shape[1]]
            for piece in pooled.split(PIECE, dim=1):
                self._first_stage(line, steps, next(pieces), piece)
                yield Tick()
            for place, features, out in zip(here, pooled, chunk, strict=True):
                self._other_stages(self._layers(place), features, out)
                yield Tick()
        return [judged(each, self._labels) for each in logits]

    def _layers(self, vector: Tensor) -> list[_Layer]:
        """The vector cut into the parameters of the layers, nothing copied."""
        parts = iter(vector.split(self._sizes))
        layers = []
        for shape, weight, bias in zip(self._shapes, parts, parts, strict=True):
            if len(shape) == 4:
                out, channels, height, width = shape
                layers.append(_Layer(weight.view(out, height, width, channels).permute(0, 3, 1, 2), bias))
            else:
                layers.append(_Layer(weight.view(shape), bias))
        return layers

    @torch.inference_mode()
    def _first_stage(self, line: Tensor, steps: Sequence[float], windows: _Windows, pooled: Tensor) -> None:
        """Fill what the second layer sees of some samples at each step, (steps, B, h·w·C)."""
        paper, channels = len(self._seen.paper), line.shape[2]
        self._pool(line, steps, windows.different, paper)
        for largest, out in zip(self._largest, pooled, strict=False):
            found = largest[: (paper + len(windows.different)) * channels].view(-1, channels)
            torch.index_select(found, 0, windows.which, out=out.view(-1, channels))

    @torch.inference_mode()
    def _pool(self, line: Tensor, steps: Sequence[float], windows: Tensor, first: int) -> None:
        """What the first convolution, its pool and ReLU make of windows, from the row `first` on."""
        channels, count = line.shape[2], len(windows)
        both = self._line[: len(line) * count * channels].view(len(line), count, channels)
        torch.bmm(windows.expand(len(line), -1, -1), line, out=both)
        start, along = both.chunk(2)
        corners = self._corners[: (len(start) + 1) * count * channels].view(-1, count, channels)
        corners[-1].zero_()
        for step, largest in zip(steps, self._largest, strict=False):
            torch.add(start, along, alpha=step, out=corners[:-1])
            out = largest[first * channels : (first + count) * channels].view(count, channels)
            torch.amax(corners, 0, out=out)

    @torch.inference_mode()
    def _other_stages(self, layers: list[_Layer], pooled: Tensor, logits: Tensor) -> None:
        """What the first stage has made of some samples, (B, h·w·C), to their logits (B, 10)."""
        x = pooled
        if len(self._chain.convolutions) > 1:
            x = self._features[: len(pooled)]
            for maps, features in zip(pooled.split(PIECE), x.split(PIECE), strict=True):
                features.copy_(self._convolve(layers, maps))
        for dense, layer in zip(self._chain.dense, layers[len(self._chain.convolutions) :], strict=True):
            x = _dense(x, layer, relu=dense.relu)
        logits.copy_(x)

    def _convolve(self, layers: list[_Layer], maps: Tensor) -> Tensor:
        """Through all convolutions but the first: (B, h·w·C) -> (B, h'·w'·C')."""
        x = maps.view(-1, *self._maps).permute(0, 3, 1, 2)
        for convolution, layer in list(zip(self._chain.convolutions, layers, strict=False))[1:]:
            x = F.conv2d(x, layer.weight, layer.bias, padding=convolution.padding)
            x = F.max_pool2d(x, 2).relu_()
        return x.permute(0, 2, 3, 1).flatten(1)


class _Seen:
    """What a convolution and its 2x2 pool see of the samples, PIECE of them at a time.

    `paper`: the windows in which nothing is drawn, one for each place of a map, with a 1 behind each.
    """

    def __init__(self, convolution: Convolution, images: Tensor) -> None:
        c = self._convolution = convolution
        height, width = ((size + 2 * c.padding - c.kernel + 1) // 2 for size in images.shape[2:])
        self.size = height, width
        self._images = images
        (paper,) = self._cut(torch.full_like(images[:1], float(images.min())))
        self._paper, self.paper = paper, F.pad(paper, (0, 1), value=1.0)
        self._kept = None
        if len(images) * paper.numel() <= STORED:
            self._kept = list(self)

    def __iter__(self) -> Iterator[_Windows]:
        return iter(self._kept or map(self._windows, self._images.split(PIECE)))

    @torch.inference_mode()
    def _windows(self, images: Tensor) -> _Windows:
        seen = self._cut(images)
        inked = (seen != self._paper).any(2)
        different = seen[inked]
        which = torch.arange(len(self._paper), dtype=torch.int32).repeat(len(images), 1)
        which[inked] = len(self._paper) + torch.arange(len(different), dtype=torch.int32)
        return _Windows(F.pad(different, (0, 1), value=1.0), which.flatten())

    def _cut(self, images: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, h·w, C·(K + 1)·(K + 1)): a pool of 2x2 sees one pixel more than its filters."""
        c = self._convolution
        return F.unfold(images, c.kernel + 1, padding=c.padding, stride=2).mT


def _at_corners(layer: _Layer) -> Tensor:
    """-> (4 corners, C_in·(K + 1)·(K + 1) + 1, C_out): the filters moved to each corner, then the bias."""
    moved = [F.pad(layer.weight, (right, 1 - right, down, 1 - down)).flatten(1) for down, right in CORNERS]
    return torch.stack([torch.cat([filters, layer.bias[:, None]], 1).T for filters in moved])


def _dense(x: Tensor, layer: _Layer, *, relu: bool) -> Tensor:
    """(B, in) -> (B, out). By oneDNN where torch has it, which is quicker at it than what F.linear takes."""
    if torch.backends.mkldnn.is_available():  # its own ReLU would make 0 of what is not a number
        product: Tensor = torch.ops.mkldnn._linear_pointwise(x, layer.weight, layer.bias, "none", [], "")
    else:
        product = F.linear(x, layer.weight, layer.bias)
    return product.relu_() if relu else product
