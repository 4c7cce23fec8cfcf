"""What others feel while somebody floods the lab: the same visitor's answers, quiet and under each flood.

A flood is a program of its own, so that it does not slow the measuring. Ratios are of the p95 of a visitor's
reruns, quiet and flooded next to each other in time.

    python -m benchmarks.floods [--full] [--json]
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psutil

from benchmarks.client import open_page
from benchmarks.common import alternate, arguments, p95, report
from benchmarks.server import ROOT, Server, serve

PACE_SECONDS = 0.2  # between a visitor's reruns
AFTER_SECONDS = 60.0  # given to the server to let go of what a flood brought
MB = 1e6


def flood(what: str, server: Server, count: int) -> list[str]:
    """The command of a program that floods this server."""
    return [sys.executable, "-m", "benchmarks.flooding", what, str(server.port), str(count)]


def visit(server: Server, count: int) -> list[float]:
    """Seconds of a visitor's reruns of Home, one after the other."""
    waits = []
    with open_page(server) as page:
        for _ in range(count):
            waits.append(page.rerun())
            time.sleep(PACE_SECONDS)
    return waits


@contextmanager
def flooding(what: str, server: Server, sockets: int) -> Iterator[None]:
    with subprocess.Popen(flood(what, server, sockets), cwd=ROOT) as flooder:
        try:
            yield
            if flooder.poll() is not None:
                raise RuntimeError("The flood ended by itself: nothing was measured under it.")
        finally:
            flooder.kill()


def under(what: str, server: Server, sockets: int, pairs: int, count: int) -> list[float]:
    """The p95 of a visitor's reruns under a flood, as a multiple of the quiet one."""

    def flooded(_: int) -> float:
        with flooding(what, server, sockets):
            return p95(visit(server, count))

    def quiet(_: int) -> float:
        return p95(visit(server, count))

    return [loud / alone for loud, alone in alternate(flooded, quiet, pairs)]


def after(what: str, server: Server, count: int) -> list[float]:
    """By how many MB the server has grown a minute after this flood of so many: uploads of 19 MB to one
    session, or questions of the boards and as many that are none.
    """
    process = psutil.Process(server.child.pid)
    before = process.memory_info().rss
    subprocess.run(flood(what, server, count), cwd=ROOT, check=True, stdout=sys.stderr)
    time.sleep(AFTER_SECONDS)
    return [(process.memory_info().rss - before) / MB]


def main() -> None:
    options = arguments(__doc__).parse_args()
    pairs, count = (6, 100) if options.full else (2, 50)
    with serve() as server:
        visit(server, 20)  # what is imported with a first page is imported
        subprocess.run(
            flood("boards", server, 7), cwd=ROOT, check=True, stdout=sys.stderr
        )  # and by the boards
        parts: dict[str, Callable[[], list[float]]] = {
            "one_socket_p95_ratio": partial(under, "reruns", server, 1, pairs, count),
            "twenty_sockets_p95_ratio": partial(under, "reruns", server, 20, pairs, count),
            "twenty_guessers_p95_ratio": partial(under, "reopen", server, 20, pairs, count),
            "uploads_growth_mb": partial(after, "uploads", server, 200),
            "boards_growth_mb": partial(after, "boards", server, 2_000 if options.full else 200),
        }
        results = {}
        for name, part in parts.items():
            print(f"measuring: {name} …", file=sys.stderr)
            results[name] = part()
    report("floods", results, options.json, threads=1)


if __name__ == "__main__":
    main()
