"""One update from one image of the black patch: our plain Python against two others in plain Python.

The first is micrograd 0.1.0, which keeps a node per number; the second the index loops that one writes at
first. Our twins in NumPy and in torch are measured beside them. All begin with the same weights and see the
same images in the same order, and all must arrive at the same weights: a fast wrong answer fails.

    python -m benchmarks.blackpatch [--full] [--json]
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from micrograd.nn import MLP, Neuron

from benchmarks.common import alternate, arguments, report
from dlcore.blackpatch import index_loops
from dlcore.blackpatch.config import PRESETS
from dlcore.blackpatch.images import Image, make_examples
from dlcore.blackpatch.network import Network, sigmoid
from dlcore.blackpatch.training import start, train_step
from dlcore.blackpatch.twins.numpy_twin import NumpyTwin
from dlcore.blackpatch.twins.torch_twin import TorchTwin
from dlcore.events import drained

THREADS = 1
LR = 0.01
FEW = 20  # images in one measurement of micrograd, which takes tens of milliseconds for one
MANY = 200  # in one measurement of everything else
AGREE = 1e-9  # weights nearer than this are equal

CONFIG = PRESETS["book"].config
EXAMPLES = make_examples(CONFIG.maker, MANY, CONFIG.seed)

Step = Callable[[Any, int], object]  # one update from one image and its label


def fresh() -> Network:
    return start(CONFIG.widths, init=CONFIG.init, lr=LR, seed=CONFIG.seed).network


# --- Four ways to train the same network ----------------------------------------------------------


class Ours:
    """The training step of dlcore, as a run takes it; its loss and its hit are measured too."""

    def __init__(self) -> None:
        self.state = start(CONFIG.widths, init=CONFIG.init, lr=LR, seed=CONFIG.seed)

    def step(self, image: Image, label: int) -> None:
        drained(train_step(self.state, [(image, label)]))

    def weights(self) -> list[float]:
        return flat(self.state.network)


class IndexLoops:
    """As one writes it at first: for every layer, for every unit, for every input."""

    def __init__(self) -> None:
        self.layers = index_loops.copy_layers(fresh())

    def step(self, image: Image, label: int) -> None:
        index_loops.train_step(self.layers, image, label, LR)

    def weights(self) -> list[float]:
        return [w for weights, biases in self.layers for row in [*weights, biases] for w in row]


class Micrograd:
    """Its own network. It has no logarithm, so the slope of the cross-entropy, p - y, is a factor."""

    def __init__(self) -> None:
        network = fresh()
        inputs, *outputs = network.widths
        self.model = MLP(inputs, outputs)
        for layer, plain in zip(self.model.layers, network.layers, strict=True):
            for neuron, row, bias in zip(layer.neurons, plain.weights, plain.biases, strict=True):
                for value, w in zip(neuron.parameters(), [*row, bias], strict=True):
                    value.data = w

    def step(self, image: Image, label: int) -> None:
        logit = self.model(image)
        loss = logit * (sigmoid(logit.data) - label)
        self.model.zero_grad()
        loss.backward()
        for value in self.model.parameters():
            value.data -= LR * value.grad

    def weights(self) -> list[float]:
        found = []
        for layer in self.model.layers:
            neurons: Sequence[Neuron] = layer.neurons
            found += [value.data for neuron in neurons for value in neuron.w]
            found += [neuron.b.data for neuron in neurons]
        return found


class Twin:
    """One of ours, in NumPy or in torch, and the images in its own form."""

    def __init__(self, kind: type[NumpyTwin] | type[TorchTwin]) -> None:
        self.twin = kind(fresh())

    def step(self, image: Any, label: int) -> None:
        self.twin.train_step(image, label, LR)

    def weights(self) -> list[float]:
        return flat(self.twin.network())


Trained = Ours | IndexLoops | Micrograd | Twin


def flat(network: Network) -> list[float]:
    return [w for layer in network.layers for row in [*layer.weights, layer.biases] for w in row]


# --- Measuring ------------------------------------------------------------------------------------


def train_on(trained: Trained, images: Sequence[Any]) -> float:
    """Microseconds per image."""
    labels = EXAMPLES.labels[: len(images)]
    began = time.perf_counter()
    for image, label in zip(images, labels, strict=True):
        trained.step(image, label)
    return (time.perf_counter() - began) / len(images) * 1e6


def measure(make: Callable[[], Trained], images: Sequence[Any], number: int) -> float:
    """A new network each time, so that every pair does the same."""
    return train_on(make(), images)


def difference(make: Callable[[], Trained], images: Sequence[Any]) -> float:
    """How far the weights are from ours after the same images."""
    ours, theirs = Ours(), make()
    train_on(ours, EXAMPLES.images[: len(images)])
    train_on(theirs, images)
    return max(abs(a - b) for a, b in zip(ours.weights(), theirs.weights(), strict=True))


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(THREADS)
    times = 5 if options.full else 1

    images = list(EXAMPLES.images)
    arrays = [np.array(image) for image in images]
    tensors = [torch.tensor(image, dtype=torch.float64) for image in images]
    others: dict[str, tuple[Callable[[], Trained], Sequence[Any], int]] = {
        "micrograd": (Micrograd, images[:FEW], 12 * times),
        "index_loops": (IndexLoops, images, 60 * times),
        "numpy": (partial(Twin, NumpyTwin), arrays, 30 * times),
        "torch": (partial(Twin, TorchTwin), tensors, 30 * times),
    }
    gc.collect()
    gc.freeze()  # what libraries left in memory is not searched again and again on micrograd's account
    results: dict[str, list[float]] = {}
    for name, (make, given, pairs) in others.items():
        apart = difference(make, given)  # it warms both sides up, too
        if not apart <= AGREE:
            sys.exit(
                f"The work is not equal: after {len(given)} images all weights must agree with those of "
                f"{name} to {AGREE:g}. Got a difference of {apart:.2g} instead."
            )
        measured = alternate(partial(measure, Ours, images), partial(measure, make, given), pairs)
        results[f"vs_{name}"] = [a / b for a, b in measured]
        results[f"{name}_us"] = [b for _, b in measured]
        results.setdefault("ours_us", []).extend(a for a, _ in measured)
    report("blackpatch", results, options.json, threads=THREADS, widths=CONFIG.widths)


if __name__ == "__main__":
    main()
