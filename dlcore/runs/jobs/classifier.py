"""What a classifier of one's own asks for that takes seconds: features, the learning curve, a comparison."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from dlcore.classifier.curve import Curve, iter_curve
from dlcore.classifier.features import Features, iter_features
from dlcore.classifier.gather import Gathered, iter_gathered
from dlcore.classifier.scratch import Scratch, iter_scratch
from dlcore.events import Stage
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.vision.weights import pretrained


def warm() -> None:
    """Read the weights once, so that the file is at hand."""
    pretrained()


class GatherJob(TaskJob):
    """The payload is {"files": Sequence[Given]}; the last event is Gathered.

    Whatever strangers' files do to the one who opens them, they do it to this process.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._events = iter_gathered(submission.payload["files"])

    def events(self) -> Iterator[Stage | Gathered]:
        return self._events


class FeaturesJob(TaskJob):
    """The payload is {"pictures": Sequence[Picture], "fit": Fit}; the last event is Features.

    Raises VisionError if the network's weights are not here.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._pictures, self._fit = submission.payload["pictures"], submission.payload["fit"]
        self._network = pretrained()

    def events(self) -> Iterator[Stage | Features]:
        return iter_features(self._network, self._pictures, self._fit)


class CurveJob(TaskJob):
    """The payload is {"features": (N, 1280) float32, "labels": list, "classes": int, "seed": int}, a NumPy
    array and plain numbers; the last event is a Curve.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        asked = submission.payload
        self._events = iter_curve(
            torch.from_numpy(asked["features"]),
            torch.tensor(asked["labels"]),
            asked["classes"],
            asked["seed"],
        )

    def events(self) -> Iterator[Stage | Curve]:
        return self._events


class ScratchJob(TaskJob):
    """The payload is {"pictures": Sequence[Picture], "labels": list, "folds": list, "fit": Fit, "seed": int};
    the last event is a Scratch.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        asked = submission.payload
        self._events = iter_scratch(
            asked["pictures"],
            torch.tensor(asked["labels"]),
            torch.tensor(asked["folds"]),
            asked["fit"],
            asked["seed"],
        )

    def events(self) -> Iterator[Stage | Scratch]:
        return self._events
