"""What a classifier of one's own asks for that takes seconds: features, the learning curve, a comparison."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.curve import Curve, iter_curve
from dlcore.classifier.features import Features, iter_features
from dlcore.classifier.gather import Gathered, iter_gathered
from dlcore.classifier.scratch import Scratch, iter_scratch
from dlcore.events import Stage
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.schema import parse
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
    """The payload is {"pictures": Sequence[Picture], "config": fields of ClassifierConfig}, of which its
    fit counts; the last event is Features.

    Raises ConfigError if they are out of bounds, VisionError if the network's weights are not here.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._pictures = submission.payload["pictures"]
        self._config = parse(ClassifierConfig, submission.payload["config"])
        self._network = pretrained()

    def events(self) -> Iterator[Stage | Features]:
        return iter_features(self._network, self._pictures, self._config.fit)


class CurveJob(TaskJob):
    """The payload is {"features": (N, 1280) float32, a NumPy array, "labels": list, "classes": int,
    "config": fields of ClassifierConfig}, of which its seed counts; the last event is a Curve.

    Raises ConfigError if they are out of bounds.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        asked = submission.payload
        self._events = iter_curve(
            torch.from_numpy(asked["features"]),
            torch.tensor(asked["labels"]),
            asked["classes"],
            parse(ClassifierConfig, asked["config"]).seed,
        )

    def events(self) -> Iterator[Stage | Curve]:
        return self._events


class ScratchJob(TaskJob):
    """The payload is {"pictures": Sequence[Picture], "labels": list, "folds": list, "config": fields of
    ClassifierConfig}, of which its fit and seed count; the last event is a Scratch.

    Raises ConfigError if they are out of bounds.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        asked = submission.payload
        config = parse(ClassifierConfig, asked["config"])
        self._events = iter_scratch(
            asked["pictures"],
            torch.tensor(asked["labels"]),
            torch.tensor(asked["folds"]),
            config.fit,
            config.seed,
        )

    def events(self) -> Iterator[Stage | Scratch]:
        return self._events
