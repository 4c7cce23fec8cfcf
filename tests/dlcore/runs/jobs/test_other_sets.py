"""A run on another set of images than MNIST: trained, taken up again bit by bit, measured, looked into."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from dlcore.datasets.catalogue import catalogue, load
from dlcore.errors import ConfigError, DataError
from dlcore.events import CheckpointReady, Evaluated, Event, Watched
from dlcore.inspection.embedding.digits import look_at_layer, shown_digits
from dlcore.landscape.samples import pick_samples
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint
from dlcore.runs.jobs.landscape import LineJob
from dlcore.runs.jobs.mnist import EvaluateJob, TrainJob
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.predictor import make_predictor
from dlcore.serving.script import training_script
from dlcore.serving.trained import Trained
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation

LETTERS = catalogue().find("letters").id
CONFIG = TrainConfig(dataset=LETTERS, train_size=1_000, val_size=200, batch_size=50, device="cpu")
Trained_ = tuple[list[Event], list[Checkpoint]]


def job(folder: Path, resume: Checkpoint | None = None, **changes: object) -> TrainJob:
    config = CONFIG.replace(**changes)
    return TrainJob(Submission("id", "anna", "mnist", config.model_dump(), folder, 1, resume=resume))


def drained(work: TrainJob) -> Trained_:
    events, kept = [], []
    for event in work.work():
        events.append(event)
        if isinstance(event, CheckpointReady):
            kept.append(work.save(event))
    return events, kept


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Trained_:
    return drained(job(tmp_path_factory.mktemp("whole")))


def test_it_learns_and_is_tested_on_its_own_images(whole: Trained_) -> None:
    events, _ = whole
    judged = [event for event in events if isinstance(event, Evaluated)]
    assert [(event.split, event.total) for event in judged] == [("val", 200), ("val", 200), ("test", 1_000)]
    assert judged[-1].accuracy > 0.5
    looks = [event for event in events if isinstance(event, Watched)]
    assert len(looks[-1].probabilities) == len(load(LETTERS).watched) == 12


def test_it_goes_on_bit_by_bit(whole: Trained_, tmp_path: Path) -> None:
    _, kept = whole
    begin = next(checkpoint for checkpoint in kept if checkpoint.epoch == 1)
    _, again = drained(job(tmp_path, resume=begin))
    assert again[-1].digest == kept[-1].digest


def test_it_does_not_begin_without_its_images(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no set of images 'gone' on this computer: put it into the folder"):
        job(tmp_path, dataset="gone@0123456789ab").work()
    with pytest.raises(ConfigError, match="must be 5,000 together at most"):
        job(tmp_path, train_size=55_000).work()


def test_every_lens_reads_its_own_images(whole: Trained_) -> None:
    _, (*_, last) = whole
    model, config = load_model(last)
    task = EvaluateJob(Submission("id", "anna", "evaluate", {"checkpoint": last}, Path(), 1))
    result = list(task.events())[-1]
    assert isinstance(result, Evaluation)
    assert (result.total, result.correct > 500) == (1_000, True)
    images, _ = pick_samples("test", 64, NORMALIZE["mnist"], seed=0, dataset=LETTERS)
    own = NORMALIZE["mnist"](load(LETTERS).test.images)
    assert all((own == image).flatten(1).all(1).any() for image in images)
    layer = look_at_layer(model, NORMALIZE[config.normalize], "fc1", LETTERS)
    assert np.array_equal(layer.images, shown_digits(LETTERS)[0])
    assert layer.purity > 0.5
    predictor = make_predictor(model, config)
    assert predictor.names == tuple("ABCDEFGHIJ")
    assert Trained(model, config, 2).about()["classes"] == list("ABCDEFGHIJ")


def test_no_line_leads_from_digits_to_letters(whole: Trained_) -> None:
    _, (*_, last) = whole
    checkpoints = (shipped_run("mnist").checkpoints[-1], last)
    task = LineJob(Submission("id", "anna", "line", {"checkpoints": checkpoints, "config": {}}, Path(), 1))
    with pytest.raises(ConfigError, match="learnt different images: choose runs of one set"):
        list(task.events())


def test_its_script_reads_its_four_files() -> None:
    script = training_script(CONFIG)
    ast.parse(script)
    assert "reads the four files (.gz) of Letters there" in script
    assert 'load("train", 5_000), load("t10k", 1_000)' in script
    assert "torchvision" not in script
    assert "shuffled[4_800:]" in script
