"""Worksheets as pages of their own, which print as they stand; the answers open for the teacher alone."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from dlcore.classroom.notebook import Notebook
from dlcore.classroom.worksheets import answer_sheet, worksheet
from dlcore.errors import StoreError
from ui import identity, limits, services
from ui.admission import admission
from ui.card_sets import MODULES, cards_of
from ui.doors import address_of
from ui.own_routes import OwnRoute
from ui.stop import Stop
from ui.stops import SECTIONS
from ui.turns import Turns

ADDRESS = "worksheet"
NONE = "There is no worksheet of that name: choose one below the cards of a page."
TEACHERS = "Only whoever holds the class may see the answers: ask your teacher."
HURRY = "Too many worksheets at once: wait some seconds, then reload."
EMPTY = "empty"

turns = Turns(limits.SHEETS_PER_SECOND, 30 * limits.SHEETS_PER_SECOND, at_once=limits.SHEETS_SAVED_SECONDS)

PAGES = {
    stop.address or "home": stop
    for stops in SECTIONS.values()
    for main in stops
    for stop in (main, *main.also)
    if stop.file in MODULES
}


def link(page: str, words: str, *, answers: bool = False, empty: bool = False) -> str:
    """Markdown; "" where a page has no cards."""
    if page not in PAGES:
        return ""
    return f"[{words}]({ADDRESS}/{page}{'/answers' if answers else ''}{f'?{EMPTY}=1' if empty else ''})"


async def sheet(request: Request) -> Response:
    """A learner's worksheet: with what they have done already, or `?empty=1` without."""
    stop = PAGES.get(request.path_params["page"])
    if stop is None:
        return PlainTextResponse(NONE, 404)
    empty = request.query_params.get(EMPTY) == "1"
    return await _in_turn(request, lambda owner: _sheet(stop, None if empty else owner))


async def answers(request: Request) -> Response:
    stop = PAGES.get(request.path_params["page"])
    if not teaches(request):
        return PlainTextResponse(TEACHERS, 403)
    if stop is None:
        return PlainTextResponse(NONE, 404)
    return await _in_turn(request, lambda owner: _answers(stop, owner))


async def _in_turn(request: Request, made: Callable[[str | None], Response]) -> Response:
    """What is `made` for whoever asks, on a thread; who asks too often waits."""
    owner = identity.owner_in(request.headers.get("cookie", ""))
    address = address_of(request.scope)
    if not turns.allow(address, admission.asker(owner, address)):
        return PlainTextResponse(HURRY, 429)
    return await run_in_threadpool(made, owner)


def teaches(request: Request) -> bool:
    """As `state.teaches` for a page: at the machine itself, or with the teacher's code."""
    address = address_of(request.scope)
    behind = identity.behind_proxy()
    if identity.at_the_machine(address, request.headers, behind_proxy=behind, by_page=False):
        return True
    owner = identity.owner_in(request.headers.get("cookie", ""))
    here = "" if address in identity.HERE else address
    return owner is not None and services.teachers().holds(owner, here)


def _sheet(stop: Stop, owner: str | None) -> Response:
    page, found = stop.address or "home", _notebook(owner)
    student = services.room().student(owner) if owner is not None else None
    filled = found.attempts.get(page, {})
    cards = cards_of(stop.file)
    links = _links(stop, "An empty worksheet" if filled.keys() & cards.keys() else "")
    return HTMLResponse(
        worksheet(
            stop.label,
            cards,
            filled,
            name=student.nickname if student is not None else "",
            note=found.notes.get(page, ""),
            links=links,
        )
    )


def _answers(stop: Stop, owner: str | None) -> Response:
    filled = _notebook(owner).attempts.get(stop.address or "home", {})
    links = _links(stop, "The worksheet")
    return HTMLResponse(answer_sheet(stop.label, cards_of(stop.file), filled, links=links))


def _links(stop: Stop, words: str) -> str:
    """To the page itself, and to its empty worksheet."""
    back = f'<a href="/{stop.address}">{escape(stop.label)}</a>'
    return back + (f'<a href="/{ADDRESS}/{stop.address or "home"}?{EMPTY}=1">{words}</a>' if words else "")


def _notebook(owner: str | None) -> Notebook:
    """What cannot be read is not filled in."""
    try:
        return Notebook() if owner is None else services.store().notebook_of(owner)
    except StoreError:
        return Notebook()


ROUTES = [
    OwnRoute(f"/{ADDRESS}/{{page}}", sheet, "GET"),
    OwnRoute(f"/{ADDRESS}/{{page}}/answers", answers, "GET"),
]
