"""What N GPUs should bring: compute shrinks with their number, the reduction does not.

With batch b on each of N, M bytes of gradients, bandwidth B and latency L, a step takes

    c b + 2 (N - 1) / N · M / B + 2 (N - 1) L

if nothing overlaps: the ring of `ring.py`. DDP overlaps part of it with the backward pass, so this is the
dear end.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlcore.distributed.training import Trained

COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)


@dataclass(frozen=True)
class Machine:
    """Seconds an image, seconds a step besides, bytes a second, seconds a message, bytes of gradients."""

    compute: float
    fixed: float
    bandwidth: float
    latency: float
    weights: int

    def step(self, gpus: int, batch: float) -> float:
        """Seconds of one step with `batch` images on each of them."""
        return self.fixed + self.compute * batch + self.reduction(gpus)

    def reduction(self, gpus: int) -> float:
        """Seconds of one ring all-reduce; none alone."""
        return 2 * (gpus - 1) / gpus * self.weights / self.bandwidth + 2 * (gpus - 1) * self.latency

    def shared(self, gpus: int, total: int) -> float:
        """Images a second if a batch of `total` is shared out. One that has no image left brings nothing."""
        at_work = min(gpus, total)
        return total / self.step(at_work, total / at_work)

    def grown(self, gpus: int, batch: int) -> float:
        """Images a second if each has `batch` images, so that the batch grows with them."""
        return gpus * batch / self.step(gpus, batch)

    def pays_until(self, total: int) -> int:
        """The number of COUNTS that is quickest with a batch of `total`."""
        return max(COUNTS, key=lambda gpus: self.shared(gpus, total))


def bandwidth_of(ranks: int, weights: int, small: float, large: float) -> tuple[float, float]:
    """(bytes a second, seconds a message) from two measured all-reduces: of one number, and of all weights.

    The ring's two terms solved for B and L. Where the large one took no longer, noise was larger than both:
    the bandwidth is then what the large one alone says.
    """
    latency = small / (2 * (ranks - 1))
    travelling = large - small if large > small else large
    return 2 * (ranks - 1) / ranks * weights / travelling, latency


def machine_of(trained: Trained) -> Machine:
    """What ranks have measured of this machine. They must have been looked at, and be two at least."""
    bandwidth, latency = bandwidth_of(trained.config.ranks, trained.weights, trained.small, trained.large)
    return Machine(trained.compute, trained.fixed, bandwidth, latency, trained.weights)
