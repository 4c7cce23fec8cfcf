"""The numbers of networks as tables."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.inspection.structure.structure import Layer, Structure
from dlcore.words import shape_words


def steps_table(structure: Structure, batch_size: int) -> list[dict[str, object]]:
    """A row for each step: what goes in and comes out, what it holds and does."""
    return [_row(structure, layer, batch_size) for layer in structure.layers]


def _row(structure: Structure, layer: Layer, batch_size: int) -> dict[str, object]:
    return {
        "Step": layer.name,
        "Kind": layer.kind if layer.module else f"{layer.kind}, a function",
        "Input": shape_words(layer.input),
        "Output": shape_words(layer.output),
        "Kernel": shape_words(layer.kernel) if layer.kernel else "",
        "Parameters": layer.counts.num_params,
        "of all": 100 * structure.shares("parameters")[layer.name],
        "Multiply-adds": layer.counts.multiply_adds,
        "of all work": 100 * structure.shares("multiply_adds")[layer.name],
        "Output (kB)": layer.memory(batch_size) / 1000,
    }


def nets_table(structures: Mapping[str, Structure]) -> list[dict[str, object]]:
    """A row for each network."""
    return [
        {
            "Network": net,
            "Parameters": structure.num_params,
            "Multiply-adds": structure.multiply_adds,
            "Most parameters": structure.most("parameters").name,
            "Most work": structure.most("multiply_adds").name,
        }
        for net, structure in structures.items()
    ]
