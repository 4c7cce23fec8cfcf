"""`evaluate --data FOLDER`: a run on somebody's images in MNIST's format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlcore.cli.runs import found_run
from dlcore.cli.talk import say
from dlcore.mnist.image_sets import read_folder
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.other_images import Judged, judge, standing
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import band
from dlcore.words import terminal_score


def evaluate_on(folder: Path, run_id: str | None, as_json: bool) -> None:
    """Raises DataError if the folder holds no such images."""
    images = read_folder(folder)
    checkpoint = found_run(run_id, "mnist").checkpoints[-1]
    model, config = load_model(checkpoint)
    known, trained = load_model(shipped_run("mnist").checkpoints[-1])
    judged = judge(model, NORMALIZE[config.normalize], images)
    suspicion = standing(known, NORMALIZE[trained.normalize], images).suspicion
    answer: dict[str, Any] = {
        "family": images.family.name,
        "classes": list(images.family.classes),
        "images": len(images.samples),
        "turned_upright": images.turned,
        "digits": judged.total,
        "right": judged.right,
        "accuracy": judged.right / judged.total if judged.total else None,
        "suspicion": suspicion,
        "epoch": checkpoint.epoch,
    }
    lines = [images.about(), _said(judged, config, checkpoint.epoch), suspicion]
    say(as_json, answer, "\n".join(filter(None, lines)))


def _said(judged: Judged, config: TrainConfig, epoch: int) -> str:
    if not judged.total:
        return "None of them is a digit, and digits are all that this network knows."
    half = band(judged.right, judged.total).half_width
    return f"{config.net}, epoch {epoch}: {terminal_score(judged.right, judged.total, half)}"
