"""`python -m dlcore black-patch`: train the network of plain Python, and see where its time goes."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dlcore import events
from dlcore.blackpatch.config import PRESETS, PatchConfig
from dlcore.cli.blackpatch_embedding import feature_embedding
from dlcore.cli.options import with_options
from dlcore.cli.talk import AsJson, measured, say
from dlcore.cli.training import config_from, iter_training
from dlcore.errors import RunError
from dlcore.figures.call_graph import call_graph_dot
from dlcore.inspection.python_profile.result import Profile, ProfileConfig, multiply_adds
from dlcore.schema import parse
from dlcore.words import terminal_percent

app = typer.Typer(no_args_is_help=True, help="A network of plain Python that finds a black patch.")
app.command("feature-embedding")(feature_embedding)


@app.command("train")
@with_options(PatchConfig)
def train(
    preset: Annotated[str, typer.Option(help="|".join(PRESETS))] = "quick",
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Train a network of plain Python. Every setting starts from the preset."""
    config = config_from(PRESETS, preset, given)
    measured = ("train_loss", "test_accuracy", "fair_test_accuracy", "positions_found")
    answer: dict[str, Any] = dict.fromkeys(measured)
    began, epochs, run_id = time.perf_counter(), 0, ""
    told = iter_training("black_patch", config, name="black patch", threads=1)
    for run_id, event, line in told:  # noqa: B007
        match event:
            case events.EpochEnd(epoch=epochs, loss=loss):
                answer["train_loss"] = loss
            case events.Evaluated(split="test"):
                answer["test_accuracy"] = event.accuracy
            case events.Evaluated(split="fair"):
                answer["fair_test_accuracy"] = event.accuracy
            case events.Measured(name="positions", value=found):
                answer["positions_found"] = int(found)
                line(_epoch(epochs, answer, len(config.maker.everywhere())))
    answer |= {"seconds": time.perf_counter() - began, "run_id": run_id, "epochs": epochs}
    say(as_json, answer | {"config": config.model_dump()}, f"run {run_id}, {answer['seconds']:.1f} s")


@app.command("profile")
@with_options(ProfileConfig)
def profile(
    out: Annotated[Path, typer.Option(help="Where cProfile's numbers go.")] = Path("profile.pstats"),
    dot: Annotated[Path, typer.Option(help="Where the call graph goes.")] = Path("profile.dot"),
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Measure where a short training spends its time, in a process of its own."""
    found = measured(Profile, "profile", parse(ProfileConfig, given))
    for path, content in ((out, found.pstats), (dot, call_graph_dot(found.pstats, "light").encode())):
        try:
            path.write_bytes(content)
        except OSError as error:
            raise RunError(f"{path} cannot be written ({error.strerror}): name another file.") from error
    counts = multiply_adds(found.config.widths)
    answer = {
        "seconds": found.seconds,
        "profiled_seconds": found.profiled_seconds,
        "layer_one_time": found.layer_one,
        "layer_one_multiply_adds": counts[0] / sum(counts),
        "index_loops_ratio": found.race.ratio,
        "microseconds_per_step": asdict(found.twins),
        "functions": {function.name: function.own for function in found.functions},
        "lines": {f"{line.function}:{line.number}": line.own for line in found.lines if line.runs},
        "peak_megabytes": max(found.memory.megabytes),
        "out": str(out),
        "dot": str(dot),
        "config": found.config.model_dump(),
    }
    say(as_json, answer, _summary(found, out, dot))


def _epoch(epoch: int, answer: dict[str, Any], places: int) -> str:
    test, fair = (terminal_percent(answer[name], 1) for name in ("test_accuracy", "fair_test_accuracy"))
    return (
        f"epoch {epoch}: loss {answer['train_loss']:.4f}, test {test}, fair test {fair}, "
        f"{answer['positions_found']} of {places} places"
    )


def _summary(found: Profile, out: Path, dot: Path) -> str:
    """Functions with at least a hundredth of the time, then what was written."""
    total = sum(function.own for function in found.functions)
    rows = [
        f"{terminal_percent(function.own / total, 1):>6}  {function.calls:>9,} calls  {function.name}"
        for function in found.functions
        if function.own > total / 100
    ]
    return "\n".join(
        [
            *rows,
            f"Layer 1's multiply-adds: {terminal_percent(found.layer_one)} of the time.",
            f"Index loops take {found.race.ratio:.1f} times as long.",
            f"Wrote {out} and {dot}.",
        ]
    )
