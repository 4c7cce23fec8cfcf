"""How each file is used where there is no lab: a few lines that run as they stand."""

from __future__ import annotations

from dlcore.mnist.normalize import Normalize
from dlcore.serving.formats import FormatName

TORCH = """import torch

{load}
digits = torch.zeros(1, 1, 28, 28)  # yours: grey levels, 0 = paper and 255 = ink
with torch.inference_mode():
    shares = model((digits / 255 - {mean}) / {std}).softmax(1)
print(shares.argmax(1), shares)
"""

LOAD = {
    "torchscript": 'model = torch.jit.load("{file}").eval()',
    "traced": 'model = torch.jit.load("{file}").eval()',
    "pt2": 'model = torch.export.load("{file}").module()',
    "safetensors": "# model.py comes with the zip: weights alone compute nothing\n"
    "from model import {net}\nfrom safetensors.torch import load_file\n\n"
    'model = {net}()\nmodel.load_state_dict(load_file("{file}"))\nmodel.eval()',
}

ONNX = """import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("{file}", providers=["CPUExecutionProvider"])
digits = np.zeros((1, 1, 28, 28))  # yours: grey levels, 0 = paper and 255 = ink
normalized = (digits / 255 - {mean}) / {std}
(logits,) = session.run(None, {{"digits": normalized.astype(np.float32)}})
shares = np.exp(logits - logits.max(1, keepdims=True))
shares /= shares.sum(1, keepdims=True)
print(shares.argmax(1), shares)
"""

ZIP = """unzip {file} -d reader
pip install -r reader/requirements.txt
python reader/predict.py picture.png
"""


def snippet(name: FormatName, file: str, net: str, normalize: Normalize) -> str:
    """Lines that read `file` and classify a digit; of the zip, the commands."""
    if name == "zip":
        return ZIP.format(file=file)
    text = ONNX if name == "onnx" else TORCH
    load = LOAD.get(name, "").format(file=file, net=net)
    return text.format(file=file, load=load, mean=normalize.mean, std=normalize.std)


def language(name: FormatName) -> str:
    return "bash" if name == "zip" else "python"
