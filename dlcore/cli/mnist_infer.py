"""`infer`: which digit a picture shows; if it is no upright digit, what is seen and the option for it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer
from numpy.typing import NDArray

from dlcore.cli.runs import RunId, found_run
from dlcore.cli.talk import AsJson, say
from dlcore.datasets.catalogue import DIGITS
from dlcore.errors import UploadError
from dlcore.mnist.canvas import to_digit
from dlcore.mnist.photo import Photo, find_photo
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.doubt import Doubt, doubt, turned
from dlcore.serving.own_picture import are_strokes, taken_whole
from dlcore.serving.predictor import make_predictor
from dlcore.serving.unlike import make_yardstick
from dlcore.serving.unlike_words import unlike_words
from dlcore.words import vote_percent

Choose = Annotated[int | None, typer.Option(min=1, help="Which of several digits, counted from the left.")]
Turn = Annotated[Literal["left", "right", "over"] | None, typer.Option(help="Turn the picture first.")]
AsItIs = Annotated[bool, typer.Option("--as-it-is", help="Read it whatever speaks against it.")]


def infer(
    image: Annotated[Path, typer.Option(help="A PNG, JPEG, WebP, BMP or GIF of one digit.")],
    run: RunId = None,
    choose: Choose = None,
    turn: Turn = None,
    as_it_is: AsItIs = False,
    as_json: AsJson = False,
) -> None:
    """Recognise the digit in an image, prepared as a drawing on the canvas is; or what else the run knows,
    prepared as the images it has learnt from.
    """
    try:
        content = image.read_bytes()
    except OSError as error:
        raise UploadError(f"{image} cannot be read ({error.strerror}): name another file.") from error
    model, config = load_model(found_run(run, "mnist").checkpoints[-1])
    predictor, strokes = make_predictor(model, config), are_strokes(config.dataset)
    photo = find_photo(content) if strokes else Photo((taken_whole(content, config.dataset),))
    photo = _chosen(photo, choose)
    if (
        not strokes or predictor.names != DIGITS
    ):  # nobody knows how those lie, and how far others are from them
        ink = photo.digits[0] if turn is None else turned(photo.digits[0], turn)
        prediction = predictor.predict(to_digit(ink) if strokes else ink)
        name = predictor.names[prediction.digit]
        said = asdict(prediction) | {"name": name}
        say(as_json, said, f"{name} ({_share(max(prediction.probabilities))} among its classes)")
        return
    shipped = load_model(shipped_run("mnist").checkpoints[-1])
    yardstick = make_yardstick(*shipped)
    doubted = doubt(photo, yardstick, make_predictor(*shipped))
    digit = to_digit(_ink(photo, doubted, turn, as_it_is))
    prediction, unlike = predictor.predict(digit), yardstick.measure(digit)
    share = prediction.probabilities[prediction.digit]
    words = f"{prediction.digit} ({_share(share)} among ten digits)\n{unlike_words(unlike)}"
    say(as_json, asdict(prediction) | {"unlike": asdict(unlike)}, words)


def _share(vote: float) -> str:
    return vote_percent(vote).replace(" %", "%")


def _chosen(photo: Photo, choose: int | None) -> Photo:
    if choose is None:
        return photo
    if choose > len(photo.digits):
        raise UploadError(
            f"--choose must be at most {len(photo.digits)}, the digits seen. Got {choose} instead."
        )
    return Photo((photo.digits[choose - 1],))


def _ink(photo: Photo, doubted: Doubt | None, turn: str | None, as_it_is: bool) -> NDArray[np.uint8]:
    """The ink to read. Raises UploadError, with the options that help, while something speaks against it."""
    settled = len(photo.digits) == 1 and (as_it_is or turn is not None)
    if doubted is not None and not settled:
        raise UploadError(
            f"{doubted.sentence} Ways out: {', '.join(offer.option for offer in doubted.offers)}."
        )
    return photo.digits[0] if turn is None else turned(photo.digits[0], turn)
