"""The slow motion of an expression: values forward, then gradients back, one node at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dlcore.tensors.graph import Edge, Place, Traced
from dlcore.tensors.operations import said

MOST_TERMS = 3  # of a sum that is written out


@dataclass(frozen=True)
class Scene:
    """`shown` are the nodes whose value is there, `blamed` those whose gradient is; `now` is looked at."""

    now: int
    shown: tuple[int, ...]
    blamed: tuple[int, ...]
    words: str


def scenes(traced: Traced) -> tuple[Scene, ...]:
    """First the inputs, then each operation; then, once somebody went back, from the end to the leaves."""
    inputs = [place.number for place in traced.places if place.kind != "operation"]
    operations = [place for place in traced.places if place.kind == "operation"]
    shown, found = tuple(inputs), list[Scene]()
    for place in operations:
        shown += (place.number,)
        kept = f"torch notes {place.grad_fn}" if place.grad_fn else "torch notes nothing"
        found.append(
            Scene(place.number, shown, (), f"Forward: {place.text} = {said(place.value)}. {_end(kept)}")
        )
    if traced.refusal:
        return (*found, Scene(operations[-1].number, shown, (), f"Backward: torch refuses. {traced.refusal}"))
    if not any(traced.grads.values()):
        return tuple(found)
    blamed: tuple[int, ...] = ()
    for place in _backwards(traced):
        blamed += (place.number,)
        found.append(Scene(place.number, shown, blamed, _back_words(traced, place)))
    return tuple(found)


def _end(kept: str) -> str:
    return f"{kept[0].upper()}{kept[1:]}."


def _backwards(traced: Traced) -> Sequence[Place]:
    """A node comes once all that read it have come. Places stand in the order in which they were computed."""
    reached = {edge.source for edge in traced.edges if edge.recorded} | {traced.places[-1].number}
    operations = [place for place in traced.places if place.kind == "operation" and place.number in reached]
    leaves = [place for place in traced.places if place.kind == "leaf" and place.number in reached]
    return [place for place in (*reversed(operations), *leaves) if place.gradient is not None]


def _back_words(traced: Traced, place: Place) -> str:
    out = [edge for edge in traced.edges if edge.recorded and edge.source == place.number]
    if not out:
        return f"Backward starts at the end: {place.text} changes 1 for 1 with itself. Gradient 1."
    arriving = [edge for edge in out if traced.places[edge.target].gradient is not None]
    products = [f"{said(traced.places[edge.target].gradient or 0.0)} × {_factor(edge)}" for edge in arriving]
    rules = "; ".join(dict.fromkeys(f"slope of {traced.places[e.target].text}: {e.rule}" for e in arriving))
    total = said(place.gradient or 0.0)
    sums = " + ".join(said(edge.flows) for edge in arriving)
    line = f"{' + '.join(products)} = {f'{sums} = ' if len(arriving) > 1 else ''}{total}"
    adds = " AccumulateGrad adds it to .grad." if place.kind == "leaf" else ""
    return f"Back to {place.text}: {line} ({rules}).{adds}"


def _factor(edge: Edge) -> str:
    return f"({said(edge.local)})" if edge.local < 0 else said(edge.local)


def sum_words(grads: Sequence[float]) -> str:
    """What `.grad` is, as the sum that it has become: "6 + 6 = 12", and in short "5 × 6 = 30"."""
    if not grads:
        return "None"
    steps = [now - before for before, now in zip((0.0, *grads), grads, strict=False)]
    if len(grads) == 1:
        return said(grads[0])
    written, total = [_rounded(step) for step in steps], said(grads[-1])
    equals = "=" if math.isclose(sum(written), _rounded(grads[-1]), rel_tol=1e-9, abs_tol=1e-12) else "≈"
    if len(steps) > MOST_TERMS and len(set(written)) == 1:
        return f"{len(steps)} × {said(steps[0])} {equals} {total}"
    terms = said(steps[0]) + "".join(f" {'−' if step < 0 else '+'} {said(abs(step))}" for step in steps[1:])
    return f"{terms} {equals} {total}"


def _rounded(value: float) -> float:
    """As it is written."""
    return float(said(value).replace("−", "-"))
