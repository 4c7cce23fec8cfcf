"""How soon the bars follow the pen: in a browser, and what one answer costs the server.

Every move of the mouse is timed until the first bars that were asked for after it. A server alone is asked
by one visitor, then by thirty at their pace.

    python -m benchmarks.live_vote [--full] [--json]
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection

import numpy as np

from benchmarks.answers import DRAW, check
from benchmarks.browser import open_browser
from benchmarks.client import TIMEOUT, Page, open_page
from benchmarks.common import arguments, p95, report
from benchmarks.server import Server, serve
from ui.pace import ASKS_PER_SECOND, SHORTEST

CANVAS = f".st-key-{DRAW}__canvas canvas.upper-canvas"
VOTE = f".st-key-{DRAW}__prediction"
STUDENTS = 30
MOVE_SECONDS = 0.02  # between two moves of a hand

# In the page: when the mouse moved, when each question was asked, and when bars had been painted after it.
STOPWATCH = """selector => {
    Object.assign(window, { moves: [], asked: 0, painted: [] });
    const moved = event => { if (event.buttons) moves.push(performance.now()); };
    window.addEventListener("pointermove", moved, true);
    const fetched = window.fetch;
    window.fetch = (url, options) => {
        if (String(url).includes("/vote/")) window.asked = performance.now();
        return fetched(url, options);
    };
    const watched = [...document.querySelectorAll(`${selector} *`)]
        .map(element => element.shadowRoot?.querySelector(".bars")).find(Boolean);
    new MutationObserver(() => {
        const asked = window.asked;
        requestAnimationFrame(() => painted.push([asked, performance.now()]));
    }).observe(watched, { attributes: true, attributeFilter: ["aria-label"] });
}"""


def mouse_to_bars_ms(server: Server, strokes: int) -> list[float]:
    """In a browser: from a move of the pen to the painted bars of a drawing with that move in it."""
    server.settle()
    with open_browser(server) as page:
        page.goto(f"{server.url}/{DRAW}")
        page.locator(f"{VOTE} .bars").wait_for(timeout=1000 * TIMEOUT)
        page.evaluate(STOPWATCH, VOTE)
        waits: list[float] = []
        for _ in range(strokes):
            page.locator(f".st-key-{DRAW}__clear button").click()
            page.locator(f"{VOTE} .reads b", has_text="?").wait_for(timeout=1000 * TIMEOUT)
            page.wait_for_timeout(1000)  # until the new canvas listens
            page.evaluate("[moves.length, painted.length] = [0, 0]")
            box = page.locator(CANVAS).bounding_box()
            assert box is not None
            page.mouse.move(box["x"] + 80, box["y"] + 60)
            page.mouse.down()
            for x, y in _seven():
                page.mouse.move(box["x"] + x, box["y"] + y)
                page.wait_for_timeout(1000 * MOVE_SECONDS)
            page.wait_for_timeout(500)  # the last answer
            moves, painted = page.evaluate("[moves, painted]")
            page.mouse.up()
            waits += [at - move for move in moves if (at := _painted_after(move, painted))]
        check("7", page.locator(f"{VOTE} .reads b").inner_text())
        return waits


def _seven() -> list[tuple[float, float]]:
    """Where the mouse goes: two lines of fifty moves each."""
    over = [(80 + 2.4 * i, 60.0) for i in range(50)]
    return over + [(200 - 1.5 * i, 60 + 3.3 * i) for i in range(50)]


def _painted_after(move: float, painted: list[tuple[float, float]]) -> float | None:
    """When bars were painted that were asked for after this move; the last moves may change none."""
    return next((at for asked, at in painted if asked >= move), None)


class Asker:
    """A visitor of Draw who asks for the vote as its canvas does."""

    def __init__(self, server: Server, page: Page) -> None:
        found = re.search(r"/vote/[\w-]{20,}", str(page._deltas))
        assert found is not None
        self._path, self._connection = found[0], HTTPConnection("127.0.0.1", server.port)
        ink = np.zeros((70, 70), np.uint8)
        ink[10:60, 33:38] = 255
        self._ink = ink.tobytes()

    def ask(self) -> float:
        """Milliseconds to the answer."""
        began = time.perf_counter()
        self._connection.request("POST", self._path, self._ink)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"The vote was answered with {answer.status}.")
        return 1000 * (time.perf_counter() - began)

    def draw(self, count: int, every: float) -> list[float]:
        self._connection.close()  # the server has dropped one that was idle; the next question opens it
        waits = []
        for _ in range(count):
            waits.append(self.ask())
            time.sleep(every)
        return waits


def server_cpu_ms(server: Server, count: int) -> float:
    """What one answer costs the server's process, what it costs anyway left out."""
    with open_page(server, DRAW) as page:
        asker = Asker(server, page)
        asker.draw(20, SHORTEST)
        server.settle()
        before = server.cpu_seconds()
        time.sleep(count * SHORTEST)
        idle = server.cpu_seconds() - before
        before, began = server.cpu_seconds(), time.perf_counter()
        asker.draw(count, SHORTEST)
        share = (time.perf_counter() - began) / (count * SHORTEST)
        return 1000 * (server.cpu_seconds() - before - share * idle) / count


def class_ms(server: Server, each: int) -> list[float]:
    """Thirty draw at once, each on a page of its own and at the pace the server tells it."""
    with ExitStack() as open_pages, ThreadPoolExecutor(STUDENTS) as room:
        pages = [open_pages.enter_context(open_page(server, DRAW)) for _ in range(STUDENTS)]
        server.settle()
        askers = [Asker(server, page) for page in pages]
        waits = [room.submit(asker.draw, each, STUDENTS / ASKS_PER_SECOND) for asker in askers]
        return [one for student in waits for one in student.result()]


def main() -> None:
    options = arguments(__doc__).parse_args()
    strokes, each = (12, 80) if options.full else (4, 40)
    with serve() as server:
        alone = mouse_to_bars_ms(server, strokes)
        room = class_ms(server, each)
        results = {
            "mouse_to_bars_ms": alone,
            "mouse_to_bars_p95_ms": [p95(alone)],
            "server_cpu_ms": [server_cpu_ms(server, 100) for _ in range(3)],
            "thirty_at_once_p95_ms": [p95(room)],
        }
    report("live_vote", results, options.json, threads=1)


if __name__ == "__main__":
    main()
