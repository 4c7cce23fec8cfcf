"""The vote on a stroke that goes on: the browser asks here, with no rerun of the page."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from dlcore.errors import UploadError
from dlcore.mnist.canvas import to_digit
from dlcore.serving.predictor import Predictor
from ui import limits
from ui.components.vote.component import bars_of, decode_ink
from ui.doors import address_of
from ui.own_routes import OwnRoute
from ui.pace import DRAWING, SHORTEST
from ui.turns import Turns


@dataclass(frozen=True)
class Canvas:
    """One page's canvas: whose it is, which network reads it, and how a digit is prepared for it."""

    owner: str
    predictor: Predictor
    centered: bool

    def read(self, ink: NDArray[np.uint8]) -> dict[str, Any] | None:
        """The bars of the (H, W) ink so far; None while there is none."""
        try:
            pixels = to_digit(ink, centered=self.centered)
        except UploadError:
            return None
        return bars_of(pixels, self.predictor.predict(pixels), self.predictor.names)


@dataclass
class LiveVotes:
    """The canvases that may ask. A name that cannot be guessed stands for each: only its page knows it.

    A canvas is known as long as its page holds it: with the page it goes, and the network it held.
    """

    _canvases: WeakValueDictionary[str, Canvas] = field(default_factory=WeakValueDictionary)

    def admit(self, canvas: Canvas, name: str = "") -> str:
        """The name by which this canvas asks from now on; with a name, that canvas is this one now."""
        name = name or secrets.token_urlsafe(16)
        self._canvases[name] = canvas
        return name

    def canvas(self, name: str) -> Canvas | None:
        return self._canvases.get(name)


votes = LiveVotes()


def fair_turns(clock: Callable[[], float] = time.monotonic) -> Turns:
    """A class of thirty behind one address may draw at once."""
    return Turns(2 / SHORTEST, limits.MESSAGES_PER_SECOND_BY_ADDRESS, clock=clock)


turns = fair_turns()


async def vote(request: Request) -> Response:
    """The body is the ink so far; the answer its bars, and the milliseconds until the next question."""
    canvas = votes.canvas(request.path_params["name"])
    if canvas is None:
        return PlainTextResponse("This canvas is no longer known: reload the page.", 404)
    if not turns.allow(address_of(request.scope), canvas.owner):
        return PlainTextResponse("Too many strokes at once: wait a second.", 429)
    ink = decode_ink(await request.body())
    if ink is None:
        return PlainTextResponse(f"Send {limits.INK_BYTES:,} grey levels, a byte each.", 400)
    # Half a millisecond: handing it to a thread and back costs as much.
    return JSONResponse({"every": 1000 * DRAWING.seconds(canvas.owner), "vote": canvas.read(ink)})


ROUTES = [OwnRoute("/vote/{name}", vote, "POST")]
