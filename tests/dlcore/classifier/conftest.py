"""The lab's pictures with their features, and a set-up of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from dlcore.classifier.collection import Collection, collect
from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.examples import example_features, examples
from dlcore.classifier.features import features_of
from dlcore.classifier.judge import Judged, judge
from dlcore.classifier.project import Decision
from dlcore.vision.lite0 import EfficientNetLite0
from dlcore.vision.weights import pretrained

SetUp = Callable[..., tuple[Collection, Tensor, Judged]]


@pytest.fixture(scope="session")
def lite0() -> EfficientNetLite0:
    return pretrained()


@pytest.fixture(scope="session")
def set_up(lite0: EfficientNetLite0) -> SetUp:
    """The lab's pictures as these settings and decisions make them, their features, and the judgement."""
    shipped = example_features()
    known = dict(zip(shipped.digests, torch.from_numpy(shipped.values), strict=True))

    def make(
        decisions: dict[str, Decision] | None = None, **settings: object
    ) -> tuple[Collection, Tensor, Judged]:
        config = ClassifierConfig().replace(**settings)
        collection = collect(examples(), config, decisions or {})
        for picture in collection.pictures:
            if picture.digest not in known:
                known[picture.digest] = features_of(lite0, picture, "pad")
        found = torch.stack([known[picture.digest] for picture in collection.pictures])
        by_content = config.split == "content"
        return (
            collection,
            found,
            judge(found, collection.labels, collection.classes, by_content=by_content, seed=config.seed),
        )

    return make
