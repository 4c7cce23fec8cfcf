"""The embedding as a task: the same picture as here, dropped at once, refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from dlcore.errors import CheckpointError, ConfigError
from dlcore.events import Tick
from dlcore.inspection.embedding.patches import EmbedConfig, PatchEmbedding, embed
from dlcore.run import Checkpoint
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.jobs.embedding import EmbedJob
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.tasks import Tasks
from tests.forks import Forks

CHECKPOINT = shipped_run("black_patch").checkpoints[-1]
TSNE = {"method": "tsne", "layer": 1, "perplexity": 20, "seed": 2}


def job(checkpoint: Checkpoint = CHECKPOINT, **fields: object) -> EmbedJob:
    return EmbedJob(Submission("x", "", "embed", {"checkpoint": checkpoint, "config": fields}, Path(), 1))


@pytest.fixture
def tasks(forks: Forks) -> Iterator[Tasks]:
    pool = Tasks(forks.pool())
    yield pool
    pool.close()


def test_a_task_gives_what_the_call_here_gives(tasks: Tasks, wait_until: Callable[..., None]) -> None:
    task_id = tasks.submit(
        "embed", {"checkpoint": CHECKPOINT, "config": {"layer": 0}}, key="one", session="me"
    )

    def ended() -> bool:
        task = tasks.get(task_id)
        return task is not None and not task.active

    wait_until(ended, "the embedding is there")
    task = tasks.get(task_id)
    assert task is not None
    assert (task.status, task.reason) == ("finished", "")
    (result,) = task.events
    here = embed(*load_network(CHECKPOINT), EmbedConfig(layer=0))
    assert isinstance(result, PatchEmbedding)
    assert result.config == here.config
    assert np.array_equal(result.points, here.points)
    assert np.array_equal(result.logits, here.logits)


def test_the_job_ticks_until_its_picture_is_there() -> None:
    events = list(job(**TSNE).events())
    (result,) = (event for event in events if not isinstance(event, Tick))
    assert isinstance(events[0], Tick)
    assert isinstance(result, PatchEmbedding)
    assert result.config == EmbedConfig(**TSNE)  # type: ignore[arg-type]


def test_a_job_dropped_early_ends_at_once() -> None:
    events = job(**TSNE).events()
    assert isinstance(next(events), Tick)
    events.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"layer": 3}, r"^Layer must be a whole number from 0 to 2\. Got 3 instead\.$"),
        (
            {"method": "tsne", "perplexity": 600},
            r"^Perplexity must be below 600 \(images\)\. Got 600 instead\.$",
        ),
        ({"method": "magic"}, r"^Laid out by must be one of pca, tsne, umap\. Got 'magic' instead\.$"),
        ({"seed": -1}, r"^Seed must be a whole number from 0 to 2,147,483,647\. Got -1 instead\.$"),
    ],
)
def test_what_cannot_be_laid_out_is_refused_with_a_sentence(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        job(**fields)


def test_a_checkpoint_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        job(Checkpoint(tmp_path / "gone.safetensors", "digest", 0, 0))
