"""`python -m dlcore mnist`: train a network on the digits, measure one, recognise an image."""

from __future__ import annotations

import os
import time
from typing import Annotated, Any

import typer

from dlcore import events
from dlcore.cli import mnist_inspect
from dlcore.cli.mnist_export import convert_to_torch_script, export
from dlcore.cli.mnist_infer import infer
from dlcore.cli.mnist_other import Data, evaluate_on, evaluate_on_its_own, images_config, on_set, told
from dlcore.cli.mnist_surface import simulate_loss_curve
from dlcore.cli.options import with_options
from dlcore.cli.runs import RunId, found_run
from dlcore.cli.talk import AsJson, say
from dlcore.cli.training import config_from, iter_training
from dlcore.datasets.catalogue import samples
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.storage.checkpoints import load_model
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation, band, evaluate
from dlcore.training.recipes import PRESETS
from dlcore.words import terminal_percent, terminal_score

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
    threads: Annotated[
        int | None, typer.Option(min=1, max=256, help="Threads; by default one per core.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Train a network on the 60,000 digits, or on a folder's images. Every setting starts from the preset."""
    config, about = config_from(PRESETS, preset, on_set(preset, given)), dict[str, Any]()
    kind, name = "mnist", config.called
    if data is not None:
        config, about = images_config(data, config, given)
        kind, name = "images", f"{config.net} on {config.images}"
        print(told(config, about))
    began, run_id = time.perf_counter(), ""
    losses, tests = list[float](), list[events.Evaluated]()
    steps = iter_training(kind, config, name=name, threads=threads or os.cpu_count() or 1)
    for run_id, event, line in steps:  # noqa: B007
        match event:
            case events.EpochEnd(epoch=epoch, loss=loss, accuracy=float() as accuracy):
                losses.append(loss)
                line(f"epoch {epoch}: training loss {loss:.4f}, {terminal_percent(accuracy, 2)} right")
            case events.Evaluated():
                tests += [event] if event.split == "test" else []
                line(f"{event.split}: loss {event.loss:.4f}, {_score(event)}")
    result = about | {
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
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Measure a run's last checkpoint on its test images (of the digits 10,000), or on those of a folder."""
    if data is not None:
        evaluate_on(data, run, as_json)
        return
    found = found_run(run, "mnist", "images")
    if found.kind == "images":
        evaluate_on_its_own(found, as_json)
        return
    checkpoint = found.checkpoints[-1]
    model, config = load_model(checkpoint)
    result = evaluate(model, samples(config.dataset, "test"), NORMALIZE[config.normalize])
    answer = {
        "test_accuracy": result.correct / result.total,
        "test_wrong": result.total - result.correct,
        "test_loss": result.loss,
        "epoch": checkpoint.epoch,
    }
    say(as_json, answer, f"{config.net}, epoch {checkpoint.epoch}: {_score(result)}")


def _score(result: events.Evaluated | Evaluation) -> str:
    return terminal_score(result.correct, result.total, band(result.correct, result.total))
