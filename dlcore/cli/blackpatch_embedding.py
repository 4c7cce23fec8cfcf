"""`feature-embedding`: where each layer of a black patch network places the test images, as one file."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from dlcore.cli.options import with_options
from dlcore.errors import RunError, UploadError
from dlcore.figures.embedding_page import embedding_page
from dlcore.inspection.patches import EmbedConfig, PatchEmbedding, ViewConfig, embed
from dlcore.runs.blackpatch import load_network
from dlcore.runs.protocol import Run
from dlcore.runs.shipped import shipped_run
from dlcore.runs.store import Store
from dlcore.schema import parse

KIND = "black_patch"


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
    found = _found(run)
    checkpoint = found.checkpoints[-1]
    network, trained = load_network(checkpoint)
    results = [
        embed(network, trained, parse(EmbedConfig, {**view.model_dump(), "layer": layer}))
        for layer in range(len(network.widths))
    ]
    try:
        out.write_text(embedding_page(results, f"{found.name}, epoch {checkpoint.epoch}"), encoding="utf-8")
    except OSError as error:
        raise UploadError(f"{out} cannot be written ({error.strerror}): name another file.") from error
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
    print(json.dumps(answer) if as_json else words)


def _numbers(result: PatchEmbedding) -> dict[str, object]:
    return {
        "layer": result.config.layer,
        "units": result.widths[result.config.layer],
        "dots": int(result.dots.max()) + 1,
        "variance_held": list(result.plane.shares) if result.plane is not None else None,
    }


def _found(run_id: str | None) -> Run:
    if run_id is None:
        return shipped_run(KIND)
    with closing(Store()) as store:
        run = store.get(run_id)
    if run is None or run.kind != KIND:
        raise RunError(f"There is no black patch run {run_id!r} here: see the ids that train prints.")
    if not run.checkpoints:
        raise RunError(f"The run {run_id!r} has no checkpoint yet: train it further.")
    return run
