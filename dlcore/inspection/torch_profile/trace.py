"""From torch.profiler's events to operators, layers and memory."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any

from dlcore.inspection.phases import Part, Phase
from dlcore.inspection.torch_profile.result import LayerTime, Operator, StepMemory

LAYER, STEP = "layer:", "whole step"  # our own marks among the events
ENGINE, OPTIMIZER = "autograd::engine::evaluate_function", "Optimizer.step"
BOOKKEEPING = "autograd's bookkeeping"
PYTHON = "Python in between"
MEMORY = "[memory]"  # what torch says when it frees outside of any operator
MOST_POINTS = 400  # of a curve


def quickest_step(events: Sequence[Any]) -> list[Any]:
    """Of several steps, the events of the one that took least: others disturbed it least."""
    step = min((event for event in events if event.name == STEP), key=lambda event: event.cpu_time_total)
    began, ended = step.time_range.start, step.time_range.end
    return [event for event in events if began <= event.time_range.start <= ended]


def step_milliseconds(events: Iterable[Any]) -> float:
    return _total(event for event in events if event.name == STEP)


def optimizer_milliseconds(events: Iterable[Any]) -> float:
    return _total(event for event in events if event.name.startswith(OPTIMIZER))


def operators_of(events: Iterable[Any]) -> tuple[Operator, ...]:
    """Own time, calls and memory. What runs outside of all operators is Python's."""
    calls, own, held = defaultdict[str, int](int), defaultdict[str, float](float), defaultdict[str, int](int)
    for event in events:
        name = _named(event)
        calls[name] += 1
        own[name] += event.self_cpu_time_total / 1000
        held[name] += event.self_cpu_memory_usage
    calls.pop(MEMORY, None)
    found = [Operator(name, calls[name], own[name], held[name]) for name in calls]
    return tuple(sorted(found, key=lambda operator: -operator.own))


def layers_of(events: Iterable[Any], names: Iterable[str]) -> tuple[LayerTime, ...]:
    """Each layer's way there is what runs within its mark.

    Its way back is found by numbers: autograd gives one to each operation that it remembers, and the
    function that goes back through it has the same.
    """
    forward, backward = defaultdict[str, float](float), defaultdict[str, float](float)
    made_by: dict[int, str] = {}  # autograd's number -> the layer
    for event in sorted(events, key=lambda e: e.time_range.start):
        if event.name.startswith(LAYER):
            forward[event.name.removeprefix(LAYER)] += event.cpu_time_total / 1000
        elif event.name.startswith(ENGINE):
            backward[made_by.get(event.sequence_nr, "")] += event.cpu_time_total / 1000
        elif event.sequence_nr >= 0 and not _under(event, ENGINE):
            # An operation that is not remembered bears the number of the next one that is: the last has it.
            made_by[event.sequence_nr] = _under(event, LAYER).removeprefix(LAYER)
    return tuple(LayerTime(name, forward[name], backward[name]) for name in names)


def phases_of(events: Sequence[Any]) -> tuple[Phase, ...]:
    """A step from its beginning to its end, in parts.

    Forward begins with the first layer, backward with autograd's first function, the update with the
    optimizer; what comes before a first layer is loading. A large batch passes in pieces: these follow each
    other.
    """
    step = next(event for event in events if event.name == STEP)
    began = over = begin = step.time_range.start
    part: Part = "load"
    phases: list[Phase] = []

    def close(end: float) -> None:
        phases.append(Phase(part, (begin - began) / 1000, (end - began) / 1000))

    for event in sorted(events, key=lambda e: e.time_range.start):
        now = _part(event)
        if now is None:
            continue
        if now == "forward" and part == "backward":  # the next piece is loaded
            close(over)
            part, begin = "load", over
        if now != part:
            close(event.time_range.start)
            part, begin = now, event.time_range.start
        over = max(over, event.time_range.end)
    close(step.time_range.end)
    return tuple(phases)


def _part(event: Any) -> Part | None:
    """What this event is the mark of."""
    marks: dict[str, Part] = {LAYER: "forward", ENGINE: "backward", OPTIMIZER: "update"}
    return next((part for mark, part in marks.items() if event.name.startswith(mark)), None)


def memory_of(events: Sequence[Any]) -> StepMemory:
    """Bytes allocated and freed, added up along one step."""
    began = next(event for event in events if event.name == STEP).time_range.start
    changes = sorted(
        (event.time_range.end - began, event.self_cpu_memory_usage)
        for event in events
        if event.self_cpu_memory_usage
    )
    times = [0.0, *(time / 1000 for time, _ in changes)]
    levels = list(accumulate((change / 1e6 for _, change in changes), initial=0.0))
    keep = _few(times, levels)
    return StepMemory(
        tuple(times[i] for i in keep),
        tuple(levels[i] for i in keep),
        _first(events, ENGINE, began),
        _first(events, OPTIMIZER, began),
    )


def _few(times: Sequence[float], levels: Sequence[float]) -> list[int]:
    """Of many places, the highest in each of MOST_POINTS equal stretches of time, the first and the last."""
    if len(times) <= MOST_POINTS:
        return list(range(len(times)))
    ends = [times[-1] * (n + 1) / MOST_POINTS for n in range(MOST_POINTS)]
    cuts = [0, *(bisect_right(times, end) for end in ends)]
    spans = [range(a, b) for a, b in pairwise(cuts) if a < b]
    return sorted({0, *(max(span, key=levels.__getitem__) for span in spans), len(times) - 1})


def _first(events: Iterable[Any], beginning: str, began: float) -> float:
    """Milliseconds from the step's beginning to the first such event."""
    starts = [event.time_range.start for event in events if event.name.startswith(beginning)]
    return float(min(starts) - began) / 1000


def _under(event: Any, beginning: str) -> str:
    """The name of the nearest event around this one that begins so; "" if there is none."""
    around = event.cpu_parent
    while around is not None:
        if around.name.startswith(beginning):
            return str(around.name)
        around = around.cpu_parent
    return ""


def _named(event: Any) -> str:
    name = str(event.name)
    if name.startswith(ENGINE) or name.endswith("Backward0") or "AccumulateGrad" in name:
        return BOOKKEEPING
    if event.is_user_annotation:
        return PYTHON
    return name.removeprefix("aten::")


def _total(events: Iterable[Any]) -> float:
    return float(sum(event.cpu_time_total for event in events)) / 1000
