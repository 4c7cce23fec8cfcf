"""A profile of the digits' network as a task: what it refuses, and that its process is a fresh one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dlcore.errors import ConfigError
from dlcore.inspection.torch_profile.result import cores
from dlcore.runs.kinds import TASK_KINDS, make_job
from dlcore.runs.protocol import Submission


def job(**payload: Any) -> Any:
    return make_job(Submission("id", "", "torch_profile", {"config": payload}, Path(), 1))


def test_it_gets_a_fresh_process() -> None:
    assert TASK_KINDS["torch_profile"].fresh


def test_what_it_cannot_use_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(
        ConfigError, match=r"^Batch size must be a whole number from 1 to 1,024\. Got 0 instead"
    ):
        job(batch_size=0)
    with pytest.raises(ConfigError, match=r"^net must be valid"):
        job(net="NoSuchNet")
    with pytest.raises(ConfigError, match=f"^Threads must be at most {cores()}"):
        job(threads=cores() + 1)
