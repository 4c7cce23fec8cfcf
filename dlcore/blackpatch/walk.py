"""One image, one step, every number kept: what a learner can check by hand."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from dlcore.blackpatch.images import Image
from dlcore.blackpatch.network import Dense, Network, Vector, cross_entropy, sigmoid


@dataclass(frozen=True)
class Walk:
    """A forward pass, the blame it brings back, and the loss after the nudge.

    `sums[k]` are layer k's z, `flow[k]` what flows into it, `blames[k]` the loss's derivative by its z.
    """

    image: Image
    label: int
    lr: float
    sums: tuple[Vector, ...]
    flow: tuple[Vector, ...]
    blames: tuple[Vector, ...]
    loss: float
    loss_after: float
    probability_after: float

    @property
    def logit(self) -> float:
        return self.flow[-1][0]

    @property
    def probability(self) -> float:
        return sigmoid(self.logit)

    def gradients(self, unit: int) -> Vector:
        """Of the loss by each weight that leads from the image to this unit: its blame times the pixel."""
        return [self.blames[0][unit] * x for x in self.image]


@dataclass(frozen=True)
class Arrow:
    """One weight: from input `source` of a layer (0: the first) to its unit `unit`, both counted from 0."""

    layer: int
    unit: int
    source: int

    @classmethod
    def from_pixel(cls, unit: int, row: int, column: int, side: int) -> Arrow:
        """From a pixel of an image with so many a side, counted from 0 too."""
        return cls(0, unit, row * side + column)

    def to_pixel(self, side: int) -> tuple[int, int, int]:
        """Unit, row and column."""
        return self.unit, self.source // side, self.source % side


@dataclass(frozen=True)
class ArrowNumbers:
    """What passes through one weight, forward and back."""

    weight: float
    x: float  # what flows in
    z: float  # of the unit it leads to
    bias: float  # of that unit
    blame: float  # of that unit
    gradient: float  # blame · x
    weight_after: float


def walk(network: Network, image: Image, label: int, lr: float) -> Walk:
    """Forward, backward and one nudge. The caller's network stays as it is."""
    flow = network.forward(image)
    blames = network.backward(flow, label)
    nudged = deepcopy(network)
    nudged.nudge(flow, blames, lr)
    logit_after = nudged.logit(image)
    return Walk(
        image=image,
        label=label,
        lr=lr,
        sums=tuple(layer.forward(x) for layer, x in zip(network.layers, flow, strict=False)),
        flow=tuple(flow),
        blames=tuple(blames),
        loss=cross_entropy(flow[-1][0], label),
        loss_after=cross_entropy(logit_after, label),
        probability_after=sigmoid(logit_after),
    )


def follow(network: Network, taken: Walk, arrow: Arrow) -> ArrowNumbers:
    """The numbers of one weight in that step."""
    weight = network.layers[arrow.layer].weights[arrow.unit][arrow.source]
    x = taken.flow[arrow.layer][arrow.source]
    blame = taken.blames[arrow.layer][arrow.unit]
    return ArrowNumbers(
        weight=weight,
        x=x,
        z=taken.sums[arrow.layer][arrow.unit],
        bias=network.layers[arrow.layer].biases[arrow.unit],
        blame=blame,
        gradient=blame * x,
        weight_after=weight - taken.lr * blame * x,
    )


def what_if(
    network: Network, image: Image, label: int, arrow: Arrow, deltas: Sequence[float]
) -> tuple[float, ...]:
    """The loss with this one weight changed by each of `deltas`, all others as they are."""
    changed = deepcopy(network)
    row = changed.layers[arrow.layer].weights[arrow.unit]
    weight = row[arrow.source]
    losses = []
    for delta in deltas:
        row[arrow.source] = weight + delta
        losses.append(cross_entropy(changed.logit(image), label))
    return tuple(losses)


def changes(chosen: float) -> list[float]:
    """From -1 to 1 in steps of 0.05, and the chosen one."""
    return sorted({i / 20 for i in range(-20, 21)} | {chosen})


def steadiest(taken: Walk) -> Arrow:
    """The weight of the first layer to look at first: its unit has at least half the largest blame, and of
    those its z is furthest above 0, so that a small change does not switch it off.
    """
    blames, sums, image = taken.blames[0], taken.sums[0], taken.image
    most = max(map(abs, blames))
    unit = max((i for i, blame in enumerate(blames) if 2 * abs(blame) >= most), key=lambda i: sums[i])
    return Arrow(0, unit, max(range(len(image)), key=lambda j: image[j]))


def zeros(network: Network) -> Network:
    """The same shape with every weight and bias at 0."""
    return Network(
        [
            Dense([[0.0] * len(row) for row in layer.weights], [0.0] * len(layer.biases))
            for layer in network.layers
        ]
    )


def after(network: Network, image: Image, label: int, lr: float, steps: int) -> Network:
    """A copy after so many steps on this one image."""
    copy = deepcopy(network)
    for _ in range(steps):
        flow = copy.forward(image)
        copy.nudge(flow, copy.backward(flow, label), lr)
    return copy
