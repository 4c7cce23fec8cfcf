"""A whole training by the NumPy twin: the lab's own loop, twenty times as fast. `test_twins.py` compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcore.blackpatch.network import Dense, Network
from dlcore.blackpatch.training import TrainState, start
from dlcore.blackpatch.twins.numpy_twin import NumpyTwin


class InNumpy(Network):
    """A network whose numbers are its NumPy twin's. Every logit is a plain number."""

    def __init__(self, network: Network) -> None:
        self.twin = NumpyTwin(network)

    @property
    def layers(self) -> list[Dense]:  # type: ignore[override]
        return self.twin.network().layers

    def forward(self, image: Any) -> list[Any]:
        *flow, logit = self.twin.forward(image)
        return [*flow, logit.tolist()]

    def backward(self, flow: list[Any], label: int) -> list[Any]:
        return self.twin.backward(flow, label)

    def nudge(self, flow: list[Any], blames: list[Any], lr: float) -> None:
        for weight, bias, x, blame in zip(self.twin.weights, self.twin.biases, flow, blames, strict=False):
            weight -= lr * blame[:, None] * x
            bias -= lr * blame


def start_in_numpy(widths: Sequence[int], *, init: float, lr: float, seed: int) -> TrainState:
    """As `start` does it, with the same first weights."""
    state = start(widths, init=init, lr=lr, seed=seed)
    state.network = InNumpy(state.network)
    return state
