"""Loading times inside a task: what it says to a config it cannot use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlcore.batches.loading import Loading
from dlcore.errors import ConfigError
from dlcore.runs.jobs.batches import LoadingJob
from dlcore.runs.kinds import make_job
from dlcore.runs.protocol import Submission


def job(**config: Any) -> LoadingJob:
    made = make_job(Submission("id", "", "loading", {"config": config}, Path(), threads=1))
    assert isinstance(made, LoadingJob)
    return made


def test_its_last_event_is_what_was_measured() -> None:
    *_, last = job(images=320, tries=1, workers=0).events()
    assert isinstance(last, Loading)


def test_bounds_are_said() -> None:
    with pytest.raises(ConfigError, match="Workers must be a whole number from 0 to 4"):
        job(workers=99)
