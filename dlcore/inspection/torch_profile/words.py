"""A profile of the digits' network in words: its finding, and what it was measured on."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.inspection.torch_profile.result import WORK, Taken, TorchProfile
from dlcore.inspection.torch_profile.trace import BOOKKEEPING, PYTHON
from dlcore.words import percent

MEANING: Mapping[str, str] = {
    "convolution_backward": "the convolutions' gradients",
    "mkldnn_convolution": "the convolutions",
    "mm": "products of matrices: the dense layers' gradients",
    "addmm": "the dense layers",
    "max_pool2d_with_indices": "the pools",
    "max_pool2d_with_indices_backward": "the pools' gradients",
    "threshold_backward": "the ReLUs' gradients",
    "clamp_min": "the ReLUs",
    "copy_": "numbers copied into another order or type",
    "fill_": "zeros written",
}


def busiest(taken: Taken) -> str:
    """The operator with the most own time."""
    return next(name for name in taken.operator_shares() if name not in (PYTHON, BOOKKEEPING))


def meaning(operator: str) -> str:
    """What an operator is for, in words; its own name where these are missing."""
    return MEANING.get(operator, operator)


def headline(taken: Taken) -> str:
    """The finding (Markdown)."""
    name = busiest(taken)
    what = "a training step" if taken.work == "training" else "a call of the network"
    return f"**{percent(taken.share(name))}** of {what} is `{name}`: {meaning(name)}."


def provenance(profile: TorchProfile, taken: Taken) -> str:
    """What was measured, and where."""
    config = profile.config
    threads = f"{config.threads} thread{'s' if config.threads > 1 else ''} of {profile.cores} cores"
    images = f"{config.batch_size} image{'s' if config.batch_size > 1 else ''}"
    return (
        f"{WORK[taken.work]} of {config.net} with {images}, {threads}, CPU, torch {profile.torch}: "
        f"the quickest of {taken.steps}, on this server, in a process of its own."
    )
