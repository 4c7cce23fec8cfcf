"""What HTTP answers carry: an owner cookie, so that people find their runs again, safe headers, additions."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.doors import by_https
from ui.identity import new_owner, owner_cookie, owner_in


class OwnerCookie:
    """Give a browser that has none, or none that is valid, a name with the first HTML document it gets."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _has_owner(scope):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", owner_cookie(new_owner(), secure=by_https(scope)))
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _has_owner(scope: Scope) -> bool:
    return owner_in(Headers(scope=scope).get("cookie", "")) is not None


class Appended:
    """Every HTML document ends with `CONTENT`, which so is there before Streamlit's own program starts."""

    CONTENT: bytes

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _asks_for_a_document(scope):
            await self.app(scope, receive, send)
            return
        plain = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        document = False

        async def send_with_content(message: Message) -> None:
            nonlocal document
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                html = headers.get("content-type", "").startswith("text/html")
                document = message["status"] == 200 and html
                if document and "content-length" in headers:
                    headers["content-length"] = str(int(headers["content-length"]) + len(self.CONTENT))
            elif document and not message.get("more_body", False):
                message["body"] = message.get("body", b"") + self.CONTENT
            await send(message)

        await self.app({**scope, "headers": plain}, receive, send_with_content)


class PhoneStyle(Appended):
    """Put the picture first on a phone: columns in a container keyed `…__picture_first` change places there.

    So do the two containers in one keyed `…__picture_above`. What is keyed `…__after_maps` comes last there
    among what it stands with.

    What is keyed `…__only_on_a_phone` is there alone, what is keyed `…__not_on_a_phone` everywhere else.

    What is keyed `…__two_lines` is two lines high on any screen, so that a longer sentence moves nothing.

    A graph in a container keyed `…__scrolling` keeps the size of its letters there, and scrolls in its box;
    one keyed `…__large__scrolling` does so on any screen.

    A tertiary button that is pressed or open keeps its colour: Streamlit's is unreadable in the dark.

    The rule stands in the document itself. Streamlit brings the style of an element about a second after
    the columns, and the page would jump.
    """

    CONTENT = STYLE = (
        b"<style>@media (max-width: 640px) { [class*=__picture_first] > [data-testid=stLayoutWrapper] > "
        b"[data-testid=stHorizontalBlock], [class*=__picture_above] "
        b"{ flex-direction: column-reverse; gap: .5rem } "
        b"[data-testid=stLayoutWrapper]:has(> [class*=__after_maps]) { order: 1 } "
        b"[class*=__scrolling] { overflow-x: auto } "
        b"[class*=__scrolling] svg { max-width: none !important; width: auto !important } } "
        b"@media (max-width: 640px) { [class*=__not_on_a_phone] { display: none !important } "
        b"[class*=st-key-runs__table] [data-testid=stElementToolbar] { display: none } } "  # over a button
        b"@media (min-width: 640.02px) { [class*=__only_on_a_phone] { display: none !important } } "
        b"[class*=__two_lines] { min-height: 3.2rem } "
        b"button[kind=tertiary]:is(:active, [aria-expanded=true]) { color: inherit !important } "
        b"[class*=__large__scrolling] svg { max-width: none !important }</style>"
    )


def _asks_for_a_document(scope: Scope) -> bool:
    got = scope["type"] == "http" and scope["method"] == "GET"
    return got and "text/html" in Headers(scope=scope).get("accept", "")


# Below these names lies what is no page, and below those that begin with "_".
DEEPER = frozenset(("app", "component", "media", "static", "worksheet", "healthz"))


def asks_for_a_page(scope: Scope) -> bool:
    """A document that opens a page; a worksheet, for one, does not."""
    if not _asks_for_a_document(scope):
        return False
    first = next((name for name in scope["path"].split("/") if name), "")
    return first not in DEEPER and not first.startswith("_")


class ShallowAddresses:
    """No page lies deeper than one name: a deeper address leads to where it is said that there is none.

    There Streamlit's document would look for its own parts below that name, and stay white.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if asks_for_a_page(scope):
            names = [name for name in scope["path"].split("/") if name]
            if len(names) > 1:
                await RedirectResponse("/" + quote("-".join(names)))(scope, receive, send)
                return
        await self.app(scope, receive, send)


class SecurityHeaders:
    """Nothing is loaded from elsewhere, no type is guessed, no other site frames the lab.

    A page may read `data:`, which asks nobody: the camera's picture comes that way.
    """

    HEADERS = {  # noqa: RUF012  (read only)
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "x-frame-options": "SAMEORIGIN",
        "content-security-policy": (
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; "
            "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
            "connect-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'self'; object-src 'none'; "
            "base-uri 'self'; form-action 'self'"
        ),
    }

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
