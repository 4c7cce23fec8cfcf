"""The recogniser's longer work, inside a task: where a network looked, several side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from PIL import Image

from dlcore.events import Stage, Tick
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.vision.beside import SideBySide, iter_beside
from dlcore.vision.integrated import Integrated, iter_integrated
from dlcore.vision.occlusion import Occlusion, iter_occlusion
from dlcore.vision.weights import load

LOOKS: Mapping[str, Callable[..., Iterator[Any]]] = {
    "occlusion": iter_occlusion,
    "integrated": iter_integrated,
}


class LookJob(TaskJob):
    """Where one network looked; the last event is an Occlusion or an Integrated.

    The payload is {"network": Network, "path": its file or None, "batch": (1, 3, side, side) float32,
    "grey": (1, 3, 1, 1) float32, "place": of the class, "method": a name of LOOKS}. Raises VisionError if the
    network cannot be loaded.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        given = submission.payload
        batch, grey = (torch.from_numpy(given[name]) for name in ("batch", "grey"))
        self._work = LOOKS[given["method"]](
            load(given["network"], given["path"]), batch, given["place"], grey
        )

    def events(self) -> Iterator[Stage | Occlusion | Integrated]:
        return self._work


class BesideJob(TaskJob):
    """One picture through several networks; the last event is a SideBySide.

    The payload is {"networks": pairs of a Network and its file or None, "pixels": (H, W, 3) uint8,
    "config": PrepareConfig}.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        given = submission.payload
        picture = Image.fromarray(given["pixels"])
        self._work = iter_beside(given["networks"], picture, given["config"], submission.threads)

    def events(self) -> Iterator[Stage | Tick | SideBySide]:
        return self._work
