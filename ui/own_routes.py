"""The lab's own addresses: what goes wrong there is answered as pages say it, in a sentence."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from dlcore.errors import DlcoreError, StoreError
from ui import faults

log = logging.getLogger(__name__)


class OwnRoute(Route):
    """One address and its one method. Our errors are a sentence, anything else is logged under an id."""

    def __init__(self, path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> None:
        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except ClientDisconnect:  # nobody is left to read an answer
                raise
            except StoreError as error:
                return PlainTextResponse(str(error), 503)
            except DlcoreError as error:
                return PlainTextResponse(str(error), 400)
            except Exception as error:
                reference = faults.note(error)
                log.exception("page error %s", reference)
                return PlainTextResponse(faults.sentence(reference), 500)

        super().__init__(path, answer, methods=[method])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Asked with another method it refuses, before Streamlit answers that address with its document."""
        match, found = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL else match), found
