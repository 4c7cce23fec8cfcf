"""`python -m dlcore gan`: let a forger and a detective train each other, and draw with the forger."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from dlcore import events
from dlcore.cli.options import with_options
from dlcore.cli.runs import RunId, found_run
from dlcore.cli.talk import AsJson, say, write_file
from dlcore.cli.training import config_from, iter_training
from dlcore.errors import ConfigError, RunError
from dlcore.figures.gan import wall_picture
from dlcore.gan.config import PRESETS, GanConfig
from dlcore.gan.drawing import drawn
from dlcore.gan.plane.config import PRESETS as PLANE_PRESETS
from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.points import MODES
from dlcore.gan.plane.training import SCORES, start, train_ahead
from dlcore.runs.jobs.gan import load_pair
from dlcore.schema import parse
from dlcore.serving.forger import FILES, drawing_script, export_forger
from dlcore.words import terminal_percent

app = typer.Typer(no_args_is_help=True, help="A forger learns to draw digits, a detective to tell them.")
SCRIPT = "script"
RING, MOST_STEPS = "ring", 20_000
ASKED = ("asked_read", "sure", "smallest_class", "frechet")


@app.command("train")
@with_options(GanConfig)
def train(
    preset: Annotated[str, typer.Option(help="|".join([*PRESETS, RING]))] = "digits",
    steps: Annotated[
        int, typer.Option(help=f"Of the preset {RING} alone, which is played in the plane.")
    ] = 3_000,
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Train both networks. Every setting starts from the preset."""
    if preset == RING:
        _play_ring(steps, as_json, given)
        return
    if preset not in PRESETS:
        names = ", ".join([*PRESETS, RING])
        raise ConfigError(f"Preset must be one of {names}. Got {preset!r} instead.")
    config = config_from(PRESETS, preset, given)
    answer: dict[str, Any] = dict.fromkeys(ASKED)
    seen: dict[str, float] = {}
    began, step, run_id, threads = time.perf_counter(), 0, "", PRESETS[preset].threads
    for run_id, event, line in iter_training("gan", config, name="gan", threads=threads):  # noqa: B007
        match event:
            case events.Measured(step=step, name=name, value=value):
                seen[name] = value
                if name == "frechet":
                    line(_epoch(step, seen))
            case events.Finished(step=step):
                answer |= {name: seen.get(f"final_{name}") for name in ASKED}
    answer |= {"steps": step, "seconds": time.perf_counter() - began, "run_id": run_id}
    say(as_json, answer | {"config": config.model_dump()}, _ending(answer))


def _play_ring(steps: int, as_json: bool, given: Mapping[str, str | bool]) -> None:
    """The same game in the plane: nothing of it is stored."""
    if not 1 <= steps <= MOST_STEPS:
        raise ConfigError(f"Steps must be from 1 to {MOST_STEPS:,}. Got {steps:,} instead.")
    base = PLANE_PRESETS[RING]
    config = parse(PlaneConfig, base.model_dump() | dict(given))
    began = time.perf_counter()
    frames = train_ahead(config, start(config), 1, steps)
    if frames.last is None:
        raise RunError("The game broke, its numbers are no longer finite: take lower learning rates.")
    seen = dict(zip(SCORES, map(float, frames.scores[-1]), strict=True))
    answer = {name: seen[name] for name in ("modes", "good", "real_score", "fake_score")}
    answer |= {"steps": steps, "seconds": time.perf_counter() - began}
    words = (
        f"step {steps:,}: {seen['modes']:.0f} of {MODES} clouds found, "
        f"{terminal_percent(seen['good'])} of the fakes good, "
        f"held for real {seen['real_score']:.2f} (real points) and {seen['fake_score']:.2f} (fakes)"
    )
    say(as_json, answer | {"config": config.model_dump()}, words)


@app.command("sample")
def sample(
    out: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("wall.png"),
    run: RunId = None,
    count: Annotated[int, typer.Option(min=1, max=1_000, help="How many digits.")] = 100,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the noise.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Draw digits with a trained forger, ten in a row, as a PNG."""
    found = found_run(run, "gan")
    forger, _, config = load_pair(found.checkpoints[-1])
    pixels = drawn(forger, config.digit, count=count, seed=seed)
    picture = io.BytesIO()
    wall_picture(pixels, columns=10).save(picture, "PNG")
    write_file(out, picture.getvalue())
    say(as_json, {"out": str(out), "digits": count}, f"{out}: {count} digits by {found.name}")


@app.command("export")
def export(
    out: Annotated[Path, typer.Option(help="The file to write.")],
    form: Annotated[str, typer.Option("--format", help="|".join([*FILES, SCRIPT]))] = "torchscript",
    run: RunId = None,
    as_json: AsJson = False,
) -> None:
    """Write a forger as a file that draws without the lab, or the script that draws with its TorchScript."""
    if form not in (*FILES, SCRIPT):
        raise ConfigError(f"Format must be one of {', '.join([*FILES, SCRIPT])}. Got {form!r} instead.")
    found = found_run(run, "gan")
    forger, _, config = load_pair(found.checkpoints[-1])
    if form == SCRIPT:
        write_file(out, drawing_script("torchscript", forger.noise, config.digit))
        say(as_json, {"out": str(out), "format": form}, f"{out}: draws a hundred digits with forger.pt")
        return
    made = export_forger(forger, form)  # type: ignore[arg-type]
    write_file(out, made.content)
    answer = {"out": str(out), "format": form, "bytes": len(made.content), "max_difference": made.difference}
    words = f"{out}: {len(made.content):,} bytes, grey levels differ by {made.difference:.1e} of 255 at most"
    say(as_json, answer, words)


def _epoch(step: int, seen: dict[str, float]) -> str:
    return f"step {step:,}: {_read(seen)}, Fréchet distance {seen['frechet']:.0f}"


def _read(told: Mapping[str, float]) -> str:
    read, surely = (terminal_percent(told[name], 1) for name in ("asked_read", "sure"))
    return f"{read} read as asked, {surely} surely"


def _ending(answer: dict[str, Any]) -> str:
    words = f"run {answer['run_id']}, {answer['seconds']:.1f} s"
    if answer["frechet"] is None:
        return words
    return (
        f"of 2,000 drawings {_read(answer)}, "
        f"the rarest digit {terminal_percent(answer['smallest_class'], 1)}, "
        f"Fréchet distance {answer['frechet']:.0f}\n{words}"
    )
