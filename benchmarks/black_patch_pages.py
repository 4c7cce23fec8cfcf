"""The black patch's pages: what an open one costs its run, and how soon *Inside* is redrawn.

python -m benchmarks.black_patch_pages [--full] [--json]
"""

from __future__ import annotations

from benchmarks import page_runs
from benchmarks.client import open_page
from benchmarks.common import alternate, arguments, p95, report
from benchmarks.server import Server, serve

INSIDE = "black_patch_inside"


def steps(server: Server, pairs: int, epochs: int) -> dict[str, list[float]]:
    """Steps a second with the live page open and updated, and on the command line."""
    updates: list[float] = []

    def with_page(_: int) -> float:
        return page_runs.steps_with_page(server, epochs, updates, page_runs.BLACK_PATCH)

    def without(_: int) -> float:
        return page_runs.steps_without(server, epochs, page_runs.BLACK_PATCH)

    both = alternate(with_page, without, pairs)
    return {
        "steps_ratio_with_page": [shown / alone for shown, alone in both],
        "steps_per_s": [alone for _, alone in both],
        "page_updates_per_s": updates,
    }


def inside_redraw(server: Server, repeat: int, count: int) -> dict[str, list[float]]:
    """From a click on Step until the server has sent the whole page anew."""
    seconds: list[list[float]] = []
    for _ in range(repeat):
        server.settle()
        with open_page(server, INSIDE) as page:
            page.click(f"{INSIDE}__step")
            seconds.append([page.click(f"{INSIDE}__step") for _ in range(count)])
    return {
        "inside_redraw_ms": [1000 * value for values in seconds for value in values],
        "inside_redraw_p95_ms": [1000 * p95(values) for values in seconds],
    }


def main() -> None:
    options = arguments(__doc__).parse_args()
    with serve() as server:
        results = inside_redraw(server, 7 if options.full else 5, 24)
        results |= steps(server, 6 if options.full else 4, 20 if options.full else 8)
    report("black_patch_pages", results, options.json, threads=1)


if __name__ == "__main__":
    main()
