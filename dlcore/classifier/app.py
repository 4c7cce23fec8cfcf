"""A classifier at work: what has learned, and what is known of it. It is stored as plain text."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from dlcore.classifier.collection import Collection
from dlcore.classifier.config import Fit
from dlcore.classifier.gather import MOST_CLASSES
from dlcore.classifier.judge import Judged
from dlcore.classifier.project import LINE_LETTERS, Plan
from dlcore.schema import Config, parse
from dlcore.vision.lite0 import FEATURES
from dlcore.zips import LABEL_LETTERS

Floats = NDArray[np.float32]
MOST_LETTERS = 4 * MOST_CLASSES * (FEATURES + 1) * 4 // 3 + 100  # of the numbers in base 64


@dataclass(frozen=True)
class App:
    """One layer over Lite0's features: `weight` (C, 1280), `bias` (C,). `counts` are pictures of each class,
    `score` a sentence.
    """

    classes: tuple[str, ...]
    counts: tuple[int, ...]
    weight: Floats
    bias: Floats
    fit: Fit
    plan: Plan
    score: str

    def shares(self, features: Floats) -> Floats:
        """(1280,) -> (C,), together 1."""
        logits = self.weight @ features + self.bias
        raised = np.exp(logits - logits.max())
        shares: Floats = raised / raised.sum()
        return shares


class StoredApp(Config):
    """The same as it is written down and read again: whatever was stored, only this comes back."""

    classes: tuple[str, ...] = Field(min_length=2, max_length=MOST_CLASSES)
    counts: tuple[int, ...]
    numbers: str = Field(max_length=MOST_LETTERS)  # float32, the weight and then the bias, in base 64
    fit: Fit
    plan: dict[str, str]
    score: str = Field(max_length=1000)

    @model_validator(mode="after")
    def _fits(self) -> StoredApp:
        if any(not 0 < len(name) <= LABEL_LETTERS for name in self.classes):
            raise ValueError("a class has no name that can be shown")
        if len(self.counts) != len(self.classes) or self.plan.keys() != Plan().as_plain().keys():
            raise ValueError("its parts do not belong together")
        if any(len(text) > LINE_LETTERS for text in self.plan.values()):
            raise ValueError("a line is too long")
        if len(base64.b64decode(self.numbers, validate=True)) != 4 * len(self.classes) * (FEATURES + 1):
            raise ValueError("its numbers do not fit its classes")
        if not np.isfinite(self.values).all():
            raise ValueError("its numbers are none")
        return self

    @property
    def values(self) -> Floats:
        """(C, 1281) float32, the bias last."""
        flat = np.frombuffer(base64.b64decode(self.numbers), "<f4").astype(np.float32)
        count = len(self.classes)
        weight, bias = flat[: count * FEATURES].reshape(count, FEATURES), flat[count * FEATURES :]
        return np.concatenate((weight, bias[:, None]), axis=1)


def app_of(collection: Collection, judged: Judged, fit: Fit, plan: Plan, score: str) -> App:
    """What was trained last, ready to be used."""
    weight, bias = judged.head.weight[0].numpy(), judged.head.bias[0].numpy()
    return App(collection.classes, collection.counts, weight, bias, fit, plan, score)


def written(app: App) -> str:
    """As JSON."""
    numbers = np.concatenate((app.weight.ravel(), app.bias)).astype("<f4").tobytes()
    return StoredApp(
        classes=app.classes,
        counts=app.counts,
        numbers=base64.b64encode(numbers).decode(),
        fit=app.fit,
        plan=app.plan.as_plain(),
        score=app.score,
    ).model_dump_json()


def read(plain: dict[str, object]) -> App:
    """From what `written` wrote. Raises ConfigError if it is anything else."""
    stored = parse(StoredApp, plain)
    values = stored.values
    return App(
        stored.classes,
        stored.counts,
        np.ascontiguousarray(values[:, :-1]),
        values[:, -1].copy(),
        stored.fit,
        Plan(**stored.plan),
        stored.score,
    )
