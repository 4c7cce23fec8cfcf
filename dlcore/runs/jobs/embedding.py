"""Laying out a layer of the black patch inside a task: t-SNE takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from dlcore.events import Tick
from dlcore.inspection.embedding.patches import EmbedConfig, PatchEmbedding, check, embed
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.jobs.in_a_thread import in_a_thread
from dlcore.runs.protocol import Submission
from dlcore.schema import parse


def warm() -> None:
    """Import what takes seconds."""
    import_module("sklearn.manifold")


class EmbedJob(TaskJob):
    """One layer laid out; the last event is a PatchEmbedding.

    The payload is {"checkpoint": Checkpoint, "config": fields of EmbedConfig}. Raises ConfigError if these
    cannot be, CheckpointError if the checkpoint cannot be used.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._network, self._trained = load_network(submission.payload["checkpoint"])
        self._config = parse(EmbedConfig, submission.payload["config"])
        check(self._trained, self._config)

    def events(self) -> Iterator[Tick | PatchEmbedding]:
        return in_a_thread(self._steps())

    def _steps(self) -> Iterator[PatchEmbedding]:
        yield embed(self._network, self._trained, self._config)
