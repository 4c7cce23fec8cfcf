"""The stack in plain PyTorch, to take along: it gives the same gradients."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.playground.script import MODULES
from dlcore.signals.config import SignalsConfig
from dlcore.signals.stack import CLASSES, EXAMPLES

UNIFORM = "(2 * torch.rand(units, width, generator=draw) - 1) * {bound}"
WEIGHTS: Mapping[str, str] = {
    "torch": UNIFORM.format(bound="width**-0.5"),
    "xavier": UNIFORM.format(bound="(6 / (units + width)) ** 0.5"),
    "he": "torch.randn(units, width, generator=draw) * (2 / width) ** 0.5",
    "tiny": "torch.randn(units, width, generator=draw) * 0.01",
    "large": "torch.randn(units, width, generator=draw)",
    "zero": "torch.zeros(units, width)",
}
BIASES: Mapping[str, str] = {"torch": "(2 * torch.rand(units, generator=draw) - 1) * width**-0.5"}
NORMS: Mapping[str, str] = {
    "layer": "nn.LayerNorm(width, elementwise_affine=False)",
    "batch": "nn.BatchNorm1d(width, affine=False)",
}


def script_text(config: SignalsConfig) -> str:
    """A program that needs PyTorch alone and prints each layer's gradient."""
    bend = MODULES[config.activation]
    norm = NORMS.get(config.norm)
    inner = "norm({})" if norm else "{}"
    sums = inner.format("layer(flow)")
    given = f"flow + bend({sums})" if config.residual else f"bend({sums})"
    lines = [
        "import torch",
        "from torch import nn",
        "",
        f"width, depth = {config.width}, {config.depth}",
        f"draw = torch.Generator().manual_seed({config.seed})",
        f"inputs = torch.randn({EXAMPLES}, width, generator=draw)",
        f"targets = torch.randint({CLASSES}, ({EXAMPLES},), generator=draw)",
        "layers = [nn.Linear(width, width) for _ in range(depth)]",
        f"head = nn.Linear(width, {CLASSES})",
        f"bend = {bend}",
        *([f"norm = {norm}"] if norm else []),
        "with torch.no_grad():",
        "    for layer in [*layers, head]:",
        "        units = layer.out_features",
        f"        layer.weight.copy_({WEIGHTS[config.init]})",
        f"        layer.bias.copy_({BIASES[config.init]})"
        if config.init in BIASES
        else "        layer.bias.zero_()",
        "flow = inputs",
        "for layer in layers:",
        f"    flow = {given}",
        "nn.functional.cross_entropy(head(flow), targets).backward()",
        "for number, layer in enumerate(layers, 1):",
        '    print(f"layer {number}: gradient {layer.weight.grad.double().square().mean().sqrt():.2e}")',
    ]
    return "\n".join(lines) + "\n"
