"""A network's structure in words: its finding, and how biases and views are counted."""

from __future__ import annotations

from dlcore.inspection.structure.structure import Structure
from dlcore.words import percent


def headline(structure: Structure) -> str:
    """Which layer holds most and which does most (Markdown)."""
    held, busy = structure.most("parameters"), structure.most("multiply_adds")
    holds, works = structure.shares("parameters"), structure.shares("multiply_adds")
    if held == busy:
        second = max((layer for layer in structure.layers if layer != busy), key=lambda x: works[x.name])
        return (
            f"**{held.name}** holds {percent(holds[held.name])} of the parameters and does "
            f"{percent(works[held.name])} of the work. **{second.name}** holds {percent(holds[second.name])} "
            f"and does {percent(works[second.name])}."
        )
    return (
        f"**{held.name}** holds {percent(holds[held.name])} of the parameters. "
        f"**{busy.name}** does {percent(works[busy.name])} of the work."
    )


def about_biases(structure: Structure) -> str:
    """Why torchinfo's total is another."""
    biases = structure.torchinfo_multiply_adds - structure.multiply_adds
    here = f", {biases:,} here,"
    if any("Norm" in layer.kind for layer in structure.layers):
        here = ", and of a norm each weight once, not at each place,"
    return (
        f"Biases are added, not multiplied: they do not count as work. torchinfo counts them too{here} and "
        f"comes to {structure.torchinfo_multiply_adds:,}. It lists modules alone, no functions like relu."
    )


def about_views(structure: Structure) -> str:
    """Which steps count as nothing, and why; empty if there are none."""
    views = [layer.name for layer in structure.layers if not layer.new]
    if not views:
        return ""
    one = len(views) == 1
    names = " and ".join(filter(None, (", ".join(views[:-1]), views[-1])))
    sentence = (
        f"{names} count{'s' if one else ''} as nothing: {'it hands' if one else 'they hand'} on the numbers "
        f"{'it' if one else 'they'} got."
    )
    if any(layer.kind == "Dropout" and not layer.new for layer in structure.layers):
        sentence += " Dropout changes numbers in training alone."
    return sentence
