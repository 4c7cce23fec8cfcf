"""A real server and a real browser.

Whatever a test does: no error on the console, nothing asked of another host, no process left behind.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from benchmarks.browser import FLAGS
from benchmarks.server import free_port
from tests.e2e.one_of_two import wait_for_one
from tests.e2e.profiles import LOOKS, Profile, Profiles
from tests.waiting import DEADLINE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
# On a deep link Streamlit looks for its own health and settings below the page's path before the root.
PROBES = re.compile(r"/[^/]+/_stcore/(health|host-config)$")
MEDIA = re.compile(r"/media/[0-9a-f]+")

expect.set_options(timeout=1000 * DEADLINE_SECONDS)
wait_for_one()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


# --- The server -------------------------------------------------------------------------------


class Server:
    """`streamlit run app.py` on a free port, with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._folder, self._log = folder, folder / "server.log"
        self.start()

    def start(self) -> None:
        """At first, and again after its end: same address, same data."""
        self.ended = False
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
                cwd=ROOT,
                # On a machine that does much else, who steps back gets next to nothing.
                env=os.environ
                | {
                    "DLLAB_DATA_DIR": str(self._folder / "data"),
                    "DLLAB_NICE": "0",
                    "PYTHONFAULTHANDLER": "1",
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_healthy()

    def _wait_until_healthy(self) -> None:
        pause, until = threading.Event(), time.monotonic() + DEADLINE_SECONDS
        while not self._healthy():
            if self.process.poll() is not None or time.monotonic() > until:
                self.process.kill()
                self.process.wait()
                pytest.fail(f"The server did not start:\n{self.log}")
            pause.wait(0.1)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=DEADLINE_SECONDS) as answer:
                return bool(answer.read() == b"ok")
        except OSError:
            return False

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, *, kill: bool = False) -> list[psutil.Process]:
        """Terminate or kill the server; the children that are still there after a generous while."""
        code = self.process.poll()
        assert code is None, f"the server ended by itself with {code}:\n{self.log}"
        children, self.ended = self.children(), True
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait(DEADLINE_SECONDS)
        _, left = psutil.wait_procs(children, DEADLINE_SECONDS)
        for child in left:
            child.kill()
        return left


StartServer = Callable[[], Server]


@pytest.fixture(scope="package")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """`start_server()`: a fresh one. Those a test has not ended end with the session and leave no child."""
    servers: list[Server] = []

    def start() -> Server:
        servers.append(Server(tmp_path_factory.mktemp("server")))
        return servers[-1]

    yield start
    for server in servers:
        if not server.ended:
            assert server.end() == []


@pytest.fixture(scope="package")
def server(start_server: StartServer) -> Server:
    """The one that tests share."""
    return start_server()


# --- The browser ------------------------------------------------------------------------------


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Chromium, from CHROMIUM or the PATH."""
    named = os.environ.get("CHROMIUM")
    path = named or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        sentence = (
            "There is no Chromium: install one (Debian, Ubuntu: chromium) or name it with CHROMIUM=/path."
        )
        if os.environ.get("E2E") == "required":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a browser did that it must not do."""

    faults: list[str] = field(default_factory=list)
    _watched: list[tuple[Page, Any, Any]] = field(default_factory=list)
    _missing: list[tuple[Page, str, str]] = field(default_factory=list)

    def over(self, page: Page, home: str) -> None:
        def asked(url: str) -> None:
            parts = urlsplit(url)
            if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(home).netloc:
                self.faults.append(f"asked another host: {url}")

        def said(message: ConsoleMessage) -> None:
            if message.type != "error" or PROBES.search(urlsplit(message.location["url"]).path):
                return
            if "the server responded with a status of 429" in message.text:
                return  # a busy machine: what was too much at once is asked for again
            fault = f"console: {message.text} ({message.location['url']})"
            if missing := MEDIA.search(fault):
                self._missing.append((page, missing.group(), fault))
            else:
                self.faults.append(fault)

        self._on(page, "request", lambda request: asked(request.url))
        self._on(page, "websocket", lambda socket: asked(socket.url))
        self._on(page, "console", said)
        self._on(page, "pageerror", lambda error: self.faults.append(f"page error: {error}"))

    def _on(self, page: Page, event: Any, what: Any) -> None:
        page.on(event, what)
        self._watched.append((page, event, what))

    def end(self) -> None:
        """The next test watches its pages itself.

        An image that a redraw took away before the browser had asked for it is no fault, unless its place
        is still there.
        """
        for page, image, fault in self._missing:
            if not page.is_closed() and page.locator(f'img[src*="{image}"]').count():
                self.faults.append(fault)
        for page, event, what in self._watched:
            page.remove_listener(event, what)


class Visitor:
    """One browser profile: its cookies are its own."""

    def __init__(self, profile: Profile, watch: Watch, server: Server) -> None:
        self.context = profile.context
        self._profile, self._watch, self.server = profile, watch, server

    def open(self, path: str = "") -> Page:
        page = self._profile.new_tab()
        self._watch.over(page, self.server.url)
        page.goto(f"{self.server.url}/{path}")
        return page


NewVisitor = Callable[..., Visitor]


@pytest.fixture(scope="package")
def profiles(chromium: Browser, server: Server) -> Profiles:
    """Those of the server that tests share."""
    return Profiles(chromium, server.url)


@pytest.fixture
def new_visitor(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[NewVisitor]:
    """`new_visitor(color_scheme="dark")`: a visitor of the shared server nobody knows, or of `server=`.

    By default one that asks for little motion: what moves while a page waits takes half of a browser's work,
    without a graphics card. `reduced_motion="no-preference"` is for tests of what moves.

    Their cache may hold Streamlit's scripts already, from a test before. It is empty at another server, and
    with `fresh=True`: for whoever changes more of a profile than `Profile.forget` undoes.
    """
    watch = Watch()
    lent: list[Profile] = []
    own: list[Profile] = []

    def new(
        server: Server | None = None,
        width: int = 1280,
        height: int = 800,
        fresh: bool = False,
        **options: Any,
    ) -> Visitor:
        looks = {name: options.pop(name) for name in LOOKS.keys() & options.keys()}
        if fresh or server is not None:
            profile = Profile(chromium, **options)
            own.append(profile)
        else:
            profile = request.getfixturevalue("profiles").take(**options)
            lent.append(profile)
        profile.look(width, height, **looks)
        shared: Server = server or request.getfixturevalue("server")
        return Visitor(profile, watch, shared)

    yield new
    watch.end()
    for profile in own:
        profile.context.close()
    for profile in lent:
        request.getfixturevalue("profiles").give_back(profile)
    assert watch.faults == []


@pytest.fixture
def visitor(new_visitor: NewVisitor) -> Visitor:
    return new_visitor()
