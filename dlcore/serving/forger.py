"""A forger as a file that draws without the lab: TorchScript or ONNX, and the script that draws with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from dlcore.errors import ExportError
from dlcore.gan.drawing import noise_of
from dlcore.gan.networks import CLASSES, Generator
from dlcore.nets.registry import private_copy
from dlcore.serving.formats import onnx_bytes, torchscript_bytes
from dlcore.serving.torchscript import scripted

ForgerFormat = Literal["torchscript", "onnx"]
FILES: dict[ForgerFormat, str] = {"torchscript": "forger.pt", "onnx": "forger.onnx"}
COMPARED = 20  # drawings by which a file is compared with the network


@dataclass(frozen=True)
class ForgerFile:
    """`difference`: how far its grey levels, 0 to 255, lie from the network's on COMPARED drawings."""

    format: ForgerFormat
    content: bytes
    difference: float


class Artist(nn.Module):
    """Noise (B, noise) and labels (B,) int64 -> grey levels (B, 1, 28, 28) float32, 0 is paper, 255 ink."""

    def __init__(self, forger: Generator) -> None:
        super().__init__()
        self.forger = forger

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        drawn: Tensor = self.forger(noise, labels)
        return (drawn + 1) * 127.5


def export_forger(forger: Generator, form: ForgerFormat) -> ForgerFile:
    """The forger in eval mode as a file. Raises ExportError if the format cannot be written here."""
    artist = Artist(private_copy(forger)).eval()
    noise, labels = noise_of(0, forger.noise, COMPARED), torch.arange(COMPARED) % CLASSES
    with torch.no_grad():
        expected = artist(noise, labels)
    if form == "torchscript":
        module = scripted(artist)
        content = torchscript_bytes(module)
        with torch.no_grad():
            found = module(noise, labels)
    else:
        content = _onnx_bytes(artist, noise, labels)
        found = _run_onnx(content, noise, labels)
    return ForgerFile(form, content, float((found - expected).abs().max()))


def _onnx_bytes(artist: Artist, noise: Tensor, labels: Tensor) -> bytes:
    try:
        return onnx_bytes(artist, {"noise": noise, "labels": labels}, "pictures")
    except ImportError as error:
        raise ExportError("ONNX needs onnx and onnxscript: pip install onnx onnxscript.") from error


def _run_onnx(content: bytes, noise: Tensor, labels: Tensor) -> Tensor:
    try:
        import onnxruntime
    except ImportError as error:
        raise ExportError("To compare the file ONNX Runtime is needed: pip install onnxruntime.") from error
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"noise": noise.numpy(), "labels": labels.numpy()})
    return torch.from_numpy(found)


LOADS: dict[ForgerFormat, str] = {
    "torchscript": """import torch

forger = torch.jit.load("forger.pt").eval()


def draw(noise, labels):
    with torch.inference_mode():
        return forger(torch.from_numpy(noise), torch.from_numpy(labels)).numpy()
""",
    "onnx": """import onnxruntime

session = onnxruntime.InferenceSession("forger.onnx", providers=["CPUExecutionProvider"])


def draw(noise, labels):
    return session.run(None, {"noise": noise, "labels": labels})[0]
""",
}


def drawing_script(form: ForgerFormat, noise: int, digit: int | None) -> str:
    """A script that draws a hundred digits into wall.png with that file. It needs NumPy and Pillow beside."""
    labels = "np.arange(100) % 10" if digit is None else f"np.full(100, {digit})"
    return f'''"""Draw a hundred digits into wall.png. Needs NumPy, Pillow and {_needs(form)}."""

import numpy as np
from PIL import Image
{LOADS[form]}

noise = np.random.default_rng(0).standard_normal((100, {noise})).astype(np.float32)
labels = ({labels}).astype(np.int64)
pictures = draw(noise, labels)[:, 0].round().clip(0, 255).astype(np.uint8)  # (100, 28, 28)
wall = pictures.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280)
Image.fromarray(wall).save("wall.png")
'''


def _needs(form: ForgerFormat) -> str:
    return "torch" if form == "torchscript" else "onnxruntime"
