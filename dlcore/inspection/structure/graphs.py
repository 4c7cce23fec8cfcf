"""What flows into what: the steps of the forward pass, and what autograd remembers of it.

torchview's own entry replaces `nn.Module.__call__` and `torch.zeros` for the whole process while it looks.
On a server other threads would be drawn too, or get its tensors. So its recorder is put on a copy alone,
whose modules are of classes of their own: no lock is needed. torchviz replaces nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import graphviz
import torch
from torch import nn
from torchview.computation_graph import ComputationGraph
from torchview.recorder_tensor import module_forward_wrapper
from torchview.torchview import process_input
from torchviz import make_dot

from dlcore.inspection.steps import Names, leaves
from dlcore.inspection.structure.counts import Shape
from dlcore.nets.registry import private_copy

INPUT, OUTPUT = "input", "output"
IMAGE: Shape = (1, 28, 28)
DEEPEST = 100  # modules within modules

Role = Literal["operation", "parameter", "saved", "output"]
ROLES: dict[str, Role] = {  # by the colours that torchviz gives
    "lightblue": "parameter",
    "orange": "saved",
    "darkolivegreen1": "output",
    "darkolivegreen3": "output",
}


@dataclass(frozen=True)
class Edge:
    """`shape`: of what flows in a module graph, for one image. `kept`: of a tensor saved by autograd."""

    tail: str
    head: str
    shape: Shape = ()
    kept: bool = False


@dataclass(frozen=True)
class ModuleGraph:
    """The steps by name, in their order, between "input" and "output"."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class AutogradNode:
    """An operation of the backward pass, or a tensor it needs; `words` may have two lines."""

    name: str
    words: str
    role: Role


@dataclass(frozen=True)
class AutogradGraph:
    """Edges lead from the parameters to the output; the backward pass goes against them."""

    nodes: tuple[AutogradNode, ...]
    edges: tuple[Edge, ...]

    def count(self, role: Role) -> int:
        return sum(node.role == role for node in self.nodes)


def module_graph(model: nn.Module) -> ModuleGraph:
    """The steps of `model`, which takes IMAGE, and what flows between them. The model stays as it is."""
    copy = private_copy(model)
    names = {id(module): name for module, name in leaves(copy).items()}
    recorded: Any
    recorded, _, inputs = process_input(torch.zeros(1, *IMAGE), None, {}, "cpu")
    graph = ComputationGraph(
        graphviz.Digraph(),
        inputs,
        hide_inner_tensors=True,
        hide_module_functions=True,
        depth=DEEPEST,
    )
    call = module_forward_wrapper(graph)
    for module in copy.modules():
        module.__class__ = type(type(module).__name__, (type(module),), {"__call__": call})
    with torch.no_grad():
        copy(recorded[0])
    graph.fill_visual_graph()
    unique, known = Names(), dict[int, str]()

    def name_of(node: Any) -> str:
        if id(node) not in known:
            known[id(node)] = _plain_name(node, names, unique)
        return known[id(node)]

    edges = tuple(Edge(name_of(tail), name_of(head), _shape(tail)) for tail, head in graph.edge_list)
    return ModuleGraph(tuple(known.values()), edges)


def _plain_name(node: Any, names: dict[int, str], unique: Names) -> str:
    if not hasattr(node, "compute_unit_id"):
        return OUTPUT if node.name == "output-tensor" else INPUT
    return unique(names.get(node.compute_unit_id, node.name))


def _shape(tail: Any) -> Shape:
    """What leaves a node, for one image."""
    shape = tail.output_shape[0] if hasattr(tail, "output_shape") else tail.tensor_shape
    return tuple(shape[1:])


def autograd_graph(model: nn.Module, *, saved: bool) -> AutogradGraph:
    """What the backward pass of one image would walk through; with the tensors `saved` for it, if asked.

    The model, which takes IMAGE, stays as it is.
    """
    copy = private_copy(model).requires_grad_(True)
    with torch.enable_grad():
        drawn = make_dot(copy(torch.zeros(1, *IMAGE)), params=dict(copy.named_parameters()), show_saved=saved)
    return _read(drawn.body)


NODE = re.compile(r'^\t(\d+) \[label=(?:"(?P<long>[^"]*)"|(?P<word>\w+))(?: fillcolor=(?P<colour>\w+))?\]$')
EDGE = re.compile(r"^\t(\d+) -> (\d+)(?P<saved> \[dir=none\])?$")


def _read(lines: list[str]) -> AutogradGraph:
    """torchviz names nodes after addresses and colours them by role: here they get numbers and roles."""
    nodes, edges, numbers = dict[str, AutogradNode](), list[Edge](), dict[str, str]()

    def number(address: str) -> str:
        return numbers.setdefault(address, f"n{len(numbers)}")

    for statement in (line.rstrip() for line in lines):
        if found := NODE.match(statement):
            name = number(found[1])
            words = (found["long"] if found["long"] is not None else found["word"]).strip()
            role = ROLES.get(found["colour"] or "", "operation")
            nodes[name] = AutogradNode(name, re.sub(r"\s*\n\s*", "\n", words), role)
        elif found := EDGE.match(statement):
            tail, head = number(found[1]), number(found[2])
            edges.append(Edge(head, tail, kept=True) if found["saved"] else Edge(tail, head))
    return AutogradGraph(tuple(nodes.values()), tuple(dict.fromkeys(edges)))
