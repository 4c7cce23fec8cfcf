"""TorchScript: a net compiled from its source, or from one example that ran through it."""

from __future__ import annotations

import inspect
import re
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.jit.frontend import FrontendError

from dlcore.errors import ExportError
from dlcore.serving.predictor import compiling, torchscript_supported

_HERE = "<--- HERE"
_PATH = re.compile(r"(?<=# )(/|[A-Za-z]:[\\/]).*[\\/](?=[^\\/]+:\d+)")


def scripted(model: nn.Module) -> torch.jit.ScriptModule:
    """The model compiled from its source, loops and branches included.

    Raises ExportError that names the line TorchScript does not understand.
    """
    _check_supported()
    try:
        with compiling():
            result: torch.jit.ScriptModule = torch.jit.script(model)
    except (RuntimeError, FrontendError) as error:
        raise ExportError(_why_not(model, str(error))) from error
    return result


def traced(model: nn.Module, example: Tensor) -> torch.jit.ScriptModule:
    """The operations that `example` (B, 1, 28, 28) went through, whatever the source says.

    Raises ExportError if it does not run.
    """
    _check_supported()
    try:
        with compiling(), warnings.catch_warnings():
            # Torch's own norm asks for a shape.
            warnings.simplefilter("ignore", torch.jit.TracerWarning)  # type: ignore[attr-defined]
            result: torch.jit.ScriptModule = torch.jit.trace(model, example, check_trace=False)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ExportError(
            f"{type(model).__name__} cannot be traced ({reason}): does it read 28×28 images?"
        ) from error
    return result


def readable(module: torch.jit.ScriptModule) -> tuple[str, str]:
    """Its code and its graph as text, without the folders of this machine."""
    return module.code, _PATH.sub("", str(module.graph))


def _check_supported() -> None:
    if not torchscript_supported():
        raise ExportError("TorchScript is not supported from Python 3.14 on: take the .pt2 instead.")


def _why_not(model: nn.Module, said: str) -> str:
    """One sentence from torch's message, whose first "HERE" points at the line."""
    lines = said.strip().splitlines()
    reason = lines[0].strip().rstrip(":.")
    here = next((number for number, line in enumerate(lines) if _HERE in line), None)
    if here is None:
        return f"TorchScript cannot compile {type(model).__name__} ({reason}): take the traced form instead."
    line = next(text.strip() for text in reversed(lines[:here]) if text.strip(" ~"))
    return (
        f"TorchScript cannot compile {_place(model, line)}`{line}` ({reason}): take the traced form instead."
    )


def _place(model: nn.Module, line: str) -> str:
    """Where a line stands in the source of the model or of one of its parts."""
    for kind in {type(module): None for module in model.modules()}:
        try:
            source, first = inspect.getsourcelines(kind)
            file = inspect.getsourcefile(kind) or ""
        except (OSError, TypeError):
            continue
        for number, text in enumerate(source, start=first):
            if line in text:
                return f"line {number} of {Path(file).name}, "
    return ""
