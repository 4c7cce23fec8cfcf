"""Where a network looked: how much each place of its last maps says for a class.

Zhou et al. 2016 (arXiv 1512.04150). Where a network takes the mean over its places and then one linear
layer, the logit is exactly the sum of what the places say, and the bias.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from dlcore.errors import VisionError

MEANS = (F.adaptive_avg_pool2d, Tensor.mean, torch.mean)


def class_map(network: nn.Module, batch: Tensor, place: int) -> tuple[Tensor, float]:
    """(h, w) parts of the logit of the class at `place` for the first picture of a batch, and the bias.

    Their sum and the bias are the logit. Raises VisionError if the network does not end in a mean over its
    maps and at most one linear layer.
    """
    with torch.inference_mode():
        with _Ending() as seen:
            logits = network(batch)
        for maps, mean in reversed(seen.means):
            if _same(mean, logits):  # the last maps are the classes' own
                return maps[0, place] / maps[0, place].numel(), 0.0
            for given, weight, bias, gives in reversed(seen.linear):
                if _same(mean, given) and _same(gives, logits):
                    says = torch.einsum("k,kij->ij", weight[place], maps[0]) / maps[0, 0].numel()
                    return says, 0.0 if bias is None else bias[place].item()
    raise VisionError(
        "This network does not end in a mean over its maps and one linear layer: no place has a share of its "
        "own in the answer. Cover parts of the picture, or follow the gradient instead."
    )


class _Ending(TorchFunctionMode):
    """Sees the means and the linear layers of one pass, in this thread alone; changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.means: list[tuple[Tensor, Tensor]] = []  # maps (B, K, h, w), their means
        self.linear: list[tuple[Tensor, Tensor, Tensor | None, Tensor]] = []  # input, weight, bias, output

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        gives = func(*args, **(kwargs or {}))
        if func in MEANS and args[0].dim() == 4 and gives.numel() == args[0].shape[0] * args[0].shape[1]:
            self.means.append((args[0], gives.flatten(1)))
        elif func is F.linear and args[0].dim() == 2:
            self.linear.append((args[0], args[1], args[2] if len(args) > 2 else None, gives))
        return gives


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.flatten(1).shape and torch.allclose(one, other.flatten(1), rtol=1e-4, atol=1e-5)
