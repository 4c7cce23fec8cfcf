"""`feature-embedding`: where each layer of a black patch network places the test images, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlcore.cli.options import with_options
from dlcore.cli.runs import found_run
from dlcore.cli.talk import say, write_file
from dlcore.figures.embedding_html import embedding_html
from dlcore.inspection.embedding.patches import EmbedConfig, PatchEmbedding, ViewConfig, embed
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.schema import parse


@with_options(ViewConfig)
def feature_embedding(
    out: Annotated[Path, typer.Option(help="The HTML file to write; it opens without internet.")],
    run: Annotated[
        str | None, typer.Option("--run", help="A run's id; without it, the shipped network.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")] = False,
    **given: str | bool,
) -> None:
    """Draw the test images as the input, the hidden layers and the output place them, and the weights."""
    view = parse(ViewConfig, given)
    found = found_run(run, "black_patch")
    checkpoint = found.checkpoints[-1]
    network, trained = load_network(checkpoint)
    results = [
        embed(network, trained, parse(EmbedConfig, {**view.model_dump(), "layer": layer}))
        for layer in range(len(network.widths))
    ]
    write_file(out, embedding_html(results, f"{found.name}, epoch {checkpoint.epoch}"))
    last = results[-1]
    answer = {
        "out": str(out),
        "run_id": found.id,
        "epoch": checkpoint.epoch,
        "method": view.method,
        "images": len(last.labels),
        "wrong": len(last.labels) - last.correct,
        "layers": [_numbers(result) for result in results],
    }
    words = f"{out}: {found.name}, epoch {checkpoint.epoch}, {answer['wrong']} of {answer['images']} wrong"
    say(as_json, answer, words)


def _numbers(result: PatchEmbedding) -> dict[str, object]:
    return {
        "layer": result.config.layer,
        "units": result.widths[result.config.layer],
        "dots": int(result.dots.max()) + 1,
        "variance_held": list(result.plane.shares) if result.plane is not None else None,
    }
