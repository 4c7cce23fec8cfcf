"""How much memory a surface takes on top of its network, in a process of its own.

    python -m benchmarks.landscape_memory NET RESOLUTION SAMPLES STOPS ROWS

Prints the peak in megabytes: the digits' file, the run's weights, the plane and the engine included. It
measures the path and ROWS rows of points; nothing is allocated later that was not allocated by then.
"""

from __future__ import annotations

import re
import resource
import sys
from itertools import islice
from pathlib import Path

import psutil
import torch

from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.directions import weights_of
from dlcore.landscape.picture import Moment, iter_picture
from dlcore.landscape.samples import pick_samples
from dlcore.landscape.surfaces import Row
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model


def main(net: str, resolution: str, samples: int, stops: int, rows: int) -> None:
    torch.set_num_threads(1)
    model = build_model(net, seed=0)  # type: ignore[arg-type]
    model(torch.zeros(1, 1, 28, 28))  # what torch loads at its first use is not the surface's
    before = psutil.Process().memory_info().rss
    config = SurfaceConfig(resolution=resolution, samples=samples)  # type: ignore[arg-type]
    chosen = pick_samples(config.digits, config.samples, NORMALIZE["mnist"], seed=0)
    events = iter_picture(model, wandering(weights_of(model), stops), config, chosen)
    sum(1 for _ in islice((event for event in events if isinstance(event, Row)), rows))
    print((peak() - before) / 1e6)


def peak() -> float:
    """The most memory that this process has held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what its parent held before this program began
        return float(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024  # type: ignore[index]
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most) * (1 if sys.platform == "darwin" else 1024)


def wandering(weights: dict[str, torch.Tensor], stops: int) -> list[Moment]:
    """A run that never was: a random walk away from the weights."""
    generator = torch.Generator().manual_seed(0)
    run = [Moment(0, 0, weights)]
    for epoch in range(1, stops):
        moved = {
            name: torch.randn(value.shape, generator=generator).mul_(0.003).add_(value)
            for name, value in run[-1].weights.items()
        }
        run.append(Moment(epoch, epoch, moved))
    return run


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
