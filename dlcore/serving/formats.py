"""The ways to write a trained net into a file that runs elsewhere. A new one is one line of FORMATS."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, cast

import torch
from safetensors.torch import save
from torch import Tensor, nn

from dlcore.serving import reload
from dlcore.serving.bundle import bundle
from dlcore.serving.predictor import compiling, torchscript_supported
from dlcore.serving.reload import Forward
from dlcore.serving.torchscript import scripted, traced
from dlcore.serving.trained import Trained

FormatName = Literal["torchscript", "traced", "pt2", "onnx", "safetensors", "zip"]


@dataclass(frozen=True)
class Format:
    """`write` gives a file's bytes, `read` makes them a function again. `whom`: who wants it.

    `elsewhere`: runs without the lab?

    A `quick` one is written in milliseconds, whenever it is wanted.
    """

    title: str
    whom: str
    suffix: str
    holds: str
    elsewhere: str
    write: Callable[[Trained], bytes]
    read: Callable[[bytes], Forward]
    needs: tuple[str, ...] = ()  # libraries that may be missing
    quick: bool = False

    @property
    def unavailable(self) -> str:
        """Why it cannot be written on this machine; empty if it can."""
        missing = [name for name in self.needs if find_spec(name) is None]
        if missing:
            return f"{self.title} needs {', '.join(missing)}: install it to have this row."
        if self.read is reload.read_torchscript and not torchscript_supported():
            return "TorchScript is not supported from Python 3.14 on: take the .pt2 instead."
        return ""


def _example() -> Tensor:
    """Two images: with one, torch takes the size of the batch for a constant."""
    return torch.zeros(2, 1, 28, 28)


def _write_scripted(trained: Trained) -> bytes:
    return torchscript_bytes(scripted(trained.in_eval()))


def _write_traced(trained: Trained) -> bytes:
    return torchscript_bytes(traced(trained.in_eval(), _example()))


def torchscript_bytes(module: torch.jit.ScriptModule) -> bytes:
    out = io.BytesIO()
    with compiling():
        torch.jit.save(module, out)
    return out.getvalue()


def _write_pt2(trained: Trained) -> bytes:
    out = io.BytesIO()
    with quiet():
        batch = torch.export.Dim("batch")
        program = torch.export.export(trained.in_eval(), (_example(),), dynamic_shapes=({0: batch},))
        for node in program.graph.nodes:
            node.meta.pop("stack_trace", None)  # names folders of this machine
        torch.export.save(program, out)
    return out.getvalue()


class _LastInDouble(nn.Module):
    """A dense layer that adds in float64.

    ONNX Runtime adds float32 in another order than torch. In the last layer, whose sums are the largest,
    that alone moves logits by more than 1e-5; in float64 the order does not matter.
    """

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer.double()

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layer(x.double())
        return logits.float()


def _last_in_double(model: nn.Module) -> nn.Module:
    """The same model, its last dense layer put in float64; as it is, if it has none."""
    names = [name for name, module in model.named_modules() if name and isinstance(module, nn.Linear)]
    if names:
        model.set_submodule(names[-1], _LastInDouble(cast(nn.Linear, model.get_submodule(names[-1]))))
    return model


def _write_onnx(trained: Trained) -> bytes:
    return onnx_bytes(_last_in_double(trained.in_eval()), {"digits": _example()}, "logits")


def onnx_bytes(model: nn.Module, examples: Mapping[str, Tensor], gives: str) -> bytes:
    """A model in eval mode as ONNX: from what it reads, by name, a batch of any size, to what it `gives`."""
    batch = torch.export.Dim("batch")
    with quiet():
        program = torch.onnx.export(
            model,
            tuple(examples.values()),
            dynamo=True,
            verbose=False,
            input_names=list(examples),
            output_names=[gives],
            dynamic_shapes=tuple({0: batch} for _ in examples),
        )
    assert program is not None
    proto = program.model_proto
    for node in proto.graph.node:  # where it came from, with folders of this machine
        del node.metadata_props[:]
        node.doc_string = ""
    del proto.graph.metadata_props[:], proto.metadata_props[:]
    content: bytes = proto.SerializeToString()
    return content


def _write_safetensors(trained: Trained) -> bytes:
    weights = {name: value.detach().contiguous() for name, value in trained.model.state_dict().items()}
    about = {name: json.dumps(value) for name, value in trained.about().items()}
    return save(weights, metadata=about)


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of torch's own making."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


NET = "weights + architecture"
# From the smallest file to the largest, usually; a table of them never changes its order.
FORMATS: Mapping[FormatName, Format] = {
    "safetensors": Format(
        "safetensors + JSON",
        "A program that has the network",
        ".safetensors",
        "weights + settings",
        "No: it has no forward pass",
        _write_safetensors,
        reload.read_safetensors,
        quick=True,
    ),
    "onnx": Format(
        "ONNX",
        "A website, a phone",
        ".onnx",
        NET,
        "Yes: ONNX Runtime, no PyTorch",
        _write_onnx,
        reload.read_onnx,
        needs=("onnx", "onnxscript", "onnxruntime"),
    ),
    "zip": Format(
        "Take it with you (zip)",
        "A friend with Python",
        ".zip",
        "all three",
        "Yes: it reads a PNG by itself",
        bundle,
        reload.read_zip,
        quick=True,
    ),
    "traced": Format(
        "TorchScript, traced",
        "C++, if nothing branches",
        "-traced.pt",
        NET,
        "Yes: PyTorch, or libtorch (C++)",
        _write_traced,
        reload.read_torchscript,
    ),
    "torchscript": Format(
        "TorchScript, scripted",
        "A C++ program",
        "-scripted.pt",
        NET,
        "Yes: PyTorch, or libtorch (C++)",
        _write_scripted,
        reload.read_torchscript,
    ),
    "pt2": Format(
        "torch.export (.pt2)",
        "A server with PyTorch",
        ".pt2",
        NET,
        "Yes: PyTorch",
        _write_pt2,
        reload.read_pt2,
    ),
}
