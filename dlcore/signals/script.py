"""The stack in plain PyTorch, to take along: it draws the same numbers and finds the same gradients."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.playground.script import MODULES
from dlcore.signals.config import SignalsConfig
from dlcore.signals.stack import BATCH

INITS: Mapping[str, tuple[str, ...]] = {
    "xavier": ("nn.init.xavier_uniform_(linear.weight, generator=draw)",),
    "he": ('nn.init.kaiming_normal_(linear.weight, nonlinearity="relu", generator=draw)',),
    "torch": (
        "nn.init.kaiming_uniform_(linear.weight, a=5**0.5, generator=draw)",
        "nn.init.uniform_(linear.bias, -(width**-0.5), width**-0.5, generator=draw)",
    ),
    "tiny": ("nn.init.normal_(linear.weight, 0, 0.01, generator=draw)",),
    "large": ("nn.init.normal_(linear.weight, 0, 1, generator=draw)",),
    "zero": ("nn.init.zeros_(linear.weight)",),
}
NORMS: Mapping[str, str] = {
    "layer": "nn.LayerNorm(width, elementwise_affine=False), ",
    "batch": "nn.BatchNorm1d(width, affine=False), ",
    "none": "",
}
ADDING = """class Adding(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


"""


def script_text(config: SignalsConfig) -> str:
    """A program that needs PyTorch alone and prints the norm of every layer's gradient."""
    block = "Adding" if config.residual else "nn.Sequential"
    lines = [
        "import torch",
        "from torch import nn",
        "",
        f"width, depth, batch = {config.width}, {config.depth}, {BATCH}",
        f"draw = torch.Generator().manual_seed({config.seed})",
        "inputs = torch.randn(batch, width, generator=draw)",
        "labels = torch.randint(width, (batch,), generator=draw)",
        "",
        "",
        *(ADDING.splitlines() if config.residual else ()),
        "layers = []",
        "for _ in range(depth):",
        "    linear = nn.Linear(width, width)",
        "    nn.init.zeros_(linear.bias)",
        *(f"    {line}" for line in INITS[config.init]),
        f"    layers.append({block}(linear, {NORMS[config.norm]}{MODULES[config.activation]}))",
        "",
        "loss = nn.functional.cross_entropy(nn.Sequential(*layers)(inputs), labels)",
        "loss.backward()",
        'print(f"loss {loss.item():.6g}")',
        "for place, layer in enumerate(layers, 1):",
        '    print(f"layer {place}: {layer[0].weight.grad.norm().item():.6g}")',
    ]
    if not config.residual:
        del lines[7]  # one blank line is enough where no class follows
    return "\n".join(lines) + "\n"
