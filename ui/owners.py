"""Whose runs a browser shows: opened again elsewhere by a short code, or forgotten here.

Both are plain forms that answer with another cookie, which no page script could set.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from dlcore.errors import DlcoreError
from ui import limits, services
from ui.doors import address_of, by_https
from ui.guesses import Guesses
from ui.identity import new_owner, owner_cookie, owner_in
from ui.own_routes import OwnRoute

guesses = Guesses()


async def reopen(request: Request) -> Response:
    """Become the owner whose code this is."""
    if not _from_here(request):
        return PlainTextResponse("This form must be sent from the lab's own page.", 403)
    address = address_of(request.scope)
    if not guesses.allow(address):
        await anyio.sleep(limits.REFUSED_SECONDS)
        return PlainTextResponse("Too many wrong codes: wait a minute, then try again.", 429)
    try:
        owner = await run_in_threadpool(_owner_of, await _code(request))
    except DlcoreError:
        guesses.right(address)  # nobody knows whether it was wrong
        raise
    if owner is None:
        return RedirectResponse("/runs?runs__code=unknown", 303)
    guesses.right(address)
    return _become(owner, "/runs", request)


async def forget(request: Request) -> Response:
    """Become somebody new; the runs stay with their code."""
    if not _from_here(request):
        return PlainTextResponse("This form must be sent from the lab's own page.", 403)
    return _become(new_owner(), "/", request)


def _owner_of(code: str) -> str | None:
    return services.store().owner_of(code)


def _become(owner: str, where: str, request: Request) -> Response:
    answer = RedirectResponse(where, 303)
    answer.headers.append("set-cookie", owner_cookie(owner, secure=by_https(request.scope)))
    return answer


async def _code(request: Request) -> str:
    """The one field of the form, which `BoundedBodies` has kept short."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        fields = parse_qs(body, max_num_fields=4)
    except ValueError:
        return ""
    return fields.get("code", [""])[0][:40]


def _from_here(request: Request) -> bool:
    """Browsers name the page a form was sent from: no other site may send ours."""
    origin = request.headers.get("origin", "")
    known = owner_in(request.headers.get("cookie", "")) is not None
    return known and urlsplit(origin).netloc == request.headers.get("host")


ROUTES = [
    OwnRoute("/owner/reopen", reopen, "POST"),
    OwnRoute("/owner/forget", forget, "POST"),
]
