"""How a board's question is answered with no rerun of its page: in turn."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from dlcore.errors import ConfigError
from ui.admission import admission
from ui.doors import address_of
from ui.identity import owner_in
from ui.line import Full, Line
from ui.turns import Turns

_line, _thread = Line(), CapacityLimiter(1)  # of all boards: strokes and pages have the other threads
TOO_MANY = "Too many changes at once: wait a second."


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
    """`work` in a thread, in turn. A second of it counts as `per_cpu_second` questions of its asker.

    `too_large` is what is said where it gives what is no number.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return PlainTextResponse("A board must ask in JSON.", 415)  # so no other site's page can
    address = address_of(request.scope)
    owner = admission.asker(owner_in(request.headers.get("cookie", "")), address)
    if not turns.allow(address, owner):
        return PlainTextResponse(TOO_MANY, 429)
    body = await request.body()

    def charged() -> dict[str, Any]:
        began = time.thread_time()
        try:
            with np.errstate(all="ignore"):  # what is not finite is refused below
                return work(body)
        finally:  # what came to nothing took as long
            turns.charge(owner, per_cpu_second * (time.thread_time() - began))

    try:
        async with _line.turn(address, owner):
            answer = await to_thread.run_sync(charged, limiter=_thread)
    except Full:
        return PlainTextResponse(TOO_MANY, 429)
    try:
        return JSONResponse(answer)
    except ValueError:  # JSON has no word for what is not finite
        return PlainTextResponse(too_large, 400)
