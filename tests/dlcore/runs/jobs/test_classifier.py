"""What a classifier of one's own asks for, inside a task: the settings cross whole and are read there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.curve import Curve, iter_curve
from dlcore.errors import ConfigError
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.kinds import make_job
from dlcore.runs.protocol import Submission

LABELS = [0, 1] * 3
FEATURES = np.random.default_rng(0).normal(size=(len(LABELS), 1280)).astype(np.float32)
PAYLOADS: Mapping[str, Mapping[str, Any]] = {
    "features": {"pictures": ()},
    "learning_curve": {"features": FEATURES, "labels": LABELS, "classes": 2},
    "scratch": {"pictures": (), "labels": LABELS, "folds": LABELS},
}


def job(kind: str, fields: Mapping[str, Any]) -> TaskJob:
    payload = {**PAYLOADS[kind], "config": fields}
    made = make_job(Submission("id", "", kind, payload, Path(), threads=1))
    assert isinstance(made, TaskJob)
    return made


def test_a_learning_curve_is_drawn_with_the_seed_of_its_settings() -> None:
    found = list(job("learning_curve", ClassifierConfig(seed=7).model_dump()).events())[-1]
    assert isinstance(found, Curve)
    assert found == list(iter_curve(torch.from_numpy(FEATURES), torch.tensor(LABELS), 2, 7))[-1]


@pytest.mark.parametrize("kind", PAYLOADS)
def test_settings_out_of_bounds_are_refused(kind: str) -> None:
    with pytest.raises(ConfigError, match="Seed must be"):
        job(kind, {"seed": -1})
