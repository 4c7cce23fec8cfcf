"""What kinds of work there are. A new kind of run or task is one line.

Kinds are named by module and attribute, so that a worker imports only what its own work needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from dlcore.runs.protocol import Job, Submission


@dataclass(frozen=True)
class Kind:
    """`job` is "module:Class"; calling it with a Submission makes the Job. `warm` prepares a process."""

    title: str
    job: str
    warm: str


RUN_KINDS: Mapping[str, Kind] = {
    "black_patch": Kind("Black patch", "dlcore.runs.blackpatch:TrainJob", "dlcore.runs.blackpatch:warm"),
    "mnist": Kind("Digits", "dlcore.runs.mnist:TrainJob", "dlcore.runs.mnist:warm"),
}
TASK_KINDS: Mapping[str, Kind] = {
    "evaluate": Kind("Evaluation", "dlcore.runs.mnist:EvaluateJob", "dlcore.runs.mnist:warm"),
}
KINDS: Mapping[str, Kind] = {**RUN_KINDS, **TASK_KINDS}


def load(path: str) -> Any:
    """The attribute that "module:attribute" names."""
    module, attribute = path.split(":")
    return getattr(import_module(module), attribute)


def make_job(submission: Submission) -> Job:
    """The job of a submission, its modules imported and its payload checked.

    Raises ConfigError if the payload is out of bounds.
    """
    job: Job = load(KINDS[submission.kind].job)(submission)
    return job
