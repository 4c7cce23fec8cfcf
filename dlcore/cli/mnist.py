"""`python -m dlcore mnist`: train a network on the digits, measure one, recognise an image."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from dlcore import events
from dlcore.cli import mnist_inspect
from dlcore.cli.mnist_export import convert_to_torch_script, export
from dlcore.cli.mnist_infer import infer
from dlcore.cli.mnist_other import evaluate_on
from dlcore.cli.mnist_surface import simulate_loss_curve
from dlcore.cli.options import with_options
from dlcore.cli.runs import RunId, found_run
from dlcore.cli.talk import AsJson, say
from dlcore.cli.training import config_from, iter_training
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.storage.checkpoints import load_model
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation, band, evaluate
from dlcore.training.recipes import PRESETS
from dlcore.words import terminal_score

app = typer.Typer(no_args_is_help=True, help="Networks that recognise handwritten digits.")
mnist_inspect.register(app)
app.command("simulate-loss-curve")(simulate_loss_curve)
app.command("infer")(infer)
app.command("export")(export)
app.command("convert-to-torch-script")(convert_to_torch_script)


@app.command("train")
@with_options(TrainConfig)
def train(
    preset: Annotated[str, typer.Option(help="|".join(PRESETS))] = "fast",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; by default one per core.")] = None,
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Train a network on the 60,000 digits. Every setting starts from the preset."""
    config = config_from(PRESETS, preset, given)
    began, run_id = time.perf_counter(), ""
    losses, tests = list[float](), list[events.Evaluated]()
    told = iter_training("mnist", config, name=config.net, threads=threads or os.cpu_count() or 1)
    for run_id, event, line in told:  # noqa: B007
        match event:
            case events.EpochEnd(epoch=epoch, loss=loss, accuracy=accuracy):
                losses.append(loss)
                line(f"epoch {epoch}: training loss {loss:.4f}, {accuracy:.2%} right")
            case events.Evaluated():
                tests += [event] if event.split == "test" else []
                line(f"{event.split}: loss {event.loss:.4f}, {_score(event)}")
    result = {
        "run_id": run_id,
        "test_accuracy": tests[-1].accuracy if tests else None,
        "test_wrong": tests[-1].total - tests[-1].correct if tests else None,
        "seconds": time.perf_counter() - began,
        "epochs": len(losses),
        "train_losses": losses,
        "config": config.model_dump(),
    }
    say(as_json, result, f"run {run_id}, {result['seconds']:.1f} s")


@app.command("evaluate")
def evaluate_command(
    run: RunId = None,
    data: Annotated[
        Path | None,
        typer.Option(help="A folder of other images in MNIST's format: EMNIST, Fashion-MNIST, KMNIST."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a run's last checkpoint on the 10,000 test digits, or on the images of a folder."""
    if data is not None:
        evaluate_on(data, run, as_json)
        return
    checkpoint = found_run(run, "mnist").checkpoints[-1]
    model, config = load_model(checkpoint)
    result = evaluate(model, load_test(), NORMALIZE[config.normalize])
    answer = {
        "test_accuracy": result.correct / result.total,
        "test_wrong": result.total - result.correct,
        "test_loss": result.loss,
        "epoch": checkpoint.epoch,
    }
    say(as_json, answer, f"{config.net}, epoch {checkpoint.epoch}: {_score(result)}")


def _score(result: events.Evaluated | Evaluation) -> str:
    return terminal_score(result.correct, result.total, band(result.correct, result.total).half_width)
