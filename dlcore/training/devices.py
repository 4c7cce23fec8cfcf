"""Where the arithmetic happens."""

from __future__ import annotations

import torch

from dlcore.errors import ConfigError
from dlcore.training.config import DeviceName


def pick_device(name: DeviceName) -> torch.device:
    """`auto` takes CUDA, then Apple's GPU, then the CPU.

    With CUDA this process' cuDNN keeps from now on to algorithms that repeat themselves: with the others
    the same seed gives other weights every time.

    Raises ConfigError if the named device is not on this machine.
    """
    have = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    chosen = next(device for device, there in have.items() if there) if name == "auto" else name
    if not have[chosen]:
        there = ", ".join(["auto", *(device for device in have if have[device])])
        raise ConfigError(f"Device must be one of {there} on this machine. Got '{name}' instead.")
    if chosen == "cuda":  # on an H100 an epoch takes as long with it
        torch.backends.cudnn.deterministic = True
    return torch.device(chosen)
