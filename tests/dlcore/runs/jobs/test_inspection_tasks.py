"""Switching off and laying out as tasks: the same results as here, bad requests refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dlcore.errors import CheckpointError, ConfigError
from dlcore.events import Tick
from dlcore.inspection.activations.switching import Switching
from dlcore.inspection.embedding.digits import DigitConfig, DigitPicture, embed_digits
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint
from dlcore.runs.jobs.digit_embedding import DigitEmbedJob
from dlcore.runs.jobs.switching import SwitchJob
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.runs.tasks import Tasks
from tests.forks import Forks

CHECKPOINT = shipped_run("mnist").checkpoints[-1]


def submission(**payload: object) -> Submission:
    return Submission("x", "", "", {"checkpoint": CHECKPOINT, "config": {}, **payload}, Path(), 1)


@pytest.fixture(scope="module")
def tasks(forks: Forks) -> Iterator[Tasks]:
    pool = Tasks(forks.pool())
    yield pool
    pool.close()


def result_of(tasks: Tasks, wait_until: Callable[..., None], kind: str, **payload: object) -> Any:
    task_id = tasks.submit(kind, {"checkpoint": CHECKPOINT, **payload}, key=kind, session="me")

    def ended() -> bool:
        task = tasks.get(task_id)
        return task is not None and not task.active

    wait_until(ended, f"{kind} has ended")
    task = tasks.get(task_id)
    assert task is not None
    assert (task.status, task.reason) == ("finished", "")
    return task.events[-1]


def test_one_unit_of_the_shipped_network(tasks: Tasks, wait_until: Callable[..., None]) -> None:
    found = result_of(tasks, wait_until, "switch_off", layer="conv1", units=(17,))
    assert isinstance(found, Switching)
    assert (found.total, found.correct) == (10_000, 9_949)
    (effect,) = found.effects
    assert effect.correct == found.correct - effect.lost + effect.won < found.correct
    assert [census.layer for census in found.censuses] == ["conv1", "conv2", "fc1"]


def test_a_layer_is_laid_out_as_here(tasks: Tasks, wait_until: Callable[..., None]) -> None:
    found = result_of(tasks, wait_until, "embed_digits", config={"layer": "fc2"})
    assert isinstance(found, DigitPicture)
    model, config = load_model(CHECKPOINT)
    here = embed_digits(model, NORMALIZE[config.normalize], DigitConfig(layer="fc2"))
    assert found.points == pytest.approx(here.points, abs=1e-3)
    assert found.purity == pytest.approx(here.purity, abs=0.002)


def test_a_job_gives_way_and_can_be_left() -> None:
    for events in (SwitchJob(submission()).events(), DigitEmbedJob(submission()).events()):
        assert isinstance(next(events), Tick)
        events.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("job", "fields", "sentence"),
    [
        (SwitchJob, {"layer": "conv9", "units": (0,)}, r"^Layer must be one of conv1, conv2, fc1, fc2\."),
        (
            DigitEmbedJob,
            {"config": {"layer": "conv9"}},
            r"^Layer must be one of input, conv1, conv2, fc1, fc2\.",
        ),
        (DigitEmbedJob, {"config": {"method": "magic"}}, r"^Laid out by must be one of pca, tsne, umap\."),
        (DigitEmbedJob, {"config": {"perplexity": 1}}, r"^Perplexity must be a whole number from 2 to 500\."),
    ],
)
def test_what_cannot_be_is_refused(job: Any, fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        job(submission(**fields))


@pytest.mark.parametrize("job", [SwitchJob, DigitEmbedJob])
def test_a_checkpoint_that_is_gone_is_a_sentence(job: Any, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        job(submission(checkpoint=Checkpoint(tmp_path / "gone.safetensors", "digest", 0, 0)))
