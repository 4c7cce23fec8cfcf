"""`train --data FOLDER` and `evaluate --data FOLDER`: networks and somebody's images in MNIST's format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from torch import nn

from dlcore.cli.runs import found_run
from dlcore.cli.talk import say
from dlcore.datasets.catalogue import catalogue
from dlcore.datasets.splits import fitting
from dlcore.errors import ConfigError
from dlcore.mnist.families import FAMILIES
from dlcore.mnist.image_folder import read_again, read_image_folder
from dlcore.mnist.image_sets import ImageSet, read_folder
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Run
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.schema import parse
from dlcore.serving.other_images import judge, standing
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import band
from dlcore.training.images_config import ImagesConfig
from dlcore.training.recipes import PRESETS
from dlcore.words import terminal_score

Data = Annotated[
    Path | None,
    typer.Option(help="A folder of other images in MNIST's format: EMNIST, Fashion-MNIST, KMNIST."),
]
DIGITS = {"Unknown images", *(family.name for family in FAMILIES.values() if family.digits)}


def images_config(
    folder: Path, config: TrainConfig, given: Mapping[str, object]
) -> tuple[ImagesConfig, dict[str, Any]]:
    """These settings for the images of a folder, and what is to be told of those.

    Sizes that are not `given` shrink to what is there. Raises DataError if the folder holds no such images,
    ConfigError if they are too few.
    """
    found = read_image_folder(folder.absolute())
    fixed = bool({"train_size", "val_size"} & given.keys())
    train_size, val_size = found.sizes(config.train_size, config.val_size, fixed=fixed)
    settings = config.model_dump() | {
        "train_size": train_size,
        "val_size": val_size,
        "images": found.train.family.name,
        "folder": str(found.path),
        "digest": found.digest(),
    }
    about = _about(found.asked) | {
        "images": len(found.train.samples),
        "test_images": len(found.test.samples) if found.test else 0,
    }
    return parse(ImagesConfig, settings), about


def on_set(preset: str, given: Mapping[str, str | bool]) -> dict[str, str | bool]:
    """What was given, with the digest of the set that it names, and as many images as that has.

    Raises DataError if there is no such set here.
    """
    if "dataset" not in given or preset not in PRESETS:
        return dict(given)
    entry, base = catalogue().find(str(given["dataset"])), PRESETS[preset].config
    train_size, val_size = fitting(base.train_size, base.val_size, entry.train)
    sizes = {"train_size": str(train_size), "val_size": str(val_size)}
    return {**sizes, **given, "dataset": entry.id}


def told(config: ImagesConfig, about: Mapping[str, Any]) -> str:
    """What a run on them learns from, before it begins."""
    turned = " Its files hold them transposed; here they stand upright." if about["turned_upright"] else ""
    tested = f"{about['test_images']:,} to test with" if about["test_images"] else "none to test with"
    words = (
        f"{config.images}: {about['images']:,} images of {', '.join(about['classes'])}, {tested}.{turned} "
        f"It learns from {config.train_size:,} and chooses by {config.val_size:,}."
    )
    return "\n".join(filter(None, (words, about["suspicion"])))


def _about(images: ImageSet) -> dict[str, Any]:
    known, trained = load_model(shipped_run("mnist").checkpoints[-1])
    return {
        "family": images.family.name,
        "classes": list(images.family.classes),
        "images": len(images.samples),
        "turned_upright": images.turned,
        "suspicion": standing(known, NORMALIZE[trained.normalize], images).suspicion,
    }


def evaluate_on(folder: Path, run_id: str | None, as_json: bool) -> None:
    """A run on the images of a folder. Raises DataError if it holds none."""
    _evaluate(found_run(run_id, "mnist", "images"), read_folder(folder), as_json)


def evaluate_on_its_own(run: Run, as_json: bool) -> None:
    """A run on what it was to be tested with. Raises DataError if that is gone."""
    config = parse(ImagesConfig, run.config)
    _evaluate(run, read_again(Path(config.folder), config.digest).asked, as_json)


def _evaluate(run: Run, images: ImageSet, as_json: bool) -> None:
    checkpoint = run.checkpoints[-1]
    model, config = _network(run)
    learnt, shown = getattr(config, "images", "MNIST"), images.family.name
    if learnt != shown and learnt not in DIGITS:
        raise ConfigError(
            f"This network has learnt {learnt}, and these images are {shown}: name a folder of {learnt}."
        )
    own = learnt == shown and isinstance(config, ImagesConfig)
    judged = judge(model, NORMALIZE[config.normalize], images, own=own)
    about = _about(images)
    answer = about | {
        "digits": judged.total,
        "right": judged.right,
        "accuracy": judged.right / judged.total if judged.total else None,
        "epoch": checkpoint.epoch,
    }
    words = "None of them is a digit, and digits are all that this network knows."
    if judged.total:
        score = terminal_score(judged.right, judged.total, band(judged.right, judged.total))
        words = f"{config.net}, epoch {checkpoint.epoch}: {score}"
    say(as_json, answer, "\n".join(filter(None, (images.about(), words, about["suspicion"]))))


def _network(run: Run) -> tuple[nn.Module, TrainConfig]:
    return load_model(run.checkpoints[-1], ImagesConfig if run.kind == "images" else TrainConfig)
