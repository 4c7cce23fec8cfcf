"""Convolutions, pools and dense layers at many places of their weights' space, as matrix products.

The samples do not change from place to place, so the patches that the first convolution sees are laid out
once. Of a convolution and a 2x2 pool, four products stand for the four corners of every pooling window;
their maximum is the pool. All is done for a few samples at a time, so that what lies between two layers stays
in the processor's cache: fewer for the convolutions, whose maps are large, than for the dense layers, which
read all of their many weights each time.
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

CHUNK = 256  # samples at a time in the dense layers
PIECE = 32  # of a chunk, at a time in the convolutions
STORED = 25_000_000  # numbers of patches kept, 100 MB; beyond, they are laid out anew each time
FEW = 4  # channels: a grey or a colour image
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))  # of a pooling window


class GemmEngine:
    """See `Engine`. `images`: (N, C, H, W) float32, normalised; `labels`: (N,)."""

    def __init__(self, chain: Chain, images: Tensor, labels: Tensor) -> None:
        self._labels = labels
        self._images = images.permute(0, 2, 3, 1).contiguous()  # (N, H, W, C)
        self._stages = []
        height, width = images.shape[2:]
        for convolution in chain.convolutions:
            stage = _Stage(convolution, height, width)
            self._stages.append(stage)
            height, width = stage.height, stage.width
        self._dense = chain.dense
        self._pixels = (height, width)
        self._features = torch.empty(CHUNK, chain.dense[0].units_in)
        self._hidden = [torch.empty(CHUNK, dense.units_out) for dense in chain.dense]
        first = self._stages[0]
        self._stored = None
        if len(labels) * first.patch_numbers <= STORED:
            self._stored = [first.patches(part).clone() for part in self._images.split(PIECE)]

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
        logits = torch.empty(len(self._labels), self._dense[-1].units_out)
        for start in range(0, len(logits), CHUNK):
            self._forward(matrices, start, logits[start : start + CHUNK])
            yield Tick()
        return judged(logits, self._labels)

    def _views(self, vector: Tensor) -> list[Tensor]:
        """The vector cut into the matrices of the layers, nothing copied."""
        shapes: list[tuple[int, ...]] = [stage.shape for stage in self._stages]
        for dense in self._dense:
            shapes += [(dense.units_in, dense.units_out), (dense.units_out,)]
        sizes = [torch.Size(shape).numel() for shape in shapes]
        return [part.view(shape) for part, shape in zip(vector.split(sizes), shapes, strict=True)]

    @torch.inference_mode()
    def _forward(self, matrices: list[Tensor], start: int, logits: Tensor) -> None:
        """The logits of the samples from `start` on."""
        x = self._features[: len(logits)]
        for piece, features in enumerate(x.split(PIECE), start // PIECE):
            self._convolve(matrices, piece, features)
        dense = matrices[len(self._stages) :]
        for layer, hidden, matrix, bias in zip(
            self._dense, self._hidden, dense[::2], dense[1::2], strict=True
        ):
            x = torch.addmm(bias, x, matrix, out=hidden[: len(x)])
            if layer.relu:
                x.relu_()
        logits.copy_(x)

    def _convolve(self, matrices: list[Tensor], piece: int, features: Tensor) -> None:
        """Fill what the dense layers see of a piece, (B, h·w·C)."""
        x = self._images[piece * PIECE : (piece + 1) * PIECE]
        for number, (stage, matrix) in enumerate(zip(self._stages, matrices, strict=False)):
            patches = self._stored[piece] if self._stored and not number else stage.patches(x)
            last = number == len(self._stages) - 1
            x = stage.forward(patches, matrix, features if last else None)


class _Stage:
    """One convolution with its pool and ReLU, and the room it needs for a piece."""

    def __init__(self, convolution: Convolution, height: int, width: int) -> None:
        c = self.convolution = convolution
        self.height = (height + 2 * c.padding - c.kernel + 1) // 2
        self.width = (width + 2 * c.padding - c.kernel + 1) // 2
        self.shape = (c.kernel * c.kernel * c.channels_in + 1, c.channels_out)
        pixels = PIECE * self.height * self.width
        self.patch_numbers = 4 * self.height * self.width * self.shape[0]  # of one sample
        self._patches = torch.ones(4, pixels, self.shape[0])  # the last column, of ones, meets the bias
        if c.channels_in < FEW:  # as columns: of a thin image, rows would be filled a few numbers at a time
            self._patches = torch.ones(4, self.shape[0], pixels).transpose(1, 2)
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

    def forward(self, patches: Tensor, matrix: Tensor, out: Tensor | None) -> Tensor:
        """-> (B, h, w, C_out), in `out` or in a place that the next call overwrites."""
        pixels = patches.shape[1]
        largest, corner = self._largest[:pixels], self._corner[:pixels]
        torch.mm(patches[0], matrix, out=largest)
        for seen in patches[1:]:
            torch.mm(seen, matrix, out=corner)
            torch.maximum(largest, corner, out=largest)
        result = largest if out is None else out.view(largest.shape)
        torch.clamp_min(largest, 0, out=result)
        return result.view(-1, self.height, self.width, self.convolution.channels_out)
