"""`vision`: what a photograph shows, and which networks can say it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer
from PIL import Image

from dlcore.cli.talk import AsJson, progress_bar, say
from dlcore.errors import UploadError, VisionError
from dlcore.events import Stage
from dlcore.runs.storage.disk import limit_bytes
from dlcore.runs.storage.folder import data_folder
from dlcore.runs.storage.private import private_folder
from dlcore.vision import fetch as fetching
from dlcore.vision import files
from dlcore.vision.beside import Beside, SideBySide, iter_beside
from dlcore.vision.lite0 import CLASSES
from dlcore.vision.networks import FIRST, Network, network_named, networks
from dlcore.vision.pictures import read_picture
from dlcore.vision.prepare import PrepareConfig
from dlcore.vision.recogniser import name_picture
from dlcore.vision.weights import load, weights_file
from dlcore.words import exact_percent, milliseconds, vote_percent

vision = typer.Typer(no_args_is_help=True, help="Photographs, named by networks of a thousand classes.")

PictureFile = Annotated[Path, typer.Argument(help="A JPEG, PNG, WebP, BMP, GIF or TIFF.")]
NetworkName = Annotated[str, typer.Option("--network", help="A name that `vision models --all` lists.")]


@vision.command()
def name(
    file: PictureFile,
    top: Annotated[int, typer.Option(min=1, max=CLASSES, help="How many classes, the likeliest first.")] = 5,
    network: NetworkName = FIRST,
    as_json: AsJson = False,
) -> None:
    """Name what a picture shows."""
    picture, known = _picture(file), network_named(network)
    found = name_picture(load(known, _weights(known)), picture, top, recipe=known.recipe)
    lines = [f"{guess.share:6.1%}  {guess.name}" for guess in found.guesses]
    answer = [{"name": guess.name, "share": guess.share, "logit": guess.logit} for guess in found.guesses]
    say(as_json, {"top": answer, "network": known.name}, "\n".join(lines))


@vision.command()
def models(
    every: Annotated[bool, typer.Option("--all", help="Those too whose weights are not here.")] = False,
    as_json: AsJson = False,
) -> None:
    """The networks that are here."""
    rows = [_about(one) for one in networks().values()]
    shown = [row for row in rows if every or row["here"]]
    lines = [
        f"{row['name']:<29} {row['parameters']:>11,} parameters {row['megabytes']:>7.1f} MB "
        f"{row['accuracy']:>6.1%} right{'' if row['here'] else ', not here'}: {row['title']}"
        for row in shown
    ]
    say(as_json, {"models": shown}, "\n".join(lines))


@vision.command()
def fetch(
    network: Annotated[str, typer.Argument(help="A name that `vision models --all` lists.")],
    as_json: AsJson = False,
) -> None:
    """Fetch a network's weights into the data folder."""
    known, data = network_named(network), data_folder()
    path = files.find(known, data) if known.builder else weights_file()
    if path is None:
        private_folder(data)
        limit = fetching.limit_of(limit_bytes())
        with progress_bar() as bar:
            task = bar.add_task("Asking for it", total=1.0)
            for event in fetching.iter_fetch(known, data / files.FETCHED, limit, fetching.hub()):
                if isinstance(event, Stage):
                    bar.update(task, completed=event.share, description=event.words)
                elif isinstance(event, fetching.Fetched):
                    path = event.path
    say(as_json, {"network": known.name, "file": str(path)}, f"{known.title}: {path}")


@vision.command()
def beside(
    file: PictureFile,
    network: Annotated[
        list[str] | None,
        typer.Option("--network", help="May be given several times; else all that are here."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The same picture through several networks: what each says, and how long it takes here."""
    picture, data = _picture(file), data_folder()
    chosen = [network_named(one) for one in network or ()] or [
        one for one in networks().values() if files.here(one, data)
    ]
    pairs = [(one, _weights(one)) for one in chosen]
    work = iter_beside(pairs, picture, PrepareConfig(), torch.get_num_threads())
    (found,) = (event for event in work if isinstance(event, SideBySide))
    rows = [_answered(one) for one in found.rows]
    lines = [_line(one) for one in found.rows]
    say(as_json, {"networks": rows, "threads": found.threads}, "\n".join(lines))


def _picture(file: Path) -> Image.Image:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UploadError(f"{file} cannot be read ({error.strerror}): name another file.") from error
    return read_picture(content)


def _weights(network: Network) -> Path | None:
    """Where they lie. Raises VisionError if they are not here."""
    path = files.find(network, data_folder())
    if path is None and network.builder:
        folder = f" It is {files.own_folder()}." if files.own_folder() else ""
        raise VisionError(f"{files.missing(network)}{folder}")
    return path


def _about(network: Network) -> dict[str, object]:
    path = files.find(network, data_folder()) if network.builder else weights_file()
    length = network.bytes if path is None else path.stat().st_size
    return {
        "name": network.name,
        "title": network.title,
        "parameters": network.parameters,
        "megabytes": round(length / 1e6, 1),
        "accuracy": round(network.accuracy, 5),
        "file": network.file,
        "here": path is not None,
    }


def _answered(one: Beside) -> dict[str, object]:
    top = [{"name": guess.name, "share": guess.share} for guess in one.guesses]
    return {"name": one.network.name, "top": top, "milliseconds": one.milliseconds, "problem": one.problem}


def _line(one: Beside) -> str:
    told = ", ".join(f"{guess.name} {vote_percent(guess.share, brief=True)}" for guess in one.guesses)
    if one.problem:
        return f"{one.network.title}: {one.problem}"
    right = exact_percent(one.network.accuracy, 1)
    return f"{one.network.title}, {right} right: {told} ({milliseconds(one.milliseconds)})"
