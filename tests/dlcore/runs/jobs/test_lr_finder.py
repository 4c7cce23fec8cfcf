"""The finder inside a task: it gives way, and what a client sent is checked at the border."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from dlcore.errors import ConfigError
from dlcore.events import Stage
from dlcore.lr_finder.search import Probe
from dlcore.runs.kinds import make_job, warm
from dlcore.runs.protocol import Job, Submission
from dlcore.training.config import TrainConfig

FIELDS = TrainConfig(batch_size=2, train_size=100).model_dump()


def job(kind: str, **payload: Any) -> Job:
    return make_job(Submission("id", "", kind, payload, Path(), threads=1))


def test_it_gives_way_with_every_step_and_says_its_losses() -> None:
    warm("lr_finder")
    events = list(islice(job("lr_finder", config=FIELDS).events(), 10))
    assert sum(isinstance(event, Probe) for event in events) == 5


def test_tries_say_which_rate_they_are_at() -> None:
    first = next(iter(job("lr_tries", config=FIELDS, rates=(0.1, 1.0)).events()))
    assert first == Stage(0.0, "Training at 0.1, 1 of 2")


def test_what_a_client_could_send_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match="Batch size must be a whole number from 1 to 4,096"):
        job("lr_finder", config=FIELDS | {"batch_size": 0})
    with pytest.raises(ConfigError, match="Learning rate must be a number"):
        job("lr_tries", config=FIELDS, rates=(11.0,))
