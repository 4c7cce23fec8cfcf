"""A model file read back, to measure what was written. Only for bytes this very process has just made.

TorchScript and exported programs are programs: a file from anybody else is never read here, and nothing
here takes a path.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor, nn

from dlcore.nets.registry import build_model
from dlcore.serving.predictor import compiling
from dlcore.training.network_config import ARCHITECTURE

Forward = Callable[[Tensor], Tensor]  # normalised digits (B, 1, 28, 28) -> logits (B, 10)


def read_torchscript(content: bytes) -> Forward:
    with compiling():
        module: Forward = torch.jit.load(io.BytesIO(content))
    return module


def read_pt2(content: bytes) -> Forward:
    module: Forward = torch.export.load(io.BytesIO(content)).module()
    return module


def read_onnx(content: bytes) -> Forward:
    """With one thread, like everything it is compared with."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def forward(digits: Tensor) -> Tensor:
        (logits,) = session.run(None, {"digits": digits.numpy()})
        return torch.from_numpy(logits)

    return forward


def read_safetensors(content: bytes) -> Forward:
    """Weights alone compute nothing: the architecture comes from here."""
    config = read_header(content)["config"]
    model = build_model(**{name: config[name] for name in ARCHITECTURE if name in config})
    model.load_state_dict(load(content))
    return model.eval().requires_grad_(False)


def read_header(content: bytes) -> dict[str, Any]:
    """What a safetensors file of ours says beside its weights."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])["__metadata__"]
    return {name: json.loads(value) for name, value in header.items()}


def read_zip(content: bytes) -> Forward:
    """The net of the bundle's own source, with the bundle's own weights."""
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        source, config = bundle.read("model.py"), json.loads(bundle.read("config.json"))
        weights = load(bundle.read("weights.safetensors"))
    names: dict[str, Any] = {"__name__": "model"}
    exec(compile(source, "model.py", "exec"), names)
    model: nn.Module = names[config["net"]]()
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)
