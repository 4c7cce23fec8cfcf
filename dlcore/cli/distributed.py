"""`distributed`: train by several processes of this machine, and write the same as a script for torchrun."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dlcore.cli.options import with_options
from dlcore.cli.talk import AsJson, progress_bar, say, write_file
from dlcore.distributed.config import RanksConfig
from dlcore.distributed.script import TAKEN, script_zip
from dlcore.distributed.training import Trained, Trainings, iter_trainings
from dlcore.distributed.words import equal_words, fate_words, trained_words
from dlcore.events import Stage
from dlcore.schema import parse

distributed = typer.Typer(no_args_is_help=True, help="Several processes train one network.")


@distributed.command("train")
@with_options(RanksConfig)
def train(as_json: AsJson = False, **given: str | bool) -> None:
    """Train by DistributedDataParallel. A broken group is told rank by rank, and the exit code is 1."""
    trained = _train(parse(RanksConfig, given))
    lines = [fate_words(fate) + (f" {fate.said}" if fate.said else "") for fate in trained.fates]
    if trained.whole:
        lines = [equal_words(trained)] if trained.seen else []
        lines.append(trained_words(trained))
    say(as_json, _answer(trained), "\n".join(lines).replace("**", ""))
    if not trained.whole:
        raise typer.Exit(1)


@distributed.command("script")
@with_options(RanksConfig, only=TAKEN)
def script(
    out: Annotated[Path, typer.Option(help="The zip file to write.")] = Path("many_gpus.zip"),
    **given: str | bool,
) -> None:
    """Write a training as a script for torchrun, with its digits. It trains a whole epoch, nothing else."""
    write_file(out, script_zip(parse(RanksConfig, given)))
    say(False, {}, f"{out}: torchrun --standalone --nproc-per-node RANKS train.py")


def _train(config: RanksConfig) -> Trained:
    with progress_bar() as bar:
        task = bar.add_task("starting", total=1.0)
        for event in iter_trainings([config]):
            if isinstance(event, Stage):
                bar.update(task, completed=event.share, description=event.words)
            elif isinstance(event, Trainings):
                return event.each[0]
    raise AssertionError("trainings end in what they showed")


def _answer(trained: Trained) -> dict[str, Any]:
    return {
        "config": trained.config.model_dump(),
        "equal": trained.equal,
        "weights": trained.final,
        "images_per_second": trained.speed,
        "accuracy": trained.accuracy if trained.total else None,
        "steps": [asdict(step) for step in trained.seen],
        "ranks": [asdict(fate) for fate in trained.fates],
    }
