"""A script of the bug lab inside a task: from our own files alone."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from dlcore.buglab.config import Case
from dlcore.buglab.symptoms import Losses
from dlcore.errors import ConfigError
from dlcore.runs.jobs.buglab import BugLabJob
from dlcore.runs.kinds import make_job, warm
from dlcore.runs.protocol import Submission


def job(script: str) -> BugLabJob:
    payload = {"case": Case(script, 0)}
    made = make_job(Submission("id", "", "buglab", payload, Path(), threads=1))
    assert isinstance(made, BugLabJob)
    return made


def test_it_gives_way_with_every_step_and_says_its_losses() -> None:
    warm("buglab")
    events = list(islice(job("right").events(), 10))
    assert isinstance(events[-1], Losses)
    assert len(events[-1].values) == 10


def test_what_a_client_could_send_is_no_script() -> None:
    with pytest.raises(ConfigError, match="A script must be one of"):
        job("import os; os.remove('x')")
