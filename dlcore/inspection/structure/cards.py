"""The cards of the structure page. Each reads the network on the page."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.cards import Card, Finding
from dlcore.inspection.structure.structure import Layer, Structure
from dlcore.words import percent


def layer_meant(structure: Structure, words: str) -> str:
    """The name of the layer that a card's set-up speaks of: "first" or "busiest"."""
    return _first(structure).name if words == "first" else structure.most("multiply_adds").name


def _first(structure: Structure) -> Layer:
    """The first layer with weights."""
    return next(layer for layer in structure.layers if layer.counts.num_params)


def see_first(structure: Structure) -> Finding | None:
    layer = _first(structure)
    if layer.kernel is None:
        return None
    count = layer.counts.num_params
    few = "Hundreds" if count >= 100 else ""
    right = "Millions" if count >= 1e6 else "Thousands" if count >= 1000 else few
    return Finding(f"{layer.name}: {layer.counts.parameters_why}.", shown=100 <= count < 1000, right=right)


def see_work(structure: Structure) -> Finding | None:
    layer = _first(structure)
    if layer.kernel is None:
        return None
    holds, works = structure.shares("parameters")[layer.name], structure.shares("multiply_adds")[layer.name]
    held = structure.most("parameters")
    text = (
        f"{layer.name} holds {percent(holds)} of the parameters and does {percent(works)} of the "
        f"multiply-adds. {held.name} holds {percent(structure.shares('parameters')[held.name])} and does "
        f"{percent(structure.shares('multiply_adds')[held.name])}."
    )
    few = "Under 1 %" if works < 0.01 else "About 5 %" if works < 0.1 else ""
    return Finding(text, shown=works > 10 * holds, right="Over 20 %" if works > 0.2 else few)


def see_most(structure: Structure) -> Finding | None:
    held, busy = structure.most("parameters"), structure.most("multiply_adds")
    if structure.net != "FastCNN":
        return None
    return Finding(
        f"{held.name} holds {percent(structure.shares('parameters')[held.name])} of the parameters; "
        f"{busy.name} does {percent(structure.shares('multiply_adds')[busy.name])} of the multiply-adds.",
        shown=held != busy,
        right="Yes, here" if held == busy else "No",
    )


CARDS: Mapping[str, Card] = {
    "first": Card(
        "Count the first layer by hand",
        "A convolution has a kernel and a bias for each map it puts out. How many parameters are "
        "that in the first one?",
        ("Hundreds", "Thousands", "Millions"),
        setup={"paint": "parameters", "layer": "first"},
        setup_words="painted by parameters, the first convolution chosen",
        see=see_first,
        why="The same kernel slides over all places. So its size counts once, not once per pixel.",
    ),
    "work": Card(
        "Few parameters, much work",
        "The first convolution holds under 1 % of the parameters. Which share of the multiply-adds "
        "does it do?",
        ("Under 1 %", "About 5 %", "Over 20 %"),
        setup={"paint": "multiply_adds", "layer": "first"},
        setup_words="painted by multiply-adds, the first convolution chosen",
        see=see_work,
        why="Each weight of a kernel works once per place. A dense layer's weight works once per image.",
    ),
    "most": Card(
        "Who holds most, who does most?",
        "In FastCNN, does the layer with most parameters also do most of the work?",
        ("Yes, always", "Yes, here", "No"),
        setup={"paint": "multiply_adds", "layer": "busiest"},
        setup_words="painted by multiply-adds, the busiest layer chosen",
        see=see_most,
        why="Parameters count what is stored. Multiply-adds count what is done: weights times places.",
    ),
}
