"""Laying out a layer of the black patch inside a task: t-SNE takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from importlib import import_module

from dlcore.errors import RunError
from dlcore.events import CheckpointReady, Tick
from dlcore.inspection.patches import EmbedConfig, PatchEmbedding, check, embed
from dlcore.runs.blackpatch import load_network
from dlcore.runs.protocol import Checkpoint, Control, Submission
from dlcore.schema import parse

LOOK_SECONDS = 0.02  # between two looks whether it is done


def warm() -> None:
    """Import what takes seconds."""
    import_module("sklearn.manifold")


class EmbedJob:
    """One layer laid out; the last event is a PatchEmbedding.

    The payload is {"checkpoint": Checkpoint} and the fields of EmbedConfig. Raises ConfigError if these
    cannot be, CheckpointError if the checkpoint cannot be used.
    """

    device = "cpu"
    step = 0

    def __init__(self, submission: Submission) -> None:
        given = dict(submission.payload)
        self._network, self._trained = load_network(given.pop("checkpoint"))
        self._config = parse(EmbedConfig, given)
        check(self._trained, self._config)

    def events(self) -> Iterator[Tick | PatchEmbedding]:
        # A thread of its own, since the library gives no way in: a cancelled task ends at once.
        pool = ThreadPoolExecutor(1)
        try:
            work = pool.submit(embed, self._network, self._trained, self._config)
            while not work.done():
                wait([work], LOOK_SECONDS)
                yield Tick()
            yield work.result()
        finally:
            pool.shutdown(wait=False)

    def control(self, control: Control) -> None:
        raise RunError(f"An embedding cannot {control.action}: cancel it instead.")

    def save(self, event: CheckpointReady) -> Checkpoint:
        raise RunError("An embedding keeps no checkpoints.")
