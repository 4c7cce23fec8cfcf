"""Weights as torchvision publishes them, their numbers drawn here: a file named after its own digest."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision import models

from dlcore.randomness import drawn_with
from dlcore.vision.networks import Network, network_named

SMALL = "squeezenet1_1"  # 5 MB; no batch norm, ends in maps of the classes themselves
WITH_MEAN = "shufflenet_v2_x0_5"  # 5.5 MB; ends in a mean and one linear layer


def drawn(name: str, seed: int = 0) -> nn.Module:
    """torchvision's own module, in evaluation mode."""
    builder = network_named(name).builder
    given = {"init_weights": False} if builder in ("googlenet", "inception_v3") else {}
    with drawn_with(seed):
        return models.get_model(builder, weights=None, **given).eval()


def packed(state: Any, *, old: bool = False) -> bytes:
    """As torch.save writes it, today or before 2020."""
    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=not old)
    return file.getvalue()


def named_after(network: Network, content: bytes) -> Network:
    """The same network, published as this file."""
    digest = hashlib.sha256(content).hexdigest()[:8]
    return replace(network, file=f"{network.file.rpartition('-')[0]}-{digest}.pth")


def publish(name: str, folder: Path, state: Mapping[str, Any] | None = None, **how: Any) -> Network:
    """A network whose weights, drawn or given, lie in a folder."""
    content = packed(drawn(name).state_dict() if state is None else state, **how)
    network = named_after(network_named(name), content)
    (folder / network.file).write_bytes(content)
    return network
