"""The show of one training step: where it stands, and what has come into view by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.images import make_probes
from dlcore.blackpatch.network import Network
from dlcore.blackpatch.training import start
from dlcore.blackpatch.walk import Walk, after, walk, zeros

STEPS = 8  # captions


@dataclass(frozen=True)
class Show:
    """Which caption is on, how many nudges were made before, and whether it moves on by itself."""

    caption: int = 1
    nudges: int = 0
    playing: bool = False

    def go_to(self, caption: int) -> Show:
        """Beyond the last caption the nudge is made, and the next step begins with the new weights."""
        if caption > STEPS:
            return replace(self, caption=1, nudges=self.nudges + 1)
        return replace(self, caption=max(1, caption))

    def play(self) -> Show:
        """Slow motion, or a pause."""
        return replace(self, playing=not self.playing)

    def tick(self) -> Show:
        """Slow motion: one caption on. It rests on the last, before the nudge."""
        moved = self.go_to(self.caption + 1)
        return replace(moved, playing=moved.caption < STEPS)


def shown_step(
    trained: Network, config: PatchConfig, weights: str, picture: str, lr: float, nudges: int
) -> tuple[Network, Walk]:
    """A network after so many nudges on one image, and the step it takes next.

    `weights` are "trained", "fresh" (as this run's were before training) or "zeros"; `picture` is "patch" or
    "blank".
    """
    network = trained
    if weights != "trained":
        network = start(config.widths, init=config.init, lr=config.lr, seed=config.seed).network
    if weights == "zeros":
        network = zeros(network)
    label = 1 if picture == "patch" else 0
    image = make_probes(config.maker).images[0 if label else -1]
    network = after(network, image, label, lr, nudges)
    return network, walk(network, image, label, lr)


@dataclass(frozen=True)
class View:
    """What is seen of the way from units to loss; None: not yet. What is after the nudge stands apart."""

    title: str  # of the units' values
    values: Sequence[float | None]
    probability: float | None
    loss: float | None
    blame: float | None  # of the output
    probability_after: float | None
    loss_after: float | None


def view(taken: Walk, caption: int) -> View:
    """The units' sums, then activations, then blames; the output's numbers one by one."""
    title, values = "Sum z", list[float | None](taken.sums[0])
    if caption >= 7:
        title, values = "Blame ∂L/∂z", [*taken.blames[0]]
    elif caption >= 3:
        title, values = "Activation a", [*taken.flow[1]]
    elif caption == 1:  # the image is all there is
        values = [None] * len(values)
    nudged = caption >= STEPS
    return View(
        title,
        values,
        probability=taken.probability if caption >= 4 else None,
        loss=taken.loss if caption >= 5 else None,
        blame=taken.blames[-1][0] if caption >= 6 else None,
        probability_after=taken.probability_after if nudged else None,
        loss_after=taken.loss_after if nudged else None,
    )
