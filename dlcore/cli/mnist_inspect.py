"""`inspect-model`, `viz-model` and `profile`: what a digits' network is made of, and where its time goes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from dlcore.cli.options import with_options
from dlcore.cli.runs import RunId, found_run
from dlcore.cli.talk import AsJson, measured, say, write_file
from dlcore.errors import UploadError
from dlcore.figures.net_graphs import autograd_dot, module_dot
from dlcore.inspection.structure.draw_dot import to_svg
from dlcore.inspection.structure.graphs import autograd_graph
from dlcore.inspection.structure.structure import Layer, Structure, inspect_model, painted
from dlcore.inspection.structure.words import about_biases
from dlcore.inspection.torch_profile.result import (
    Taken,
    TorchProfile,
    TorchProfileConfig,
    check_threads,
    profile_of,
)
from dlcore.inspection.torch_profile.words import provenance
from dlcore.runs.storage.checkpoints import load_model
from dlcore.runs.trained_with import trained_with
from dlcore.schema import parse
from dlcore.words import milliseconds, percent, shape_words


def inspect_command(run: RunId = None, as_json: AsJson = False) -> None:
    """List a network's steps: shapes, parameters, multiply-adds, size of the output, and the sums."""
    found = found_run(run, "mnist")
    model, _ = load_model(found.checkpoints[-1])
    structure = inspect_model(model)
    answer = {
        "run_id": found.id,
        "net": structure.net,
        "parameters": structure.num_params,
        "multiply_adds": structure.multiply_adds,
        "torchinfo_multiply_adds": structure.torchinfo_multiply_adds,
        "layers": [_numbers(layer) for layer in structure.layers],
    }
    say(as_json, answer, _listed(structure))


def viz_command(
    out: Annotated[Path, typer.Option(help="Where the graph goes: a .dot file, or an .svg if dot is there.")],
    kind: Annotated[
        Literal["module", "autograd"], typer.Option(help="The steps, or what autograd remembers.")
    ] = "module",
    saved: Annotated[
        bool, typer.Option("--saved", help="With the tensors kept for the backward pass.")
    ] = False,
    run: RunId = None,
    as_json: AsJson = False,
) -> None:
    """Draw a network's graph in the DOT language; as an SVG where Graphviz's program dot is installed."""
    if out.suffix not in (".dot", ".gv", ".svg"):
        raise UploadError(f"The graph must go into a .dot, .gv or .svg file. Got {out.name!r} instead.")
    found = found_run(run, "mnist")
    model, _ = load_model(found.checkpoints[-1])
    if kind == "autograd":
        dot = autograd_dot(autograd_graph(model, saved=saved), "light")
    else:
        structure = inspect_model(model)
        dot = module_dot(structure, painted(structure, "multiply_adds", batch_size=1), "light")
    write_file(out, to_svg(dot) if out.suffix == ".svg" else dot.encode())
    say(as_json, {"out": str(out), "run_id": found.id, "kind": kind}, f"Wrote {out}.")


@with_options(TorchProfileConfig)
def profile_command(
    run: RunId = None,
    trace: Annotated[Path | None, typer.Option(help="Where the Chrome trace of a step goes.")] = None,
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Measure on this machine where a network's time goes, in a process of its own."""
    trained = trained_with(found_run(run, "mnist"))
    config = parse(TorchProfileConfig, profile_of(trained).model_dump() | given)
    check_threads(config)
    profile = measured(TorchProfile, "torch_profile", config)
    if trace is not None:
        write_file(trace, profile.trace)
    answer = {
        "config": config.model_dump(),
        "torch": profile.torch,
        "cores": profile.cores,
        "training": _taken(profile.training),
        "inference": _taken(profile.inference),
        "peak_megabytes": profile.memory.peak,
        "sweep": [
            {
                "batch_size": point.batch_size,
                "p50_ms": point.p50,
                "p95_ms": point.p95,
                "digits_per_second": point.per_second,
                "calls": len(point.calls),
            }
            for point in profile.sweep
        ],
        "threads": [asdict(time) for time in profile.by_threads],
        "trace": str(trace) if trace is not None else None,
    }
    say(as_json, answer, _summary(profile, trace))


def register(app: typer.Typer) -> None:
    """Add these commands to the digits' group."""
    app.command("inspect-model")(inspect_command)
    app.command("viz-model")(viz_command)
    app.command("profile")(profile_command)


def _numbers(layer: Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "kind": layer.kind,
        "module": layer.module,
        "kernel": layer.kernel,
        "input": layer.input,
        "output": layer.output,
        "parameters": layer.counts.num_params,
        "multiply_adds": layer.counts.multiply_adds,
        "output_bytes": layer.memory(1),
        "parameters_why": layer.counts.parameters_why,
        "multiply_adds_why": layer.counts.multiply_adds_why,
    }


def _listed(structure: Structure) -> str:
    rows = [("step", "kind", "input", "output", "parameters", "multiply-adds")]
    rows += [
        (
            layer.name,
            layer.kind,
            shape_words(layer.input),
            shape_words(layer.output),
            f"{layer.counts.num_params:,}",
            f"{layer.counts.multiply_adds:,}",
        )
        for layer in structure.layers
    ]
    lines = [f"{a:<10}{b:<11}{c:>10}{d:>11}{e:>13}{f:>15}" for a, b, c, d, e, f in rows]
    total = (
        f"{structure.net}: {structure.num_params:,} parameters, {structure.multiply_adds:,} multiply-adds."
    )
    return "\n".join([*lines, total, about_biases(structure)])


def _taken(taken: Taken) -> dict[str, Any]:
    return {
        "milliseconds": taken.plain,
        "profiled_milliseconds": taken.milliseconds,
        "operators": taken.operator_shares(),
        "layers": {layer.name: asdict(layer) for layer in taken.layers},
        "optimizer": taken.optimizer,
        "rest": taken.rest,
    }


def _summary(profile: TorchProfile, trace: Path | None) -> str:
    """The busiest operators and layers of a training step, the sweep, and what was written."""
    taken = profile.training
    shares = list(taken.operator_shares().items())[:8]
    layers = sorted(taken.layers, key=lambda layer: -layer.both)[:5]
    lines = [provenance(profile, taken), "Operators, own time:"]
    lines += [f"{percent(share):>7}  {name}" for name, share in shares]
    lines.append("Layers, there and back:")
    lines += [f"{percent(layer.both / taken.milliseconds):>7}  {layer.name}" for layer in layers]
    lines.append("A call of the network:")
    lines += [
        f"batch {point.batch_size:>5}: {milliseconds(point.p50):>9}, {1000 * point.per_digit:.0f} µs a digit"
        for point in profile.sweep
    ]
    return "\n".join(lines + ([f"Wrote {trace}."] if trace is not None else []))
