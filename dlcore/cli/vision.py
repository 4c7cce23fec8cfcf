"""`vision`: what a photograph shows, and which networks can say it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlcore.cli.talk import AsJson, say
from dlcore.errors import UploadError
from dlcore.nets import count_parameters
from dlcore.vision.lite0 import CLASSES
from dlcore.vision.pictures import read_picture
from dlcore.vision.recogniser import name_picture
from dlcore.vision.weights import pretrained, weights_file

vision = typer.Typer(no_args_is_help=True, help="Photographs, named by a network of a thousand classes.")


@vision.command()
def name(
    file: Annotated[Path, typer.Argument(help="A JPEG, PNG, WebP, BMP, GIF or TIFF.")],
    top: Annotated[int, typer.Option(min=1, max=CLASSES, help="How many classes, the likeliest first.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Name what a picture shows."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UploadError(f"{file} cannot be read ({error.strerror}): name another file.") from error
    found = name_picture(pretrained(), read_picture(content), top)
    lines = [f"{guess.share:6.1%}  {guess.name}" for guess in found.guesses]
    answer = [{"name": guess.name, "share": guess.share, "logit": guess.logit} for guess in found.guesses]
    say(as_json, {"top": answer}, "\n".join(lines))


@vision.command()
def models(as_json: AsJson = False) -> None:
    """The networks that are here."""
    megabytes, params = weights_file().stat().st_size / 1e6, count_parameters(pretrained())
    row = {"name": "EfficientNet-Lite0", "parameters": params, "megabytes": round(megabytes, 1)}
    say(as_json, {"models": [row]}, f"EfficientNet-Lite0  {params:,} parameters, {megabytes:.1f} MB")
