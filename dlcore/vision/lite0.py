"""EfficientNet-Lite0: a network of ImageNet's thousand classes, small enough for one thread of a laptop.

Tan and Le 2019 (arXiv 1905.11946); "Lite" (Liu 2020, tensorflow/tpu) leaves out squeeze-and-excitation and
swish, for machines without a graphics card. Names and order follow the weights as they were published.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

CLASSES, FEATURES = 1000, 1280
STEM, EPSILON = 32, 1e-3
# (times as wide inside, channels out, repeats, stride of the first, kernel)
STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)


class ConvNorm(nn.Module):
    """Convolution, batch norm and, if it `bends`, ReLU6: from `into` maps to `out`."""

    def __init__(
        self, into: int, out: int, kernel: int, stride: int = 1, groups: int = 1, *, bends: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(into, out, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(out, eps=EPSILON)
        self.bends = bends

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(F.pad(x, self._margins(x))))
        return F.relu6(x) if self.bends else x

    def _margins(self, x: Tensor) -> list[int]:
        """TensorFlow's "SAME": as much as the last window needs, the odd pixel to the right and below."""
        (kernel, _), (stride, _) = self.conv.kernel_size, self.conv.stride
        needed = [max(0, (-(-side // stride) - 1) * stride + kernel - side) for side in x.shape[-2:]]
        return [part for both in reversed(needed) for part in (both // 2, both - both // 2)]


class Block(nn.Module):
    """Wider, then each channel by itself, then narrow again; past it if nothing changes its shape."""

    def __init__(self, into: int, out: int, expand: int, kernel: int, stride: int) -> None:
        super().__init__()
        inside = into * expand
        self.widen = ConvNorm(into, inside, 1) if expand > 1 else nn.Identity()
        self.depthwise = ConvNorm(inside, inside, kernel, stride, groups=inside)
        self.narrow = ConvNorm(inside, out, 1, bends=False)
        self.passes = stride == 1 and into == out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.narrow(self.depthwise(self.widen(x)))
        return x + y if self.passes else y


class EfficientNetLite0(nn.Module):
    """(B, 3, 224, 224), values near -1 to 1 -> logits (B, 1000). 4,652,008 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvNorm(3, STEM, 3, 2)
        blocks, into = list[Block](), STEM
        for expand, out, repeats, stride, kernel in STAGES:
            for repeat in range(repeats):
                blocks.append(Block(into, out, expand, kernel, 1 if repeat else stride))
                into = out
        self.blocks = nn.Sequential(*blocks)
        self.head = ConvNorm(into, FEATURES, 1)
        self.fc = nn.Linear(FEATURES, CLASSES)

    def maps(self, x: Tensor) -> Tensor:
        """What the last layer before the mean finds, place by place: (B, 1280, 7, 7)."""
        found: Tensor = self.head(self.blocks(self.stem(x)))
        return found

    def features(self, x: Tensor) -> Tensor:
        """The mean of each map: (B, 1280)."""
        return self.maps(x).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.fc(self.features(x))
        return logits
