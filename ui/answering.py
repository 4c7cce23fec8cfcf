"""How a board's question is answered with no rerun of its page: in turn, and errors in a sentence."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from dlcore.errors import ConfigError, DlcoreError
from ui import limits
from ui.doors import address_of
from ui.identity import owner_in
from ui.turns import Turns

_one_at_a_time = CapacityLimiter(1)  # strokes and pages have the other turns
_in_flight: Counter[str] = Counter()  # questions of each owner that are not answered yet


def said_of(body: bytes) -> dict[str, Any]:
    """What a board says. Raises ConfigError if it is not JSON with a config in it."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("config"), dict):
        raise ConfigError("A board must ask with its config.")
    return said


async def answered(
    request: Request,
    work: Callable[[bytes], dict[str, Any]],
    turns: Turns,
    per_cpu_second: float,
    too_large: str,
) -> Response:
    """`work` in a thread, one at a time; a second of it counts as `per_cpu_second` questions of its asker.

    `too_large` is what is said where it gives what is no number.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return PlainTextResponse("A board must ask in JSON.", 415)  # so no other site's page can
    owner = owner_in(request.headers.get("cookie", "")) or ""
    if not turns.allow(address_of(request.scope), owner):
        return PlainTextResponse("Too many changes at once: wait a second.", 429)
    if _in_flight[owner] >= limits.QUESTIONS_IN_FLIGHT or _in_flight.total() >= limits.QUESTIONS_WAITING:
        return PlainTextResponse("Too many changes at once: wait a second.", 429)
    _in_flight[owner] += 1
    try:
        return await _in_turn(request, owner, work, turns, per_cpu_second, too_large)
    finally:
        _in_flight[owner] -= 1
        if not _in_flight[owner]:
            del _in_flight[owner]


async def _in_turn(
    request: Request,
    owner: str,
    work: Callable[[bytes], dict[str, Any]],
    turns: Turns,
    per_cpu_second: float,
    too_large: str,
) -> Response:
    body = await request.body()

    def charged() -> dict[str, Any]:
        began = time.thread_time()
        try:
            with np.errstate(all="ignore"):  # what is not finite is refused below
                return work(body)
        finally:
            turns.charge(owner, per_cpu_second * (time.thread_time() - began))

    try:
        answer = await to_thread.run_sync(charged, limiter=_one_at_a_time)
    except DlcoreError as error:
        return PlainTextResponse(str(error), 400)
    try:
        return JSONResponse(answer)
    except ValueError:  # JSON has no word for what is not finite
        return PlainTextResponse(too_large, 400)
