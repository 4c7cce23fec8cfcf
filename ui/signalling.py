"""The stack for its board: it asks here, with no rerun of the page, after every change of a control."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dlcore.schema import parse
from dlcore.signals.config import SignalsConfig
from dlcore.signals.measures import Signals, Spread, measure
from dlcore.signals.words import words_of
from ui import limits
from ui.answering import answered, said_of
from ui.own_routes import OwnRoute
from ui.turns import Turns

ADDRESS = "/signals/measure"
TOO_LARGE = "These numbers are too large to show: choose fewer layers."
turns = Turns(limits.STACKS_PER_SECOND, 30 * limits.STACKS_PER_SECOND, at_once=limits.STACKS_SAVED_SECONDS)


def told(signals: Signals) -> dict[str, Any]:
    """As JSON has it, four digits each; None for what is no number."""
    layers = [_plain(vars(layer)) for layer in signals.layers]  # `asdict` copies every count by itself
    return {"loss": _plain(signals.loss), "layers": layers} | {
        "words": [asdict(word) for word in words_of(signals)]
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Spread):
        value = vars(value)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return value if value and type(value[0]) is int else [_plain(one) for one in value]
    return value


def _measured(body: bytes) -> dict[str, Any]:
    return told(measure(parse(SignalsConfig, said_of(body)["config"])))


async def signals(request: Request) -> Response:
    """The body is the board's config, in JSON; the answer what is seen of every layer."""
    return await answered(request, _measured, turns, limits.STACKS_PER_CPU_SECOND, TOO_LARGE)


ROUTES = [OwnRoute(ADDRESS, signals, "POST")]
