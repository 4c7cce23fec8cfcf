"""Convolutions, pools and dense layers at many places of their weights' space, as matrix products.

The samples do not change from place to place, so the patches that the first convolution sees are laid out
once. Of a convolution and a 2x2 pool, four products stand for the four corners of every pooling window;
their maximum is the pool. All is done for a few samples at a time: what lies between two layers never leaves
the processor's cache.
"""

from __future__ import annotations

from collections.abc import Generator

import torch
import torch.nn.functional as F
from torch import Tensor

from dlcore.events import Tick
from dlcore.landscape.chain import Chain, Convolution
from dlcore.landscape.directions import Weights
from dlcore.landscape.judged import Judged, judged

CHUNK = 32  # samples at a time
STORED = 50_000_000  # numbers of patches kept, 200 MB; beyond, they are laid out anew each time
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))  # of a pooling window


class GemmEngine:
    """See `Engine`. `images`: (N, C, H, W) float32, normalised; `labels`: (N,)."""

    def __init__(self, chain: Chain, images: Tensor, labels: Tensor) -> None:
        self._labels = labels
        self._logits = torch.empty(len(labels), chain.dense[-1].units_out)
        self._images = images.permute(0, 2, 3, 1).contiguous()  # (N, H, W, C)
        self._stages = []
        height, width = images.shape[2:]
        chunk = min(CHUNK, len(labels))
        for convolution in chain.convolutions:
            stage = _Stage(convolution, height, width, chunk)
            self._stages.append(stage)
            height, width = stage.height, stage.width
        self._dense = chain.dense
        self._pixels = (height, width)
        self._hidden = [torch.empty(chunk, dense.units_out) for dense in chain.dense]
        first = self._stages[0]
        self._stored = None
        if len(labels) * first.patch_numbers <= STORED:
            self._stored = [first.patches(part).clone() for part in self._images.split(CHUNK)]

    def vector(self, weights: Weights) -> Tensor:
        parts = []
        for stage in self._stages:
            name = stage.convolution.name
            rows = weights[f"{name}.weight"].permute(2, 3, 1, 0).flatten(0, 2)  # (K·K·C_in, C_out)
            parts.append(torch.cat([rows, weights[f"{name}.bias"][None]]))
        for index, dense in enumerate(self._dense):
            matrix = weights[f"{dense.name}.weight"]
            if index == 0:  # its inputs lie in the order (H, W, C) here
                height, width = self._pixels
                matrix = matrix.view(dense.units_out, -1, height, width).permute(0, 2, 3, 1).flatten(1)
            parts += [matrix.t(), weights[f"{dense.name}.bias"]]
        return torch.cat([part.reshape(-1) for part in parts]).float()

    def judge(self, vector: Tensor) -> Generator[Tick, None, Judged]:
        matrices = self._views(vector)
        for index in range(0, len(self._labels), CHUNK):
            self._forward(matrices, index)
            yield Tick()
        return judged(self._logits, self._labels)

    def _views(self, vector: Tensor) -> list[Tensor]:
        """The vector cut into the matrices of the layers, nothing copied."""
        shapes: list[tuple[int, ...]] = [stage.shape for stage in self._stages]
        for dense in self._dense:
            shapes += [(dense.units_in, dense.units_out), (dense.units_out,)]
        sizes = [torch.Size(shape).numel() for shape in shapes]
        return [part.view(shape) for part, shape in zip(vector.split(sizes), shapes, strict=True)]

    @torch.inference_mode()
    def _forward(self, matrices: list[Tensor], start: int) -> None:
        """The logits of the samples from `start` on."""
        x = self._images[start : start + CHUNK]
        for number, (stage, matrix) in enumerate(zip(self._stages, matrices, strict=False)):
            stored = self._stored[start // CHUNK] if self._stored and not number else None
            x = stage.forward(stage.patches(x) if stored is None else stored, matrix)
        x = x.flatten(1)
        dense = matrices[len(self._stages) :]
        for layer, hidden, matrix, bias in zip(
            self._dense, self._hidden, dense[::2], dense[1::2], strict=True
        ):
            x = torch.addmm(bias, x, matrix, out=hidden[: len(x)])
            if layer.relu:
                x.relu_()
        self._logits[start : start + len(x)] = x


class _Stage:
    """One convolution with its pool and ReLU, and the room it needs for a chunk of samples."""

    def __init__(self, convolution: Convolution, height: int, width: int, chunk: int) -> None:
        c = self.convolution = convolution
        self.height = (height + 2 * c.padding - c.kernel + 1) // 2
        self.width = (width + 2 * c.padding - c.kernel + 1) // 2
        self.shape = (c.kernel * c.kernel * c.channels_in + 1, c.channels_out)
        pixels = chunk * self.height * self.width
        self.patch_numbers = 4 * self.height * self.width * self.shape[0]  # of one sample
        self._patches = torch.ones(4, pixels, self.shape[0])  # the last column, of ones, meets the bias
        self._largest = torch.empty(pixels, c.channels_out)
        self._corner = torch.empty(pixels, c.channels_out)

    @torch.inference_mode()
    def patches(self, x: Tensor) -> Tensor:
        """(B, H, W, C) -> what each pixel of the convolution sees, (4 corners, B·h·w, K·K·C + 1)."""
        c = self.convolution
        if c.padding:
            x = F.pad(x, (0, 0, c.padding, c.padding, c.padding, c.padding))
        x = x.contiguous()
        sample, row, column, channel = x.stride()
        size = (len(x), self.height, self.width, c.kernel, c.kernel, c.channels_in)
        patches = self._patches[:, : len(x) * self.height * self.width]
        for corner, (down, right) in zip(patches, CORNERS, strict=True):
            seen = x[:, down:, right:].as_strided(
                size,
                (sample, 2 * row, 2 * column, row, column, channel),
                x.storage_offset() + down * row + right * column,
            )
            corner[:, :-1].view(size).copy_(seen)
        return patches

    def forward(self, patches: Tensor, matrix: Tensor) -> Tensor:
        """-> (B, h, w, C_out), which the next call overwrites."""
        pixels = patches.shape[1]
        largest, corner = self._largest[:pixels], self._corner[:pixels]
        torch.mm(patches[0], matrix, out=largest)
        for seen in patches[1:]:
            torch.mm(seen, matrix, out=corner)
            torch.maximum(largest, corner, out=largest)
        return largest.relu_().view(-1, self.height, self.width, self.convolution.channels_out)
