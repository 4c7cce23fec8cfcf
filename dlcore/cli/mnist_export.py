"""`export` and `convert-to-torch-script`: a trained network as one file that runs without the lab."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from dlcore.cli.runs import RunId, found_run
from dlcore.cli.talk import AsJson, say, write_file
from dlcore.errors import ConfigError, UploadError
from dlcore.runs.jobs.export import load_trained
from dlcore.runs.moves import moves_words
from dlcore.serving.export import write
from dlcore.serving.formats import FORMATS
from dlcore.serving.script import training_script

SCRIPT = "script"

Out = Annotated[Path, typer.Option(help="The file to write.")]
FormatOption = Annotated[str, typer.Option("--format", help="|".join([*FORMATS, SCRIPT]))]


def convert_to_torch_script(out: Out, run: RunId = None, as_json: AsJson = False) -> None:
    """Write a run's last weights and their architecture as TorchScript, compiled from the source."""
    _export(out, "torchscript", run, as_json)


def export(
    out: Out,
    form: FormatOption,
    run: RunId = None,
    as_json: AsJson = False,
) -> None:
    """Write a run's last weights in one of the formats, or the script that trains them."""
    _export(out, form, run, as_json)


def _export(out: Path, form: str, run_id: str | None, as_json: bool) -> None:
    if form != SCRIPT and form not in FORMATS:
        raise ConfigError(f"Format must be one of {', '.join([*FORMATS, SCRIPT])}. Got {form!r} instead.")
    if not out.parent.is_dir():
        raise UploadError(f"{out} cannot be written, its folder is not there: name another file.")
    run = found_run(run_id, "mnist")
    trained = replace(load_trained(run.checkpoints[-1]), moved=moves_words(run))
    answer: dict[str, Any] = {
        "out": str(out),
        "format": form,
        "run_id": run.id,
        "net": trained.config.net,
        "epoch": trained.epoch,
    }
    if form == SCRIPT:
        content, words = training_script(trained.config, trained.moved).encode(), "trains it in plain PyTorch"
    else:
        written = write(trained, form)  # type: ignore[arg-type]
        content = written.content
        answer |= {"max_difference": written.difference, "images": written.images}
        words = (
            f"largest difference of a logit {written.difference:.1e} on {written.images:,} test images, "
            f"mean {trained.normalize.mean}, deviation {trained.normalize.std}"
        )
    write_file(out, content)
    answer["bytes"] = len(content)
    say(
        as_json,
        answer,
        f"{out}: {trained.config.net}, epoch {trained.epoch}, {len(content):,} bytes; {words}",
    )
