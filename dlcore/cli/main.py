"""`python -m dlcore`: one group of commands per subject."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import Annotated

import typer

from dlcore.cli.batches import batches
from dlcore.cli.buglab import buglab
from dlcore.cli.classifier import classifier
from dlcore.cli.distributed import distributed
from dlcore.cli.lr_finder import lr_finder
from dlcore.cli.mnist_surface import measured
from dlcore.cli.room import hold_class
from dlcore.cli.sweep import sweep
from dlcore.cli.vision import vision
from dlcore.errors import DlcoreError, RunError
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.kept import Kept, write_kept
from dlcore.runs.kinds import RUN_KINDS, load
from dlcore.runs.shipped import export_run, shipped_run
from dlcore.runs.storage.store import Store

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Deep Learning Lab on the command line.")
for name, kind in RUN_KINDS.items():
    if kind.command:
        app.add_typer(load(kind.command), name=name.replace("_", "-"))
app.add_typer(vision, name="vision")
app.add_typer(classifier, name="classifier")
app.add_typer(buglab, name="buglab")
app.add_typer(batches, name="batches")
app.add_typer(distributed, name="distributed")
app.add_typer(lr_finder, name="lr-finder")
app.add_typer(sweep, name="sweep")
app.command("class")(hold_class)


@app.callback()
def lab() -> None:
    """Deep Learning Lab on the command line."""


@app.command("ship", hidden=True)
def ship(
    run: Annotated[str, typer.Option(help="A finished run's id.")],
    epochs: Annotated[str, typer.Option(help="Whose weights to ship, as in 0,1,20.")],
) -> None:
    """Make a finished run the one that comes with the lab."""
    with closing(Store()) as store:
        found = store.get(run)
    if found is None or found.status != "finished":
        raise RunError(f"The run {run!r} has not finished on this machine: train it first.")
    export_run(found, {int(epoch) for epoch in epochs.split(",")})


@app.command("keep-surface", hidden=True)
def keep_surface() -> None:
    """Measure the shipped network's surface as the page first shows it, and keep it with the lab."""
    run = shipped_run("mnist")
    digests = tuple(checkpoint.digest for checkpoint in run.checkpoints)
    write_kept(Kept(digests, measured(run, SurfaceConfig(), os.cpu_count() or 1)))


def main() -> None:
    """Run a command; an error of ours is one sentence on standard error and exit code 2."""
    try:
        app()
    except DlcoreError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
