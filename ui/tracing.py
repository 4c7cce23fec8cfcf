"""Graphs for the page of tensors: its board asks here, with no rerun of the page, while a leaf is moved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dlcore.errors import ConfigError
from dlcore.tensors.config import FARTHEST
from dlcore.tensors.graph import MOST_TIMES, Traced, trace
from dlcore.tensors.operations import said
from dlcore.tensors.story import scenes, sum_words
from ui import limits
from ui.answering import answered
from ui.own_routes import OwnRoute
from ui.turns import Turns

ADDRESS = "/tensors/graph"
TOO_LARGE = "These numbers are too large to show: move a leaf back."


def payload(traced: Traced) -> dict[str, Any]:
    """What a board draws: numbers as they are written, the slow motion scene by scene."""
    places = [asdict(place) for place in traced.places]
    for place in places:
        place["value"] = said(place["value"])
        place["gradient"] = None if place["gradient"] is None else said(place["gradient"])
    edges = [
        {"source": edge.source, "target": edge.target, "recorded": edge.recorded, "local": said(edge.local)}
        for edge in traced.edges
    ]
    return {
        "text": traced.text,
        "places": places,
        "edges": edges,
        "scenes": [asdict(scene) for scene in scenes(traced)],
        "grads": {name: sum_words(grads) for name, grads in traced.grads.items()},
        "refusal": traced.refusal,
    }


def asked(body: bytes) -> tuple[str, dict[str, float], int]:
    """Read a request. Raises ConfigError with a sentence if anything in it cannot be."""
    try:
        heard = json.loads(body)
    except (ValueError, RecursionError):
        heard = None
    if not isinstance(heard, dict) or not isinstance(heard.get("expression"), str):
        raise ConfigError("A board must ask with its expression.")
    times = heard.get("times")
    if type(times) is not int or not 0 <= times <= MOST_TIMES:
        raise ConfigError(f"Backward passes must be from 0 to {MOST_TIMES}.")
    return heard["expression"], _values(heard.get("values")), times


def _values(values: Any) -> dict[str, float]:
    if not isinstance(values, Mapping) or not all(_is_value(value) for value in values.values()):
        raise ConfigError(f"The leaves must be numbers from −{FARTHEST:g} to {FARTHEST:g}.")
    return {str(name): float(value) for name, value in values.items()}


def _is_value(value: Any) -> bool:
    return type(value) in (int, float) and -FARTHEST <= value <= FARTHEST


turns = Turns(limits.TRACES_PER_SECOND, 30 * limits.TRACES_PER_SECOND, at_once=limits.TRACES_SAVED_SECONDS)


async def graph(request: Request) -> Response:
    """The body names an expression, its leaves and how often to go back, in JSON; the answer is its graph."""
    per_second = limits.TRACES_PER_CPU_SECOND
    return await answered(request, lambda body: answer(*asked(body)), turns, per_second, TOO_LARGE)


def answer(text: str, values: Mapping[str, float], times: int) -> dict[str, Any]:
    """The graph; where there is none, as at 1 / 0, a sentence: a leaf may well be moved there."""
    try:
        return payload(trace(text, values, times))
    except ConfigError as error:
        return {"trouble": str(error)}


ROUTES = [OwnRoute(ADDRESS, graph, "POST")]
