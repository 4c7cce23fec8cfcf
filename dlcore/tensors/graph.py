"""An expression run by torch, and the graph that torch built of it: walked from the end by `grad_fn`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from dlcore.errors import ConfigError
from dlcore.tensors.grammar import Node, read
from dlcore.tensors.operations import OPERATIONS, SYMBOLS, local_words, said

MOST_TIMES = 12  # backward passes in a row


@dataclass(frozen=True)
class Edge:
    """From an input to the operation that reads it. `local` is the slope; `recorded`: torch can go back."""

    source: int
    target: int
    local: float = 0.0
    rule: str = ""
    flows: float = 0.0  # gradient behind it × local
    recorded: bool = False


@dataclass(frozen=True)
class Place:
    """A node of the picture: a leaf, a number or an operation."""

    number: int
    kind: str  # "leaf", "number" or "operation"
    text: str  # what it computes
    symbol: str
    grad_fn: str  # torch's name; "" where torch keeps none
    value: float
    gradient: float | None  # None where no gradient arrives
    column: int
    row: float


@dataclass(frozen=True)
class Traced:
    """`grads` has, for each leaf, what `.grad` is after each backward pass; `refusal` torch's own words."""

    text: str
    places: tuple[Place, ...]
    edges: tuple[Edge, ...]
    grads: Mapping[str, tuple[float, ...]]
    refusal: str = ""

    @property
    def result(self) -> float:
        return self.places[-1].value

    def leaf(self, name: str) -> Place:
        return next(place for place in self.places if place.kind == "leaf" and place.symbol == name)


class _Run:
    """One evaluation. Tensors stay alive as long as it: torch's graph is known by their identity."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.leaves = {
            name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
            for name, value in values.items()
        }
        self.nodes: list[Node] = []
        self.tensors: list[torch.Tensor | float] = []
        self.reads: list[tuple[int, ...]] = []
        self._known: dict[str, int] = {}

    def add(self, node: Node) -> int:
        if node.name in self._known:
            return self._known[node.name]
        parts = tuple(self.add(part) for part in node.parts)
        tensor: torch.Tensor | float
        if node.operation:
            inputs = [self.tensors[part] for part in parts]
            if not any(isinstance(each, torch.Tensor) for each in inputs):  # numbers alone
                inputs[0] = torch.tensor(inputs[0], dtype=torch.float64)
            tensor = OPERATIONS[node.operation](*inputs)
            _check(node, tensor)
            if tensor.requires_grad:
                tensor.retain_grad()
        elif node.name:
            tensor = self.leaves[node.name]
            self._known[node.name] = len(self.nodes)
        else:
            tensor = node.value
        self.nodes.append(node)
        self.tensors.append(tensor)
        self.reads.append(parts)
        return len(self.nodes) - 1


def _check(node: Node, tensor: torch.Tensor) -> None:
    if not math.isfinite(tensor.item()):
        if node.operation == "/" and node.parts:
            raise ConfigError(
                f"{node.parts[1].text} is 0 here, and nothing can be divided by 0: move a leaf."
            )
        raise ConfigError(f"{node.text} is no finite number here: move a leaf, or change the expression.")


def trace(text: str, values: Mapping[str, float], times: int = 1) -> Traced:
    """Evaluate, go back `times` times without clearing `.grad`, and draw up what torch recorded.

    Raises ConfigError, one sentence, if it cannot be read or a number in it is not finite.
    """
    node = read(text)
    values = {name: values.get(name, 1.0) for name in node.names}
    run = _Run(values)
    run.add(node)
    recorded = _recorded(run)
    refusal, passes = _go_back(run, node, times)
    gradients = [_gradient(tensor) for tensor in run.tensors]
    edges = _edges(run, recorded, gradients)
    return Traced(node.text, _places(run, gradients), edges, passes, refusal)


def _gradient(value: torch.Tensor | float) -> float | None:
    return value.grad.item() if isinstance(value, torch.Tensor) and value.grad is not None else None


def _go_back(run: _Run, node: Node, times: int) -> tuple[str, dict[str, tuple[float, ...]]]:
    """Once in this run, for the picture; then as often as asked, with a graph made anew each time."""
    root = run.tensors[-1]
    assert isinstance(root, torch.Tensor)
    try:
        root.backward()
    except RuntimeError as error:
        return str(error).splitlines()[0], dict.fromkeys(run.leaves, ())
    again = _Run({name: leaf.item() for name, leaf in run.leaves.items()})
    passes: dict[str, tuple[float, ...]] = dict.fromkeys(run.leaves, ())
    for _ in range(times):
        again.nodes, again.tensors, again.reads, again._known = [], [], [], {}
        again.add(node)
        result = again.tensors[-1]
        assert isinstance(result, torch.Tensor)
        result.backward()
        for name, leaf in again.leaves.items():
            if leaf.grad is not None:
                passes[name] += (leaf.grad.item(),)
    for name, grads in passes.items():
        if not all(map(math.isfinite, grads)):
            raise ConfigError(f"The slope in {name} is not finite here: move a leaf a little.")
    return "", passes


def _recorded(run: _Run) -> set[tuple[int, int]]:
    """The arrows as torch has them: each `grad_fn` names those it goes back to."""
    whose: dict[Any, int] = {}
    for number, tensor in enumerate(run.tensors):
        if isinstance(tensor, torch.Tensor) and tensor.grad_fn is not None:
            whose[tensor.grad_fn] = number
    leaves = {id(tensor): number for number, tensor in enumerate(run.tensors)}
    found = set()
    for function, target in whose.items():
        for before, _ in function.next_functions:
            if before is None:
                continue
            leaf = getattr(before, "variable", None)
            found.add((leaves[id(leaf)] if leaf is not None else whose[before], target))
    return found


def _edges(run: _Run, recorded: set[tuple[int, int]], gradients: Sequence[float | None]) -> tuple[Edge, ...]:
    edges = []
    for target, parts in enumerate(run.reads):
        if not parts:
            continue
        operation, inputs = run.nodes[target].operation, [_plain(run.tensors[part]) for part in parts]
        gives = _plain(run.tensors[target])
        slopes = _slopes(operation, inputs)
        for place, source in enumerate(parts):
            if (source, target) not in recorded:
                edges.append(Edge(source, target))
                continue
            if not math.isfinite(slopes[place]):
                raise ConfigError(
                    f"The slope of {run.nodes[target].text} is not finite here: move a leaf a little."
                )
            behind = gradients[target]
            edges.append(
                Edge(
                    source,
                    target,
                    slopes[place],
                    local_words(operation, inputs, gives, place, slopes[place]),
                    slopes[place] * (behind or 0.0),
                    recorded=True,
                )
            )
    return tuple(edges)


def _plain(value: torch.Tensor | float) -> float:
    return value.item() if isinstance(value, torch.Tensor) else value


def _slopes(operation: str, inputs: Sequence[float]) -> tuple[float, ...]:
    """By torch, of this one operation alone."""
    leaves = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in inputs]
    result = OPERATIONS[operation](*leaves)
    if not result.requires_grad:  # detach
        return (0.0,) * len(inputs)
    return tuple(slope.item() for slope in torch.autograd.grad(result, leaves))


def _places(run: _Run, gradients: Sequence[float | None]) -> tuple[Place, ...]:
    columns: list[int] = []
    for parts in run.reads:
        columns.append(1 + max((columns[part] for part in parts), default=-1))
    rows = _rows(run, columns)
    found = []
    for number, (node, tensor) in enumerate(zip(run.nodes, run.tensors, strict=True)):
        grad_fn = "AccumulateGrad" if node.name else ""
        if isinstance(tensor, torch.Tensor) and tensor.grad_fn is not None:
            grad_fn = tensor.grad_fn.name()
        found.append(
            Place(
                number,
                "operation" if node.operation else "leaf" if node.name else "number",
                node.text,
                _symbol(node),
                grad_fn,
                _plain(tensor),
                gradients[number],
                columns[number],
                rows[number],
            )
        )
    return tuple(found)


def _symbol(node: Node) -> str:
    """What stands in the picture. Torch's graph has no numbers: they stand with the operation."""
    if not node.operation:
        return node.name or said(node.value)
    symbol = SYMBOLS.get(node.operation, node.operation)
    if len(node.parts) < 2:
        return symbol
    left, right = (said(part.value) if _is_number(part) else "" for part in node.parts)
    return f"{left} {symbol} {right}".strip()


def _is_number(node: Node) -> bool:
    return not node.operation and not node.name


def _rows(run: _Run, columns: Sequence[int]) -> list[float]:
    """Inputs one below the other; an operation in the middle of what it reads, moved on where taken."""
    taken: set[tuple[int, float]] = set()
    rows: list[float] = []
    for number, parts in enumerate(run.reads):
        if _is_number(run.nodes[number]):
            rows.append(0.0)
            continue
        reads = [rows[part] for part in parts if not _is_number(run.nodes[part])]
        row = round(sum(reads) / len(reads) * 2) / 2 if reads else 0.0
        while any(column == columns[number] and abs(row - other) < 1 for column, other in taken):
            row += 0.5
        taken.add((columns[number], row))
        rows.append(row)
    return rows
