"""The board's network in plain PyTorch, to take along: it draws the same points and reaches the same loss."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from dlcore.errors import ConfigError
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import SIDE
from dlcore.playground.network import matrices
from dlcore.playground.points import HILLS, SHAPES

MODULES: Mapping[str, str] = {
    "tanh": "nn.Tanh()",
    "relu": "nn.ReLU()",
    "sigmoid": "nn.Sigmoid()",
    "linear": "nn.Identity()",
    "leaky": "nn.LeakyReLU()",
    "gelu": 'nn.GELU("tanh")',
}
INPUTS: Mapping[str, str] = {
    "x1": "x1",
    "x2": "x2",
    "x1x1": "x1 * x1",
    "x2x2": "x2 * x2",
    "x1x2": "x1 * x2",
    "sin_x1": "np.sin(x1)",
    "sin_x2": "np.sin(x2)",
}
INITS: Mapping[str, tuple[str, str]] = {  # weights (inputs, units), biases
    "uniform": ("draw.uniform(-0.5, 0.5, (below, units))", "0.1"),
    "xavier": ("draw.uniform(-1, 1, (below, units)) * np.sqrt(6 / (below + units))", "0.0"),
    "he": ("draw.normal(0, np.sqrt(2 / below), (below, units))", "0.0"),
    "tiny": ("draw.normal(0, 0.01, (below, units))", "0.0"),
    "zero": ("np.zeros((below, units))", "0.0"),
    "large": ("draw.normal(0, 1, (below, units))", "0.0"),
}
OPTIMIZERS: Mapping[str, str] = {
    "sgd": "SGD(model.parameters(), lr={lr})",
    "momentum": "SGD(model.parameters(), lr={lr}, momentum=0.9)",
    "rmsprop": "RMSprop(model.parameters(), lr={lr})",
    "adam": "Adam(model.parameters(), lr={lr})",
}
RATES: Mapping[str, str] = {"halves": "{lr} * 0.5 ** (epoch // 100)", "root": "{lr} / (epoch + 1) ** 0.5"}
LOSSES: Mapping[str, str] = {
    "number": "0.5 * (model(inputs) - targets) ** 2",
    "square": "0.5 * (torch.tanh(model(inputs)) - targets) ** 2",
    "entropy": "nn.functional.softplus(-targets * model(inputs))",
}


def points_text(config: PlaygroundConfig) -> str:
    """How the points are drawn. Raises ConfigError for one's own, which stand in no program."""
    if config.data == "own":
        raise ConfigError("The script draws the board's own shapes: choose one of them.")
    shape = SHAPES[config.data]
    lines = [
        "import numpy as np",
        "import torch",
        "from torch import nn",
        "",
        f"REACH, SIDE = {5.0}, {SIDE}",
    ]
    if config.data == "hills":
        lines.append(f"HILLS = np.array({HILLS.tolist()})")
    if config.data in ("circle", "gauss", "spiral", "moons", "line"):
        lines += ["", "", "def _halves(count):", "    return np.where(np.arange(count) % 2, -1.0, 1.0)"]
    source = inspect.getsource(shape).replace(
        "(draw: Generator, count: int, noise: float) -> tuple[Array, Array]", "(draw, count, noise)"
    )
    lines += ["", "", *source.splitlines(), "", ""]
    lines += [
        f"draw = np.random.default_rng({config.data_seed})",
        f"places, targets = {shape.__name__}(draw, {config.points}, {config.noise / 100})",
        "order = draw.permutation(len(targets))",
        "x1, x2 = np.clip(places, -SIDE, SIDE)[order].T",
        f"inputs = np.stack([{', '.join(INPUTS[name] for name in config.input_names)}], axis=1)",
        "inputs = torch.tensor(inputs, dtype=torch.float32)",
        "targets = torch.tensor(targets[order, None], dtype=torch.float32)",
    ]
    return "\n".join(lines)


def network_text(config: PlaygroundConfig, epochs: int) -> str:
    """The network, its first weights and its training."""
    layers = []
    names = [*config.hidden_activations, ""]
    for below, units, name in zip(config.sizes, config.sizes[1:], names, strict=False):
        layers.append(f"    nn.Linear({below}, {units}),")
        if name:
            layers.append(f"    {MODULES[name]},")
    train = config.train_points
    lines = ["model = nn.Sequential(", *layers, ")", *_first_weights(config)]
    lines += [
        f"optimizer = torch.optim.{OPTIMIZERS[config.optimizer].format(lr=config.lr)}",
        "",
        "",
        "def loss_of(inputs, targets):",
        f"    return ({LOSSES[config.criterion]}).mean()",
        "",
        "",
        f"for epoch in range({epochs}):",
    ]
    if config.schedule != "constant":
        lines.append(f'    optimizer.param_groups[0]["lr"] = {RATES[config.schedule].format(lr=config.lr)}')
    lines += [
        f"    order = np.random.default_rng(({config.seed}, epoch)).permutation({train})",
        f"    for batch in torch.as_tensor(order).split({config.batch_size}):",
        "        loss = loss_of(inputs[batch], targets[batch])",
        "        optimizer.zero_grad()",
        "        loss.backward()",
        "        optimizer.step()",
        *_price(config),
        "with torch.no_grad():",
        f'    print(f"training loss {{loss_of(inputs[:{train}], targets[:{train}]):.4f}}")',
        f'    print(f"test loss {{loss_of(inputs[{train}:], targets[{train}:]):.4f}}")',
    ]
    return "\n".join(lines)


def _first_weights(config: PlaygroundConfig) -> list[str]:
    lines = [
        f"draw = np.random.default_rng({config.seed})  # the board's first weights",
        "for layer in model:",
        "    if isinstance(layer, nn.Linear):",
        "        below, units = layer.in_features, layer.out_features",
    ]
    if config.init == "torch":
        return [
            *lines,
            "        both = draw.uniform(-1, 1, (below + 1, units)) / np.sqrt(below)",
            "        layer.weight.data = torch.tensor(both[:-1].T, dtype=torch.float32)",
            "        layer.bias.data = torch.tensor(both[-1], dtype=torch.float32)",
        ]
    weights, bias = INITS[config.init]
    return [
        *lines,
        f"        layer.weight.data = torch.tensor(({weights}).T, dtype=torch.float32)",
        f"        layer.bias.data.fill_({bias})",
    ]


def _price(config: PlaygroundConfig) -> list[str]:
    """What a price on weights takes from them after each step."""
    if config.penalty == "none":
        return []
    size = f'optimizer.param_groups[0]["lr"] * {config.penalty_rate}'
    taken = {
        "l2": f"            weight.data -= {size} * weight.data",
        "l1": f"            weight.data = nn.functional.softshrink(weight.data, {size})",
    }
    return [
        "        for weight in (layer.weight for layer in model if isinstance(layer, nn.Linear)):",
        taken[config.penalty],
    ]


def script_text(config: PlaygroundConfig, epochs: int = 100) -> str:
    """A program that needs NumPy and PyTorch alone. Raises ConfigError for one's own points."""
    return f"{points_text(config)}\n\n{network_text(config, epochs)}\n"


def notebook_bytes(config: PlaygroundConfig, epochs: int = 100) -> bytes:
    """The same as a notebook, a cell for the points and one for the network."""
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": python, "language_info": {"name": "python"}},
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# A network in the plane"},
            _cell("points", points_text(config)),
            _cell("network", network_text(config, epochs)),
        ],
    }
    return json.dumps(notebook, indent=1).encode()


def weights_bytes(config: PlaygroundConfig, weights: NDArray[Any], epoch: int) -> bytes:
    """The (num_params,) weights of an epoch as JSON: of each layer as torch.nn.Linear holds them."""
    layers = [
        {
            "weight": matrix[:-1].T.tolist(),
            "bias": matrix[-1].tolist(),
            "activation": MODULES[name].removeprefix("nn.") if name else None,
        }
        for matrix, name in zip(
            matrices(weights, config.sizes), [*config.hidden_activations, ""], strict=True
        )
    ]
    said = {"epoch": epoch, "inputs": list(config.input_names), "layers": layers}
    return json.dumps(said, indent=1).encode()


def _cell(name: str, source: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "source": source,
        "execution_count": None,
        "outputs": [],
    }
