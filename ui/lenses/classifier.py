"""Pictures that somebody brought, what the borrowed network finds in them, and heads trained on that."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlcore.classifier.app import App, written
from dlcore.classifier.collection import Collection
from dlcore.classifier.config import ClassifierConfig, Fit
from dlcore.classifier.curve import Curve
from dlcore.classifier.examples import example_features
from dlcore.classifier.features import Features
from dlcore.classifier.gather import Gathered, Given
from dlcore.classifier.judge import Judged, judge
from dlcore.classifier.project import Picture
from dlcore.classifier.scratch import Scratch
from dlcore.runs.jobs.picture_app import Zipped
from dlcore.runs.storage.kept import Kept
from ui import services
from ui.limits import FEATURES_KEPT
from ui.work import Asked, ask, forget

Row = NDArray[np.float32]


class Known:
    """Features by picture and fit, of all visitors: whoever brings the same picture need not wait for it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: OrderedDict[tuple[str, Fit], Row] = OrderedDict()
        self._lock = Lock()

    def add(self, features: Features, fit: Fit) -> None:
        with self._lock:
            for digest, row in zip(features.digests, features.values, strict=True):
                self._rows[digest, fit] = row.copy()  # a view would keep its whole batch
            while len(self._rows) > self._most:
                self._rows.popitem(last=False)

    def of(self, digest: str, fit: Fit) -> Row | None:
        with self._lock:
            row = self._rows.get((digest, fit))
            if row is not None:
                self._rows.move_to_end((digest, fit))
            return row


@st.cache_resource(max_entries=1, show_spinner=False)
def _known() -> Known:
    known = Known(FEATURES_KEPT)
    known.add(example_features(), "pad")
    return known


def gathered(files: Sequence[Given], token: str) -> Asked[Gathered]:
    """Opened in a process of their own. `token` names this very drop of files."""
    return ask(Gathered, "gather", token, lambda: {"files": list(files)})


def features(pictures: Sequence[Picture], fit: Fit) -> Asked[Tensor]:
    """(N, 1280), read by a task as far as they are not known."""
    known = {picture.digest: _known().of(picture.digest, fit) for picture in pictures}
    rows = {digest: row for digest, row in known.items() if row is not None}
    missing = [picture for picture in pictures if picture.digest not in rows]
    if missing:
        key = f"{fit} {' '.join(picture.digest for picture in missing)}"
        fields = ClassifierConfig(fit=fit).model_dump()
        asked = ask(Features, "features", key, lambda: {"pictures": missing, "config": fields})
        if asked.result is None:
            return Asked(None, asked.task)
        _known().add(asked.result, fit)
        rows |= dict(zip(asked.result.digests, asked.result.values, strict=True))
        if asked.task is not None:
            forget(asked.task)
    return Asked(torch.from_numpy(np.stack([rows[picture.digest] for picture in pictures])))


def judged(collection: Collection, found: Tensor, config: ClassifierConfig) -> Judged:
    """Takes a tenth of a second for a hundred pictures. Raises DataError if a class is too small."""
    by_content = config.split == "content"
    return judge(found, collection.labels, collection.classes, by_content=by_content, seed=config.seed)


def zipped(app: App) -> Asked[Zipped]:
    """The app as a zip on the disk, in the formats of other engines too."""
    again, text = 0, written(app)
    digest = hashlib.sha256(text.encode()).hexdigest()
    while True:
        payload = {"app": app, "folder": kept().folder}
        asked = ask(Zipped, "zip_classifier", f"{digest} {again}", lambda: payload)  # noqa: B023
        if asked.result is None or kept().has(asked.result.digest):
            return asked
        again += 1  # others needed the room on the disk: make it anew


def kept() -> Kept:
    """Where the zips lie."""
    return Kept(services.store().folder / "exports")


def curve(collection: Collection, found: Tensor, config: ClassifierConfig) -> Asked[Curve]:
    labels, classes = collection.labels.tolist(), len(collection.classes)
    digests = " ".join(picture.digest for picture in collection.pictures)

    def payload() -> dict[str, object]:
        fields = config.model_dump()
        return {"features": found.numpy(), "labels": labels, "classes": classes, "config": fields}

    return ask(Curve, "learning_curve", f"{config.seed} {labels} {digests}", payload)


def scratch(collection: Collection, judged: Judged, config: ClassifierConfig) -> Asked[Scratch]:
    labels, folds = collection.labels.tolist(), judged.folds.tolist()
    digests = " ".join(picture.digest for picture in collection.pictures)

    def payload() -> dict[str, object]:
        return {
            "pictures": list(collection.pictures),
            "labels": labels,
            "folds": folds,
            "config": config.model_dump(),
        }

    key = f"{config.fit} {config.seed} {labels} {folds} {digests}"
    return ask(Scratch, "scratch", key, payload)
