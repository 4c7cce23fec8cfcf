"""The playground: how soon a change is seen, how smoothly it plays, what it costs the server.

Frames are counted as they are painted, not as they are asked for. Thirty students ask as their boards do
while they play at the usual speed.

    python -m benchmarks.playground [--full] [--json]
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

from benchmarks.browser import open_browser
from benchmarks.client import TIMEOUT
from benchmarks.common import arguments, p95, report
from benchmarks.server import Server, new_owner, serve
from dlcore.playground.config import PRESETS
from ui.identity import OWNER_COOKIE
from ui.playing import ADDRESS, MOST_EPOCH

STUDENTS, EPOCHS_A_SECOND, CHUNK = 30, 20, 200  # as ui/components/playground/ has them
BOARD = """[...document.querySelectorAll("*")]
    .map(element => element.shadowRoot?.querySelector(".playground")).find(Boolean).board"""

# In the page: milliseconds from choosing another learning rate to the first picture painted with it.
CHANGE = f"""async rate => {{
    const board = {BOARD}, began = performance.now(), before = board.lane.turn;
    board.pause();
    board.change({{ lr: rate, seed: Math.floor(1e4 * Math.random()) }});
    while (board.lane.turn === before || board.lane.last < 1) await new Promise(requestAnimationFrame);
    const painted = board.painted;
    board.goTo(1);
    while (board.painted === painted) await new Promise(requestAnimationFrame);
    return performance.now() - began;
}}"""


class Student:
    """Somebody whose board asks for frames. With a seed of one's own nobody else has trained them yet."""

    def __init__(self, server: Server, seed: int = 0) -> None:
        self._config = PRESETS["circle"].replace(seed=seed).model_dump(exclude={"schema_version"})
        self._connection = HTTPConnection("127.0.0.1", server.port)
        self._headers = {"Content-Type": "application/json", "Cookie": f"{OWNER_COOKIE}={new_owner()}"}
        self._moment = None

    def ask(self, epochs: int) -> tuple[float, int]:
        """Milliseconds to the answer, and its bytes."""
        body = {"config": self._config, "own": [], "moment": self._moment, "epochs": epochs, "points": False}
        began = time.perf_counter()
        self._connection.request("POST", ADDRESS, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"The board was answered with {answer.status}: {text.decode()}")
        self._moment = json.loads(text)["moment"]
        if self._moment and self._moment["epoch"] + epochs > MOST_EPOCH:
            self._moment = None  # the board has played to its end: from the start again
        return 1000 * (time.perf_counter() - began), len(text)

    def hang_up(self) -> None:
        """The server drops a connection that is idle."""
        self._connection.close()

    def play(self, seconds: float, late: float) -> None:
        """`late`: seconds before this one begins."""
        time.sleep(late)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self.hang_up()
            self.ask(CHUNK)
            time.sleep(CHUNK / EPOCHS_A_SECOND)


def hundred_epochs(server: Server, count: int) -> tuple[list[float], list[float]]:
    """CPU milliseconds of the server, and kilobytes, for the first hundred epochs of the usual network."""
    costs, sizes = [], []
    Student(server).ask(100)  # the first visit imports
    for number in range(count):
        before = server.cpu_seconds()
        _, size = Student(server, seed=1 + number).ask(100)
        costs.append(1000 * (server.cpu_seconds() - before))
        sizes.append(size / 1000)
    return costs, sizes


def class_share(server: Server, seconds: float, first_seed: int | None = None) -> float:
    """How much of one core the server needs while thirty play: one set-up, or each of one's own."""
    spread = CHUNK / EPOCHS_A_SECOND / STUDENTS
    with ThreadPoolExecutor(STUDENTS) as room:
        seeds = [0 if first_seed is None else first_seed + number for number in range(STUDENTS)]
        playing = [
            room.submit(Student(server, seed).play, seconds, number * spread)
            for number, seed in enumerate(seeds)
        ]
        time.sleep(CHUNK / EPOCHS_A_SECOND)  # until all play
        before, began = server.cpu_seconds(), time.perf_counter()
        time.sleep(seconds - 2 * CHUNK / EPOCHS_A_SECOND)
        share = (server.cpu_seconds() - before) / (time.perf_counter() - began)
        for one in playing:
            one.result()
    return share


def in_a_browser(server: Server, changes: int) -> tuple[list[float], float]:
    """Milliseconds from a change to its picture, and pictures painted a second while it plays."""
    server.settle()
    with open_browser(server) as page:
        page.goto(f"{server.url}/playground?playground__preset=circle")
        page.locator(".playground .plane").wait_for(timeout=1000 * TIMEOUT)
        page.wait_for_function(f"{BOARD}?.lane.last > 50", timeout=1000 * TIMEOUT)
        waits = []
        for number in range(changes):
            waits.append(page.evaluate(CHANGE, 0.01 + 0.001 * number))
            page.wait_for_timeout(1200)  # until the page has taken it, too
        page.evaluate(f"{BOARD}.play()")
        page.wait_for_timeout(1000)
        before = page.evaluate(f"[{BOARD}.painted, performance.now()]")
        page.wait_for_timeout(5000)
        after = page.evaluate(f"[{BOARD}.painted, performance.now()]")
        return waits, 1000 * (after[0] - before[0]) / (after[1] - before[1])


def main() -> None:
    options = arguments(__doc__).parse_args()
    changes, seconds = (40, 90.0) if options.full else (10, 40.0)
    with serve() as server:
        costs, sizes = hundred_epochs(server, 10)
        waits, painted = in_a_browser(server, changes)
        results = {
            "hundred_epochs_cpu_ms": costs,
            "hundred_epochs_kb": sizes,
            "change_to_picture_ms": waits,
            "change_to_picture_p95_ms": [p95(waits)],
            "painted_a_second": [painted],
            "thirty_in_one_setup_core_share": [class_share(server, seconds)],
            "thirty_apart_core_share": [class_share(server, seconds, first_seed=100)],
        }
    report("playground", results, options.json, threads=1)


if __name__ == "__main__":
    main()
