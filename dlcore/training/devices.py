"""Where the arithmetic happens."""

from __future__ import annotations

import torch

from dlcore.errors import ConfigError
from dlcore.training.config import DeviceName


def pick_device(name: DeviceName) -> torch.device:
    """`auto` takes CUDA, then Apple's GPU, then the CPU.

    Raises ConfigError if the named device is not on this machine.
    """
    have = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(device for device, there in have.items() if there))
    if not have[name]:
        there = ", ".join(["auto", *(device for device in have if have[device])])
        raise ConfigError(f"Device must be one of {there} on this machine. Got '{name}' instead.")
    return torch.device(name)
