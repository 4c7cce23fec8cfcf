"""Whose runs a browser shows: opened again elsewhere by a short code, or forgotten here.

Both are plain forms that answer with another cookie, which no page script could set.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from ui import services
from ui.middleware import OWNER_COOKIE, owner_cookie

WRONG_CODES = 60  # per WINDOW_SECONDS, of everybody together: nobody guesses 31 ** 8
WINDOW_SECONDS = 60.0

_wrong: deque[float] = deque(maxlen=WRONG_CODES)


async def reopen(request: Request) -> Response:
    """Become the owner whose code this is."""
    if not _from_here(request):
        return PlainTextResponse("This form must be sent from the lab's own page.", 403)
    if len(_wrong) == WRONG_CODES and time.monotonic() - _wrong[0] < WINDOW_SECONDS:
        return PlainTextResponse("Too many wrong codes: wait a minute, then try again.", 429)
    code = str((await request.form()).get("code", ""))[:40]
    owner = await run_in_threadpool(services.store().owner_of, code)
    if owner is None:
        _wrong.append(time.monotonic())
        return RedirectResponse("/runs?runs__code=unknown", 303)
    return _become(owner, "/runs")


async def forget(request: Request) -> Response:
    """Become somebody new; the runs stay with their code."""
    if not _from_here(request):
        return PlainTextResponse("This form must be sent from the lab's own page.", 403)
    return _become(secrets.token_urlsafe(16), "/")


def _become(owner: str, where: str) -> Response:
    answer = RedirectResponse(where, 303)
    answer.headers.append("set-cookie", owner_cookie(owner))
    return answer


def _from_here(request: Request) -> bool:
    """Browsers name the page a form was sent from: no other site may send ours."""
    origin = request.headers.get("origin", "")
    return urlsplit(origin).netloc == request.headers.get("host") and OWNER_COOKIE in request.cookies


ROUTES = [
    Route("/owner/reopen", reopen, methods=["POST"]),
    Route("/owner/forget", forget, methods=["POST"]),
]
