"""A network's graphs in the DOT language. Who draws it does not know the theme: the colours are set here."""

from __future__ import annotations

from itertools import pairwise

from dlcore.figures.palette import PALETTES, Palette, Theme, mixed
from dlcore.inspection.structure.graphs import INPUT, OUTPUT, AutogradGraph, AutogradNode, Edge
from dlcore.inspection.structure.structure import Layer, Paint, Structure
from dlcore.words import percent, shape_words

FONT, FONT_SIZE, SMALL = "sans-serif", 13, 12  # points: 16 pixels are 12
STRONGEST = 0.55  # how much of the blue the largest share takes: its words must stay readable
LEAF = "AccumulateGrad"  # what autograd calls the end at a parameter
COLUMN = 5  # steps below each other, at most, before the next column begins
LOOKS = {  # of an autograd node by role, beside its colour
    "operation": "filled,rounded",
    "parameter": "filled",
    "saved": "filled,dashed",
    "output": "filled,bold",
}


def module_dot(
    structure: Structure, paint: Paint, theme: Theme, *, chosen: str = "", upright: bool = False
) -> str:
    """Boxes: name, kind, amount and share; the bluer, the more. On the edges the shape of what flows.

    A long chain is folded into columns, unless it is to stand `upright`, as on a phone.
    """
    colours = PALETTES[theme]
    lines = [
        f'{_quoted(name)} [label="{name}", shape=plain, style="", fontcolor="{colours.muted}"];'
        for name in (INPUT, OUTPUT)
    ]
    lines += [_box(layer, paint, colours, chosen=layer.name == chosen) for layer in structure.layers]
    columns = [list(structure.graph.nodes)] if upright else _columns(structure)
    together = {(tail, head) for column in columns for tail in column for head in column}
    lines += [_edge(edge, within=(edge.tail, edge.head) in together) for edge in structure.graph.edges]
    lines.append("{rank=same; " + "; ".join(_quoted(column[0]) for column in columns) + ";}")
    return _graph(lines, colours)


def module_alt(structure: Structure, paint: Paint) -> str:
    """The finding of the painted graph in words."""
    steps = f"The steps of {structure.net}: {', '.join(layer.name for layer in structure.layers)}."
    most = max(paint.shares, key=paint.shares.__getitem__)
    if not paint.shares[most]:
        return steps
    return f"{steps} Most {paint.title.lower()}: {most} with {percent(paint.shares[most])}."


def autograd_dot(graph: AutogradGraph, theme: Theme) -> str:
    """Operations round, parameters blue, what is kept for them dashed; arrows as in the forward pass."""
    colours = PALETTES[theme]
    lines = [_autograd_node(node, colours) for node in graph.nodes]
    inner = {node.name for node in graph.nodes if node.role == "operation" and node.words != LEAF}
    for edge in graph.edges:
        spine = " [weight=20]" if {edge.tail, edge.head} <= inner else ""  # it stands upright
        lines.append(f"{edge.tail} -> {edge.head}{' [dir=none, style=dashed]' if edge.kept else spine};")
    return _graph(lines, colours)


def autograd_alt(graph: AutogradGraph) -> str:
    operations, parameters, saved = (graph.count(role) for role in ("operation", "parameter", "saved"))
    kept = f" {saved} more tensors are kept for it." if saved else ""
    return f"Autograd graph: {operations} operations lead from {parameters} parameters to the output.{kept}"


def _box(layer: Layer, paint: Paint, colours: Palette, *, chosen: bool) -> str:
    """What it is, below it how much of the painted quantity."""
    share, most = paint.shares[layer.name], max(paint.shares.values()) or 1.0
    fill = mixed(colours.train, colours.background, STRONGEST * share / most)
    outline, width = (colours.text, 3) if chosen else (colours.muted, 1)
    amount = paint.words[layer.name]
    below = f"{amount} · {percent(share)}" if share else amount
    label = _quoted(_what(layer) + "\n" + below).replace("\n", "\\n")
    return f'{_quoted(layer.name)} [label={label}, fillcolor="{fill}", color="{outline}", penwidth={width}];'


def _what(layer: Layer) -> str:
    """ "conv1: Conv2d 5×5"; a function has its name alone."""
    window = f" {shape_words(layer.kernel)}" if layer.kernel else ""
    return f"{layer.name}: {layer.kind}{window}" if layer.module else layer.name


def _columns(structure: Structure) -> list[list[str]]:
    """A chain is folded: a new column begins with a layer that has weights. Anything else stays as it is."""
    nodes, edges = structure.graph.nodes, structure.graph.edges
    if [(edge.tail, edge.head) for edge in edges] != list(pairwise(nodes)):
        return [list(nodes)]
    heavy = [i for i, name in enumerate(nodes[1:-1], 1) if structure.named(name).counts.num_params]
    blocks = [list(nodes[begin:end]) for begin, end in pairwise([0, *heavy[1:], len(nodes)])]
    columns = [blocks[0]]
    for block in blocks[1:]:
        if len(columns[-1]) + len(block) > COLUMN:
            columns.append(block)
        else:
            columns[-1] = columns[-1] + block
    return columns


def _edge(edge: Edge, *, within: bool) -> str:
    """From column to column it goes from side to side, and does not push one below the other."""
    across = "" if within else ", constraint=false, tailport=e, headport=w"
    return f'{_quoted(edge.tail)} -> {_quoted(edge.head)} [label="  {shape_words(edge.shape)}"{across}];'


def _quoted(name: str) -> str:
    """As DOT takes it: "pool2", in quotes."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _autograd_node(node: AutogradNode, colours: Palette) -> str:
    fills = {"operation": colours.grid, "parameter": mixed(colours.train, colours.background, 0.3)}
    words = node.words.replace('"', '\\"').replace("\n", "\\n")
    fill = fills.get(node.role, colours.background)
    return f'{node.name} [label="{words}", style="{LOOKS[node.role]}", fillcolor="{fill}"];'


def _graph(lines: list[str], colours: Palette) -> str:
    node = f'shape=box, style="filled,rounded", fontname="{FONT}", fontsize={FONT_SIZE}, margin="0.12,0.03"'
    edge = f'fontname="{FONT}", fontsize={SMALL}, color="{colours.muted}", fontcolor="{colours.text}"'
    head = [
        f'bgcolor="{colours.background}"; rankdir=TB; nodesep=0.35; ranksep=0.24;',
        f'node [{node}, color="{colours.muted}", fontcolor="{colours.text}"];',
        f"edge [{edge}];",
    ]
    return "\n\t".join(["digraph {", *head, *lines]) + "\n}\n"
