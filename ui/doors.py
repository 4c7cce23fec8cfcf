"""The doors: to which names the lab answers, how large a request may be, what only its machine may see."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from ui import limits
from ui.identity import address, at_the_machine, behind_proxy, is_https
from ui.uploads import held_bytes

UPLOAD = re.compile(r".*/_stcore/upload_file/(?P<session>[^/]+)/[^/]+")
LARGER = {  # bodies that may be larger than a form
    re.compile(r".*/vote/[^/]+"): limits.INK_BYTES,
    re.compile(r".*/playground/(?:train|blame|story|batches)"): limits.PLAYED_BYTES,
    re.compile(r".*/signals/measure"): limits.STACK_BYTES,
    re.compile(r".*/forger/(?:frames|story)"): limits.FORGED_BYTES,
    re.compile(r".*/tensors/graph"): limits.TRACED_BYTES,
}
METRICS = "/_stcore/metrics"


def address_of(scope: Scope) -> str:
    client = scope.get("client")
    return address(
        str(client[0]) if client else "", ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    )


def by_https(scope: Scope) -> bool:
    forwarded = Headers(scope=scope).getlist("x-forwarded-proto")
    return is_https(scope.get("scheme", "http"), ",".join(forwarded))


class KnownHosts:
    """Answer only to the names in `server.allowedHosts`: a foreign page that has made its own name mean this
    machine (DNS rebinding) gets nothing. Streamlit checks its WebSocket itself; this checks all the rest.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_host_allowed(Headers(scope=scope).get("host")):
            sentence = "This address is not the lab's: open the address that it printed when it was started."
            await PlainTextResponse(sentence, 421)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class BoundedBodies:
    """A request that is too large is refused before it is read, whichever way it comes."""

    def __init__(self, app: ASGIApp, uploaded: Callable[[], Mapping[str, int]] | None = None) -> None:
        self.app = app
        self._uploaded = uploaded or held_bytes
        self._coming: Counter[str] = Counter()  # bytes on their way, by session
        self._from: dict[str, str] = {}  # where the latest file of a session came from

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if "transfer-encoding" in headers or (length and not re.fullmatch("[0-9]{1,15}", length)):
            await _refused("Say how long the request is: Content-Length.", 411)(scope, receive, send)
            return
        size = int(length or 0)
        upload = UPLOAD.fullmatch(scope["path"]) if scope["method"] == "PUT" else None
        if upload is None:
            larger = (most for path, most in LARGER.items() if path.fullmatch(scope["path"]))
            most = next(larger, limits.FORM_BYTES)
            if size > most:
                await _refused(f"At most {most:,} bytes.", 413)(scope, receive, send)
            else:
                await _in_time(self.app, size, "The request came too slowly: try again.")(
                    scope, receive, send
                )
            return
        session = upload["session"]
        if refusal := self._refusal(session, address_of(scope), size):
            await _refused(refusal, 413)(scope, receive, send)
            return
        self._from[session] = address_of(scope)
        with self._expecting(session, size):
            slow = "The file came too slowly: send a smaller one, or try again."
            await _in_time(self.app, size, slow)(scope, receive, send)

    def _refusal(self, session: str, address: str, size: int) -> str:
        """Why there is no room for so much more; "" if there is."""
        taken = Counter(self._uploaded()) + self._coming
        self._from = {one: here for one, here in self._from.items() if one in taken}
        if taken[session] + size > limits.UPLOADED_PER_SESSION:
            return "This page holds as many files as it may: remove one, or leave the page."
        near = sum(count for one, count in taken.items() if self._from.get(one) == address)
        if near + size > limits.UPLOADED_PER_ADDRESS:
            return "Your address holds as many files as it may at the moment: close other pages with files."
        if taken.total() + size > limits.UPLOADED_IN_ALL:
            return "The lab holds as many files as it may at the moment: try again in a minute."
        return ""

    @contextmanager
    def _expecting(self, session: str, size: int) -> Iterator[None]:
        self._coming[session] += size
        try:
            yield
        finally:
            self._coming[session] -= size
            if not self._coming[session]:
                del self._coming[session]


def _in_time(app: ASGIApp, size: int, slow: str) -> ASGIApp:
    """Whoever sends a body too slowly holds room that others need: it is as if they had gone.

    Then `slow` is said. Once it has come, the answer takes as long as it takes.
    """

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        until = time.monotonic() + limits.BODY_SECONDS + size / limits.BODY_BYTES_A_SECOND
        late = whole = False

        async def receive_in_time() -> Message:
            nonlocal late, whole
            if whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, until - time.monotonic()))
            except TimeoutError:
                late = True
                return {"type": "http.disconnect"}
            whole = not message.get("more_body", False)
            return message

        try:
            await app(scope, receive_in_time, send)
        except ClientDisconnect:
            if not late:
                raise
            await _refused(slow, 408)(scope, receive, send)

    return served


def _refused(sentence: str, status: int) -> PlainTextResponse:
    """`close`: what is still on its way is not read."""
    return PlainTextResponse(sentence, status, headers={"connection": "close"})


class ClosedRooms:
    """What only the machine itself may see: Streamlit's counters."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        closed = scope["type"] == "http" and scope["path"].rstrip("/").endswith(METRICS)
        if closed and not at_the_machine(
            address_of(scope), Headers(scope=scope), behind_proxy=behind_proxy(), by_page=False
        ):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
