"""More pages than a system has room for: each opens, or is told so kindly; afterwards all is as before."""

from __future__ import annotations

import urllib.error
import urllib.request
from contextlib import ExitStack

from websockets.exceptions import WebSocketException

from benchmarks.server import Server, serve
from tests.attack.wire import tab
from tests.waiting import DEADLINE_SECONDS, wait_until
from ui import limits

DESCRIPTORS = 256  # what macOS gives a program; here it cannot be raised
PAGES = 61


def document(server: Server) -> tuple[int, str]:
    """What a browser gets that asks for the first page."""
    asked = urllib.request.Request(server.url, headers={"Accept": "text/html"})
    try:
        with urllib.request.urlopen(asked, timeout=DEADLINE_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_sixty_one_pages_where_256_files_may_be_open() -> None:
    allowed = (DESCRIPTORS - limits.DESCRIPTORS_KEPT) // limits.DESCRIPTORS_PER_PAGE
    with serve(descriptors=DESCRIPTORS, start_seconds=DEADLINE_SECONDS) as server:
        opened = refused = 0
        with ExitStack() as pages:
            for _ in range(PAGES):
                try:
                    page = pages.enter_context(tab(server))
                except WebSocketException:  # it was not let in
                    refused += 1
                else:
                    opened += 1
                    assert not page.broke
                    assert "learned to read digits" in page.said()
            assert (opened, refused) == (allowed, PAGES - allowed)
            status, words = document(server)
            assert (status, "The lab is full" in words) == (503, True)
            wait_until(server.healthy, "whoever is in goes on")
            assert page.rerun() >= 0
        wait_until(lambda: document(server)[0] == 200, "there is room again")
        with tab(server) as page:
            assert not page.broke
        log = (server.folder / "server.log").read_text()
    assert f"lets the lab open {DESCRIPTORS} files, enough for {allowed} pages at once" in log
    assert "Too many open files" not in log
