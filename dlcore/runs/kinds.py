"""What kinds of work there are. A new kind of run or task is one line.

Kinds are named by module and attribute, so that a worker imports only what its own work needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from dlcore.presets import Preset
from dlcore.runs.protocol import Job, Submission
from dlcore.schema import Config


@dataclass(frozen=True)
class Kind:
    """`job` is "module:Class"; calling it with a Submission makes the Job.

    A task of a `fresh` kind gets a process that has done nothing yet and does nothing afterwards. One of a
    `threaded` kind leaves a thread at work when it is cancelled: its process ends with it.
    """

    title: str
    job: str
    fresh: bool = field(default=False, kw_only=True)
    threaded: bool = field(default=False, kw_only=True)

    @property
    def warm(self) -> str:
        """What prepares a process for this kind of work, as "module:function"."""
        return f"{self.job.partition(':')[0]}:warm"


@dataclass(frozen=True)
class RunKind(Kind):
    """What a run of this kind is made from: its `config` class, and its `presets` by name."""

    config: str
    presets: str


RUN_KINDS: Mapping[str, RunKind] = {
    "black_patch": RunKind(
        "Black patch",
        job="dlcore.runs.jobs.blackpatch:TrainJob",
        config="dlcore.blackpatch.config:PatchConfig",
        presets="dlcore.blackpatch.config:PRESETS",
    ),
    "mnist": RunKind(
        "Digits",
        job="dlcore.runs.jobs.mnist:TrainJob",
        config="dlcore.training.config:TrainConfig",
        presets="dlcore.training.recipes:PRESETS",
    ),
}
TASK_KINDS: Mapping[str, Kind] = {
    "evaluate": Kind("Evaluation", "dlcore.runs.jobs.mnist:EvaluateJob"),
    "embed": Kind("Embedding", "dlcore.runs.jobs.embedding:EmbedJob", threaded=True),
    "export": Kind("Export", "dlcore.runs.jobs.export:ExportJob", threaded=True),
    "inference_race": Kind(
        "Inference race",
        "dlcore.runs.jobs.export:InferenceRaceJob",
        fresh=True,
    ),
    "embed_digits": Kind(
        "Embedding",
        "dlcore.runs.jobs.digit_embedding:DigitEmbedJob",
        threaded=True,
    ),
    "switch_off": Kind("Switching off", "dlcore.runs.jobs.switching:SwitchJob"),
    "torch_profile": Kind(
        "Torch profile",
        "dlcore.runs.jobs.torch_profile:TorchProfileJob",
        fresh=True,
    ),
    "surface": Kind("Surface", "dlcore.runs.jobs.landscape:SurfaceJob"),
    "line": Kind("Line", "dlcore.runs.jobs.landscape:LineJob"),
    "sharpness": Kind("Sharpness", "dlcore.runs.jobs.landscape:SharpnessJob"),
    "profile": Kind("Profile", "dlcore.runs.jobs.profiling:ProfileJob", fresh=True),
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


def config_type(kind: str) -> type[Config]:
    """The class of a run kind's configurations; of a kind this version does not know, one without knobs."""
    return load(RUN_KINDS[kind].config) if kind in RUN_KINDS else Config


def presets(kind: str) -> Mapping[str, Preset[Any]]:
    """A run kind's presets by name."""
    return load(RUN_KINDS[kind].presets) if kind in RUN_KINDS else {}
