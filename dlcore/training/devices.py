"""Where the arithmetic happens."""

from __future__ import annotations

import torch

from dlcore.errors import ConfigError
from dlcore.training.config import DeviceName


def has_bfloat16() -> bool:
    """Does this machine's processor multiply bfloat16 itself? On others it is worked out in float32."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def bfloat16_words(*, has: bool) -> str:
    """What mixed arithmetic may bring on a processor that has bfloat16, or is not known to."""
    if not has:
        return "Mixed arithmetic: this processor is not known to have bfloat16, and may be slower with it."
    return (
        "Mixed arithmetic: this processor has bfloat16. Measured on such a one, in batches of 128: a "
        "step of FastCNN or SimpleCNN took a quarter less time, one of LeNet5 the same, one of BookMLP more. "
        "In batches of 32, SimpleCNN gained nothing."
    )


def on_processor(name: DeviceName) -> bool:
    """Does this machine compute on its processor, if this device is asked for?"""
    accelerated = torch.cuda.is_available() or torch.backends.mps.is_available()
    return name == "cpu" or (name == "auto" and not accelerated)


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
