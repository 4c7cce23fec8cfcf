"""How good is a model on samples it did not learn from, and where does it fail?"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.data import Prepare, Samples
from dlcore.events import Tick, drained
from dlcore.nets.shapes import CHUNK
from dlcore.training.modes import mode


@dataclass(frozen=True)
class Evaluation:
    """What a model says of N images, in the images' order."""

    labels: NDArray[np.int16]  # (N,): a lab of thirty holds many of these
    predictions: NDArray[np.int16]  # (N,)
    confidences: NDArray[np.float32]  # (N,) the probability of the prediction
    losses: NDArray[np.float32]  # (N,) cross entropy, in nats

    @property
    def total(self) -> int:
        return len(self.labels)

    @property
    def correct(self) -> int:
        return int((self.predictions == self.labels).sum())

    @property
    def loss(self) -> float:
        """The mean over all images."""
        return float(self.losses.mean(dtype=np.float64))

    @property
    def confusion(self) -> NDArray[np.int64]:
        """(10, 10): rows are the true digits, columns what the model said."""
        counts = np.zeros((10, 10), np.int64)
        np.add.at(counts, (self.labels, self.predictions), 1)
        return counts

    def worst(self, count: int) -> NDArray[np.int64]:
        """The indices of the wrong images, first the one whose wrong answer was surest.

        Of two equally sure answers the one with the larger loss comes first.
        """
        wrong = np.flatnonzero(self.predictions != self.labels)
        return wrong[np.lexsort((-self.losses[wrong], -self.confidences[wrong]))][:count]

    def wrong_among(self, count: int) -> int:
        """How many of the first `count` images are wrong."""
        return int((self.predictions[:count] != self.labels[:count]).sum())

    def next_wrong(self, after: int) -> int:
        return next_wrong(self.predictions != self.labels, after)


def next_wrong(wrong: NDArray[np.bool_], after: int) -> int:
    """The next index at which `wrong` (N,) holds, round and round; `after` itself if there is none."""
    indices = np.flatnonzero(wrong)
    if not len(indices):
        return after
    return int(indices[np.searchsorted(indices, after, side="right") % len(indices)])


def iter_evaluation(
    model: nn.Module, samples: Samples, prepare: Prepare, chunk: int = CHUNK
) -> Generator[Tick, None, Evaluation]:
    """Evaluate in eval mode, yielding a Tick after every `chunk` images; the generator's value is the result.

    `samples` are on the model's device. The model's modes are left as found.
    """
    predictions, confidences, losses = [], [], []
    for first in range(0, len(samples), chunk):
        part = slice(first, first + chunk)
        p, c, loss = _judge(model, prepare(samples.images[part]), samples.labels[part])
        predictions.append(p)
        confidences.append(c)
        losses.append(loss)
        yield Tick()
    return Evaluation(
        labels=samples.labels.cpu().numpy().astype(np.int16),
        predictions=torch.cat(predictions).cpu().numpy().astype(np.int16),
        confidences=torch.cat(confidences).cpu().numpy(),
        losses=torch.cat(losses).cpu().numpy(),
    )


@torch.inference_mode()
def _judge(model: nn.Module, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    with mode(model, training=False):
        logits = model(images)  # (B, classes)
    confidences, predictions = logits.softmax(1).max(1)
    return predictions, confidences, F.cross_entropy(logits, labels, reduction="none")


def evaluate(model: nn.Module, samples: Samples, prepare: Prepare) -> Evaluation:
    """`iter_evaluation` in one go."""
    return drained(iter_evaluation(model, samples, prepare))


class Band(NamedTuple):
    """The 95 % interval of an accuracy measured on a sample (Wilson 1927)."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2


def band(correct: float, total: int) -> Band:
    """Where the true accuracy lies, 19 times out of 20, given `correct` of `total` images."""
    z = 1.959964
    p = correct / total
    middle = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return Band(max(0.0, middle - half), min(1.0, middle + half))
