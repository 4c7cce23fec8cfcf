"""`simulate-loss-curve`: the loss around a network of the digits, as one page that can be turned."""

from __future__ import annotations

import copy
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from dlcore.cli.options import with_options
from dlcore.cli.runs import found_run
from dlcore.cli.talk import AsJson, progress_bar, say, write_file
from dlcore.errors import ConfigError, UploadError
from dlcore.events import Tick
from dlcore.figures.landscape import surface_figure
from dlcore.figures.landscape_html import surface_html
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.picture import Picture, Prepared, assemble_picture, iter_picture
from dlcore.landscape.plan import Share
from dlcore.landscape.samples import samples_of
from dlcore.landscape.surfaces import Row
from dlcore.run import Run
from dlcore.runs.jobs.landscape import moments
from dlcore.runs.storage.checkpoints import load_model
from dlcore.schema import parse
from dlcore.words import terminal_percent

ALSO = {"pca": "path"}  # other words for a plane


@with_options(SurfaceConfig)
def simulate_loss_curve(
    run: Annotated[
        str | None, typer.Option("--run", help="A run's id; without it, the shipped model.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The HTML file to write; it opens without internet.")] = Path(
        "surface.html"
    ),
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Parts measured at once; without it, one for every core."),
    ] = None,
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Measure the loss on a plane through all weights and draw it: turn it in any browser."""
    plane = given.get("plane")
    config = parse(SurfaceConfig, given | ({"plane": ALSO[str(plane)]} if plane in ALSO else {}))
    if not out.parent.is_dir():  # said before minutes of work
        raise UploadError(f"There is no folder {out.parent} to write {out.name} into: make it first.")
    found = found_run(run, "mnist")
    began = time.perf_counter()
    picture = measured(found, config, threads or os.cpu_count() or 1)
    surface = picture.surface
    assert surface is not None
    if not np.isfinite(surface.loss).any():
        raise ConfigError("The loss is not a finite number anywhere on this plane: choose a smaller extent.")
    epoch = picture.prepared.epochs[-1]
    which = "training" if config.digits == "train" else "test"
    title = f"{found.name}, epoch {epoch}: loss on {config.samples:,} {which} digits"
    write_file(out, surface_html(surface_figure([picture], "light", height=720), title))
    answer = {
        "out": str(out),
        "run_id": found.id,
        "epoch": epoch,
        **_numbers(picture),
        "seconds": time.perf_counter() - began,
        "config": config.model_dump(),
    }
    words = (
        f"{out}: {found.name}, epoch {epoch}, loss {answer['centre_loss']:.4g} nats, "
        f"from {answer['lowest']['loss']:.4g} to {answer['highest']['loss']:.4g} on the plane"
    )
    say(as_json, answer, words)


def measured(run: Run, config: SurfaceConfig, threads: int) -> Picture:
    """All points, with a bar for whoever waits. Every thread measures its own part of the rows."""
    torch.set_num_threads(1)  # the pieces are too small for more
    model, trained = load_model(run.checkpoints[-1])
    samples = samples_of(config, trained)
    stops = moments(run.checkpoints)
    pairs = (config.points + 1) // 2  # of rows, which no two share
    parts = 1 if config.fault == "walk" else min(threads, pairs)  # a walk goes from one cell to the next
    interrupted = threading.Event()

    shares = [
        iter_picture(copy.deepcopy(model), stops, config, samples, share=Share(part=part, parts=parts))
        for part in range(parts)
    ]
    begun = [next(share) for share in shares]  # one after the other: they read the network, see read_chain

    def measure(part: int) -> list[Any]:
        events = []
        for event in chain((begun[part],), shares[part]):
            if interrupted.is_set():
                break
            if isinstance(event, Row):
                bar.update(task, advance=len(event.columns), description=f"{config.points}×{config.points}")
            elif isinstance(event, Prepared) and event.held is not None and part == 0:
                bar.console.print(f"the plane holds {terminal_percent(event.held, 1)} of the movement")
            if not isinstance(event, Tick):
                events.append(event)
        return events

    with progress_bar() as bar, ThreadPoolExecutor(parts) as pool:
        task = bar.add_task("finding the plane", total=config.points**2)
        try:
            found = list(pool.map(measure, range(parts)))
        finally:
            interrupted.set()
    picture = assemble_picture(chain.from_iterable(found))
    assert picture is not None
    return picture


def _numbers(picture: Picture) -> dict[str, Any]:
    surface, prepared = picture.surface, picture.prepared
    assert surface is not None
    middle = surface.resolution // 2
    finite = np.isfinite(surface.loss)

    def point(index: np.intp) -> dict[str, float]:
        row, column = np.unravel_index(index, surface.loss.shape)
        return {
            "loss": float(surface.loss[row, column]),
            "alpha": float(surface.alpha[column]),
            "beta": float(surface.beta[row]),
        }

    return {
        "points": surface.loss.size,
        "parameters": prepared.num_params,
        "centre_loss": picture.path[-1].loss if picture.path else float(surface.loss[middle, middle]),
        "lowest": point(np.where(finite, surface.loss, np.inf).argmin()),
        "highest": point(np.where(finite, surface.loss, -np.inf).argmax()),
        "not_finite": int((~finite).sum()),
        "variance_held": prepared.held,
        "held_of_a_random_walk": prepared.by_chance,
        "path": [
            {
                "epoch": stop.epoch,
                "alpha": stop.placed.alpha,
                "beta": stop.placed.beta,
                "distance": stop.placed.distance,
                "loss": stop.loss,
            }
            for stop in picture.path
        ],
    }
