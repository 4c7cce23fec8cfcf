"""What the browser loads once and keeps for a year: plotly.js of the installed package, and our part of it.

Ours is no inline script of the component: Streamlit would send that again with every redraw.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache
from importlib.resources import files
from threading import Lock

from plotly.offline import get_plotlyjs_version
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ui.components.parts import part
from ui.own_routes import OwnRoute

PARTS = ("tools", "camera", "clicks", "bar", "live")  # one module in this order: each builds on those before
STYLE = f"const CSS = {json.dumps(part('plotly3d/plotly3d.css'))};"
OURS = "\n".join((STYLE, *(part(f"plotly3d/{name}.js") for name in PARTS))).encode()
URLS = {  # an address names its content, so it may be kept for good
    "plotly": f"/assets/plotly-{get_plotlyjs_version()}.min.js",
    "live": f"/assets/plotly3d-{hashlib.sha256(OURS).hexdigest()[:12]}.js",
}
HEADERS = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
_packing = Lock()


async def asset(request: Request) -> Response:
    name = next((name for name, url in URLS.items() if url == request.url.path), None)
    if name is None:
        return PlainTextResponse("This file is of another version of the lab: reload the page.", 404)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = HEADERS | ({"content-encoding": "gzip"} if packed else {})
    content = await run_in_threadpool(_packed_once if packed else _read, name)
    return Response(content, headers=headers, media_type="text/javascript")


def _packed_once(name: str) -> bytes:
    """On a thread of its own: packing takes about a third of a second."""
    with _packing:
        return _packed(name)


def _read(name: str) -> bytes:
    if name == "live":
        return OURS
    return files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(_read(name), compresslevel=6, mtime=0)


ROUTES = [OwnRoute("/assets/{file}", asset, "GET")]
