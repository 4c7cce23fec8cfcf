"""`classifier`: a folder of pictures becomes a classifier, judged by what it never saw."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

from dlcore.classifier.app import app_of
from dlcore.classifier.collection import collect
from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.curve import Curve, iter_curve
from dlcore.classifier.examples import examples
from dlcore.classifier.features import features_of
from dlcore.classifier.gather import MOST, Gathered, Given, iter_gathered
from dlcore.classifier.judge import judge
from dlcore.classifier.project import EXAMPLE, Picture, Plan
from dlcore.classifier.words import plain_score
from dlcore.cli.options import with_options
from dlcore.cli.talk import AsJson, say
from dlcore.errors import UploadError
from dlcore.schema import parse
from dlcore.serving.picture_app import app_zip
from dlcore.vision.pictures import ENDINGS
from dlcore.vision.weights import pretrained
from dlcore.words import terminal_percent

classifier = typer.Typer(no_args_is_help=True, help="A classifier of your own pictures.")


@classifier.command("train")
@with_options(ClassifierConfig, only=("seed",))
def train(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder with a folder for each class, or a zip.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the app there, as a zip.")] = None,
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Train one layer on a folder's pictures, or on the lab's own, and judge it by what it never saw."""
    config = parse(ClassifierConfig, given)
    pictures, refused = (examples(), 0) if folder is None else _pictures(folder)
    collection = collect(pictures, config, {})
    network = pretrained()
    found = torch.stack([features_of(network, picture, "pad") for picture in collection.pictures])
    judged = judge(found, collection.labels, collection.classes, seed=config.seed)
    curve = list(iter_curve(found, collection.labels, len(collection.classes), config.seed))[-1]
    assert isinstance(curve, Curve)
    if out is not None:
        plan = EXAMPLE if folder is None else Plan()
        app = app_of(collection, judged, "pad", plan, plain_score(config, collection, judged))
        try:
            out.write_bytes(app_zip(app))
        except OSError as error:
            raise UploadError(f"{out} cannot be written ({error.strerror}): name another file.") from error
    answer = {
        "right": judged.right,
        "total": judged.total,
        "classes": dict(zip(collection.classes, collection.counts, strict=True)),
        "refused": refused,
        "by_pictures_per_class": {str(point.per_class): round(point.mean, 4) for point in curve.points},
    }
    lines = [plain_score(config, collection, judged)]
    lines += [
        f"{point.per_class:3} of each class: {terminal_percent(point.mean, 1)} of the rest"
        for point in curve.points
    ]
    say(as_json, answer, "\n".join(lines))


def _pictures(source: Path) -> tuple[tuple[Picture, ...], int]:
    """Those of a folder or a zip, and how many files were none. Raises UploadError if there is none."""
    try:
        if source.is_dir():
            paths = sorted(path for path in source.glob("*/*") if path.suffix.lower() in ENDINGS)[: MOST + 1]
            groups = [Given(path.name, path.read_bytes(), path.parent.name) for path in paths]
        else:
            groups = [Given(source.name, source.read_bytes(), "unnamed")]
    except OSError as error:
        raise UploadError(f"{source} cannot be read ({error.strerror}): name a folder or a zip.") from error
    pictures, refused = list[Picture](), 0
    for one in groups:
        try:
            gathered = list(iter_gathered([one]))[-1]
        except UploadError:
            if len(groups) == 1:
                raise
            refused += 1
            continue
        assert isinstance(gathered, Gathered)
        pictures += gathered.pictures
        refused += len(gathered.refused)
    if len(pictures) > MOST:
        raise UploadError(f"A collection holds at most {MOST} pictures: name a part of them.")
    return tuple(pictures), refused
