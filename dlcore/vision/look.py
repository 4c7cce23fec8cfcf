"""Where a network looked: how much each place of its last maps says for a class.

Zhou et al. 2016 (arXiv 1512.04150). Lite0 takes the mean over 7 × 7 places and then one linear layer, so
the logit is exactly the sum of what the places say, and the bias.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dlcore.vision.lite0 import EfficientNetLite0


def class_map(network: EfficientNetLite0, batch: Tensor, place: int) -> tuple[Tensor, float]:
    """(7, 7) parts of the logit of the class at `place` for the first picture of a batch, and the bias.

    Their sum and the bias are the logit.
    """
    with torch.inference_mode():
        maps = network.maps(batch)[0]  # (1280, 7, 7)
        says = torch.einsum("k,kij->ij", network.fc.weight[place], maps) / maps[0].numel()
    return says, network.fc.bias[place].item()
