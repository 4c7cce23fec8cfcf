"""Fine-tuning inside a worker: its weights are read like those of any run on the digits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dlcore.errors import DataError
from dlcore.events import CheckpointReady, Evaluated, Event, Finished
from dlcore.hand.config import HandConfig
from dlcore.hand.drawings import pack
from dlcore.hand.made_up import made_up_hand
from dlcore.run import Checkpoint, Run
from dlcore.runs import kinds
from dlcore.runs.jobs.hand import HandJob
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model, load_weights
from dlcore.runs.trained_with import trained_with
from dlcore.serving.script import training_script
from dlcore.training.config import TrainConfig
from dlcore.training.fine_tune_config import FineTuneConfig

HAND = made_up_hand(2, 30)
CONFIG = HandConfig(epochs=2, rehearsal=0, drawings=pack(HAND))


def job(folder: Path, resume: Checkpoint | None = None) -> HandJob:
    return HandJob(Submission("id", "anna", "hand", CONFIG.model_dump(), folder, 1, resume=resume))


def trained(work: HandJob, epochs: int) -> tuple[list[Event], list[Checkpoint]]:
    """Its events and checkpoints up to the last of these epochs; its test is left out."""
    events, kept = [], []
    for event in work.work():
        events.append(event)
        if isinstance(event, CheckpointReady):
            kept.append(work.save(event))
            if event.epoch == epochs:
                break
    return events, kept


def test_it_begins_with_the_shipped_network_and_goes_on_bit_by_bit(tmp_path: Path) -> None:
    _, kept = trained(job(tmp_path / "whole"), 2)
    assert [checkpoint.epoch for checkpoint in kept] == [0, 1, 2]
    assert kept[0].digest == shipped_run("mnist").checkpoints[-1].digest
    resumed = job(tmp_path / "again", resume=kept[1])
    assert (resumed.step, resumed.epoch) == (CONFIG.steps_per_epoch, 1)
    _, again = trained(resumed, 2)
    assert [checkpoint.digest for checkpoint in again] == [kept[2].digest]


def test_its_weights_are_read_like_any_others_and_hold_no_drawing(tmp_path: Path) -> None:
    _, (*_, last) = trained(job(tmp_path), 1)
    model, config = load_model(last)
    assert isinstance(config, FineTuneConfig)
    assert config == CONFIG.training()
    assert set(model.state_dict()) == set(load_weights(last))
    assert CONFIG.drawings not in last.path.with_suffix(".json").read_text()
    run = Run("id", "anna", "hand", "hand-1", CONFIG.model_dump(), "finished", checkpoints=(last,))
    assert trained_with(run) == config
    assert trained_with(replace(run, kind="mnist", config=TrainConfig().model_dump())) == TrainConfig()
    assert "This script begins anew." in training_script(config)
    assert "begins anew" not in training_script(TrainConfig())


def test_it_is_judged_on_drawings_set_aside_and_on_the_test_digits(tmp_path: Path) -> None:
    config = CONFIG.replace(epochs=1, drawings=pack(made_up_hand(2)))
    events = list(HandJob(Submission("id", "anna", "hand", config.model_dump(), tmp_path, 1)).work())
    judged = {event.split: event.total for event in events if isinstance(event, Evaluated)}
    assert judged == {"val": 10, "test": 10_000}
    assert isinstance(events[-1], Finished)


def test_a_hand_of_one_class_fails_with_its_sentence(tmp_path: Path) -> None:
    config = CONFIG.replace(drawings=pack(HAND[:1]))
    with pytest.raises(DataError, match="All your drawings are a 0"):
        HandJob(Submission("id", "anna", "hand", config.model_dump(), tmp_path, 1)).work()


def test_it_is_looked_at_on_the_pages_of_the_digits() -> None:
    assert kinds.shown_as("hand") == "mnist"
    assert kinds.shown_as("mnist") == "mnist"
    assert kinds.shown_as("nobody's") == "nobody's"
    assert kinds.shown_with("mnist") == ("mnist", "hand")
    assert kinds.shown_with("hand") == ("hand",)
